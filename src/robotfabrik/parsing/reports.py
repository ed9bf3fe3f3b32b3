"""`report:`: what people get to see of every item, and what is counted."""

from __future__ import annotations

from robotfabrik.model.measures import SHOWS
from robotfabrik.model.process import Evaluable, Measure, Report
from robotfabrik.model.source import Word
from robotfabrik.parsing.nodes import Node
from robotfabrik.parsing.reader import Reader

REPORT = ("columns", "lists", "per", "analytics", "findings", "counts", "measures")
MEASURE = ("of", "show", "by", "private")
REQUIRED = ("of", "show")


def report(reader: Reader, node: Node | None) -> Report:
    """The report; an empty one when there is none."""
    fields = reader.mapping(node, "report", REPORT)
    if fields is None:
        return Report()
    columns = _cells(reader, fields["columns"], "columns")
    found = reader.map(fields["lists"], "lists")
    lists: dict[str, tuple[str, ...]] = {
        Word(entry.key.text, entry.key.span): tuple(
            chosen
            for item in reader.list(entry.value, "a list's columns")
            if (chosen := reader.choice(item, "column", columns, ""))
        )
        for entry in (found.entries if found else ())
    }
    counts = tuple(
        Word(chosen, item.span)
        for item in reader.list(fields["counts"], "counts")
        if (chosen := reader.choice(item, "column", columns, ""))
    )
    return Report(
        columns, lists, reader.choice(fields["per"], "column", columns, "") or None,
        _cells(reader, fields["analytics"], "analytics"), reader.expression(fields["findings"], "findings"),
        counts, _measures(reader, fields["measures"]),
    )  # fmt: skip


def _cells(reader: Reader, node: Node | None, what: str) -> dict[str, Evaluable]:
    """A heading and an expression for each."""
    found = reader.map(node, what)
    return {
        Word(entry.key.text, entry.key.span): reader.expression(entry.value, f"{what} {entry.key.text}")
        for entry in (found.entries if found else ())
    }


def _measures(reader: Reader, node: Node | None) -> dict[str, Measure]:
    found = reader.map(node, "measures")
    measures: dict[str, Measure] = {}
    for entry in found.entries if found else ():
        what = f"measure {entry.key.text}"
        fields = reader.mapping(entry.value, what, MEASURE, REQUIRED)
        of = None if fields is None else reader.expression(fields["of"], "of")
        if fields is None or of is None:
            continue
        measures[Word(entry.key.text, entry.key.span)] = Measure(
            of, reader.choice(fields["show"], "show", SHOWS, ""),
            reader.expression(fields["by"], "by"), reader.boolean(fields["private"], "private"),
            fields.span,
        )  # fmt: skip
    return measures
