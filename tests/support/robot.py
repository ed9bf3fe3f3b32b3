"""Runs the robot as a user does: the command line, in a process of its own, with a home of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from robotfabrik.model.records import ItemFilter, QueueItem
from robotfabrik.store import open_store
from robotfabrik.vault.vault import variable_of
from tests.support.fake import ROOT, RunningFake
from tests.support.rows import read_rows

FOLKBOKFORING = "folkbokforing"
PATIENCE = 7200.0  # seconds until a run that should end is given up, however slow the machine is


def robots() -> list[str]:
    """The bots of this project that the facit knows, in the facit's order."""
    known = dict.fromkeys(row["robot"] for row in read_rows(ROOT / "fixtures" / "default" / "facit.csv"))
    return [bot for bot in known if (ROOT / "bots" / f"{bot}.yaml").is_file()]


def account(bot: str) -> str:
    """The name of a bot's credential."""
    return f"robot-{bot}"


def variable(bot: str) -> str:
    """The environment variable that holds a bot's accounts."""
    return variable_of(account(bot), "credential")


def pool_of(bot: str, fake: RunningFake) -> str:
    """A bot's accounts in a case system, as the variable holds them."""
    names = (name for name in fake.accounts() if name.startswith(f"{account(bot)}-"))
    return ";".join(fake.credential(name) for name in names)


class Robot:
    """`robotfabrik run BOT` of a project against a fake. `home` holds its store and its runs."""

    def __init__(
        self, fake: RunningFake, home: Path, bot: str = FOLKBOKFORING, *, project: Path = ROOT
    ) -> None:
        self.fake, self.home, self.bot, self.project = fake, home, bot, project
        self.environment = {
            **os.environ, "ROBOTFABRIK_HOME": str(home), variable(bot): pool_of(bot, fake),
            "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
        }  # fmt: skip
        self.environment.pop("ROBOTFABRIK_STORE", None)

    def keep_accounts(self, key: Path) -> None:
        """Let the accounts come from the store, encrypted, and not from the environment."""
        typed = self.environment.pop(variable(self.bot)).replace(";", "\n")
        self.environment["ROBOTFABRIK_KEY_FILE"] = str(key)
        assets = [sys.executable, "-m", "robotfabrik.cli.main", "assets"]
        new = ["set", account(self.bot), "--type", "credential", "--bot", self.bot]
        for words, given in ((["key"], ""), (new, typed)):
            subprocess.run(
                [*assets, *words], input=given, cwd=ROOT, env=self.environment, text=True, encoding="utf-8",
                stdout=subprocess.DEVNULL, check=True,
            )  # fmt: skip

    def command(self, day: str, *options: str) -> list[str]:
        run = [sys.executable, "-m", "robotfabrik.cli.main", "run", self.bot, "--date", day, "--json"]
        return [*run, "--url", f"procapita={self.fake.url}", *options]

    def start(self, day: str, *options: str) -> subprocess.Popen[str]:
        """Start a run; its JSON comes on standard output when it ends."""
        return subprocess.Popen(
            self.command(day, *options), cwd=self.project, env=self.environment, text=True, encoding="utf-8",
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip

    def run(self, day: str, *options: str, code: int | None = 0) -> dict[str, Any]:
        """Run to the end; the JSON that it prints."""
        ended = self.start(day, *options)
        out, errors = ended.communicate(timeout=PATIENCE)
        assert code is None or ended.returncode == code, f"exit {ended.returncode}\n{errors}\n{out[-2000:]}"
        assert out, errors
        assert "Traceback" not in errors, errors
        result: dict[str, Any] = json.loads(out)
        return result

    def unfinished(self) -> list[QueueItem]:
        """The items that are not done: those that failed, are held or wait, or are left to a person."""
        with open_store(self.home / "store.db") as store:
            return [item for item in store.find_items(ItemFilter()) if item.status != "successful"]

    def files(self, *patterns: Sequence[str]) -> list[Path]:
        """Files of all runs."""
        return [path for pattern in patterns for path in sorted((self.home / "runs").glob(f"*/{pattern}"))]


def figures(result: Mapping[str, Any]) -> dict[str, int]:
    """The counts of a run."""
    names = ("checked", "noted", "listed", "failed", "held", "already_done", "excluded", "written")
    return {name: result[name] for name in names}
