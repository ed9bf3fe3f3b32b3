"""What happens to an item when its execution failed: a table of decisions."""

from __future__ import annotations

from pathlib import Path

import pytest

from robotfabrik.engine import retry
from robotfabrik.engine.retry import LOOKS, RETRY_DELAYS, UNSETTLED, Decision
from robotfabrik.engine.signals import Unsettled
from robotfabrik.model.errors import (
    BusinessRuleException,
    ElementMissing,
    EvaluationError,
    InDoubt,
    Missing,
    SessionLost,
    SystemException,
    TimedOut,
    Unknown,
    Unreadable,
)
from robotfabrik.model.process import Process
from robotfabrik.model.work import Item
from tests.support.engine import QUEUE, define

EXCEPTIONS = """
    BE1: {kind: business, name: Skyddad}
    BE5: {kind: business, name: Låst, postpone: end_of_queue, attempts: 2}
    BE6: {kind: business, name: Senare, postpone: 30m, attempts: 3}
    """


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Process:
    folder: Path = tmp_path_factory.mktemp("retry")
    repository = "objects: 1\nid: app\nname: App\nscreens: {}\n"
    return define(folder, "- log_message: hej", repository=repository, exceptions=EXCEPTIONS, **QUEUE)


def item(attempt: int = 1, **postponed: int) -> Item:
    return Item(1, "1", "1", {}, attempt, postponed, "o", 1)


@pytest.mark.parametrize(("error", "id"), [
    (SystemException("500"), "SE2"), (SessionLost("x"), "SE2"), (TimedOut("x"), "SE2"),
    (ElementMissing("x"), "SE3"), (Missing("x"), "SE3"), (Unreadable("x"), "SE3"), (Unknown("x"), "SE4"),
    (EvaluationError("x"), "SE6"), (KeyError("x"), "SE6"), (RuntimeError(), "SE6"),
])  # fmt: skip
def test_whatever_is_not_known_is_retried_and_then_failed(
    process: Process, error: Exception, id: str
) -> None:
    delays = [retry.decide(process, item(n), error) for n in (1, 2, 3)]
    assert delays == [
        Decision("retry", id, RETRY_DELAYS[0]),
        Decision("retry", id, RETRY_DELAYS[1]),
        Decision("failed", id),
    ]


def test_a_named_system_exception_keeps_its_name(process: Process) -> None:
    assert retry.decide(process, item(3), SystemException("x", "SE4")) == Decision("failed", "SE4")


def test_business_is_never_retried(process: Process) -> None:
    assert retry.decide(process, item(), BusinessRuleException("BE1")) == Decision("business", "BE1")


def test_an_exception_nobody_declared_is_not_postponed(process: Process) -> None:
    assert retry.decide(process, item(), BusinessRuleException("BE99")) == Decision("business", "BE99")


def test_attempts_of_a_postponed_exception_are_all_executions(process: Process) -> None:
    locked = BusinessRuleException("BE5")
    assert retry.decide(process, item(), locked) == Decision("postpone", "BE5", None)
    assert retry.decide(process, item(BE5=1), locked) == Decision("business", "BE5")


def test_postponed_by_a_time(process: Process) -> None:
    later = BusinessRuleException("BE6")
    assert retry.decide(process, item(BE6=1), later) == Decision("postpone", "BE6", 1800.0)
    assert retry.decide(process, item(BE6=2), later).action == "business"


def test_each_exception_has_its_own_count(process: Process) -> None:
    assert retry.decide(process, item(BE6=2), BusinessRuleException("BE5")).action == "postpone"


def test_doubt_is_held_at_once(process: Process) -> None:
    assert retry.decide(process, item(), InDoubt("x")) == Decision("held")


def test_an_unconfirmed_effect_is_looked_for_again_but_not_for_ever(process: Process) -> None:
    sent = Unsettled("note", 58.0)
    last = LOOKS * 3
    assert retry.decide(process, item(), sent) == Decision("postpone", UNSETTLED, 58.0)
    assert retry.decide(process, item(**{UNSETTLED: last - 1}), sent).action == "postpone"
    assert retry.decide(process, item(**{UNSETTLED: last}), sent).action == "held"


def test_later_delays_stay_at_the_longest() -> None:
    assert [retry.delay(n) for n in (1, 2, 3, 4, 9)] == [5.0, 15.0, 45.0, 45.0, 45.0]
