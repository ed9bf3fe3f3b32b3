"""The reports of a run: every case in its place, nothing private where it may not be, files that open."""

from __future__ import annotations

import json
import re
import stat
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest
from openpyxl import load_workbook

from robotfabrik.documents import excel, html, view
from robotfabrik.documents.report import FIGURES, write_reports
from robotfabrik.model.process import ExceptionType, Process, Report
from robotfabrik.model.result import EffectResult, ItemResult, Summary
from robotfabrik.model.source import Source, Span
from robotfabrik.model.work import Job, Space

HERE = Span(Source("test.yaml", ""), 1, 1)
NOTE = (
    "Förändringar i KIR har skett sedan 2022-05-01 gällande folkbokföringsadress. "
    "Antalet skrivna på adressen är 2. "
    "Antalet skrivna på adressen är färre än antalet medlemmar i hushållet.\n\n"
    "Säkerställ att personuppgifter är uppdaterade i personbilden och utred om detta påverkar "
    "handläggningen av ekonomiskt bistånd."
)
COLUMNS: dict[str, Any] = dict.fromkeys(
    ("Ärende", "Handläggare", "Antal skrivna", "Senaste kontroll", "Text")
)
READ = (("Personbild", "2022-11-01"), ("KIR", "2022-11-01"))


@dataclass
class Outcome:
    """As engine.performer gives it."""

    status: str = "successful"
    reason: str = ""
    summary: Summary = field(default_factory=Summary)
    items: list[ItemResult] = field(default_factory=list)
    unhandled: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    told: str = ""


def process(**changes: Any) -> Process:
    def business(id: str, name: str, **more: Any) -> ExceptionType:
        return ExceptionType(id, HERE, "business", name, **more)

    report = Report(
        COLUMNS, {"särskild": ("Ärende", "Utfall"), "samordningsnummer": ("Ärende", "Utfall")}, "Handläggare"
    )
    given: dict[str, Any] = {
        "id": "folkbokforing", "span": HERE, "name": "Folkbokföringsrobot", "version": "1.0.0",
        "document": {"follow_up": ["Kontrollera ärendet utifrån robotens information", "Tala med klienten"]},
        "authority": "note", "period": "month", "applications": {}, "config": {}, "reading": {},
        "exceptions": {
            "BE1": business("BE1", "Skyddade personuppgifter", list="särskild", details=False),
            "BE6": business("BE6", "Uppgift saknas", list="Manuell lista", action="Läs om i KIR."),
            "BE7": business("BE7", "Avliden", action="Uppdatera personbilden innan hushållet kontaktas."),
            "BE9": business("BE9", "Samordningsnummer", list="samordningsnummer"),
        },
        "queue": None, "rules": {}, "texts": {}, "workflows": {}, "dispatch": (), "process": (), "finish": (),
        "report": report, "tests": (), "release": "r1",
    }  # fmt: skip
    return Process(**{**given, **changes})


def job(mode: str = "live", **changes: Any) -> Job:
    given: dict[str, Any] = {
        "id": "J1", "bot": "folkbokforing", "space": Space("test", "default", "folkbokforing"),
        "date": date(2022, 11, 1), "period": "2022-11", "release": "r1", "robot": "Folkbokföringsrobot",
        "started_by": "anna", "owner": "o", "mode": mode,
    }  # fmt: skip
    return Job(**{**given, **changes})


def item(
    number: int, status: str = "successful", *, who: str = "Åsa Öberg", wrote: str = "", **more: Any
) -> ItemResult:
    """Case `number`, with the note as `wrote` (written, already, rehearsed) says."""
    given: dict[str, Any] = {
        "rules": ("BR1.1", "BR2.1") if wrote else (),
        "effects": (EffectResult("procapita.write_note", wrote, {"text": NOTE}),) if wrote else (),  # type: ignore[arg-type]
        "columns": {
            "Ärende": f"{number:06}", "Handläggare": who, "Antal skrivna": 2,
            "Senaste kontroll": date(2022, 5, 1), "Text": NOTE if wrote else None,
        },
        "readings": READ,
    }  # fmt: skip
    return ItemResult(f"{number:06}/2022-11", status, **{**given, **more})  # type: ignore[arg-type]


def protected(number: int) -> ItemResult:
    return ItemResult(
        f"{number:06}/2022-11", "business", "BE1", "Skyddade personuppgifter", list="särskild", details=False
    )


def sample(mode: str = "live") -> Outcome:
    wrote = "rehearsed" if mode == "rehearsal" else "written"
    outcome = Outcome()
    outcome.items = [
        item(12, wrote=wrote), item(3), item(40, wrote=wrote, who="Bo Ek"), item(5, who="Zara Alm"),
        item(7, "business", who="Bo Ek", wrote="already", exception="BE7", exception_name="Avliden"),
        item(8, "business", exception="BE9", exception_name="Samordningsnummer", list="samordningsnummer"),
        item(9, "business", exception="BE6", exception_name="Uppgift saknas", list="Manuell lista"),
        item(21, "failed", exception="SE2", reason="the page did not answer (step at pdd/f.yaml:3:5)"),
        item(22, "held", reason="two notes look like ours"),
        protected(31), protected(32), protected(33),
    ]  # fmt: skip
    for result in outcome.items:
        outcome.summary.count(result)
    outcome.summary.seconds, outcome.summary.excluded = 112.4, 1
    return outcome


def view_of(mode: str = "live", unhandled: tuple[str, ...] = ()) -> view.View:
    return view.make_view(job(mode), process(), replace(sample(mode), unhandled=[*unhandled]))


def section(report: view.View, title: str) -> view.Section:
    return next(section for section in report.sections if section.title == title)


def column(shown: view.Section, heading: str) -> list[Any]:
    return [row.cells[shown.headings.index(heading)] for row in shown.rows]


def written(tmp_path: Path, mode: str = "live", unhandled: tuple[str, ...] = ()) -> Path:
    write_reports(tmp_path, job(mode), process(), replace(sample(mode), unhandled=[*unhandled]))
    return tmp_path


# --- findings, one by one


def found(number: int, *findings: tuple[str, Any, Any], **more: Any) -> ItemResult:
    told = tuple({"rule": f"BR4 Vad som uppmärksammas: {rule}", "source": "KIR", "value": value, "date": day}
                 for rule, value, day in findings)  # fmt: skip
    return item(number, wrote="written", findings=told, readings=(("KIR", "2022-11-01"),), **more)


def telling() -> Process:
    return process(report=replace(process().report, findings=cast(Any, "fynd")))


def test_a_person_gets_a_row_for_each_finding_with_source_value_days_and_rule() -> None:
    outcome = Outcome(items=[
        found(12, ("ANDRING", "Flyttning", date(2022, 9, 14)), ("FLER", 4, None)),
        item(9, "business", exception="BE6", exception_name="Uppgift saknas", list="att hantera manuellt"),
    ])  # fmt: skip
    report = view.make_view(job(), telling(), outcome)
    own = section(report, "Åsa Öberg")
    assert own.headings[-5:] == ("Källa", "Värde", "Händelsedatum", "Avläst", "Regel")
    seen, rule = date(2022, 11, 1), "BR4 Vad som uppmärksammas"
    assert [row.cells[-5:] for row in own.rows] == [
        ("KIR", "Flyttning", date(2022, 9, 14), seen, f"{rule}: ANDRING"),
        ("KIR", 4, None, seen, f"{rule}: FLER"),
        (None, None, None, seen, "BE6 Uppgift saknas"),
    ]
    assert (len(own.rows), own.cases) == (3, 2)


def test_a_person_gets_the_own_cases_only_also_as_the_store_keeps_them() -> None:
    items = [
        found(12, ("ANDRING", "Flyttning", "2022-09-14")), item(3), protected(31),
        found(13, ("FLER", "3 skrivna", None), who="Bo Ek"),
    ]  # fmt: skip
    own = view.make_own(telling(), items, "Åsa Öberg")
    assert own is not None
    assert [(row.cells[0], row.cells[-3]) for row in own.rows] == [("000012/2022-11", date(2022, 9, 14))]
    assert own.notes[0] == "1. Kontrollera ärendet utifrån robotens information"
    assert view.make_own(telling(), items, "Bo") is None


# --- what stands where


def test_the_whole_has_one_row_a_case_with_outcome_rule_and_sources() -> None:
    whole = view_of().whole
    assert whole.headings == ("Referens", "Utfall", "Regel", "Källor", *COLUMNS)
    assert column(whole, "Referens") == [f"{n:06}/2022-11" for n in (3, 5, 7, 8, 9, 12, 21, 22, 40)]
    assert dict(zip(column(whole, "Referens"), column(whole, "Utfall"), strict=True)) == {
        "000003/2022-11": "Ingen avvikelse",
        "000005/2022-11": "Ingen avvikelse",
        "000007/2022-11": "Anteckning fanns redan",
        "000008/2022-11": "Till handläggare: Samordningsnummer",
        "000009/2022-11": "Till handläggare: Uppgift saknas",
        "000012/2022-11": "Anteckning skriven",
        "000021/2022-11": "Fel",
        "000022/2022-11": "Osäker – kontrolleras av en person",
        "000040/2022-11": "Anteckning skriven",
    }
    assert set(column(whole, "Källor")) == {"Personbild 2022-11-01, KIR 2022-11-01"}
    assert "BR1.1, BR2.1" in column(whole, "Regel")


def test_a_caseworkers_findings_stand_apart_in_swedish_order_without_clear_cases() -> None:
    report = view_of()
    assert [person.title for person in report.persons] == ["Bo Ek", "Åsa Öberg"]
    assert column(section(report, "Bo Ek"), "Referens") == ["000007/2022-11", "000040/2022-11"]
    mine = section(report, "Åsa Öberg")
    assert [row.kind for row in mine.rows] == ["noted", "listed", "listed", "held", "failed"]
    assert "Handläggare" not in mine.headings
    assert all(column(mine, "Att göra"))


def test_the_pdds_action_is_what_to_do() -> None:
    report = view_of()
    assert "Uppdatera personbilden innan hushållet kontaktas." in column(section(report, "Bo Ek"), "Att göra")
    assert "Läs om i KIR." in column(section(report, "Manuell lista"), "Att göra")


def test_a_list_shows_only_its_columns_and_protected_cases_only_as_a_count() -> None:
    report = view_of()
    shown = section(report, "Lista: samordningsnummer")
    assert shown.headings == ("Ärende", "Utfall")
    assert [row.cells for row in shown.rows] == [("000008", "Till handläggare: Samordningsnummer")]
    hidden = section(report, "Lista: särskild")
    assert hidden.rows == ()
    assert hidden.notes == (
        "3 ärenden med skyddade personuppgifter. De visas i verksamhetssystemets egen lista.",
    )


def test_the_manual_list_has_failed_held_unreached_and_the_pdds_own() -> None:
    manual = section(view_of(unhandled=("000050/2022-11",)), "Manuell lista")
    assert [row.kind for row in manual.rows] == ["listed", "held", "failed", "unhandled"]
    assert view_of().lists[-1].title == "Manuell lista"
    assert "step at" in str(column(manual, "Teknisk uppgift"))


def test_the_manual_list_says_why_a_case_is_left_to_a_person() -> None:
    outcome = Outcome()
    outcome.items = [
        item(1, "business", exception="BE6", exception_name="Uppgift saknas", list="Manuell lista",
             reason="Uppgift saknas (procapita.kir.name is empty)"),
        item(2, "business", exception="BE6", exception_name="Uppgift saknas", list="Manuell lista",
             reason="Uppgift saknas"),
    ]  # fmt: skip
    manual = section(view.make_view(job(), process(), outcome), "Manuell lista")
    assert column(manual, "Teknisk uppgift") == ["Uppgift saknas (procapita.kir.name is empty)", ""]


def test_what_earlier_runs_left_open_is_never_silent() -> None:
    shown = view.make_view(
        job(), process(), replace(sample(), left=["000060/2022-10", "000050/2022-10"])
    )
    rows = [row for row in section(shown, "Manuell lista").rows if row.kind == "unhandled"]
    assert [row.cells[0] for row in rows] == ["000050/2022-10", "000060/2022-10"]
    assert all("Inte kontrollerat" in row.cells and view.NO_RUN in row.cells for row in rows)
    assert shown.notices == (
        "2 ärenden från tidigare körningar har inte kontrollerats och ingick inte i den här, "
        "se manuell lista.",
    )


def test_no_manual_list_when_all_went_well() -> None:
    outcome = Outcome()
    outcome.items = [item(1)]
    assert all(shown.kind != "manual" for shown in view.make_view(job(), process(), outcome).sections)


def test_cases_held_since_earlier_runs_are_said() -> None:
    outcome = Outcome()
    outcome.summary.held = 2
    notes = section(view.make_view(job(), process(), outcome), "Manuell lista").notes
    assert notes == (
        "2 ärenden från tidigare körningar väntar på att en person svarar om det som roboten skrev finns.",
    )


def test_a_list_that_only_an_exception_names_is_not_lost() -> None:
    outcome = Outcome()
    outcome.items = [item(1, "business", exception="BE3", exception_name="Inget ärende", list="övrigt")]
    report = view.make_view(job(), process(), outcome)
    assert column(section(report, "Lista: övrigt"), "Referens") == ["000001/2022-11"]


def test_columns_named_as_ours_are_not_shown_twice() -> None:
    own = process(report=Report({"Utfall": None, "Regel": None, "X": None}))  # type: ignore[dict-item]
    outcome = Outcome()
    outcome.items = [ItemResult("1", "successful", columns={"Utfall": "successful", "Regel": "", "X": 1})]
    whole = view.make_view(job(), own, outcome).whole
    assert whole.headings == ("Referens", "Utfall", "Regel", "Källor", "X")
    assert column(whole, "Utfall") == ["Ingen avvikelse"]


def test_a_rehearsal_says_that_nothing_was_written() -> None:
    report = view_of("rehearsal")
    assert report.mode == "Provkörning"
    assert "Inget har skrivits" in report.notices[0]
    assert "Anteckning skulle ha skrivits" in column(report.whole, "Utfall")
    assert "Anteckning skriven" not in column(report.whole, "Utfall")


@pytest.mark.parametrize(("status", "said"), [("faulted", "stannade i förtid"), ("interrupted", "avbröts")])
def test_a_run_that_ended_early_says_what_is_not_checked(status: str, said: str) -> None:
    outcome = sample()
    outcome.status = status
    notices = view.make_view(job(), process(), replace(outcome, unhandled=["000050/2022-11"])).notices
    assert said in notices[0]
    assert "1 ärende" in notices[0]


def test_our_own_words_accuse_nobody(tmp_path: Path) -> None:
    for mode in ("live", "rehearsal"):
        page = written(tmp_path, mode).joinpath("report.html").read_text("utf-8")
        visible = re.sub(r"<(style|script)>.*?</\1>", "", page, flags=re.S)
        assert not re.search(r"\b(fusk|bedräg|misstänk|brott|felaktig|undanhåll|FUT\b)", visible, re.I)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""), (True, "ja"), (False, "nej"), ("00123", "00123"), (Decimal("1234.50"), "1234,5"),
        (7, "7"), (date(2022, 5, 1), "2022-05-01"),
        (["a", None, 2], "a, , 2"), ({"n": 1}, "n: 1"), (1.5, "1,5"),
    ],
)  # fmt: skip
def test_values_in_swedish_form(value: Any, shown: str) -> None:
    assert view.text(value) == shown


# --- the workbook


def test_the_workbook_opens_with_its_sheets_in_order(tmp_path: Path) -> None:
    book = load_workbook(written(tmp_path) / "report.xlsx")
    assert book.sheetnames == [
        "Översikt", "Alla ärenden", "Bo Ek", "Åsa Öberg", "Lista särskild", "Lista samordningsnummer",
        "Manuell lista",
    ]  # fmt: skip
    whole = book["Alla ärenden"]
    assert whole.freeze_panes == "B2"
    assert whole.auto_filter.ref == "A1:I10"
    assert all(8 <= dimension.width <= 82 for dimension in whole.column_dimensions.values())
    assert book.properties.title == "Folkbokföringsrobot 2022-11-01"


def test_dates_are_dates_and_identifiers_stay_text(tmp_path: Path) -> None:
    whole = load_workbook(written(tmp_path) / "report.xlsx")["Alla ärenden"]
    cells: dict[Any, Any] = {
        whole.cell(1, at).value: whole.cell(2, at) for at in range(1, whole.max_column + 1)
    }
    assert cells["Ärende"].value == "000003"
    assert cells["Ärende"].number_format == "@"
    assert cells["Senaste kontroll"].is_date
    assert cells["Senaste kontroll"].value.date() == date(2022, 5, 1)
    assert cells["Antal skrivna"].value == 2
    text = next(cell for cell in whole[7] if cell.value == NOTE)
    assert text.alignment.wrap_text


@pytest.mark.parametrize(
    "evil", ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x";"y")', "#N/A", "\x0b=1"]
)
def test_no_text_becomes_a_formula(tmp_path: Path, evil: str) -> None:
    outcome = Outcome()
    outcome.items = [item(1, columns={"Ärende": evil, "Handläggare": evil, "Text": evil}, wrote="written")]
    write_reports(tmp_path, job(), process(), outcome)
    book = load_workbook(tmp_path / "report.xlsx")
    for sheet in book:
        for row in sheet.iter_rows():
            assert all(cell.data_type != "f" and cell.data_type != "e" for cell in row)
    cell = book["Alla ärenden"]["E2"]
    assert cell.value == evil.replace("\x0b", "")
    assert cell.data_type == "s"
    assert cell.quotePrefix == (cell.value[0] in "=+-@")


def test_sheet_names_are_valid_and_unique() -> None:
    names = excel.sheet_names(
        ["Översikt", "A" * 40, "a" * 40, "x/y:z*[1]?\\", "'", "", "History", "Bo Ek", "bo ek", "Översikt"]
    )
    assert len({name.casefold() for name in names}) == len(names)
    assert all(0 < len(name) <= 31 and not re.search(r"[\[\]:*?/\\]", name) for name in names)
    assert not {name.casefold() for name in names} & {"history"}
    assert all(name.strip("'") == name for name in names)


# --- the page


def test_the_page_needs_no_network_and_escapes_what_it_shows(tmp_path: Path) -> None:
    outcome = Outcome()
    outcome.items = [
        item(1, wrote="written", columns={"Text": "<script>alert(1)</script>", "Handläggare": "<b>"})
    ]
    write_reports(tmp_path, job(), process(), outcome)
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert not re.search(r"""(src|href)=["'](?!#)|url\(|@import|https?://""", page)
    assert "default-src 'none'" in page


def test_the_page_is_made_for_keyboard_and_screen_reader(tmp_path: Path) -> None:
    page = (written(tmp_path) / "report.html").read_text("utf-8")
    assert '<html lang="sv">' in page
    assert 'class="skip" href="#innehall"' in page
    assert page.count("<h1>") == 1
    assert page.count("<table>") == page.count("<caption>") == page.count("<thead>")
    assert len(re.findall(r"<th(?! scope=)[ >]", page)) == 0
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)


def test_the_filter_is_hidden_until_a_script_can_run_it() -> None:
    assert b'<div class="filter" id="filter" hidden>' in html.draw(view_of())


# --- files and figures


def test_only_the_owner_reads_the_files(tmp_path: Path) -> None:
    for name in ("report.xlsx", "report.html", "summary.json"):
        assert stat.S_IMODE((written(tmp_path) / name).stat().st_mode) == 0o600
    assert len(list(tmp_path.iterdir())) == 3


def test_the_summary_has_the_figures_and_nothing_of_any_case(tmp_path: Path) -> None:
    text = (written(tmp_path) / "summary.json").read_text("utf-8")
    summary = json.loads(text)
    assert set(FIGURES) <= set(summary)
    assert summary["effects"] == 3
    assert summary["noted"] == 3
    assert summary["written"] == 2
    assert summary["exceptions"] == {"BE1": 3, "BE6": 1, "BE7": 1, "BE9": 1, "SE2": 1}
    assert summary["rules"] == {"BR1.1": 3, "BR2.1": 3}
    for private in ("000012", "Åsa", "Ek", "Säkerställ", "anna", "answer", '2022-11"'):
        assert private not in text.replace('"period": "2022-11"', "")


def test_protected_cases_appear_in_no_file(tmp_path: Path) -> None:
    written(tmp_path)
    page = (tmp_path / "report.html").read_text("utf-8")
    book = load_workbook(tmp_path / "report.xlsx")
    cells = " ".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row)
    for reference in ("000031", "000032", "000033"):
        assert reference not in page
        assert reference not in cells
    assert "3 ärenden med skyddade personuppgifter" in page
    assert "3 ärenden med skyddade" in cells


def test_an_empty_run_gives_reports_too(tmp_path: Path) -> None:
    write_reports(tmp_path, job(), process(report=Report()), Outcome())
    assert load_workbook(tmp_path / "report.xlsx").sheetnames == ["Översikt", "Alla ärenden"]
    assert "Inga ärenden." in (tmp_path / "report.html").read_text("utf-8")


def test_a_retraction_speaks_of_corrections() -> None:
    back = job(space=Space("test", "default", "folkbokforing/retract"))
    outcome = replace(sample(), items=[item(1, wrote="written")])
    report = view.make_view(back, process(), outcome)
    assert "Rättelser" in [name for name, *_ in report.figures]
    assert column(report.whole, "Utfall") == ["Rättelse skriven"]
    to_do = view.to_do(item(1, wrote="written"), None, False, True)
    assert to_do == "Läs rättelsen i journalen och bedöm om något har gjorts utifrån det som inte gäller."


def test_who_pays_has_written_no_note() -> None:
    paid = item(1, wrote="written")
    assert view.outcome_text(paid, False, notes=False) == "Utfört"
    assert view.to_do(paid, None, False, False, notes=False) == ""
    assert view.outcome_text(item(1, wrote="already"), False, notes=False) == "Var redan utfört"
    rehearsed = item(1, wrote="rehearsed")
    assert view.outcome_text(rehearsed, False, notes=False) == "Skulle ha utförts"
    assert "Inget är gjort" in view.to_do(rehearsed, None, True, False, notes=False)
