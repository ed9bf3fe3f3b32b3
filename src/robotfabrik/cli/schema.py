"""`robotfabrik schema [KIND]`"""

from __future__ import annotations

import argparse
import json
from typing import Any

from robotfabrik.authoring.sections import KINDS


def add(commands: Any) -> None:
    command = commands.add_parser("schema", help="print the JSON Schema of definitions, for editors")
    command.add_argument(
        "kind", nargs="?", choices=KINDS, metavar="KIND", help=f"{', '.join(KINDS)}; by default all in one"
    )
    command.set_defaults(run=show)


def show(given: argparse.Namespace) -> int:
    """Exit code 0."""
    from robotfabrik.authoring.schema import schema

    print(json.dumps(schema(given.kind), ensure_ascii=False, indent=2))
    return 0
