"""When triggers fire: cron lines, free days, the changes of the clock, intervals, blackouts."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from robotfabrik.timing.fires import fires, job_date, left_out
from tests.support.schedules import STOCKHOLM, between, built, locals_of, started, trigger


def on(line: str, first: str, last: str, more: str = "", head: str = "") -> list[str]:
    """The wall-clock times of a cron line."""
    return locals_of(between(trigger(f'cron: "{line}"\n{more}', head), first, last))


# --- cron lines


@pytest.mark.parametrize(
    ("weekday", "expected"),
    [
        ("1", "Mon"), ("mon", "Mon"), ("5", "Fri"), ("0", "Sun"), ("7", "Sun"), ("sun", "Sun"),
        ("1-5", "Mon Tue Wed Thu Fri"), ("mon-fri", "Mon Tue Wed Thu Fri"), ("sat-sun", "Sat Sun"),
        ("6-7", "Sat Sun"), ("sun-tue", "Mon Tue Sun"), ("0-2", "Mon Tue Sun"), ("*/2", "Tue Thu Sat Sun"),
        ("*", "Mon Tue Wed Thu Fri Sat Sun"), ("0-7", "Mon Tue Wed Thu Fri Sat Sun"),
        ("MON,wed", "Mon Wed"), ("mon-sun/3", "Mon Thu Sun"),
    ],
)  # fmt: skip
def test_weekdays_are_those_of_crontab(weekday: str, expected: str) -> None:
    """The week of Monday 23 November 2026."""
    found = on(f"0 6 * * {weekday}", "2026-11-23", "2026-11-29")
    assert [datetime.fromisoformat(local).strftime("%a") for local in found] == expected.split()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("0 6 1 * *", ["01-01", "02-01", "03-01", "04-01", "05-01"]),
        ("0 6 last * *", ["01-31", "02-28", "03-31", "04-30", "05-31"]),
        ("0 6 15,last feb,apr *", ["02-15", "02-28", "04-15", "04-30"]),
        ("0 6 31 * *", ["01-31", "03-31", "05-31"]),
        ("0 6 first_working_day * *", ["01-02", "02-02", "03-02", "04-01", "05-04"]),
        ("0 6 last_working_day * *", ["01-30", "02-27", "03-31", "04-30", "05-29"]),
        ("0 6 working_day(3) * *", ["01-07", "02-04", "03-04", "04-07", "05-06"]),
        ("0 6 working_day(-3) * *", ["01-28", "02-25", "03-27", "04-28", "05-27"]),
        ("0 6 * * mon#1", ["01-05", "02-02", "03-02", "04-06", "05-04"]),
        ("0 6 * * fri#5", ["01-30", "05-29"]),
        ("0 6 * * fri#last", ["01-30", "02-27", "03-27", "04-24", "05-29"]),
        ("0 6 1-7/3 jan-mar/2 *", ["01-01", "01-04", "01-07", "03-01", "03-04", "03-07"]),
    ],
)
def test_days_of_the_month(line: str, expected: list[str]) -> None:
    found = on(line, "2026-01-01", "2026-05-31")
    assert found == [f"2026-{day} 06:00" for day in expected]


def test_times_of_the_day() -> None:
    found = on("*/20 7-8,16 * * *", "2026-11-23", "2026-11-23")
    times = ["07:00", "07:20", "07:40", "08:00", "08:20", "08:40", "16:00", "16:20", "16:40"]
    assert found == [f"2026-11-23 {time}" for time in times]


# --- free days


@pytest.mark.parametrize(
    ("year", "expected"),
    [
        (2022, "01-03 02-01 03-01 04-01 05-02 06-01 07-01 08-01 09-01 10-03 11-01 12-01"),
        (2023, "01-02 02-01 03-01 04-03 05-02 06-01 07-03 08-01 09-01 10-02 11-01 12-01"),
        (2024, "01-02 02-01 03-01 04-02 05-02 06-03 07-01 08-01 09-02 10-01 11-01 12-02"),
        (2025, "01-02 02-03 03-03 04-01 05-02 06-02 07-01 08-01 09-01 10-01 11-03 12-01"),
        (2026, "01-02 02-02 03-02 04-01 05-04 06-01 07-01 08-03 09-01 10-01 11-02 12-01"),
        (2027, "01-04 02-01 03-01 04-01 05-03 06-01 07-01 08-02 09-01 10-01 11-01 12-01"),
    ],
)
def test_the_first_working_day_of_each_month(year: int, expected: str) -> None:
    found = on("0 6 first_working_day * *", f"{year}-01-01", f"{year}-12-31")
    assert found == [f"{year}-{day} 06:00" for day in expected.split()]


def test_the_first_working_day_by_an_own_calendar() -> None:
    head = "calendars: {kontoret: {free: [saturdays, sundays, red_days, eves, klämdagar]}}"
    found = on("0 6 first_working_day * *", "2026-01-01", "2026-01-31", "calendar: kontoret", head)
    assert found == ["2026-01-07 06:00"], "2 and 5 January are klämdagar, the 6th is red"


@pytest.mark.parametrize("how", ["skip", "previous_bank_day", "next"])
def test_a_day_that_fires_by_itself_fires_once(how: str) -> None:
    """Alla helgons dag 2025 is Saturday 1 November; every day is named, the free ones move onto others."""
    found = between(trigger(f"cron: 0 6 * * *\non_holiday: {how}"), "2025-10-31", "2025-11-03")
    assert [str(fire.local.date()) for fire in found] == ["2025-10-31", "2025-11-03"]
    assert [fire.moved_from for fire in found] == [None, None]


@pytest.mark.parametrize(
    ("first", "how", "expected"),
    [
        ("2025-11-01", "previous_bank_day", "2025-10-31"),  # alla helgons dag; the eve is a bank day
        ("2025-11-01", "next", "2025-11-03"),
        ("2026-11-01", "previous_bank_day", "2026-10-30"),  # a Sunday after alla helgons dag
        ("2022-12-25", "previous_bank_day", "2022-12-23"),  # julafton is a Saturday
        ("2022-12-25", "next", "2022-12-27"),  # annandag jul is a Monday
        ("2026-12-25", "previous_bank_day", "2026-12-23"),
        ("2026-12-25", "next", "2026-12-28"),
        ("2024-12-25", "previous_bank_day", "2024-12-23"),
        ("2024-12-25", "next", "2024-12-27"),
        ("2026-01-01", "previous_bank_day", "2025-12-30"),
        ("2026-01-06", "next", "2026-01-07"),
        ("2026-04-03", "next", "2026-04-07"),  # långfredagen
        ("2026-04-06", "previous_bank_day", "2026-04-02"),  # annandag påsk
        ("2027-06-25", "previous_bank_day", "2027-06-24"),  # midsommarafton
    ],
)
def test_a_free_day_is_moved(first: str, how: str, expected: str) -> None:
    planned = date.fromisoformat(first)
    one = trigger(f"cron: 0 6 {planned.day} {planned.month} *\non_holiday: {how}")
    near = [str(date.fromordinal(planned.toordinal() + n)) for n in (-20, 20)]
    (fire,) = between(one, *near)
    assert str(fire.local) == f"{expected} 06:00:00"
    assert fire.moved_from == planned
    assert fire.key == f"{expected}T06:00"
    assert between(one, expected, expected) == [fire], "asked for alone too"


def test_a_long_closure_is_left_in_both_directions() -> None:
    head = "calendars: {sommar: {dates: {free: [2026-07-01..2026-08-15]}}}"
    line = "cron: 0 6 15 7 *\ncalendar: sommar\non_holiday: "
    (back,) = between(trigger(f"{line}previous_bank_day", head), "2026-06-30", "2026-06-30")
    (forth,) = between(trigger(f"{line}next", head), "2026-08-17", "2026-08-17")
    assert back.moved_from == forth.moved_from == date(2026, 7, 15)


def test_the_previous_bank_day_is_a_bank_day_whatever_the_calendar_holds_free() -> None:
    """Saturdays are working days of this calendar, but nothing is moved onto one."""
    head = "calendars: {butiken: {free: [sundays, red_days]}}"
    line = "cron: 0 6 1 11 *\ncalendar: butiken\non_holiday: previous_bank_day"
    (fire,) = between(trigger(line, head), "2026-10-25", "2026-11-05")
    assert fire.local.date() == date(2026, 10, 30)


def test_weekdays_but_klamdagar() -> None:
    head = "calendars: {kontoret: {free: [saturdays, sundays, red_days, eves, klämdagar]}}"
    one = trigger("cron: 30 5 * * mon-fri\ncalendar: kontoret", head)
    found = [f"{fire.local:%d}" for fire in between(one, "2024-12-18", "2025-01-08")]
    assert found == ["18", "19", "20", "02", "03", "07", "08"]
    reasons = {f"{day:%d}": why for day, why in left_out(one, date(2024, 12, 18), date(2025, 1, 8))}
    assert reasons == {
        "23": "klämdag", "24": "Julafton", "25": "Juldagen", "26": "Annandag jul", "27": "klämdag",
        "30": "klämdag", "31": "Nyårsafton", "01": "Nyårsdagen", "06": "Trettondedag jul",
    }  # fmt: skip


def test_the_date_that_a_job_runs_as() -> None:
    line = "cron: 0 6 1 * *\non_holiday: previous_bank_day"
    (fire,) = between(trigger(line), "2025-10-31", "2025-10-31")
    assert job_date(fire, STOCKHOLM) == date(2025, 10, 31)
    (fire,) = between(trigger(f"{line}\narguments: {{date: planned}}"), "2025-10-31", "2025-10-31")
    assert job_date(fire, STOCKHOLM) == date(2025, 11, 1)


# --- the clock is changed

CHANGES = [
    ("2022-03-27", "2022-10-30"), ("2023-03-26", "2023-10-29"), ("2024-03-31", "2024-10-27"),
    ("2025-03-30", "2025-10-26"), ("2026-03-29", "2026-10-25"), ("2027-03-28", "2027-10-31"),
]  # fmt: skip


@pytest.mark.parametrize(("spring", "autumn"), CHANGES)
def test_half_past_two_fires_once_when_the_clock_is_changed(spring: str, autumn: str) -> None:
    one = trigger("cron: 30 2 * * *")
    (fire,) = between(one, spring, spring)
    assert (locals_of([fire]), started([fire])) == ([f"{spring} 02:30"], [f"{spring} 03:30"])
    (fire,) = between(one, autumn, autumn)
    assert (locals_of([fire]), started([fire])) == ([f"{autumn} 02:30"], [f"{autumn} 02:30"])
    assert fire.due.hour == 0, "the first of the two, in summer time"


@pytest.mark.parametrize("day", [day for pair in CHANGES for day in pair])
def test_a_day_of_change_has_every_time_once(day: str) -> None:
    found = between(trigger('cron: "*/30 * * * *"'), day, day)
    assert sorted(locals_of(found)) == [f"{day} {n // 2:02}:{n % 2 * 30:02}" for n in range(48)]
    assert [fire.due for fire in found] == sorted(fire.due for fire in found)
    assert len({fire.key for fire in found}) == 48


def test_a_skipped_time_before_midnight_is_found_by_its_moment() -> None:
    """A zone that skips the hour before midnight: 23:30 is due at 00:30 on the next day."""
    zone = ZoneInfo("America/Nuuk")  # 2024-03-30 22:00 → 23:00
    one = trigger("cron: 30 22 * * *")
    (fire,) = between(one, "2024-03-30", "2024-03-30", zone)
    assert fire.due == datetime(2024, 3, 31, 0, 30, tzinfo=UTC)


# --- intervals


def test_an_interval_is_real_time_over_the_change() -> None:
    found = between(trigger("interval: 6h\nanchor: 2026-10-01 03:00"), "2026-10-24", "2026-10-25")
    assert locals_of(found) == [
        "2026-10-24 03:00", "2026-10-24 09:00", "2026-10-24 15:00", "2026-10-24 21:00",
        "2026-10-25 02:00", "2026-10-25 08:00", "2026-10-25 14:00", "2026-10-25 20:00",
    ]  # fmt: skip


def test_an_interval_fires_twice_in_an_hour_that_comes_twice() -> None:
    found = between(trigger("interval: 1h"), "2026-10-25", "2026-10-25")
    assert len(found) == len({fire.key for fire in found}) == 25
    assert [fire.local.hour for fire in found[:5]] == [0, 1, 2, 2, 3]
    assert len(between(trigger("interval: 1h"), "2026-03-29", "2026-03-29")) == 23


def test_an_interval_begins_at_its_anchor() -> None:
    one = trigger("interval: 12h\nanchor: 2026-11-23 07:30")
    assert locals_of(between(one, "2026-11-22", "2026-11-23")) == ["2026-11-23 07:30", "2026-11-23 19:30"]


def test_an_interval_is_left_out_on_free_days() -> None:
    one = trigger("interval: 12h\ncalendar: bank_days")
    found = between(one, "2026-10-30", "2026-11-02")
    assert {str(fire.local.date()) for fire in found} == {"2026-10-30", "2026-11-02"}
    days = list(left_out(one, date(2026, 10, 30), date(2026, 11, 2)))
    assert days == [(date(2026, 10, 31), "Alla helgons dag"), (date(2026, 11, 1), "Sunday")]


# --- blackouts


def test_a_blackout_leaves_fires_out() -> None:
    found = between(trigger("cron: 0 * * * *\nblackout: 22:00-04:00"), "2026-11-23", "2026-11-23")
    out = [fire.local.hour for fire in found if fire.starts is None]
    assert out == [0, 1, 2, 3, 22, 23]
    assert len(found) == 24


def test_run_once_makes_one_job_of_all_that_was_held_back() -> None:
    one = trigger('cron: "30 1-5 * * *"\nblackout: 02:00-05:00\nmisfire: run_once')
    found = between(one, "2026-11-23", "2026-11-23")
    times = ["01:30", None, None, "05:00", "05:30"]
    assert started(found) == [time and f"2026-11-23 {time}" for time in times]


def test_run_once_is_not_needed_when_the_trigger_fires_at_the_end_anyway() -> None:
    one = trigger('cron: "0 1-5 * * *"\nblackout: 02:00-05:00\nmisfire: run_once')
    times = ["01:00", None, None, None, "05:00"]
    assert started(between(one, "2026-11-23", "2026-11-23")) == [t and f"2026-11-23 {t}" for t in times]


def test_run_once_does_not_depend_on_where_the_list_ends() -> None:
    blackout = "blackout: {from: 2026-11-23 12:00, to: 2026-11-25 12:00}"
    one = trigger(f"cron: 0 23 * * *\n{blackout}\nmisfire: run_once")
    assert started(between(one, "2026-11-23", "2026-11-23")) == [None], "the one of the 24th stands for both"
    assert started(between(one, "2026-11-24", "2026-11-24")) == ["2026-11-25 12:00"]


def test_blackouts_of_the_schedule_and_those_that_follow_each_other() -> None:
    head = "blackout: [{days: sat, from: 18:00, to: 24:00}, {days: sun, from: 00:00, to: 06:00}]"
    one = trigger("cron: 0 20 * * sat,sun\nblackout: 06:00-07:00\nmisfire: run_once", head)
    saturday, sunday = between(one, "2026-11-28", "2026-11-29")
    assert started([saturday, sunday]) == ["2026-11-29 07:00", "2026-11-29 20:00"]
    assert saturday.closed is not None
    assert sunday.closed is None


def test_a_blackout_over_the_change_of_the_clock_ends_by_the_wall_clock() -> None:
    one = trigger("cron: 30 23 * * *\nblackout: 23:00-05:00\nmisfire: run_once")
    assert started(between(one, "2026-10-24", "2026-10-24")) == ["2026-10-25 05:00"]
    assert started(between(one, "2026-03-28", "2026-03-28")) == ["2026-03-29 05:00"]


def test_blackouts_without_a_gap_have_no_end() -> None:
    one = trigger("cron: 0 6 1 1 *\nblackout: 00:00-24:00\nmisfire: run_once")
    assert started(between(one, "2026-11-23", "2028-11-24")) == [None, None]


# --- the whole schedule


def test_the_fires_of_all_triggers_in_order() -> None:
    schedule, problems = built("""\
schedule: 1
time_zone: Europe/Helsinki
triggers:
  - {name: b, bot: x, cron: 0 6 * * *}
  - {name: a, bot: x, cron: 0 6 * * *}
  - {name: c, bot: x, interval: 8h, anchor: 2026-01-01}
  - {name: d, bot: x, file: {folder: /srv/in}}
""")
    assert problems == []
    start, end = datetime(2026, 11, 22, 22, tzinfo=UTC), datetime(2026, 11, 23, 22, tzinfo=UTC)
    found = [(f.local.hour, f.trigger.name) for f in fires(schedule, start, end)]
    assert found == [(0, "c"), (6, "a"), (6, "b"), (8, "c"), (16, "c")]
