"""`robotfabrik run` and `doctor` when the start or the end goes wrong: one line, no traceback."""

from __future__ import annotations

import errno
import json
import signal
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from robotfabrik.cli.main import main
from robotfabrik.cli.run import pair
from robotfabrik.documents import report
from robotfabrik.model.errors import UsageError
from robotfabrik.runs.folder import write_private
from robotfabrik.vault.vault import variable_of
from tests.support import keyrings
from tests.support.small import BOT, pdd, work_in, write

SECTIONS = """\
exceptions:
  BE1: {kind: business, name: Enheten är stängd}
  SE1: {kind: system, name: Portalen svarar inte}
config:
  closed: {type: boolean, value: nej, description: Om enheten är stängd}
"""
PDD = pdd(["A1", "A2", "A3"], SECTIONS, "  - {when: config.closed, throw: BE1}\n")
PORTAL = "objects: 1\nid: portal\nname: Portal\nscreens: {start: {go: {label: Start}}}\n"
VARIABLE = variable_of("robot-x", "credential")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bot without an application, `small`, and one that needs a browser and an account, `web`."""
    root = tmp_path / "project"
    application = 'applications: {portal: {url: "http://localhost:1", credential: robot-x}}\n'
    web = {"id: small": "id: web", "../pdd/small.yaml": "../pdd/web.yaml", "applications: {}\n": application}
    files = {
        "bots/small.yaml": BOT, "pdd/small.yaml": PDD, "pdd/portal.yaml": PORTAL,
        "bots/web.yaml": _changed(BOT, web),
        "pdd/web.yaml": _changed(PDD, {"id: small": "id: web", "tions: {}": "tions: {portal: portal.yaml}"}),
    }  # fmt: skip
    write(root, files)
    work_in(root, monkeypatch)
    monkeypatch.setenv(VARIABLE, "robot:hemligt")
    keyrings.use(monkeypatch)
    return root


def _changed(text: str, changes: dict[str, str]) -> str:
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    return text


def run(capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, Any, str]:
    """The exit code, the JSON on standard output (None: nothing stands there), and standard error."""
    bot = () if options and options[0] in ("small", "web") else ("small",)
    code = main(["run", *bot, "--date", "2022-11-01", "--json", *options])
    shown = capsys.readouterr()
    assert "Traceback" not in shown.err
    return code, json.loads(shown.out) if shown.out else None, shown.err


def runs(project: Path) -> list[Path]:
    return sorted((project / ".robotfabrik" / "runs").glob("*"))


# --- the start


def test_a_run_without_trouble(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, result, errors = run(capsys)
    assert (code, result["checked"], errors) == (0, 3, "")
    assert [path.name for path in runs(project)] == [result["job"]]
    code, result, _ = run(capsys)
    assert (code, result["checked"], result["already_done"]) == (0, 0, 3)


@pytest.mark.parametrize(
    ("options", "environment", "says"),
    [
        ([], {VARIABLE: "; ;"}, f"no account in {VARIABLE}"),
        ([], {VARIABLE: "a:x;b:y;A:z"}, f"account 3 in {VARIABLE} is listed twice"),
        ([], {"ROBOTFABRIK_BROWSER": "/nope"}, "the browser '/nope' (ROBOTFABRIK_BROWSER) is not there"),
        (["--url", "portal=localhost:80"], {}, "--url portal: the address must begin with http:, https:, fi"),
        (["--url", "portal=http:///x"], {}, "--url portal: the address is no address"),
        (["--dataset", "a/b"], {}, "--dataset is a name, not a path"),
        (["--dataset", ""], {}, "--dataset is empty"),
        ([], {"ROBOTFABRIK_STORE": "mysql://host/db"}, "The store cannot be mysql"),
    ],
)
def test_a_start_that_fails_leaves_no_folder(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    options: list[str], environment: dict[str, str], says: str,
) -> None:  # fmt: skip
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    code, result, errors = run(capsys, "web", *options)
    assert (code, result) == (2, None)
    assert says in errors
    assert errors.count("\n") == 1
    assert not runs(project)


def test_no_traces_in_production(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bot = project / "bots" / "web.yaml"
    bot.write_text(bot.read_text(encoding="utf-8").replace("environment: test", "environment: production"))
    code, result, errors = run(capsys, "web", "--rehearse", "--trace")
    assert (code, result) == (2, None)
    assert "--trace keeps names, cookies and passwords" in errors
    assert not runs(project)


@pytest.mark.parametrize("store", [None, "elsewhere.db"])
def test_a_home_that_is_a_file_is_said_in_one_line(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, store: str | None
) -> None:
    (project / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("ROBOTFABRIK_HOME", str(project / "file"))
    if store:
        monkeypatch.setenv("ROBOTFABRIK_STORE", str(project / store))
    code, result, errors = run(capsys)
    assert (code, result, errors.count("\n")) == (2, None, 1)
    assert str(project / "file") in errors


# --- one item


def test_an_item_that_there_is_not(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, result, errors = run(capsys, "--item", "A4/2022-11")
    assert (code, result) == (2, None)
    assert "there is no item 'A4/2022-11'. Did you mean 'A1/2022-11'" in errors
    assert errors.count("\n") == 1
    assert run(capsys, "--item", "A2/2022-11")[1]["checked"] == 1


def test_nothing_can_be_set_where_there_is_nothing() -> None:
    with pytest.raises(UsageError, match="--set x=1: this robot has nothing that --set could say"):
        pair("x=1", "--set", {})


# --- the end


def test_what_was_not_reached_stands_in_the_report(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, result, _ = run(capsys, "--limit", "1")
    page = (Path(result["folder"]) / "report.html").read_text(encoding="utf-8")
    assert page.count("Inte kontrollerat") == 2
    assert "2 ärenden är inte kontrollerade" in page
    assert all(reference in page for reference in ("A2/2022-11", "A3/2022-11"))
    _, result, _ = run(capsys, "--date", "2022-12-01")
    page = (Path(result["folder"]) / "report.html").read_text(encoding="utf-8")
    assert (result["checked"], page.count("Inte kontrollerat")) == (3, 2)
    assert "2 ärenden från tidigare körningar har inte kontrollerats" in page


def test_a_business_exception_in_the_dispatch_is_named(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, result, _ = run(capsys, "--set", "closed=ja")
    assert (code, result["status"]) == (1, "faulted")
    assert result["reason"].startswith("BE1 was thrown: Enheten är stängd (step at ")
    assert result["reason"].endswith("pdd/small.yaml:15:34)")
    found = {path.name for path in Path(result["folder"]).iterdir()}
    assert {"report.html", "report.xlsx", "summary.json"} <= found


@pytest.mark.parametrize("as_json", [True, False])
def test_a_full_disk_does_not_take_the_summary(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, as_json: bool
) -> None:
    def full(path: Path, content: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(report, "write_private", full)
    code = main(["run", "small", "--date", "2022-11-01", *(["--json"] if as_json else [])])
    shown = capsys.readouterr()
    assert code == 1
    assert json.loads(shown.out)["checked"] == 3 if as_json else shown.out.startswith("3 checked")
    assert "the reports could not be written: " in shown.err
    assert "summary.json: No space left on device" in shown.err
    assert "Traceback" not in shown.err


def test_a_further_interruption_does_not_cost_the_reports(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(path: Path, content: bytes) -> None:
        signal.raise_signal(signal.SIGINT)
        write_private(path, content)

    monkeypatch.setattr(report, "write_private", interrupted)
    code, result, _ = run(capsys)
    assert (code, result["checked"]) == (0, 3)
    assert all((Path(result["folder"]) / name).exists() for name in ("report.html", "report.xlsx"))


# --- the doctor


def doctor(capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code = main(["doctor"])
    return code, capsys.readouterr().out


@pytest.fixture
def a_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "chromium"
    path.touch(0o755)
    monkeypatch.setenv("ROBOTFABRIK_BROWSER", str(path))
    return path


def test_the_doctor_finds_everything(
    project: Path, capsys: pytest.CaptureFixture[str], a_browser: Path
) -> None:
    code, found = doctor(capsys)
    assert (code, "MISSING" in found) == (0, False)
    assert "web: robot-x, 1 account" in found
    assert "store.db, made by the first run" in found
    assert not (project / ".robotfabrik").exists()
    run(capsys)
    assert "made by the first run" not in doctor(capsys)[1]


def test_the_doctor_names_what_is_missing(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, a_browser: Path
) -> None:
    monkeypatch.delenv(VARIABLE)
    code, found = doctor(capsys)
    assert (code, found.count("MISSING")) == (1, 1)
    assert f"MISSING: web: the credential 'robot-x' is missing: set {VARIABLE}" in found
    monkeypatch.setenv(VARIABLE, "robot:hemligt")

    run(capsys)
    with sqlite3.connect(project / ".robotfabrik" / "store.db") as store:
        store.execute("UPDATE alembic_version SET version_num = '9999'")
    code, found = doctor(capsys)
    assert (code, "MISSING: The store" in found) == (1, True)

    monkeypatch.setenv("ROBOTFABRIK_HOME", str(a_browser))
    monkeypatch.setenv("ROBOTFABRIK_BROWSER", "/nope")
    (project / "bots" / "small.yaml").write_text("bot: 1\n", encoding="utf-8")
    code, found = doctor(capsys)
    assert code == 1
    assert "is no folder" in found
    assert "MISSING: the browser '/nope'" in found
    assert "MISSING: small: its definition is wrong, see robotfabrik check" in found


def test_a_bot_over_an_application_with_a_day_of_its_own(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It runs as that day, unless somebody names another."""
    write(project, {"bots/small.yaml": BOT + "date: 2022-10-03\n"})
    assert main(["run", "small", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["date"] == "2022-10-03"
    assert main(["jobs", "start", "small"]) == 0
    assert "small-2022-10-03" in capsys.readouterr().out
    assert run(capsys)[1]["date"] == "2022-11-01"


def test_in_production_the_day_is_today(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    production = _changed(BOT, {"environment: test": "environment: production"})
    write(project, {"bots/small.yaml": production + "date: 2022-11-01\n"})
    code, _, errors = run(capsys)
    assert code == 2
    assert "bots/small.yaml:7:1: error: in production the day is today" in errors
