"""Measures and surveys as people read them: known figures to the unit, and nothing that few have said."""

# ruff: noqa: F401, F811

from __future__ import annotations

import json
import stat
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from robotfabrik.cli.report_survey import read_survey
from robotfabrik.documents.statistics.measures import FEW, tables, written
from robotfabrik.documents.statistics.model import Table, text
from robotfabrik.documents.statistics.surveys import parts
from robotfabrik.model.errors import UsageError
from robotfabrik.model.measures import MeasureFigures, MeasureRow, Share
from robotfabrik.model.survey import Survey
from robotfabrik.model.values import Month
from robotfabrik.model.work import Job, NewItem, Selection, Settlement, Space
from robotfabrik.store import SqlStore, open_store
from tests.unit.test_queue_commands import command
from tests.unit.test_report_command import FIRST
from tests.unit.test_run_command import project


def rows(table: Table) -> list[list[str]]:
    return [[text(cell) for cell in row] for row in table.rows]


def row(by: Any, value: Any, number: int, total: str | None = None) -> MeasureRow:
    return MeasureRow(by, value, number, Decimal(number if total is None else total))


MEASURES = (
    MeasureFigures("Digitala", "share", False, (row(None, None, 400, "320"),)),
    MeasureFigures("Ändrade", "share", False, (row(None, None, 9, "1"),)),
    MeasureFigures(
        "Snabba", "share", True,
        (row("Digital", None, 320, "288"), row("Papper", None, 80, "40"), row(None, None, 1, "1")),
    ),
    MeasureFigures("Belopp", "mean", True, (row(True, None, 98, "980000"), row(False, None, 4, "1"))),
    MeasureFigures("Utbetalt", "sum", False, (row(None, None, 112, "1234567.50"),)),
    MeasureFigures(
        "Regler", "frequency", True,
        (row("Digital", "M4", 70), row("Digital", "m1", 6), row("Papper", "M4", 20), row("Papper", "M2", 4)),
    ),
)  # fmt: skip


def test_each_measure_has_its_table() -> None:
    found = {table.title: table for table in tables(MEASURES, ["Regler", "Utbetalt", "Digitala"])}
    assert list(found) == ["Andelar av ärendena", "Regler", "Utbetalt", "Belopp", "Snabba"]
    assert rows(found["Andelar av ärendena"]) == [
        ["Digitala", "80,0 %", "320", "400"], ["Ändrade", "–", "1", "9"],
    ]  # fmt: skip
    assert FEW in found["Andelar av ärendena"].notes
    assert rows(found["Snabba"]) == [
        ["Digital", "90,0 %", "288", "320"], ["Papper", "50,0 %", "40", "80"],
        ["Uppgift saknas", "–", "1", "1"], ["Alla", "82,0 %", "329", "401"],
    ]  # fmt: skip
    assert rows(found["Belopp"]) == [
        ["Ja", "10 000,0", "98"], ["Nej", "–", "4"], ["Alla", "9 607,9", "102"],
    ]  # fmt: skip
    assert rows(found["Utbetalt"]) == [["Alla", "1 234 567,5", "112"]]
    assert found["Regler"].headings == ("Värde", "Digital", "Papper", "Alla", "Andel")
    assert rows(found["Regler"]) == [
        ["M4", "70", "20", "90", "90,0 %"], ["M1", "6", "0", "6", "6,0 %"], ["M2", "0", "4", "4", "4,0 %"],
    ]  # fmt: skip
    assert tables(()) == []


def test_shares_are_compared_by_month_when_there_are_several() -> None:
    months = ((Month(2022, 10), Share(5, 20)), (Month(2022, 11), Share(5, 9)))
    measure = MeasureFigures("Digitala", "share", False, (row(None, None, 9, "5"),), months)
    table = next(one for one in tables([measure]) if "månad" in one.title)
    assert rows(table) == [["oktober 2022", "25,0 %"], ["november 2022", "–"]]
    assert len(tables([MEASURES[0]])) == 1


def test_what_people_wrote_counts_as_one_however_it_is_spelt() -> None:
    found = (row(None, "glasögon", 2), row(None, "Glasögon", 3), row(None, "Cykel", 5), row(None, "Åra", 1))
    section = written(MeasureFigures("Övriga poster", "frequency", False, found), "handläggning")
    assert [one.cells for one in section.rows] == [("Cykel", 5), ("Glasögon", 5), ("Åra", 1)]


# --- surveys


def survey_file(folder: Path, *lines: str, heading: str = "Fråga;Svar;Antal;Kommentar") -> Path:
    file = folder / "enkät.csv"
    file.write_text("\n".join((heading, *lines)) + "\n", encoding="utf-8")
    return file


def test_answers_are_counted_one_by_one_or_together(tmp_path: Path) -> None:
    file = survey_file(tmp_path, "Nöjd?;Ja;12;toppen", "Nöjd?;Nej;;dåligt", "Nöjd?;Ja;1;", "Nöjd?;;4;", ";;;")
    read = read_survey(file)
    assert read.questions == {"Nöjd?": {"Ja": 13, "Nej": 1}}
    assert (read.empty, read.unread) == (1, ("Kommentar",))
    one_each = survey_file(tmp_path, "Betyg,4", "Betyg,4", "Betyg,5", heading="question,grade")
    assert read_survey(one_each).questions == {"Betyg": {"4": 2, "5": 1}}


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (["Nöjd?;Ja;0;"], "line 2: the number"), (["Nöjd?;Ja;två;"], "line 2: the number"),
        ([f"Nöjd?;Ja;{'9' * 5000};"], "line 2: the number"), (["Nöjd?;Ja;99999999;"], "line 2: the number"),
        ([f"Nöjd?;{'CANARY' * 30_000};1;"], "line 2 is no CSV"),
        (["Nöjd?;Ja;1;", ";Ja;1;"], "line 3: the question is missing"),
        ([f"Nöjd?;{'CANARY ' * 10};1;"], "line 2: the answer is longer than 60"),
        (["Nöjd?;CANARY 070-123 45 67;1;"], "line 2: the answer is longer than 60"),
        ([f"Vad tycker du?;CANARY {number};1;" for number in range(20)], "line 14: the question has more"),
        ([], "has no answers"),
    ],
)  # fmt: skip
def test_a_wrong_line_or_free_text_is_refused(tmp_path: Path, lines: Sequence[str], says: str) -> None:
    with pytest.raises(UsageError, match=says) as refused:
        read_survey(survey_file(tmp_path, *lines))
    assert "CANARY" not in str(refused.value)


def test_a_file_without_questions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no column question or fråga"):
        read_survey(survey_file(tmp_path, "Ja;1", heading="Svar;Antal"))


def test_what_fewer_than_five_answered_is_not_shown() -> None:
    questions = {
        "Betyg": {"5": 20, "4": 10, "10": 5, "1": 3, "2": 2},
        "Sätt": {"Papper": 6, "E-tjänst": 94, "Annat": 4},
        "Överklagat?": {"Ja": 4},
    }  # fmt: skip
    (part,) = parts([Survey("2022-11", "trelleborg", questions)])
    assert part.place == "november 2022 · trelleborg"
    assert [(key.name, text(key.value)) for key in part.keys] == [("Betyg", "4,9")]
    grades, ways = part.tables
    assert rows(grades) == [
        ["4", "10", "25,0 %"], ["5", "20", "50,0 %"], ["10", "5", "12,5 %"], ["Övriga svar", "5", "12,5 %"],
    ]  # fmt: skip
    assert rows(ways) == [["E-tjänst", "94", "90,4 %"], ["Papper", "6", "5,8 %"], ["Övriga svar", "–", "–"]]
    assert ways.notes[-1] == "En fråga har färre än 5 svar och visas inte."
    (nothing,) = parts([Survey("2022", "", {"Överklagat?": {"Ja": 4}})])
    assert (rows(nothing.tables[0]), nothing.keys) == ([], ())


# --- commands


def worked(store: SqlStore) -> None:
    """Twelve cases of a month; what people wrote stands in some."""
    space = Space("test", "default", "small")
    store.start_job(Job("j", "small", space, FIRST, "2022-11", "r1", "Small", "anna", "o", "live"))
    for number in range(12):
        store.add_item(space, NewItem(str(number), "", {}), "j")
        item = store.claim(space, "o", "j", 600, Selection(reference=str(number)))
        assert item is not None
        figures = {"Digitala": {"show": "share", "of": number > 2}}
        output = {"private": {"Poster": {"show": "frequency", "of": ["CANARY"]}}} if number > 9 else {}
        store.settle(item, Settlement("successful", output=output, analytics=figures), FIRST)
    store.end_job("j", "successful", {})


def test_measures_and_surveys_stand_in_the_report_and_words_apart(command: Any, tmp_path: Path) -> None:
    with open_store(Path(".robotfabrik") / "store.db") as store:
        worked(store)
    file = survey_file(tmp_path, "Nöjd med tjänsten?;Ja;30;CANARY", "Nöjd med tjänsten?;Nej;10;")
    code, said, _ = command("report", "import-survey", str(file), "--month", "2022-11")
    assert (code, said.splitlines()[0]) == (0, "40 answers to 1 questions imported for 2022-11")
    assert "not read: the columns Kommentar" in said
    code, said, _ = command("report", "--to", "html,xlsx", "--to", "json,html")
    paths = [Path(line) for line in said.splitlines()]
    assert [path.suffix for path in paths] == [".html", ".xlsx", ".json"]
    page = paths[0].read_text("utf-8")
    assert all(words in page for words in ("Digitala", "75,0 %", "Nöjd med tjänsten?"))
    figures = json.loads(paths[2].read_text("utf-8"))
    assert figures["robots"][0]["measures"][0]["rows"][0]["share"] == 0.75
    assert figures["surveys"][0]["questions"][0]["answers"] == {"Ja": 30, "Nej": 10}
    cells = [str(c.value) for sheet in load_workbook(paths[1]) for line in sheet.iter_rows() for c in line]
    assert "CANARY" not in page + "".join(cells) + paths[2].read_text("utf-8")
    assert command("items", "frequency", "ord.xlsx", "--month", "2022-11")[0] == 0
    assert stat.S_IMODE(Path("ord.xlsx").stat().st_mode) == 0o600
    (sheet,) = load_workbook("ord.xlsx")
    assert [cell.value for cell in sheet[2]] == ["CANARY", 2]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("report", "--to", "html,csv"), "'csv' is none of html, xlsx, pdf, json"),
        (("report", "import-survey", "FILE"), "--month 2022-11, or --year 2022"),
        (("report", "import-survey", "FILE", "--month", "2022-11", "--year", "2022"), "or --year 2022"),
        (("report", "import-survey", "FILE", "--year", "22"), "no year"),
        (("items", "frequency", "ord.csv"), "ends with .xlsx"),
        (("items", "frequency", "ord.xlsx", "--month", "2020-01"), "observed in 2020-01"),
    ],
)  # fmt: skip
def test_wrong_usage_is_told(command: Any, tmp_path: Path, words: tuple[str, ...], says: str) -> None:
    with open_store(Path(".robotfabrik") / "store.db") as store:
        worked(store)
    file = str(survey_file(tmp_path, "Nöjd?;Ja;30;"))
    code, _, errors = command(*(file if word == "FILE" else word for word in words))
    assert code == 2
    assert says in errors
