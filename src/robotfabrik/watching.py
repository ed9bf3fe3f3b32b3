"""Joins what watches with the project: its alerts.yaml, its bots and schedule, the store, the environment."""

from __future__ import annotations

import os
import smtplib
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from robotfabrik.activities import smtp
from robotfabrik.activities.api import Service
from robotfabrik.alerting import channels, summaries
from robotfabrik.alerting.due import last_fires
from robotfabrik.alerting.ports import Due, Log, Watched
from robotfabrik.alerting.telling import Post, make_round
from robotfabrik.model.alerts import AlertSettings, MailServer
from robotfabrik.model.errors import DefinitionError, RobotError, UsageError
from robotfabrik.model.firing import EVERY as ALL_TRIGGERS
from robotfabrik.model.schedule import Schedule
from robotfabrik.model.work import Space
from robotfabrik.parsing.diagnostics import Collector
from robotfabrik.parsing.loader import Loader, definitions_in
from robotfabrik.parsing.reader import Reader
from robotfabrik.parsing.schedule import Bots, ScheduleBuilder
from robotfabrik.store import SqlStore, heads
from robotfabrik.store.connection import file_of
from robotfabrik.wiring import Project, is_gone, this_machine

FILE: Final = "alerts.yaml"
PATIENCE: Final = 30.0
"""Seconds that telling may take at the end of a job; the rest is told in a later round."""
EVERY: Final = 60.0
"""Seconds between two rounds of a service."""
MAIL_TIMEOUT: Final = 10.0
MAIL_SPACE: Final = Space("production", "default", "")
"""Where the mail server's account is kept, when the environment does not hold it."""


class NobodyToTell(UsageError):
    """There is no alerts.yaml."""


def settings_of(project: Project) -> AlertSettings | None:
    """What alerts.yaml says; none without one. DefinitionError with everything that is wrong with it."""
    file = next((file for file in definitions_in(project.root) if file.stem == "alerts"), None)
    if file is None:
        return None
    collector = Collector()
    found = Loader(collector.report).alerts(file)
    if found is None or collector.has_errors:
        raise DefinitionError(collector.diagnostics)
    return found


def watched(project: Project, settings: AlertSettings) -> Watched:
    """Everything of a project that one machine sees, but its schedule."""
    file = file_of(project.store_url)
    kept = project.heads
    return Watched(
        settings=settings,
        bots=tuple(file.stem for file in definitions_in(project.root / "bots")),
        machine=this_machine(),
        folders=tuple(dict.fromkeys([project.home, *([] if file is None else [file.parent])])),
        gone=is_gone,
        head_kept=None if not kept else partial(heads.last_day, Path(kept)),
    )


def with_schedule(found: Watched, project: Project, log: Log) -> Watched:
    """With the triggers of schedule.yaml. What was due before the file was changed is not asked for."""
    file = next((file for file in definitions_in(project.root) if file.stem == "schedule"), None)
    if file is None:
        return found
    collector = Collector()
    node = Loader(collector.report).tree(file)
    # Of the bots only the names matter here: nothing of them is read, since this is done each minute.
    builder = ScheduleBuilder(Reader(collector.report), Bots((), lambda name: None))
    schedule = None if node is None else builder.build(node)
    if schedule is None or collector.has_errors:
        log("warning", "the schedule is wrong, see robotfabrik check: nobody is told of a run that was due")
        return found
    return replace(found, due=partial(_due, schedule, datetime.fromtimestamp(file.stat().st_mtime, UTC)))


def _due(schedule: Schedule, since: datetime, before: datetime) -> list[Due]:
    return list(last_fires(schedule, since, before)) if since < before else []


def watch(project: Project, log: Log, *, environment: Mapping[str, str] = os.environ) -> int:
    """One round over the whole project; how many messages could not be sent.

    UsageError without alerts.yaml. For a service to call every minute, on any machine.
    """
    settings = settings_of(project)
    if settings is None:
        raise NobodyToTell(f"there is no {FILE} here: nobody is to be told anything")
    return _round(project, with_schedule(watched(project, settings), project, log), log, environment)


class Watcher:
    """For a service: a round each minute, in a thread of its own. It never fails, and holds up nobody."""

    def __init__(self, project: Project, log: Log, environment: Mapping[str, str] = os.environ) -> None:
        self._project, self._log, self._environment = project, log, environment
        self._said: set[str] = set()

    def start(self) -> None:
        """Begin; it ends with the process."""
        threading.Thread(target=self._watch, name="alerts", daemon=True).start()

    def _watch(self) -> None:
        while True:
            self.round()
            time.sleep(EVERY)

    def round(self) -> None:
        """One round. What was said in the one before and still goes on is no news."""
        before, self._said = self._said, set()

        def log(level: str, text: str) -> None:
            self._said.add(text)
            if text not in before:
                self._log(level, text)

        if problem := carefully(lambda: watch(self._project, log, environment=self._environment)):
            log("warning", problem)


def carefully(work: Callable[[], object]) -> str:
    """Do it; what went wrong, in words for the log of operations, or nothing."""
    try:
        work()
    except NobodyToTell:
        return ""
    except DefinitionError:
        return f"nobody was told anything: {FILE} is wrong, see robotfabrik check"
    except Exception as error:  # whatever it is, the job or the service goes on
        return f"nobody was told anything: {type(error).__name__}"
    return ""


def after_job(project: Project, log: Log, *, environment: Mapping[str, str] = os.environ) -> None:
    """Tell what is wrong, and mail what is due. Takes some seconds at most, and never fails.

    All but what was due: a job at its end knows that the schedule is at work.
    """
    if project.apart:
        return

    def tell() -> None:
        settings = settings_of(project)
        if settings is not None:
            _round(project, watched(project, settings), log, environment)

    def tell_carefully() -> None:
        if problem := carefully(tell):
            log("warning", problem)

    # Of its own, and not waited for longer than this: a service that does not answer must not keep the job.
    thread = threading.Thread(target=tell_carefully, name="alerts", daemon=True)
    thread.start()
    thread.join(PATIENCE)
    if thread.is_alive():
        log("warning", "alerts are still on their way; what does not arrive is told in a later round")


def _round(project: Project, found: Watched, log: Log, environment: Mapping[str, str]) -> int:
    send = partial(channels.send, environment=environment)
    post = post_of(project, found.settings, environment)
    with project.store() as store:
        everything = replace(found, due=_unpaused(found, store), expiring=partial(_expiring, store))
        return make_round(everything, store, datetime.now().astimezone(), send, post, log)


def _unpaused(found: Watched, store: SqlStore) -> Callable[[datetime], list[Due]] | None:
    """Nobody misses what a person has paused."""
    if (due := found.due) is None:
        return None
    paused = store.fires.pauses()
    return lambda before: [one for one in due(before) if not {one.trigger, ALL_TRIGGERS} & paused.keys()]


def _expiring(store: SqlStore, by: date) -> list[tuple[str, date]]:
    soon = store.expiring_assets(by + timedelta(days=1))
    return [(f"{key.name}{key.owner} ({key.environment}/{key.dataset})", day) for key, day in soon]


def post_of(
    project: Project, settings: AlertSettings, environment: Mapping[str, str] = os.environ
) -> Post:
    """Mails a letter through the server of alerts.yaml."""
    return partial(_post, project, settings.mail, environment)


def _post(
    project: Project, server: MailServer | None, environment: Mapping[str, str], letter: summaries.Letter,
    recipient: str,
) -> str | None:  # fmt: skip
    if server is None:
        return "alerts.yaml says no mail server"
    try:
        account = None
        if server.credential:
            with project.vault(environment, MAIL_SPACE) as vault:
                account = vault.credential(server.credential)[0]
        mail = summaries.compose(letter, server.sender, recipient)
        smtp.deliver(Service(server.server, account), mail, MAIL_TIMEOUT)
    except RobotError as error:
        return str(error)
    except (OSError, smtplib.SMTPException) as error:
        return smtp.why(error)
    return None
