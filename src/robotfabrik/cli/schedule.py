"""`robotfabrik schedule`: what the schedule says. Its parts have a file each."""

from __future__ import annotations

from typing import Any

from robotfabrik.cli import schedule_next


def add(commands: Any) -> None:
    command = commands.add_parser("schedule", help="the triggers of schedule.yaml")
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")
    schedule_next.add(actions)
