"""Over a real store: a robot stopped at a boundary loses nothing, does nothing twice, and holds every doubt.

Every boundary of every kind is stopped at in tests/acceptance/test_boundaries.py; here it is each so many.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from robotfabrik.engine import performer as engine
from robotfabrik.engine import retry
from robotfabrik.model.process import Process
from tests.contract.test_store import postgresql_server
from tests.support.crashing import (
    KINDS,
    Figures,
    Shelf,
    on_postgresql,
    on_sqlite,
    stopped_at,
    two_notes_a_case,
)

__all__ = ["postgresql_server"]
EACH = {"runner": 97, "browser": 29, "store connection": 61}  # boundaries from one stop to the next
SAVES = [("ok", "late"), ("error_after", "lost_before"), ("changed",), ("silent",)]


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "RETRY_DELAYS", (0.0, 0.0, 0.0))
    monkeypatch.setattr(engine, "IDLE_LOOK", 0.0)


@pytest.fixture(scope="module")
def robot(tmp_path_factory: pytest.TempPathFactory) -> Process:
    return two_notes_a_case(tmp_path_factory.mktemp("robot"))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shelf(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    if request.param == "sqlite":
        yield on_sqlite(tmp_path_factory.mktemp("stores"))
        return
    with on_postgresql(request.getfixturevalue("postgresql_server")()) as made:
        yield made


@pytest.mark.parametrize("kind", KINDS)
async def test_nothing_is_lost_or_done_twice(robot: Process, shelf: Shelf, kind: str) -> None:
    figures = Figures()
    for number, saves in enumerate(SAVES):
        at = number * 7  # other boundaries for each
        while await stopped_at(at, kind, robot, shelf, saves, figures, other_machine=bool(at % 2)):
            at += EACH[kind]
    assert (figures.lost, figures.double) == (0, 0)
    assert figures.points >= 8
    assert figures.held >= 3
    assert len(figures.settled) >= 2  # ways in which a person settled it
