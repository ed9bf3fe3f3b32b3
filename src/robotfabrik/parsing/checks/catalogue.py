"""Every rule of the checker by its id: those of reading, then those of each file of checks."""

from __future__ import annotations

from collections.abc import Mapping

from robotfabrik.parsing import ignores
from robotfabrik.parsing.checks import (
    bounds,
    decision_tables,
    duplicates,
    effects,
    examples,
    fragile,
    keys,
    lists,
    loops,
    retries,
    same_keys,
    secrets,
    sections,
    unreachable,
    untested,
    unthrown,
    unused,
    variables,
    wording,
    writes,
)
from robotfabrik.parsing.checks.check import Check
from robotfabrik.parsing.checks.reading import READING

JUDGING: tuple[Check, ...] = (
    # what is written
    writes.OUTSIDE,
    writes.AUTHORITY,
    effects.CHECK,
    retries.WRITE,
    retries.THROW,
    keys.CHECK,
    same_keys.CHECK,
    secrets.CHECK,
    # how steps run
    loops.LOOP,
    loops.CATCH,
    bounds.UNBOUNDED,
    bounds.ENDLESS,
    unreachable.CHECK,
    duplicates.CHECK,
    # what is used
    variables.VARIABLE,
    variables.READ,
    unused.INPUT,
    unused.SETTING,
    unused.RULE,
    unused.TEXT,
    unused.WORKFLOW,
    unused.ELEMENT,
    unthrown.CHECK,
    fragile.CHECK,
    # rules, texts and the document
    decision_tables.OVERLAP,
    decision_tables.UNREACHABLE,
    decision_tables.GAP,
    examples.EXAMPLE,
    examples.ROW,
    untested.CHECK,
    wording.WORDING,
    wording.PUNCTUATION,
    lists.CHECK,
    sections.CHECK,
    # ignores
    ignores.CHECK,
)
CHECKS: Mapping[str, Check] = {**READING, **{check.id: check for check in JUDGING}}
