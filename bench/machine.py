"""What the measurements ran on, and whether anything else ran."""

from __future__ import annotations

import os
import platform
import subprocess
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import psutil

from robotfabrik.sessions.browser import find_browser

QUIET = 0.25  # load average a core


@dataclass(frozen=True, slots=True)
class Machine:
    """Names and versions; `load` is the load average of the last minute, before the first measurement."""

    cores: int
    model: str
    memory: int
    system: str
    python: str
    playwright: str
    browser: str
    load: float

    @property
    def quiet(self) -> bool:
        return self.load <= QUIET * self.cores


def this_machine() -> Machine:
    return Machine(
        os.cpu_count() or 1, _model(), psutil.virtual_memory().total // 2**30, _system(),
        platform.python_version(), version("playwright"), _browser(), psutil.getloadavg()[0],
    )  # fmt: skip


def _system() -> str:
    return f"{platform.system()} {platform.release()}"


def _model() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _browser() -> str:
    choice = find_browser()
    if choice.path is None:
        return str(choice.channel)
    shown = subprocess.run(
        [choice.path, "--version"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    name = Path(choice.path).name
    return f"{shown.stdout.strip()} ({name})" if shown.stdout.strip() else name


def lines(machine: Machine) -> list[str]:
    """The section of the page on benchmarks."""
    state = (
        "quiet"
        if machine.quiet
        else "**busy with other work: only the ratios say something, and they are noisier**"
    )
    return [
        "| | |",
        "|---|---|",
        f"| machine | {machine.cores} cores, {machine.model}, {machine.memory} GiB, {machine.system} |",
        f"| versions | Python {machine.python}, Playwright {machine.playwright}, {machine.browser} |",
        f"| load average at the start | {machine.load:.2f}: the machine was {state} |",
    ]
