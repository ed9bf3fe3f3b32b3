"""Who acts on the command line: the operating system's user, or whom `--by` names."""

from __future__ import annotations

import argparse

from robotfabrik.model.errors import UsageError
from robotfabrik.wiring import this_user


def add_by(command: argparse.ArgumentParser) -> None:
    command.add_argument("--by", metavar="NAME", help="who does this; the user of this machine")


def acting(given: argparse.Namespace) -> str:
    """The person's name."""
    name = str(given.by or "").encode("utf-8", "replace").decode().strip()
    if given.by is not None and not name:
        raise UsageError("--by is empty: write --by NAME")
    if not (name := name or this_user()):
        raise UsageError("this machine does not know who you are: write --by NAME")
    return name
