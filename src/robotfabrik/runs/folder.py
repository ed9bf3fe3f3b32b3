"""A run's folder: where its reports, logs, step lines and evidence lie. Only its owner may read it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

DIRECTORY_MODE: Final = 0o700
FILE_MODE: Final = 0o600

_NAME = re.compile(r"\w[\w.-]*")
_APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str).encode


class AppendFile:
    """A file that grows line by line: one unbuffered write a line, so `kill -9` loses none and tears none."""

    __slots__ = ("_descriptor",)

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, _APPEND, FILE_MODE)
        os.chmod(path, FILE_MODE)

    def append(self, text: str) -> None:
        """Write `text` and a line end."""
        os.write(self._descriptor, f"{text}\n".encode("utf-8", "replace"))

    def write(self, line: Mapping[str, Any]) -> None:
        """Write one JSON line."""
        self.append(_encode(line))

    def close(self) -> None:
        """Close it; closing twice does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class RunFolder:
    """The paths of one run, and the making of what lies in it."""

    __slots__ = ("path",)

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def create(cls, root: Path, job_id: str) -> RunFolder:
        """The folder of a job under `root` (`.robotfabrik/runs`); what is already there stays."""
        if not _NAME.fullmatch(job_id):
            raise ValueError(f"'{job_id}' cannot be the name of a folder")
        folder = cls(root / job_id)
        for path in (folder.path, folder.items, folder.evidence):
            private_directory(path)
        return folder

    @property
    def report_xlsx(self) -> Path:
        return self.path / "report.xlsx"

    @property
    def report_html(self) -> Path:
        return self.path / "report.html"

    @property
    def summary(self) -> Path:
        return self.path / "summary.json"

    @property
    def log_txt(self) -> Path:
        return self.path / "log.txt"

    @property
    def log_jsonl(self) -> Path:
        return self.path / "log.jsonl"

    @property
    def items(self) -> Path:
        return self.path / "items"

    @property
    def files(self) -> Path:
        return self.path / "files"

    @property
    def evidence(self) -> Path:
        return self.path / "evidence"

    def step_lines(self, item_number: int | None) -> AppendFile:
        """The step lines of an item (the store's number, never the case's), or of dispatch and finish."""
        return AppendFile(self.items / f"{'job' if item_number is None else item_number}.jsonl")


def private_directory(path: Path) -> None:
    """Make a directory and its missing parents for the owner alone, whatever the umask takes away."""
    missing = [path, *(parent for parent in path.parents if not parent.exists())]
    for directory in reversed(missing):
        directory.mkdir(mode=DIRECTORY_MODE, exist_ok=True)
        directory.chmod(DIRECTORY_MODE)


def write_private(path: Path, content: bytes) -> None:
    """Write a whole file for the owner alone: readers see the old content or the new, never a part."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(beside, _APPEND | os.O_TRUNC, FILE_MODE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        os.chmod(beside, FILE_MODE)
        os.replace(beside, path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
