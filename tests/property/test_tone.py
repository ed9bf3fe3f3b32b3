"""Whatever the data, no text of a robot accuses anybody: quoted data may hold any word, our words none."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robotfabrik.engine.decisions import compose
from robotfabrik.model.errors import EvaluationError
from robotfabrik.model.process import Process, Text
from robotfabrik.model.types import Type
from robotfabrik.model.values import Month
from robotfabrik.parsing.diagnostics import Collector
from robotfabrik.parsing.loader import Loader, definitions_in
from robotfabrik.testing.rules import DAY, builtins
from tests.support.fake import ROOT

ACCUSING = re.compile(r"\b(?:fusk|bedräg|misstänk|brott|felaktig|undanhåll|FUT\b)", re.IGNORECASE)
QUOTED = re.compile("⟦[^⟧]*⟧", re.DOTALL)
DATA = st.builds(
    "⟦{}{}⟧".format,
    st.sampled_from(["", "Brottby", "Fuskbygatan 1, ", "misstänkt ", "FUT", "Felaktig. Uppgift"]),
    st.text(st.characters(exclude_characters="⟦⟧", exclude_categories=("Cs",)), max_size=12),
)
AMOUNTS = st.decimals(min_value=-100_000, max_value=10_000_000, places=2)


def texts() -> dict[str, tuple[Process, Text]]:
    """Every text of every PDD, and those of the repository once."""
    found = {}
    for file in definitions_in(ROOT / "bots"):
        collector = Collector()
        read = Loader(collector.report).bot(file)
        assert read is not None, file
        for text in read[1].texts.values():
            found[f"{Path(text.span.source.path).stem}-{text.id}"] = (read[1], text)
    return found


EVERY = texts()


@cache
def values(type_: Type) -> st.SearchStrategy[Any]:
    """Values that a text may be given."""
    if type_.optional:
        return st.none() | values(type_.required())
    match type_.name:
        case "enumeration":
            return st.sampled_from(type_.values)  # these words are ours
        case "integer":
            return st.integers(0, 10_000)
        case "money" | "number":
            return AMOUNTS
        case "percent":
            return st.decimals(min_value=0, max_value=1, places=2)
        case "date":
            return st.dates(date(1950, 1, 1), date(2099, 12, 31))
        case "month":
            return st.builds(Month, st.integers(1950, 2099), st.integers(1, 12))
        case "boolean" | "exists":
            return st.booleans()
        case "list":
            return st.lists(values(type_.of) if type_.of and type_.of.name != "any" else DATA, max_size=4)
    return DATA


@pytest.mark.parametrize("name", EVERY)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_no_word_of_ours_accuses(name: str, data: st.DataObject) -> None:
    process, text = EVERY[name]
    inputs = {name: data.draw(values(type_), name) for name, type_ in text.inputs.items()}
    try:
        composed = compose(text, {**builtins(process, DAY, {}), **inputs})
    except EvaluationError:
        return  # what is missing where the text needs it: nothing is said
    said = "\n".join(filter(None, (composed["rubrik"], composed["text"])))
    assert not ACCUSING.search(QUOTED.sub(" ", said))


def test_the_test_would_see_it() -> None:
    assert ACCUSING.search("Det är felaktigt.")
    assert ACCUSING.search("till FUT.")
    assert not ACCUSING.search(QUOTED.sub(" ", "Adressen är ⟦Brottby 1⟧."))
