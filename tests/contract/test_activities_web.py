"""Activities on web pages: what they may do, and what they do with windows, dialogs and files."""

from __future__ import annotations

from pathlib import Path

import pytest

from robotfabrik.model.errors import Diagnostic
from robotfabrik.runs.files import JobFiles
from tests.contract.examples_of_web import DOES, EXAMPLES, INSIDE_ONCE, once
from tests.support.engine import Application, define, only, perform, read, run_steps, values

QUEUE = "{item: {number: text}, reference: [item.number]}"


def told(folder: Path, steps: str) -> list[Diagnostic]:
    """What the checker says of what activities may do."""
    rules = ("arguments", "unsafe", "write-outside-once")
    return [problem for problem in read(folder, steps)[1] if problem.rule in rules]


@pytest.mark.parametrize("name", sorted(INSIDE_ONCE))
async def test_what_may_change_anything_is_refused_outside_once(tmp_path: Path, name: str) -> None:
    """The checker cannot see into every workflow: the runner refuses it too."""
    process, _ = read(tmp_path, f"- {EXAMPLES[name]}")
    application = Application()
    result = only(await perform(process, application))
    assert (result.status, "inside `once`" in result.reason) == ("failed", True)
    assert DOES[name] not in application.done


async def test_each_step_says_what_it_may_do(tmp_path: Path) -> None:
    """Keys, drops and downloads pass the guard of the element that they are meant for."""
    for step in (
        "keyboard_shortcuts: {keys: Enter, target: app.case.autosave}",
        "drag_and_drop: {target: app.cases.mine, onto: app.case.autosave}",
        "set_text: {target: app.case.autosave, text: x}",
        "fill_form: {app.case.autosave: x}",
        "select_multiple_items: {target: app.case.autosave, items: [a]}",
        "upload_file: {target: app.case.autosave, files: test.yaml}",
        "download_file: app.case.pay",
        "set_focus: app.case.autosave",
    ):
        application = Application()
        process, _ = read(tmp_path, f"- {step}")
        result = only(await perform(process, application, files=JobFiles(tmp_path / "files", tmp_path)))
        assert (result.status, "inside `once`" in result.reason) == ("failed", True), (step, result.reason)
        assert [done for done in application.done if done[1].startswith("app.case.")] == []


async def test_keys_that_may_change_something_name_their_target(tmp_path: Path) -> None:
    found = told(tmp_path, "- keyboard_shortcuts: {keys: Control+s, application: app}")
    assert [(p.rule, p.severity) for p in found] == [("arguments", "error")]
    assert told(tmp_path, "- keyboard_shortcuts: {keys: Escape, application: app}") == []
    process, _ = read(tmp_path, "- keyboard_shortcuts: {keys: Enter, application: app}")
    result = only(await perform(process, Application()))
    assert (result.status, "say on which target" in result.reason) == ("failed", True)


async def test_scripts_are_marked_as_unsafe_and_belong_inside_once(tmp_path: Path) -> None:
    step = EXAMPLES["inject_js_script"]
    rules = {(p.rule, p.severity) for p in told(tmp_path, f"- {step}")}
    assert rules == {("unsafe", "warning"), ("write-outside-once", "error")}
    assert [(p.rule, p.severity) for p in told(tmp_path, once(step))] == [("unsafe", "warning")]


async def test_windows_are_opened_used_and_closed(tmp_path: Path) -> None:
    application = Application()
    steps = """
    - use_application: {window: lista, application: app, url: http://app/lista}
    - use_application: {window: lista, application: app, url: http://app/lista}
    - use_application: {window: lista, application: app, open_mode: always}
    - use_application: {application: app}
    - close_window: {window: lista, application: app}
    - close_window: {window: lista, application: app, close_mode: if_open}
    """
    assert only(await run_steps(tmp_path, steps, "", application)).status == "successful"
    seen = [done[0] for done in application.done if "window" in done[0]]
    assert seen == ["open window", "use window", "close window", "open window", "use window", "close window"]
    for steps in (
        "- use_application: {window: lista, application: app, open_mode: never}",
        "- close_window: {window: lista, application: app}",
    ):
        result = only(await run_steps(tmp_path, steps))
        assert (result.status, "no window 'lista' is open" in result.reason) == ("failed", True)


async def test_the_next_item_begins_in_the_first_window(tmp_path: Path) -> None:
    process = define(
        tmp_path,
        "- use_application: {window: lista, application: app, url: http://app/lista}",
        dispatch="""
        - {add_queue_item: {number: "1"}}
        - {add_queue_item: {number: "2"}}
        """,
        queue=QUEUE,
    )
    application = Application()
    outcome = await perform(process, application)
    assert outcome.status == "successful"
    assert [done[0] for done in application.done if "window" in done[0]] == ["open window"] * 2


async def test_downloads_are_checked_and_never_overwritten(tmp_path: Path) -> None:
    shown = {"app.cases.mine@file": "%PDF"}
    steps = """
    - {download_file: {target: app.cases.mine, expected: "BESLUT*.pdf"}, save_as: first}
    - {download_file: {target: app.cases.mine, name: "ärende.pdf"}, save_as: second}
    - {download_file: {target: app.cases.mine}, save_as: third}
    """
    found = await values(tmp_path, steps, "first second third", Application(shown=shown))
    names = [Path(path).name for path in found.values()]
    assert names == ["beslut.pdf", "ärende.pdf", "beslut (2).pdf"]
    for step, said in (
        ("{target: app.cases.mine, expected: '*.xlsx'}", "the file is not called as expected (*.xlsx)"),
        ("{target: app.cases.mine}", "is empty"),
    ):
        folder = tmp_path / said[:3].strip()
        result = only(await run_steps(folder, f"- download_file: {step}"))
        assert (result.status, said in result.reason) == ("failed", True)
        assert list(folder.glob("files/downloads/*")) == []


async def test_pictures_and_pages_stay_in_the_jobs_folder(tmp_path: Path) -> None:
    steps = """
    - {take_screenshot: {path: bilder/sida, application: app}, save_as: first}
    - {take_screenshot: {path: bilder/sida.png, real: true, application: app}, save_as: second}
    - {save_pdf: {path: sida, application: app}, save_as: third}
    """
    found = await values(tmp_path, steps, "first second third")
    paths = [Path(path) for path in found.values()]
    assert [path.name for path in paths] == ["sida.png", "sida (2).png", "sida.pdf"]
    assert {path.stat().st_mode & 0o077 for path in paths} == {0}
    result = only(await run_steps(tmp_path, f"- save_pdf: {{path: {tmp_path}/x.pdf, application: app}}"))
    assert (result.status, "job's own folder" in result.reason) == ("failed", True)


async def test_what_a_dialog_said_is_told_when_the_screen_does_not_come(tmp_path: Path) -> None:
    steps = "- {check_app_state: app.journal.saved, timeout: 1s}"
    application = Application(shown={"dialog": "Beloppet saknas"})
    result = only(await run_steps(tmp_path, steps, "", application))
    assert "did not appear" in result.reason
    assert "a dialog said: Beloppet saknas" in result.reason
