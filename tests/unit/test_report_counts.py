"""`report: counts:`: how many items there are of each combination, for files without personal data."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from openpyxl import load_workbook

from robotfabrik.documents.report import write_reports
from robotfabrik.engine.results import without_content
from robotfabrik.model.result import ItemResult, Summary
from robotfabrik.runs.terminal import counts_table
from tests.support.engine import Application, QuickStore, define, perform, read
from tests.unit.test_report import Outcome, job, process

QUEUE = "{item: {number: text, digital: boolean}, reference: [item.number]}"
EXCEPTIONS = "{BE1: {kind: business, name: Skyddade personuppgifter, list: särskild, details: none}}"
STEPS = """
    - throw: BE1
      when: item.number == '4'
    - assign: {stort: item.number == '3'}
"""
REPORT = "{columns: {Digital: item.digital, Stort: stort}, counts: [Digital, Stort]}"
COUNTS: list[dict[str, Any]] = [
    {"Sätt": "Digital", "Stort": False, "n": 2},
    {"Sätt": "Digital", "Stort": True, "n": 1},
    {"Sätt": "Papper", "Stort": None, "n": 1},
]


async def test_every_item_is_counted_once_also_one_without_details(tmp_path: Path) -> None:
    rows = "".join(
        f"\n    - add_queue_item: {{number: '{n}', digital: '${{{{ {n} < 4 }}}}'}}" for n in (1, 2, 3, 4)
    )
    checked = define(tmp_path, STEPS, queue=QUEUE, exceptions=EXCEPTIONS, dispatch=rows + "\n", report=REPORT)
    outcome = await perform(checked, Application(), QuickStore())
    assert outcome.status == "successful", outcome.reason
    assert (
        outcome.summary.counts
        == without_content(outcome.summary)["counts"]
        == [
            {"Digital": False, "Stort": None, "n": 1},
            {"Digital": True, "Stort": False, "n": 2},
            {"Digital": True, "Stort": True, "n": 1},
        ]
    )
    protected = next(item for item in outcome.items if item.reference == "4")
    assert (protected.columns, protected.rules) == ({}, ())


def summary_of(*counted: dict[str, Any]) -> Summary:
    summary = Summary()
    for number, values in enumerate(counted):
        summary.count(ItemResult(str(number), "successful", counted=values))
    return summary


def test_the_rows_stand_in_order_whatever_ended_first() -> None:
    given = [{"Sätt": word} for word in ("Papper", None, "Digital", "Papper")]
    expected = [{"Sätt": "Digital", "n": 1}, {"Sätt": "Papper", "n": 2}, {"Sätt": None, "n": 1}]
    assert summary_of(*given).counts == summary_of(*reversed(given)).counts == expected


def test_the_terminal_shows_a_table() -> None:
    assert counts_table([]) == []
    assert counts_table(COUNTS) == [
        "  Sätt     Stort  n",
        "  Digital  false  2",
        "  Digital  true   1",
        "  Papper   –      1",
    ]


def test_page_workbook_and_summary_show_them(tmp_path: Path) -> None:
    report = replace(
        process().report,
        columns=dict.fromkeys(("Sätt", "Stort"), cast(Any, None)),
        per=None,
        counts=("Sätt", "Stort"),
    )
    outcome = Outcome(summary=Summary(counts=COUNTS))
    write_reports(tmp_path, job(), process(report=report), outcome)
    assert json.loads((tmp_path / "summary.json").read_text("utf-8"))["counts"] == COUNTS
    book = load_workbook(tmp_path / "report.xlsx")
    assert [[cell.value for cell in row] for row in book["Fördelning"].iter_rows(max_row=4)] == [
        ["Sätt", "Stort", "Antal"], ["Digital", "nej", 2], ["Digital", "ja", 1], ["Papper", None, 1],
    ]  # fmt: skip
    assert ["Fördelning", 4] in [[row[0].value, row[1].value] for row in book["Översikt"].iter_rows()]
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "Antal ärenden av varje slag" in page
    assert '<td class="number">2</td>' in page


async def test_what_a_file_says_is_no_named_choice(tmp_path: Path) -> None:
    """JSON may be anything, so that a name could stand in it."""
    steps = "    - read_json: ${{ item.number }}\n      save_as: read\n"
    report = """
        columns: {Namn: read.content.namn, Känt: read.content.namn is not none}
        counts: [Namn, Känt]
        analytics: {namn: read.content.namn}
        measures:
          Namnen: {of: read.content.namn, show: frequency}
          Alla namn: {of: read.content.namn, show: frequency, private: yes}
          Kända: {of: read.content.namn is not none, show: share, by: read.content.namn}
        """
    queue = "{item: {number: text}, reference: [item.number]}"
    _, problems = read(tmp_path, steps, queue=queue, report=report)
    errors = [problem for problem in problems if problem.severity == "error"]
    assert {problem.rule for problem in errors} == {"personal-analytics"}
    assert [problem.message.partition(" is ")[0] for problem in errors] == [
        "analytics 'namn'", "column 'Namn'", "measure 'Namnen'", "measure 'Kända': `by`",
    ]  # fmt: skip
