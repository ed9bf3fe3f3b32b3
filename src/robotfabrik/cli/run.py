"""`robotfabrik run BOT`"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from robotfabrik.cli import trying
from robotfabrik.cli.arguments import day, positive
from robotfabrik.dispatch.launch import tell_orphaned
from robotfabrik.engine.performer import Options, Outcome
from robotfabrik.engine.results import tables_of
from robotfabrik.model.errors import DefinitionError, UsageError, plainly
from robotfabrik.model.masking import Masker
from robotfabrik.model.process import Bot, Process
from robotfabrik.model.reading import parse
from robotfabrik.model.result import ItemResult, Summary
from robotfabrik.model.values import Record
from robotfabrik.model.work import PendingJob
from robotfabrik.parsing.addresses import is_folder, wrong_address, wrong_service
from robotfabrik.parsing.bots import wrong_dataset
from robotfabrik.parsing.diagnostics import Collector
from robotfabrik.parsing.loader import Loader
from robotfabrik.runs.logs import close_logs, configure_logs
from robotfabrik.runs.observer import RunObserver
from robotfabrik.runs.terminal import Terminal
from robotfabrik.watching import after_job
from robotfabrik.wiring import Project, Run, RunRequest

PHASES = ("dispatch", "process", "finish")


def add(commands: Any) -> None:
    command = commands.add_parser("run", help="run a bot")
    add_arguments(command)
    trying.add(command)
    command.add_argument(
        "--trace",
        action="store_true",
        help="keep Playwright traces (test environment only: they hold personal data)",
    )
    command.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    command.add_argument("--verbose", action="store_true", help="log every step")
    # For who launches a job that waits: its row says all the rest.
    command.add_argument("--job", metavar="ID", help=argparse.SUPPRESS)
    command.set_defaults(run=run)


def add_arguments(command: argparse.ArgumentParser) -> None:
    """What a job is called with, whoever runs it and wherever."""
    command.add_argument("bot", metavar="BOT", help="the name of a file in bots/")
    command.add_argument(
        "--rehearse", action="store_true", help="do everything but the writes, and show what would be written"
    )
    command.add_argument("--limit", type=positive, metavar="N", help="handle at most N items")
    command.add_argument("--item", metavar="REF", help="handle this item only")
    command.add_argument("--only", choices=PHASES, help="run this part only")
    place_arguments(command)


def place_arguments(command: argparse.ArgumentParser) -> None:
    """When, where and with what settings a job runs."""
    command.add_argument(
        "--date", type=day, metavar="D", help="the day to run as; the bot's date:, else today"
    )
    command.add_argument("--workers", type=positive, metavar="N", help="at most one for each account")
    command.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="a config value for this run"
    )
    command.add_argument(
        "--url", action="append", default=[], metavar="APP=URL", help="an application's address for this run"
    )
    command.add_argument("--dataset", metavar="NAME", help="which data set the application shows")


def run(given: argparse.Namespace) -> int:
    """Exit code 0 done, 1 failed, 3 held, 130 interrupted."""
    project = Project(Path.cwd())
    if given.job is None:
        return run_job(project, given)
    from robotfabrik.cli.pending import run_pending

    return run_pending(project, given)


def run_job(
    project: Project, given: argparse.Namespace, pending: PendingJob | None = None, *,
    launched: bool = False, first: str = "",
) -> int:  # fmt: skip
    """Run a bot as a new job, or as the job that waited, or as another one's successor."""
    bot, process, settings = load(project, given.bot)
    settle_day(given, bot)
    tried = trying.prepare(given, bot, process)
    request = RunRequest(
        date=given.date,
        rehearse=given.rehearse,
        workers=tried.workers,
        dataset=dataset(given.dataset),
        urls=dict(address(text, bot) for text in given.url),
        settings=dict(setting(text, process) for text in given.set),
        headed=given.headed,
        slow=given.slow / 1000,
        trace=given.trace,
        pauses=tried.pauses,
        console=tried.console,
        options=Options(
            only=frozenset({given.only} if given.only else PHASES), limit=given.limit, reference=given.item,
            retries=not tried.alone, **limits(bot),
        ),
        arguments=called_with(given),
        pending=pending,
        launched=launched,
        first=first,
    )  # fmt: skip
    job = Run(project, bot, tried.process, settings, request)
    return execute(job, as_json=given.json, verbose=given.verbose)


def called_with(given: argparse.Namespace) -> tuple[str, ...]:
    """What a restart is called with: everything but how a person watched it."""
    words = [f"--date={given.date.isoformat()}", *(["--rehearse"] if given.rehearse else [])]
    for name in ("workers", "limit", "item", "only", "dataset"):
        if (value := getattr(given, name)) is not None:
            words.append(f"--{name}={value}")
    words += [f"--{name}={value}" for name in ("set", "url") for value in getattr(given, name)]
    return tuple(words)


def execute(
    job: Run,
    *,
    as_json: bool,
    verbose: bool = False,
    on_item: Callable[[ItemResult, Terminal], None] | None = None,
    on_end: Callable[[Outcome], None] | None = None,
) -> int:
    """Run a job with its logs, its progress and its summary; `on_end` tells the summary instead."""
    terminal = Terminal(sys.stdout, sys.stderr, quiet=as_json, bar=job.request.pauses is None)
    masker = job.masker()
    fields = {
        "job_id": job.job.id, "bot": job.bot.id, "robot_name": job.process.name,
        "process_name": job.process.id, "process_version": job.process.version,
    }  # fmt: skip
    configure_logs(job.folder, masker, verbose, show=None if as_json else terminal.say, fields=fields)
    observer = _Observer(job, terminal, masker, verbose, on_item)
    for warning in job.warnings:
        observer.log("warning", warning)

    def told(outcome: Outcome) -> None:
        terminal.finished(
            outcome.summary, job.folder, outcome.status, outcome.reason,
            taking_back=job.request.queue == "retract",
        )  # fmt: skip
        if as_json:
            print(json.dumps(result(job, outcome), ensure_ascii=False), flush=True)

    tell = on_end or told

    def ended(outcome: Outcome) -> int:
        # Before the reports: what a full disk does to them must not take the outcome with it.
        tell(outcome)
        try:
            job.write_reports(outcome)
        except OSError as error:
            print(f"robotfabrik: the reports could not be written: {plainly(error)}", file=sys.stderr)
            return 1
        finally:
            after_job(job.project, observer.log)
        return exit_code(outcome)

    try:
        return asyncio.run(_interruptible(job, observer, ended))
    finally:
        terminal.close()
        observer.close()
        close_logs()


class _Observer(RunObserver):
    """Tells `on_item` too: the demo shows the first note."""

    def __init__(self, job: Run, terminal: Terminal, masker: Masker, verbose: bool, on_item: Any) -> None:
        super().__init__(job.folder, terminal, masker, verbose)
        self._on_item, self._shown_on = on_item, terminal

    def item(self, result: ItemResult) -> None:
        super().item(result)
        if self._on_item is not None:
            self._on_item(result, self._shown_on)


async def _interruptible(job: Run, observer: RunObserver, ended: Callable[[Outcome], int]) -> int:
    """The first Ctrl-C ends after the items under way, the second gives them back at once.

    So does the first when a person goes through the steps: the item would wait for that person's answer.
    A further one does not reach `ended`, which tells the outcome; its exit code is the job's.
    """
    task = asyncio.ensure_future(job.run(observer))

    def interrupt() -> None:
        performer = job.performer
        if performer is None or performer.outcome.status == "interrupted" or job.request.pauses:
            task.cancel()
        else:
            observer.log("warning", "interrupted: ending after the items under way (again to end at once)")
            if job.request.launched:
                performer.hand_over()
            else:
                performer.stop()

    def orphaned() -> None:
        observer.log("warning", "who launched the job is gone: another machine goes on with it")
        if job.performer is not None:
            job.performer.hand_over()
        task.cancel()

    watch = asyncio.ensure_future(tell_orphaned(orphaned))
    loop = asyncio.get_running_loop()
    for name in ("SIGINT", "SIGTERM"):
        try:
            loop.add_signal_handler(getattr(signal, name), interrupt)
        except NotImplementedError:  # Windows: KeyboardInterrupt ends the run
            break
    try:
        outcome = await task
    except asyncio.CancelledError:
        outcome = job.performer.outcome if job.performer else Outcome("interrupted")
    finally:
        watch.cancel()
    return ended(outcome)


def load(project: Project, name: str) -> tuple[Bot, Process, dict[str, Any]]:
    """A bot and what it runs; DefinitionError with everything that is wrong."""
    collector = Collector()
    loader = Loader(collector.report)
    found = loader.bot(project.bot_file(name))
    if found is None or collector.has_errors:
        raise DefinitionError(collector.diagnostics)
    bot, process, settings = found
    return replace(bot, files=loader.files(project.root)), process, dict(settings)


def settle_day(given: argparse.Namespace, bot: Bot) -> None:
    """`given.date`, when nobody has named a day: the bot's own, else today."""
    given.date = given.date or bot.day or date.today()


def limits(bot: Bot) -> dict[str, Any]:
    """The bot's `limits:` as options of the performer; what it does not say has the performer's defaults."""
    names = {"after": "flagged_after"}
    return {names.get(name, name): value for name, value in bot.limits.items()}


def result(job: Run, outcome: Outcome) -> dict[str, Any]:
    """What --json prints: it answers the person who asked, so it may hold case data."""
    summary = {name: getattr(outcome.summary, name) for name in Summary.__slots__}
    effects = [
        {**e, "content": {k: _plain(v) for k, v in e["content"].items()}} for e in outcome.summary.effects
    ]
    head = {
        "job": job.job.id, "bot": job.bot.id, "mode": job.job.mode, "date": job.job.date.isoformat(),
        "status": outcome.status, "reason": outcome.reason, "told": outcome.told,
        "folder": str(job.folder.path), "warnings": list(job.warnings),
    }  # fmt: skip
    tables = tables_of(outcome.summary, figures_only=False)
    return {**head, **summary, "effects": effects, "tables": tables}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_plain(element) for element in value]
    if isinstance(value, Record):
        return {name: _plain(field) for name, field in value.items()}
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def exit_code(outcome: Outcome) -> int:
    if outcome.status == "interrupted":
        return 130
    if outcome.status == "faulted" or outcome.summary.failed:
        return 1
    return 3 if outcome.summary.held else 0


# --- arguments


def pair(text: str, option: str, known: Any) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not known:
        raise UsageError(f"{option} {text}: this robot has nothing that {option} could say")
    if not equals or name not in known:
        raise UsageError(f"{option} {text}: write {option} NAME=VALUE, with a name of {', '.join(known)}")
    return name, value


def address(text: str, bot: Bot) -> tuple[str, str]:
    """An application or service and its address, or an application's folder of pages, for this run."""
    name, url = pair(text, "--url", {**bot.applications, **bot.services})
    if name in bot.services:
        problem = wrong_service(url)
    else:
        problem = None if is_folder(url) else wrong_address(url)
    if problem is not None:
        raise UsageError(f"--url {name}: the address {problem[0]}")
    return name, url


def dataset(name: str | None) -> str | None:
    if name is not None and (problem := wrong_dataset(name)) is not None:
        raise UsageError(f"--dataset {problem[0]}")
    return name


def setting(text: str, process: Process) -> tuple[str, Any]:
    """A value of the PDD's config, read as its type."""
    name, value = pair(text, "--set", process.config)
    known = process.config[name]
    if known.locked:
        raise UsageError(f"--set {name}: the PDD has locked this value")
    try:
        return name, parse(known.type.required(), value)
    except ValueError as wanted:
        raise UsageError(f"--set {name}: '{value}' is no {known.type}: expected {wanted}") from None
