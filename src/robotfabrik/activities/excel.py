"""Activities on workbooks (.xlsx, .xlsm). Each opens the file, does its work and saves it whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from robotfabrik.activities import reading, rows
from robotfabrik.activities.api import Activity, Cells, Columns, Context, Data, TypeName, describe
from robotfabrik.activities.workbook import (
    Grid,
    area_of,
    calculated,
    cell_of,
    changing,
    last_row,
    place,
    put,
    put_rows,
    sheet_of,
    shown,
)  # fmt: skip
from robotfabrik.activities.workbook import reading as reading_workbook
from robotfabrik.expressions import to_text
from robotfabrik.model.errors import SystemException
from robotfabrik.model.suggest import did_you_mean
from robotfabrik.model.types import ANY, TEXT, Type, list_of

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

FIRST_SHEET = "Blad1"


async def read_range(
    ctx: Context, file: str, range: str = "", sheet: str = "", columns: Columns = (),
    has_headers: bool = True, visible_only: bool = False,
) -> Any:  # fmt: skip
    """Read a range of a workbook as a table. Rows that hold nothing are left out.

    Without columns every value is text, as it is shown: 0012 keeps its zeros; an empty cell is none.
    Formulas give their last result. Every cell of a merged area has the area's value.
    file: the workbook.
    range: such as A1:C9, A:C, A3 (from there to the end) or a table's name; by default the whole sheet.
    sheet: its name; by default the first one.
    columns: name: type, or name: {header, as, private}, for each column that is wanted; type? may be empty.
    has_headers: the first row names the columns; else they are taken in order.
    visible_only: without hidden and filtered rows and columns.
    """

    def read(book: Workbook, path: Path) -> Any:
        found = sheet_of(book, sheet)
        cells = list(Grid(found, area_of(found, range), visible_only=visible_only).rows())
        if not columns:
            calculated(path, found.title, cells)
        header = [shown(cell) for cell in cells.pop(0)] if has_headers and cells else None
        if header is None and has_headers and columns:
            raise SystemException(f"{path.name}: the sheet '{found.title}' is empty")
        if columns:
            places = rows.places_of(header, columns, path.name)
            calculated(path, found.title, ([row[at] for at in places if at < len(row)] for row in cells))
        named = ((f"{found.title} row {row[0].row}", row) for row in cells)
        return rows.records(ctx, header, named, columns, shown, path.name)

    return await reading_workbook(ctx, file, read)


async def read_cell(ctx: Context, file: str, cell: str, sheet: str = "", type: TypeName = TEXT) -> Any:
    """Read one cell of a workbook.

    file: the workbook.
    cell: such as B3.
    sheet: its name; by default the first one.
    type: such as money; money? when it may be empty. By default text, as it is shown.
    """

    def read(book: Workbook, path: Path) -> Any:
        found = sheet_of(book, sheet)
        one = cell_of(found, cell)
        area = (one.row, one.column, one.row, one.column)
        seen = next(Grid(found, area).rows(), (one,))
        calculated(path, found.title, [seen])
        text = shown(seen[0], type.required())
        return reading.value(ctx, f"{path.name} {place(one)}", type.required(), type.optional, False, text)

    return await reading_workbook(ctx, file, read)


async def write_range(
    ctx: Context, file: str, table: Data, sheet: str = "", start: str = "A1", has_headers: bool = True,
    clear: bool = False,
) -> None:  # fmt: skip
    """Write a table into a workbook; it and the sheet are made when there are none.

    file: the workbook.
    table: the table.
    sheet: its name; by default the first one.
    start: the cell of the table's first corner.
    has_headers: the first row names the columns.
    clear: empty the sheet first, so that no row of a longer table stays below.
    """

    def write(book: Workbook) -> None:
        found = _made(book, sheet)
        corner = cell_of(found, start)
        if clear:
            _emptied(found)
        names = list(dict.fromkeys(name for row in table for name in row))
        values = [[row.get(name) for name in names] for row in table]
        put_rows(found, corner.row, corner.column, [names, *values] if has_headers and names else values)

    await changing(ctx, file, write, make=True)


async def append_range(ctx: Context, file: str, table: Data, sheet: str = "", start: str = "A1") -> None:
    """Add the rows of a table below the last row of a sheet, each value under the header of its column.

    In an empty sheet the headers are written too; workbook and sheet are made when there are none.
    file: the workbook.
    table: the table; the sheet must have a header for each of its columns.
    sheet: its name; by default the first one.
    start: the cell of the first header.
    """

    def append(book: Workbook) -> None:
        found = _made(book, sheet)
        corner = cell_of(found, start)
        names = list(dict.fromkeys(name for row in table for name in row))
        if last_row(found) < corner.row:
            put_rows(found, corner.row, corner.column, [names])
        places = _headers(found, corner.row, corner.column)
        _known(names, places, found.title)
        for row, record in enumerate(table, last_row(found) + 1):
            for name, value in record.items():
                put(found.cell(row, places[name]), value)

    await changing(ctx, file, append, make=True)


async def update_row(
    ctx: Context, file: str, key: Cells, values: Cells, sheet: str = "", start: str = "A1",
    insert: bool = False,
) -> None:  # fmt: skip
    """Change the one row of a sheet that a key finds. None and several such rows are errors.

    file: the workbook.
    key: header: value, what must stand in the row.
    values: header: value, what shall stand there.
    sheet: its name; by default the first one.
    start: the cell of the first header.
    insert: add the row at the end when there is none.
    """

    def update(book: Workbook) -> None:
        found = sheet_of(book, sheet)
        corner = cell_of(found, start)
        places = _headers(found, corner.row, corner.column)
        _known((*key, *values), places, found.title)
        last = last_row(found)
        fits = [
            row
            for row in range(corner.row + 1, last + 1)
            if all(_same(found.cell(row, places[name]), value) for name, value in key.items())
        ]
        if len(fits) > 1 or (not fits and not insert):
            raise SystemException(f"{len(fits)} rows of '{found.title}' have this key; one must have it")
        for name, value in (values if fits else {**key, **values}).items():
            put(found.cell(fits[0] if fits else last + 1, places[name]), value)

    await changing(ctx, file, update)


async def write_cell(
    ctx: Context, file: str, cell: str, value: Any = None, sheet: str = "", formula: str = ""
) -> None:
    """Write one cell; workbook and sheet are made when there are none.

    file: the workbook.
    cell: such as B3.
    value: what shall stand there; none empties the cell. A text is never taken for a formula.
    sheet: its name; by default the first one.
    formula: a formula instead of a value, in English, such as =SUM(B1:B2). Excel calculates it when opened.
    """
    if formula and (value is not None or not formula.startswith("=")):
        raise SystemException("a cell has a value or a formula, which begins with =")

    def write(book: Workbook) -> None:
        found = cell_of(_made(book, sheet), cell)
        put(found, value)
        if formula:
            found.value = formula

    await changing(ctx, file, write, make=True)


async def format_cells(
    ctx: Context, file: str, range: str, sheet: str = "", number_format: str = "", bold: bool = False,
    wrap: bool = False, width: int = 0,
) -> None:  # fmt: skip
    """Give cells a format; what is left out stays as it is.

    file: the workbook.
    range: such as A1:C9, or A:C for whole columns.
    sheet: its name; by default the first one.
    number_format: as Excel writes it in English, such as #,##0.00 or yyyy-mm-dd; @ is text.
    bold: bold letters.
    wrap: long texts are broken into lines.
    width: of the columns, in characters.
    """

    def form(book: Workbook) -> None:
        found = sheet_of(book, sheet)
        one = range if ":" in range else f"{range}:{range}"
        top, left, bottom, right = area_of(found, one)
        for cell in (cell for line in found.iter_rows(top, bottom, left, right) for cell in line):
            if number_format:
                cell.number_format = number_format
            if bold:
                cell.font = _copied(cell.font, bold=True)
            if wrap:
                cell.alignment = _copied(cell.alignment, wrap_text=True)
        if width:
            _widen(found, left, right, width)

    await changing(ctx, file, form)


async def get_workbook_sheets(ctx: Context, file: str, visible_only: bool = False) -> Any:
    """Give the names of a workbook's sheets, in their order.

    file: the workbook.
    visible_only: without hidden ones.
    """
    return await reading_workbook(
        ctx, file,
        lambda book, path: tuple(
            s.title for s in book.worksheets if not visible_only or s.sheet_state == "visible"
        ),
    )  # fmt: skip


async def insert_sheet(ctx: Context, file: str, sheet: str) -> None:
    """Add an empty sheet at the end; the workbook is made when there is none.

    file: the workbook.
    sheet: its name, which no other sheet has.
    """

    def insert(book: Workbook) -> None:
        _free(book, sheet)
        book.create_sheet(sheet)

    await changing(ctx, file, insert, make=True)


async def rename_sheet(ctx: Context, file: str, sheet: str, name: str) -> None:
    """Give a sheet another name. One that formulas of other cells mention is not renamed.

    file: the workbook.
    sheet: its name.
    name: the new name, which no other sheet has.
    """

    def rename(book: Workbook) -> None:
        found = sheet_of(book, sheet)
        _free(book, name)
        _unmentioned(book, sheet)
        found.title = name

    await changing(ctx, file, rename)


async def delete_sheet(ctx: Context, file: str, sheet: str) -> None:
    """Delete a sheet. The last one, and one that formulas of other cells mention, is not deleted.

    file: the workbook.
    sheet: its name.
    """

    def delete(book: Workbook) -> None:
        found = sheet_of(book, sheet)
        if len(book.worksheets) == 1:
            raise SystemException("a workbook has at least one sheet")
        _unmentioned(book, sheet)
        book.remove(found)

    await changing(ctx, file, delete)


def _copied(style: Any, **changes: Any) -> Any:
    """A style of a cell with something changed; styles are shared between cells."""
    found = copy(style)
    for name, value in changes.items():
        setattr(found, name, value)
    return found


def _widen(sheet: Worksheet, first: int, last: int, width: int) -> None:
    from openpyxl.utils import get_column_letter

    for column in range(first, last + 1):
        sheet.column_dimensions[get_column_letter(column)].width = width


def _made(book: Workbook, name: str) -> Worksheet:
    """The sheet, which is made when there is none."""
    if not book.worksheets or (name and name not in book.sheetnames):
        _free(book, name or FIRST_SHEET)
        book.create_sheet(name or FIRST_SHEET)
    return sheet_of(book, name)


def _emptied(sheet: Worksheet) -> None:
    from openpyxl.cell.cell import MergedCell

    for cell in (cell for line in sheet.iter_rows() for cell in line):
        if cell.value is not None and not isinstance(cell, MergedCell):
            put(cell, None)


def _headers(sheet: Worksheet, row: int, column: int) -> dict[str, int]:
    """Header → column."""
    found: dict[str, int] = {}
    for cell in sheet[row][column - 1 :]:
        if (text := shown(cell)) is None:
            continue
        if text in found:
            raise SystemException(f"two columns of the sheet '{sheet.title}' are called '{text}'")
        found[text.strip()] = int(cell.column or 0)
    return found


def _known(names: Iterable[str], places: Mapping[str, int], title: str) -> None:
    for name in names:
        if name not in places:
            hint = did_you_mean(name, places)
            raise SystemException(f"the sheet '{title}' has no column '{name}'. {hint}".rstrip())


def _same(cell: Any, value: Any) -> bool:
    """Does a cell hold this value, or show it?"""
    if isinstance(value, int | Decimal) and isinstance(cell.value, int | float):
        return bool(Decimal(f"{cell.value:.15g}") == value)
    return shown(cell) == (None if value is None else to_text(value))


def _free(book: Workbook, name: str) -> None:
    if not 0 < len(name) <= 31 or any(sign in name for sign in "[]:*?/\\") or name[0] == "'" == name[-1]:
        raise SystemException(f"'{name}' is no name of a sheet: up to 31 characters, without [ ] : * ? / \\")
    if name.casefold() in (known.casefold() for known in book.sheetnames):
        raise SystemException(f"there is a sheet '{name}' already")


def _unmentioned(book: Workbook, name: str) -> None:
    """openpyxl does not follow names in formulas: they would break."""
    sheets = (sheet for sheet in book.worksheets if sheet.title != name)
    cells = (cell for sheet in sheets for line in sheet.iter_rows() for cell in line)
    formulas = [str(cell.value) for cell in cells if cell.data_type == "f"]
    named = [str(one.attr_text) for one in book.defined_names.values()]
    if any(name in formula for formula in (*formulas, *named)):
        raise SystemException(f"formulas mention the sheet '{name}': they would break")


def _cell_type(arguments: Mapping[str, Any]) -> Type:
    type_ = getattr(arguments.get("type"), "value", TEXT)
    return type_ if isinstance(type_, Type) else ANY


_DESCRIBED: tuple[Activity, ...] = (
    describe(read_range, result_type=rows.result),
    describe(read_cell, result_type=_cell_type),
    describe(write_range, "local"),
    describe(append_range, "local"),
    describe(update_row, "local"),
    describe(write_cell, "local"),
    describe(format_cells, "local"),
    describe(get_workbook_sheets, result_type=lambda arguments: list_of(TEXT)),
    describe(insert_sheet, "local"),
    describe(rename_sheet, "local"),
    describe(delete_sheet, "local"),
)
ACTIVITIES = tuple(replace(activity, block="use_excel_file") for activity in _DESCRIBED)
