"""Processes of a killed run: known by id and start time, never by name."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable
from pathlib import Path

import psutil

# A process id may be given out again; a start time this close to the recorded one is the same process.
_SAME_START = 1.5


class ProcessRecord:
    """The file that says which driver and browser processes belong to this runner."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / f"browser-{os.getpid()}.json"
        self._before = _children()

    def save(self) -> None:
        """Record the processes that were started since this record was made."""
        mine = psutil.Process()
        started = [process for process in _children() if process not in self._before]
        content = {
            "host": platform.node(),
            "owner": [mine.pid, mine.create_time()],
            "processes": [[process.pid, _started(process)] for process in started],
        }
        self._file.parent.mkdir(parents=True, exist_ok=True)
        temporary = self._file.with_suffix(".tmp")
        temporary.write_text(json.dumps(content), encoding="utf-8")
        temporary.replace(self._file)

    def remove(self) -> None:
        """The browser was closed properly."""
        self._file.unlink(missing_ok=True)


def remove_orphans(folder: Path) -> int:
    """End the recorded processes whose runner is dead; how many there were."""
    ended = 0
    for file in folder.glob("browser-*.json"):
        try:
            content = json.loads(file.read_text(encoding="utf-8"))
            owner, processes = content["owner"], content["processes"]
        except (OSError, ValueError, KeyError):
            continue
        if content.get("host") != platform.node() or _process(*owner) is not None:
            continue
        ended += _end(filter(None, (_process(*one) for one in processes)))
        file.unlink(missing_ok=True)
    return ended


def _end(processes: Iterable[psutil.Process]) -> int:
    family: set[psutil.Process] = set()
    for process in processes:
        try:
            family |= {process, *process.children(recursive=True)}
        except psutil.Error:
            continue
    for process in family:
        try:
            process.kill()
        except psutil.Error:
            continue
    psutil.wait_procs(family, timeout=5)
    return len(family)


def _process(pid: int, started: float) -> psutil.Process | None:
    """The process, if it is still the same and not only a corpse waiting for its parent."""
    try:
        process = psutil.Process(pid)
        if abs(process.create_time() - started) > _SAME_START or process.status() == psutil.STATUS_ZOMBIE:
            return None
        return process
    except psutil.Error:
        return None


def _children() -> set[psutil.Process]:
    return set(psutil.Process().children(recursive=True))


def _started(process: psutil.Process) -> float:
    try:
        return float(process.create_time())
    except psutil.Error:
        return 0.0
