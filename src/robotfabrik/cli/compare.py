"""`robotfabrik compare BOT`: what a bot said of a month's cases, beside what people decided about them."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from robotfabrik.cli.arguments import month
from robotfabrik.cli.queues import table
from robotfabrik.cli.run import (
    address,
    dataset,
    execute,
    limits,
    load,
    place_arguments,
    result,
    setting,
)
from robotfabrik.documents.comparison import About, in_order, summarise, with_cases, write
from robotfabrik.engine.outcome import Options, Outcome
from robotfabrik.engine.results import from_stored
from robotfabrik.model.comparison import Compared, Said, compare
from robotfabrik.model.errors import UsageError
from robotfabrik.model.process import Bot, Comparison, Process
from robotfabrik.model.records import JobFilter
from robotfabrik.model.suggest import did_you_mean
from robotfabrik.model.values import Month
from robotfabrik.model.work import Space, StoredItem
from robotfabrik.store import SqlStore
from robotfabrik.wiring import Project, Run, RunRequest


def add(commands: Any) -> None:
    command = commands.add_parser("compare", help="compare what a bot said with what people decided")
    command.add_argument("bot", metavar="BOT", help="the name of a file in bots/; its PDD has `compare:`")
    command.add_argument("--month", type=month, metavar="MONTH", help="2022-11; the month of the day")
    command.add_argument(
        "--rehearsed", action="store_true", help="the results of rehearsals, also when there are live ones"
    )
    place_arguments(command)
    command.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    command.add_argument("--verbose", action="store_true", help="log every step of the reading")
    command.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Reads what people decided, then compares. The exit code is that of the reading."""
    project = Project(Path.cwd())
    bot, process, _ = load(project, given.bot)
    section = process.compare
    if section is None:
        raise UsageError(f"{process.id} is compared with nothing: its PDD has no `compare:`")
    reader, reads, settings = load(project, section.bot)
    _require_columns(section, reads)
    place = given.dataset or bot.dataset
    if reader.environment != bot.environment:
        raise UsageError(f"{bot.id} is {bot.environment} and {reader.id} {reader.environment}: two worlds")
    today = given.date or reader.day or date.today()
    wanted: Month = given.month or Month.of(today)
    job = Run(
        project, reader, reads, settings,
        RunRequest(
            date=today if today in wanted else wanted.last_day, workers=given.workers, dataset=dataset(place),
            urls=dict(address(text, reader) for text in given.url),
            settings=dict(setting(text, reads) for text in given.set), options=Options(**limits(reader)),
        ),
    )  # fmt: skip
    outcomes: list[Outcome] = []
    code = execute(job, as_json=given.json, verbose=given.verbose, on_end=outcomes.append)
    if code != 0:  # half a reading would call decided what is not
        if given.json:
            print(json.dumps({"reading": result(job, outcomes[-1])}, ensure_ascii=False))
        else:
            print(f"{reader.id} did not read all that was decided: nothing is compared. {job.folder.path}")
        return code
    space = Space(bot.environment, place, process.id)
    with project.existing_store() as store:
        said, rehearsed = _said(store, bot, process, space, wanted, rehearsed=given.rehearsed)
        decided = [
            item.output.get("columns", {})
            for item in store.items(job.job.space)
            if item.status == "successful"
        ]
    compared = compare(section, str(wanted), said, decided)
    about = About(bot.id, process.name, wanted, rehearsed, job.job.id)
    paths = write(job.folder.path, about, compared, datetime.now())
    if given.json:
        print(json.dumps({**with_cases(about, compared), "folder": str(job.folder.path)}, ensure_ascii=False))
    else:
        _show(about, compared)
        for path in paths:
            print(f"  {path}")
    return 0


def _require_columns(section: Comparison, reads: Process) -> None:
    known = list(reads.report.columns)
    for name in section.read:
        if name not in known:
            raise UsageError(
                f"`compare:` names '{name}', and the report of {reads.id} has no such column."
                f" {did_you_mean(name, known)}".rstrip()
            )


def _said(
    store: SqlStore, bot: Bot, process: Process, space: Space, wanted: Month, *, rehearsed: bool
) -> tuple[list[Said], bool]:
    """The robot's results, in the order in which it had them, and whether they are rehearsed ones."""
    assert process.compare is not None

    def of(items: Sequence[StoredItem]) -> list[Said]:
        found = (from_stored(process, item) for item in items)
        return [
            Said(one.columns, one.exception or one.status, one.status in ("successful", "business"))
            for one in found
            if one is not None
        ]

    live = [] if rehearsed else of(store.items(space))
    if any(str(one.columns.get(process.compare.month)) == str(wanted) for one in live):
        return live, False
    jobs = store.jobs(JobFilter(bot=bot.id, environment=space.environment))
    rehearsals = [
        record.job
        for record in reversed(jobs)
        if record.job.mode == "rehearsal" and replace(record.job.space, rehearsal="") == space
    ]
    return [one for job in rehearsals for one in of(store.items(job.space))], True


# --- at a terminal


def _show(about: About, compared: Compared) -> None:
    section, figures = compared.section, summarise(about, compared)
    of = "rehearsed" if about.rehearsed else "live"
    share = f" ({figures['agreed'] / figures['compared']:.0%})" if figures["compared"] else ""
    print(f"{about.bot} ({of} results) against {section.bot}, {about.month}:")
    print(f"{figures['compared']} compared, {figures['agreed']} agree{share}, {figures['differ']} differ,"
          f" {len(compared.left)} left to people, {figures['waiting']} not decided yet,"
          f" {figures['unseen']} not seen by the robot")  # fmt: skip
    if compared.agreement:
        print()
        rows = [
            (*x.by, str(x.compared), str(x.agreed), f"{x.agreed / x.compared:.0%}")
            for x in compared.agreement
        ]
        table((*section.by, "compared", "agree", "share"), rows)
    for name, found in figures["amounts"].items():
        print(f"\n{name}: {found['count']} differ, by {found['sum']} together, by {found['largest']} at most")
    if compared.left:
        print("\nleft to people, who decided:")
        empty = ("",) * (len(section.fields) - 1)
        others = [
            (*by, *(decided or ("not yet", *empty)), str(number))
            for (by, decided), number in in_order(compared)
        ]
        table((*section.by, *section.fields.values(), "cases"), others)
    print()
