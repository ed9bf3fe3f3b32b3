"""A file trigger starts a bot that goes through the folder by itself: the bot must be granted it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path, PureWindowsPath

from robotfabrik.model.schedule import Files, Schedule
from robotfabrik.model.source import place_of
from robotfabrik.parsing.checks.check import Check
from robotfabrik.parsing.checks.place import Report

CHECK = Check("watched-folder", "warning", "A file trigger looks into a folder that its bot is not granted.")


def check(schedule: Schedule, granted: Mapping[str, Sequence[str]], report: Report) -> None:
    """Each file trigger; `granted`: bot → the folders that it may use beside the project's."""
    for trigger in schedule.triggers:
        if not isinstance(trigger.start, Files) or trigger.bot not in granted:
            continue
        folder = trigger.start.folder
        if not _may_read(folder, granted[trigger.bot]):
            message = f"the bot {trigger.bot} may not read files in {folder}"
            hint = f"write folders: [{folder}] in the bot" if _is_whole(folder) else "write a whole path"
            report(CHECK.at(place_of(folder, trigger.at), message, hint))


def _may_read(folder: str, granted: Sequence[str]) -> bool:
    if not _is_whole(folder):  # in the project, which every bot may read
        return not os.path.normpath(folder).startswith("..")
    path = _written(folder)
    return any(path.is_relative_to(_written(one)) for one in granted)


def _is_whole(folder: str) -> bool:
    return folder.startswith(("/", "~")) or PureWindowsPath(folder).is_absolute()


def _written(folder: str) -> Path | PureWindowsPath:
    """The path as it is written, from ~ or not; whether it is there does not matter."""
    if PureWindowsPath(folder).is_absolute():
        return PureWindowsPath(folder)
    return Path(os.path.normpath(os.path.expanduser(folder)))
