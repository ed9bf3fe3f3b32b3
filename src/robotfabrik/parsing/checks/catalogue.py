"""Every rule of the checker by its id: those of reading, then those of each file of checks."""

from __future__ import annotations

from collections.abc import Mapping

from robotfabrik.parsing import ignores
from robotfabrik.parsing.checks import (
    arguments,
    bounds,
    decision_tables,
    duplicates,
    effects,
    empty_tests,
    examples,
    figures,
    fragile,
    keys,
    lists,
    loops,
    moved_period,
    never_fires,
    overwritten,
    periods,
    recursion,
    retries,
    row_names,
    row_positions,
    same_elements,
    same_keys,
    secrets,
    sections,
    trigger_cycles,
    unreachable,
    untested,
    unthrown,
    unused,
    variables,
    watched_folders,
    wording,
    writes,
)
from robotfabrik.parsing.checks.check import Check
from robotfabrik.parsing.checks.reading import READING

GROUPS: Mapping[str, tuple[Check, ...]] = {
    "What is written": (
        writes.OUTSIDE,
        writes.AUTHORITY,
        effects.CHECK,
        retries.WRITE,
        retries.THROW,
        keys.CHECK,
        same_keys.CHECK,
        secrets.CHECK,
        arguments.UNSAFE,
    ),
    "How steps run": (
        arguments.ARGUMENTS,
        unreachable.CHECK,
        bounds.UNBOUNDED,
        bounds.ENDLESS,
        recursion.CHECK,
        loops.LOOP,
        loops.CATCH,
        loops.ITEM,
        duplicates.CHECK,
        periods.CHECK,
    ),
    "What is used": (
        variables.VARIABLE,
        variables.READ,
        overwritten.CHECK,
        unused.INPUT,
        unused.SETTING,
        unused.RULE,
        unused.TEXT,
        unused.WORKFLOW,
        unused.ELEMENT,
        unthrown.CHECK,
    ),
    "Screens": (fragile.CHECK, same_elements.CHECK, row_positions.CHECK),
    "Rules": (
        decision_tables.OVERLAP,
        decision_tables.UNREACHABLE,
        decision_tables.GAP,
        untested.CHECK,
        examples.ROW,
        examples.EXAMPLE,
        empty_tests.CHECK,
        row_names.CHECK,
    ),
    "Texts, reports and the document": (
        wording.WORDING,
        wording.PUNCTUATION,
        lists.CHECK,
        figures.CHECK,
        sections.CHECK,
    ),
    "The schedule": (
        never_fires.CHECK,
        trigger_cycles.CHECK,
        moved_period.CHECK,
        watched_folders.CHECK,
    ),
    "Ignores": (ignores.CHECK,),
    "What cannot be read": tuple(READING.values()),
}
"""Heading of the reference → its rules."""
CHECKS: Mapping[str, Check] = {check.id: check for group in GROUPS.values() for check in group}
