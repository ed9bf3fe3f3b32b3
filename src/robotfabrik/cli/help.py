"""`robotfabrik help [NAME]`: activities, control steps, functions, types, sections, rules of the checker."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Any

from robotfabrik.model.errors import UsageError
from robotfabrik.model.suggest import did_you_mean


def add(commands: Any) -> None:
    command = commands.add_parser(
        "help", help="explain an activity, control step, function, type, section or rule; else list them"
    )
    command.add_argument("name", nargs="?", metavar="NAME")
    command.set_defaults(run=show)


def show(given: argparse.Namespace) -> int:
    from robotfabrik.authoring import entries
    from robotfabrik.authoring.pages import as_text

    if given.name is None:
        _list("Control steps", entries.blocks())
        _list("Activities", entries.activities())
        _list("Functions and filters", entries.functions())
        _list("Types", entries.types())
        _list("Sections", entries.sections())
        _list("Rules of the checker", entries.rules())
        return 0
    found = entries.called(given.name)
    if not found:
        known = [entry.name for entry in entries.everything()]
        raise UsageError(f"nothing is called '{given.name}'. {did_you_mean(given.name, known)}".rstrip())
    print("\n\n".join(as_text(entry) for entry in found))
    return 0


def _list(title: str, found: Iterable[Any]) -> None:
    print(f"{title}:")
    for entry in found:
        print(f"  {entry.title}\n      {entry.doc.summary}")
    print()
