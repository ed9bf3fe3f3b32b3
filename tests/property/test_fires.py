"""What holds for the fires of any trigger: over changes of the clock, and wherever a list is cut in two."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from robotfabrik.model.errors import Diagnostic
from robotfabrik.model.schedule import (
    BANK_DAYS,
    DAY_KINDS,
    Calendar,
    Cron,
    DailyBlackout,
    DatedBlackout,
    Interval,
    MonthDays,
    Trigger,
    Weekdays,
    WorkingDay,
)
from robotfabrik.model.source import Source, Span, inline
from robotfabrik.parsing.cron import read_cron
from robotfabrik.timing.blackouts import closed
from robotfabrik.timing.calendars import is_free
from robotfabrik.timing.clock import at, instant, midnight, wall
from robotfabrik.timing.fires import Fire, fires_of

PLACE = Span(Source("schedule.yaml", ""), 1, 1)
EVERY_MONTH = frozenset(range(1, 13))
CHANGES = [
    date.fromisoformat(day)
    for day in (
        "2022-03-27", "2022-10-30", "2023-03-26", "2023-10-29", "2024-03-31", "2024-10-27", "2025-03-30",
        "2025-10-26", "2026-03-29", "2026-10-25", "2027-03-28", "2027-10-31",
    )
]  # fmt: skip
ZONES = st.sampled_from(["Europe/Stockholm", "Europe/Helsinki", "Atlantic/Azores"]).map(ZoneInfo)
NEAR = st.integers(-2, 2).map(lambda number: timedelta(days=number))
NEAR_A_CHANGE = st.builds(date.__add__, st.sampled_from(CHANGES), NEAR)
SOME_DAY = st.one_of(NEAR_A_CHANGE, st.dates(date(2022, 1, 1), date(2027, 12, 31)))


def numbers(low: int, high: int, most: int) -> st.SearchStrategy[tuple[int, ...]]:
    return st.sets(st.integers(low, high), min_size=1, max_size=most).map(lambda found: tuple(sorted(found)))


def minutes_long(number: int) -> timedelta:
    return timedelta(minutes=number)


TIMES_OF_A_DAY = {"minutes": numbers(0, 59, 3), "hours": numbers(0, 23, 4), "months": st.just(EVERY_MONTH)}
DAYS: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.builds(MonthDays, numbers(1, 31, 4).map(frozenset), st.booleans()),
    st.builds(Weekdays, st.sets(st.tuples(st.integers(1, 7), st.none()), min_size=1).map(frozenset)),
    st.builds(WorkingDay, st.sampled_from([1, 2, 5, -1, -3])),
)
CALENDARS = st.one_of(
    st.just(BANK_DAYS),
    st.builds(
        Calendar,
        st.just("own"),
        st.sets(st.sampled_from(DAY_KINDS)).map(frozenset),
        st.sets(SOME_DAY, max_size=3).map(frozenset),
        st.sets(SOME_DAY, max_size=3).map(frozenset),
    ),
)
MOMENTS = st.builds(at, SOME_DAY, st.integers(0, 1439))
BLACKOUTS = st.one_of(
    st.builds(
        DailyBlackout, st.sets(st.integers(1, 7), min_size=1).map(frozenset), st.integers(0, 1439),
        st.integers(1, 1440),
    ).filter(lambda one: one.start != one.end),
    st.builds(
        lambda start, hours: DatedBlackout(start, start + timedelta(hours=hours)), MOMENTS, st.integers(1, 80)
    ),
)  # fmt: skip
TRIGGERS = st.builds(
    Trigger,
    name=st.just("t"),
    span=st.just(PLACE),
    bot=st.just("b"),
    at=st.just(PLACE),
    start=st.one_of(
        st.builds(Cron, **TIMES_OF_A_DAY, days=DAYS),
        st.builds(Interval, st.integers(20, 4000).map(minutes_long), MOMENTS),
    ),
    calendar=st.one_of(st.none(), CALENDARS),
    on_holiday=st.sampled_from(["skip", "previous_bank_day", "next"]),
    misfire=st.sampled_from(["skip", "run_once"]),
    blackouts=st.lists(BLACKOUTS, max_size=2).map(tuple),
)


def told(found: list[Fire]) -> list[tuple[str, datetime, datetime | None, date | None]]:
    return [(fire.key, fire.due, fire.starts, fire.moved_from) for fire in found]


@given(st.builds(Cron, **TIMES_OF_A_DAY), NEAR_A_CHANGE, ZONES)
@settings(deadline=None)
def test_every_time_of_the_wall_clock_fires_once_a_day(cron: Cron, day: date, zone: ZoneInfo) -> None:
    one = Trigger("t", PLACE, "b", cron, PLACE)
    around = (midnight(day - timedelta(days=1), zone), midnight(day + timedelta(days=2), zone))
    found = [fire for fire in fires_of(one, zone, *around) if fire.local.date() == day]
    assert sorted((fire.local.hour, fire.local.minute) for fire in found) == [
        (hour, minute) for hour in cron.hours for minute in cron.minutes
    ]
    for fire in found:
        later = wall(fire.due, zone) - fire.local
        skipped = wall(instant(fire.local, zone), zone) != fire.local
        assert later == timedelta(hours=skipped), (
            "as it is named, or an hour later when there is no such time"
        )


@given(TRIGGERS, SOME_DAY, st.integers(0, 14 * 1440), st.integers(0, 14 * 1440))
@settings(max_examples=150, deadline=None)
def test_a_list_that_is_cut_in_two_loses_and_doubles_nothing(
    one: Trigger, day: date, first: int, second: int
) -> None:
    zone = ZoneInfo("Europe/Stockholm")
    start = midnight(day, zone)
    middle = start + timedelta(minutes=first)
    end = middle + timedelta(minutes=second)
    whole = list(fires_of(one, zone, start, end))
    parts = [*fires_of(one, zone, start, middle), *fires_of(one, zone, middle, end)]
    assert told(parts) == told(whole)
    assert len({fire.key for fire in whole}) == len(whole)
    assert [fire.due for fire in whole] == sorted(fire.due for fire in whole)
    assert all(start <= fire.due < end and fire.due.tzinfo is UTC for fire in whole)


@given(TRIGGERS, SOME_DAY)
@settings(max_examples=100, deadline=None)
def test_nothing_fires_on_a_free_day_or_starts_in_a_blackout(one: Trigger, day: date) -> None:
    zone = ZoneInfo("Europe/Stockholm")
    for fire in fires_of(one, zone, midnight(day, zone), midnight(day + timedelta(days=30), zone)):
        assert one.calendar is None or not is_free(one.calendar, fire.local.date())
        assert fire.moved_from is None or (one.calendar and is_free(one.calendar, fire.moved_from))
        assert fire.starts is None or closed(one.blackouts, fire.starts, zone) is None


@given(st.integers(10, 3000), MOMENTS, NEAR_A_CHANGE)
@settings(deadline=None)
def test_an_interval_has_one_length_in_real_time(minutes: int, anchor: datetime, day: date) -> None:
    zone = ZoneInfo("Europe/Stockholm")
    every = timedelta(minutes=minutes)
    one = Trigger("t", PLACE, "b", Interval(every, anchor), PLACE)
    found = list(fires_of(one, zone, midnight(day, zone), midnight(day + timedelta(days=3), zone)))
    assert all(later.due - fire.due == every for fire, later in pairwise(found))
    assert all((fire.due - instant(anchor, zone)) % every == timedelta() for fire in found)
    assert all(fire.due >= instant(anchor, zone) for fire in found)


@settings(deadline=None)
@given(
    st.one_of(
        st.text(max_size=30),
        st.lists(st.text("0123456789*/-,#?lastmonfrijan_()", max_size=8), min_size=5).map(" ".join),
    )
)
def test_any_text_is_a_cron_line_or_told_to_be_none(text: str) -> None:
    found: list[Diagnostic] = []
    cron = read_cron(inline(text), found.append)
    assert (cron is None) == bool(found)
    if cron is not None:
        assert all(0 <= minute < 60 for minute in cron.minutes)
        assert all(0 <= hour < 24 for hour in cron.hours)
        assert cron.months <= EVERY_MONTH
