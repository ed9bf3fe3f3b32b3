"""`robotfabrik check [PATH…]`"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from robotfabrik.model.errors import UsageError
from robotfabrik.parsing.diagnostics import Collector, as_github, as_json, render
from robotfabrik.parsing.loader import Loader


def add(commands: Any) -> None:
    command = commands.add_parser("check", help="report everything that is wrong in the definitions")
    command.add_argument(
        "paths", nargs="*", metavar="PATH", help="files or folders; by default pdd/, bots/ and schedule.yaml"
    )
    command.add_argument(
        "--format", choices=("text", "json", "github"), default="text", help="for people, programs, or GitHub"
    )
    command.add_argument("--strict", action="store_true", help="warnings count as errors")
    command.set_defaults(run=check)


def check(given: argparse.Namespace) -> int:
    """Exit code 1 if there is any error; with --strict, any warning."""
    collector = Collector()
    loader = Loader(collector.report)
    for path in files(given.paths):
        loader.any(path)
    loader.finish()
    print(shown(collector, given.format), end="")
    return 1 if collector.has_errors or (given.strict and collector.has("warning")) else 0


def shown(collector: Collector, format: str) -> str:
    """What is printed: nothing when nothing was found, but JSON's empty list."""
    if format == "json":
        return json.dumps(as_json(collector.diagnostics), ensure_ascii=False, indent=2) + "\n"
    if format == "github":
        return as_github(collector.diagnostics)
    return render(collector.diagnostics, colour=sys.stdout.isatty())


def files(paths: list[str]) -> list[Path]:
    """The definitions below the paths; those of the project when none is given."""
    if not paths:
        found = [f for folder in ("pdd", "bots") for f in sorted(Path(folder).rglob("*.yaml"))]
        schedule = Path("schedule.yaml")
        if not found and not schedule.is_file():
            raise UsageError("there is nothing to check here: no pdd/, bots/ or schedule.yaml")
        return found + [schedule] * schedule.is_file()
    result = []
    for path in map(Path, paths):
        if path.is_dir():
            result += sorted(path.rglob("*.yaml"))
        elif path.is_file():
            result.append(path)
        else:
            raise UsageError(f"there is no file or folder '{path}'")
    return result
