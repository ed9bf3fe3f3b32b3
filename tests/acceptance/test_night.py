"""All robots in one night, started by schedule.yaml: what stands in the case system equals the facit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from tests.support.compare import Since, expected_activities, expected_notes
from tests.support.fake import running_fake
from tests.support.night import Night
from tests.support.robot import FOLKBOKFORING, figures, robots
from tests.support.towns import SHIPPED

NOVEMBER = date(2022, 11, 1)


@pytest.mark.acceptance_long
def test_all_robots_in_one_night(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    with running_fake(SHIPPED, NOVEMBER.isoformat()) as fake:
        written = Since(fake)
        fires = Night(fake, tmp_path).run(NOVEMBER)
        notes, activities = written.notes(), written.activities()
    assert sorted(fire.bot for fire in fires) == sorted(robots())
    assert {fire.job.status for fire in fires} == {"successful"}
    assert notes == sum((expected_notes(SHIPPED, "2022-11", robot=bot) for bot in robots()), Counter())
    assert activities == sum(
        (expected_activities(SHIPPED, "2022-11", robot=bot) for bot in robots()), Counter()
    )
    (folkbokforing,) = (fire.job.summary for fire in fires if fire.bot == FOLKBOKFORING)
    assert figures(folkbokforing) == {
        "checked": 394, "noted": 40, "listed": 6, "failed": 0, "held": 0,
        "already_done": 0, "excluded": 1, "written": 40,
    }  # fmt: skip
    minutes = sum(fire.seconds for fire in fires) / 60
    record_property("figures", f"{len(fires)} robots, {notes.total()} notes, {minutes:.0f} minutes")
