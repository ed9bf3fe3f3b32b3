"""The CPU time of a command with everything that it starts.

Exact: a small parent makes itself the reaper of all descendants (Linux, PR_SET_CHILD_SUBREAPER), waits
until the last of them has ended, and reads its own RUSAGE_CHILDREN. The kernel adds a process's whole time to
whoever waits for it, so neither a renderer that lived for 50 ms nor a browser that outlived its driver is
missed. (Only one whose parent ignores the end of its children would be; the polled sum would show it, and is
compared.) Beside it the tree is polled each 100 ms, to say which share is runner, driver and browser; those
figures are lower bounds. Elsewhere than on Linux the polled sum is the result.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

EVERY = 0.1  # seconds between two looks at the tree
ENDS_WITHIN = 20.0  # seconds that what a command left behind may take to end
_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of CPU time (user and system) and of the clock; `shares` by runner, driver, browser."""

    cpu: float
    wall: float
    exact: bool
    shares: Mapping[str, float]
    peak: int  # bytes, the largest sum of resident memory seen
    output: str


def measure(command: Sequence[str], environment: Mapping[str, str], folder: Path) -> Cost:
    """Run a command to its end; RuntimeError when it fails."""
    ended = subprocess.run(
        [sys.executable, "-m", "bench.cpu", *command], cwd=folder, env=dict(environment),
        capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip
    errors, _, report = ended.stderr.rstrip("\n").rpartition("\n")  # the last line is ours
    if ended.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {ended.returncode}:\n{errors[-3000:]}")
    return Cost(**json.loads(report), output=ended.stdout)


def main() -> None:
    """The small parent; its own time, and that of looking, is not counted."""
    exact = _become_reaper()
    started = time.monotonic()
    top = subprocess.Popen(sys.argv[1:])
    look = _Look(top.pid)
    watcher = threading.Thread(target=look.watch, daemon=True)
    watcher.start()
    code = top.wait()
    wall = time.monotonic() - started
    _reap()
    look.over.set()
    watcher.join()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = used.ru_utime + used.ru_stime if exact else sum(look.shares().values())
    if exact and cpu < 0.98 * sum(look.shares().values()):
        sys.exit(f"waited for {cpu:.2f} s, but saw {sum(look.shares().values()):.2f} s: a process is missing")
    report = {"cpu": cpu, "wall": wall, "exact": exact, "shares": look.shares(), "peak": look.peak}
    print(f"\n{json.dumps(report)}", file=sys.stderr)
    sys.exit(code)


def _become_reaper() -> bool:
    """Whether orphans below this process become its own children."""
    if sys.platform != "linux":
        return False
    return bool(ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0)


def _reap() -> None:
    """Wait for every process that is left; what does not end by itself is ended."""
    end = time.monotonic() + ENDS_WITHIN
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            if time.monotonic() > end:
                for child in psutil.Process().children(recursive=True):
                    child.send_signal(signal.SIGKILL)
            time.sleep(0.01)


class _Look:
    """Polls the tree below this process."""

    def __init__(self, top: int) -> None:
        self._top = top
        self._last: dict[tuple[int, float], tuple[str, float]] = {}
        self._own = psutil.Process()
        self.peak = 0
        self.over = threading.Event()

    def watch(self) -> None:
        while not self.over.wait(EVERY):
            resident = 0
            for process in self._own.children(recursive=True):
                try:
                    with process.oneshot():
                        times = process.cpu_times()
                        resident += process.memory_info().rss
                        key = (process.pid, process.create_time())
                        self._last[key] = (self._kind(process), times.user + times.system)
                except psutil.Error:
                    continue
            self.peak = max(self.peak, resident)

    def _kind(self, process: psutil.Process) -> str:
        if process.pid == self._top:
            return "runner"
        return "driver" if process.name().startswith("node") else "browser"

    def shares(self) -> dict[str, float]:
        found: defaultdict[str, float] = defaultdict(float)
        for kind, seconds in self._last.values():
            found[kind] += seconds
        return dict(found)


if __name__ == "__main__":
    main()
