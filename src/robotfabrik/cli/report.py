"""`robotfabrik report`: what the robots did, in figures, and what people tell for them."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from robotfabrik.cli.arguments import day, month
from robotfabrik.cli.known import known_bots
from robotfabrik.cli.person import acting, add_by
from robotfabrik.cli.queues import note
from robotfabrik.cli.report_outcomes import read_outcomes
from robotfabrik.model.errors import DefinitionError, UsageError
from robotfabrik.model.statistics import Statistics, StatisticsFilter, Subject
from robotfabrik.model.suggest import did_you_mean
from robotfabrik.model.survey import Survey
from robotfabrik.model.values import Month
from robotfabrik.parsing.diagnostics import Collector
from robotfabrik.parsing.loader import Loader
from robotfabrik.store import SqlStore
from robotfabrik.wiring import Project

KINDS: Final = ("html", "xlsx", "pdf", "json")
TREND: Final = 12  # months that are shown, with the last one of the period


def add(commands: Any) -> None:
    command = commands.add_parser("report", help="statistics of the robots, as a page and a workbook")
    command.add_argument("--bot", metavar="BOT", help="one bot; all of them")
    command.add_argument("--month", type=month, metavar="MONTH", help="2022-11; the last one with a run")
    command.add_argument("--from", dest="first", type=day, metavar="DAY", help="the first day")
    command.add_argument("--until", type=day, metavar="DAY", help="the last day; today")
    command.add_argument("--to", action="extend", type=_kinds, metavar="KINDS",
                         help=f"what to write, of {','.join(KINDS)}; html,xlsx")  # fmt: skip
    command.add_argument("--environment", choices=("test", "production"), help="bots of this one only")
    command.add_argument("--dataset", metavar="NAME", help="this data set only; they are never summed up")
    command.add_argument("--out", type=Path, metavar="DIR", help="where to write; .robotfabrik/reports")
    command.add_argument("--json", action="store_true", help="print one JSON object and write nothing")
    command.set_defaults(run=run)
    actions = command.add_subparsers(metavar="ACTION")

    outcomes = actions.add_parser("import-outcomes", help="what people found in the robot's activities")
    outcomes.add_argument("file", type=Path, metavar="FILE", help="a CSV or xlsx file of the case system's")
    outcomes.add_argument("--text", default="", metavar="TEXT",
                          help="only activities whose text begins so, when several robots note")  # fmt: skip
    survey = actions.add_parser("import-survey", help="what people answered in a survey, as counts")
    survey.add_argument("file", type=Path, metavar="FILE", help="CSV or xlsx: question, answer, number")
    survey.add_argument("--month", type=month, default=argparse.SUPPRESS, metavar="MONTH", help="2022-11")
    survey.add_argument("--year", type=_year, metavar="YEAR", help="2022, for a survey about a whole year")
    hours = actions.add_parser("hours", help="record hours that people spent on a robot")
    hours.add_argument("bot", metavar="BOT", help="name of a file in bots/")
    hours.add_argument("--hours", type=float, required=True, metavar="N", help="2.5; below 0 corrects")
    hours.add_argument("--what", required=True, metavar="TEXT", help="what was done; no cases, no persons")
    hours.add_argument("--date", type=day, metavar="DAY", help="when; today")
    outcomes.add_argument("--bot", required=True, metavar="BOT", help="whose activities; a file in bots/")
    for action, task in ((outcomes, import_outcomes), (survey, import_survey), (hours, record_hours)):
        action.add_argument("--dataset", default=argparse.SUPPRESS, metavar="NAME", help="another data set")
        action.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print JSON")
        add_by(action)
        action.set_defaults(run=task)


# --- the report


def run(given: argparse.Namespace) -> int:
    project = Project(Path.cwd())
    bots = known_bots(project)
    with project.existing_store() as store:
        wanted = _wanted(given, store, bots)
        robots, surveys = tuple(store.statistics(wanted)), tuple(store.surveys(wanted))
    statistics = Statistics(wanted.first, wanted.last, robots, surveys)
    from robotfabrik.documents.statistics.files import as_json, write  # openpyxl is heavy
    from robotfabrik.documents.statistics.view import About, make_document
    from robotfabrik.sessions.printing import Printer  # so is a browser

    readable = {name: known for name, known in bots.items() if known is not None}
    about = {
        name: About(
            {id: one.name for id, one in process.exceptions.items()}, bot.statistics,
            tuple(process.report.measures),
        )
        for name, (bot, process) in readable.items()
    }
    figures = as_json(statistics, {name: one.cost for name, one in about.items() if one.cost is not None})
    if given.json:
        print(json.dumps(figures, ensure_ascii=False))
        return 0
    unread = [name for name in bots if name not in readable and given.bot in (None, name)]
    notices = [f"Filen för {name} går inte att läsa: namn och kostnad visas inte." for name in unread]
    document = make_document(statistics, about, notices, datetime.now())
    name = _name(wanted)
    kinds = dict.fromkeys(given.to or ("html", "xlsx"))
    with Printer() as printer:
        folder = given.out or project.home / "reports"
        for path in write(folder, name, kinds, document, figures, printer.pdf):
            print(path)
    return 0


def _wanted(given: argparse.Namespace, store: SqlStore, bots: Mapping[str, Any]) -> StatisticsFilter:
    worked = store.last_worked(given.bot)
    if given.bot is not None and worked is None and given.bot not in bots:
        raise UsageError(f"there is no bot '{given.bot}'. {did_you_mean(given.bot, list(bots))}".rstrip())
    if given.month is not None and (given.first or given.until):
        raise UsageError("--month and --from with --until are two periods: write one of them")
    if given.until is not None and given.first is None:
        raise UsageError("--until needs --from")
    asked = given.month or Month.of(worked or date.today())
    first = given.first or asked.first_day
    last = given.until or (asked.last_day if given.first is None else date.today())
    if last < first:
        raise UsageError(f"the period ends on {last}, before it begins on {first}")
    number = last.year * 12 + last.month - TREND
    trend = min(first, date(number // 12, number % 12 + 1, 1))
    return StatisticsFilter(first, last, trend, given.bot, given.environment, given.dataset)


def _name(wanted: StatisticsFilter) -> str:
    """The files' name: what was asked for, so that another question does not overwrite it."""
    of = Month.of(wanted.first)
    whole = (wanted.first, wanted.last) == (of.first_day, of.last_day)
    days = f"{wanted.first:%Y-%m}" if whole else f"{wanted.first}--{wanted.last}"
    parts = ("statistik", days, wanted.bot, wanted.environment, wanted.dataset)
    return "-".join(part.replace("/", "_") for part in parts if part)


# --- what people tell


def import_outcomes(given: argparse.Namespace) -> int:
    project = Project(Path.cwd())
    subject = _subject(project, given)
    told = read_outcomes(given.file, given.text)
    with project.existing_store() as store:
        counted = store.count_outcomes(subject, told, acting(given))
    if getattr(given, "json", False):
        figures = {"counted": counted.counted, "others": counted.others, "months": list(counted.months)}
        print(json.dumps(figures))
    elif counted.counted:
        print(f"{counted.counted} activities of {subject.bot} counted, of {', '.join(counted.months)}")
        if counted.others:
            print(f"{counted.others} belong to no note of its and were not counted")
    else:
        print(f"none of {counted.others} activities belongs to a note of {subject.bot}: nothing was changed")
    return 0


def import_survey(given: argparse.Namespace) -> int:
    from robotfabrik.cli.report_survey import read_survey, told

    if (given.month is None) == (given.year is None):
        raise UsageError("say what the survey is about: --month 2022-11, or --year 2022")
    read = read_survey(given.file)
    survey = Survey(str(given.month or given.year), getattr(given, "dataset", None) or "", read.questions)
    with Project(Path.cwd()).existing_store() as store:
        store.keep_survey(survey, acting(given))
    if getattr(given, "json", False):
        print(json.dumps({"period": survey.period, "answers": survey.number, "unread": list(read.unread)}))
    else:
        print("\n".join(told(read, survey.period)))
    return 0


def record_hours(given: argparse.Namespace) -> int:
    project = Project(Path.cwd())
    subject, worked = _subject(project, given), given.date or date.today()
    what = note(given.what, "--what")
    with project.existing_store() as store:
        store.spend_hours(subject, worked, given.hours, what, acting(given))
    if getattr(given, "json", False):
        print(json.dumps({"bot": subject.bot, "date": worked.isoformat(), "hours": given.hours}))
    else:
        print(f"{given.hours:g} hours on {worked} recorded for {subject.bot}")
    return 0


def _subject(project: Project, given: argparse.Namespace) -> Subject:
    """The robot that is told of: where its bot runs now, or in another data set."""
    collector = Collector()
    found = Loader(collector.report).bot(project.bot_file(given.bot))
    if found is None or collector.has_errors:
        raise DefinitionError(collector.diagnostics)
    bot = found[0]
    return Subject(bot.id, bot.environment, getattr(given, "dataset", None) or bot.dataset)


def _kinds(text: str) -> tuple[str, ...]:
    kinds = tuple(text.split(","))
    if unknown := [kind for kind in kinds if kind not in KINDS]:
        raise argparse.ArgumentTypeError(f"'{unknown[0]}' is none of {', '.join(KINDS)}")
    return kinds


def _year(text: str) -> str:
    if len(text) != 4 or not text.isdecimal():
        raise argparse.ArgumentTypeError(f"'{text}' is no year, such as 2022")
    return text
