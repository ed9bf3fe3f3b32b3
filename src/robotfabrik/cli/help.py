"""`robotfabrik help [NAME]`: activities, functions, filters, and rules of the checker."""

from __future__ import annotations

import argparse
from typing import Any

from robotfabrik.activities.catalogue import CATALOGUE
from robotfabrik.expressions import FILTERS, FUNCTIONS
from robotfabrik.model.errors import UsageError
from robotfabrik.model.suggest import did_you_mean
from robotfabrik.parsing.checks.catalogue import CHECKS
from robotfabrik.parsing.steps import BLOCK_KEYS


def add(commands: Any) -> None:
    command = commands.add_parser(
        "help", help="explain an activity, function, filter or rule of the checker; without a name list them"
    )
    command.add_argument("name", nargs="?", metavar="NAME")
    command.set_defaults(run=show)


def show(given: argparse.Namespace) -> int:
    if given.name is None:
        _list("Control steps", dict.fromkeys(BLOCK_KEYS, ""))
        _list("Activities", {name: activity.doc.splitlines()[0] for name, activity in CATALOGUE.items()})
        _list("Functions", {str(f): f.doc for f in FUNCTIONS.values()})
        _list("Filters", {str(f): f.doc for f in FILTERS.values()})
        return 0
    if given.name in CATALOGUE:
        activity = CATALOGUE[given.name]
        print(f"{given.name}  ({activity.effect})\n\n{activity.doc}")
    elif found := [f for table in (FUNCTIONS, FILTERS) for name, f in table.items() if name == given.name]:
        for function in found:
            print(f"{function}\n\n{function.doc}\n")
    elif given.name in CHECKS:
        check = CHECKS[given.name]
        print(f"{check.id}  ({check.severity})\n\n{check.finds}")
    else:
        known = [*CATALOGUE, *FUNCTIONS, *FILTERS, *CHECKS]
        raise UsageError(f"nothing is called '{given.name}'. {did_you_mean(given.name, known)}")
    return 0


def _list(title: str, entries: dict[str, str]) -> None:
    print(f"{title}:")
    for name, text in entries.items():
        print(f"  {name}" + (f"\n      {text}" if text else ""))
    print()
