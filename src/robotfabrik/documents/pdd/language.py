"""The documents' own words, in Swedish and English. What the PDD says itself stays as it is written."""

from __future__ import annotations

from collections.abc import Mapping

from robotfabrik.documents.pdd.model import Language

_SV, _EN = 0, 1

WORDS: Mapping[str, tuple[str, str]] = {
    # --- small words
    "quotes": ("” ”", "“ ”"),
    "and": ("och", "and"),
    "or": ("eller", "or"),
    "yes": ("ja", "yes"),
    "no": ("nej", "no"),
    "none": ("inget värde", "no value"),
    "unknown": ("svar saknas", "no answer"),
    "hidden": ("visas inte", "not shown"),
    "otherwise": ("Annars", "Otherwise"),
    "nothing": ("ingenting", "nothing"),
    "not_given": ("Inte angivet i PDD:n.", "Not stated in the PDD."),
    "second": ("sekund", "second"),
    "seconds": ("sekunder", "seconds"),
    "minute": ("minut", "minute"),
    "minutes": ("minuter", "minutes"),
    "hour": ("timme", "hour"),
    "hours": ("timmar", "hours"),
    "day": ("dygn", "day"),
    "days": ("dygn", "days"),
    "may_be_missing": ("får saknas", "may be missing"),
    # --- conditions and expressions
    "is": ("är", "is"),
    "is_not": ("inte är", "is not"),
    "less": ("är mindre än", "is less than"),
    "at_most": ("är högst", "is at most"),
    "more": ("är större än", "is more than"),
    "at_least": ("är minst", "is at least"),
    "in": ("finns i", "is in"),
    "not_in": ("inte finns i", "is not in"),
    "is_none_of": ("inte är", "is none of"),
    "is_true": ("är sant", "is true"),
    "is_false": ("är falskt", "is false"),
    "is_missing": ("saknas", "is missing"),
    "is_there": ("finns", "is there"),
    "empty": ("är tom", "is empty"),
    "not_empty": ("inte är tom", "is not empty"),
    "always": ("alltid", "always"),
    "never": ("aldrig", "never"),
    "not_so": ("det inte gäller att", "it is not so that"),
    "any_of": ("det för någon {one} i {list} gäller att {so}", "for some {one} in {list} it is so that {so}"),
    "all_of": ("det för varje {one} i {list} gäller att {so}", "for every {one} in {list} it is so that {so}"),
    "first_of": ("det första i", "the first of"),
    "field_of": ("{field} för {of}", "{field} of {of}"),
    "if_else": ("{a} om {if}, annars {b}", "{a} if {if}, otherwise {b}"),
    "whether": ("ja om {if}, annars nej", "yes if {if}, otherwise no"),
    "empty_text": ("en tom text", "an empty text"),
    "empty_list": ("en tom lista", "an empty list"),
    "ask_starts_with": ("{a} börjar med {b}", "{a} begins with {b}"),
    "ask_ends_with": ("{a} slutar med {b}", "{a} ends with {b}"),
    "ask_contains": ("{a} innehåller {b}", "{a} contains {b}"),
    "ask_unknown": ("{a} inte har fått svar", "{a} has got no answer"),
    "ask_is_samordningsnummer": ("{a} är ett samordningsnummer", "{a} is a samordningsnummer"),
    "ask_is_working_day": ("{a} är en arbetsdag", "{a} is a working day"),
    "say_len": ("antalet i {a}", "the number in {a}"),
    "say_sum": ("summan av {a}", "the sum of {a}"),
    "say_max": ("det största av {a}", "the largest of {a}"),
    "say_min": ("det minsta av {a}", "the smallest of {a}"),
    "say_first": ("det första i {a}", "the first of {a}"),
    "say_last": ("det sista i {a}", "the last of {a}"),
    "say_default": ("{a} (eller {b} om det saknas)", "{a} (or {b} where it is missing)"),
    "say_age": ("åldern för {a} den {b}", "the age of {a} on {b}"),
    "say_last_completed": ("senaste avslutade kontroll för {a}", "the last completed check of {a}"),
    "say_distinct": ("de olika i {a}", "the different ones of {a}"),
    "say_flatten": ("allt i {a}", "everything in {a}"),
    "name_item.*": ("ärendets {field}", "the item’s {field}"),
    "name_item.reference": ("ärendets referens", "the item’s reference"),
    "name_job.date": ("dagens datum", "today’s date"),
    "name_job.period": ("perioden", "the period"),
    "name_job.period_start": ("periodens första dag", "the first day of the period"),
    "name_job.robot": ("robotens namn", "the robot’s name"),
    "name_job.user": ("robotens konto", "the robot’s account"),
    "name_job.items": ("körningens ärenden", "the items of the run"),
    "name_job.id": ("körningens nummer", "the run’s number"),
    "name_result.outcome": ("utfallet", "the outcome"),
    "name_result.rules": ("reglerna som gällde", "the rules that applied"),
    "name_config.*": ("inställningen {field}", "the setting {field}"),
    "name_error": ("felet", "the error"),
    # --- elements
    "screen": ("skärmen", "the screen"),
    "element": ("elementet", "the element"),
    "field": ("fältet", "the field"),
    "shown_text": ("texten", "the text"),
    "role_button": ("knappen", "the button"),
    "role_link": ("länken", "the link"),
    "role_table": ("tabellen", "the table"),
    "role_checkbox": ("kryssrutan", "the checkbox"),
    "role_radio": ("alternativknappen", "the option"),
    "role_tab": ("fliken", "the tab"),
    "role_menuitem": ("menyvalet", "the menu item"),
    "role_combobox": ("listan", "the list"),
    "role_listbox": ("listan", "the list"),
    "role_option": ("alternativet", "the option"),
    "role_textbox": ("fältet", "the field"),
    "role_searchbox": ("sökfältet", "the search field"),
    "role_dialog": ("dialogrutan", "the dialog"),
    "role_heading": ("rubriken", "the heading"),
    "role_region": ("området", "the region"),
    "role_grid": ("tabellen", "the table"),
    "role_list": ("listan", "the list"),
    "role_row": ("raden", "the row"),
    "role_form": ("formuläret", "the form"),
    "role_img": ("bilden", "the picture"),
    "row_first": ("på första raden", "in the first row"),
    "row_last": ("på sista raden", "in the last row"),
    "row_where": ("på raden där", "in the row where"),
    # --- types
    "type_text": ("text", "text"),
    "type_integer": ("heltal", "whole number"),
    "type_number": ("tal", "number"),
    "type_money": ("belopp", "amount"),
    "type_percent": ("andel", "share"),
    "type_date": ("datum", "date"),
    "type_month": ("månad", "month"),
    "type_boolean": ("ja eller nej", "yes or no"),
    "type_exists": ("om det finns", "whether it is there"),
    "type_duration": ("tid", "duration"),
    "type_personnummer": ("personnummer", "personnummer"),
    "type_identity": ("person- eller samordningsnummer", "personnummer or samordningsnummer"),
    "type_table": ("tabell", "table"),
    "type_list": ("lista", "list"),
    "type_record": ("uppgifter", "record"),
    "type_file": ("fil", "file"),
    "type_path": ("sökväg", "path"),
    "type_credential": ("inloggning", "credential"),
    "type_secret": ("hemlighet", "secret"),
    "type_period": ("period", "period"),
    "type_any": ("valfritt", "anything"),
    # --- the document
    "full": ("Processbeskrivning (PDD)", "Process definition document (PDD)"),
    "staff": ("Information till handläggare", "Information for caseworkers"),
    "public": ("Regler för en automatiserad process", "The rules of an automated process"),
    "contents": ("Innehåll", "Contents"),
    "page": ("Sida", "Page"),
    "of": ("av", "of"),
    "skip": ("Hoppa till innehållet", "Skip to the content"),
    "about": ("Om dokumentet", "About this document"),
    "number": ("Nr", "No."),
    "step": ("Vad roboten gör", "What the robot does"),
    "where_done": ("Var", "Where"),
    "remarks": ("Undantag, regler och gränser", "Exceptions, rules and limits"),
    "in_words": ("Flödet i ord", "The flow in words"),
    "made_from": (
        "Dokumentet är gjort ur robotens PDD. Samma fil är robotens program, så det som står här är det som körs.",
        "This document is made from the robot’s PDD. The same file is the robot’s program: what stands here is what runs.",
    ),
    "left_out_public": (
        "Uppgifter som bara behövs internt är utelämnade: kontaktuppgifter, konton och hur roboten hittar på skärmarna.",
        "What is needed internally only is left out: contact details, accounts, and how the robot finds its way on the screens.",
    ),
    "version": ("Version", "Version"),
    "id": ("Id", "Id"),
    "release": ("Utgåva (innehållets kontrollsumma)", "Release (checksum of the content)"),
    "authority": ("Behörighet", "Authority"),
    "period": ("Period", "Period"),
    "status": ("Status", "Status"),
    "tags": ("Märkning", "Tags"),
    "period_day": ("en gång om dagen för varje ärende", "once a day for each item"),
    "period_week": ("en gång i veckan för varje ärende", "once a week for each item"),
    "period_month": ("en gång i månaden för varje ärende", "once a month for each item"),
    "authority_read": (
        "Roboten läser. Den skriver ingenting.",
        "The robot reads. It writes nothing.",
    ),
    "authority_note": (
        "Roboten läser och skriver anteckningar. Den lämnar inga förslag, fattar inga beslut och betalar inte ut.",
        "The robot reads and writes notes. It makes no proposals, takes no decisions and pays nothing.",
    ),
    "authority_propose": (
        "Roboten läser, skriver anteckningar och lämnar förslag. Den fattar inga beslut och betalar inte ut.",
        "The robot reads, writes notes and makes proposals. It takes no decisions and pays nothing.",
    ),
    "authority_decide": (
        "Roboten läser, skriver anteckningar, lämnar förslag och fattar beslut. Den betalar inte ut.",
        "The robot reads, writes notes, makes proposals and takes decisions. It pays nothing.",
    ),
    "authority_pay": (
        "Roboten läser, skriver anteckningar, lämnar förslag, fattar beslut och betalar ut.",
        "The robot reads, writes notes, makes proposals, takes decisions and pays.",
    ),
    "writes_read": ("ingenting", "nothing"),
    "writes_note": ("anteckning", "note"),
    "writes_propose": ("förslag", "proposal"),
    "writes_decide": ("beslut", "decision"),
    "writes_pay": ("utbetalning", "payment"),
}


class Words:
    """The words of one language."""

    def __init__(self, language: Language, *more: Mapping[str, tuple[str, str]]) -> None:
        self.language: Language = language
        at = _EN if language == "en" else _SV
        self._words = {key: both[at] for table in (WORDS, *more) for key, both in table.items()}

    def __call__(self, key: str, /, **values: object) -> str:
        """The words of a key, with the values in its gaps. A key that is not there is a mistake of ours."""
        text = self._words[key]
        return text.format(**values) if values else text

    def get(self, key: str, otherwise: str = "") -> str:
        """The words of a key that may be missing."""
        return self._words.get(key, otherwise)

    def quoted(self, text: str) -> str:
        """The text in quotation marks."""
        opened, closed = self("quotes").split()
        return f"{opened}{text}{closed}"

    def listed(self, parts: list[str], last: str = "and") -> str:
        """a, b och c."""
        return f" {self(last)} ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
