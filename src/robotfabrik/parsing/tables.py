"""Tables written in a block of text: decision tables, examples, mocked readings. Syntax only.

    | typ       | skillnad || tak  |       header; `||` stands between inputs and outputs
    |-----------|----------||------|       optional
    | Läkemedel | < 0      || 2350 |

A pipe in quotes, brackets or `${{ }}` is text. What the cells mean is decided by the columns' types;
here an input cell only becomes a tree:

    Condition ── AnyValue      -
              ├─ UnknownCell   okänd, unknown
              ├─ OneOf         a | a, b
              ├─ Compare       < x  <= x  > x  >= x
              ├─ Range         x..y, both ends included
              └─ Not           not …
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from robotfabrik.model.errors import Diagnostic
from robotfabrik.model.source import Located, Span

Report: TypeAlias = Callable[[Diagnostic], None]
Operator: TypeAlias = Literal["<", "<=", ">", ">="]

RULE = "table"
_BRACKETS = {"(": ")", "[": "]", "{": "}"}
_SEPARATOR = re.compile(r":?-{3,}:?")
_OPERATORS: tuple[Operator, ...] = ("<=", ">=", "<", ">")
_OTHER_OPERATORS = {"≤": "<= x", "≥": ">= x", "!=": "not x", "<>": "not x", "==": "x", "=": "x"}
_UNKNOWN = frozenset({"okänd", "okänt", "unknown"})
_NOT = re.compile(r"not(?=\s|$)\s*")
_DASHED_RANGE = re.compile(r"(-?\d[\d ,.]*?)(?:\s+-\s+|\s*[\u2013\u2014]\s*)(-?\d[\d ,.]*)")


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """One cell: its text without the blanks around it, and where each character stands."""

    text: str
    located: Located

    @property
    def span(self) -> Span:
        """Where the cell stands; an empty one after its pipe."""
        return self.located.span()


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One line below the header, with as many cells as the header."""

    cells: tuple[Cell, ...]
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """`split` is the index of the first output column; None when the header has no `||`."""

    header: tuple[Cell, ...]
    split: int | None
    rows: tuple[Row, ...]


def parse_table(located: Located, report: Report) -> Table | None:
    """The table in `located`. None, reported, without a usable header; bad rows are reported and left out."""
    lines = [_Line(piece, report) for piece in _lines(located)]
    if not lines:
        report(Diagnostic(located.span(0, 0), "the table is empty", RULE, "write a header: | a | b |"))
        return None
    header = lines[0].scan()
    if header is None or not _names_are_fine(header, report):
        return None
    rows: list[Row] = []
    for number, line in enumerate(lines[1:]):
        scanned = line.scan()
        if scanned is None or not _fits(header, scanned, report):
            continue
        if not scanned.is_separator:
            rows.append(Row(scanned.cells, scanned.span))
        elif number > 0:
            message = "a line of dashes stands below the header only"
            report(Diagnostic(scanned.span, message, RULE, "remove it; a cell for any value is one dash"))
    return Table(header.cells, header.split, tuple(rows))


def _lines(located: Located) -> Iterator[Located]:
    """The lines with something on them, without the blanks around them."""
    start = 0
    for line in located.text.split("\n"):
        if line.strip():
            yield _trimmed(located, start, start + len(line))
        start += len(line) + 1


def _trimmed(located: Located, start: int, stop: int) -> Located:
    """`text[start:stop]` without the blanks around it; an empty one stands at its first blank."""
    text = located.text[start:stop]
    if not text.strip():
        return located.part(start, start)
    left = len(text) - len(text.lstrip())
    return located.part(start + left, start + len(text.rstrip()))


@dataclass(frozen=True, slots=True)
class _Scanned:
    """A line in cells; `split` is the number of cells before `||`."""

    cells: tuple[Cell, ...]
    split: int | None
    span: Span

    @property
    def is_separator(self) -> bool:
        return all(_SEPARATOR.fullmatch(cell.text) for cell in self.cells)


class _Line:
    """Cuts one line of a table into cells."""

    def __init__(self, located: Located, report: Report) -> None:
        self._located, self._text, self._report = located, located.text, report
        self._opened: list[int] = []

    def scan(self) -> _Scanned | None:
        """The cells of the line; None, reported, when it cannot be cut."""
        text = self._text
        if not text.startswith("|"):
            self._tell_leading_pipe()
            return None
        pipes = list(self._pipes())
        if self._opened:
            self._tell_unclosed(self._opened[0])
            return None
        cells: list[Cell] = []
        borders: list[tuple[int, int]] = []  # the number of cells before a `||`, and its second pipe
        start = 0
        for index in pipes:
            if index == start and cells:
                borders.append((len(cells), index))
            elif index:
                cells.append(self._cell(start, index))
            start = index + 1
        if text[start:].strip():
            message = "a `|` is missing at the end of this line"
            self._tell(len(text) - 1, len(text), message, f"write: {text} |")
            cells.append(self._cell(start, len(text)))
        return self._with_border(cells, borders)

    def _with_border(self, cells: list[Cell], borders: list[tuple[int, int]]) -> _Scanned | None:
        split = borders[0][0] if borders else None
        if not cells:
            self._tell(0, len(self._text), "this line has no cells", "write: | a | b |")
        elif len(borders) > 1:
            message = "a second `||` on one line; it stands once, between inputs and outputs"
            suggestion = "write a space between the pipes of an empty cell"
            self._tell(borders[1][1] - 1, borders[1][1] + 1, message, suggestion)
        elif split == len(cells):
            self._tell(borders[0][1] - 1, borders[0][1] + 1, "no output column stands after `||`")
        else:
            return _Scanned(tuple(cells), split, self._located.span())
        return None

    def _pipes(self) -> Iterator[int]:
        """Where the pipes stand that are no text. `_opened` holds what is still open at the end."""
        text, index = self._text, 0
        while index < len(text):
            char = text[index]
            if char in "'\"" and self._opens_quote(index):
                closing = text.find(char, index + 1)
                if closing < 0:
                    self._opened.append(index)
                    return
                index = closing
            elif char in _BRACKETS:
                self._opened.append(index)
            elif self._opened and char == _BRACKETS[text[self._opened[-1]]]:
                self._opened.pop()
            elif char == "|" and not self._opened:
                yield index
            index += 1

    def _opens_quote(self, index: int) -> bool:
        """Whether a quotation mark opens: not the apostrophe of a word."""
        return not self._text[index - 1].isalnum()

    def _cell(self, start: int, stop: int) -> Cell:
        part = _trimmed(self._located, start, stop)
        return Cell(part.text, part)

    def _tell_leading_pipe(self) -> None:
        text = self._text
        if text.startswith("#"):
            message, suggestion = "a comment cannot stand inside a table", "move it above the table's key"
        else:
            message, suggestion = "a line of a table starts with `|`", f"write: | {text.strip('| ')} |"
        self._tell(0, len(text), message, suggestion)

    def _tell_unclosed(self, index: int) -> None:
        char = self._text[index]
        message = f"this {char} is never closed, so it hides the pipes after it"
        suggestion = "close it, or put the cell's text in the other quotation marks"
        self._tell(index, index + 1, message, suggestion)

    def _tell(self, start: int, stop: int, message: str, suggestion: str | None = None) -> None:
        self._report(Diagnostic(self._located.span(start, stop), message, RULE, suggestion))


def _names_are_fine(header: _Scanned, report: Report) -> bool:
    """Whether every column has a name that no other column on its side of `||` has."""
    fine = True
    seen: dict[tuple[bool, str], int] = {}
    for number, cell in enumerate(header.cells):
        side = header.split is not None and number >= header.split
        if not cell.text:
            report(Diagnostic(cell.span, "this column has no name", RULE, "name it, or remove its pipe"))
            fine = False
        elif (side, cell.text) in seen:
            earlier = seen[side, cell.text] + 1
            report(Diagnostic(cell.span, f"column {earlier} is already called `{cell.text}`", RULE))
            fine = False
        seen.setdefault((side, cell.text), number)
    return fine


def _fits(header: _Scanned, row: _Scanned, report: Report) -> bool:
    """Whether a row has the header's cells, on the same sides of `||`."""
    expected, found = len(header.cells), len(row.cells)
    if found != expected:
        message = f"this row has {_cells(found)}, the header {expected}"
        suggestion = "a pipe that is text stands in quotes or brackets" if found > expected else None
        report(Diagnostic(row.span, message, RULE, suggestion))
        return False
    if row.split != header.split:
        report(Diagnostic(row.span, _border_message(header.split, row.split), RULE))
        return False
    return True


def _border_message(wanted: int | None, found: int | None) -> str:
    if found is None:
        return f"a `||` is missing after cell {wanted}, as in the header"
    if wanted is None:
        return f"a `||` stands after cell {found}, but none in the header; an empty cell is `| |`"
    return f"the `||` stands after cell {found}, in the header after cell {wanted}"


def _cells(number: int) -> str:
    return f"{number} cell{'' if number == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class Value:
    """A literal as it was written, without its quotes. Quoted text is never a word of the language."""

    located: Located
    quoted: bool

    @property
    def text(self) -> str:
        """The text."""
        return self.located.text

    def span(self, start: int = 0, end: int | None = None) -> Span:
        """Where `text[start:end]` stands."""
        return self.located.span(start, end)


@dataclass(frozen=True, slots=True)
class AnyValue:
    """`-`: whatever the input is."""


@dataclass(frozen=True, slots=True)
class UnknownCell:
    """`okänd` or `unknown`: the register did not answer."""


@dataclass(frozen=True, slots=True)
class OneOf:
    """`a` or `a, b`: the input equals one of these."""

    literals: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Compare:
    """`< x` and its like."""

    op: Operator
    literal: Value


@dataclass(frozen=True, slots=True)
class Range:
    """`x..y`: from low to high, both included."""

    low: Value
    high: Value


@dataclass(frozen=True, slots=True)
class Not:
    """`not …`: everything but this."""

    inner: OneOf | Compare | Range | UnknownCell


Condition: TypeAlias = AnyValue | UnknownCell | OneOf | Compare | Range | Not


def parse_condition_cell(cell: Cell, report: Report) -> Condition | None:
    """The condition in an input cell; None, reported, when it is none."""
    try:
        return _condition(cell.located)
    except _Wrong as wrong:
        report(wrong.diagnostic)
        return None


def literal(located: Located) -> Value:
    """The whole of `located` as one literal (an output, an example), without quotes around it all."""
    text = located.text
    if text[:1] in ("'", '"') and _closing(text, 0) == len(text) - 1:
        return Value(_unquoted(located, 0, len(text)), quoted=True)
    return Value(located, quoted=False)


class _Wrong(Exception):
    """A cell is wrong; carries what to report."""

    def __init__(self, located: Located, message: str, suggestion: str | None = None) -> None:
        super().__init__(message)
        self.diagnostic = Diagnostic(located.span(), message, RULE, suggestion)


def _condition(located: Located) -> Condition:
    text = located.text
    if not text:
        raise _Wrong(located, "this cell is empty", "write `-` for any value, '' for an empty text")
    if text == "-":
        return AnyValue()
    if found := _NOT.match(text):
        return Not(_negated(located, found.end()))
    return _positive(located)


def _negated(located: Located, start: int) -> OneOf | Compare | Range | UnknownCell:
    """What stands after `not`."""
    inner = located.part(start)
    if not inner.text:
        raise _Wrong(located, "nothing stands after `not`", "write `not x`, or quote the text: 'not'")
    if inner.text == "-":
        raise _Wrong(located, "`not -` is never true: a dash is any value", "write 'not -' if it is a text")
    if _NOT.match(inner.text):
        raise _Wrong(located, "`not` stands twice", "write it once, or leave out both")
    return _positive(inner)


def _positive(located: Located) -> OneOf | Compare | Range | UnknownCell:
    text = located.text
    if text.casefold() in _UNKNOWN:
        return UnknownCell()
    if "${{" in text:
        raise _Wrong(located, "an input cell holds no expression", "put it in a `när` (`when`) column")
    for wrong, right in _OTHER_OPERATORS.items():
        if text.startswith(wrong):
            raise _Wrong(located, f"`{wrong}` is not used in cells", f"write `{right}`")
    for op in _OPERATORS:
        if text.startswith(op):
            return Compare(op, _compared(located, op))
    if found := _DASHED_RANGE.fullmatch(text):
        low, high = found[1].strip(), found[2].strip()
        raise _Wrong(located, "a range is written with two dots", f"write `{low}..{high}`, or quote the text")
    return _range_or_list(located)


def _compared(located: Located, op: Operator) -> Value:
    """What a comparison compares with: one literal."""
    rest = located.part(len(op) + len(located.text[len(op) :]) - len(located.text[len(op) :].lstrip()))
    if not rest.text:
        raise _Wrong(located, f"nothing stands after `{op}`", f"write `{op} 0`, or quote the text: '{op}'")
    pieces = _pieces(rest, ",")
    if len(pieces) > 1 or len(_pieces(rest, "..")) > 1:
        raise _Wrong(located, f"`{op}` compares with one value", "write `x..y`, or two rows")
    return _value(rest)


def _range_or_list(located: Located) -> OneOf | Range:
    ends = _pieces(located, "..")
    items = _pieces(located, ",")
    if len(ends) == 1:
        return OneOf(tuple(_item(item) for item in items))
    if len(items) > 1:
        raise _Wrong(located, "a range cannot stand in a list", "write two rows, or quote a text with dots")
    if len(ends) > 2:
        raise _Wrong(located, "a range has two ends", "write `x..y`, or quote a text with dots")
    low, high = ends
    if not low.text or not high.text:
        op = "<=" if high.text else ">="
        end = high.text or low.text or "x"
        raise _Wrong(located, "one end of the range is missing", f"write `{op} {end}`")
    return Range(_value(low), _value(high))


def _item(located: Located) -> Value:
    """One literal of a list."""
    text = located.text
    if text == "-":
        raise _Wrong(located, "a dash is any value, so it cannot stand in a list", "quote the text: '-'")
    if text.casefold() in _UNKNOWN:
        raise _Wrong(located, f"`{text}` stands alone in its cell", f"write two rows, or quote it: '{text}'")
    if text.startswith(("<", ">")):
        raise _Wrong(located, "a comparison cannot stand in a list", "write `x..y`, or two rows")
    return _value(located)


def _value(located: Located) -> Value:
    """A literal, without its quotes."""
    text = located.text
    if not text:
        raise _Wrong(located, "a value is missing beside a comma", "quote a text with a comma: 'a, b'")
    if text[0] not in "'\"":
        return Value(located, quoted=False)
    closing = _closing(text, 0)
    if closing < len(text) - 1:
        suggestion = "quote the whole, or put a comma between"
        raise _Wrong(located, "text follows the closing quotation mark", suggestion)
    return Value(_unquoted(located, 0, len(text)), quoted=True)


def _pieces(located: Located, separator: str) -> list[Located]:
    """`located` cut at each `separator` outside quotes, without the blanks around each piece."""
    text, index, start = located.text, 0, 0
    pieces: list[Located] = []
    while index < len(text):
        if text[index] in "'\"" and _starts_piece(text, index):
            index = _closing_or_wrong(located, index) + 1
        elif text.startswith(separator, index):
            _check_comma(located, index)
            pieces.append(_trimmed(located, start, index))
            index = start = index + len(separator)
        else:
            index += 1
    return [*pieces, _trimmed(located, start, len(text))]


def _starts_piece(text: str, index: int) -> bool:
    before = text[:index].rstrip()
    return not before or before.endswith((",", ".."))


def _check_comma(located: Located, index: int) -> None:
    """A comma between digits is a decimal comma to one reader and a list to the next."""
    low = re.search(r"\d+$", located.text[:index])
    high = re.match(r",(\d+)", located.text[index:])
    if low and high:
        number = low[0] + high[0]
        suggestion = f"write '{number}' for the number, `{low[0]}, {high[1]}` for two values"
        raise _Wrong(located, f"`{number}` may be one number or two values", suggestion)


def _closing_or_wrong(located: Located, index: int) -> int:
    closing = _closing(located.text, index)
    if closing < 0:
        mark = located.text[index]
        raise _Wrong(located.part(index), f"this {mark} is never closed", f"close it: {located.text}{mark}")
    return closing


def _closing(text: str, index: int) -> int:
    """The index of the quotation mark that closes the one at `index` (a doubled one is text), or -1."""
    mark = text[index]
    closing = text.find(mark, index + 1)
    while closing >= 0 and text.startswith(mark, closing + 1):
        closing = text.find(mark, closing + 2)
    return closing


def _unquoted(located: Located, start: int, stop: int) -> Located:
    """The text between the quotation marks at `start` and `stop - 1`, a doubled one being one."""
    text, mark = located.text, located.text[start]
    offsets: list[int] = []
    index = start + 1
    while index < stop - 1:
        offsets.append(index)
        index += 2 if text[index] == mark else 1
    decoded = "".join(text[offset] for offset in offsets)
    offsets.append(stop - 1)
    return Located(decoded, located.source, lambda at: located.locate(offsets[min(at, len(offsets) - 1)]))
