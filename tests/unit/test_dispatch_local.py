"""What takes jobs from the store outlives whatever fails."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from robotfabrik.dispatch.local import Local
from robotfabrik.dispatch.machine import Machine, Offer
from robotfabrik.model.errors import SystemException
from robotfabrik.store import MemoryStore


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (SystemException("the store failed"), "the store failed"),
        (ValueError("no such thing"), "ValueError: no such thing"),
    ],
)
def test_a_turn_that_fails_is_told_once_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, words: str
) -> None:
    said: list[tuple[str, str]] = []

    def fail(*_: Any) -> None:
        raise error

    store = MemoryStore()
    machine = Machine(store, Offer(), tmp_path, lambda _: tmp_path, lambda *line: said.append(line))
    local = Local(machine, silence=60.0, grace=60.0)
    with monkeypatch.context() as patch:
        patch.setattr(store, "take_pending", fail)
        local._turn()
        local._turn()
    local._turn()
    local._turn()
    assert said == [("warning", f"no job can be taken: {words}"), ("info", "jobs can be taken again")]
