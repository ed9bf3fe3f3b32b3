"""`robotfabrik schedule` as a process, and its actions: list, fires, pause, resume, fire, health, unit."""

# ruff: noqa: F401, F811

from __future__ import annotations

import errno
import http.client
import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from robotfabrik.cli.http_health import Answer, address, serve
from robotfabrik.model.errors import SystemException, UsageError
from robotfabrik.model.firing import FireRow
from robotfabrik.model.records import JobFilter, JobRecord
from robotfabrik.scheduling import health
from robotfabrik.scheduling.service import Service, in_words
from robotfabrik.scheduling.systemd import READY, notify
from robotfabrik.store import open_store
from robotfabrik.wiring import Project
from tests.support.scheduling import BOT, Machine, at, one_trigger, plan
from tests.support.small import children, processes
from tests.unit.test_pending_command import in_work, slow
from tests.unit.test_queue_commands import command, opened, until
from tests.unit.test_run_command import project

BEFORE = datetime.now(ZoneInfo("Europe/Stockholm")) - timedelta(minutes=90)
OFTEN = f"""\
schedule: 1
triggers:
  - {{name: often, bot: small, interval: 5h, anchor: "{BEFORE:%Y-%m-%d %H:%M}", misfire: run_once}}
"""
"""It was due 90 minutes ago, and is not again while the tests run."""


@pytest.fixture
def service(slow: Path) -> Iterator[Any]:
    """Starts services of the project; ends what is left of them."""
    with processes("schedule") as start:
        yield start


def schedule(text: str) -> None:
    Path("schedule.yaml").write_text(text, encoding="utf-8")


def missed(trigger: str = "often", bot: str = "small") -> None:
    """Nobody has looked at the trigger for three hours."""
    with opened() as store:
        store.fires.introduce(trigger, bot, datetime.now(UTC) - timedelta(hours=3), "another")


def jobs() -> list[JobRecord]:
    with opened() as store:
        return list(store.jobs(JobFilter()))


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def answer(port: int, path: str) -> tuple[int, Any]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error) if error.code == 503 else None


# --- the process


def test_two_services_run_one_job_for_what_was_missed_and_end_as_asked(command: Any, service: Any) -> None:
    schedule(OFTEN)
    missed()
    port = free_port()
    two = [service("--listen", str(port)), service()]
    until(lambda: [job.status for job in jobs()] == ["successful"])
    assert answer(port, "/live")[0] == 200
    status, told = answer(port, "/ready")
    assert (status, told["problems"], len(told["services"])) == (200, [], 2)
    assert answer(port, "/other")[0] == 404
    code, out, _ = command("schedule", "health")
    assert (code, out.startswith("all is well")) == (0, True)
    for process in two:
        process.send_signal(signal.SIGTERM)
    shown = [process.communicate(timeout=120)[0] for process in two]
    assert [process.returncode for process in two] == [0, 0]
    (job,) = jobs()
    assert (job.job.trigger, job.job.started_by) == ("often", "trigger often")
    assert sum(f"job {job.job.id} of small waits" in text for text in shown) == 1
    assert all("1 trigger of schedule.yaml, by the clock of Europe/Stockholm" in text for text in shown)
    assert all("trigger often: small, 5h" in text for text in shown)
    assert all("Traceback" not in text for text in shown)
    with opened() as store:
        rows = store.fires.rows()
        assert store.fires.services() == []
    assert {row.job for row in rows} == {job.job.id}
    assert [row.outcome for row in rows].count("started") == 1
    code, out, _ = command("schedule", "health")
    assert (code, out) == (1, "no service looks at the schedule: start robotfabrik schedule\n")


def test_the_first_signal_waits_for_the_item_the_second_for_nothing(slow: Path, service: Any) -> None:
    schedule(OFTEN.replace("small", "slow"))
    missed(bot="slow")
    process = service()
    until(lambda: [job.status for job in jobs()] == ["running"])
    until(lambda: in_work(jobs()[0].job.id))
    process.send_signal(signal.SIGINT)
    until(lambda: not_looked_after())
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 130


def not_looked_after() -> bool:
    with opened() as store:
        return not store.fires.services()


def test_a_changed_schedule_is_followed_and_a_broken_one_told(command: Any, service: Any) -> None:
    schedule("schedule: 1\ntriggers: []\n")
    process = service("--jobs", "1")
    until(lambda: Path(".robotfabrik/store.db").exists() and not not_looked_after())
    schedule(OFTEN.replace("interval: 5h", "intervall: 5h"))
    lines = iter(process.stdout.readline, "")
    assert next(line for line in lines if "is wrong: the one before stays in force" in line)
    assert "schedule.yaml:3:" in next(lines)
    schedule(OFTEN)
    assert next(line for line in lines if "the schedule was changed: 1 trigger" in line)
    until(lambda: command("schedule", "list")[1].count("no service has seen it") == 0)


def test_a_service_needs_a_schedule_that_is_right(command: Any, project: Path) -> None:
    assert command("schedule") == (2, "", "robotfabrik: there is no schedule.yaml here\n")
    schedule(OFTEN.replace("small", "smal"))
    code, _, err = command("schedule")
    assert (code, "Did you mean 'small'?" in err) == (2, True)
    schedule(OFTEN)
    code, _, err = command("schedule", "--listen", "here")
    assert (code, err) == (2, "robotfabrik: --listen here: write --listen 127.0.0.1:8090\n")


# --- what people do


def test_a_trigger_is_fired_by_a_person(command: Any, project: Path) -> None:
    schedule(OFTEN)
    code, out, _ = command("schedule", "fire", "often", "--by", "Eva Ek")
    (job,) = jobs()
    assert (code, out) == (0, f"{job.job.id} waits for a machine: robotfabrik jobs show {job.job.id}\n")
    assert (job.status, job.job.trigger, job.job.started_by) == ("pending", "often", "Eva Ek")
    command("schedule", "pause", "often", "--note", "fel")
    assert "the trigger itself is paused" in command("schedule", "fire", "often")[1]
    code, _, err = command("schedule", "fire", "oftn")
    assert (code, err) == (2, "robotfabrik: there is no trigger 'oftn'. Did you mean 'often'?\n")
    found = json.loads(command("schedule", "fires", "--trigger", "often", "--json")[1])["fires"]
    assert [(one["outcome"], one["by"]) for one in found] == [("started", "eva"), ("started", "Eva Ek")]
    assert found[1]["job"] == job.job.id


def test_what_is_not_deployed_is_refused_as_every_run_is(command: Any, project: Path) -> None:
    bot = project / "bots" / "small.yaml"
    bot.write_text(bot.read_text(encoding="utf-8").replace("environment: test", "environment: production"))
    schedule(OFTEN)
    command("schedule", "fire", "often")
    (job,) = jobs()
    code, _, err = command("run", "small", "--job", job.job.id)
    assert (code, "deploy" in err) == (2, True)
    assert [job.status for job in jobs()] == ["faulted"]


def test_a_trigger_gives_its_arguments_as_they_are_written(command: Any, project: Path) -> None:
    arguments = "{limit: 1, only: dispatch, config: {closed: nej}}"
    schedule(OFTEN.replace("bot: small,", f"bot: small, arguments: {arguments},"))
    command("schedule", "fire", "often")
    (job,) = jobs()
    assert job.job.arguments[1:] == ("--limit=1", "--only=dispatch", "--set=closed=nej")
    assert command("run", "small", "--job", job.job.id)[0] == 0
    assert jobs()[0].job.configuration == {"closed": False}


def test_triggers_are_paused_and_resumed(command: Any, project: Path) -> None:
    schedule(OFTEN)
    paused = "the trigger often is paused: what comes due is left out until robotfabrik schedule resume\n"
    assert command("schedule", "pause", "often")[:2] == (0, paused)
    assert command("schedule", "pause", "often")[2] == "robotfabrik: the trigger often is paused already\n"
    assert command("schedule", "pause", "--all", "--by", "Bo")[0] == 0
    resumed = "all triggers are resumed\npaused by themselves: often\n"
    assert command("schedule", "resume", "--all")[1] == resumed
    line = json.loads(command("schedule", "list", "--json")[1])["triggers"][0]
    assert (line["paused"]["by"], line["paused"]["all"], line["known"]) == ("eva", False, False)
    assert "paused by eva" in command("schedule", "list")[1]
    assert command("schedule", "resume", "often")[:2] == (0, "the trigger often is resumed\n")
    assert command("schedule", "resume", "often")[2] == "robotfabrik: the trigger often is not paused\n"
    assert command("schedule", "pause")[0] == 2
    out = command("audit", "list", "--action", "trigger", "--json")[1]
    assert [row["action"] for row in json.loads(out)["rows"]].count("trigger.paused") == 2


def test_the_list_says_what_became_of_the_last_fire(command: Any, project: Path) -> None:
    schedule(OFTEN + "  - {name: files, bot: small, file: {folder: in}}\n")
    missed()
    with opened() as store:
        text = OFTEN.partition("\n")[2].replace("small", BOT).replace("run_once", "skip")
        Machine(store, plan(text)).look(datetime.now(UTC))
    head, often, files = command("schedule", "list")[1].splitlines()
    assert re.split("  +", head) == ["trigger", "bot", "next, Europe/Stockholm", "last", "became", "state"]
    assert re.fullmatch(rf"often +small +\S+ \S+ +{BEFORE:%Y-%m-%d %H:%M} +skipped \(missed\)", often)
    assert re.search(r"complete files in in: \*, unchanged for 30s +no service has seen it$", files)
    shown = command("schedule", "fires", "--limit", "1")[1].splitlines()
    assert shown[1].split()[2:6] == ["often", BOT, "skipped", "missed"]
    assert shown[0].startswith("due, Europe/Stockholm  trigger  ")
    assert command("schedule", "fires", "--trigger", "files")[1] == "no fires\n"
    schedule("schedule: 1\ntriggers: []\n")  # what became of it is known all the same
    assert f" often    {BOT} " in command("schedule", "fires", "--trigger", "often")[1]
    later = command("schedule", "fires", "--trigger", "often", "--since", "2099-01-01")
    assert later[:2] == (0, "no fires\n")
    unknown = (2, "", "robotfabrik: there is no trigger 'oftn'. Did you mean 'often'?\n")
    assert command("schedule", "fires", "--trigger", "oftn") == unknown
    Path("schedule.yaml").unlink()
    assert command("schedule", "fires")[1].startswith("due, by this machine  trigger  ")


def test_the_unit_for_systemd(command: Any, project: Path) -> None:
    code, out, _ = command("schedule", "unit")
    assert code == 0
    assert f"WorkingDirectory={Path.cwd()}\n" in out
    assert f'ExecStart="{sys.executable}" -m robotfabrik.cli.main schedule\n' in out
    assert "Type=notify\n" in out


# --- health


def test_health_finds_what_is_wrong(tmp_path: Path) -> None:
    now = at("2026-11-03 12:00")
    with open_store(tmp_path / "store.db") as store:
        schedule = one_trigger("cron: 0 6 * * *").schedule
        machine = Machine(store, one_trigger("cron: 0 6 * * *"))
        machine.look("2026-11-01 12:00")
        store.fires.note_problem("t", "the folder in is not there")
        store.fires.beat("one", "server-a", 12)
        standings, services = store.fires.standings(), store.fires.services()
    old, new = (now - timedelta(minutes=20)).timestamp(), now.timestamp()
    found = health.judge(schedule, standings, services, [old, new], 10_000_000, now)
    assert not found.ok
    assert found.problems == (
        "2 fires are overdue", "1 jobs wait for a machine since more than 15 min",
        "only 10 MB are free on the disk", "trigger t: the folder in is not there",
    )  # fmt: skip
    assert json.loads(json.dumps(found.as_data()))["services"][0]["machine"] == "server-a"
    assert health.judge(schedule, {}, services, [], 10**10, now).ok


def test_health_of_a_project_that_is_not_looked_after(command: Any, project: Path) -> None:
    assert command("schedule", "health")[:2] == (1, "there is no schedule.yaml here\n")
    schedule(OFTEN)
    code, out, _ = command("schedule", "health", "--json")
    assert (code, "there is no store yet" in json.loads(out)["problems"][0]) == (1, True)
    schedule(OFTEN.replace("5h", "5"))
    assert "robotfabrik check" in command("schedule", "health")[1]


def test_health_before_the_first_job_has_made_a_folder(
    command: Any, project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    schedule(OFTEN)
    monkeypatch.setenv("ROBOTFABRIK_STORE", str(tmp_path_factory.mktemp("elsewhere") / "store.db"))
    with Project(project).store() as store:
        store.fires.beat("one", "server-a", 12)
    shutil.rmtree(project / ".robotfabrik", ignore_errors=True)
    code, out, _ = command("schedule", "health")
    assert (code, out.startswith("all is well")) == (0, True)

    def fails(_: Path) -> Any:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("shutil.disk_usage", fails)
    code, out, _ = command("schedule", "health")
    assert (code, "Input/output error" in out) == (1, True)


# --- health over HTTP


@pytest.fixture
def health_port() -> Iterator[int]:
    def broken() -> tuple[bool, dict[str, Any]]:
        raise ValueError("Anna Svensson")

    answers: dict[str, Answer] = {"/live": lambda: (True, {"silent": 1}), "/ready": broken}
    server = serve(("127.0.0.1", 0), answers)
    yield int(server.server_address[1])
    server.shutdown()
    server.server_close()


def test_what_cannot_be_told_is_not_well(health_port: int) -> None:
    status, told = answer(health_port, "/ready")
    assert (status, told["ok"]) == (503, False)
    assert told["problems"] == ["this cannot be told: ValueError"]


@pytest.mark.parametrize(("path", "status"), [("/live", 200), ("/ready", 503), ("/other", 404)])
def test_a_head_says_the_same_without_words(health_port: int, path: str, status: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", health_port, timeout=30)
    connection.request("HEAD", path)
    found = connection.getresponse()
    assert (found.status, found.read()) == (status, b"")
    connection.close()


# --- the service by itself


class Source:
    """A plan that a test changes."""

    def __init__(self, plan: Any) -> None:
        self.plan, self.wrong = plan, ""

    def state(self) -> object:
        return self.plan, self.wrong

    def load(self) -> Any:
        if self.wrong:
            raise UsageError(self.wrong)
        return self.plan


def test_a_store_that_fails_is_told_once_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, str]] = []
    source = Source(one_trigger("cron: 0 6 * * *"))
    with open_store(tmp_path / "store.db") as store:
        service = Service(source, store.fires, "one", lambda level, text: told.append((level, text)))

        def fail(*_: Any) -> None:
            raise SystemException("the store failed: disk is full")

        with monkeypatch.context() as patch:
            patch.setattr("robotfabrik.store.schedulers.beat", fail)
            for _ in range(3):
                service._look()
        assert told == [("error", "the look failed: the store failed: disk is full")]
        assert store.fires.services() == []
        service._look()
        assert told[1:] == [("info", "the look works again")]
        assert len(store.fires.services()) == 1
        assert service.silent < 60
        source.wrong = "there is no schedule.yaml here"
        service._look()
        service._look()
        said = "the schedule was changed and cannot be read: there is no schedule.yaml here"
        assert told[2:] == [("error", said)]
        source.plan, source.wrong = one_trigger(f"file: {{folder: {tmp_path}}}"), ""
        service._look()
        assert told[-1] == ("info", "the schedule was changed: 1 trigger")
        service.stop()
        assert store.fires.services() == []


def test_a_look_that_fails_as_nobody_foresaw_is_told_once_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, str]] = []
    source = Source(one_trigger("cron: 0 6 * * *"))

    def fail(*_: Any) -> None:
        raise ValueError("no such thing")

    with open_store(tmp_path / "store.db") as store:
        service = Service(source, store.fires, "one", lambda level, text: told.append((level, text)))
        with monkeypatch.context() as patch:
            patch.setattr(source, "state", fail)
            service._look()
            service._look()
        service._look()
    assert told == [
        ("error", "the look failed: ValueError: no such thing"), ("info", "the look works again")
    ]  # fmt: skip


def test_a_service_forgets_at_its_start_what_is_not_in_the_schedule_any_more(tmp_path: Path) -> None:
    with open_store(tmp_path / "store.db") as store:
        for name in ("t", "gone"):
            store.fires.introduce(name, BOT, datetime.now(UTC) - timedelta(hours=3), "another")
        service = Service(Source(one_trigger("after: other")), store.fires, "one", lambda *_: None)
        service.start()
        assert list(store.fires.standings()) == ["t"]
        store.fires.introduce("of another plan", BOT, datetime.now(UTC), "another")
        service._look()
        assert sorted(store.fires.standings()) == ["of another plan", "t"]
        service.stop()


def test_many_decisions_that_are_alike_are_told_in_two_lines() -> None:
    def row(number: int, outcome: Any, why: Any, job: str = "") -> FireRow:
        return FireRow("t", f"key {number}", "bot", 0.0, outcome, why, job, 0.0, "one")

    rows = [row(number, "skipped", "missed") for number in range(40)]
    assert list(in_words([*rows, row(40, "started", "", "j"), row(41, "waiting", "blackout")])) == [
        "trigger t: key 0 (missed): left out",
        "trigger t: … and 39 more, until key 39",
        "trigger t: key 40: job j of bot waits for a machine",
        "trigger t: key 41 (blackout): waits until it may start bot",
    ]


def test_a_clock_that_is_set_back_does_not_put_the_service_to_sleep(tmp_path: Path) -> None:
    source = Source(one_trigger(f"file: {{folder: {tmp_path}}}"))
    with open_store(tmp_path / "store.db") as store:
        service = Service(source, store.fires, "one", lambda *_: None)
        service.start()
        later = datetime.now(UTC) + timedelta(hours=1)  # what an hour back makes of the next looks
        for job in service._clock.get_jobs():
            job.modify(next_run_time=later)
        service.keep_awake()
        assert all(job.next_run_time < later for job in service._clock.get_jobs())
        assert {job.id for job in service._clock.get_jobs()} == {"look", "folder t"}
        service.stop()


def test_systemd_is_told_where_it_listens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    notify(READY)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel, TemporaryDirectory() as short:
        channel.bind(f"{short}/notify")
        channel.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", f"{short}/notify")
        notify(READY)
        assert channel.recv(100) == b"READY=1"
    notify(READY)  # nobody listens any more


@pytest.mark.parametrize(
    ("text", "found"),
    [("8090", ("127.0.0.1", 8090)), ("0.0.0.0:80", ("0.0.0.0", 80)), ("[::1]:81", ("::1", 81))],
)
def test_where_to_listen(text: str, found: tuple[str, int]) -> None:
    assert address(text) == found
