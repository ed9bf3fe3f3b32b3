"""`robotfabrik demo`: the bundled case system, the robot over the synthetic municipality, the report."""

from __future__ import annotations

import argparse
import csv
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from robotfabrik.cli.arguments import positive
from robotfabrik.cli.run import execute, load
from robotfabrik.model.errors import UsageError
from robotfabrik.model.result import ItemResult
from robotfabrik.runs.terminal import Terminal
from robotfabrik.vault.vault import variable_of
from robotfabrik.wiring import Project, Run, RunRequest

BOT = "folkbokforing"
TODAY = date(2022, 11, 1)  # the municipality's day: the note in the source document is from then
STARTS_WITHIN = 60.0


def add(commands: Any) -> None:
    command = commands.add_parser(
        "demo", help="run a robot over the synthetic municipality, in a case system of its own"
    )
    command.add_argument("--workers", type=positive, default=4, metavar="N")
    command.add_argument("--headed", action="store_true", help="show the browser")
    command.set_defaults(run=demo)


def demo(given: argparse.Namespace) -> int:
    root = Path.cwd()
    data = root / "fixtures" / "default"
    if not (root / "fake_procapita").is_dir() or not data.is_dir():
        raise UsageError("the demo runs in the project's own folder, where fake_procapita/ and fixtures/ lie")
    home = root / ".robotfabrik" / "demo"  # a store of its own, new each time
    shutil.rmtree(home, ignore_errors=True)
    town = home / "municipality"
    shutil.copytree(data, town, ignore=shutil.ignore_patterns(".state"))
    with case_system(town) as url:
        print(
            f"Case system  {url}   (log in as a caseworker with an account of fixtures/default/accounts.csv)"
        )
        project = Project(root, home)
        bot, process, settings = load(project, BOT)
        request = RunRequest(TODAY, workers=given.workers, urls={"procapita": url}, headed=given.headed)
        print(f"Robot        {process.name} {process.version}, {TODAY}, {given.workers} workers")
        credential = bot.applications["procapita"].credential or ""
        job = Run(project, bot, process, settings, request, accounts(town, credential))
        return execute(job, as_json=False, on_item=FirstNote())


class FirstNote:
    """Shows the first note that is written."""

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.shown = False

    def __call__(self, result: ItemResult, terminal: Terminal) -> None:
        if self.shown or not result.effects:
            return
        self.shown = True
        content = result.effects[0].content
        text = "\n".join(f"    {line}" for line in str(content["text"]).splitlines())
        seconds = time.monotonic() - self.started
        terminal.say(
            f"The first note, after {seconds:.1f} s, in {result.reference}:\n    {content['rubrik']}\n{text}"
        )


def accounts(town: Path, credential: str) -> dict[str, str]:
    """The demo's accounts, as the environment variable would give them."""
    with (town / "accounts.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["username"].startswith(f"{credential}-")]
    accounts = ";".join(f"{row['username']}:{row['password']}" for row in rows)
    return {variable_of(credential, "credential"): accounts}


@contextmanager
def case_system(town: Path) -> Iterator[str]:
    """The bundled case system as a process of its own; its address."""
    command = [
        sys.executable,
        "-m",
        "fake_procapita",
        "--port",
        "0",
        "--data",
        str(town),
        "--today",
        str(TODAY),
        "--fresh",
    ]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    )
    try:
        assert process.stdout is not None
        assert process.stderr is not None
        line = process.stdout.readline()
        address = next((word.rstrip("/.,") for word in line.split() if word.startswith("http")), None)
        if address is None:
            process.terminate()
            raise UsageError(f"the case system does not start: {(line + process.stderr.read()).strip()}")
        yield address
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
