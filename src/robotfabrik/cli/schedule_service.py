"""`robotfabrik schedule`: the service that starts bots when their triggers say so."""

from __future__ import annotations

import argparse
import os
import signal
from pathlib import Path
from threading import Event, Thread
from typing import Any

from loguru import logger

from robotfabrik.cli import http_health, worker
from robotfabrik.cli.arguments import positive
from robotfabrik.cli.plans import ScheduleFile
from robotfabrik.cli.schedule_health import measured
from robotfabrik.cli.schedule_next import starts
from robotfabrik.dispatch.local import Local
from robotfabrik.dispatch.machine import Machine, Offer
from robotfabrik.engine.performer import LEASE
from robotfabrik.model.errors import RobotError
from robotfabrik.model.masking import Masker
from robotfabrik.model.work import DEFAULT_POOL
from robotfabrik.runs.logs import close_logs, configure_logs
from robotfabrik.scheduling.health import SILENCE, Health
from robotfabrik.scheduling.service import Service, triggers_in_words
from robotfabrik.scheduling.systemd import ALIVE, READY, STOPPING, notify
from robotfabrik.store import SqlStore
from robotfabrik.store.connection import server_of
from robotfabrik.watching import Watcher
from robotfabrik.wiring import Project, this_process

INTERRUPTED = 130


def add(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--jobs", type=positive, metavar="N",
        help="run up to N of the waiting jobs here at once; 1, but none when the store is PostgreSQL: "
        "robotfabrik worker does",
    )  # fmt: skip
    command.add_argument(
        "--pool", action="append", metavar="NAME", help="a pool whose jobs it runs; those of the bots"
    )
    command.add_argument(
        "--has", action="append", metavar="NAME", help="what jobs may require; what the bots require"
    )
    command.add_argument(
        "--grace", type=positive, default=worker.GRACE, metavar="SECONDS",
        help=f"so long the items under way may take when it stops; {worker.GRACE}",
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
            asked = _Asked()
            _introduce(service)
            service.start()
            server = where and http_health.serve(where, _answers(service, store, project))
            local = _local(given, service, store, project)
            Watcher(project, _tell).start()
            notify(READY)
            while not asked.stop.wait(1):
                service.keep_awake()
            notify(STOPPING)
            _tell("info", "asked to end: no trigger fires any more; again to end at once")
            service.stop()
            _end(local)
            if server:
                server.shutdown()
            return INTERRUPTED if asked.number == signal.SIGINT else 0
    finally:
        close_logs()


class _Asked:
    """The first signal sets `stop`; the second ends the process, and its jobs notice that they are alone."""

    def __init__(self) -> None:
        self.stop = Event()
        self.number = 0
        for name in ("SIGINT", "SIGTERM"):
            signal.signal(getattr(signal, name), self._receive)

    def _receive(self, number: int, _: Any) -> None:
        if self.stop.is_set():
            os._exit(INTERRUPTED)
        self.number = number
        self.stop.set()


def _local(
    given: argparse.Namespace, service: Service, store: SqlStore, project: Project
) -> tuple[Local, Thread] | None:
    """What runs the waiting jobs on this machine, already at work."""
    number = given.jobs or (1 if server_of(project.store_url) is None else 0)
    if not number:
        _tell("info", "runs no jobs: robotfabrik worker does")
        return None
    bots = [bot for bot, _ in service.plan.bots.values()]
    pools = worker.named(given.pool or sorted({DEFAULT_POOL, *(bot.pool for bot in bots)}), "--pool")
    has = worker.named(given.has or sorted({one for bot in bots for one in bot.requires}), "--has")
    machine = Machine(
        store, Offer(pools, has, number), project.root, lambda job: worker.job_folder(project, job), _tell
    )
    local = Local(machine, LEASE, given.grace)
    thread = Thread(target=local.run, name="jobs", daemon=True)
    thread.start()
    _tell("info", f"runs the waiting jobs of {', '.join(pools)}; {number} at once")
    return local, thread


def _end(local: tuple[Local, Thread] | None) -> None:
    """Wait until the jobs under way have ended, for as long as they may."""
    if local is not None:
        local[0].stop()
        while local[1].is_alive():
            local[1].join(1)  # a second signal is heard in between


def _introduce(service: Service) -> None:
    """What it will do."""
    plan = service.plan
    where, zone = plan.schedule.span.source.path, plan.schedule.time_zone
    _tell("info", f"looks after {triggers_in_words(plan)} of {where}, by the clock of {zone}")
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
    worker.say("", text.removeprefix("info: "))
