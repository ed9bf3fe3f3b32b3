"""What of old runs is deleted: evidence, and later all of a run's folder but its figures."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from robotfabrik.model.process import EVIDENCE_DAYS

_JOB: Final = re.compile(r"(.+)-\d{4}-\d{2}-\d{2}-[0-9a-f]+")
_STAYS: Final = "summary.json"  # figures without personal data: statistics stay


def clean_evidence(
    root: Path, days: int = EVIDENCE_DAYS, bot: str | None = None, *, dry_run: bool = False
) -> int:
    """Delete evidence older than `days` in the folders of a bot's runs, or of all; how many files went."""
    oldest = time.time() - days * 86_400
    deleted = 0
    for folder in _runs(root, bot):
        for path in folder.glob("evidence/*"):
            try:
                if path.lstat().st_mtime < oldest:
                    if not dry_run:
                        path.unlink()
                    deleted += 1
            except OSError:
                continue  # another run of the same robot cleans at the same time
    return deleted


def clean_runs(root: Path, days: int, bot: str, *, dry_run: bool = False) -> int:
    """Delete all but the figures of the bot's runs whose last file is older than `days`; how many runs."""
    oldest = time.time() - days * 86_400
    thinned = 0
    for folder in _runs(root, bot):
        rest = [path for path in folder.iterdir() if path.name != _STAYS]
        if not rest or _last_written(folder) >= oldest:
            continue
        thinned += 1
        if dry_run:
            continue
        for path in rest:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
    return thinned


def bot_of(job_id: str) -> str:
    """The bot of a job, by the job's id; empty when it is none."""
    found = _JOB.fullmatch(job_id)
    return found[1] if found else ""


def _runs(root: Path, bot: str | None) -> Iterator[Path]:
    for folder in sorted(root.glob("*")) if root.is_dir() else ():
        if folder.is_dir() and bot in (None, bot_of(folder.name)):
            yield folder


def _last_written(folder: Path) -> float:
    files = (path.lstat() for path in folder.rglob("*") if not path.is_dir())
    return max((status.st_mtime for status in files), default=folder.stat().st_mtime)
