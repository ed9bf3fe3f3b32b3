"""`robotfabrik schedule next`, and the schedule that the parser builds."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from robotfabrik.cli.main import main
from robotfabrik.model.schedule import (
    After,
    Arguments,
    Cron,
    DailyBlackout,
    DatedBlackout,
    Files,
    Interval,
    NewItems,
    Weekdays,
)
from robotfabrik.parsing.loader import Loader
from tests.support.schedules import built

GOLDEN = Path(__file__).parents[1] / "golden"
SCHEDULE = """\
schedule: 1
calendars:
  kontoret:
    free: [saturdays, sundays, red_days, eves, klämdagar]
    dates: {free: [2026-12-28..2026-12-29]}
blackout: {from: 2026-12-23 17:00, to: 2026-12-27 06:00, reason: versionsbyte}
triggers:
  - {name: månad, bot: folkbokforing, cron: 0 6 first_working_day * *}
  - {name: vardag, bot: folkbokforing, cron: 30 5 * * mon-fri, calendar: kontoret}
  - {name: lön, bot: folkbokforing, cron: 0 7 25 * *, on_holiday: previous_bank_day, misfire: run_once}
  - {name: natt, bot: folkbokforing, cron: 30 2 * * sun}
  - {name: tredje, bot: folkbokforing, interval: 12h, anchor: 2026-10-24 03:00, misfire: run_once}
  - {name: filer, bot: folkbokforing, file: {folder: ~/inkorg, pattern: "*.xlsx"}}
  - {name: kö, bot: folkbokforing, queue: {items: 10, older_than: 90m}}
  - name: sedan
    bot: folkbokforing
    after: {bot: folkbokforing_test, status: [successful, faulted], delay: 10m}
    blackout: [22:00-04:00, {days: sat-sun, from: 00:00, to: 24:00}]
    arguments: {rehearse: ja, workers: 2, limit: 5, only: process, config: {limit: 7}}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose schedule is SCHEDULE."""
    (tmp_path / "bots").mkdir()
    shutil.copytree(GOLDEN / "definitions" / "objects", tmp_path / "pdd" / "objects")
    shutil.copy(GOLDEN / "definitions" / "small.yaml", tmp_path / "pdd" / "small.yaml")
    bot = (GOLDEN / "definitions" / "schedules" / "bots" / "folkbokforing.yaml").read_text(encoding="utf-8")
    bot = bot.replace("../../small.yaml", "../pdd/small.yaml")
    for name in ("folkbokforing", "folkbokforing_test"):
        text = bot.replace("id: folkbokforing", f"id: {name}")
        (tmp_path / "bots" / f"{name}.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "schedule.yaml").write_text(SCHEDULE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


Shown = Callable[..., str]


@pytest.fixture
def shown(project: Path, capsys: pytest.CaptureFixture[str]) -> Shown:
    def show(*arguments: str, code: int = 0) -> str:
        assert main(["schedule", "next", *arguments]) == code
        captured = capsys.readouterr()
        return captured.out if code == 0 else captured.err

    return show


def test_all_saints(shown: Shown) -> None:
    """Alla helgons dag 2026 is Saturday 31 October, and Sunday is the 1st of November."""
    found = shown("--from", "2026-10-30", "--days", "4")
    assert (
        found
        == """\
From Fri 2026-10-30 to Mon 2026-11-02, Europe/Stockholm

when                  trigger  bot            note
Fri 2026-10-30 02:00  tredje   folkbokforing
Fri 2026-10-30 05:30  vardag   folkbokforing
Fri 2026-10-30 14:00  tredje   folkbokforing
Sat 2026-10-31 02:00  tredje   folkbokforing
Sat 2026-10-31 14:00  tredje   folkbokforing
Sun 2026-11-01 02:00  tredje   folkbokforing
Sun 2026-11-01 02:30  natt     folkbokforing
Sun 2026-11-01 14:00  tredje   folkbokforing
Mon 2026-11-02 02:00  tredje   folkbokforing
Mon 2026-11-02 05:30  vardag   folkbokforing
Mon 2026-11-02 06:00  månad    folkbokforing
Mon 2026-11-02 14:00  tredje   folkbokforing

Without times
trigger  bot            starts
filer    folkbokforing  complete files in ~/inkorg: *.xlsx, unchanged for 30s
kö       folkbokforing  10 new items or an item older than 90m
sedan    folkbokforing  after folkbokforing_test is faulted or successful, 10m later
"""
    )


def test_christmas(shown: Shown) -> None:
    found = shown("--from", "2026-12-23", "--days", "15", "--trigger", "vardag")
    assert (
        found
        == """\
From Wed 2026-12-23 to Wed 2027-01-06, Europe/Stockholm

when                  trigger  bot            note
Wed 2026-12-23 05:30  vardag   folkbokforing
Mon 2027-01-04 05:30  vardag   folkbokforing
Tue 2027-01-05 05:30  vardag   folkbokforing

Left out
day             trigger  why
Thu 2026-12-24  vardag   Julafton
Fri 2026-12-25  vardag   Juldagen
Mon 2026-12-28  vardag   a date of the calendar
Tue 2026-12-29  vardag   a date of the calendar
Wed 2026-12-30  vardag   klämdag
Thu 2026-12-31  vardag   Nyårsafton
Fri 2027-01-01  vardag   Nyårsdagen
Wed 2027-01-06  vardag   Trettondedag jul
"""
    )


def test_what_free_days_and_blackouts_move(shown: Shown) -> None:
    assert "Wed 2026-12-23 07:00  lön      folkbokforing  moved from Fri 2026-12-25 (Juldagen)\n" in shown(
        "--from", "2026-12-20", "--trigger", "lön"
    )
    found = shown("--from", "2026-12-26", "--days", "2", "--trigger", "tredje")
    held = "blackout (versionsbyte)"
    assert found.splitlines()[3:] == [
        f"Sat 2026-12-26 02:00  tredje   folkbokforing  left out, {held} until Sun 2026-12-27 06:00",
        f"Sat 2026-12-26 14:00  tredje   folkbokforing  left out, {held} until Sun 2026-12-27 06:00",
        f"Sun 2026-12-27 02:00  tredje   folkbokforing  {held}, starts Sun 2026-12-27 06:00",
        "Sun 2026-12-27 14:00  tredje   folkbokforing",
    ]


def test_the_changes_of_the_clock(shown: Shown) -> None:
    spring = shown("--from", "2027-03-28", "--days", "1", "--trigger", "natt")
    assert "Sun 2027-03-28 03:30  natt     folkbokforing  there is no 02:30 on this day\n" in spring
    autumn = shown("--from", "2026-10-25", "--days", "1", "--trigger", "natt")
    assert "Sun 2026-10-25 02:30  natt     folkbokforing  the first 02:30 of two\n" in autumn
    assert autumn.count("02:30  natt") == 1
    interval = shown("--from", "2026-10-25", "--days", "1", "--trigger", "tredje")
    assert "Sun 2026-10-25 02:00  tredje   folkbokforing  the second 02:00 of two\n" in interval


def test_as_json(shown: Shown) -> None:
    found: dict[str, Any] = json.loads(shown("--from", "2026-12-25", "--days", "3", "--json"))
    assert (found["time_zone"], found["from"], found["to"]) == (
        "Europe/Stockholm", "2026-12-25", "2026-12-27",
    )  # fmt: skip
    assert found["fires"][-2] == {
        "trigger": "natt", "bot": "folkbokforing", "key": "2026-12-27T02:30", "weekday": "Sun",
        "due": "2026-12-27T02:30:00+01:00", "starts": None, "date": "2026-12-27", "moved_from": None,
        "blackout": {"until": "2026-12-27T06:00:00+01:00", "reason": "versionsbyte"},
    }  # fmt: skip
    assert found["fires"][-1]["key"] == "2026-12-27T13:00:00Z"
    assert found["left_out"] == [{"day": "2026-12-25", "trigger": "vardag", "why": "Juldagen"}]
    assert [one["trigger"] for one in found["without_times"]] == ["filer", "kö", "sedan"]


def test_from_now_on(shown: Shown) -> None:
    """The past hours of today are not listed."""
    found = json.loads(shown("--days", "40", "--json"))
    now = datetime.now().astimezone()
    assert found["fires"]
    assert all(datetime.fromisoformat(one["due"]) >= now - timedelta(minutes=5) for one in found["fires"])


def test_what_is_asked_wrongly(shown: Shown, project: Path) -> None:
    assert "there is no trigger 'lon'. Did you mean 'lön'?" in shown("--trigger", "lon", code=2)
    assert "known from 1954 to 2099" in shown("--from", "2101-01-01", code=2)
    assert "known from 1954 to 2099" in shown("--days", "900000", code=2)
    (project / "schedule.yaml").unlink()
    assert "there is no schedule.yaml here" in shown(code=2)


def test_a_wrong_schedule_is_told_as_check_tells_it(shown: Shown, project: Path) -> None:
    wrong = SCHEDULE.replace("0 6 first_working_day", "0 6 first_workin_day")
    (project / "schedule.yaml").write_text(wrong, encoding="utf-8")
    found = shown(code=2)
    assert "schedule.yaml:8:49: error: unknown day: 'first_workin_day' [cron]" in found
    assert "Did you mean 'first_working_day'?" in found


def test_an_empty_schedule_has_nothing_due(shown: Shown, project: Path) -> None:
    (project / "schedule.yaml").write_text("schedule: 1\ntriggers: []\n", encoding="utf-8")
    assert shown("--from", "2026-11-01", "--days", "1") == (
        "From Sun 2026-11-01 to Sun 2026-11-01, Europe/Stockholm\n\nNothing is due.\n"
    )


def test_what_the_parser_builds(project: Path) -> None:
    found: list[Any] = []
    schedule = Loader(found.append).schedule(Path("schedule.yaml"))
    assert [one.rule for one in found] == ["watched-folder"]
    assert schedule is not None
    by_name = {trigger.name: trigger for trigger in schedule.triggers}
    weekday = by_name["vardag"]
    assert weekday.start == Cron(
        (30,), (5,), frozenset(range(1, 13)), Weekdays(frozenset((day, None) for day in range(1, 6)))
    )
    assert weekday.calendar is not None
    assert weekday.calendar.free == {date(2026, 12, 28), date(2026, 12, 29)}
    assert (weekday.on_holiday, weekday.misfire, weekday.max_parallel) == ("skip", "skip", 1)
    assert weekday.at.written == "30 5 * * mon-fri"
    assert by_name["tredje"].start == Interval(timedelta(hours=12), datetime(2026, 10, 24, 3))
    assert by_name["filer"].start == Files("~/inkorg", "*.xlsx", timedelta(seconds=30))
    assert by_name["kö"].start == NewItems(10, timedelta(minutes=90))
    after = by_name["sedan"]
    ended = frozenset({"successful", "faulted"})
    assert after.start == After("folkbokforing_test", ended, timedelta(minutes=10))
    assert after.arguments == Arguments(
        True, "started", 2, 5, "process", {"limit": 7}, {"limit": "7"}
    )
    assert after.blackouts == (
        DatedBlackout(datetime(2026, 12, 23, 17), datetime(2026, 12, 27, 6), "versionsbyte"),
        DailyBlackout(frozenset(range(1, 8)), 22 * 60, 4 * 60),
        DailyBlackout(frozenset({6, 7}), 0, 24 * 60),
    )


def test_the_schedule_of_the_documentation_is_right() -> None:
    page = (GOLDEN.parents[1] / "docs" / "scheduling.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    schedule, problems = built(example)
    assert problems == []
    assert len(schedule.triggers) == 3


def test_a_bot_that_several_triggers_start_is_told_once(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bot = project / "bots" / "folkbokforing.yaml"
    bot.write_text(bot.read_text(encoding="utf-8") + "workrs: 2\n", encoding="utf-8")
    assert main(["check", "schedule.yaml", "bots"]) == 1
    assert capsys.readouterr().out.count("'workrs'") == 1


def test_a_trigger_cannot_give_a_list(project: Path) -> None:
    """There is no way to say one to `robotfabrik run`."""
    pdd = project / "pdd" / "small.yaml"
    config = "config:\n  many: {type: list of text, value: [a], description: Flera}\n"
    pdd.write_text(pdd.read_text(encoding="utf-8").replace("config:\n", config), encoding="utf-8")
    text = SCHEDULE.replace("config: {limit: 7}", "config: {limit: 7, many: [a, b]}")
    (project / "schedule.yaml").write_text(text, encoding="utf-8")
    found: list[Any] = []
    Loader(found.append).schedule(Path("schedule.yaml"))
    (error,) = [one for one in found if one.severity == "error"]
    assert (error.message, error.suggestion) == (
        "a trigger cannot give a list, such as config 'many'", "write it in the bot's config:",
    )  # fmt: skip
