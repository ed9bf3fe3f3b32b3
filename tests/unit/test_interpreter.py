"""Activities as steps: typed reading, retries, what is silenced and what never is, who may write."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from robotfabrik.engine.execution import ActivityContext, Execution, Permit
from robotfabrik.model.errors import SystemException
from robotfabrik.model.masking import Masker
from robotfabrik.model.process import Element, Process
from tests.support.engine import (
    QUEUE,
    Application,
    FakeSessions,
    QuickStore,
    Watch,
    add,
    define,
    new_job,
    only,
    perform,
    run_steps,
    stored,
    values,
)

FORM = {"app.case.name": "Åsa Öberg", "app.case.amount": "1 234,50 kr", "app.case.day": "2022-10-31"}
READ = "- {read_form: app.case, save_as: c}\n"


# --- reading


async def test_a_form_is_typed(tmp_path: Path) -> None:
    steps = READ + "- assign: {name: c.name, amount: c.amount, day: c.day, flag: c.flag}"
    found = await values(tmp_path, steps, "name amount day flag", Application(shown=FORM))
    assert found == {
        "name": "Åsa Öberg",
        "amount": Decimal("1234.50"),
        "day": date(2022, 10, 31),
        "flag": False,
    }


async def test_an_optional_field_that_is_empty_is_none(tmp_path: Path) -> None:
    shown = {**FORM, "app.case.day": "  "}
    assert await values(tmp_path, READ + "- assign: {a: c.day is none}", "a", Application(shown=shown)) == {
        "a": True
    }


ROWS: list[dict[str, str | None]] = [
    {"number": "1", "name": "Åsa", "amount": "100 kr", "day": "2022-10-31", "protected": ""},
    {"number": "2", "name": "Bo", "amount": "inget", "day": None, "protected": "Skyddad"},
]
TABLE = "- {extract_table_data: app.cases.list, save_as: rows}\n"


async def test_a_table_is_typed_and_a_protected_row_keeps_its_secrets(tmp_path: Path) -> None:
    steps = TABLE + '- assign: {a: "rows[0]", b: "rows[1]"}'
    found = await values(tmp_path, steps, "a b", Application(tables={"app.cases.list": ROWS}))
    assert dict(found["a"]) == {
        "number": "1",
        "name": "Åsa",
        "amount": Decimal(100),
        "day": date(2022, 10, 31),
        "protected": False,
    }
    assert dict(found["b"]) == {"number": "2", "name": None, "amount": None, "day": None, "protected": True}


READING = "{missing: BE6, unreadable: BE1, unknown: SE4}"


@pytest.mark.parametrize(("shown", "exception"), [
    ({**FORM, "app.case.name": ""}, "BE6"),
    ({**FORM, "app.case.amount": "hundra"}, "BE1"),
    ({**FORM, "app.case.no_answer": "Registret svarar inte."}, "SE4"),
])  # fmt: skip
async def test_a_reading_without_a_value_is_the_exception_that_the_pdd_says(
    tmp_path: Path, shown: dict[str, str], exception: str
) -> None:
    result = only(await run_steps(tmp_path, READ, "", Application(shown=shown), reading=READING))
    assert result.exception == exception
    assert result.status == ("failed" if exception == "SE4" else "business")
    assert "app.case" in result.reason


async def test_without_a_mapping_a_reading_without_a_value_is_a_system_exception(tmp_path: Path) -> None:
    result = only(await run_steps(tmp_path, READ, "", Application(shown={})))
    assert (result.status, result.exception) == ("failed", "SE3")
    assert "app.case.name is empty" in result.reason


async def test_without_a_mapping_an_unknown_reading_has_the_value_unknown(tmp_path: Path) -> None:
    application = Application(shown={**FORM, "app.case.no_answer": "x"})
    assert await values(tmp_path, READ + "- assign: {a: unknown(c)}", "a", application) == {"a": True}


@pytest.mark.parametrize(("key", "shown"), [
    ("if_missing: BE7", {**FORM, "app.case.name": ""}),
    ("if_unreadable: BE7", {**FORM, "app.case.amount": "hundra"}),
])  # fmt: skip
async def test_a_step_says_better_than_the_pdd_what_a_reading_means(
    tmp_path: Path, key: str, shown: dict[str, str]
) -> None:
    steps = f"- {{read_form: app.case, {key}}}"
    assert (
        only(await run_steps(tmp_path, steps, "", Application(shown=shown), reading=READING)).exception
        == "BE7"
    )


async def test_if_missing_names_what_an_absent_element_means(tmp_path: Path) -> None:
    application = Application(missing={"app.case.name"})
    assert (
        only(
            await run_steps(tmp_path, "- {get_text: app.case.name, if_missing: BE6}", "", application)
        ).status
        == "business"
    )
    assert (
        only(await run_steps(tmp_path, "- get_text: app.case.name", "", application)).reason
        .startswith("app.case.name was not found")
    )  # fmt: skip


async def test_what_is_read_in_private_is_masked_everywhere(tmp_path: Path) -> None:
    watch = Watch()
    steps = '- {get_text: app.case.name, save_as: n}\n- log_message: "Läste ${{ n }}"\n- throw: SE4'
    process = define(tmp_path, steps)
    await perform(process, Application(shown=FORM), watch=watch)
    assert [message for _, message in watch.logs if "Läste" in message] == ["Läste •••"]
    assert not any("Öberg" in message for _, message in watch.logs)


async def test_what_a_private_step_sets_or_is_given_is_masked(tmp_path: Path) -> None:
    watch = Watch()
    steps = """
- {assign: {n: "'Sköldpadda'"}, private: true}
- {log_message: "Utvandrad till Grekland", private: true}
- log_message: "Läste ${{ n }}, utvandrad till Grekland"
"""
    await perform(define(tmp_path, steps), Application(), watch=watch)
    assert not any("Sköldpadda" in message or "Grekland" in message for _, message in watch.logs)
    assert any("Läste •••" in message for _, message in watch.logs)


async def test_the_report_says_what_was_read_and_when(tmp_path: Path) -> None:
    result = only(await run_steps(tmp_path, READ + TABLE, "", Application(shown=FORM)))
    assert result.readings == (("Ärende", "2022-11-01"), ("Ärendelista", "2022-11-01"))


# --- retry and silence


def failing(times: int) -> Application:
    """An application whose list cannot be opened so many times."""
    application = Application()

    def click(session: Any) -> None:
        nonlocal times
        times -= 1
        if times >= 0:
            raise SystemException("the application answers 500")

    application.on_click["app.journal.new"] = click
    return application


def clicks(application: Application) -> int:
    return sum(done[:2] == ("click", "app.journal.new") for done in application.done)


RETRIED = "- {click: app.journal.new, retry: {attempts: 3, interval: 1ms}, save_as: x}\n"


@pytest.mark.parametrize(("failures", "executions", "status"), [
    (0, 1, "successful"), (2, 3, "successful"), (3, 3, "failed"),
])  # fmt: skip
async def test_attempts_are_all_executions(
    tmp_path: Path, failures: int, executions: int, status: str
) -> None:
    application = failing(failures)
    result = only(await run_steps(tmp_path, RETRIED, "", application))
    assert (result.status, clicks(application)) == (status, executions)


async def test_continue_on_error_goes_on_with_none(tmp_path: Path) -> None:
    application = failing(1)
    steps = """
        - {click: app.journal.new, continue_on_error: true, save_as: x}
        - assign: {gone_on: x is none}
        """
    assert await values(tmp_path, steps, "gone_on", application) == {"gone_on": True}


async def test_a_block_that_failed_half_way_leaves_none_where_nothing_was_set(tmp_path: Path) -> None:
    steps = """
        - sequence: [assign: {a: 1}, click: app.journal.new, assign: {b: 1}]
          continue_on_error: true
        - assign: {left: a == 1 and b is none}
        """
    assert await values(tmp_path, steps, "left", failing(1)) == {"left": True}


@pytest.mark.parametrize("step", [
    "throw: BE1", "invoke_workflow: w", "sequence: [throw: BE1]", "{try: [throw: BE1], finally: []}",
])  # fmt: skip
@pytest.mark.parametrize("key", ["continue_on_error: true", "retry: {attempts: 5, interval: 1h}"])
async def test_a_business_exception_is_never_silenced_or_retried(tmp_path: Path, step: str, key: str) -> None:
    step = step if step.startswith("{") else f"{{{step}}}"
    steps = f"- {step[:-1]}, {key}}}"
    result = only(await run_steps(tmp_path, steps, workflows="w: {steps: [throw: BE1]}"))
    assert (result.status, result.exception) == ("business", "BE1")


async def test_doubt_is_never_silenced(tmp_path: Path) -> None:
    steps = "- {check_true: {condition: 1 == 2, otherwise: held}, continue_on_error: true}"
    assert only(await run_steps(tmp_path, steps)).status == "held"


async def test_an_expression_that_fails_is_a_system_exception_at_its_place(tmp_path: Path) -> None:
    result = only(await run_steps(tmp_path, "- assign: {a: 1 / 0}"))
    assert (result.status, result.exception) == ("failed", "SE6")
    assert "division by zero" in result.reason
    assert "test.yaml:" in result.reason


async def test_every_step_leaves_a_line(tmp_path: Path) -> None:
    watch = Watch()
    steps = "- sequence: [assign: {a: 1}]\n- {assign: {b: 1}, when: 1 == 2}\n- throw: BE1"
    await perform(define(tmp_path, steps), Application(), watch=watch)
    own = [line for line in watch.steps if line[0].startswith("process")]
    assert own == [("process.1.1", "ok"), ("process.1", "ok"), ("process.3", "BusinessRuleException")]


async def test_a_timeout_holds_for_the_step_and_those_inside(tmp_path: Path) -> None:
    application = Application(shown=FORM)
    sessions = FakeSessions(application)
    steps = """
        - sequence: [click: app.journal.new]
          timeout: 3s
        - get_text: app.case.name
        """
    await perform(define(tmp_path, steps), application, sessions=[sessions])
    asked = sessions.opened[0].timeouts
    assert asked["click app.journal.new"] == 3.0
    assert asked["read app.case.name"] == 10.0


async def test_element_exists_waits_only_when_it_is_told_to(tmp_path: Path) -> None:
    application = Application()
    sessions = FakeSessions(application)
    steps = "- element_exists: app.case.flag\n- {element_exists: app.journal.locked, timeout: 2s}"
    await perform(define(tmp_path, steps), application, sessions=[sessions])
    asked = sessions.opened[0].timeouts
    assert (asked["exists app.case.flag"], asked["exists app.journal.locked"]) == (0, 2.0)


async def test_parameters_and_rows_of_targets(tmp_path: Path) -> None:
    seen = []

    class Session(FakeSessions):
        async def open(self, *arguments: Any) -> Any:
            session = await super().open(*arguments)
            click = session.click

            async def spy(target: Any, timeout: float, **more: Any) -> None:
                seen.append((target.id, getattr(target.selector, "name", None), target.row))
                await click(target, timeout, **more)

            session.click = spy  # type: ignore[method-assign]
            return session

    steps = """
        - assign: {n: "'7'"}
        - click: {target: app.case.link, with: {text: "Ärende ${{ n }}"}}
        - click: {target: app.cases.list.details, row: {number: "${{ n }}"}}
        - click: {target: app.cases.list.details, row: first}
        """
    application = Application()
    await perform(define(tmp_path, steps), application, sessions=[Session(application)])
    assert [(id, row) for id, _, row in seen[1:]] == [
        ("app.case.link", None),
        ("app.cases.list.details", {"number": "7"}),
        ("app.cases.list.details", "first"),
    ]
    assert seen[1][1] == "Ärende 7"


# --- who may write


def context(process: Process, permit: Permit | None) -> ActivityContext:
    job = new_job(process)
    run = Execution(job, process, {}, {"job": {}}, Masker(), lambda level, message: None, permit=permit)
    return ActivityContext(run)


async def nothing() -> None: ...


@pytest.fixture
def process(tmp_path: Path) -> Process:
    return define(tmp_path, "- log_message: hej")


def element(process: Process, screen: str, name: str) -> Element:
    found = process.applications["app"].screens[screen].elements[name]
    assert isinstance(found, Element)
    return found


def test_the_guard_of_a_harmless_element_is_none(process: Process) -> None:
    assert context(process, None).write_guard(element(process, "journal", "new")) is None


def test_the_guard_refuses_a_write_outside_once(process: Process) -> None:
    with pytest.raises(SystemException, match="only be used inside `once`"):
        context(process, None).write_guard(element(process, "journal", "save"))


def test_the_guard_refuses_a_write_above_the_effects_authority(process: Process) -> None:
    with pytest.raises(SystemException, match="may not"):
        context(process, Permit("note", nothing)).write_guard(element(process, "case", "pay"))


def test_the_guard_of_a_permitted_write_is_the_effects(process: Process) -> None:
    assert (
        context(process, Permit("note", nothing)).write_guard(element(process, "journal", "save")) is nothing
    )


AUTOSAVE = """
    - type_into: {target: app.cases.open, text: "1"}
    - once: autosave
      key: [item.reference]
      writes: note
      content: {text: Autosparat}
      verify: [{extract_table_data: app.journal.list, save_as: matches}]
      do: [{type_into: {target: app.case.autosave, text: Autosparat}}]
    """


async def test_a_field_that_saves_by_itself_passes_the_guard_too(tmp_path: Path) -> None:
    """Its intent is stored before it is touched: without an answer the robot looks before it repeats."""
    process = define(tmp_path, AUTOSAVE, **QUEUE)
    store = QuickStore()
    application = Application(clock=store.clock)
    add(store, process, "1")

    class Session(FakeSessions):
        async def open(self, *arguments: Any) -> Any:
            session = await super().open(*arguments)
            fill = session.fill

            async def saves(target: Any, text: str, timeout: float, *, verify: bool = True) -> None:
                await fill(target, text, timeout)
                if target.id == "app.case.autosave":
                    application.save("1", text, "ok")
                    raise SystemException("the application answers 500")

            session.fill = saves  # type: ignore[method-assign]
            return session

    outcome = await perform(process, application, store, sessions=[Session(application)])
    assert stored(store, process)["1"].status == "successful"
    assert outcome.summary.written == 1
    assert [note.text for note in application.notes] == ["Autosparat"]


async def test_an_effect_above_the_authority_does_not_even_load(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="only 'read' is allowed here"):
        define(tmp_path, AUTOSAVE, **{**QUEUE, "authority": "read"})


def test_a_run_without_a_folder_has_no_files(process: Process) -> None:
    with pytest.raises(SystemException, match="no folder for files"):
        context(process, None).path("a.txt")
