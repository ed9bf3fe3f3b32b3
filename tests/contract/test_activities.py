"""One contract for every activity: typed, documented, harmless unless it says so, and it works."""

from __future__ import annotations

import inspect
import re
import typing
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from robotfabrik.activities.api import Activity, Effect, Fields, Parameter, Values
from robotfabrik.activities.catalogue import CATALOGUE
from robotfabrik.engine import retry
from robotfabrik.model.types import ANY
from robotfabrik.parsing import arguments
from robotfabrik.parsing.steps import BLOCK_KEYS, parameter_type
from robotfabrik.runs.files import JobFiles
from tests.contract.examples_of_data import EXAMPLES as DATA
from tests.contract.examples_of_data import prepare
from tests.contract.examples_of_services import EXAMPLES as SERVICES
from tests.contract.examples_of_services import prepare as prepare_services
from tests.contract.examples_of_web import DOES as WEB_DOES
from tests.contract.examples_of_web import EXAMPLES as WEB
from tests.contract.examples_of_web import INSIDE_ONCE, SHOWS, UNTIMED, WHOLE_PAGE, once
from tests.support.engine import (
    Application,
    FakeSession,
    FakeSessions,
    QuickStore,
    Watch,
    define,
    only,
    perform,
    run_steps,
    stored,
)

ALL = pytest.mark.parametrize("activity", CATALOGUE.values(), ids=lambda activity: activity.name)
PLAIN = {str, int, bool, Decimal, date, timedelta, Any}
TAGS = {
    "element", "table", "screen", "rendered", "secret", "values", "fields", "texts", "function", "inputs",
    "keys",
    *arguments.TAGS,
}  # fmt: skip
SHOWN = {"app.case.name": "Åsa", "app.case.amount": "100 kr", "app.case.day": "2022-10-31"}

EXAMPLES: dict[str, str] = {
    "go_to_url": "- {go_to_url: {url: http://app/start, application: app}}",
    "click": "- click: {target: app.journal.new, kind: double}",
    "type_into": '- type_into: {target: app.cases.open, text: "${{ job.date }}"}',
    "type_secure_text": "- log_message: vid inloggningen",  # only the login has a secret
    "select_item": "- select_item: {target: app.cases.kind, item: Ansökan}",
    "check": "- check: app.cases.mine",
    "uncheck": "- uncheck: app.cases.mine",
    "fill_form": '- fill_form: {app.cases.kind: Ansökan, app.cases.open: "${{ 12 }}"}',
    "get_text": "- {get_text: app.case.name, save_as: x}",
    "read_form": "- {read_form: app.case, save_as: x}",
    "extract_table_data": "- {extract_table_data: app.cases.list, save_as: x}",
    "element_exists": "- {element_exists: app.case.flag, save_as: x}",
    "wait_element_vanish": "- wait_element_vanish: app.journal.locked",
    "highlight": "- highlight: {target: app.journal.new, duration: 1ms}",
    "delay": "- delay: 1ms",
    "log_message": "- log_message: {message: hej, level: warning}",
    "check_true": "- check_true: 1 == 1",
    **WEB,
    "add_queue_item": '- add_queue_item: {number: "1"}',
    "exclude_queue_item": "- exclude_queue_item: BE1",
    "draw_sample": """- draw_sample: {key: november, population: "${{ ['a', 'b'] }}", share: "${{ 0.5 }}"}""",
    "report_table": """- report_table: {title: Antal, table: "${{ [record(n=2)] }}", figures_only: true}""",
    **DATA,
    **SERVICES,
}
"""A step with each activity. A new activity needs one here."""

DOES: dict[str, tuple[str, ...]] = {
    "go_to_url": ("goto", "http://app/start"),
    "click": ("click", "app.journal.new", "double"),
    "type_into": ("fill", "app.cases.open", "2022-11-01"),
    "type_secure_text": ("fill", "app.login.password", "hemligt"),
    "select_item": ("select", "app.cases.kind", "Ansökan"),
    "check": ("check", "app.cases.mine", "True"),
    "uncheck": ("check", "app.cases.mine", "False"),
    "fill_form": ("enter", "app.cases.open", "12"),
    **WEB_DOES,
    "highlight": ("highlight", "app.journal.new"),
}
"""What the application sees of it."""

IN_DISPATCH = {
    "add_queue_item", "bulk_add_queue_items", "exclude_queue_item", "draw_sample", "report_table",
}  # fmt: skip
DECLARED = {"services": "[register, post]"}
QUEUE = "{item: {number: text}, reference: [item.number]}"


def test_every_activity_has_an_example_and_no_block_has_its_name() -> None:
    assert EXAMPLES.keys() == CATALOGUE.keys()
    assert not CATALOGUE.keys() & BLOCK_KEYS.keys()


@ALL
def test_it_is_one_async_function_with_a_narrow_context(activity: Activity) -> None:
    assert inspect.iscoroutinefunction(activity.run)
    assert next(iter(inspect.signature(activity.run).parameters)) == "ctx"
    assert activity.name == activity.run.__name__
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", activity.name)


@ALL
def test_its_docstring_is_its_reference(activity: Activity) -> None:
    first, *rest = activity.doc.splitlines()
    assert re.match(r"[A-ZÅÄÖ].*[.?]", first), first
    for name in activity.parameters:
        assert any(re.match(rf"{name}: \S.*", line) for line in rest) or _takes_all(
            activity.parameters[name]
        ), name


def _takes_all(parameter: Parameter) -> bool:
    return parameter.annotation in (Fields, Values)


@ALL
def test_its_parameters_have_types_that_the_checker_knows(activity: Activity) -> None:
    for parameter in activity.parameters.values():
        annotation = parameter.annotation
        origin = typing.get_origin(annotation)
        if origin is typing.Annotated:
            assert typing.get_args(annotation)[1] in TAGS
        elif origin is typing.Literal:
            assert set(typing.get_args(annotation)) == set(parameter_type(parameter).values)
        else:
            assert annotation in PLAIN
            assert annotation is Any or parameter_type(parameter) != ANY
    assert activity.returns is not inspect.Parameter.empty


@ALL
def test_its_effect_is_declared(activity: Activity) -> None:
    assert activity.effect in typing.get_args(Effect)


@ALL
async def test_it_runs_as_a_step(tmp_path: Path, activity: Activity) -> None:
    application = Application(shown=SHOWN | SHOWS)
    step = EXAMPLES[activity.name]
    prepare(tmp_path)
    prepare_services(tmp_path)
    (tmp_path / "bilaga.pdf").write_text("x")
    if activity.name in INSIDE_ONCE:
        assert only(await run_steps(tmp_path, once(step), "", application)).status == "held"
    elif activity.name in IN_DISPATCH:
        process = define(tmp_path, "- log_message: hej", dispatch=step, queue=QUEUE)
        outcome = await perform(process, application)
        assert (outcome.status, outcome.reason) == ("successful", "")
    else:
        assert only(await run_steps(tmp_path, step, "", application, **DECLARED)).status == "successful"
    if activity.name in DOES:
        assert DOES[activity.name] in application.done


@pytest.mark.parametrize("name", sorted(set(DOES) - {"go_to_url", "download_file"} - WHOLE_PAGE))
async def test_a_missing_element_is_named(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry, "RETRY_DELAYS", (0.0, 0.0, 0.0))
    target = DOES[name][1]
    application = Application(missing={target})
    step = EXAMPLES[name]
    tmp_path.joinpath("bilaga.pdf").write_text("x")
    outcome = await run_steps(tmp_path, step, "", application)
    if target.startswith("app.login"):
        assert target in outcome.reason  # nobody could log in
        return
    result = only(outcome)
    assert result.status == "failed"
    assert target in result.reason


@pytest.mark.parametrize("name", ["get_text", "read_form", "extract_table_data"])
async def test_a_missing_element_is_named_when_read(tmp_path: Path, name: str) -> None:
    target = {"extract_table_data": "app.cases.list"}.get(name, "app.case.name")
    application = Application(shown=SHOWN, missing={target})
    result = only(await run_steps(tmp_path, EXAMPLES[name], "", application))
    assert result.status == "failed"
    assert target in result.reason


WAITS = CATALOGUE.keys() - IN_DISPATCH - DATA.keys() - SERVICES.keys() - UNTIMED - INSIDE_ONCE


@pytest.mark.parametrize("name", sorted(WAITS - {
    "type_secure_text", "delay", "log_message", "check_true",
}))  # fmt: skip
async def test_the_steps_timeout_reaches_the_session(tmp_path: Path, name: str) -> None:
    application = Application(shown=SHOWN)
    sessions = FakeSessions(application)
    (tmp_path / "bilaga.pdf").write_text("x")
    process = define(tmp_path, f"- sequence:\n  {EXAMPLES[name]}\n  timeout: 3s")
    if name == "element_exists":  # it does not wait unless the step itself says so
        process = define(tmp_path, "- {element_exists: app.case.flag, timeout: 3s}")
    files = JobFiles(tmp_path / "files", tmp_path)
    await perform(process, application, sessions=[sessions], files=files)
    (session,) = sessions.opened
    assert list(session.timeouts.values())[-1] == 3.0


async def test_waiting_for_what_does_not_vanish_ends(tmp_path: Path) -> None:
    application = Application(shown={"app.journal.locked": "Låst"})
    steps = "- {wait_element_vanish: app.journal.locked, timeout: 1s}"
    result = only(await run_steps(tmp_path, steps, "", application))
    assert (result.status, "app.journal.locked was still there" in result.reason) == ("failed", True)


async def test_check_true_fails_or_holds(tmp_path: Path) -> None:
    for otherwise, status in (("system", "failed"), ("held", "held")):
        steps = f"- check_true: {{condition: 1 == 2, otherwise: {otherwise}}}"
        assert only(await run_steps(tmp_path / otherwise, steps)).status == status


async def test_a_secret_reaches_only_its_field(tmp_path: Path) -> None:
    application, watch = Application(), Watch()
    await perform(define(tmp_path, "- log_message: hej"), application, watch=watch)
    assert DOES["type_secure_text"] in application.done
    assert "hemligt" not in repr((watch.logs, watch.steps, watch.items))


async def test_add_queue_item_says_what_was_there(tmp_path: Path) -> None:
    dispatch = """
        - {add_queue_item: {number: "1"}, save_as: first}
        - {add_queue_item: {number: "1"}, save_as: second}
        - check_true: first == 'added' and second == 'pending'
        """
    process = define(tmp_path, "- log_message: hej", dispatch=dispatch, queue=QUEUE)
    store = QuickStore()
    outcome = await perform(process, Application(), store)
    assert (outcome.status, list(stored(store, process))) == ("successful", ["1"])


async def test_items_belong_to_dispatch(tmp_path: Path) -> None:
    """The checker cannot see into every workflow: the runner refuses it too."""
    process = define(
        tmp_path, "- invoke_workflow: w", workflows="w: {steps: [exclude_queue_item: BE1]}"
    )  # fmt: skip
    result = only(await perform(process, Application()))
    assert (result.status, "dispatch" in result.reason) == ("failed", True)


async def test_the_session_fake_speaks_the_whole_contract() -> None:
    from robotfabrik.activities.api import Session

    calls = [name for name, value in vars(Session).items() if inspect.iscoroutinefunction(value)]
    for name in calls:
        wanted = inspect.signature(getattr(Session, name)).parameters
        given = inspect.signature(getattr(FakeSession, name)).parameters
        assert list(wanted) == list(given), name
