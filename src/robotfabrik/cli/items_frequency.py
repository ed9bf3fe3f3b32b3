"""`robotfabrik items frequency`: what people wrote, by how often: candidates for choices of their own."""

from __future__ import annotations

import argparse
from pathlib import Path

from robotfabrik.cli.arguments import month
from robotfabrik.model.errors import UsageError
from robotfabrik.model.statistics import StatisticsFilter
from robotfabrik.model.values import Month
from robotfabrik.runs.folder import write_private
from robotfabrik.wiring import Project


def add(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", type=Path, metavar="FILE.xlsx", help="the workbook to write")
    command.add_argument("--month", type=month, metavar="MONTH", help="2022-11; the last one with a run")


def export_frequency(given: argparse.Namespace) -> int:
    """A sheet for each private measure. Like every workbook of `items` it is class case."""
    from robotfabrik.documents.excel import draw_own  # openpyxl is heavy
    from robotfabrik.documents.statistics.measures import written

    with Project(Path.cwd()).existing_store() as store:
        worked = store.last_worked(given.bot)
        asked = given.month or (Month.of(worked) if worked else None)
        if asked is None:
            raise UsageError("nothing has run yet: there is nothing to count")
        wanted = StatisticsFilter(
            asked.first_day, asked.last_day, asked.first_day, given.bot, given.environment, given.dataset
        )
        found = store.frequencies(wanted)
    sections = [
        written(measure, f"{subject.bot}, {subject.dataset}, {asked}")
        for subject, measures in found.items()
        for measure in measures
    ]
    if not sections:
        raise UsageError(f"no measure that is private was observed in {asked}, or its items are deleted")
    write_private(given.file, draw_own(sections, str(asked)))
    print(f"{given.file}: {sum(len(one.rows) for one in sections)} rows, with what people wrote")
    return 0
