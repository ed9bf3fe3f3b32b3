"""The command line, stopped at a boundary: `python -m tests.support.killing KIND AT FILE run …`

KIND: runner (this process is killed), browser (its browser is), store (what it is asked fails); with
`:PATTERN` only the boundaries whose name it matches count. AT: the number of the boundary, from 0. FILE gets
the boundary's name when it is reached. Boundaries: before and after each call of the store and each commit,
each call of a window, and inside a click between its guard and the click.
"""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import psutil
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from robotfabrik.cli.main import main
from robotfabrik.sessions.playwright import PlaywrightSessions
from robotfabrik.sessions.session import PlaywrightSession
from robotfabrik.store import SqlStore

CALLS: Final = (
    "start_job", "end_job", "add_items", "claim", "settle", "retry", "postpone", "release", "effect",
    "submit_effect", "confirm_effect", "bound_candidates", "next_due", "open_items", "owners",
    "release_owner",
)  # fmt: skip
WINDOW: Final = ("goto", "click", "fill", "read_table", "exists", "close_other_windows")


class Boundary:
    """Counts, and stops at one."""

    def __init__(self, kind: str, at: int, file: Path) -> None:
        self.kind, _, pattern = kind.partition(":")
        self.pattern, self.at, self.file, self.passed = re.compile(pattern), at, file, 0

    def store(self, what: str, connection: Any = None) -> None:
        if self.kind != "browser" and self._is_here(what):
            if self.kind == "runner":
                os.kill(os.getpid(), signal.SIGKILL)
            raise OperationalError("", {}, sqlite3.OperationalError("disk I/O error"))

    def window(self, what: str) -> None:
        if self.kind != "store" and self._is_here(what):
            if self.kind == "runner":
                os.kill(os.getpid(), signal.SIGKILL)
            for process in psutil.Process().children(recursive=True):
                if "chrom" in process.name():
                    process.kill()

    def _is_here(self, what: str) -> bool:
        self.passed += self.pattern.search(what) is not None
        if self.passed != self.at + 1 or not self.pattern.search(what):
            return False
        self.file.write_text(what, encoding="utf-8")
        return True


def watch(boundary: Boundary) -> None:
    """Put a boundary before and after each call."""
    for name in CALLS:
        _watch_store(name, getattr(SqlStore, name), boundary)
    for name in WINDOW:
        _watch_window(PlaywrightSession, name, boundary)
    for name in ("open", "close"):
        _watch_window(PlaywrightSessions, name, boundary)
    sa.event.listen(sa.engine.Engine, "commit", lambda _: boundary.store("committing"))


def _watch_store(name: str, call: Callable[..., Any], boundary: Boundary) -> None:
    def watched(self: SqlStore, *arguments: Any) -> Any:
        boundary.store(f"before {name}")
        result = call(self, *arguments)
        boundary.store(f"after {name}")
        return result

    setattr(SqlStore, name, watched)


def _watch_window(owner: type[Any], name: str, boundary: Boundary) -> None:
    call = getattr(owner, name)

    async def watched(self: Any, *arguments: Any, **more: Any) -> Any:
        target = getattr(arguments[0], "id", "") if arguments else ""
        boundary.window(f"before {name} {target}".rstrip())
        if (guard := more.get("guard")) is not None:

            async def guarded() -> None:
                await guard()
                boundary.window(f"in {name} {target}")

            more["guard"] = guarded
        result = await call(self, *arguments, **more)
        boundary.window(f"after {name} {target}".rstrip())
        return result

    setattr(owner, name, watched)


if __name__ == "__main__":
    watch(Boundary(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])))
    sys.exit(main(sys.argv[4:]))
