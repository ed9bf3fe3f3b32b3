"""One sentence for each activity: {parameter} stands for what the step gives it.

The first sentence whose parameters are all given is used; what it does not mention follows in parentheses.
An activity that is not here is told by its name and its parameters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from robotfabrik.documents.pdd.model import Part, Rich, joined, rich
from robotfabrik.documents.pdd.wording import Wording, fill, readable
from robotfabrik.model.process import Call, TargetRef

_Sentences = tuple[tuple[str, str], ...]

SENTENCES: Mapping[str, _Sentences] = {
    # --- the screen
    "use_application": (("Öppna {url}", "Open {url}"),),
    "go_to_url": (("Gå till adressen {url}", "Go to the address {url}"),),
    "click": (("Klicka på {target}", "Click {target}"),),
    "type_into": (("Skriv {text} i {target}", "Type {text} into {target}"),),
    "type_secure_text": (("Skriv en hemlig uppgift i {target}", "Type a secret into {target}"),),
    "set_text": (("Skriv {text} i {target}", "Write {text} into {target}"),),
    "select_item": (("Välj {item} i {target}", "Choose {item} in {target}"),),
    "select_multiple_items": (("Välj {items} i {target}", "Choose {items} in {target}"),),
    "check": (("Kryssa i {target}", "Tick {target}"),),
    "uncheck": (("Kryssa ur {target}", "Clear {target}"),),
    "fill_form": (("Fyll i flera fält", "Fill in several fields"),),
    "hover": (("Peka på {target}", "Point at {target}"),),
    "set_focus": (("Gå till {target}", "Go to {target}"),),
    "get_text": (("Läs {target}", "Read {target}"),),
    "get_attribute": (("Läs {name} hos {target}", "Read {name} of {target}"),),
    "read_form": (("Läs alla uppgifter på {target}", "Read everything on {target}"),),
    "extract_table_data": (("Läs hela {target}", "Read the whole of {target}"),),
    "element_exists": (("Se efter om {target} visas", "See whether {target} is shown"),),
    "find_element": (("Leta upp {target}", "Find {target}"),),
    "wait_element_vanish": (("Vänta tills {target} är borta", "Wait until {target} is gone"),),
    "drag_and_drop": (("Dra {source} till {target}", "Drag {source} to {target}"),),
    "upload_file": (("Lämna filen {file} i {target}", "Upload the file {file} to {target}"),),
    "download_file": (("Hämta filen från {target}", "Download the file from {target}"),),
    "take_screenshot": (("Ta en bild av fönstret", "Take a picture of the window"),),
    # --- the queue
    "add_queue_item": (("Lägg ett ärende i kön", "Add an item to the queue"),),
    "exclude_queue_item": (("Räkna ärendet som undantaget", "Count the item as left out"),),
    # --- the rest
    "delay": (("Vänta {duration}", "Wait {duration}"),),
    "log_message": (("Skriv i loggen: {message}", "Write to the log: {message}"),),
    "check_true": (("Kontrollera att {condition}", "Make sure that {condition}"),),
    "send_email": (
        ("Skicka e-post till {to} med ämnet {subject}", "Send mail to {to} with the subject {subject}"),
        ("Skicka e-post till {to}", "Send mail to {to}"),
    ),
    "http_request": (("Fråga adressen {url}", "Ask the address {url}"),),
    "read_pdf_text": (("Läs texten i PDF-filen {file}", "Read the text of the PDF file {file}"),),
    "path_exists": (("Se efter om {path} finns", "See whether {path} is there"),),
    "get_asset": (("Hämta tillgången {name}", "Fetch the asset {name}"),),
    "set_asset": (("Spara tillgången {name}", "Store the asset {name}"),),
    "get_credential": (("Hämta inloggningen {name}", "Fetch the credential {name}"),),
}  # fmt: skip

_GENERIC = ("Kör aktiviteten {activity}", "Run the activity {activity}")
_EXCEPTIONS = {"exclude_queue_item": "exception"}  # parameters that name an exception of the PDD
_CONDITIONS = {"check_true": "condition"}
_SECRET = {"type_secure_text": "text"}
_UNSAID = {"element_exists": ("timeout",)}


def sentence(call: Call, wording: Wording) -> tuple[Rich, tuple[Rich, ...]]:
    """What an activity does, without its full stop; and its named values, one line each."""
    language = 1 if wording.words.language == "en" else 0
    given = dict(call.arguments)
    given.pop(_SECRET.get(call.activity, ""), None)
    whole, details = _whole(given, wording)
    for both in SENTENCES.get(call.activity, ()):
        gaps = re.findall(r"\{(\w+)\}", both[language])
        if all(gap in given for gap in gaps):
            values = {gap: _value(call, gap, given[gap], wording) for gap in gaps}
            rest = {name: value for name, value in given.items() if name not in gaps and name != whole}
            return rich(fill(both[language], values), _rest(call, rest, wording)), details
    name = rich(Part(readable(call.activity), "term"))
    rest = {key: value for key, value in given.items() if key != whole}
    return rich(fill(_GENERIC[language], {"activity": name}), _rest(call, rest, wording)), details


def _value(call: Call, name: str, value: Any, wording: Wording) -> Rich:
    if _CONDITIONS.get(call.activity) == name:
        return wording.condition(value)
    return wording.value(value)


def _rest(call: Call, rest: Mapping[str, Any], wording: Wording) -> Rich:
    """What the sentence did not mention."""
    if not rest:
        return ()
    told: list[Rich] = []
    for name, value in rest.items():
        if _EXCEPTIONS.get(call.activity) == name:
            id = str(getattr(value, "value", value))
            known = wording.process.exceptions.get(id)
            told.append(rich(id, " ", known.name if known else ""))
        else:
            told.append(rich(readable(name), ": ", wording.value(value)))
    return rich(" (", joined(told, ", "), ")")


def _whole(given: Mapping[str, Any], wording: Wording) -> tuple[str, tuple[Rich, ...]]:
    """The parameter that holds the step's whole mapping, and its lines."""
    for name, value in given.items():
        pairs: list[tuple[Any, Any]] = []
        if isinstance(value, Mapping):
            pairs = list(value.items())
        elif isinstance(value, tuple) and value and all(isinstance(p, tuple) and len(p) == 2 for p in value):
            pairs = list(value)
        if pairs:
            return name, tuple(rich(_key(key, wording), ": ", wording.value(part)) for key, part in pairs)
    return "", ()


def _key(key: Any, wording: Wording) -> Rich:
    if isinstance(key, TargetRef):
        return wording.target(key)
    return rich(Part(readable(str(key)), "term"))
