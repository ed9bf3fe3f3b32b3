"""What people see of the statistics: Swedish figures, charts with words; and what is read for them."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from openpyxl import Workbook, load_workbook

from fake_procapita import exporting
from robotfabrik.cli.report_outcomes import read_outcomes
from robotfabrik.documents.statistics import chart, excel, html
from robotfabrik.documents.statistics.model import Chart, Form, Table, Value, text
from robotfabrik.documents.statistics.view import About, make_document, period
from robotfabrik.model.errors import UsageError
from robotfabrik.model.statistics import (
    WRONG,
    Cases,
    Cost,
    CostModel,
    Deployed,
    ExceptionFigures,
    LeadTime,
    MonthFigures,
    OutcomeFigures,
    ReleaseFigures,
    RobotFigures,
    RuleFigures,
    Share,
    Statistics,
    Subject,
    Told,
    Work,
    cost,
)
from robotfabrik.model.values import Month

FIRST, LAST = date(2022, 11, 1), date(2022, 11, 30)
CASES = Cases(clear=1354, noted=40, listed=6, failed=2, held=1)
ROBOT = RobotFigures(
    Subject("folkbokforing", "production", "default"), "Folkbokföringsrobot", CASES,
    Work(11, 1, seconds=7300.0, rehearsals=3), LeadTime(1400, 200.0, 4000.0, 100_000.0, 1399),
    tuple(MonthFigures(Month(2022, n), CASES, Work(1, seconds=3600.0), None) for n in (9, 10, 11)),
    (RuleFigures("BR1.1", 300, 40), RuleFigures("FARRE <b>", 13, 13), RuleFigures("FLER", 12, 12)),
    (ExceptionFigures("BE1", "business", 4, 4), ExceptionFigures("SE2", "failed", 0, 2),
     ExceptionFigures("BE7", "business", 0, 2)),
    (ReleaseFigures("ab" * 32, "1.0.0", FIRST, LAST, 12, 1, 7300.0),),
    (Deployed(FIRST, "1.0.0", "ab" * 32, False),),
    (
        OutcomeFigures("", {"Åtgärdat": 20, WRONG: 5, "": 3}),
        OutcomeFigures("FLER", {"Åtgärdat": 8, WRONG: 1}),
    ),
    6.5,
)  # fmt: skip
MODEL = CostModel(Decimal(6), Decimal(450), Decimal(2500))
DOCUMENT = make_document(
    Statistics(FIRST, LAST, (ROBOT,)), {"folkbokforing": About({"BE1": "Skyddade uppgifter"}, MODEL)}, (),
    datetime(2022, 12, 1, 8, 0),
)  # fmt: skip


def table(title: str) -> Table:
    (found,) = [one for one in DOCUMENT.parts[0].tables if one.title == title]
    return found


def shown(title: str) -> list[list[str]]:
    return [[text(cell).replace("\N{NO-BREAK SPACE}", " ") for cell in row] for row in table(title).rows]


# --- figures in Swedish


@pytest.mark.parametrize(
    ("number", "form", "said"),
    [
        (1234, "count", "1 234"), (0.125, "percent", "12,5 %"), (1, "percent", "100,0 %"),
        (2.04, "hours", "2,0"), (0.4, "duration", "under 1 s"), (59.7, "duration", "1 min"),
        (200, "duration", "3 min 20 s"), (7500, "duration", "2 tim 5 min"),
        (129_600, "duration", "1 dygn 12 tim"), (12_345.6, "kronor", "12 346 kr"), (-5, "kronor", "-5 kr"),
    ],
)  # fmt: skip
def test_figures_are_swedish(number: float, form: Form, said: str) -> None:
    assert text(Value(number, form)).replace("\N{NO-BREAK SPACE}", " ") == said


def test_a_period_in_words() -> None:
    assert period(FIRST, LAST) == "november 2022"
    assert period(date(2022, 10, 1), LAST) == "oktober 2022 – november 2022"
    assert period(date(2022, 10, 2), LAST) == "2 oktober 2022 – 30 november 2022"


def test_a_share_of_few_is_not_shown() -> None:
    assert (Share(1, 9).value, Share(1, 10).value, Share(0, 0, 1).value) == (None, 0.1, None)
    assert shown("Utfall av aktiviteterna") == [
        ["Alla", "20", "5", "3", "25", "80,0 %"], ["FLER", "8", "1", "0", "9", "–"],
    ]  # fmt: skip
    assert any("färre än 10" in note for note in table("Utfall av aktiviteterna").notes)


def test_codes_exceptions_and_costs() -> None:
    assert shown("Uppmärksammade per kod") == [
        ["FARRE <b>", "13", "13", "0,9 %"], ["FLER", "12", "12", "0,9 %"],
    ]  # fmt: skip
    assert shown("Övriga regler") == [["BR1.1", "300", "40", "2,9 %"]]
    assert shown("Undantag") == [
        ["BE1 Skyddade uppgifter", "Till handläggare", "4", "0,3 %"],
        ["SE2 Systemet svarade inte, eller något annat gick fel i det", "Fel", "2", "0,1 %"],
        ["BE7", "Antecknat av roboten", "2", "0,1 %"],
    ]  # fmt: skip
    assert shown("Kostnad") == [
        ["Kontrollerade ärenden", "1 394"], ["Tid för hand, timmar", "139,4"],
        ["Kostnad för hand", "62 730 kr"], ["Kostnad för roboten och förvaltningen", "5 425 kr"],
        ["Skillnad", "57 305 kr"],
    ]  # fmt: skip
    assert cost(CostModel(Decimal(6)), 10, 0, 1) == Cost(1.0, None, None)


# --- the page


def test_every_chart_has_words_and_a_table() -> None:
    page = html.draw(DOCUMENT).decode()
    charts = re.findall(r"<svg.*?</svg>", page)
    assert len(charts) == 6
    ids = []
    for one in charts:
        drawn = ElementTree.fromstring(one)
        title, told = drawn[0], drawn[1]
        assert drawn.get("role") == "img"
        assert drawn.get("aria-labelledby") == f"{title.get('id')} {told.get('id')}"
        assert f'<table aria-label="{title.text}"' in page
        assert told.text is not None
        assert "högst" in told.text
        ids.append(title.get("id"))
    assert len(set(ids)) == len(ids)


def test_the_page_needs_nothing_and_escapes() -> None:
    page = html.draw(DOCUMENT).decode()
    assert "<script" not in page
    assert "FARRE <b>" not in page
    assert "FARRE &lt;b&gt;" in page
    assert [url for url in re.findall(r"https?://[^\"' <]+", page) if "w3.org/2000/svg" not in url] == []
    assert "default-src 'none'" in page


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("colour", chart.COLOURS)
def test_colours_stand_out_from_the_page(colour: str) -> None:
    assert 1.05 / (luminance(colour) + 0.05) >= 3


def test_a_chart_that_says_nothing_is_not_drawn() -> None:
    def drawn(*numbers: float | None) -> str:
        rows = tuple((f"r{at}", None if n is None else Value(n)) for at, n in enumerate(numbers))
        return chart.draw(Table("T", ("A", "B"), rows, (), Chart("rows", (1,))), "x")

    assert (drawn(), drawn(3), drawn(0, 0)) == ("", "", "")
    assert ">–</text>" in drawn(3, None)


@pytest.mark.parametrize("kind", ["stacked", "line", "rows"])
@pytest.mark.parametrize("rows", [2, 40])
def test_charts_stay_inside_their_frame(kind: Any, rows: int) -> None:
    names = [f"{'långt namn ' * (at % 7)}{at}" for at in range(rows)]
    cells = tuple((name, Value(10.0 ** (at % 6)), None) for at, name in enumerate(names))
    columns = (1,) if kind == "rows" else (1, 2)
    drawn = ElementTree.fromstring(
        chart.draw(Table("T", ("A", "B", "C"), cells, (), Chart(kind, columns)), "x")
    )
    _, _, width, height = (float(part) for part in str(drawn.get("viewBox")).split())
    for part in drawn.iter():
        for name, most in (("x", width), ("cx", width), ("y", height), ("cy", height)):
            assert 0 <= float(part.get(name, 0)) <= most
        assert float(part.get("x", 0)) + float(part.get("width", 0)) <= width


# --- the workbook


def test_the_workbook_holds_numbers_and_charts_over_them(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(excel.draw(DOCUMENT))
    book = load_workbook(path)
    assert book.sheetnames == ["Översikt", "Folkbokföringsrobot"]
    sheet: Any = book["Folkbokföringsrobot"]
    cells = {(cell.row, cell.column): cell for row in sheet.iter_rows() for cell in row}
    heads = next(at for at, cell in cells.items() if cell.value == "Utan avvikelse")
    row = [cells[heads[0] + 1, column] for column in range(1, 9)]
    assert [cell.value for cell in row] == ["september 2022", 1354, 40, 6, 2, 1, 0, 1403]
    shares = next(at for at, cell in cells.items() if cell.value == "av ärenden")
    assert cells[shares[0] + 1, 2].number_format == "0.0 %"
    assert cells[shares[0] + 1, 2].value == pytest.approx(46 / 1403)
    assert len(sheet._charts) == 6
    whole = {str(series.val.numRef.f) for drawn in sheet._charts for series in drawn.series}
    assert f"'Folkbokföringsrobot'!$B${heads[0] + 1}:$B${heads[0] + 3}" in whole
    anchors = sorted(drawn.anchor._from.row for drawn in sheet._charts)
    assert all(after - before >= 16 for before, after in pairwise(anchors))


# --- what the case system exports


def test_outcomes_are_read_from_csv_and_excel(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    columns = exporting.COLUMNS["activities"]
    assert {"date", "case_number", "text", "outcome"} <= set(columns)
    rows = [("2022-11-01", "J", "A1", "eva", "Kontroll, se", "Klarmarkerad", "Åtgärdat"),
            ("2022-11-02", "J", "A2", "eva", "Annat", "Öppen", "")]  # fmt: skip
    file.write_text("\n".join(",".join(f'"{cell}"' for cell in row) for row in (columns, *rows)) + "\n")
    assert read_outcomes(file) == [
        Told(date(2022, 11, 1), "Åtgärdat", "A1"), Told(date(2022, 11, 2), "", "A2"),
    ]  # fmt: skip
    assert read_outcomes(file, "Kontroll") == [Told(date(2022, 11, 1), "Åtgärdat", "A1")]
    file.write_text("\ufeffDatum;Utfall;Regel;Antal\n2022-11-01;Åtgärdat;FLER;3\n;;;\n", encoding="utf-8")
    told = [Told(date(2022, 11, 1), "Åtgärdat", rule="FLER", number=3)]
    assert read_outcomes(file) == told
    book = Workbook()
    sheet: Any = book.active
    for line in (["Datum", "Utfall", "Regel", "Antal"], [datetime(2022, 11, 1), "Åtgärdat", "FLER", 3]):
        sheet.append(line)
    book.save(tmp_path / "a.xlsx")
    assert read_outcomes(tmp_path / "a.xlsx") == told


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "no column date or datum"), ("datum,ärende\n", "no column outcome or utfall"),
        ("datum,utfall\n", "neither a column case_number"),
        ("datum,utfall,regel\ni går,x,R\n", "line 2: the date"),
        ("datum,utfall,regel,antal\n2022-11-01,x,R,0\n", "line 2: the number"),
        ("datum,utfall,regel\n2022-11-01,x,\n", "line 2: neither a case number"),
        ("datum,utfall,regel\n2022-11-01,Ringde 198001022386,R\n", "none of 'Utrett, ingen åtgärd', 'Åtg"),
        ("datum,utfall,regel\n2022-11-01,Åtgärdat,R\n2022-11-01,Fusk,R\n", "line 3: the outcome is none of"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused(tmp_path: Path, content: str, says: str) -> None:
    file = tmp_path / "a.csv"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match=says) as refused:
        read_outcomes(file)
    assert "1980" not in str(refused.value)
