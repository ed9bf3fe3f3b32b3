"""`# robotfabrik: ignore[rule] reason`: a person says why a finding may stay.

At the end of a line it is about that line, alone on a line about the next one. Where a text over several
lines begins there (`table: |`), it is about the whole text, since no comment stands inside it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from robotfabrik.model.errors import Diagnostic
from robotfabrik.model.source import Source, Span
from robotfabrik.model.suggest import did_you_mean
from robotfabrik.parsing.checks.check import Check
from robotfabrik.parsing.positions import LINE_END, Page

CHECK = Check(
    "ignore", "warning", "An ignore has no reason, names no rule that can be ignored, or silences nothing."
)
_MARK = re.compile(  # also what is nearly one: without its colon, without robotfabrik
    r"#[ \t]*(?:robotfabrik[ \t]*(?::|ignore)|[^\r\n#]*\bignore[ \t]*\[)[^\r\n]*", re.IGNORECASE
)
_FORM = re.compile(r"#[ \t]*robotfabrik:[ \t]*ignore\[([^\]]*)\](.*)")
HOW = "write # robotfabrik: ignore[rule] and why"


@dataclass(slots=True)
class Ignore:
    """One comment: where it stands, the rules with their places, its reason, and the lines it is about."""

    span: Span
    rules: Mapping[str, Span]
    reason: str
    lines: range
    used: set[str] = field(default_factory=set)


class Ignores:
    """The ignores of one file. `checks` are the rules that there are."""

    def __init__(self, source: Source, checks: Mapping[str, Check]) -> None:
        self._checks = checks
        self._wrong: list[Diagnostic] = []
        self._ignores: list[Ignore] = []
        if _MARK.search(source.text):
            self._ignores = list(self._read(source))

    def silences(self, found: Diagnostic) -> bool:
        """Is a finding ignored? Those that make a run impossible never are."""
        check = self._checks.get(found.rule)
        if check is None or not check.ignorable:
            return False
        fitting = [i for i in self._ignores if found.span.line in i.lines and found.rule in i.rules]
        for ignore in fitting:
            ignore.used.add(found.rule)
        return bool(fitting)

    def problems(self, unjudged: Collection[str] = ()) -> Iterator[Diagnostic]:
        """What is wrong with the ignores themselves, once everything has been found.

        `unjudged` are rules that could not be judged this time: nothing is said of ignores of theirs.
        """
        yield from self._wrong
        for ignore in self._ignores:
            if not ignore.reason:
                yield CHECK.at(ignore.span, "this ignore gives no reason", "write why after the bracket")
            for rule, span in ignore.rules.items():
                check = self._checks.get(rule)
                if check is None:
                    yield CHECK.at(span, f"there is no rule '{rule}'", did_you_mean(rule, self._checks))
                elif not check.ignorable:
                    yield CHECK.at(span, f"'{rule}' cannot be ignored: with it nothing can run", "correct it")
                elif rule not in ignore.used and rule not in unjudged:
                    message = f"this ignore silences nothing: no {rule} is found here"
                    yield CHECK.at(span, message, "remove it")

    def _read(self, source: Source) -> Iterator[Ignore]:
        text = source.text.removeprefix("\ufeff")
        page = Page(text)
        scalars = _scalars(text)
        for found in _MARK.finditer(text):
            if any(start <= found.start() < end for start, end in scalars):
                continue  # text, not a comment
            line, column = page.at(found.start())
            span = Span(source, line, column, len(found[0].rstrip()))
            form = _FORM.match(found[0])
            rules = _rules(form[1], source, line, column + form.start(1)) if form else {}
            if form is None or not rules:
                self._wrong.append(CHECK.at(span, "this is no ignore", HOW))
                continue
            alone = not text[found.start() - column + 1 : found.start()].strip()
            first = line + 1 if alone else line
            yield Ignore(span, rules, form[2].strip(), range(first, _last(first, scalars, page) + 1))


def _rules(written: str, source: Source, line: int, column: int) -> dict[str, Span]:
    words = re.finditer(r"[^\s,]+", written)
    return {word[0]: Span(source, line, column + word.start(), len(word[0])) for word in words}


def _scalars(text: str) -> list[tuple[int, int]]:
    """Where the texts of a file begin and end; what stands beside `|` and `>` is not theirs."""
    found = []
    try:
        events: Any = yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        for event in events:
            first, last = event.start_mark, event.end_mark
            if isinstance(event, yaml.ScalarEvent):
                start, end = first.index, last.index
                if event.style in ("|", ">") and (header := LINE_END.search(text, start, end)):
                    start = header.start()
                found.append((start, end))
    except yaml.YAMLError:
        pass  # reported where the file is read
    return found


def _last(first: int, scalars: list[tuple[int, int]], page: Page) -> int:
    """The last line of the text that begins on a line, or that line."""
    last = first
    for start, end in scalars:
        if page.at(start)[0] == first:
            last = max(last, page.at(max(start, end - 1))[0])
    return last
