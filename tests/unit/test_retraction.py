"""Taking back what a job wrote: once each, whatever crashes, with the reason and day of what was written."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from robotfabrik.engine import performer as engine
from robotfabrik.engine import retry
from robotfabrik.engine.performer import Options, Outcome
from robotfabrik.engine.retraction import TAKEN_BACK, private, retractable, retracting, told
from robotfabrik.model.masking import Masker
from robotfabrik.model.process import Process
from robotfabrik.model.work import NewItem
from tests.support.engine import (
    QUEUE,
    REPOSITORY,
    WRITE,
    Application,
    QuickStore,
    add,
    define,
    new_job,
    perform,
    read,
)

BACK = """\
    retract:
      once: write_note
      with: {text: "${{ retracted.date }} '${{ text }}' gäller inte: ${{ retracted.reason }}."}
"""
PLACE = {"retract": '- type_into: {target: app.cases.open, text: "${{ item.number }}"}'}
ONLY = frozenset({"dispatch", "process"})


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "RETRY_DELAYS", (0.001, 0.002, 0.003))
    monkeypatch.setattr(engine, "IDLE_LOOK", 0.001)


def defined(folder: Path) -> Process:
    return define(folder, WRITE, repository=REPOSITORY + BACK, **QUEUE, **PLACE)


async def take_back(
    process: Process, application: Application, store: QuickStore, *, rehearsal: bool = False
) -> Outcome:
    job = new_job(process, day=date(2022, 11, 3), rehearsal=rehearsal)
    content = {"text": "Kontroll av 1"}
    back = told("app.write_note", content, "hash-1", "N1", date(2022, 11, 1), "fel person")
    item = NewItem("1/hash-1", "1", {"number": "1", TAKEN_BACK: back}, "2022-11")
    return await perform(
        retracting(process), application, store, options=Options(only=ONLY, given=(item,)),
        job=replace(job, space=job.space.beside("retract")),
    )  # fmt: skip


async def written(process: Process) -> tuple[QuickStore, Application]:
    store = QuickStore()
    add(store, process, "1")
    application = Application(clock=store.clock)
    await perform(process, application, store)
    return store, application


CORRECTION = "2022-11-01 'Kontroll av 1' gäller inte: fel person."


async def test_a_correction_is_written_once_where_the_note_stands(tmp_path: Path) -> None:
    process = defined(tmp_path)
    store, application = await written(process)
    rehearsal = await take_back(process, application, store, rehearsal=True)
    assert [effect.outcome for effect in rehearsal.items[0].effects] == ["rehearsed"]
    assert [note.text for note in application.journal("1")] == ["Kontroll av 1"]
    first, second = [await take_back(process, application, store) for _ in range(2)]
    assert (first.summary.written, second.summary.written, second.summary.already_done) == (1, 0, 1)
    assert first.items[0].columns == {
        "Skrevs": date(2022, 11, 1), "Gäller inte": "Kontroll av 1", "Orsak": "fel person",
    }  # fmt: skip
    assert [note.text for note in application.journal("1")] == ["Kontroll av 1", CORRECTION]


@pytest.mark.parametrize("save", ["late", "error_after", "lost_after", "error_before", "lost_before"])
async def test_a_correction_whose_saving_broke_is_not_written_twice(tmp_path: Path, save: str) -> None:
    process = defined(tmp_path)
    store, application = await written(process)
    application.saves.append(save)
    await take_back(process, application, store)
    store.clock.now += 3600
    await take_back(process, application, store)
    assert [note.text for note in application.journal("1")] == ["Kontroll av 1", CORRECTION]


async def test_the_robot_goes_on_as_before_in_the_same_case(tmp_path: Path) -> None:
    process = defined(tmp_path)
    store, application = await written(process)
    await take_back(process, application, store)
    outcome = await perform(process, application, store)
    assert outcome.items == []  # the item stays done: its note is not written again
    assert len(application.notes) == 2


def test_only_what_says_how_can_be_taken_back(tmp_path: Path) -> None:
    assert list(retractable(defined(tmp_path / "both"))) == ["app.write_note"]
    assert retractable(define(tmp_path / "no effect", WRITE, **QUEUE, **PLACE)) == {}
    without_a_way = define(tmp_path / "no way", WRITE, repository=REPOSITORY + BACK, **QUEUE)
    assert retractable(without_a_way) == {}


@pytest.mark.parametrize(
    ("retract", "message"),
    [
        ("{once: write_nothing}", "unknown effect: 'write_nothing'"),
        ("{once: write_note}", "effect app.write_note needs input 'text' (text)"),
        ("{once: write_note, with: {text: '${{ retracted.day }}'}}", "no field 'day'"),
        ("{once: write_note, with: {text: '${{ rubrik }}'}}", "'rubrik'"),
        ("{with: {text: x}}", "retract needs 'once:'"),
    ],
)
def test_the_checker_reads_how_it_is_taken_back(tmp_path: Path, retract: str, message: str) -> None:
    repository = f"{REPOSITORY}    retract: {retract}\n"
    try:
        _, problems = read(tmp_path, WRITE, repository=repository, **QUEUE, **PLACE)
        found = [problem.message for problem in problems if problem.severity == "error"]
    except AssertionError as error:  # nothing of the repository can be used
        found = [str(error)]
    assert any(message in one for one in found), found


OWN = """
    note:
      writes: note
      inputs: {text: text}
      verify:
        - extract_table_data: app.journal.list
          save_as: matches
      do:
        - click: app.journal.new
        - type_into: {target: app.journal.text, text: "${{ text }}"}
        - click: app.journal.save
        - check_app_state: app.journal.saved
      retract: {once: note, with: {text: "Gäller inte: ${{ text }}"}}
    """


def test_a_pdds_own_effect_says_how_too(tmp_path: Path) -> None:
    steps = WRITE.replace("once: app.write_note", "once: note")
    assert list(retractable(define(tmp_path, steps, workflows=OWN, **QUEUE, **PLACE))) == ["note"]


def test_nothing_is_taken_back_by_more_than_it_was(tmp_path: Path) -> None:
    pays = """\
    retract: {once: pay_back}
  pay_back:
    writes: pay
    verify:
      - extract_table_data: journal.list
        save_as: matches
    do:
      - click: case.pay
"""
    _, problems = read(tmp_path, WRITE, repository=REPOSITORY + pays, **QUEUE, **PLACE)
    assert "app.write_note (note) is taken back by what is more (pay)" in [p.message for p in problems]


def test_what_is_told_of_an_effect_is_json() -> None:
    back = told("app.write_note", {"on": date(2022, 11, 1)}, "hash", "N1", date(2022, 11, 1), "skäl")
    assert json.loads(json.dumps(back)) == back


def test_a_log_tells_which_effect_but_not_what_it_held() -> None:
    content = {"text": "Hyran är 7512 kr"}
    back = told("procapita.write_note", content, "hash-1", "N-4711", date(2022, 11, 1), "Fel person")
    masker = Masker()
    masker.add(private({"number": "1-2022", TAKEN_BACK: back}))
    line = "procapita.write_note: write_note.do.2 of pdd/objects/procapita.yaml:210"
    assert masker.mask(line) == line
    assert masker.mask("1-2022, Hyran är 7512 kr, N-4711, fel person") == "•••, •••, •••, •••"
