"""The columns of a table that is added to the queue are fields of its items."""

from __future__ import annotations

from collections.abc import Mapping

from robotfabrik.expressions import Environment, element_type, static_type
from robotfabrik.model.errors import Diagnostic
from robotfabrik.model.process import Call, Step
from robotfabrik.model.suggest import did_you_mean
from robotfabrik.model.types import Type, accepts
from robotfabrik.parsing.checks.place import Place, Report


def check(step: Step, types: Mapping[str, Type], place: Place, report: Report) -> None:
    """Names and types of the columns, and the fields that have none."""
    if not isinstance(step, Call) or step.activity != "bulk_add_queue_items" or "table" not in step.arguments:
        return
    queue = place.process.queue if place.process else None
    table = step.arguments["table"]
    columns = dict(element_type(static_type(table, Environment(types, lambda _: None))).fields)
    if queue is None or not columns:
        return
    for name, given in columns.items():
        wanted = queue.item.get(name)
        if wanted is None:
            near = did_you_mean(name, [field for field in queue.item if field not in columns] or queue.item)
            report(Diagnostic(table.span, f"the item has no field '{name}'", "unknown-field", near))
        elif not accepts(wanted.or_none(), given):
            message = f"field '{name}' of the item must be {wanted}, not {given}"
            report(Diagnostic(table.span, message, "wrong-type"))
    for name, wanted in queue.item.items():
        if name not in columns and not wanted.optional:
            message = f"the item needs its field '{name}' ({wanted}), which the table does not have"
            report(Diagnostic(table.span, message, "missing-argument"))
