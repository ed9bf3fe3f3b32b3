"""The robot is stopped at every single boundary, over each store, whatever a save does: the figures."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from robotfabrik.model.process import Process
from tests.property.test_crash import no_waiting, postgresql_server, robot, shelf
from tests.support.crashing import KINDS, Figures, Shelf, stopped_at

__all__ = ["no_waiting", "postgresql_server", "robot", "shelf"]
pytestmark = pytest.mark.acceptance_long
SAVES = (
    ("ok",), ("late",), ("error_after",), ("error_before",), ("lost_after",), ("lost_before",), ("frozen",),
    ("changed",), ("silent",),
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
async def test_stopped_at_every_boundary(
    robot: Process, shelf: Shelf, kind: str, record_property: Callable[[str, object], None]
) -> None:
    """Put up again on the same machine and on another one, in turn."""
    figures = Figures()
    for number, saves in enumerate(SAVES):
        at = 0
        while await stopped_at(at, kind, robot, shelf, saves, figures, other_machine=bool((at + number) % 2)):
            at += 1
    record_property("figures", str(figures))
    assert (figures.lost, figures.double) == (0, 0)
    assert figures.points > 300
    assert figures.held > 0
