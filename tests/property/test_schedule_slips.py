"""With any one key or word of a schedule misspelt, the checker says so, at the right place."""

from __future__ import annotations

import re

import pytest

from robotfabrik.model.source import Source
from robotfabrik.parsing import nodes
from tests.property.test_misspelling import Token, misspellings, tokens
from tests.support.schedules import EXAMPLE, built

BOTS = ("folkbokforing", "invoices")
FREE = ("name", "reason", "folder", "pattern", "calendars")
"""What authors name as they like."""


def words() -> list[Token]:
    tree = nodes.read(Source("schedule.yaml", EXAMPLE), lambda _: None)
    assert tree is not None
    found = tokens(tree)
    return [t for t in found if t.path.rpartition(".")[2] not in FREE and any(map(str.isalpha, t.word))]


def test_the_example_is_right() -> None:
    assert built(EXAMPLE, BOTS)[1] == []


@pytest.mark.parametrize("token", words(), ids=str)
def test_a_misspelt_word_is_found(token: Token) -> None:
    lines = EXAMPLE.split("\n")
    line, at = lines[token.line - 1], token.column - 1
    assert line.startswith(token.word, at), "the token is not where the tree says"
    for wrong in misspellings(token.word)[::4]:
        lines[token.line - 1] = line[:at] + wrong + line[at + len(token.word) :]
        found = built("\n".join(lines), BOTS)[1]
        here = [one for one in found if one.startswith(f"{token.line}:")]
        right = [one for one in here if token.word in re.sub(rf"(?<!\w){wrong}(?!\w)", "", one)]
        assert right, f"{wrong!r}: {here or found}"
        assert len(found) <= 4, "one slip, many errors"
