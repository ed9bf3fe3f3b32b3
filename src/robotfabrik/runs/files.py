"""Which files the steps of a job may use: the job's own, the project's to read, those that the bot grants."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from robotfabrik.model.errors import SystemException
from robotfabrik.runs.folder import private_directory


class JobFiles:
    """The files of one job (engine.ports.Files).

    `own` is the job's folder for files, made when something is first written; `project` may be read, but
    for `closed` (the store and other jobs) in it; `granted` are whole paths.
    """

    def __init__(
        self, own: Path, project: Path, granted: Sequence[str] = (), *,
        closed: Path | None = None, rehearsal: bool = False,
    ) -> None:  # fmt: skip
        self._own, self._project = own.resolve(), project.resolve()
        self._granted = [Path(text).expanduser().resolve() for text in granted]
        hidden = None if closed is None else closed.resolve()
        self._closed = hidden if hidden is not None and self._project in hidden.parents else None
        self._rehearsal = rehearsal

    def path(self, text: str, *, write: bool = False) -> Path:
        """Where the file lies. Links are followed before it is judged, so that none leads out."""
        try:
            path = self._place(text, write)
        except (OSError, ValueError, RuntimeError):  # a loop of links, a NUL, an unknown ~user
            raise SystemException(f"this is not the name of a file: '{_short(text)}'") from None
        if not write:
            return path
        if path.is_relative_to(self._own):
            private_directory(path.parent)
        elif self._rehearsal:
            raise SystemException(f"the rehearsal stopped a change of a file: {path.name}")
        return path

    def _place(self, text: str, write: bool) -> Path:
        if not isinstance(text, str):  # an expression gave none
            raise SystemException("the name of the file is missing")
        if not text.strip() or "\0" in text:
            raise ValueError
        wanted = Path(text).expanduser()
        if wanted.is_absolute():
            return self._whole(text, wanted.resolve())
        own = (self._own / wanted).resolve()
        inside = own.is_relative_to(self._own)
        if write or (inside and own.exists()):
            if not inside:
                raise SystemException(
                    f"'{_short(text)}' leads out of the job's own folder: name it without `..`, or with its "
                    "whole path in a folder that the bot grants under `folders:`"
                )
            return own
        there = (self._project / wanted).resolve()
        if not self._of_project(there):
            return self._whole(text, there)
        return there

    def _whole(self, text: str, path: Path) -> Path:
        if any(path.is_relative_to(folder) for folder in (self._own, *self._granted)):
            return path
        raise SystemException(
            f"the file '{_short(text)}' lies outside what this bot may use: add its folder to the bot's "
            "`folders:`, such as `folders: [/the/folder]`"
        )

    def _of_project(self, path: Path) -> bool:
        hidden = self._closed is not None and path.is_relative_to(self._closed)
        return path.is_relative_to(self._project) and not hidden


def _short(text: str) -> str:
    """A path in a message: enough of it to be found again."""
    return text if len(text) <= 60 else f"…{text[-60:]}"
