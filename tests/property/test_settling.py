"""A person settles what is in doubt, wherever the robot was: what follows happens at most once."""

from __future__ import annotations

from typing import Any

import pytest

from robotfabrik.engine import performer as engine
from robotfabrik.engine import retry
from robotfabrik.model.process import Process
from robotfabrik.model.records import ItemFilter, QueueItem
from tests.support.engine import (
    QUEUE,
    WRITE,
    Application,
    QuickStore,
    add,
    define,
    perform,
    stored,
)

LONGER = WRITE + """\
    - once: app.write_note
      key: [item.reference, andra]
      with: {text: "Andra anteckningen om ${{ item.number }}"}
"""
"""A note in each case, and then another one."""


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "RETRY_DELAYS", (0.0, 0.0, 0.0))
    monkeypatch.setattr(engine, "IDLE_LOOK", 0.0)


@pytest.fixture(scope="module")
def robot(tmp_path_factory: pytest.TempPathFactory) -> Process:
    steps = LONGER.replace("[item.reference, andra]", "[item.reference, \"'andra'\"]")
    return define(tmp_path_factory.mktemp("robot"), steps, **QUEUE)


class World:
    """A robot that has given up one case, because of what its first save did."""

    def __init__(self, robot: Process, save: str) -> None:
        self.robot, self.store = robot, QuickStore()
        self.application = Application(clock=self.store.clock, saves=[save])

    async def run(self) -> None:
        add(self.store, self.robot, "1")
        await perform(self.robot, self.application, self.store)

    @property
    def item(self) -> QueueItem:
        (item,) = self.store.find_items(ItemFilter(reference="1"))
        return item

    @property
    def texts(self) -> list[str]:
        return [note.text for note in self.application.journal("1")]


FIRST, CHANGED, SECOND = "Kontroll av 1", "Kontroll av 1 (ändrad)", "Andra anteckningen om 1"


async def given_up(robot: Process, save: str) -> World:
    world = World(robot, save)
    await world.run()
    assert world.item.status == "held", (world.item.status, world.item.reason)
    return world


async def test_what_was_intended_and_seen_is_told(robot: Process) -> None:
    world = await given_up(robot, "changed")
    doubt = world.item.doubt
    assert doubt is not None
    assert (doubt.effect, doubt.content) == ("app.write_note", {"text": FIRST})
    assert [dict(one) for one in doubt.candidates] == [{"id": "N1", "text": CHANGED}]
    world = await given_up(robot, "silent")
    doubt = world.item.doubt
    assert doubt is not None
    assert (doubt.content, doubt.candidates) == ({"text": FIRST}, ())


@pytest.mark.parametrize(
    ("save", "verdict", "then"),
    [
        ("changed", "done", [CHANGED, SECOND]),
        ("silent", "redo", [FIRST, SECOND]),
        ("changed", "by-hand", [CHANGED]),
        ("silent", "by-hand", []),
    ],
)
async def test_the_robot_does_what_is_left_and_nothing_twice(
    robot: Process, save: str, verdict: Any, then: list[str]
) -> None:
    world = await given_up(robot, save)
    world.store.settle_held(world.item.id, verdict, "Eva", "sett i journalen")
    for _ in range(2):
        await world.run()
        assert world.texts == then
    assert world.item.status == ("business" if verdict == "by-hand" else "successful")


async def test_a_redo_of_what_stands_there_is_held_again(robot: Process) -> None:
    """The person was mistaken: the robot looks before it writes."""
    world = await given_up(robot, "changed")
    world.store.settle_held(world.item.id, "redo", "Eva", "finns inte")
    await world.run()
    assert (world.item.status, world.texts) == ("held", [CHANGED])
    world.store.settle_held(world.item.id, "done", "Eva", "jo, den finns")
    await world.run()
    assert (world.item.status, world.texts) == ("successful", [CHANGED, SECOND])


async def test_a_redo_of_what_came_late_finds_it(robot: Process) -> None:
    world = await given_up(robot, "silent")
    world.store.settle_held(world.item.id, "redo", "Eva", "finns inte")
    world.application.save("1", FIRST, "ok")  # now it came
    await world.run()
    assert (world.item.status, world.texts) == ("successful", [FIRST, SECOND])


async def test_a_retried_item_writes_nothing_again(robot: Process) -> None:
    world = World(robot, "ok")
    world.application.missing.add("app.journal.new")
    await world.run()
    assert stored(world.store, robot)["1"].status == "failed"
    world.application.missing.clear()
    world.store.retry_item(world.item.id, "Eva")
    await world.run()
    assert (world.item.status, world.texts) == ("successful", [FIRST, SECOND])
    assert [outcome for _, outcome, _ in world.item.output["effects"]] == ["written", "written"]
    assert [one.status for one in world.store.earlier_tries(world.item.id)] == ["retried"]
