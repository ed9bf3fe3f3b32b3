"""The report as an Excel workbook.

Every text is written as text: leading zeros stay, and a cell that begins with = + - @ is never a formula.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from io import BytesIO
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from robotfabrik.documents import view
from robotfabrik.documents.view import Kind, Section, View

NARROWEST: Final = 9
WIDEST: Final = 80
NARROWED: Final = {  # ours wrap, so that a sheet fits a screen
    view.TO_DO: 44, view.TECHNICAL: 60, view.VALUE: 44, view.RULE: 44,
}  # fmt: skip
LINE_HEIGHT: Final = 15.0

HEADER: Final = PatternFill("solid", fgColor="1F3A4D")
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
WHITE: Final = Font(name="Calibri", size=11, bold=True, color="FFFFFF")
_LINK: Final = Font(name="Calibri", size=11, underline="single", color="0B5394")
_TOP: Final = Alignment(vertical="top")
_WRAPPED: Final = Alignment(vertical="top", wrap_text=True)
_DAY: Final = Alignment(horizontal="left", vertical="top")
_NUMBER: Final = Alignment(horizontal="right", vertical="top", indent=1)
_RULE: Final = Border(bottom=Side(style="thin", color="D0D7DE"))


def draw(report: View) -> bytes:
    """The workbook's bytes: an overview, the whole, then a sheet for each person and list."""
    book = Workbook(write_only=True)  # rows are written as they come: 4,000 cases need no more room than one
    names = sheet_names(["Översikt", *(section.title for section in report.sections)])
    _overview(Sheet(book.create_sheet(names[0])), report, names[1:])
    for section, name in zip(report.sections, names[1:], strict=True):
        _section(Sheet(book.create_sheet(name)), section)
    properties = book.properties
    properties.title = f"{report.robot} {report.date.isoformat()}"
    properties.creator = properties.lastModifiedBy = report.robot
    properties.subject = f"{report.mode}, {report.period}"
    properties.description = f"Version {report.version}, jobb {report.job}"
    properties.language = "sv-SE"
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def draw_own(sections: Sequence[Section], person: str) -> bytes:
    """A workbook for one person: a sheet for each robot."""
    book = Workbook(write_only=True)
    for section, name in zip(sections, sheet_names(s.title for s in sections), strict=True):
        _section(Sheet(book.create_sheet(name)), section)
    book.properties.title = person
    book.properties.language = "sv-SE"
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


class Sheet:
    """A sheet written row by row. What concerns the whole of it is set before the first row."""

    def __init__(self, sheet: Any) -> None:
        self.sheet = sheet
        self.last = 0  # the number of the row written last

    def add(self, *cells: Any, height: float | None = None) -> None:
        """The next row, of values and cells."""
        self.last += 1
        dimensions = self.sheet.row_dimensions
        if height is not None:
            dimensions[self.last].height = height
        self.sheet.append([self.cell(x) if isinstance(x, str | int | date) else x for x in cells])
        dimensions.pop(self.last, None)

    def cell(
        self,
        value: view.Cell,
        *,
        font: Font = _PLAIN,
        alignment: Alignment = _TOP,
        fill: PatternFill | None = None,
        border: Border | None = None,
    ) -> Any:
        """A value's cell: dates and numbers as such, any text as text whatever it begins with."""
        made: Any = WriteOnlyCell(self.sheet)
        if isinstance(value, str):
            value = ILLEGAL_CHARACTERS_RE.sub("", value.replace("\r\n", "\n"))
            made.value, made.data_type, made.number_format = value, "s", "@"
            if value[:1] in tuple("=+-@\t\r"):
                made.quotePrefix = True  # so it stays text when somebody edits the cell
        elif isinstance(value, datetime):
            made.value, made.number_format, alignment = value.replace(tzinfo=None), "yyyy-mm-dd hh:mm", _DAY
        elif isinstance(value, date):
            made.value, made.number_format, alignment = value, "yyyy-mm-dd", _DAY
        elif value is not None:
            made.value, alignment = value, _NUMBER
        made.font, made.alignment = font, alignment
        if fill is not None:
            made.fill = fill
        if border is not None:
            made.border = border
        return made

    def header(self, *headings: str) -> None:
        """A row of headings."""
        middle = Alignment(vertical="center")
        self.add(*(self.cell(h, font=WHITE, fill=HEADER, alignment=middle) for h in headings), height=20)

    def print_as(self, orientation: str) -> None:
        """One page wide on paper."""
        setup = self.sheet.page_setup
        setup.orientation, setup.paperSize = orientation, Worksheet.PAPERSIZE_A4
        setup.fitToWidth, setup.fitToHeight = 1, 0
        self.sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        self.sheet.oddFooter.left.text, self.sheet.oddFooter.right.text = "&A", "&P (&N)"


def _overview(sheet: Sheet, report: View, names: Sequence[str]) -> None:
    for letter, width in zip("ABC", (26, 16, 60), strict=True):
        sheet.sheet.column_dimensions[letter].width = width
    sheet.sheet.sheet_view.showGridLines = False
    sheet.print_as("portrait")
    sheet.add(sheet.cell(report.robot, font=_TITLE))
    sheet.add()
    facts: list[tuple[str, view.Cell]] = [
        ("Datum", report.date),
        ("Period", report.period),
        ("Körning", report.mode),
        ("Version", report.version),
        ("Jobb", report.job),
    ]
    for name, fact in facts:
        sheet.add(sheet.cell(name, font=_BOLD), fact)
    sheet.add()
    for notice in report.notices:
        told = sheet.cell(notice, font=_BOLD, alignment=_WRAPPED, fill=_TINTS["listed"])
        sheet.add(told, height=LINE_HEIGHT * _lines(notice, 95) + 3)
        sheet.sheet.merged_cells.add(f"A{sheet.last}:C{sheet.last}")
        sheet.add()
    sheet.header("Resultat", "Antal", "Betyder")
    for name, value, meaning in report.figures:
        number = int(value) if value.isdecimal() else value
        sheet.add(name, sheet.cell(number, alignment=_NUMBER), meaning)
    steps = [f"{number}. {step}" for number, step in enumerate(report.follow_up, 1)]
    for heading, texts in (("Visas inte här", report.notes), ("Så går du vidare", steps)):
        if texts:
            sheet.add()
            sheet.header(heading, "", "")
            for text in texts:
                sheet.add(text)
    sheet.add()
    sheet.header("Blad", "Ärenden", "")
    for section, name in zip(report.sections, names, strict=True):
        link = sheet.cell(name, font=_LINK)
        quoted = name.replace("'", "''")
        link.hyperlink = Hyperlink(ref="", location=f"'{quoted}'!A1")
        sheet.add(link, section.cases)


def _section(sheet: Sheet, section: Section) -> None:
    widths = [
        _width(heading, (row.cells[at] for row in section.rows))
        for at, heading in enumerate(section.headings)
    ]
    for column, width in enumerate(widths, 1):
        sheet.sheet.column_dimensions[get_column_letter(column)].width = width + 2
    sheet.sheet.auto_filter.ref = f"A1:{get_column_letter(len(section.headings))}{len(section.rows) + 1}"
    sheet.sheet.freeze_panes = "B2" if len(section.headings) > 1 else "A2"
    sheet.sheet.print_title_rows = "1:1"
    sheet.print_as("landscape")
    outcome = section.headings.index(view.OUTCOME) if view.OUTCOME in section.headings else None
    sheet.header(*section.headings)
    for row in section.rows:
        lines = [
            _lines(value, width)
            for value, width in zip(row.cells, widths, strict=True)
            if isinstance(value, str)
        ]
        fills = (_TINTS[row.kind] if at == outcome else None for at in range(len(row.cells)))
        cells = [
            sheet.cell(value, alignment=_WRAPPED, fill=fill, border=_RULE)
            for value, fill in zip(row.cells, fills, strict=True)
        ]
        sheet.add(*cells, height=min(409.0, LINE_HEIGHT * max(lines, default=1)))
    sheet.add()
    for note in section.notes:
        sheet.add(sheet.cell(note, font=_NOTE))


def _width(heading: str, values: Iterable[view.Cell]) -> int:
    """By content; the filter's button takes some of the heading's."""
    longest = max((len(line) for value in values for line in view.text(value).splitlines()), default=0)
    return max(NARROWEST, min(NARROWED.get(heading, WIDEST), max(longest, len(heading) + 3)))


def _lines(text: str, width: int) -> int:
    """How many lines a text takes in a cell of this width: Excel sets no height by itself."""
    fits = max(1, round(width * 1.1))  # a width counts digits; letters are narrower
    return sum(1 + max(0, len(line) - 1) // fits for line in text.splitlines()) or 1
