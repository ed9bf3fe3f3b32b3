"""People are told: alerts at a real HTTP endpoint, summaries through a real mail server."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from robotfabrik import watching
from robotfabrik.alerting import watch
from robotfabrik.cli.main import main
from robotfabrik.model.assets import Asset, AssetKey
from robotfabrik.model.work import NewItem, Settlement
from robotfabrik.store.alerts import AGAIN
from robotfabrik.wiring import Project
from tests.support.listeners import Endpoint, Inbox, listening, receiving, text_of
from tests.support.schedules import STOCKHOLM
from tests.unit.test_queue_commands import SPACE, opened, start
from tests.unit.test_run_command import project

__all__ = ["project"]

ADDRESS = "ROBOTFABRIK_ALERT_DRIFT"
ALERTS = "alerts: 1\ntell: [{to: drift}]\n"
NAME, CASE = "Märta Fågelkvist", "20220101-1234"
PRIVATE = (NAME, "Fågelkvist", CASE, "19121212-1212", "hemligt")
Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    with listening() as endpoint:
        monkeypatch.setenv(ADDRESS, endpoint.url)
        yield endpoint


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with receiving() as inbox:
        yield inbox


@pytest.fixture
def command(project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs a command in a project with alerts.yaml, whose bot `small` runs live without a browser."""
    monkeypatch.setattr("getpass.getuser", lambda: "eva")
    (project / "alerts.yaml").write_text(ALERTS)

    def run(*words: str) -> tuple[int, str, str]:
        try:
            code = main(words)
        except SystemExit as usage:
            code = int(usage.code or 0)
        shown = capsys.readouterr()
        assert "Traceback" not in shown.err
        assert "hemligt" not in shown.out + shown.err
        return code, shown.out, shown.err

    return run


def changed(name: str, *changes: tuple[str, str]) -> None:
    """A file of the project, otherwise."""
    path = Path(name)
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


def time_passes(seconds: float) -> None:
    with opened() as store, store._write() as connection:
        connection.exec_driver_sql(f"UPDATE alerts SET due_at = due_at - {seconds}")
        connection.exec_driver_sql(f"UPDATE mailings SET due_at = due_at - {seconds}")


def run(command: Command, *options: str) -> int:
    return command("run", "small", "--date", "2022-11-01", *options)[0]


def summaries(inbox: Inbox, more: str = "") -> None:
    Path("alerts.yaml").write_text(
        f"{ALERTS}mail: {{server: '{inbox.url}', sender: robot@example.org}}\n"
        f"summaries:\n  - {{bot: small, to: [enhet@example.org, chef@example.org]{more}}}\n"
    )


# --- alerts


def test_a_faulted_job_is_told_once_and_that_it_is_over(command: Command, endpoint: Endpoint) -> None:
    for _ in range(3):
        assert run(command, "--set", "closed=ja") == 1
    (post,) = endpoint.posts
    assert post["title"] == "robotfabrik, small: a job stopped early"
    assert post["type"] == "failure"
    assert "robotfabrik jobs show small-2022-11-01-" in post["message"]
    (alert,) = json.loads(command("alerts", "--json")[1])["alerts"]
    assert (alert["kind"], alert["count"]) == ("faulted", 3)
    assert run(command) == 0
    assert endpoint.titles[1:] == ["Over: robotfabrik, small: a job stopped early"]
    assert endpoint.posts[1]["type"] == "success"
    assert command("alerts") == (0, "nothing is wrong\n", "")


def test_a_rehearsal_is_not_told(command: Command, endpoint: Endpoint) -> None:
    assert run(command, "--rehearse", "--set", "closed=ja") == 1
    assert endpoint.posts == []


def test_without_a_file_nobody_is_told(command: Command, endpoint: Endpoint) -> None:
    Path("alerts.yaml").unlink()
    assert run(command, "--set", "closed=ja") == 1
    assert endpoint.posts == []
    code, _, errors = command("alerts", "check")
    assert (code, "there is no alerts.yaml" in errors) == (2, True)


def test_a_wrong_file_does_not_hurt_the_job(command: Command, endpoint: Endpoint) -> None:
    Path("alerts.yaml").write_text("alerts: 1\ntel: []\n")
    assert run(command) == 0
    code, _, errors = command("alerts", "check")
    assert (code, "Did you mean 'tell'?" in errors) == (2, True)


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ("causes: faulted", True), ("causes: [held, disk]", False), ("bots: small", True),
        ("bots: [web]", False), ("causes: [faulted], bots: [small, web]", True),
    ],
)  # fmt: skip
def test_who_is_told_of_what(command: Command, endpoint: Endpoint, keys: str, told: bool) -> None:
    Path("alerts.yaml").write_text(f"alerts: 1\ntell: [{{to: drift, {keys}}}]\n")
    run(command, "--set", "closed=ja")
    assert bool(endpoint.posts) is told


def test_many_held_items_are_one_message(command: Command, endpoint: Endpoint) -> None:
    with opened() as store:
        start(store)
        for n in range(200):
            store.add_item(SPACE, NewItem(f"{CASE}/{n}", "", {"name": NAME}), "job-1")
            item = store.claim(SPACE, "elsewhere:1:1", "job-1", 600)
            assert item is not None
            store.settle(item, Settlement("held", None, f"{NAME} has two notes"), datetime.now().date())
        store.end_job("job-1", "successful", {"held": 200})
    assert command("alerts", "check")[0] == 0
    assert command("alerts", "check")[0] == 0
    (post,) = endpoint.posts
    assert "200 items are in doubt" in post["message"]
    assert "robotfabrik held --bot small" in post["message"]
    assert not any(private in endpoint.raw.decode("unicode_escape") for private in PRIVATE)


def test_what_befalls_many_bots_at_once_is_one_message(command: Command, endpoint: Endpoint) -> None:
    for n in range(5):
        Path(f"bots/b{n}.yaml").write_text("bot: 1\n")
        with opened() as store:
            start(store, f"b{n}-1", owner=f"{socket.gethostname()}:1:1", bot=f"b{n}")
    assert command("alerts", "check")[0] == 0
    (post,) = endpoint.posts
    assert post["title"] == "robotfabrik, 5 times: a job is gone"
    assert [f"b{n}" in post["message"] for n in range(5)] == [True] * 5
    assert len(json.loads(command("alerts", "--json")[1])["alerts"]) == 5
    for n in range(5):
        with opened() as store:
            start(store, f"b{n}-2", bot=f"b{n}")
            store.end_job(f"b{n}-2", "successful", {})
    assert command("alerts", "check")[0] == 0
    assert endpoint.titles[1:] == ["Over: robotfabrik, 5 times: a job is gone"]


def test_the_breaker_and_the_limit_of_failures_are_told_with_their_names(
    command: Command, endpoint: Endpoint
) -> None:
    changed("bots/small.yaml", ("mode: live", "mode: live\nlimits: {flagged_share: 20 %, after: 1}"))
    changed("pdd/small.yaml", ("name: Enheten är stängd", "name: Enheten är stängd, list: Lista"))
    changed("pdd/small.yaml", ("  - log_message: Ärendet är läst.", "  - throw: BE1"))
    assert run(command) == 1
    changed("bots/small.yaml", ("flagged_share: 20 %, after: 1", "max_consecutive_failures: 1"))
    changed("pdd/small.yaml", ("process:\n  - throw: BE1", "process:\n  - throw: SE1"))
    assert run(command, "--date", "2022-12-01") == 1
    assert endpoint.titles == [
        "robotfabrik, small: the breaker stopped a job", "robotfabrik, small: a job stopped early"
    ]  # fmt: skip
    assert "limits: flagged_share" in endpoint.posts[0]["message"]
    assert "limits: max_consecutive_failures" in endpoint.posts[1]["message"]


def test_nothing_of_a_case_is_told(command: Command, endpoint: Endpoint, inbox: Inbox) -> None:
    """What an item, an exception and a summary hold stays where it is."""
    summaries(inbox, ', link: "https://robot.example.org/{job}/report.html"')
    changed("bots/small.yaml", ("mode: live", "mode: live\nlimits: {max_consecutive_failures: 1}"))
    changed(
        "pdd/small.yaml",
        ("['A1', 'A2', 'A3']", f"['{CASE}', '{NAME}', '19121212-1212']"),
        ("queue: {item", "queue: {attempts: 1, item"),
        (
            "  - log_message: Ärendet är läst.",
            "  - raise_alert: Registret är stängt.\n  - check_true: \"item.number == 'x'\"",
        ),
    )
    assert run(command) == 1
    assert set(endpoint.titles) == {
        "robotfabrik, small: a job stopped early", "robotfabrik, small: the robot tells something"
    }  # fmt: skip
    assert len(inbox.mails) == 2
    told = endpoint.raw.decode("unicode_escape") + inbox.raw.decode()
    told += "".join(text_of(mail) + text_of(mail, "html") + str(mail.items()) for mail in inbox.mails)
    with opened() as store:
        told += repr(store.alerts.all(50))
    assert not any(private in told for private in PRIVATE)
    assert not any(list(mail.iter_attachments()) for mail in inbox.mails)


def test_what_a_robot_tells_is_over_when_a_later_job_does_not_tell_it(
    command: Command, endpoint: Endpoint
) -> None:
    quiet = "  - log_message: Ärendet är läst."
    loud = "  - raise_alert: {notification: Registret svarar långsamt., severity: info}"
    changed("pdd/small.yaml", (quiet, loud))
    run(command, "--rehearse")
    assert endpoint.posts == []
    run(command)
    (post,) = endpoint.posts
    assert (post["type"], post["message"].splitlines()[0]) == ("info", "Registret svarar långsamt.")
    (alert,) = json.loads(command("alerts", "--json")[1])["alerts"]
    assert alert["count"] == 3
    changed("pdd/small.yaml", (loud, quiet))
    run(command, "--date", "2022-12-01")
    assert endpoint.titles[1:] == ["Over: robotfabrik, small: the robot tells something"]


def test_little_space_is_told_until_there_is_clearly_more(
    command: Command, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    for free, told in ((2.1e9, 0), (1.9e9, 1), (2.1e9, 1), (2.3e9, 2)):
        monkeypatch.setattr(watch, "_free", lambda place, free=free: int(free))
        assert command("alerts", "check")[0] == 0
        assert len(endpoint.posts) == told
    assert "1.9 GB are free" in endpoint.posts[0]["message"]
    assert endpoint.titles[1].startswith("Over: ")


def test_a_run_that_was_due_is_missed_until_one_begins(command: Command, endpoint: Endpoint) -> None:
    due = datetime.now(STOCKHOLM) - timedelta(hours=2)
    cron = f"{due.minute} {due.hour} * * *"
    trigger = f"  - {{name: nightly, bot: small, cron: {cron}}}\n"
    other = f"  - {{name: rehearsal, bot: web, cron: {cron}, arguments: {{rehearse: true}}}}\n"
    Path("schedule.yaml").write_text(f"schedule: 1\ntriggers:\n{trigger}{other}")
    assert command("alerts", "check")[0] == 0
    assert endpoint.posts == [], "what was due before the schedule said so is not missed"
    a_day_ago = time.time() - 86_400
    os.utime("schedule.yaml", (a_day_ago, a_day_ago))
    assert command("alerts", "check")[0] == 0
    assert sorted(endpoint.titles) == [
        "robotfabrik, small: no run when one was due", "robotfabrik, web: no run when one was due"
    ]  # fmt: skip
    assert run(command, "--rehearse") == 0
    assert command("alerts", "check")[0] == 0
    assert len(endpoint.posts) == 2, "a rehearsal is no run"
    assert run(command) == 0
    assert command("alerts", "check")[0] == 0
    assert endpoint.titles[2:] == ["Over: robotfabrik, small: no run when one was due"]


def test_what_a_person_has_paused_is_not_missed(command: Command, endpoint: Endpoint) -> None:
    due = datetime.now(STOCKHOLM) - timedelta(hours=2)
    trigger = f"{{name: nightly, bot: small, cron: {due.minute} {due.hour} * * *}}"
    Path("schedule.yaml").write_text(f"schedule: 1\ntriggers:\n  - {trigger}\n")
    a_day_ago = time.time() - 86_400
    os.utime("schedule.yaml", (a_day_ago, a_day_ago))
    for pause in (["nightly"], ["--all"]):
        assert command("schedule", "pause", *pause)[0] == 0
        assert command("alerts", "check")[0] == 0
        assert endpoint.posts == []
        assert command("schedule", "resume", *pause)[0] == 0
    assert command("alerts", "check")[0] == 0
    assert endpoint.titles == ["robotfabrik, small: no run when one was due"]


def test_an_account_that_expires_is_told(command: Command, endpoint: Endpoint) -> None:
    soon, later = (date.today() + timedelta(days=days) for days in (10, 60))
    with opened() as store:
        for name, day in (("robot-x", soon), ("robot-y", later)):
            key = AssetKey("production/default/", name)
            store.keep_asset(Asset(key, "credential", token="x", expires=day, changed_by="eva"))
    assert command("alerts", "check")[0] == 0
    (post,) = endpoint.posts
    assert f"The credential robot-x (production/default) expires on {soon}." in post["message"]


# --- what does not arrive


def test_what_cannot_be_told_is_told_later_and_hurts_nobody(
    command: Command, endpoint: Endpoint, inbox: Inbox
) -> None:
    summaries(inbox)
    endpoint.status, inbox.refuses = 500, {"enhet@example.org"}
    code, _, _ = command("run", "small", "--date", "2022-11-01", "--set", "closed=ja")
    assert code == 1
    assert [mail["To"] for mail in inbox.mails] == ["chef@example.org"]
    log = "".join(path.read_text() for path in Path(".robotfabrik/runs").glob("*/log.txt"))
    assert "an alert could not be told, and is told later: 'drift' was not reached" in log
    assert "was not mailed, and is mailed later: the server refuses (550)" in log
    assert not any(private in log for private in (*PRIVATE, "127.0.0.1", "enhet@"))
    assert command("alerts", "check") == (0, "", ""), "it is not tried at once"
    time_passes(AGAIN)
    code, _, errors = command("alerts", "check")
    assert (code, errors.count("told later"), errors.count("mailed later")) == (1, 1, 1)
    endpoint.status, inbox.refuses = 200, set()
    time_passes(AGAIN)
    assert command("alerts", "check")[0] == 0
    assert len(endpoint.posts) == 1
    assert [mail["To"] for mail in inbox.mails] == ["chef@example.org", "enhet@example.org"]


def test_a_service_that_does_not_answer_keeps_no_job(
    command: Command, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "PATIENCE", 0.2)
    endpoint.open.clear()
    code, _, errors = command("run", "small", "--date", "2022-11-01", "--set", "closed=ja")
    assert code == 1
    assert "alerts are still on their way" in errors
    endpoint.open.set()
    for thread in threading.enumerate():
        if thread.name == "alerts":
            thread.join(60)
    assert endpoint.titles == ["robotfabrik, small: a job stopped early"]


@pytest.mark.parametrize(
    ("address", "says"),
    [("", f"{ADDRESS} is not set"), ("nonsense://x", f"{ADDRESS} holds an address that is none")],
)
def test_a_missing_address_is_named(
    command: Command, monkeypatch: pytest.MonkeyPatch, address: str, says: str
) -> None:
    monkeypatch.setenv(ADDRESS, address)
    assert run(command, "--set", "closed=ja") == 1
    code, _, errors = command("alerts", "test", "drift")
    assert code == 1
    assert says in errors
    _, found, _ = command("doctor")
    assert f"MISSING: {says}" in found


def test_a_service_looks_again_and_again_and_never_fails(command: Command, endpoint: Endpoint) -> None:
    said: list[str] = []
    rounds = watching.Watcher(Project(Path.cwd()), lambda level, text: said.append(text))

    with opened() as store:
        start(store, owner=f"{socket.gethostname()}:1:1")
    Path("schedule.yaml").write_text("schedule: 1\ntriggers: [{name: a, bot: small, cron: 61 * * * *}]\n")
    rounds.round()
    rounds.round()
    assert endpoint.titles == ["robotfabrik, small: a job is gone"]
    assert [text.split(",")[0] for text in said] == ["the schedule is wrong"]
    Path("alerts.yaml").write_text("alerts: 2\n")
    rounds.round()
    rounds.round()
    assert said[1:] == ["nobody was told anything: alerts.yaml is wrong, see robotfabrik check"]
    Path("alerts.yaml").unlink()
    rounds.round()
    assert len(said) == 2
    assert len(endpoint.posts) == 1


# --- by hand


def test_a_test_message(command: Command, endpoint: Endpoint, inbox: Inbox) -> None:
    summaries(inbox)
    assert command("alerts", "test", "drift") == (0, "drift was told\n", "")
    assert endpoint.titles == ["robotfabrik: a test"]
    assert command("alerts", "test", "eva@example.org") == (0, "eva@example.org was told\n", "")
    assert "prov" in text_of(inbox.mails[0])
    code, _, errors = command("alerts", "test", "drfit")
    assert (code, "Did you mean 'drift'?" in errors) == (2, True)


def test_who_takes_care_of_it(command: Command, endpoint: Endpoint) -> None:
    assert run(command, "--set", "closed=ja") == 1
    shown = command("alerts")[1]
    assert "a job stopped early" in shown
    assert "To do: robotfabrik jobs show" in shown
    code, told, _ = command("alerts", "ack", "1", "--by", "Eva Ek")
    assert (code, "Eva Ek takes care of it" in told) == (0, True)
    assert "Eva Ek" in command("alerts")[1]
    assert "alert.acknowledged" in command("audit", "list", "--action", "alert")[1]
    assert command("alerts", "ack", "7")[0] == 2


# --- summaries


def test_a_summary_after_a_job(command: Command, endpoint: Endpoint, inbox: Inbox) -> None:
    summaries(inbox, ', link: "https://robot.example.org/{bot}/{job}/report.html"')
    assert run(command) == 0
    assert sorted(mail["To"] for mail in inbox.mails) == ["chef@example.org", "enhet@example.org"]
    mail = inbox.mails[0]
    assert (mail["From"], mail["Subject"]) == ("robot@example.org", "Provrobot: 2022-11-01")
    assert mail["Auto-Submitted"] == "auto-generated"
    text, page = text_of(mail), text_of(mail, "html")
    job = json.loads(command("jobs", "--json")[1])["jobs"][0]["job"]
    link = f"https://robot.example.org/small/{job}/report.html"
    assert text.startswith("Provrobot har kört 2022-11-01.\n\nKontrollerade ärenden: 3\n")
    assert f"Lista: {link}" in text
    assert f'<a href="{link}">Öppna listan</a>' in page
    assert 'Kontrollerade ärenden</td><td style="text-align:right">3</td>' in page
    assert command("alerts", "check")[0] == 0
    assert len(inbox.mails) == 2
    assert run(command, "--rehearse", "--date", "2022-12-01") == 0
    assert len(inbox.mails) == 2, "a rehearsal wrote nothing"


def test_a_summary_says_that_the_robot_stopped(command: Command, endpoint: Endpoint, inbox: Inbox) -> None:
    summaries(inbox)
    assert run(command, "--set", "closed=ja") == 1
    text = text_of(inbox.mails[0])
    assert "Roboten stannade innan allt var klart." in text
    assert "- Kontrollera ärendena på den manuella listan" in text
    assert "Ingenting" not in text
    assert "Listan finns i körningens mapp." in text


@pytest.mark.parametrize("every", ["day", "month"])
def test_the_summary_of_a_day_or_a_month(
    command: Command, endpoint: Endpoint, inbox: Inbox, every: str
) -> None:
    summaries(inbox, f", every: {every}")
    assert run(command) == 0
    assert run(command) == 0
    assert inbox.mails == [], "it is not over yet"
    now = datetime.now(STOCKHOLM)
    before = (now.replace(day=1) if every == "month" else now) - timedelta(days=1)
    back = now.timestamp() - before.timestamp()
    with opened() as store, store._write() as connection:
        connection.exec_driver_sql(f"UPDATE jobs SET started_at = started_at - {back}")
    assert command("alerts", "check")[0] == 0
    assert command("alerts", "check")[0] == 0
    assert len(inbox.mails) == 2
    period = f"{before:%Y-%m}" if every == "month" else f"{before:%Y-%m-%d}"
    text = text_of(inbox.mails[0])
    assert inbox.mails[0]["Subject"] == f"Provrobot: {period}"
    assert text.startswith(f"Provrobot körde 2 gånger under {period}.\n\nKontrollerade ärenden: 3\n")
    assert "Klara sedan tidigare" not in text
