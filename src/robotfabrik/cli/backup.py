"""`robotfabrik backup`"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from robotfabrik.cli.person import acting, add_by
from robotfabrik.store.backup import backup
from robotfabrik.wiring import Project


def add(commands: Any) -> None:
    command = commands.add_parser("backup", help="copy the store to a file, while runs go on")
    command.add_argument("file", type=Path, metavar="FILE", help="a new file; it will hold personal data")
    add_by(command)
    command.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    project = Project(Path.cwd())
    project.existing_store().close()
    backup(project.store_url, given.file, acting(given))
    print(f"The store was copied to {given.file}.")
    return 0
