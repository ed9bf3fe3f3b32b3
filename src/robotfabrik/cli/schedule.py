"""`robotfabrik schedule`: the service behind schedule.yaml, and what people ask of it."""

from __future__ import annotations

from typing import Any

from robotfabrik.cli import schedule_health, schedule_next, schedule_people, schedule_service, schedule_unit


def add(commands: Any) -> None:
    command = commands.add_parser(
        "schedule",
        help="the service that starts bots as schedule.yaml says, and what became of its triggers",
        description="Without an action: the service, which starts bots until it is stopped.",
    )
    schedule_service.add(command)
    actions = command.add_subparsers(dest="action", metavar="ACTION")
    for part in (schedule_next, schedule_people, schedule_health, schedule_unit):
        part.add(actions)
