"""The statistics as an Excel workbook whose charts are Excel's own: they follow the cells beside them."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.chart import BarChart, LineChart, Reference
from openpyxl.chart.label import DataLabelList
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.drawing.line import LineProperties
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from robotfabrik.documents.excel import HEADER, WHITE, Sheet, sheet_names
from robotfabrik.documents.statistics.chart import COLOURS, is_worth_it
from robotfabrik.documents.statistics.model import Cell, Chart, Document, Form, Part, Table, Value, text

FORMATS: Final[dict[Form, str]] = {
    "count": "#,##0", "number": "#,##0.0", "percent": "0.0 %", "hours": "#,##0.0", "duration": "[h]:mm:ss",
    "kronor": '#,##0" kr"',
}  # fmt: skip
DAY: Final = 86_400  # Excel counts time in days
FIRST, WIDTH = 32, 17  # widths of columns: the first one holds names
ROWS: Final = 17  # rows that a chart covers
_TITLE: Final = Font(name="Calibri", size=16, bold=True)
_HEADING: Final = Font(name="Calibri", size=13, bold=True)
_BOLD: Final = Font(name="Calibri", size=11, bold=True)
_NOTE: Final = Font(name="Calibri", size=10, italic=True)
_RIGHT: Final = Alignment(horizontal="right", vertical="top")
_ASIDE: Final = Alignment(vertical="top", indent=1)
_HEADS: Final = {
    right: Alignment(horizontal="right" if right else "left", vertical="center", wrap_text=True)
    for right in (False, True)
}
_GRID: Final = GraphicalProperties(ln=LineProperties(solidFill="D0D7DE"))


def draw(document: Document) -> bytes:
    """The workbook's bytes: all robots together, then a sheet for each."""
    book = Workbook(write_only=True)
    names = sheet_names(["Översikt", *(part.title for part in document.parts)])
    _overview(_Page(book.create_sheet(names[0]), (document.overview,)), document)
    for part, name in zip(document.parts, names[1:], strict=True):
        _part(_Page(book.create_sheet(name), part.tables), part, document.period)
    properties = book.properties
    properties.title = f"{document.title}, {document.period}"
    properties.creator = properties.lastModifiedBy = "robotfabrik"
    properties.language = "sv-SE"
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _overview(page: _Page, document: Document) -> None:
    page.title(document.title, document.period)
    for notice in document.notices:
        page.add(page.cell(notice, font=_BOLD))
    page.table(document.overview)
    page.add()
    page.add(page.cell("Så räknas det", font=_HEADING))
    for name, meaning in document.definitions:
        page.add(page.cell(name, font=_BOLD), meaning)
    page.add()
    page.add(page.cell(f"Skapad {document.made}. {document.holds}", font=_NOTE))


def _part(page: _Page, part: Part, period: str) -> None:
    page.title(part.title, f"{period} · {part.place}")
    for key in part.keys:
        page.add(
            page.cell(key.name, font=_BOLD), page.value(key.value), page.cell(key.meaning, alignment=_ASIDE)
        )
    for table in part.tables:
        page.table(table)


class _Page(Sheet):
    """A sheet of tables below each other, their charts at the right."""

    def __init__(self, sheet: Any, tables: Sequence[Table]) -> None:
        super().__init__(sheet)
        sheet.sheet_view.showGridLines = False
        self._beside = 2 + max(len(table.headings) for table in tables)  # the column of the charts
        for at in range(1, self._beside):
            sheet.column_dimensions[get_column_letter(at)].width = FIRST if at == 1 else WIDTH
        self.print_as("landscape")

    def title(self, title: str, below: str) -> None:
        self.add(self.cell(title, font=_TITLE), height=24)
        self.add(below)
        self.add()

    def value(self, cell: Cell) -> Any:
        """A figure as a number that Excel can reckon with, in its form."""
        if not isinstance(cell, Value):
            return self.cell(text(cell), alignment=_RIGHT if cell is None else Alignment(vertical="top"))
        number = cell.number / DAY if cell.form == "duration" else cell.number
        whole = cell.form == "count" or float(number).is_integer()
        made = self.cell(int(number) if whole else round(float(number), 8))
        made.number_format, made.alignment = FORMATS[cell.form], _RIGHT
        return made

    def table(self, table: Table) -> None:
        """A table; behind it as many empty rows as its chart is higher than it."""
        self.add()
        self.add(self.cell(table.title, font=_HEADING))
        begins = self.last
        self._heads(table)
        heads = self.last
        for row in table.rows:
            first, *others = row
            self.add(self.cell(text(first)), *(self.value(cell) for cell in others))
        if table.chart is not None and is_worth_it(table):
            self._chart(table, table.chart, heads, begins)
        for note in table.notes:
            self.add(self.cell(note, font=_NOTE))
        if table.chart is not None and is_worth_it(table):
            while self.last < begins + ROWS:
                self.add()

    def _heads(self, table: Table) -> None:
        """Headings that wrap, since figures are narrower than their names, above what they belong to."""
        numbers = [any(isinstance(row[at], Value) for row in table.rows) for at in range(len(table.headings))]
        self.add(
            *(
                self.cell(heading, font=WHITE, fill=HEADER, alignment=_HEADS[number])
                for heading, number in zip(table.headings, numbers, strict=True)
            ),
            height=32,
        )

    def _chart(self, table: Table, chart: Chart, heads: int, begins: int) -> None:
        drawn: Any = LineChart() if chart.kind == "line" else BarChart()
        if chart.kind == "stacked":
            drawn.type, drawn.grouping, drawn.overlap, drawn.gapWidth = "col", "stacked", 100, 60
        elif chart.kind == "rows":
            drawn.type, drawn.gapWidth = "bar", 40
            drawn.x_axis.scaling.orientation = "maxMin"  # the first row on top, as in the table
            drawn.dataLabels = DataLabelList(showVal=True, showSerName=False, showCatName=False,
                                             showLegendKey=False, showPercent=False)  # fmt: skip
            drawn.legend, drawn.y_axis.crosses = None, "max"
        end = heads + len(table.rows)
        for at in chart.columns:
            drawn.add_data(
                Reference(self.sheet, min_col=at + 1, min_row=heads, max_row=end), titles_from_data=True
            )
        drawn.set_categories(Reference(self.sheet, min_col=1, min_row=heads + 1, max_row=end))
        for at, series in enumerate(drawn.series):
            colour = COLOURS[(at if chart.kind == "stacked" else at + 1) % len(COLOURS)].lstrip("#")
            if chart.kind == "line":
                series.graphicalProperties.line.solidFill = colour
                series.graphicalProperties.line.width = 28_000
                series.marker.symbol = ("circle", "square", "triangle")[at % 3]
                series.marker.graphicalProperties.solidFill = colour
                series.marker.graphicalProperties.line.solidFill = colour
                series.smooth = False
            else:
                series.graphicalProperties.solidFill = colour
        drawn.title = (
            table.title if chart.kind != "rows" else f"{table.title} – {table.headings[chart.columns[0]]}"
        )
        drawn.x_axis.delete = drawn.y_axis.delete = False
        drawn.y_axis.scaling.min = 0
        drawn.y_axis.majorGridlines.spPr = _GRID
        if _is_percent(table, chart):
            drawn.y_axis.number_format = "0 %"
            drawn.y_axis.scaling.max = 1 if chart.kind == "rows" else None
        if drawn.legend is not None:
            drawn.legend.position = "b"
        drawn.width, drawn.height = 19, 8
        self.sheet.add_chart(drawn, f"{get_column_letter(self._beside)}{begins}")


def _is_percent(table: Table, chart: Chart) -> bool:
    cells = [row[at] for row in table.rows for at in chart.columns]
    return any(isinstance(cell, Value) and cell.form == "percent" for cell in cells)
