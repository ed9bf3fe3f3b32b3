"""`report_table`: what a report shows of the whole job, before its cases."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

from openpyxl import load_workbook

from robotfabrik.documents.report import write_reports
from robotfabrik.engine.results import tables_of, without_content
from robotfabrik.model.result import ReportTable, Summary
from robotfabrik.model.values import Record
from tests.support.engine import Application, QuickStore, define, only, perform
from tests.unit.test_report import Outcome, job, process

ROW = Record({"Månad": "oktober 2022", "Antal": 2, "Belopp": Decimal("1250.5"), "Draget": date(2022, 10, 3)})
QUEUE = "{item: {number: text}, reference: [item.number]}"
TABLE = """
    - report_table:
        title: %s
        table: "${{ [record(Antal=len(job.items), Dag=job.date)] }}"
        figures_only: %s
"""


async def test_dispatch_and_finish_show_tables(tmp_path: Path) -> None:
    dispatch = (
        TABLE % ("Första", "false") + TABLE % ("Andra", "true") + "    - add_queue_item: {number: '1'}\n"
    )
    checked = define(
        tmp_path, "- assign: {a: 1}", queue=QUEUE, dispatch=dispatch, finish=TABLE % ("Första", "false")
    )
    outcome = await perform(checked, Application(), QuickStore())
    assert outcome.status == "successful", outcome.reason
    shown = {"Första": [{"Antal": 1, "Dag": "2022-11-01"}], "Andra": [{"Antal": 0, "Dag": "2022-11-01"}]}
    assert tables_of(outcome.summary, figures_only=False) == shown
    assert without_content(outcome.summary)["tables"] == {"Andra": shown["Andra"]}


async def test_an_item_shows_none(tmp_path: Path) -> None:
    outcome = await perform(define(tmp_path, TABLE % ("En", "false")), Application(), QuickStore())
    assert only(outcome).status == "failed"


def test_page_workbook_and_summary_show_them(tmp_path: Path) -> None:
    tables = {"Urval": ReportTable((ROW,), True), "Dragna": ReportTable((), False)}
    write_reports(tmp_path, job(), process(), Outcome(summary=Summary(tables=tables)))
    summary = json.loads((tmp_path / "summary.json").read_text("utf-8"))
    assert summary["tables"] == {
        "Urval": [{"Månad": "oktober 2022", "Antal": 2, "Belopp": "1250.5", "Draget": "2022-10-03"}]
    }
    book = load_workbook(tmp_path / "report.xlsx")
    assert (book.sheetnames[1], book.sheetnames[-1]) == ("Urval", "Dragna")
    assert [cell.value for cell in book["Urval"][1]] == list(ROW)
    assert [book["Urval"].cell(2, column).value for column in (1, 2, 3)] == ["oktober 2022", 2, 1250.5]
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "Sammanställning av körningen." in page
    assert '<td class="number">1 250,50</td>' in page or "1250,5" in page
    assert "Inga rader." in page
