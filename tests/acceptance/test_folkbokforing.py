"""The robot in a real browser over the bundled case system: what it writes equals the facit."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.without_browser import measure
from tests.support import compare
from tests.support.fake import running_fake
from tests.support.robot import Robot

NOVEMBER, DECEMBER = "2022-11-01", "2022-12-01"


@pytest.mark.acceptance_long
def test_rehearsal_then_two_months(small: Path, home: Path) -> None:
    november = compare.expected_notes(small, "2022-11")
    with running_fake(small, NOVEMBER) as fake:
        robot = Robot(fake, home)
        rehearsed = robot.run(NOVEMBER, "--rehearse", "--dataset", "small")
        assert rehearsed["written"] == 0
        contents = [(e["content"]["rubrik"], e["content"]["text"]) for e in rehearsed["effects"]]
        assert sorted(contents) == sorted((rubrik, text) for _, rubrik, text in november.elements())
        assert fake.export_notes() == []

        live = robot.run(NOVEMBER, "--dataset", "small")
        rows = compare.facit(small, "2022-11")
        assert live["checked"] == sum(row["status"] in ("checked", "noted") for row in rows)
        assert live["noted"] == live["written"] == november.total()
        assert live["listed"] == sum(row["status"] == "listed" for row in rows)
        assert compare.notes(fake.export_notes()) == november

        fake.restart(DECEMBER)
        december = robot.run(DECEMBER, "--dataset", "small")
        assert december["written"] == 5
        assert compare.notes(fake.export_notes()) == compare.expected_notes(small, "2022-11", "2022-12")
        assert compare.activities(fake.export_activities()) == compare.expected_activities(
            small, "2022-11", "2022-12"
        )


def test_the_stub_that_measurements_use_gives_the_facits_notes(small: Path) -> None:
    assert measure(small)["items"] == 40
