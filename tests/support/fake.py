"""Starts and stops the bundled fake of Procapita for tests: its own process, free port and data."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from fake_procapita import exporting
from tests.support.rows import read_rows

ROOT = Path(__file__).parents[2]
ADDRESS = re.compile(r"https?://\S+?(?=/?\s)")
PATIENCE = 60


class RunningFake:
    """A fake that runs; `url` stays the same over restarts."""

    def __init__(self, data: Path, today: str, options: Sequence[str]) -> None:
        self.data = data
        self.today = today
        self.url = ""
        self._options = list(options)
        self._process: subprocess.Popen[str] | None = None
        self._log = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115  (closed by stop)

    def start(self, *, fresh: bool) -> None:
        port = self.url.rpartition(":")[2] or "0"
        command = [sys.executable, "-m", "fake_procapita", "--port", port, "--data", str(self.data)]
        command += ["--today", self.today, *(["--fresh"] if fresh else []), *self._options]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=self._log, text=True, encoding="utf-8"
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        found = ADDRESS.search(line)
        if found is None:
            self._process.wait(PATIENCE)
            self.stop()
            raise RuntimeError(f"the fake did not start: {line}{self.errors()}")
        self.url = found.group()

    def restart(self, today: str | None = None, *, fresh: bool = False) -> None:
        """Stop, and start again at the same address, on another day if given."""
        self.stop()
        self.today = today or self.today
        self.start(fresh=fresh)

    def mend(self) -> None:
        """Start again without the faults that it has had on purpose."""
        self._options = []
        self.restart()

    def stop(self) -> None:
        """Stop it in order."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Stop it as a crash would."""
        self._end(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)

    def errors(self) -> str:
        """What it has written on its error output."""
        self._log.seek(0)
        return self._log.read()

    def export_notes(self, *, everything: bool = False) -> list[dict[str, str]]:
        """The notes written since the start of its data, as `export notes` gives them."""
        return exporting.notes(self.data, everything=everything)

    def export_activities(self, *, everything: bool = False) -> list[dict[str, str]]:
        """The activities made since the start of its data, as `export activities` gives them."""
        return exporting.activities(self.data, everything=everything)

    def accounts(self) -> dict[str, dict[str, str]]:
        """The rows of accounts.csv by username."""
        return {row["username"]: row for row in read_rows(self.data / "accounts.csv")}

    def credential(self, username: str) -> str:
        """`user:password`, as the runner's environment variables hold it."""
        return f"{username}:{self.accounts()[username]['password']}"

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is None:
            process.send_signal(how)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
        if process.stdout is not None:
            process.stdout.close()


@contextmanager
def running_fake(
    data_dir: Path | str,
    today: str,
    *,
    fresh: bool = True,
    chaos: str | None = None,
    extra: Sequence[str] = (),
) -> Iterator[RunningFake]:
    """A fake over `data_dir` on a free port.

    With `fresh` it works on a temporary copy of the data, so that tests never meet; otherwise on the
    folder itself, going on from its state. `chaos` names profiles; `extra` is put on the command line.
    """
    options = [*(["--chaos", chaos] if chaos else []), *extra]
    with tempfile.TemporaryDirectory(prefix="fake-procapita-") as temporary:
        data = Path(data_dir)
        if fresh:
            data = Path(temporary) / data.name
            shutil.copytree(data_dir, data, ignore=shutil.ignore_patterns(".state"))
        fake = RunningFake(data, str(today), options)
        try:
            fake.start(fresh=False)
            yield fake
        finally:
            fake.stop()


def wait_until(condition: object, seconds: float = 10) -> bool:
    """Whether the condition, a function, becomes true in time."""
    assert callable(condition)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False
