"""Where things stand in a file: every scalar, step and expression knows its position."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """One file as it was read. `path` is shown to people, relative to where they stand."""

    path: str
    text: str

    def line(self, number: int) -> str:
        """The text of line `number` (from 1), without its line end; empty past the end."""
        lines = self.text.splitlines()
        return lines[number - 1] if 0 < number <= len(lines) else ""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one line: `line` and `column` count from 1, in characters."""

    source: Source
    line: int
    column: int
    length: int = 1

    def __str__(self) -> str:
        return f"{self.source.path}:{self.line}:{self.column}"

    @property
    def written(self) -> str:
        """What stands there."""
        return self.source.line(self.line)[self.column - 1 : self.column - 1 + self.length]


@dataclass(frozen=True, slots=True)
class Located:
    """Decoded text and where each of its characters stands in the file.

    `locate(offset)` gives the (line, column) of a character of `text`; it is asked only when
    something is reported, since mapping folded and escaped scalars costs time.
    """

    text: str
    source: Source
    locate: Callable[[int], tuple[int, int]] = field(compare=False)

    def span(self, start: int = 0, end: int | None = None) -> Span:
        """The span of `text[start:end]`, cut at the end of its first line."""
        end = len(self.text) if end is None else end
        line, column = self.locate(start)
        length = 1
        for offset in range(start + 1, end):
            at_line, at_column = self.locate(offset)
            if at_line != line:
                break
            length = at_column - column + 1
        return Span(self.source, line, column, max(1, length))

    def part(self, start: int, end: int | None = None) -> Located:
        """`text[start:end]` with its own positions."""
        outer = self.locate
        return Located(self.text[start:end], self.source, lambda offset: outer(start + offset))


class Word(str):
    """A name as it was written, with its place."""

    __slots__ = ("span",)
    span: Span

    def __new__(cls, text: str, span: Span) -> Word:
        """The text, standing at `span`."""
        word = super().__new__(cls, text)
        word.span = span
        return word


def place_of(name: str, otherwise: Span) -> Span:
    """Where a name stands, if it is known."""
    return name.span if isinstance(name, Word) else otherwise


def inline(text: str, path: str = "<text>") -> Located:
    """Text that came from no file (command line, tests)."""
    return Located(text, Source(path, text), lambda offset: (1, offset + 1))
