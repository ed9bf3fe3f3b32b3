"""The folder of a file trigger: which files lie in it, and which of them are complete."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

from robotfabrik.model.errors import plainly

UNFINISHED: Final = (".", "~$")
"""So begin the names of hidden files, and of those that Excel puts beside an open one."""


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file at one look. A file that changes is another version, with another key."""

    path: str
    size: int
    modified: int  # nanoseconds since 1970

    @property
    def key(self) -> str:
        """What the version is called among all files; it does not tell the name, which may be personal."""
        version = f"{self.path}\0{self.size}\0{self.modified}"
        return hashlib.sha256(os.fsencode(version)).hexdigest()[:40]  # names need not be UTF-8

    @property
    def at(self) -> datetime:
        return datetime.fromtimestamp(self.modified / 1e9, UTC)


class FolderProblem(Exception):
    """A folder that cannot be looked into; the message says why."""


class Folder:
    """Looks into one folder, again and again, and remembers since when each file has been as it is.

    Used by one thread. The seconds that it is told are those of a clock that nobody changes. `problem`: what
    was wrong at the last look; None before the first.
    """

    def __init__(self, path: Path, pattern: str, quiet: timedelta) -> None:
        self._path, self._pattern, self._quiet = path, pattern, quiet.total_seconds()
        self._since: dict[FoundFile, float] = {}
        self._done: set[FoundFile] = set()
        self.problem: str | None = None

    def files(self) -> list[FoundFile]:
        """The files that fit, the oldest first; FolderProblem."""
        try:
            with os.scandir(self._path) as entries:
                found = [file for entry in entries if (file := self._file(entry)) is not None]
        except FileNotFoundError:
            raise FolderProblem(f"the folder {self._path} is not there") from None
        except OSError as error:
            raise FolderProblem(f"the folder cannot be read: {plainly(error)}") from None
        return sorted(found, key=lambda file: (file.modified, file.path))

    def _file(self, entry: os.DirEntry[str]) -> FoundFile | None:
        if entry.name.startswith(UNFINISHED) or not fnmatch(entry.name, self._pattern):
            return None
        try:
            if not entry.is_file():
                return None
            state = os.stat(entry.path)  # an entry's own is a copy on Windows, and may be old
        except OSError:  # it is gone by now
            return None
        return FoundFile(os.path.abspath(entry.path), state.st_size, state.st_mtime_ns)

    def complete(self, files: Sequence[FoundFile], seconds: float) -> list[FoundFile]:
        """Those of the files of a look that have not changed for long enough and are not done with."""
        self._since = {file: self._since.get(file, seconds) for file in files}
        self._done &= self._since.keys()
        return [f for f in files if f not in self._done and seconds - self._since[f] >= self._quiet]

    def done(self, keys: Iterable[str]) -> None:
        """These versions need not be asked about again."""
        gone = set(keys)
        self._done |= {file for file in self._since if file.key in gone}
