"""What seems unused while a definition has errors may be used in the part that could not be read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from robotfabrik.model.errors import Diagnostic
from robotfabrik.model.source import Span
from robotfabrik.parsing.checks.reading import READING, WHOLE_FILE

_QUOTED = re.compile(r"'([^']*)'")
_CONTENT = re.compile(r"[ ]*(?:-[ ]+)*")


class Doubt:
    """Doubt about names. Errors of judgement, such as a retry around a write, hide nothing."""

    def __init__(self, found: Iterable[Diagnostic]) -> None:
        hiding = [d for d in found if d.severity == "error" and d.rule in READING]
        self._meant = {word for d in hiding for word in _QUOTED.findall(d.suggestion or "")}
        self._hidden = "\n".join(text for d in hiding for text in _hidden(d))

    def of(self, name: str) -> bool:
        """May something that could not be read use `name`?"""
        word = name.rpartition(".")[2]
        mentioned = re.search(rf"\b{re.escape(word)}\b", self._hidden)
        return mentioned is not None or word in self._meant or name in self._meant


def _hidden(found: Diagnostic) -> Iterator[str]:
    """The text that an error may have kept from being read."""
    if found.rule in WHOLE_FILE:
        yield found.span.source.text
    else:
        yield from _block(found.span)


def _block(span: Span) -> Iterator[str]:
    """The entries beside a line, and what is indented below it: of a step, the whole step."""
    lines = span.source.text.splitlines()
    at = span.line - 1
    if at >= len(lines):
        return
    level = _indent(lines[at])
    yield lines[at]
    for line in lines[at + 1 :]:
        if line.strip() and len(line) - len(line.lstrip()) < level:
            break
        yield line
    while at and not lines[at].lstrip().startswith("-"):
        at -= 1
        if lines[at].strip() and _indent(lines[at]) < level:
            break
        yield lines[at]


def _indent(line: str) -> int:
    """How far the text of a line is indented, its dashes not counted as text."""
    found = _CONTENT.match(line)
    return found.end() if found else 0
