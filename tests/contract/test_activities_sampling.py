"""Draws: the same for everybody who has the seed, and drawn once."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robotfabrik.activities.sampling import lots, number_of
from robotfabrik.engine.performer import Outcome
from robotfabrik.model.errors import SystemException
from tests.support.engine import Application, QuickStore, columns, define, perform

POPULATION = [f"AK{number:05}" for number in range(1, 321)]


def test_the_lot_is_what_the_documentation_says() -> None:
    drawn = lots(["AK00003", "AK00001", "AK00002"], "f00d")
    by_hand = {
        one: hashlib.sha256(b"f00d\n" + one.encode()).hexdigest() for one in ("AK00001", "AK00002", "AK00003")
    }
    assert drawn == sorted(by_hand, key=by_hand.__getitem__)
    assert drawn == ["AK00001", "AK00002", "AK00003"]  # as sha256sum says; it must never become another


@pytest.mark.parametrize(
    ("share", "number"), [("0.1", 32), ("0.101", 33), ("0", 0), ("1", 320), ("0.001", 1), ("0.0999", 32)]
)
def test_a_share_is_rounded_up(share: str, number: int) -> None:
    assert number_of(POPULATION, Decimal(share)) == number


references = st.lists(st.text(min_size=1, max_size=8), unique=True, max_size=40)


@given(references, st.text(max_size=32), st.randoms(use_true_random=False))
def test_the_order_of_the_population_decides_nothing(population: list[str], seed: str, random: Any) -> None:
    shuffled = random.sample(population, len(population))
    assert lots(shuffled, seed) == lots(population, seed)
    assert sorted(lots(population, seed)) == sorted(population)


@given(references, st.text(max_size=32), st.data())
def test_who_is_drawn_does_not_depend_on_who_else_is_added_after(
    population: list[str], seed: str, data: st.DataObject
) -> None:
    """One more in the population moves the others, but never changes their order among themselves."""
    some = data.draw(st.lists(st.sampled_from(population), unique=True)) if population else []
    assert [one for one in lots(population, seed) if one in some] == lots(some, seed)


DRAW = """
    - draw_sample:
        key: ${{ job.period }}
        population: "${{ [%s] }}"
        share: ${{ %s }}
      save_as: draw
    - assign: {seed: draw.seed, of: draw.population, drawn: draw.drawn, day: draw.drawn_on}
"""


async def drawn(folder: Path, store: QuickStore, population: str, share: str = "0.5", **more: Any) -> Outcome:
    process = define(folder, DRAW % (population, share), show="seed of drawn day")
    return await perform(process, Application(), store, **more)


async def test_a_draw_is_made_once_for_its_key(tmp_path: Path) -> None:
    store = QuickStore()
    first = columns(await drawn(tmp_path, store, "'c', 'a', 'b', 'a'"))
    assert first["of"] == ("a", "b", "c")
    assert first["drawn"] == tuple(lots(["a", "b", "c"], first["seed"])[:2])
    assert len(bytes.fromhex(first["seed"])) == 16
    again = columns(await drawn(tmp_path, store, "'x', 'y'", "1"))  # a later run: others, and another share
    assert again == first


async def test_a_draw_of_nobody_is_none(tmp_path: Path) -> None:
    store = QuickStore()
    nobody = columns(await drawn(tmp_path, store, ""))
    assert (nobody["of"], nobody["drawn"]) == ((), ())
    assert columns(await drawn(tmp_path, store, "'a'"))["drawn"] == ("a",)
    assert columns(await drawn(tmp_path, store, ""))["drawn"] == ("a",)  # what was drawn stays


async def test_who_died_drawing_leaves_nothing_that_a_draw_of_nobody_could_fill(tmp_path: Path) -> None:
    class Dies(QuickStore):
        def settle(self, item: Any, *more: Any) -> Any:
            if item.owner.endswith("/kept"):
                super().release(item)  # as the next job does with what a dead one had taken
                raise SystemException("the lights went out")
            return super().settle(item, *more)

    store = QuickStore()
    died = Dies(store.clock)
    died.__dict__ = store.__dict__  # the same items, in a store that fails
    assert [item.status for item in (await drawn(tmp_path, died, "'a'")).items] == ["failed"]
    assert columns(await drawn(tmp_path, store, ""))["drawn"] == ()
    assert columns(await drawn(tmp_path, store, "'b'"))["drawn"] == ("b",)


async def test_two_seeds_are_never_the_same(tmp_path: Path) -> None:
    seeds = [columns(await drawn(tmp_path, QuickStore(), "'a'"))["seed"] for _ in range(5)]
    assert len(set(seeds)) == 5


@pytest.mark.parametrize("share", ["1.01", "0 - 0.1"])
async def test_a_share_lies_between_nothing_and_all(tmp_path: Path, share: str) -> None:
    outcome = await drawn(tmp_path, QuickStore(), "'a'", share)
    assert [item.status for item in outcome.items] == ["failed"]


async def test_a_draw_that_was_deleted_is_not_made_again(tmp_path: Path) -> None:
    class Thinned(QuickStore):
        def items(self, space: Any, job_id: str | None = None) -> Any:
            return [] if space.queue == "kept" else super().items(space, job_id)

    outcome = await drawn(tmp_path, Thinned(), "'a'")
    assert [item.status for item in outcome.items] == ["failed"]


async def test_what_another_job_is_drawing_is_not_drawn_twice(tmp_path: Path) -> None:
    class Claimed(QuickStore):
        def claim(self, space: Any, *more: Any) -> Any:
            return None if space.queue == "kept" else super().claim(space, *more)

    outcome = await drawn(tmp_path, Claimed(), "'a'")
    assert [item.status for item in outcome.items] == ["failed"]
    assert "another job" in outcome.items[0].reason
