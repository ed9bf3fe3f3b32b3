"""What a PDD's queue and report say of an item: how urgent it is, when it is taken, what stays of it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from robotfabrik.engine import performer as engine
from robotfabrik.engine import retry
from robotfabrik.model.records import ItemFilter
from tests.support.engine import Application, QuickStore, Watch, define, new_job, perform, performer, read

QUEUE = """
    item: {number: text, amount: money?, due: date?, kind: text}
    reference: [item.number]
    attempts: 1
    """

def with_rows(*rows: dict[str, Any]) -> str:
    """A dispatch that adds these."""
    steps = "\n".join(
        "    - add_queue_item: {" + ", ".join(f'{k}: "{v}"' for k, v in row.items()) + "}" for row in rows
    )
    return "\n" + steps + "\n"


ROWS = (
    {"number": "A", "amount": "${{ 5 }}", "due": "${{ date(2022, 11, 5) }}", "kind": "ny"},
    {"number": "B", "amount": "${{ 50 }}", "kind": "gammal"},
    {"number": "C", "amount": "${{ 5 }}", "due": "${{ date(2022, 11, 4) }}", "kind": "ny"},
)


async def order(folder: Path, keys: str, **more: str) -> tuple[list[str], QuickStore, Watch]:
    process = define(
        folder, "- assign: {big: item.amount > 10}", queue=QUEUE + keys, dispatch=with_rows(*ROWS), **more
    )
    store, watch = QuickStore(), Watch()
    outcome = await perform(process, Application(), store, watch=watch)
    assert outcome.status == "successful", outcome.reason
    return [item.reference for item in outcome.items], store, watch


async def test_items_are_taken_by_priority_then_deadline(tmp_path: Path) -> None:
    assert (await order(tmp_path / "a", ""))[0] == ["A", "B", "C"]
    urgent = "priority: \"'high' if item.amount > 10 else none\"\n"
    assert (await order(tmp_path / "b", urgent))[0] == ["B", "A", "C"]
    references, store, _ = await order(tmp_path / "c", urgent + "    deadline: item.due\n")
    assert references == ["B", "C", "A"]
    deadlines = {item.reference: item.deadline for item in store.find_items(ItemFilter())}
    end = datetime(2022, 11, 6).astimezone().timestamp()  # until the end of that day
    assert (deadlines["A"], deadlines["B"]) == (end, None)


async def test_a_postponed_item_waits(tmp_path: Path) -> None:
    day = date.today() + timedelta(days=2)
    begin = datetime(day.year, day.month, day.day).astimezone().timestamp()
    later = f"date({day.year}, {day.month}, {day.day}) if item.number == 'A' else none"
    references, store, _ = await order(tmp_path, f'postpone: "{later}"\n')
    assert references == ["B", "C", "A"]
    assert store.clock.now >= begin  # the quick store's clock went on until then


async def test_a_priority_that_is_none_of_the_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry, "RETRY_DELAYS", (0.001, 0.002, 0.003))
    process = define(
        tmp_path, "- assign: {a: 1}", queue=QUEUE + "priority: item.kind\n", dispatch=with_rows(*ROWS)
    )
    outcome = await perform(process, Application())
    assert (outcome.status, "high or normal or low" in outcome.reason) == ("faulted", True)


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("priority: item.amount", "priority must be 'high', 'normal' or 'low', not money or none"),
        ("deadline: item.number", "deadline must be a date or a duration, not text"),
        ("postpone: item.amount", "postpone must be a date or a duration, not money or none"),
    ],
)
def test_a_wrong_type_is_told(tmp_path: Path, key: str, says: str) -> None:
    _, problems = read(tmp_path, "- assign: {a: 1}", queue=f"{QUEUE}{key}\n", dispatch=with_rows(*ROWS))
    assert says in [problem.message for problem in problems]


async def test_figures_stay_without_personal_data(tmp_path: Path) -> None:
    report = "analytics: {stor: big, belopp: item.amount}"
    _, store, _ = await order(tmp_path, "", report=report)
    figures = {item.reference: item.analytics for item in store.find_items(ItemFilter())}
    assert figures["B"] == {"stor": True, "belopp": 50}


BULK = """
    - assign: {rows: "[record(number=n, kind='ny') for n in ['A', none, 'C']]"}
    - bulk_add_queue_items: {table: "${{ rows }}", commit: COMMIT}
    """


@pytest.mark.parametrize(
    ("commit", "status", "added"), [("each", "successful", ["A", "C"]), ("all_or_nothing", "faulted", [])]
)
async def test_all_rows_are_added_or_each(
    tmp_path: Path, commit: str, status: str, added: list[str]
) -> None:
    queue = "{item: {number: text?, kind: text?}, reference: [\"item.number + '/1'\"], attempts: 1}"
    process, _ = read(
        tmp_path, "- assign: {a: 1}", queue=queue, dispatch=BULK.replace("COMMIT", commit)
    )
    store, watch = QuickStore(), Watch()
    outcome = await perform(process, Application(), store, watch=watch)
    assert outcome.status == status, outcome.reason
    references = [item.reference for item in store.items(new_job(process).space)]
    assert references == [f"{name}/1" for name in added]
    told = [message for level, message in watch.logs if "row 2 is not added" in message]
    assert len(told) == (commit == "each")


async def test_a_missed_deadline_is_logged(tmp_path: Path) -> None:
    queue = QUEUE + "deadline: item.due\n"
    process = define(tmp_path, "- assign: {a: 1}", queue=queue, dispatch=with_rows(*ROWS))
    watch, store = Watch(), QuickStore()
    store.clock.now = datetime(2022, 12, 1).timestamp()
    job = performer(process, Application(), store, watch=watch, options=engine.Options(limit=1))
    await job.run()
    assert ("warning", "1 items that are still open have missed their deadline") in watch.logs
