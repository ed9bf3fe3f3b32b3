"""What reaches a caseworker or a person's file: no word that accuses, and every sentence ends.

The list of stems is domain knowledge (the sources: flagged is not suspected); data is not looked at, and
neither is what only developers see, such as logs and the names of steps.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from robotfabrik.activities.catalogue import CATALOGUE
from robotfabrik.expressions import Constant, Template, texts_of
from robotfabrik.model.process import Call, Evaluable, ExceptionType, Once, Process, Return, Step, Text
from robotfabrik.model.source import Span, place_of
from robotfabrik.model.types import Type
from robotfabrik.parsing.checks.check import Check
from robotfabrik.parsing.checks.parts import values
from robotfabrik.parsing.checks.place import Place, Report

WORDING = Check("wording", "error", "A word that accuses stands in what a caseworker reads.", judgement=True)
PUNCTUATION = Check("punctuation", "error", "A sentence of a text has no full stop, or two.", judgement=True)
FORBIDDEN = re.compile(
    r"""\b\w*(?:fusk|bedräg|bedragare|misstänk|misstank|undanhåll|falsk|fiffl|lurendrej|polisanmäl|vilseled
        |(?<!av)(?<!ut)(?<!upp)(?<!genom)(?<!sten)brott)\w*
      | \b(?:felaktig|ljug|ljög|lögn)\w* | \blura(?:[rts]|de|des|ts)?\b | \bFUT\b""",
    re.IGNORECASE | re.VERBOSE,
)
_LINES = 50  # so many of a text are looked through for a word
_END = re.compile(r"[.?!:}…][\"'”’»)]*$")
_TWICE = re.compile(r"(?<!\.)\.\.(?!\.)|[,;]\.|\s[.,;!?](?=\s|$)")


def check(text: Text, report: Report) -> None:
    """The written parts of a text's rubrik and sentences."""
    for sentence in (s for paragraph in text.paragraphs for s in paragraph):
        written = _written(sentence.text)
        _forbidden(written, sentence.text.span, report)
        if written and not _END.search(written.rstrip()):
            report(PUNCTUATION.at(sentence.text.span, "a sentence ends with a full stop"))
        elif found := _TWICE.search(written):
            message = f"'{found[0].strip()}' is one mark too many, or has a blank before it"
            report(PUNCTUATION.at(sentence.text.span, message))
    if text.rubrik is not None:
        _forbidden(_written(text.rubrik), text.rubrik.span, report)


def check_step(step: Step, types: Mapping[str, Type], place: Place, report: Report) -> None:
    """Why an item ended, and what is written or sent."""
    for value in _shown(step, place):
        _forbidden(_written(value), value.span, report)


def check_process(process: Process, report: Report) -> None:
    """The names that lists and reports show, and the words that rules say."""
    check_exceptions(filter(process.declares, process.exceptions.values()), report)
    for span, written in _names(process):
        _forbidden(written, span, report)


def check_exceptions(exceptions: Iterable[ExceptionType], report: Report) -> None:
    """What lists say of an item."""
    for exception in exceptions:
        for text in (exception.name, exception.action, exception.list):
            if text:
                _forbidden(text, place_of(text, exception.span), report)


def _shown(step: Step, place: Place) -> Iterator[Evaluable]:
    match step:
        case Return(reason=reason) if reason is not None:
            yield reason
        case Once():
            yield from step.inputs.values()
        case Call():
            if place.writing is not None or CATALOGUE[step.activity].effect == "send":
                yield from values(step)


def _names(process: Process) -> Iterator[tuple[Span, str]]:
    for column, value in process.report.columns.items():
        yield place_of(column, value.span), column
        yield from ((span, text) for text, span in texts_of(value))
    for rule in process.rules.values():
        yield place_of(rule.name, rule.span), rule.name
        for value in (value for row in rule.rows for value in row.outputs.values()):
            if isinstance(value, Constant) and value.type.name in ("text", "enumeration"):
                yield value.span, _written(value)


def _forbidden(written: str, span: Span, report: Report) -> None:
    place = span
    for found in FORBIDDEN.finditer(written):
        place = _place(found[0], place, span)
        message = f"'{found[0]}' accuses: a flag is no suspicion"
        report(WORDING.at(place, message, "say what was read, and where"))


def _place(word: str, after: Span, whole: Span) -> Span:
    """Where a word of a text stands in the file; the whole text when it is written with escapes.

    `after` is where the word before it stands.
    """
    column = after.column - 1 + (0 if after is whole else after.length)
    for line in range(after.line, after.line + _LINES):
        if (at := whole.source.line(line).find(word, column)) >= 0:
            return Span(whole.source, line, at + 1, len(word))
        column = 0
    return after


def _written(value: Evaluable) -> str:
    """The text as written; expressions stand for data as }."""
    if isinstance(value, Template):
        return "".join(part if isinstance(part, str) else "}" for part in value.parts)
    return value.value if isinstance(value, Constant) and isinstance(value.value, str) else "}"
