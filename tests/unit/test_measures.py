"""`report: measures:`: what is observed when an item has ended, and where it is kept."""

from __future__ import annotations

from pathlib import Path

from robotfabrik.model.measures import MeasureRow, tallied
from robotfabrik.model.records import ItemFilter
from tests.support.engine import Application, QuickStore, define, perform

QUEUE = (
    "{item: {number: text, digital: boolean, amount: money?, words: list of text?}, reference: [item.number]}"
)
EXCEPTIONS = "{BE1: {kind: business, name: Skyddade personuppgifter, list: särskild, details: none}}"
STEPS = """
    - throw: BE1
      when: item.number == 'B'
    - assign: {large: "item.amount > 100 if item.amount is not none else none"}
"""
REPORT = """
    columns: {Nummer: item.number}
    measures:
      Digitala: {of: item.digital, show: share}
      Stora: {of: large, show: share, by: item.digital}
      Belopp: {of: item.amount, show: sum}
      Sätt: {of: item.digital, show: frequency}
      Poster: {of: item.words, show: frequency, private: yes}
    """
ROWS = (
    {"number": "A", "digital": "true", "amount": "1250.5", "words": "[' Nya \\t glasögon', 'Cykel']"},
    {"number": "B", "digital": "false", "amount": "5", "words": "['Hemligt']"},
    {"number": "C", "digital": "false"},
)
DISPATCH = "".join(
    "\n    - add_queue_item: {"
    + ", ".join(
        f'{name}: "{text if name == "number" else f"${{{{ {text} }}}}"}"' for name, text in row.items()
    )
    + "}"
    for row in ROWS
)


async def test_an_item_is_observed_when_it_has_ended(tmp_path: Path) -> None:
    process = define(
        tmp_path, STEPS, queue=QUEUE, exceptions=EXCEPTIONS, dispatch=DISPATCH + "\n", report=REPORT
    )
    store = QuickStore()
    outcome = await perform(process, Application(), store)
    assert outcome.status == "successful", outcome.reason
    items = {item.reference: item for item in store.find_items(ItemFilter())}
    assert items["A"].analytics == {
        "Digitala": {"show": "share", "of": True},
        "Stora": {"show": "share", "of": True, "by": True},
        "Belopp": {"show": "sum", "of": "1250.5"},
        "Sätt": {"show": "frequency", "of": True},
    }
    assert items["A"].output["private"] == {"Poster": {"show": "frequency", "of": ["Nya glasögon", "Cykel"]}}
    # A case without details gives figures and no words.
    assert items["B"].analytics["Belopp"] == {"show": "sum", "of": "5"}
    assert "private" not in items["B"].output
    # What was never set, or is none, does not belong to the whole.
    assert set(items["C"].analytics) == {"Digitala", "Sätt"}
    assert "private" not in items["C"].output


def test_groups_stand_in_order_and_none_last() -> None:
    observed = [
        ("Regler", {"show": "frequency", "of": ["M4", "M6"], "by": by}, times)
        for by, times in ((None, 1), ("Papper", 2), ("Digital", 3))
    ]
    observed.append(("Regler", {"show": "frequency", "of": "M6", "by": "Papper"}, 5))
    (measure,) = tallied(observed)
    assert measure.grouped
    assert [(row.by, row.value, row.number) for row in measure.rows] == [
        ("Digital", "M4", 3), ("Digital", "M6", 3), ("Papper", "M6", 7), ("Papper", "M4", 2),
        (None, "M4", 1), (None, "M6", 1),
    ]  # fmt: skip
    both = measure.rows[0] + measure.rows[3]
    assert both == MeasureRow(None, "M4", 5, both.total)


def test_a_measure_that_is_shown_otherwise_since_is_another() -> None:
    observed = [("Digitala", {"show": "share", "of": True}, 3), ("Digitala", {"show": "sum", "of": "2"}, 4)]
    assert [(one.show, int(one.rows[0].total)) for one in tallied(observed)] == [("share", 3), ("sum", 8)]
