"""The bots of a project, for commands that must work although one of them cannot be read."""

from __future__ import annotations

from robotfabrik.model.process import Bot, Process
from robotfabrik.parsing.diagnostics import Collector
from robotfabrik.parsing.loader import Loader, definitions_in
from robotfabrik.wiring import Project


def known_bots(project: Project) -> dict[str, tuple[Bot, Process] | None]:
    """Each file's bot and what it runs; none: it cannot be read."""
    found: dict[str, tuple[Bot, Process] | None] = {}
    for file in definitions_in(project.root / "bots"):
        collector = Collector()
        read = Loader(collector.report).bot(file)
        found[file.stem] = None if read is None or collector.has_errors else read[:2]
    return found
