"""`robotfabrik restore`"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from robotfabrik.cli.person import acting, add_by
from robotfabrik.store.backup import Restored, restore
from robotfabrik.wiring import Project

KNOW = """\
What the robots have done since then stands in the applications, but not in this store:
- In the current period a robot looks there before it writes. Rehearse each bot first: robotfabrik run BOT
  --rehearse.
- Do not run a bot with a --date in an earlier period: there it would not look, and might write again.
- What was settled, approved or deleted since then must be settled, approved or deleted again.
Heads of the audit that were kept since then do not agree with it. Keep their file with the old store and
begin a new one: robotfabrik audit head --export FILE."""


def add(commands: Any) -> None:
    command = commands.add_parser("restore", help="put a backup in the place of the store")
    command.add_argument("file", type=Path, metavar="FILE", help="what robotfabrik backup wrote")
    add_by(command)
    command.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    done = restore(Project(Path.cwd()).store_url, given.file, acting(given))
    print(told(given.file, done))
    return 0


def told(file: Path, done: Restored) -> str:
    """What the operator must know."""
    lines = [f"The store is as {file} had it: {done.at:%Y-%m-%d %H:%M:%S}, row {done.head.seq} of the audit."]
    if done.kept is not None:
        lines.append(f"The store until now is kept: {done.kept}.")
    if done.newer:
        effects = "1 effect" if done.newer == 1 else f"{done.newer} effects"
        lines.append(f"It knows of {effects} that the restored one does not.")
    return "\n".join([*lines, KNOW])
