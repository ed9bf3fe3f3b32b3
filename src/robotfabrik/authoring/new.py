"""A new project: a small robot with its tests and a web page to try it on, and what an editor needs."""

from __future__ import annotations

import json
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath

from robotfabrik.authoring.schema import schema
from robotfabrik.model.errors import UsageError

HIDDEN = {"vscode": ".vscode", "gitignore": ".gitignore"}
"""Names in the template that begin with a dot in a project."""

SCHEMA = ".vscode/robotfabrik.schema.json"


def contents() -> dict[str, str]:
    """Path in the project → text."""
    found = dict(_texts(files("robotfabrik.authoring") / "project", PurePosixPath()))
    return {**found, SCHEMA: json.dumps(schema(), ensure_ascii=False, indent=1) + "\n"}


def _texts(folder: Traversable, below: PurePosixPath) -> list[tuple[str, str]]:
    texts: list[tuple[str, str]] = []
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        path = below / HIDDEN.get(entry.name, entry.name)
        texts += _texts(entry, path) if entry.is_dir() else [(str(path), entry.read_text(encoding="utf-8"))]
    return texts


def make(folder: Path) -> list[Path]:
    """Write a project into a folder that is new or empty; its files. UsageError when it cannot be made."""
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            what = "is not empty" if folder.is_dir() else "is a file"
            raise UsageError(f"'{folder}' {what}: name a folder that is new or empty")
        written = []
        for name, text in contents().items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
            written.append(path)
        return written
    except OSError as error:
        raise UsageError(f"the project cannot be made in '{folder}': {error.strerror or error}") from None
