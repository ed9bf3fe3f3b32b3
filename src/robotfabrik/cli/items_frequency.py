"""`robotfabrik items frequency`: what people wrote, by how often: candidates for choices of their own."""

from __future__ import annotations

import argparse
from pathlib import Path

from robotfabrik.model.errors import UsageError
from robotfabrik.model.statistics import StatisticsFilter
from robotfabrik.model.values import Month
from robotfabrik.runs.folder import write_private
from robotfabrik.wiring import Project


def add(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", type=Path, metavar="FILE.xlsx", help="the workbook to write")
    command.add_argument("--month", type=_month, metavar="MONTH", help="2022-11; the last one with a run")


def export_frequency(given: argparse.Namespace) -> int:
    """A sheet for each private measure. Like every workbook of `items` it is class case."""
    from robotfabrik.documents.excel import draw_own  # openpyxl is heavy
    from robotfabrik.documents.statistics.measures import written

    with Project(Path.cwd()).existing_store() as store:
        worked = store.last_worked(given.bot)
        month = given.month or (Month.of(worked) if worked else None)
        if month is None:
            raise UsageError("nothing has run yet: there is nothing to count")
        wanted = StatisticsFilter(
            month.first_day, month.last_day, month.first_day, given.bot, given.environment, given.dataset
        )
        found = store.frequencies(wanted)
    sections = [
        written(measure, f"{subject.bot}, {subject.dataset}, {month}")
        for subject, measures in found.items()
        for measure in measures
    ]
    if not sections:
        raise UsageError(f"no measure that is private was observed in {month}, or its items are deleted")
    write_private(given.file, draw_own(sections, str(month)))
    print(f"{given.file}: {sum(len(one.rows) for one in sections)} rows, with what people wrote")
    return 0


def _month(text: str) -> Month:
    try:
        return Month.parse(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is no month, such as 2022-11") from None
