"""A project's schedule, read with the bots that it starts."""

from __future__ import annotations

from pathlib import Path

from robotfabrik.model.errors import DefinitionError, UsageError
from robotfabrik.parsing.diagnostics import Collector
from robotfabrik.parsing.loader import Loader, definitions_in
from robotfabrik.scheduling.plan import Plan


class ScheduleFile:
    """The schedule of a project's folder, and whether it has changed (scheduling.service.Source)."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def state(self) -> object:
        """Of the schedule's file, the bots and what they run."""
        below = [f for folder in ("bots", "pdd") for f in definitions_in(self._root / folder, below=True)]
        return tuple(_state(file) for file in (*definitions_in(self._root), *below))

    def load(self) -> Plan:
        """DefinitionError with everything that is wrong with it; UsageError when there is none."""
        path = next((file for file in definitions_in(self._root) if file.stem == "schedule"), None)
        if path is None:
            raise UsageError("there is no schedule.yaml here")
        collector = Collector()
        loader = Loader(collector.report)
        schedule = loader.schedule(path)
        if schedule is None or collector.has_errors:
            raise DefinitionError(collector.diagnostics)
        files = {file.stem: file for file in definitions_in(self._root / "bots")}
        loaded = {trigger.bot: loader.bot(files[trigger.bot]) for trigger in schedule.triggers}
        return Plan(schedule, self._root, {name: one[:2] for name, one in loaded.items() if one is not None})


def _state(file: Path) -> tuple[Path, int, int]:
    try:
        found = file.stat()
    except OSError:  # it was removed meanwhile
        return file, 0, 0
    return file, found.st_mtime_ns, found.st_size
