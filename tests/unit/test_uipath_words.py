"""UiPath's words lead to activities and arguments that there are."""

from __future__ import annotations

import pytest

from robotfabrik.activities.catalogue import CATALOGUE
from robotfabrik.model.keys import unknown_key
from robotfabrik.parsing import uipath
from robotfabrik.parsing.steps import BLOCK_KEYS, COMMON

OURS = {*BLOCK_KEYS, *CATALOGUE}


def test_every_word_leads_to_an_activity_and_is_none_of_ours() -> None:
    assert set(uipath.SAME.values()) - OURS == set()
    assert (uipath.SAME.keys() | uipath.OTHERWISE.keys()) & OURS == set()
    assert uipath.SAME.keys() & uipath.OTHERWISE.keys() == set()


def test_words_stand_in_the_tables_as_they_are_compared() -> None:
    words = (*uipath.SAME, *uipath.OTHERWISE, *uipath.ARGUMENTS)
    assert [word for word in words if uipath.folded(word) != word] == []


def test_every_property_leads_to_an_argument_or_a_key() -> None:
    known = {name for activity in CATALOGUE.values() for name in activity.parameters} | {*COMMON, "with"}
    assert {name for names in uipath.ARGUMENTS.values() for name in names} - known == set()


@pytest.mark.parametrize("word", ["Write Line", "WriteLine", "write-line", "write_line"])
def test_one_word_however_it_is_written(word: str) -> None:
    assert uipath.folded(word) == "write_line"


@pytest.mark.parametrize(
    ("keys", "wrong"),
    [
        ("Enter", None), ("Control+a", None), ("Control++", None), ("+", None), ("Shift+ArrowDown", None),
        ("enter", (0, "enter", "Enter")), ("Control+Esc", (8, "Esc", "Escape")),
        ("Ctrl+a", (0, "Ctrl", "Control")),
        ("Control+", (8, "", None)), ("å", (0, "å", None)),
    ],
)  # fmt: skip
def test_keys(keys: str, wrong: tuple[int, str, str | None] | None) -> None:
    assert unknown_key(keys) == wrong
