"""What an activity does, in one sentence of sentences.toml; without one, by its name and its parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from robotfabrik.documents.pdd.model import Part, Rich, joined, rich
from robotfabrik.documents.pdd.phrases import fill, readable
from robotfabrik.documents.pdd.wording import Wording
from robotfabrik.expressions import truth_of
from robotfabrik.model.process import Call, TargetRef

_EXCEPTIONS = {"exclude_queue_item": "exception"}  # parameters that name an exception of the PDD
_CONDITIONS = ("condition", "where")  # parameters that ask a question
_SECRET = {"type_secure_text": "text"}


def sentence(call: Call, wording: Wording) -> tuple[Rich, tuple[Rich, ...]]:
    """What an activity does, without its full stop; and its named values, one line each."""
    given = dict(call.arguments)
    given.pop(_SECRET.get(call.activity, ""), None)
    whole, details = _whole(given, wording)
    for told in wording.words.sentences.get(call.activity, ()):
        gaps = re.findall(r"\{(\w+)\}", told)
        if all(gap in given for gap in gaps):
            values = {gap: _value(gap, given[gap], wording) for gap in gaps}
            rest = {name: value for name, value in given.items() if name not in gaps and name != whole}
            return rich(fill(told, values), _rest(call, rest, wording)), details
    name = rich(Part(readable(call.activity), "term"))
    rest = {key: value for key, value in given.items() if key != whole}
    return rich(fill(wording.words("run_activity"), {"activity": name}), _rest(call, rest, wording)), details


def files(call: Call, wording: Wording) -> Rich:
    """Which files a step lists: "som heter ”*.pdf” i ”in” och dess undermappar"."""
    given, words = dict(call.arguments), wording.words
    told: list[Rich] = []
    if (pattern := given.pop("pattern", None)) is not None:
        told.append(fill(words("files_called"), {"pattern": wording.value(pattern)}))
    folder = given.pop("folder", None)
    if folder is None or getattr(folder, "value", None) == ".":
        told.append(rich(words("files_here")))
    else:
        told.append(fill(words("files_in"), {"folder": wording.value(folder)}))
    if "deep" in given and truth_of(given["deep"]) is True:
        del given["deep"]
        told.append(rich(words("files_deep")))
    return rich(joined(told, " "), _rest(call, given, wording))


def _value(name: str, value: Any, wording: Wording) -> Rich:
    return wording.condition(value) if name in _CONDITIONS else wording.value(value)


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
            called = wording.words.get(f"argument_{name}") or readable(name)
            told.append(rich(called, ": ", _value(name, value, wording)))
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
