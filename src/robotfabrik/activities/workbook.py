"""Workbooks (openpyxl): opened and saved without losing anything, cells as a person sees them.

openpyxl keeps values, formulas, formats, pictures, conditional formats and macros. What it would drop when
it saves (charts, drawn shapes, slicers, threaded comments) is looked for first: such a workbook stays as it
is.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from robotfabrik.activities import saving
from robotfabrik.activities.api import Context
from robotfabrik.expressions import to_text
from robotfabrik.model.errors import SystemException, Unreadable
from robotfabrik.model.suggest import did_you_mean
from robotfabrik.model.types import TEXT, Type
from robotfabrik.model.values import Month

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.cell.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

T = TypeVar("T")
Area = tuple[int, int, int, int]
"""First row, first column, last row, last column; from 1."""

MAX_UNPACKED = 1_000_000_000  # bytes
MAX_CELL = 32_767  # characters, by Excel
_EXACT = 15  # digits of a number that Excel keeps
_KINDS = (".xlsx", ".xlsm")
_OLD = b"\xd0\xcf\x11\xe0"  # an old .xls, or one with a password
_DROPPED = {
    "xl/charts/": "charts", "xl/diagrams/": "diagrams", "xl/slicers/": "slicers",
    "xl/timelines/": "timelines", "xl/threadedComments/": "threaded comments",
}  # fmt: skip
_SHAPES = re.compile(rb"<xdr:(sp|cxnSp|grpSp|graphicFrame)[ >]")
_ZEROS = re.compile(r"0[0 -]*0")
_NUMBER_LIKE = re.compile(r"[-+]?\d[\d .,:/-]*")


# --- opening and saving


def load(path: Path, *, values: bool = False) -> Workbook:
    """A workbook; with `values`, formulas stand as their last result."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    _look(path)
    try:
        return load_workbook(path, data_only=values, keep_vba=path.suffix.lower() == ".xlsm" and not values)
    except (InvalidFileException, KeyError, ValueError, TypeError, AttributeError, IndexError, SyntaxError):
        raise SystemException(f"{path.name} is no workbook, or it is damaged") from None


def _look(path: Path) -> None:
    """Refuse what is no workbook, in words that say what it is."""
    if path.is_dir():
        raise IsADirectoryError
    with path.open("rb") as file:
        head = file.read(len(_OLD))
    if head == _OLD:
        raise SystemException(
            f"{path.name} is protected by a password, or an old .xls: save it as .xlsx without a password"
        )
    if path.suffix.lower() not in _KINDS:
        raise SystemException(f"{path.name} is no workbook that can be used: save it as .xlsx")
    try:
        with zipfile.ZipFile(path) as zipped:
            if sum(part.file_size for part in zipped.infolist()) > MAX_UNPACKED:
                raise SystemException(f"{path.name} is unreasonably large unpacked")
    except zipfile.BadZipFile:
        raise SystemException(f"{path.name} is no workbook, or it is damaged") from None


async def reading(ctx: Context, file: str, work: Callable[[Workbook, Path], T]) -> T:
    """Do something with a workbook whose formulas stand as results."""
    there = ctx.path(file)

    def read() -> T:
        with _closing(load(there, values=True)) as book:
            return work(book, there)

    return await saving.read(ctx, there, read)


async def changing(ctx: Context, file: str, work: Callable[[Workbook], T], *, make: bool = False) -> T:
    """Do something to a workbook and save it. One of the project stays; the changed one is the job's own.

    make: an empty workbook when there is none.
    """
    there, target = ctx.path(file), ctx.path(file, write=True)

    def change() -> T:
        if target.suffix.lower() not in _KINDS:
            raise SystemException(f"{target.name}: a workbook's name ends with .xlsx")
        if target.with_name(f"~${target.name}").exists():
            raise SystemException(f"{target.name} is open in Excel: it has a file ~${target.name} beside it")
        new = make and not there.exists()
        with _closing(_new(target) if new else load(there)) as book:
            if not new and (lost := _lost(there)):
                raise SystemException(
                    f"{there.name} has {lost}, which would be lost: write to a workbook without them"
                )
            result = work(book)
            with saving.replacing(target) as beside:
                book.save(beside)
        return result

    return await saving.change(target, change)


def _new(path: Path) -> Workbook:
    from openpyxl import Workbook

    if path.suffix.lower() != ".xlsx":
        raise SystemException(f"{path.name}: a new workbook is an .xlsx")
    book = Workbook()
    book.remove(book.worksheets[0])
    return book


def _lost(path: Path) -> str | None:
    """What openpyxl would drop, if anything."""
    with zipfile.ZipFile(path) as zipped:
        for name in zipped.namelist():
            if dropped := next((what for part, what in _DROPPED.items() if name.startswith(part)), None):
                return dropped
            if re.fullmatch(r"xl/drawings/drawing\d+\.xml", name) and _SHAPES.search(zipped.read(name)):
                return "drawn shapes"
    return None


@contextmanager
def _closing(book: Workbook) -> Iterator[Workbook]:
    try:
        yield book
    finally:
        if book.vba_archive:
            book.vba_archive.close()
        book.close()


def calculated(path: Path, title: str, rows: Iterable[Sequence[Cell]]) -> None:
    """Unreadable when a cell that seems empty holds a formula that no Excel has calculated yet."""
    empty = [cell for row in rows for cell in row if cell.value is None]
    if not empty or not _has_formulas(path):
        return
    with _closing(load(path)) as book:
        for cell in empty:
            if book[title].cell(cell.row, cell.column).data_type == "f":
                hint = "open and save the workbook in Excel"
                raise Unreadable(f"{place(cell)} holds a formula without a result: {hint}")


def _has_formulas(path: Path) -> bool:
    with zipfile.ZipFile(path) as zipped:
        sheets = [name for name in zipped.namelist() if name.startswith("xl/worksheets/")]
        return any(re.search(rb"<f[ >]", zipped.read(name)) for name in sheets)


# --- sheets, ranges, cells


def sheet_of(book: Workbook, name: str) -> Worksheet:
    """A sheet by its name; the first one when none is named."""
    sheets = {sheet.title: sheet for sheet in book.worksheets}
    if not name:
        return book.worksheets[0]
    if name not in sheets:
        raise SystemException(f"there is no sheet '{name}'. {did_you_mean(name, sheets)}".rstrip())
    return sheets[name]


def area_of(sheet: Worksheet, text: str) -> Area:
    """The cells that a range means: A1:C9, A:C, A3 (to the end), a table's name; all when it is empty."""
    from openpyxl.utils.cell import range_boundaries

    last_row, last_column = sheet.max_row, sheet.max_column
    if not text:
        return 1, 1, last_row, last_column
    text = next((table.ref for table in sheet.tables.values() if table.displayName == text), text)
    try:
        left, top, right, bottom = range_boundaries(text.replace("$", "").upper())
    except ValueError:
        raise SystemException(f"'{text}' is no range: write A1:C9, A:C, A3, or the name of a table") from None
    if ":" not in text:
        return top or 1, left or 1, max(last_row, top or 1), max(last_column, left or 1)
    return top or 1, left or 1, bottom or last_row, right or last_column


def cell_of(sheet: Worksheet, text: str) -> Cell:
    """One cell, by a name such as B3."""
    if not re.fullmatch(r"\$?[A-Za-z]{1,3}\$?[1-9]\d{0,6}", text):
        raise SystemException(f"'{text}' is no cell: write B3 or the like")
    try:
        found: Cell = sheet[text.replace("$", "").upper()]
    except ValueError:
        raise SystemException(f"'{text}' lies outside a sheet") from None
    return found


def place(cell: Any) -> str:
    """Where a cell is, in a message."""
    return f"{cell.parent.title}!{cell.coordinate}"


class Grid:
    """The cells of an area as a person sees them: each cell of a merged area shows the area's value."""

    def __init__(self, sheet: Worksheet, area: Area, *, visible_only: bool = False) -> None:
        self._sheet, self._area = sheet, area
        self._merged = {
            (row, column): sheet.cell(merged.min_row, merged.min_col)
            for merged in sheet.merged_cells.ranges
            for row in range(merged.min_row, merged.max_row + 1)
            for column in range(merged.min_col, merged.max_col + 1)
        }
        self._hidden = _hidden_columns(sheet) if visible_only else set()
        self._visible_only = visible_only

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """The rows that hold anything."""
        top, left, bottom, right = self._area
        for cells in self._sheet.iter_rows(top, bottom, left, right):
            if self._visible_only and self._sheet.row_dimensions[cells[0].row or 1].hidden:
                continue
            row = tuple(
                self._merged.get((cell.row or 0, cell.column or 0), cell)
                for cell in cells
                if cell.column not in self._hidden
            )
            if any(cell.value not in (None, "") for cell in row):
                yield row


def _hidden_columns(sheet: Worksheet) -> set[int]:
    return {
        column
        for dimension in sheet.column_dimensions.values()
        if dimension.hidden
        for column in range(dimension.min or 0, (dimension.max or 0) + 1)
    }


def shown(cell: Any, type_: Type = TEXT) -> str | None:
    """The text of a cell, as a person sees it and the parser of `type_` reads it: no digit is lost.

    Unreadable for an error such as #REF!
    """
    value = cell.value
    if cell.data_type == "e":
        raise Unreadable(f"{place(cell)} holds an error instead of a value")
    match value:
        case None:
            return None
        case bool():
            return "ja" if value else "nej"
        case datetime() if type_.name == "month" and value.day == 1:
            return str(Month.of(value))
        case datetime():
            day = value.date().isoformat()
            return day if value.time() == time() else f"{day} {value:%H:%M:%S}".removesuffix(":00")
        case date() | time() | timedelta():
            return str(value)
        case int() | float() | Decimal():
            return _number(value, cell.number_format or "")
    return str(value)


def _number(value: int | float | Decimal, form: str) -> str:
    number = Decimal(value) if isinstance(value, int | Decimal) else Decimal(f"{value:.{_EXACT}g}")
    pattern = re.sub(r'\\|"', "", form.partition(";")[0])
    if _ZEROS.fullmatch(pattern) and number >= 0 and number == number.to_integral_value():
        return _filled(pattern, int(number))
    if pattern.endswith("%"):
        return f"{to_text(number * 100)} %"
    return to_text(number)


def _filled(pattern: str, number: int) -> str:
    """000000-0000 with 101012386 is 010101-2386."""
    digits = str(number).zfill(pattern.count("0"))
    start, rest = digits[: len(digits) - pattern.count("0")], iter(digits[-pattern.count("0") :])
    return start + "".join(next(rest) if sign == "0" else sign for sign in pattern)


def put(cell: Any, value: Any) -> None:
    """Write a value. A text stays a text, whatever it looks like, and a long number keeps its digits."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, MergedCell

    if isinstance(cell, MergedCell):
        raise SystemException(f"{place(cell)} lies in a merged area: write its first cell")
    if cell.parent.protection.sheet and cell.protection.locked:
        raise SystemException(f"{place(cell)} is protected")
    if isinstance(value, int | Decimal) and not isinstance(value, bool) and _too_long(value):
        value = to_text(value)
    if isinstance(value, str):
        if len(value) > MAX_CELL or ILLEGAL_CHARACTERS_RE.search(value):
            raise SystemException(
                f"{place(cell)}: no cell can hold this text: too long, or a control sign"
            )
        cell.value = value or None
        if value:
            cell.data_type = "s"
            if value[0] in "=+-@'":
                cell.quotePrefix = True
            if _NUMBER_LIKE.fullmatch(value) and cell.number_format == "General":
                cell.number_format = "@"
    elif value is None or isinstance(value, bool | int | Decimal):
        cell.value = value
    elif isinstance(value, date):
        form = cell.number_format
        cell.value = value  # openpyxl gives it a form of its own
        cell.number_format = "yyyy-mm-dd" if form == "General" else form
    else:
        put(cell, to_text(value))


def _too_long(number: int | Decimal) -> bool:
    return len(Decimal(number).normalize().as_tuple().digits) > _EXACT or abs(number) >= 10**_EXACT


def put_rows(sheet: Worksheet, row: int, column: int, rows: list[list[Any]]) -> None:
    """Write rows from a cell downwards."""
    for down, values in enumerate(rows):
        for right, value in enumerate(values):
            put(sheet.cell(row + down, column + right), value)


def last_row(sheet: Worksheet) -> int:
    """The last row that holds anything, 0 in an empty sheet."""
    rows = (row for row in range(sheet.max_row, 0, -1) if any(c.value is not None for c in sheet[row]))
    return next(rows, 0)
