"""`robotfabrik new DIR`"""

from __future__ import annotations

import argparse
import os
import shlex
from pathlib import Path
from typing import Any


def add(commands: Any) -> None:
    command = commands.add_parser(
        "new", help="make a new project, with a small robot that runs and tests green"
    )
    command.add_argument("folder", metavar="DIR", type=Path, help="a folder that is new or empty")
    command.set_defaults(run=new)


def new(given: argparse.Namespace) -> int:
    """Exit code 2 when the folder is not empty."""
    from robotfabrik.authoring.new import make

    written = make(given.folder)
    path = str(given.folder)
    quoted = (f'"{path}"' if " " in path else path) if os.name == "nt" else shlex.quote(path)
    print(f"A project of {len(written)} files in {path}. Next:\n")
    for line in (f"cd {quoted}", "robotfabrik check", "robotfabrik test", "robotfabrik run hello"):
        print(f"  {line}")
    return 0
