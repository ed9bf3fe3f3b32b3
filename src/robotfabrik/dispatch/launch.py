"""A job as a process of its own: how a machine launches it, and how it notices that the machine let go."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psutil

LAUNCHER_VARIABLE: Final = "ROBOTFABRIK_LAUNCHER"
"""The process that launched this one, as pid:start; a killed launcher can tell nobody."""

OUTPUT: Final = "output.txt"
"""What the process of a job prints, in the job's folder: why it could not start stands nowhere else."""

LAUNCH_PATIENCE: Final = 60.0  # seconds after which a launched job that has not started is launched again
_LOOK = 1.0  # seconds between two looks after the launcher
_SAME_START = 2.0  # a process id may be given out again; clocks are set now and then


@dataclass(frozen=True, slots=True)
class Child:
    """The process of a launched job."""

    job_id: str
    process: subprocess.Popen[bytes]

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative when a signal ended it."""
        return self.process.poll()

    @property
    def owner(self) -> str:
        """How the owner of what it runs begins (host:pid:start)."""
        return f"{socket.gethostname()}:{self.process.pid}:"

    def stop(self) -> None:
        """Ask it to end after the items under way; another machine goes on with the job.

        On Windows nobody can be asked: there it ends when its launcher does.
        """
        if sys.platform != "win32" and self.exit_code is None:
            self.process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it and everything that it started: its browser is in a group of its own."""
        if self.exit_code is None:
            with suppress(psutil.NoSuchProcess):
                root = psutil.Process(self.process.pid)
                _kill([*root.children(recursive=True), root])
            self.process.wait()


def _kill(processes: Iterable[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()


def launch(bot: str, job_id: str, root: Path, folder: Path) -> Child:
    """Start the process that runs a pending job of the project in `root`; it prints into `folder`."""
    options: dict[str, Any] = {"start_new_session": True}  # what ends the terminal does not end the job
    if sys.platform == "win32":
        options = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    me = psutil.Process()
    environment = {**os.environ, LAUNCHER_VARIABLE: f"{me.pid}:{me.create_time():.2f}"}
    command = [sys.executable, "-m", "robotfabrik.cli.main", "run", bot, "--job", job_id]
    output = os.open(folder / OUTPUT, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        process = subprocess.Popen(
            command, cwd=root, env=environment, stdin=subprocess.DEVNULL, stdout=output,
            stderr=subprocess.STDOUT, **options,
        )  # fmt: skip
    finally:
        os.close(output)
    return Child(job_id, process)


async def tell_orphaned(tell: Callable[[], None]) -> None:
    """Call `tell` when the process that launched this one is gone; never when nobody launched it."""
    text = os.environ.get(LAUNCHER_VARIABLE, "")
    if not text:
        return
    launcher = _launcher(text)
    while launcher is not None and _lives(launcher):  # noqa: ASYNC110  # no event tells of another process
        await asyncio.sleep(_LOOK)
    tell()


def _launcher(text: str) -> psutil.Process | None:
    pid, _, started = text.partition(":")
    try:
        found = psutil.Process(int(pid))
        return found if abs(found.create_time() - float(started)) < _SAME_START else None
    except (psutil.Error, ValueError):
        return None


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
