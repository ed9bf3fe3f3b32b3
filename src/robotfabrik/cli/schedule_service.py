"""`robotfabrik schedule`: the service that starts bots when their triggers say so."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import Any

from loguru import logger

from robotfabrik.cli import http_health
from robotfabrik.cli.plans import ScheduleFile
from robotfabrik.cli.run import positive
from robotfabrik.cli.schedule_health import measured
from robotfabrik.cli.schedule_next import starts
from robotfabrik.model.errors import RobotError
from robotfabrik.model.masking import Masker
from robotfabrik.runs.logs import close_logs, configure_logs
from robotfabrik.scheduling.health import SILENCE, Health
from robotfabrik.scheduling.service import Service, triggers_in_words
from robotfabrik.scheduling.systemd import ALIVE, READY, STOPPING, notify
from robotfabrik.store import SqlStore
from robotfabrik.wiring import Project, this_process

INTERRUPTED = 130


def add(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--jobs", type=positive, metavar="N",
        help="run up to N of the waiting jobs on this machine at once; 1, but on PostgreSQL none",
    )  # fmt: skip
    command.add_argument(
        "--listen", metavar="HOST:PORT", help="answer /live and /ready over HTTP; a port alone: this machine"
    )
    command.set_defaults(run=serve)


def serve(given: argparse.Namespace) -> int:
    """Exit code 0 when asked to end, 130 after Ctrl-C."""
    project = Project(Path.cwd())
    where = None if given.listen is None else http_health.address(given.listen)
    configure_logs(None, Masker(), verbose=True, show=_line)
    try:
        with project.store() as store:
            service = Service(ScheduleFile(project.root), store.fires, this_process(), _tell, _alive)
            return _until_stopped(service, store, project, where)
    finally:
        close_logs()


def _until_stopped(
    service: Service, store: SqlStore, project: Project, where: tuple[str, int] | None
) -> int:
    stop, received = Event(), []

    def asked(number: int, _: Any) -> None:
        if received:  # a second time: what runs is given back when the store hears no more of it
            os._exit(INTERRUPTED)
        received.append(number)
        stop.set()

    for name in ("SIGINT", "SIGTERM"):
        signal.signal(getattr(signal, name), asked)
    service.start()
    _introduce(service)
    server = where and http_health.serve(where, _answers(service, store, project))
    notify(READY)
    while not stop.wait(1):
        service.keep_awake()
    notify(STOPPING)
    _tell("info", "asked to end: no trigger fires any more")
    service.stop()
    if server:
        server.shutdown()
    return INTERRUPTED if received == [signal.SIGINT] else 0


def _introduce(service: Service) -> None:
    """What it will do."""
    plan = service.plan
    _tell("info", f"looks after {triggers_in_words(plan)} of {plan.schedule.span.source.path}")
    for trigger in plan.schedule.triggers:
        how = starts(trigger) or trigger.at.written
        _tell("info", f"trigger {trigger.name}: {trigger.bot}, {how}")


def _answers(service: Service, store: SqlStore, project: Project) -> dict[str, http_health.Answer]:
    def live() -> tuple[bool, dict[str, Any]]:
        return service.silent < SILENCE, {"silent": round(service.silent, 1)}

    def ready() -> tuple[bool, dict[str, Any]]:
        try:
            health = measured(store, service.plan.schedule, project.home)
        except (RobotError, OSError) as error:
            health = Health((str(error),))
        return health.ok, health.as_data()

    return {"/live": live, "/ready": ready}


def _alive() -> None:
    notify(ALIVE)


def _tell(level: str, text: str) -> None:
    logger.log(level.upper(), "{}", text)


def _line(text: str) -> None:
    print(f"{datetime.now():%Y-%m-%d %H:%M:%S} {text}", file=sys.stdout, flush=True)
