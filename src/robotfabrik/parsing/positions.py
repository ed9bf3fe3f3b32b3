"""Where each character of a decoded YAML scalar stands in the file.

YAML folds lines, doubles quotes and decodes escapes. `Aligned` walks the raw text beside the decoded
text, once and only when asked, so that a character inside any scalar has an exact line and column.
A folded space stands at the line end that became it; an escape stands at its backslash.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Generator, Iterator
from itertools import islice
from typing import Literal

Style = Literal["plain", "single", "double", "literal", "folded"]

LINE_END = re.compile(r"\r\n|\r|\n")
_BLANKS = re.compile(r"[ \t\r\n]+")
_ESCAPE_LENGTH = {"x": 4, "u": 6, "U": 10}


class Page:
    """Raw text that turns an index into a (line, column), both from 1. Lines are found when asked."""

    __slots__ = ("_starts", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts: list[int] | None = None

    def at(self, index: int) -> tuple[int, int]:
        """The (line, column) of the character at `index`."""
        if self._starts is None:
            self._starts = [0, *(found.end() for found in LINE_END.finditer(self.text))]
        line = bisect_right(self._starts, index)
        return line, index - self._starts[line - 1] + 1

    def line_from(self, index: int) -> str:
        """The rest of the line from the character at `index`."""
        found = LINE_END.search(self.text, index)
        return self.text[index : found.start() if found else len(self.text)]


class Aligned:
    """A `Located.locate` for scalars whose text differs from the file: folded, escaped or quoted.

    An offset at or past the end gives the place just after the last character.
    """

    __slots__ = ("_end", "_indexes", "_page", "_start", "_style", "_text")

    def __init__(self, page: Page, start: int, end: int, style: Style, text: str) -> None:
        self._page, self._start, self._end = page, start, end
        self._style, self._text = style, text
        self._indexes: list[int] | None = None

    def __call__(self, offset: int) -> tuple[int, int]:
        if self._indexes is None:
            self._indexes = align(self._page.text, self._start, self._end, self._style, self._text)
        return self._page.at(self._indexes[min(max(offset, 0), len(self._text))])


def align(raw: str, start: int, end: int, style: Style, text: str) -> list[int]:
    """The raw index of each character of `text`, and of the place after the last: len(text) + 1 items.

    `raw[start:end]` is the scalar as written, with quotes or block header.
    """
    if style in ("literal", "folded"):
        places = list(islice(_block(raw, start, end, text, folded=style == "folded"), len(text)))
        stop = places[-1] + 1 if places else _next_line(raw, start)
    elif style == "plain":
        places, stop = list(_flow(raw, start, end, "")), end
    else:
        quote = "'" if style == "single" else "\\"
        places, stop = list(_flow(raw, start + 1, end - 1, quote)), end - 1
    return places[: len(text)] + [stop] * (max(0, len(text) - len(places)) + 1)


def _flow(raw: str, index: int, end: int, escape: str) -> Iterator[int]:
    """Plain and quoted text: one line end becomes a space, n line ends n - 1 newlines."""
    while index < end:
        char = raw[index]
        if char in " \t\r\n":
            stop = _blank_end(raw, index, end)
            yield from _folded_blanks(raw, index, stop)
            index = stop
        elif char != escape:
            yield index
            index += 1
        elif escape == "'":
            yield index
            index += 2
        elif raw[index + 1] in "\r\n":
            index = yield from _continued(raw, index + 1, end)
        else:
            yield index
            index += _ESCAPE_LENGTH.get(raw[index + 1], 2)


def _blank_end(raw: str, index: int, end: int) -> int:
    found = _BLANKS.match(raw, index, end)
    return found.end() if found else index


def _folded_blanks(raw: str, start: int, stop: int) -> Iterator[int]:
    """What a run of blanks becomes: itself on one line, else a space or the newlines but one."""
    breaks = [found.start() for found in LINE_END.finditer(raw, start, stop)]
    if not breaks:
        yield from range(start, stop)
    elif len(breaks) == 1:
        yield breaks[0]
    else:
        yield from breaks[1:]


def _continued(raw: str, index: int, end: int) -> Generator[int, None, int]:
    """After a backslash at a line end: that line end vanishes, each further one is a newline."""
    stop = _blank_end(raw, index, end)
    for found in list(LINE_END.finditer(raw, index, stop))[1:]:
        yield found.start()
    return stop


def _block(raw: str, start: int, end: int, text: str, *, folded: bool) -> Iterator[int]:
    """Literal and folded blocks, whose header (`|`, `>-`, …) stands at `start`."""
    lines = _lines_between(raw, _next_line(raw, start), end)
    blank_lines = len(text) - len(text.lstrip("\n"))
    held: list[int] = []  # line ends since the last line with text
    indent = -1
    indented = True  # whether the last line with text starts with a blank, or there is none
    for number, (begin, stop) in enumerate(lines):
        if number < blank_lines or (indent >= 0 and stop - begin <= indent):
            held.append(stop)
            continue
        if indent < 0:
            indent = _leading(raw, begin, stop) - _leading(text, blank_lines, len(text))
            yield from held
        else:
            deeper = raw[begin + indent] in " \t"
            yield from _joined(held, fold=folded and not deeper and not indented)
        held = [stop]
        indented = raw[begin + indent] in " \t"
        yield from range(begin + indent, stop)
    yield from held


def _joined(breaks: list[int], *, fold: bool) -> list[int]:
    """What the line ends between two lines of a block become."""
    return breaks if not fold or len(breaks) == 1 else breaks[1:]


def _leading(text: str, begin: int, stop: int) -> int:
    """How many spaces `text[begin:stop]` starts with."""
    index = begin
    while index < stop and text[index] == " ":
        index += 1
    return index - begin


def _lines_between(raw: str, index: int, end: int) -> Iterator[tuple[int, int]]:
    """The (begin, stop) of each line from `index` to `end`, without line ends."""
    while index < end:
        found = LINE_END.search(raw, index)
        stop, following = (found.start(), found.end()) if found else (len(raw), len(raw))
        yield index, stop
        index = following


def _next_line(raw: str, index: int) -> int:
    found = LINE_END.search(raw, index)
    return found.end() if found else len(raw)
