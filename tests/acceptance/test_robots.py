"""Each robot over a small municipality, all in one case system: what it writes equals the facit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.compare import Since, assert_equals_facit, facit
from tests.support.fake import RunningFake, running_fake
from tests.support.robot import Robot, robots

NOVEMBER = "2022-11-01"
LIKE_OTHERS = {"arbetsformedlingen", "fordonsinnehav", "hogkostnadsskydd", "inflyttade"}
"""They find their cases and write a note as others do; what is their own is in their PDD, and its tests."""
BOTS = [
    pytest.param(bot, marks=[pytest.mark.acceptance_long] if bot in LIKE_OTHERS else []) for bot in robots()
]


@pytest.fixture(scope="module")
def fake(small: Path) -> Iterator[RunningFake]:
    with running_fake(small, NOVEMBER) as fake:
        yield fake


@pytest.mark.parametrize("bot", BOTS)
def test_it_equals_the_facit_and_writes_nothing_again(
    fake: RunningFake, small: Path, home: Path, bot: str
) -> None:
    robot, written = Robot(fake, home, bot), Since(fake)
    result = robot.run(NOVEMBER)
    assert_equals_facit(written, small, "2022-11", robot=bot)
    assert (result["failed"], result["held"]) == (0, 0)
    # What a party did not answer is left to a person. Some robots' facit has no rows of that kind.
    left = sum(row["status"] == "listed" for row in facit(small, "2022-11", bot))
    assert left in (0, result["listed"])
    again = robot.run(NOVEMBER)
    assert (again["written"], again["failed"], again["held"]) == (0, 0, 0)
    assert again["already_done"] == sum(result[name] for name in ("checked", "listed"))
