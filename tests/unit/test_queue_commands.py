"""`robotfabrik items`, `held` and `jobs`: what they show, what they do, and what they refuse."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from robotfabrik.model.records import ItemFilter, JobFilter
from robotfabrik.model.work import EffectKey, Job, NewItem, Selection, Settlement, Space
from robotfabrik.store import SqlStore, open_store
from robotfabrik.wiring import this_process
from tests.support.small import call
from tests.unit.test_run_command import project  # noqa: F401

DAY = "2022-11-01"
DAYS = date.fromisoformat(DAY)
SPACE = Space("production", "default", "small")
PATIENCE = 120.0
IN_WORK = ItemFilter(process="slow", status="in_progress")
KEY = EffectKey("production/default/app/write_note", "abc")


@pytest.fixture
def command(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch  # noqa: F811
) -> Callable[..., tuple[int, str, str]]:
    """Runs a command in a project whose bot `small` has three items."""
    monkeypatch.setattr("getpass.getuser", lambda: "eva")

    return partial(call, capsys)


def opened() -> SqlStore:
    return open_store(Path(".robotfabrik") / "store.db")


def start(
    store: SqlStore, id: str = "job-1", space: Space = SPACE, owner: str = "elsewhere:1:1", bot: str = "small"
) -> None:
    store.start_job(
        Job(id, bot, space, DAYS, "2022-11", "r1", "Small", "eva", owner, "live", {"closed": False})
    )


def ended(store: SqlStore, reference: str, settlement: Settlement, *, sent: bool = False) -> int:
    """An item that a job has handled."""
    store.add_item(SPACE, NewItem(reference, "", {"number": reference}, "2022-11"), "job-1")
    item = store.claim(SPACE, "w", "job-1", 600, Selection("2022-11", reference))
    assert item is not None
    if sent:
        store.submit_effect(KEY, item)
    store.settle(item, settlement, DAYS)
    return item.id


def in_doubt(*candidates: dict[str, str]) -> Settlement:
    told = {
        "effect": "app.write_note", "scope": KEY.scope, "hash": KEY.hash,
        "content": {"text": "Rad ett\nRad två"}, "candidates": list(candidates),
    }  # fmt: skip
    return Settlement("held", None, "two candidates stand there", output={"doubt": told})


FAILED = Settlement("failed", "SE1", "no answer", output={"columns": {"Belopp": "12"}})


# --- items


def test_a_list_shows_filters_and_is_json(command: Any) -> None:
    assert command("items") == (0, "no items\n", "")
    command("run", "small", "--date", DAY, "--limit", "1")
    code, text, _ = command("items")
    assert code == 0
    lines = text.splitlines()
    assert lines[0].split()[:4] == ["reference", "status", "period", "queue"]
    assert [line.split()[:4] for line in lines[1:]] == [
        ["A3/2022-11", "new", "2022-11", "test/default/small"],
        ["A2/2022-11", "new", "2022-11", "test/default/small"],
        ["A1/2022-11", "successful", "2022-11", "test/default/small"],
    ]
    code, text, _ = command("items", "--bot", "small", "--status", "new", "--limit", "1", "--json")
    found = json.loads(text)
    assert [item["reference"] for item in found["items"]] == ["A3/2022-11"]
    assert (found["more"], found["items"][0]["priority"]) == (True, "normal")
    assert command("items", "--environment", "production")[1] == "no items\n"
    assert "… and more" in command("items", "--limit", "1")[1]
    assert command("items", "--status", "nonsense")[0] == 2
    assert command("items", "--limit", "0")[0] == 2


def test_one_item_is_shown_whole(command: Any) -> None:
    command("run", "small", "--date", DAY)
    code, text, _ = command("items", "show", "A1/2022-11")
    assert code == 0
    assert "log_message" in text
    assert "Steps of item 1 in job small-2022-11-01-" in text
    with opened() as store:
        start(store)
        ended(store, "B1", FAILED)
    assert command("items", "retry", "B1", "--note", "försök igen")[0] == 0
    _, text, _ = command("items", "show", "B1")
    for words in ("number  B1", "item 4: retried, 1 attempt,", "no answer", "retried by eva: försök igen"):
        assert words in text, words
    whole = json.loads(command("items", "show", "B1", "--json")[1])
    assert (whole["earlier"][0]["output"]["columns"], whole["status"]) == ({"Belopp": "12"}, "new")


def test_retry_says_who_takes_it(command: Any) -> None:
    with opened() as store:
        start(store)
        for reference in ("B1", "B2"):
            ended(store, reference, FAILED)
        ended(store, "B3", Settlement("successful"))
    code, text, _ = command("items", "retry", "B1", "B2", "--by", "Kim")
    assert code == 0
    assert "B1 waits again: the next run of small with a --date in 2022-11 takes it" in text
    code, text, errors = command("items", "retry", "B3")
    assert (code, text) == (2, "")
    assert "'B3' is successful; only failed or business or abandoned or deleted items" in errors
    code, _, errors = command("items", "retry", "B9")
    assert code == 2
    assert "there is no item 'B9'. Known: B" in errors


def test_several_are_retried_or_none_is(command: Any) -> None:
    with opened() as store:
        start(store)
        ended(store, "B1", FAILED)
    assert command("items", "retry", "B1", "B7")[0] == 2
    with opened() as store:
        assert [item.status for item in store.items(SPACE)] == ["failed"]


def test_postpone_and_delete(command: Any) -> None:
    with opened() as store:
        start(store)
        store.add_item(SPACE, NewItem("B1", "", {}, "2022-11"), "job-1")
    code, text, _ = command("items", "postpone", "B1", "--until", "2099-01-02T03:04")
    assert (code, text) == (0, "B1 is not taken before 2099-01-02 03:04:00\n")
    assert "not before" in command("items", "show", "B1")[1]
    assert command("items", "postpone", "B1", "--until", "i morgon")[0] == 2
    assert command("items", "delete", "B1", "--reason", " ")[0] == 2
    assert command("items", "delete", "B1", "--reason", "Fel ärende")[0] == 0
    assert "deleted by eva: Fel ärende" in command("items", "show", "B1")[1]


def test_a_reference_of_two_queues_asks_which(command: Any) -> None:
    with opened() as store:
        start(store)
        start(store, "job-2", Space("test", "m7", "small"))
        store.add_item(SPACE, NewItem("B1", "", {}), "job-1")
        store.add_item(Space("test", "m7", "small"), NewItem("B1", "", {}), "job-2")
    code, _, errors = command("items", "show", "B1")
    assert code == 2
    assert "'B1' stands in 2 queues. Say which: " in errors
    assert "--environment test --dataset m7 --process small" in errors
    assert command("items", "show", "B1", "--dataset", "m7")[0] == 0
    assert command("items", "--dataset", "m7", "show", "B1")[0] == 0


def test_a_workbook_of_items(command: Any, tmp_path: Path) -> None:
    with opened() as store:
        start(store)
        ended(store, "=1+1", FAILED)
    path = tmp_path / "items.xlsx"
    code, text, _ = command("items", "export", str(path))
    assert (code, text) == (0, f"{path}: 1 items, with personal data\n")
    assert path.stat().st_mode & 0o777 == 0o600
    rows = list(openpyxl.load_workbook(path).active.iter_rows(values_only=True))  # type: ignore[union-attr]
    shown = dict(zip(rows[0], rows[1], strict=True))
    assert (shown["Reference"], shown["Status"], shown["Field number"], shown["Belopp"]) == (
        "=1+1", "failed", "=1+1", "12",
    )  # fmt: skip
    assert command("items", "export", "items.txt")[0] == 2


# --- held


def test_what_is_in_doubt_is_shown(command: Any) -> None:
    assert command("held")[1] == "nothing is in doubt\n"
    with opened() as store:
        start(store)
        ended(store, "B1", in_doubt({"id": "N7", "text": "Rad ett"}), sent=True)
    code, text, _ = command("held")
    assert code == 0
    for words in (
        "two candidates stand there", "The robot intended: app.write_note", "It saw: N7", "not seen since",
        "text  Rad ett\n          Rad två",
    ):  # fmt: skip
        assert words in text, words
    (item,) = json.loads(command("held", "--json")[1])["items"]
    assert item["output"]["doubt"]["effect"] == "app.write_note"


@pytest.mark.parametrize(
    ("verdict", "says", "effect", "status"),
    [
        ("done", "is settled as done and goes on", "confirmed", "new"),
        ("redo", "is settled as not done and goes on", "withdrawn", "new"),
        ("by-hand", "is left to a person", "confirmed", "business"),
    ],
)
def test_a_person_settles_it(command: Any, verdict: str, says: str, effect: str, status: str) -> None:
    with opened() as store:
        start(store)
        ended(store, "B1", in_doubt({"id": "N7"}), sent=True)
    words = ("held", "settle", "B1", "--as", verdict, "--note")
    code, text, _ = command(*words, "sett i journalen", "--by", "Kim")
    assert code == 0
    assert says in text
    with opened() as store:
        record = store.effect(KEY)
        (item,) = store.find_items(ItemFilter(reference="B1"))
    assert record is not None
    assert (record.status, item.status) == (effect, status)
    assert command("held")[1] == "nothing is in doubt\n"
    assert "by Kim: sett i journalen" in command("items", "show", "B1")[1]
    code, _, errors = command(*words, "igen")
    assert code == 2
    assert "is not in doubt" in errors


def test_settling_needs_a_note(command: Any) -> None:
    assert command("held", "settle", "B1", "--as", "done")[0] == 2
    code, _, errors = command("held", "settle", "B1", "--as", "done", "--note", "")
    assert (code, "--note is empty: say why" in errors) == (2, True)


# --- jobs


def test_jobs_are_listed_shown_and_restarted(command: Any) -> None:
    assert command("jobs")[1] == "no jobs\n"
    command("run", "small", "--date", DAY, "--limit", "1", "--set", "closed=nej")
    with opened() as store:
        (record,) = store.jobs(JobFilter())
    code, text, _ = command("jobs")
    assert code == 0
    assert record.job.id in text
    _, text, _ = command("jobs", "show", record.job.id)
    for words in ("--date=2022-11-01 --limit=1 --set=closed=nej", "state       successful", "closed  no"):
        assert words in text, words
    shown = json.loads(command("jobs", "--json")[1])["jobs"][0]
    assert (shown["arguments"], shown["configuration"]["closed"]) == (
        ["--date=2022-11-01", "--limit=1", "--set=closed=nej"], False,
    )  # fmt: skip
    code, text, _ = command("jobs", "restart", record.job.id, "--json")
    assert (code, json.loads(text)["checked"]) == (0, 1)
    code, _, errors = command("jobs", "stop", record.job.id)
    assert code == 2
    assert "ended 20" in errors
    assert "there is no job 'nope'" in command("jobs", "show", "nope")[2]


def test_a_job_that_nobody_runs_is_abandoned(command: Any) -> None:
    dead = this_process().split(":")
    with opened() as store:
        start(store, owner=f"{dead[0]}:{2**22 + 1}:1.00")
        start(store, "job-2", owner="another:1:1")
        store.add_item(SPACE, NewItem("B1", "", {}), "job-1")
        assert store.claim(SPACE, f"{dead[0]}:{2**22 + 1}:1.00/1", "job-1", 600)
    shown = {job["job"]: job["state"] for job in json.loads(command("jobs", "--json")[1])["jobs"]}
    assert shown == {"job-1": "abandoned", "job-2": "running"}
    _, text, _ = command("jobs", "--status", "abandoned", "--json")
    assert [job["job"] for job in json.loads(text)["jobs"]] == ["job-1"]
    assert "nobody runs job-1 any more" in command("jobs", "stop", "job-1")[2]
    assert command("jobs", "restart", "job-2")[0] == 2
    code, text, _ = command("jobs", "kill", "job-1")
    assert (code, text) == (0, "job-1 is ended; what it held is open again\n")
    with opened() as store:
        assert [item.status for item in store.items(SPACE)] == ["new"]
        record = store.job("job-1")
    assert record is not None
    assert record.status == "killed"


SLOW = """
pdd: 1
id: slow
name: Långsam
version: 1.0.0
authority: read
applications: {}
queue: {item: {number: text}, reference: [item.number]}
dispatch:
  - for_each: "['A1', 'A2', 'A3']"
    as: number
    steps: [add_queue_item: {number: "${{ number }}"}]
process:
  - assign: {ready: false}
  - while: not ready
    max_iterations: 100000
    steps:
      - delay: 100ms
      - path_exists: go
        save_as: ready
"""


@pytest.mark.parametrize(
    ("action", "statuses"), [("stop", {"successful": 1, "new": 2}), ("kill", {"new": 3})]
)
def test_a_running_job_is_stopped(
    command: Any, project: Path, action: str, statuses: dict[str, int]  # noqa: F811
) -> None:
    (project / "pdd" / "slow.yaml").write_text(SLOW, encoding="utf-8")
    bot = (project / "bots" / "small.yaml").read_text(encoding="utf-8").replace("small", "slow")
    (project / "bots" / "slow.yaml").write_text(bot, encoding="utf-8")
    code = (
        "import sys; from robotfabrik.engine import performer; performer.BEAT = 0.2;"
        "from robotfabrik.cli.main import main; sys.exit(main(['run', 'slow', '--json']))"
    )
    path = str(Path(sys.modules["robotfabrik"].__file__ or "").parents[1])
    with opened() as store, subprocess.Popen(
        [sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": path}, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            job = until(lambda: [item.claimed_by for item in store.find_items(IN_WORK)])[0]
            assert command("jobs", action, job)[0] == 0
            asked = time.monotonic()
            until(lambda: heard(store, job, time.monotonic() - asked))
            (project / "go").touch()
            out, _ = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
        found = [item.status for item in store.find_items(ItemFilter(process="slow"))]
        record = store.job(job)
    assert process.returncode == 130
    assert json.loads(out)["status"] == "interrupted"
    assert {status: found.count(status) for status in set(found)} == statuses  # type: ignore[comparison-overlap]
    assert record is not None
    assert (record.status, record.wanted, record.wanted_by) == ("interrupted", action, "eva")


def heard(store: SqlStore, job: str, seconds: float) -> bool:
    """Has the job asked for what is wanted of it in the last seconds, or ended?"""
    record = store.job(job)
    return record is not None and (record.status != "running" or record.silent < seconds)


def until(question: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if answer := question():
            return answer
        time.sleep(0.05)
    pytest.fail("it did not happen in time")


def test_showing_an_item_in_doubt_says_what_was_intended_and_seen(command: Any) -> None:
    with opened() as store:
        start(store)
        ended(store, "B1", in_doubt({"id": "N7", "text": "Rad ett"}), sent=True)
    _, text, _ = command("items", "show", "B1")
    for words in ("In doubt: robotfabrik held settle", "The robot intended: app.write_note", "It saw: N7"):
        assert words in text, words


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("held", "settle", "B1", "--as", "redo", "--note", "x", "--candidate", "N7"), 2, "with --as done"),
        (("items", "show", "\udcff"), 1, "cannot hold such a text"),
        (("items", "--bot", "\udcff", "--json"), 1, "cannot hold such a text"),
        (("audit", "show", "99999999999999999999"), 2, "no row"),
        (("items", "--limit", "0"), 2, "a number from 1"),
        (("items", "--limit", "99999999999999999999"), 2, "a number from 1"),
        (("items", "--limit", "-1", "export", "x.xlsx"), 2, "a number from 1"),
        (("items", "export", "nowhere/x.xlsx"), 2, "there is no folder nowhere"),
    ],
)
def test_nonsense_is_refused_in_plain_words(
    command: Any, arguments: tuple[str, ...], code: int, says: str
) -> None:
    with opened() as store:
        start(store)
        ended(store, "B1", in_doubt({"id": "N7"}), sent=True)
    ended_with, _, errors = command(*arguments)
    assert (ended_with, says in errors) == (code, True), errors
