"""A whole job over the stub, in a process of its own: everything of a real run but the browser.

    python -m bench.without_browser TOWN [--memory]      prints one JSON line

Store (SQLite), step lines, logs and reports are the real ones. The time is the process's CPU time from the
job's start to its reports; `--memory` measures memory instead, since measuring it makes everything slow.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections import Counter
from datetime import date
from io import StringIO
from pathlib import Path
from unittest import mock

from bench.stub import StubPool, Town
from bench.town import DAY, accounts_of, environment
from robotfabrik import wiring
from robotfabrik.cli.run import execute, load
from robotfabrik.wiring import Project, Run, RunRequest
from tests.support import compare
from tests.support.fake import ROOT
from tests.support.robot import variable

BOT = "folkbokforing"


def measure(town: Path, *, memory: bool = False) -> dict[str, float]:
    """Run in a process of its own; see `main`."""
    command = [sys.executable, "-m", "bench.without_browser", str(town), *(["--memory"] if memory else [])]
    ended = subprocess.run(
        command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True, check=True
    )
    found: dict[str, float] = json.loads(ended.stdout.splitlines()[-1])
    return found


def run_job(folder: Path, home: Path) -> tuple[float, int, int]:
    """CPU seconds, items and steps of a job whose notes equal the facit's."""
    town = Town(folder, DAY)
    project = Project(ROOT, home)
    bot, process, settings = load(project, BOT)
    accounts = [row for row in accounts_of(folder) if row["username"].startswith("robot-folkbokforing")]
    pool = ";".join(f"{row['username']}:{row['password']}" for row in accounts)
    with mock.patch.object(wiring, "BrowserPool", StubPool(town)), contextlib.redirect_stdout(StringIO()):
        started = time.process_time()
        job = Run(
            project,
            bot,
            process,
            settings,
            RunRequest(date.fromisoformat(DAY), workers=4),
            {variable(BOT): pool},
        )
        code = execute(job, as_json=True)
        cpu = time.process_time() - started
    written = Counter((n["case_number"], n["rubrik"], n["text"]) for n in town.written)
    if code != 0 or written != compare.expected_notes(folder, DAY[:7]):
        raise RuntimeError(f"the job ended with {code}, or its notes differ from the facit")
    assert job.performer is not None
    assert job.performer.outcome is not None
    figures = job.performer.outcome.summary
    steps = sum(path.read_bytes().count(b"\n") for path in job.folder.items.glob("*.jsonl"))
    return cpu, figures.checked + figures.listed + figures.failed + figures.held, steps


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.without_browser")
    parser.add_argument("town", type=Path)
    parser.add_argument("--memory", action="store_true")
    given = parser.parse_args()
    os.umask(0o077)
    with tempfile.TemporaryDirectory(prefix="bench-home-") as home:
        if given.memory:
            Town(given.town, DAY).case_list  # noqa: B018  (imports and caches before the first look)
            tracemalloc.start()
        cpu, items, steps = run_job(given.town, Path(home))
        found: dict[str, float] = {"cpu": cpu, "items": items, "steps": steps}
        if given.memory:
            found["peak"] = tracemalloc.get_traced_memory()[1]
        print(json.dumps(found))


if __name__ == "__main__":
    main()
