"""An effect of several saves is brought to its end once, wherever it stops and whichever save fails."""

from __future__ import annotations

import pytest

from robotfabrik.model.process import Process
from tests.property.test_once import HARMLESS, Kill, Recover, World, no_waiting, recovering
from tests.support.engine import QUEUE, add, define

__all__ = ["no_waiting"]
PATIENT = QUEUE["queue"].replace("attempts: 3", "attempts: 6")
WRITE = """
    - click: app.journal.new
    - type_into: {target: app.journal.text, text: "%s"}
    - click: app.journal.save
    - check_app_state: app.journal.saved
"""
TWO_SAVES = f"""
- type_into: {{target: app.cases.open, text: "${{{{ item.number }}}}"}}
- once: both
  key: [item.reference]
  writes: note
  content: {{text: klar}}
  verify:
    - extract_table_data: app.journal.list
      save_as: rows
    - assign: {{matches: "[r for r in rows if r.text == 'klar']"}}
  partial: len(rows) > 0 and len(matches) == 0
  repair:{WRITE % "klar"}
  do:{WRITE % "början"}{WRITE % "klar"}
"""


@pytest.fixture(scope="module")
def robot(tmp_path_factory: pytest.TempPathFactory) -> Process:
    return define(tmp_path_factory.mktemp("robot"), TWO_SAVES, queue=PATIENT)


def texts(world: World, case: str) -> list[str]:
    return sorted(note.text for note in world.application.journal(case))


@pytest.mark.parametrize("second", HARMLESS)
@pytest.mark.parametrize("first", HARMLESS)
async def test_whichever_save_fails(robot: Process, first: str, second: str) -> None:
    """A save that may still come is waited for before the rest is filled in."""
    world = World.with_saves(robot, first, second)
    add(world.store, robot, "1")
    await world.run()
    world.store.clock.now += 1000
    assert texts(world, "1") == ["början", "klar"]
    assert [item.status for item in world.statuses()] == ["successful"]


@recovering
@pytest.mark.parametrize("save", HARMLESS)
async def test_killed_at_every_point(robot: Process, save: str, recover: Recover) -> None:
    at = 0
    while True:
        world = World.with_saves(robot, "ok", save)
        add(world.store, robot, "1")
        gate = Kill(at)
        await world.run_until_stopped(gate)
        recover(world)
        await world.run()
        world.store.clock.now += 1000
        assert texts(world, "1") == ["början", "klar"], gate.where
        if not gate.reached:
            break
        at += 1
    assert at > 30
