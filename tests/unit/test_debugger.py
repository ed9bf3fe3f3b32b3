"""Trying a process step by step: where it pauses, what is shown, what may be done and what never."""

from __future__ import annotations

import asyncio
import io
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from robotfabrik.debugger import show
from robotfabrik.debugger.console import TerminalConsole
from robotfabrik.debugger.debugger import COMMANDS, HELP, Debugger, Pauses
from robotfabrik.debugger.places import find
from robotfabrik.engine import execution, retry, stepping
from robotfabrik.engine import performer as engine
from robotfabrik.engine.performer import Options, Outcome
from robotfabrik.model.errors import SystemException
from robotfabrik.model.masking import Masker
from robotfabrik.model.process import Process
from robotfabrik.model.values import UNKNOWN, Credential, Record, Secret
from robotfabrik.store.memory import MemoryStore
from tests.support.engine import (
    QUEUE,
    ROBOT,
    WRITE,
    Application,
    Clock,
    FakeSession,
    Gate,
    Gated,
    QuickStore,
    add,
    define,
    new_job,
    only,
    perform,
    performer,
    settled_event,
    stored,
)

THREE = """
    - assign: {a: "1"}
    - sequence:
        - assign: {b: a + 1}
        - click: app.journal.new
    - assign: {c: a + b}
"""


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "RETRY_DELAYS", (0.001, 0.002, 0.003))
    monkeypatch.setattr(engine, "IDLE_LOOK", 0.001)


@dataclass
class Script:
    """A person who answers in this order, and then lets the run go on. An answer may be a function."""

    answers: list[str | Callable[[], Any] | None]
    said: list[str] = field(default_factory=list)

    def say(self, text: str) -> None:
        self.said.append(text)

    async def ask(self, prompt: str) -> str | None:
        answer = self.answers.pop(0) if self.answers else "c"
        if callable(answer):
            done = answer()
            if asyncio.iscoroutine(done):
                await done
            return await self.ask(prompt)
        return answer

    @property
    def places(self) -> list[str]:
        """Where it paused."""
        return [text.splitlines()[1].split()[0].rstrip(",") for text in self.said if text.startswith("\n")]

    @property
    def text(self) -> str:
        return "\n".join(self.said)


async def go_through(
    process: Process, *answers: str | Callable[[], Any] | None, at: Sequence[str] = (),
    application: Application | None = None, store: Any = None, rehearsal: bool = False,
    environment: str = "test", step: bool = True,
) -> tuple[Outcome, Script]:  # fmt: skip
    """Run a process under a person's hands."""
    job = new_job(process, rehearsal=rehearsal)
    job = replace(job, space=replace(job.space, environment=environment))
    script = Script(list(answers))
    secrets = Masker()
    secrets.add(ROBOT.password.reveal())
    pauses = Pauses(tuple(find(process, text, "--break") for text in at), stepping=step)
    outcome = await performer(
        process, application or Application(), QuickStore() if store is None else store, job=job,
        options=Options(retries=False), stepper=Debugger(pauses, script, secrets),
    ).run()  # fmt: skip
    return outcome, script


async def test_a_line_that_nobody_waits_for_any_more_is_not_lost() -> None:
    """An item whose lease was lost asks no more; the next one gets the answer."""
    reading, writing = os.pipe()
    with open(reading, encoding="utf-8") as source, open(writing, "wb", buffering=0) as person:
        console = TerminalConsole(source, io.StringIO())
        asked = asyncio.ensure_future(console.ask("? "))
        await asyncio.sleep(0)
        asked.cancel()
        person.write("en rad\r\ntvå rader\nen halv".encode())
        assert [await console.ask("? "), await console.ask("? ")] == ["en rad", "två rader"]
        person.close()
        assert await console.ask("? ") is None


# --- where it pauses


async def test_into_pauses_before_every_step(tmp_path: Path) -> None:
    process = define(tmp_path, THREE, show="c")
    outcome, script = await go_through(process, *"iiiii")
    assert script.places == ["process.1", "process.2", "process.2.1", "process.2.2", "process.3"]
    assert dict(only(outcome).columns) == {"c": 3}


async def test_next_stays_on_its_level_and_an_empty_line_does_the_same_again(tmp_path: Path) -> None:
    process = define(tmp_path, THREE)
    assert (await go_through(process, "next", "", ""))[1].places == ["process.1", "process.2", "process.3"]
    assert (await go_through(process, "n", "i", "n", "n"))[1].places == [
        "process.1", "process.2", "process.2.1", "process.2.2", "process.3",
    ]  # fmt: skip


async def test_continue_runs_to_the_next_break(tmp_path: Path) -> None:
    process = define(tmp_path, THREE)
    _, script = await go_through(process, "c", at=["process.2.2"])
    assert script.places == ["process.1", "process.2.2"]
    _, script = await go_through(process, at=["process.3"], step=False)
    assert script.places == ["process.3"]


async def test_a_step_that_when_leaves_out_is_only_told(tmp_path: Path) -> None:
    steps = "- assign: {a: true}\n- {when: not a, throw: BE1}\n- {when: a, assign: {b: a}}"
    _, script = await go_through(define(tmp_path, steps), *"iii")
    assert script.places == ["process.1", "process.2", "process.3"]
    assert script.said[1].endswith(": left out, its when is false")
    assert "  when = true" in script.said[2].splitlines()


async def test_at_a_break_what_when_says_can_still_be_changed(tmp_path: Path) -> None:
    process = define(tmp_path, "- assign: {a: 1}\n- {when: a == 2, throw: BE7}")
    outcome, script = await go_through(process, "v a = 2", "c", at=["process.2"], step=False)
    assert "  when = false" in script.said[0].splitlines()
    assert only(outcome).exception == "BE7"


async def test_the_login_is_passed_over_unless_one_of_its_steps_is_named(tmp_path: Path) -> None:
    process = define(tmp_path, "- assign: {a: 1}")
    assert (await go_through(process, "i"))[1].places == ["process.1"]
    _, script = await go_through(process, "i", at=["app.login.3"])
    assert script.places == ["app.login.3", "process.1"]
    assert "text = ***" in script.text
    assert "hemligt" not in script.text


# --- what is shown


async def test_a_step_is_shown_with_its_lines_arguments_and_item(tmp_path: Path) -> None:
    steps = """
    - name: Öppna ärendet
      type_into: {target: app.cases.open, text: "Ärende ${{ 1 + 1 }}"}
    """
    application = Application()
    _, script = await go_through(define(tmp_path, steps), "i", application=application)
    shown = script.said[0].splitlines()
    assert shown[1].startswith('process.1 "Öppna ärendet", ')
    assert shown[1].endswith("item 1")
    assert any(
        line.endswith('|     type_into: {target: app.cases.open, text: "Ärende ${{ 1 + 1 }}"}')
        for line in shown
    )
    assert any(line.strip() == "| " + "    ^~~~~~~~~" or line.endswith("^~~~~~~~~") for line in shown)
    assert "  target = app.cases.open" in shown
    assert "  text = 'Ärende 2'" in shown


async def test_the_element_is_outlined_while_the_person_thinks_and_not_when_the_step_runs(
    tmp_path: Path,
) -> None:
    application = Application()
    await go_through(define(tmp_path, "- click: app.journal.new"), "i", application=application)
    assert application.done[-3:] == [
        ("highlight", "app.journal.new"),
        ("highlight", ""),
        ("click", "app.journal.new", "single"),
    ]


async def test_the_outline_goes_away_whatever_has_become_of_the_target(tmp_path: Path) -> None:
    steps = "- assign: {a: \"'Nej'\"}\n- click: {target: app.case.link, with: {text: \"${{ a + '!' }}\"}}"
    application = Application()
    _, script = await go_through(
        define(tmp_path, steps), "i", "v a = 1", "s", application=application
    )  # the target cannot be worked out any more
    assert "target.text = cannot be worked out" in script.text
    assert application.done[-2:] == [("highlight", "app.case.link"), ("highlight", "")]


async def test_an_element_that_is_not_there_is_said_and_no_failure(tmp_path: Path) -> None:
    application = Application(missing={"app.journal.locked"})
    process = define(tmp_path, "- {element_exists: app.journal.locked, save_as: a}")
    outcome, script = await go_through(process, "i", application=application)
    assert "not shown: app.journal.locked was not found" in script.text
    assert only(outcome).status == "successful"


@pytest.mark.parametrize(("step", "shown"), [
    ("if: 1 == 1\n  then: []", "condition 1 = true"),
    ("{for_each: '[1, 2]', as: x, steps: []}", "values = [1, 2]"),
    ("{for_each_file: {folder: in, pattern: '*.pdf'}, steps: []}", "pattern = '*.pdf'"),
    ("{use_excel_file: 'in ${{ 1 + 1 }}.xlsx', steps: []}", "file = 'in 2.xlsx'"),
    ("{switch: '${{ 1 + 1 }}', cases: {2: []}}", "value = 2"),
    ("{while: 1 == 2, max_iterations: 2, steps: []}", "condition = false"),
    ("{check_app_state: app.journal.saved, vanishes: []}", "element = app.journal.saved"),
    ("{return: Klart}", "reason = 'Klart'"),
    ("assign: {x: 1, y: x + 1}", "y = 2"),
    ("{private: true, assign: {x: 1}}", "x = •••"),
    ("{fill_form: {app.cases.kind: Ny}}", "fields = [[app.cases.kind, 'Ny']]"),
])  # fmt: skip
async def test_what_decides_a_step_is_shown(tmp_path: Path, step: str, shown: str) -> None:
    _, script = await go_through(define(tmp_path, f"- {step}"), "i")
    assert f"  {shown}" in script.said[0].splitlines()


async def test_a_step_shows_the_workbook_of_the_block_around_it(tmp_path: Path) -> None:
    steps = "- {use_excel_file: a.xlsx, steps: [{write_cell: {cell: A1, value: x}}]}"
    _, script = await go_through(define(tmp_path, steps), "i", "s", "c")
    assert script.places == ["process.1", "process.1.1"]
    assert "  file = 'a.xlsx'" in script.said[1].splitlines()


async def test_nothing_of_the_block_is_left_after_it(tmp_path: Path) -> None:
    process = define(tmp_path, "- {use_excel_file: a.xlsx, steps: []}\n- log_message: hej")
    _, script = await go_through(process, "n", "v", "c")
    assert "no variables are set" in script.text


async def test_what_cannot_be_worked_out_is_said(tmp_path: Path) -> None:
    _, script = await go_through(define(tmp_path, "- assign: {a: 0}\n- assign: {b: 1 / a}"), "i", "i", "c")
    assert "  b = cannot be worked out: division by zero" in script.said[1]


async def test_list_help_and_what_is_no_command(tmp_path: Path) -> None:
    _, script = await go_through(define(tmp_path, THREE), "l", "h", "contnue", "c")
    lines, help, wrong = script.said[1:4]
    assert "click: app.journal.new" in lines
    assert help == HELP
    assert all(f"  {name[0]}  {name}" in HELP for name in COMMANDS)
    assert "'contnue' is no command. Did you mean 'continue'?" in wrong


def test_values_are_shown_as_the_language_writes_them() -> None:
    mask = Masker().mask
    shown = {
        "none": None, "true": True, "'a\\nb\\''": "a\nb'", "unknown": UNKNOWN, "***": Secret("x"),
        "{a: 1, b: [1, 2, 3, … 4 in all]}": Record(a=1, b=(1, 2, 3, 4)),
    }  # fmt: skip
    assert {show.value(given, mask) for given in shown.values()} == set(shown)
    assert show.value(Credential("u", Secret("p")), mask) == "***"
    assert show.value("x" * 500, mask).endswith("…")
    assert show.whole((1, Record(a=2)), mask) == ["  [0] 1", "  [1] {a: 2}"]


# --- variables


async def test_a_variable_is_looked_at_and_changed(tmp_path: Path) -> None:
    steps = "- assign: {a: 1}\n- assign: {b: a + 1}"
    _, script = await go_through(define(tmp_path, steps), "n", "v", "v a + 40", "v a = a + 9", "c")
    assert script.said[2].splitlines()[0] == "  a = 1"
    assert "always there: job, config" in script.said[2]
    assert script.said[3] == "  41"
    assert script.said[4].splitlines() == ["  a = 10", "the step now:", "  b = 11"]


async def test_a_wrong_expression_has_a_caret_and_changes_nothing(tmp_path: Path) -> None:
    process = define(tmp_path, "- assign: {a: 1}\n- assign: {b: a}", show="b")
    outcome, script = await go_through(process, "n", "v a = 1 +", "v a = x", "v job = 1", "c")
    assert "^" in script.said[2]
    assert "'x' is not defined here" in script.said[3]
    assert "refused: 'job' belongs to the run" in script.said[4]
    assert dict(only(outcome).columns) == {"b": 1}


async def test_private_values_are_masked_also_when_they_are_changed(tmp_path: Path) -> None:
    shown = {"app.case.name": "Åsa Öberg", "app.case.amount": "100 kr"}
    steps = (
        "- {get_text: app.case.name, save_as: namn}\n- log_message: ${{ namn }}\n- log_message: ${{ namn }}"
    )
    _, script = await go_through(
        define(tmp_path, steps), "n", "v", "v namn", "v namn = 'Bo Karlsson'", "n", "v upper(namn)",
        application=Application(shown=shown),
    )  # fmt: skip
    assert "namn = '•••'" in script.text
    assert "message = '•••'" in script.text
    for name in ("Åsa", "Öberg", "Bo", "Karlsson", "KARLSSON"):
        assert name not in script.text


async def test_private_values_are_shown_where_the_environment_is_test_when_asked_for(tmp_path: Path) -> None:
    shown = {"app.case.name": "Åsa Öberg", "app.case.amount": "100 kr"}
    steps = (
        "- {get_text: app.case.name, save_as: namn}\n- log_message: ${{ namn }}\n- log_message: ${{ namn }}"
    )
    process, application = define(tmp_path, steps), Application(shown=shown)
    _, script = await go_through(process, "n", "p", "v namn", "p", "v namn", application=application)
    assert script.said[2:6] == [
        "  private values are shown", "  'Åsa Öberg'", "  masked again", "  '•••'",
    ]  # fmt: skip
    _, script = await go_through(
        process, "n", "p", "v namn", application=application, environment="production"
    )
    assert script.said[2].startswith("  refused: private values")
    assert script.said[3] == "  '•••'"


async def test_a_part_of_a_variable_is_not_changed(tmp_path: Path) -> None:
    process = define(tmp_path, "- assign: {a: record(b=1)}\n- assign: {c: a.b}")
    _, script = await go_through(process, "n", "v a.b = 5", "v a.b == 1")
    assert script.said[2] == "  only a whole variable is changed: v a = …"
    assert script.said[3] == "  true"


# --- skipping, failing, retrying


async def test_a_skipped_step_sets_none_and_is_told(tmp_path: Path) -> None:
    process = define(tmp_path, "- assign: {a: 1}\n- assign: {b: a is none}", show="a b")
    outcome, _ = await go_through(process, "s", "c")
    assert dict(only(outcome).columns) == {"a": None, "b": True}


async def test_a_failed_step_is_retried_with_another_value(tmp_path: Path) -> None:
    process = define(tmp_path, "- assign: {a: 0}\n- assign: {b: 10 / a}", show="b")
    outcome, script = await go_through(process, "v a = 5", "r", step=False)
    assert "failed: division by zero" in script.said[0]
    assert "^~~~~~" in script.said[0]
    assert dict(only(outcome).columns) == {"b": 2}


async def test_a_failure_is_asked_about_where_it_happened_and_only_there(tmp_path: Path) -> None:
    steps = "- sequence:\n    - timeout_scope: 5s\n      steps: [check_true: 1 == 2]"
    outcome, script = await go_through(define(tmp_path, steps), "c", step=False)
    assert script.places == ["process.1.1.1"]
    assert only(outcome).status == "failed"


async def test_a_wrong_condition_is_a_failure_too(tmp_path: Path) -> None:
    steps = "- assign: {a: 0}\n- {when: 1 / a > 0, assign: {b: 1}}"
    outcome, script = await go_through(define(tmp_path, steps, show="b"), "v a = 1", "r", step=False)
    assert script.places == ["process.2"]
    assert dict(only(outcome).columns) == {"b": 1}


async def test_what_is_thrown_on_purpose_is_no_failure(tmp_path: Path) -> None:
    steps = "- try: [throw: SE4]\n  catch: {SE4: [{assign: {a: 1}}, rethrow: ]}"
    outcome, script = await go_through(define(tmp_path, steps), step=False)
    assert script.places == []
    assert only(outcome).exception == "SE4"


async def test_a_failed_step_can_be_left_out(tmp_path: Path) -> None:
    process = define(tmp_path, "- check_true: 1 == 2\n- assign: {a: 1}", show="a")
    outcome, _ = await go_through(process, "s", step=False)
    assert dict(only(outcome).columns) == {"a": 1}


async def test_nothing_is_run_again_by_itself(tmp_path: Path) -> None:
    process = define(tmp_path, "- check_true: 1 == 2", **QUEUE)
    store = QuickStore()
    add(store, process, "1")
    outcome, script = await go_through(process, store=store, step=False)
    assert script.places == ["process.1"]
    assert only(outcome).status == "failed"
    process = define(tmp_path, "- assign: {a: 1}", **QUEUE, dispatch="- check_true: 1 == 2")
    outcome, script = await go_through(process, step=False)
    assert (script.places, outcome.status) == (["dispatch.1"], "faulted")


async def test_a_retry_that_makes_no_sense_is_refused(tmp_path: Path) -> None:
    _, script = await go_through(define(tmp_path, "- assign: {a: 1}"), "r", "c")
    assert script.said[1] == f"  refused: {stepping.NOTHING_FAILED}"


# --- time


async def test_no_time_passes_for_a_step_while_a_person_thinks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = SimpleNamespace(now=0.0)
    for module in (stepping, execution):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: clock.now))

    def think() -> None:
        clock.now += 1000

    steps = """
    - timeout_scope: 5s
      steps:
        - timeout_scope: 4s
          steps: [{assign: {a: 1}}]
        - assign: {b: 1}
    """
    outcome, script = await go_through(
        define(tmp_path, steps, show="b"), think, "i", think, "i", think, "i", think, "i"
    )
    assert len(script.places) == 4
    assert dict(only(outcome).columns) == {"b": 1}


async def test_the_lease_is_renewed_while_a_person_thinks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "LEASE", 0.03)
    renewed, loop = asyncio.Event(), asyncio.get_running_loop()

    class Renewals(Gate):
        def store(self, what: str) -> None:
            if what == "after renew":
                loop.call_soon_threadsafe(renewed.set)

    process = define(tmp_path, "- assign: {a: 1}", **QUEUE)
    store = MemoryStore(Clock())
    add(store, process, "1")
    outcome, _ = await go_through(process, lambda: settled_event(renewed), store=Gated(store, Renewals()))
    assert only(outcome).status == "successful"


# --- quitting


@pytest.mark.parametrize("end", ["q", "quit", None])
async def test_quitting_gives_the_item_back_and_touches_nothing_more(tmp_path: Path, end: str | None) -> None:
    steps = """
    - try:
        - click: app.journal.new
        - click: app.cases.mine
      catch: {system: [click: app.cases.kind]}
      finally: [click: app.cases.open]
    """
    process = define(tmp_path, steps, **QUEUE, finish="- click: app.journal.new")
    store, application = QuickStore(), Application()
    add(store, process, "1", "2")
    outcome, script = await go_through(
        process, end, at=["process.1.2"], application=application, store=store, step=False
    )
    assert (outcome.status, outcome.items) == ("interrupted", [])
    assert script.places == ["process.1.2"]
    assert [what[1] for what in application.done if what[0] == "click"] == [
        "app.login.submit",
        "app.journal.new",
    ]
    assert {item.status for item in stored(store, process).values()} == {"new"}


async def test_quitting_in_the_login_or_the_dispatch_ends_the_job(tmp_path: Path) -> None:
    process = define(tmp_path, "- assign: {a: 1}", **QUEUE, dispatch="- assign: {b: 1}")
    for place in ("app.login.2", "dispatch.1"):
        outcome, script = await go_through(process, "q", at=[place], step=False)
        assert (outcome.status, script.places) == ("interrupted", [place])


# --- effects


def writing(folder: Path, steps: str = WRITE, **sections: str) -> tuple[Process, QuickStore, Application]:
    process = define(folder, steps, **QUEUE, **sections)
    store = QuickStore()
    add(store, process, "1")
    return process, store, Application(clock=store.clock)


async def test_no_step_of_an_effect_is_left_out_or_changed_in_a_live_run(tmp_path: Path) -> None:
    process, store, application = writing(tmp_path)
    where = ["app.write_note.verify.1", "app.write_note.do.3"]
    tries = ("s", "v text = 'annat'", "c")
    outcome, script = await go_through(
        process, *tries, *tries, *tries, at=where, application=application, store=store, step=False
    )
    assert script.places == [where[0], where[1], where[0]]  # it looks before and after
    assert script.said.count(f"  refused: {stepping.IN_EFFECT}") == 6
    assert [note.text for note in application.notes] == ["Kontroll av 1"]
    assert [effect.outcome for effect in only(outcome).effects] == ["written"]


async def test_a_rehearsal_may_leave_out_and_change_what_it_likes(tmp_path: Path) -> None:
    process, _, application = writing(tmp_path, dispatch="- add_queue_item: {number: '1'}")
    outcome, script = await go_through(
        process, "v matches = []", "s", at=["app.write_note.verify.1"], application=application,
        rehearsal=True, environment="production", step=False,
    )  # fmt: skip
    assert "refused" not in script.text
    assert only(outcome).status == "held"  # verify cannot tell any more
    assert application.notes == []


async def test_a_live_run_in_production_does_what_the_pdd_says(tmp_path: Path) -> None:
    process, _, application = writing(tmp_path, dispatch="- add_queue_item: {number: '1'}")
    _, script = await go_through(
        process, "s", "v a = 1", "c", application=application, environment="production"
    )
    assert script.said.count(f"  refused: {stepping.IN_PRODUCTION}") == 2


async def test_after_the_writing_click_nothing_of_do_is_retried(tmp_path: Path) -> None:
    """The click had no answer, and the note comes later: clicking again would write a second one."""
    process, store, application = writing(tmp_path)
    application.saves = ["late"]
    outcome, script = await go_through(
        process, "r", "s", "c", application=application, store=store, step=False
    )
    assert script.places[0] == "app.write_note.do.3"
    assert f"  refused: {stepping.SENT}" in script.said
    assert f"  refused: {stepping.IN_EFFECT}" in script.said
    assert len(application.notes) == 1
    assert [effect.outcome for effect in only(outcome).effects] == ["written"]


async def test_before_the_writing_click_a_step_of_do_may_be_retried(tmp_path: Path) -> None:
    process, store, application = writing(tmp_path)
    fails = [True]

    def opens(session: FakeSession) -> None:
        if fails.pop() if fails else False:
            raise SystemException("the page was on its way")

    application.on_click["app.journal.new"] = opens
    outcome, script = await go_through(process, "r", application=application, store=store, step=False)
    assert script.places == ["app.write_note.do.1"]
    assert len(application.notes) == 1
    assert only(outcome).status == "successful"


async def test_doubt_stays_with_a_person_under_anybodys_hands(tmp_path: Path) -> None:
    process, store, application = writing(tmp_path)
    application.saves = ["changed"]
    outcome, script = await go_through(
        process, "r", "s", "c", application=application, store=store, step=False
    )
    assert script.places == ["process.2"]
    assert script.said.count(f"  refused: {stepping.IN_DOUBT}") == 2
    assert only(outcome).status == "held"


@pytest.mark.parametrize(("place", "there"), [("app.write_note.do.3", 0), ("app.write_note.do.4", 1)])
async def test_quitting_inside_an_effect_is_a_crash_that_the_next_run_settles(
    tmp_path: Path, place: str, there: int
) -> None:
    process, store, application = writing(tmp_path)
    outcome, _ = await go_through(process, "q", at=[place], application=application, store=store, step=False)
    assert (outcome.status, len(application.notes)) == ("interrupted", there)
    assert stored(store, process)["1"].status == "new"
    again = await perform(process, application, store)
    assert [effect.outcome for effect in only(again).effects] == ["written"]
    assert len(application.notes) == 1
