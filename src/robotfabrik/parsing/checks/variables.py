"""Variables that nothing reads, and what is read from a screen and never used.

A name that begins with _ says that it is not to be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from robotfabrik.activities.catalogue import CATALOGUE
from robotfabrik.model.process import Call, Step
from robotfabrik.model.source import Word
from robotfabrik.model.suggest import did_you_mean, nearest
from robotfabrik.model.types import Type
from robotfabrik.parsing.checks.check import Check
from robotfabrik.parsing.checks.doubt import Doubt
from robotfabrik.parsing.checks.place import Place, Report
from robotfabrik.parsing.checks.reading import READING
from robotfabrik.parsing.checks.unused import INPUT

MISSPELT = READING["misspelt-variable"]
VARIABLE = Check("unused-variable", "warning", "A variable is set and never read.")
READ = Check("unused-reading", "warning", "Something is read from a screen and never used.")
_TARGETS = ("element", "table", "screen")
_DIGITS = re.compile(r"\d+")


@dataclass(slots=True)
class Scope:
    """The variables of one workflow, effect or section: what sets them, and which are read."""

    inputs: frozenset[str] = frozenset()
    written: list[tuple[Word, Step]] = field(default_factory=list)
    read: set[str] = field(default_factory=set)
    types: dict[str, Type] = field(default_factory=dict)
    """Each variable's type, over all the places that set it."""


def check(step: Step, types: Mapping[str, Type], place: Place, report: Report) -> None:
    """A step that reads from a screen and keeps nothing."""
    if isinstance(step, Call) and step.save_as is None and _reads(step):
        message = f"{step.activity} reads, and nothing is kept of it"
        report(READ.at(step.span, message, "save_as: …, or remove the step"))


def check_scopes(scopes: Iterable[Scope], doubt: Doubt, report: Report) -> None:
    """Variables that nothing reads; one nearly called like another is a slip."""
    for scope in scopes:
        others = {name: _DIGITS.sub("", name) for name, _ in scope.written if name in scope.read}
        for name, step in scope.written:
            if name in scope.read or name in scope.inputs or name.startswith("_"):
                continue
            letters = _DIGITS.sub("", name)  # total1 beside total2 is no slip
            if near := nearest(name, [other for other, its in others.items() if its != letters]):
                report(MISSPELT.at(name.span, f"nothing reads '{name}'", did_you_mean(name, near)))
            elif doubt.of(name):
                continue
            elif isinstance(step, Call) and _reads(step):
                message = f"'{name}' is read from a screen and never used"
                report(READ.at(name.span, message, "what the robot does not need, it does not read"))
            else:
                report(VARIABLE.at(name.span, f"nothing reads '{name}'", "remove it, or call it _"))
        for unread in scope.inputs - scope.read:
            if isinstance(unread, Word) and not unread.startswith("_") and not doubt.of(unread):
                report(INPUT.at(unread.span, f"nothing reads the input '{unread}'", "remove it"))


def _reads(step: Call) -> bool:
    """Does the activity look at a screen and give back what stands there?"""
    activity = CATALOGUE[step.activity]
    looks = activity.effect == "read" and any(p.tag in _TARGETS for p in activity.parameters.values())
    return looks and activity.returns not in (None, type(None))
