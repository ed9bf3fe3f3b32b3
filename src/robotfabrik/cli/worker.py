"""`robotfabrik worker`"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Any, Final

from robotfabrik.cli.arguments import positive
from robotfabrik.dispatch.local import Local
from robotfabrik.dispatch.machine import Machine, Offer
from robotfabrik.engine.performer import LEASE
from robotfabrik.model.errors import UsageError
from robotfabrik.model.masking import Masker
from robotfabrik.model.work import DEFAULT_POOL
from robotfabrik.parsing.bots import wrong_pool
from robotfabrik.runs.folder import private_directory
from robotfabrik.runs.logs import close_logs, configure_logs
from robotfabrik.store.carrying import TASK
from robotfabrik.store.connection import server_of
from robotfabrik.watching import Watcher
from robotfabrik.wiring import Project

GRACE: Final = 300
"""Seconds that the items under way get when the worker stops."""


def add(commands: Any) -> None:
    command = commands.add_parser("worker", help="run the jobs that wait for a machine, until it is stopped")
    command.add_argument(
        "--pool", action="append", metavar="NAME", help=f"a pool whose jobs it runs; {DEFAULT_POOL}"
    )
    command.add_argument(
        "--has", action="append", default=[], metavar="NAME", help="what jobs may require, such as desktop"
    )
    command.add_argument("--jobs", type=positive, default=1, metavar="N", help="so many at once; 1")
    command.add_argument(
        "--grace", type=positive, default=GRACE, metavar="SECONDS",
        help=f"so long the items under way may take when it stops; {GRACE}",
    )  # fmt: skip
    command.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Exit code 0 when it was stopped."""
    project = Project(Path.cwd())
    offer = Offer(named(given.pool or [DEFAULT_POOL], "--pool"), named(given.has, "--has"), given.jobs)
    configure_logs(None, Masker(), show=lambda line: say("", line))
    try:
        with project.store() as store:
            machine = Machine(store, offer, project.root, lambda job: job_folder(project, job), say)
            say("info", f"serves {', '.join(offer.pools)}; {offer.jobs} at once")
            Watcher(project, say).start()
            server = server_of(project.store_url)
            if server is None:
                local = Local(machine, LEASE, given.grace)
                for name in (signal.SIGINT, signal.SIGTERM):
                    signal.signal(name, lambda number, frame: _stopped(local, number, frame))
                local.run()
            else:
                try:
                    from robotfabrik.dispatch.procrastinate import Carrier
                except ImportError:
                    raise UsageError(
                        "workers on PostgreSQL need procrastinate: pip install 'robotfabrik[postgresql]'"
                    ) from None
                carrier = Carrier(machine, store, server, TASK, LEASE, given.grace)
                factory = asyncio.SelectorEventLoop if sys.platform == "win32" else None
                with asyncio.Runner(loop_factory=factory) as runner:
                    runner.run(carrier.run())
    finally:
        close_logs()
    say("info", "stopped")
    return 0


def _stopped(local: Local, number: int, frame: FrameType | None) -> None:
    local.stop()


def named(names: list[str], option: str) -> tuple[str, ...]:
    """Names as bots write them, each once."""
    for name in names:
        if (problem := wrong_pool(name)) is not None:
            raise UsageError(f"{option} {problem[0]}")
    return tuple(dict.fromkeys(names))


def job_folder(project: Project, job_id: str) -> Path:
    """The folder of a job that is about to be launched."""
    folder = project.runs / job_id
    private_directory(folder)
    return folder


def say(level: str, line: str) -> None:
    """One line for the service's journal."""
    words = f"{level}: {line}" if level and level != "info" else line
    print(f"{datetime.now():%Y-%m-%d %H:%M:%S} {words}", file=sys.stderr, flush=True)
