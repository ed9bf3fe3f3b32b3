"""Joins what watches with the project: its alerts.yaml, its bots and schedule, the store, the environment."""

from __future__ import annotations

import os
import smtplib
import socket
import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
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
from robotfabrik.model.schedule import Schedule
from robotfabrik.parsing.diagnostics import Collector
from robotfabrik.parsing.loader import Loader, definitions_in
from robotfabrik.store import heads
from robotfabrik.store.connection import file_of
from robotfabrik.wiring import Project, credentials, is_gone

FILE: Final = "alerts.yaml"
PATIENCE: Final = 30.0
"""Seconds that telling may take at the end of a job; the rest is told in a later round."""
MAIL_TIMEOUT: Final = 10.0


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
        machine=socket.gethostname(),
        folders=tuple(dict.fromkeys([project.home, *([] if file is None else [file.parent])])),
        gone=is_gone,
        head_kept=None if not kept else partial(_head_kept, Path(kept)),
    )


def with_schedule(found: Watched, project: Project) -> Watched:
    """With the triggers of schedule.yaml. What was due before the file was changed is not asked for."""
    file = next((file for file in definitions_in(project.root) if file.stem == "schedule"), None)
    if file is None:
        return found
    collector = Collector()
    schedule = Loader(collector.report).schedule(file)
    if schedule is None or collector.has_errors:
        raise DefinitionError(collector.diagnostics)
    changed = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    return replace(found, due=partial(_due, schedule, changed))


def _due(schedule: Schedule, since: datetime, before: datetime) -> list[Due]:
    return list(last_fires(schedule, since, before)) if since < before else []


def _head_kept(file: Path) -> date | None:
    return heads.last_day(file)


def watch(project: Project, log: Log, *, environment: Mapping[str, str] = os.environ) -> int:
    """One round over the whole project; how many messages could not be sent.

    UsageError without alerts.yaml. For a service to call every minute, on any machine.
    """
    settings = settings_of(project)
    if settings is None:
        raise UsageError(f"there is no {FILE} here: nobody is to be told anything")
    return _round(project, with_schedule(watched(project, settings), project), log, environment)


def after_job(project: Project, bot: str, log: Log, *, environment: Mapping[str, str] = os.environ) -> None:
    """Tell what is wrong with this bot, and mail its figures. Takes some seconds at most, and never fails."""
    if project.apart:
        return

    def tell() -> None:
        try:
            settings = settings_of(project)
            if settings is not None:
                _round(project, replace(watched(project, settings), bots=(bot,)), log, environment)
        except DefinitionError:
            log("warning", f"nobody was told anything: {FILE} is wrong, see robotfabrik check")
        except (RobotError, OSError) as error:
            log("warning", f"nobody was told anything: {type(error).__name__}")

    # Of its own, and not waited for longer than this: a service that does not answer must not keep the job.
    thread = threading.Thread(target=tell, name="alerts", daemon=True)
    thread.start()
    thread.join(PATIENCE)
    if thread.is_alive():
        log("warning", "alerts are still on their way; what does not arrive is told in a later round")


def _round(project: Project, found: Watched, log: Log, environment: Mapping[str, str]) -> int:
    send = partial(channels.send, environment=environment)
    post = post_of(found.settings, environment)
    with project.store() as store:
        return make_round(found, store, datetime.now().astimezone(), send, post, log)


def post_of(settings: AlertSettings, environment: Mapping[str, str] = os.environ) -> Post:
    """Mails a letter through the server of alerts.yaml."""
    return partial(_post, settings.mail, environment)


def _post(
    server: MailServer | None, environment: Mapping[str, str], letter: summaries.Letter, recipient: str
) -> str | None:
    if server is None:
        return "alerts.yaml says no mail server"
    try:
        account = credentials(server.credential, environment)[0] if server.credential else None
        mail = summaries.compose(letter, server.sender, recipient)
        smtp.deliver(Service(server.server, account), mail, MAIL_TIMEOUT)
    except RobotError as error:
        return str(error)
    except (OSError, smtplib.SMTPException) as error:
        return smtp.why(error)
    return None
