"""`robotfabrik check [PATH…]`"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from robotfabrik.model.errors import UsageError
from robotfabrik.parsing.diagnostics import Collector, as_github, as_json, render
from robotfabrik.parsing.loader import BY_NAME, Loader, definitions_in


def add(commands: Any) -> None:
    command = commands.add_parser("check", help="report everything that is wrong in the definitions")
    command.add_argument(
        "paths", nargs="*", metavar="PATH",
        help="files or folders; by default pdd/, bots/, schedule.yaml and alerts.yaml",
    )  # fmt: skip
    command.add_argument(
        "--format", choices=("text", "json", "github"), default="text", help="for people, programs, or GitHub"
    )
    command.add_argument("--strict", action="store_true", help="warnings count as errors")
    command.set_defaults(run=check)


def check(given: argparse.Namespace) -> int:
    """Exit code 1 if there is any error; with --strict, any warning."""
    collector = diagnose(files(given.paths))
    print(shown(collector, given.format), end="")
    return 1 if collector.has_errors or (given.strict and collector.has("warning")) else 0


def diagnose(paths: Sequence[Path]) -> Collector:
    """Everything that is found in these files together."""
    collector = Collector()
    loader = Loader(collector.report)
    for path in paths:
        loader.tree(path)  # all names that are used are known before any is said to be used nowhere
    with loader.waiting():
        for path in paths:
            loader.any(path)
    loader.finish()
    return collector


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
        found = [f for folder in ("pdd", "bots") for f in definitions_in(Path(folder), below=True)]
        found += [file for file in definitions_in(Path()) if file.stem in BY_NAME]
        if not found:
            raise UsageError("there is nothing to check here: no pdd/, bots/ or schedule.yaml")
        return found
    result = []
    for path in map(Path, paths):
        if path.is_dir():
            result += definitions_in(path, below=True)
        elif path.is_file():
            result.append(path)
        else:
            raise UsageError(f"there is no file or folder '{path}'")
    return result
