"""The report as an Excel workbook.

Every text is written as text: leading zeros stay, and a cell that begins with = + - @ is never a formula.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from io import BytesIO
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter

from robotfabrik.documents import view
from robotfabrik.documents.view import Kind, Section, View

NARROWEST: Final = 9
WIDEST: Final = 80
NARROWED: Final = {view.TO_DO: 44, view.TECHNICAL: 60}  # ours wrap, so that a sheet fits a screen
LINE_HEIGHT: Final = 15.0

_HEADER: Final = PatternFill("solid", fgColor="1F3A4D")
_TINTS: Final[Mapping[Kind, PatternFill | None]] = {
    "clear": None,
    "noted": PatternFill("solid", fgColor="DCEBF7"),
    "listed": PatternFill("solid", fgColor="FFF2CC"),
    "held": PatternFill("solid", fgColor="FCE4D6"),
    "failed": PatternFill("solid", fgColor="F8D7DA"),
    "unhandled": PatternFill("solid", fgColor="F8D7DA"),
}
_TITLE: Final = Font(name="Calibri", size=16, bold=True)
_BOLD: Final = Font(name="Calibri", size=11, bold=True)
_PLAIN: Final = Font(name="Calibri", size=11)
_NOTE: Final = Font(name="Calibri", size=11, italic=True)
_WHITE: Final = Font(name="Calibri", size=11, bold=True, color="FFFFFF")
_LINK: Final = Font(name="Calibri", size=11, underline="single", color="0B5394")
_TOP: Final = Alignment(vertical="top")
_WRAPPED: Final = Alignment(vertical="top", wrap_text=True)
_DAY: Final = Alignment(horizontal="left", vertical="top")
_NUMBER: Final = Alignment(horizontal="right", vertical="top", indent=1)
_RULE: Final = Border(bottom=Side(style="thin", color="D0D7DE"))


def draw(report: View) -> bytes:
    """The workbook's bytes: an overview, the whole, then a sheet for each person and list."""
    book = Workbook()
    names = sheet_names(["Översikt", *(section.title for section in report.sections)])
    overview: Any = book.worksheets[0]
    overview.title = names[0]
    _overview(overview, report, names[1:])
    for section, name in zip(report.sections, names[1:], strict=True):
        _section(book.create_sheet(name), section)
    properties = book.properties
    properties.title = f"{report.robot} {report.date.isoformat()}"
    properties.creator = properties.lastModifiedBy = report.robot
    properties.subject = f"{report.mode}, {report.period}"
    properties.description = f"Version {report.version}, jobb {report.job}"
    properties.language = "sv-SE"
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def sheet_names(titles: Iterable[str]) -> list[str]:
    """Names that Excel takes: at most 31 characters, none of []:*?/\\, no two alike in any case."""
    taken: set[str] = {"history"}  # reserved by Excel
    names = []
    for title in titles:
        clean = re.sub(r"\s+", " ", re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", title)).strip(" '") or "Blad"
        name, number = clean[:31].rstrip(" '"), 2
        while name.casefold() in taken:
            name = f"{clean[: 31 - len(f' ({number})')].rstrip()} ({number})"
            number += 1
        taken.add(name.casefold())
        names.append(name)
    return names


# --- sheets


def _overview(sheet: Any, report: View, names: Iterable[str]) -> None:
    _put(sheet.cell(1, 1), report.robot, font=_TITLE)
    facts: list[tuple[str, view.Cell]] = [
        ("Datum", report.date),
        ("Period", report.period),
        ("Körning", report.mode),
        ("Version", report.version),
        ("Jobb", report.job),
    ]
    for row, (name, fact) in enumerate(facts, 3):
        _put(sheet.cell(row, 1), name, font=_BOLD)
        _put(sheet.cell(row, 2), fact)
    row = len(facts) + 4
    for notice in report.notices:
        sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=3)
        _put(sheet.cell(row, 1), notice, font=_BOLD, alignment=_WRAPPED, fill=_TINTS["listed"])
        sheet.row_dimensions[row].height = LINE_HEIGHT * _lines(notice, 95) + 3
        row += 2
    row = _header(sheet, row, ("Resultat", "Antal", "Betyder"))
    for name, value, meaning in report.figures:
        _put(sheet.cell(row, 1), name)
        _put(sheet.cell(row, 2), int(value) if value.isdecimal() else value, alignment=_NUMBER)
        _put(sheet.cell(row, 3), meaning)
        row += 1
    steps = [f"{number}. {step}" for number, step in enumerate(report.follow_up, 1)]
    for heading, texts in (("Visas inte här", report.notes), ("Så går du vidare", steps)):
        if texts:
            row = _header(sheet, row + 1, (heading, "", ""))
            for text in texts:
                _put(sheet.cell(row, 1), text)
                row += 1
    row = _header(sheet, row + 1, ("Blad", "Ärenden", ""))
    for section, name in zip(report.sections, names, strict=True):
        link = sheet.cell(row, 1)
        _put(link, name, font=_LINK)
        quoted = name.replace("'", "''")
        link.hyperlink = f"#'{quoted}'!A1"
        link.font = _LINK
        _put(sheet.cell(row, 2), len(section.rows))
        row += 1
    for letter, width in zip("ABC", (26, 16, 60), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.sheet_view.showGridLines = False
    _printed(sheet, landscape=False)


def _section(sheet: Any, section: Section) -> None:
    _header(sheet, 1, section.headings)
    widths = [
        _width(heading, (row.cells[at] for row in section.rows))
        for at, heading in enumerate(section.headings)
    ]
    for number, row in enumerate(section.rows, 2):
        height = 1
        for column, value in enumerate(row.cells, 1):
            of_outcome = section.headings[column - 1] == view.OUTCOME
            fill = _TINTS[row.kind] if of_outcome else None
            _put(sheet.cell(number, column), value, alignment=_WRAPPED, fill=fill, border=_RULE)
            if isinstance(value, str):
                height = max(height, _lines(value, widths[column - 1]))
        sheet.row_dimensions[number].height = min(409.0, LINE_HEIGHT * height)
    for column, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(column)].width = width + 2
    last = len(section.rows) + 1
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(section.headings))}{last}"
    sheet.freeze_panes = "B2" if len(section.headings) > 1 else "A2"
    for number, note in enumerate(section.notes, last + 2):
        _put(sheet.cell(number, 1), note, font=_NOTE)
    _printed(sheet, landscape=True)
    sheet.print_title_rows = "1:1"


def _header(sheet: Any, row: int, headings: Iterable[str]) -> int:
    """A header row; the number of the row below it."""
    for column, heading in enumerate(headings, 1):
        _put(
            sheet.cell(row, column),
            heading,
            font=_WHITE,
            fill=_HEADER,
            alignment=Alignment(vertical="center"),
        )
    sheet.row_dimensions[row].height = 20
    return row + 1


def _printed(sheet: Any, landscape: bool) -> None:
    sheet.page_setup.orientation = "landscape" if landscape else "portrait"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.oddFooter.left.text, sheet.oddFooter.right.text = "&A", "&P (&N)"


# --- cells


def _put(
    target: Any,
    value: view.Cell,
    *,
    font: Font = _PLAIN,
    alignment: Alignment = _TOP,
    fill: PatternFill | None = None,
    border: Border | None = None,
) -> None:
    """Write a value: dates and numbers as such, any text as text whatever it begins with."""
    if isinstance(value, str):
        value = ILLEGAL_CHARACTERS_RE.sub("", value.replace("\r\n", "\n"))
        target.value, target.data_type, target.number_format = value, "s", "@"
        if value[:1] in tuple("=+-@\t\r"):
            target.quotePrefix = True  # so it stays text when somebody edits the cell
    elif isinstance(value, datetime):
        target.value, target.number_format, alignment = value.replace(tzinfo=None), "yyyy-mm-dd hh:mm", _DAY
    elif isinstance(value, date):
        target.value, target.number_format, alignment = value, "yyyy-mm-dd", _DAY
    elif value is not None:
        target.value, alignment = value, _NUMBER
    target.font, target.alignment = font, alignment
    if fill is not None:
        target.fill = fill
    if border is not None:
        target.border = border


def _width(heading: str, values: Iterable[view.Cell]) -> int:
    """By content; the filter's button takes some of the heading's."""
    longest = max((len(line) for value in values for line in view.text(value).splitlines()), default=0)
    return max(NARROWEST, min(NARROWED.get(heading, WIDEST), max(longest, len(heading) + 3)))


def _lines(text: str, width: int) -> int:
    """How many lines a text takes in a cell of this width: Excel sets no height by itself."""
    fits = max(1, round(width * 1.1))  # a width counts digits; letters are narrower
    return sum(1 + max(0, len(line) - 1) // fits for line in text.splitlines()) or 1
