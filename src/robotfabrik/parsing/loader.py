"""Files → checked definitions. The only module of parsing that reads files."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from robotfabrik.model.errors import Diagnostic
from robotfabrik.model.process import Bot, Process, Repository
from robotfabrik.model.source import Source, Span
from robotfabrik.parsing import bots
from robotfabrik.parsing.checks import check_process, check_repository
from robotfabrik.parsing.nodes import MapNode, Node, ScalarNode, load, read
from robotfabrik.parsing.objects import RepositoryBuilder
from robotfabrik.parsing.process import ProcessBuilder
from robotfabrik.parsing.reader import Reader

Report = Callable[[Diagnostic], None]


@dataclass(slots=True)
class Loader:
    """Loads definitions, each file once. `report` hears of every problem."""

    report: Report
    _repositories: dict[tuple[Path, str], Repository | None] = field(default_factory=dict)
    _texts: dict[Path, str] = field(default_factory=dict)

    def tree(self, path: Path, mentioned: Span | None = None) -> Node | None:
        """A file's tree; a file that cannot be read is reported where it is mentioned."""
        try:
            source = load(path, self.report, shown(path))
        except OSError as problem:
            reason = "there is no such file" if isinstance(problem, FileNotFoundError) else str(problem.strerror)
            span = mentioned or Span(Source(shown(path), ""), 1, 1)
            self.report(Diagnostic(span, f"cannot read {shown(path)}: {reason}", "file"))
            return None
        if source is None:
            return None
        self._texts[path.resolve()] = source.text
        return read(source, self.report)

    def repository(self, path: Path, id: str, mentioned: Span | None = None) -> Repository | None:
        """An object repository, under the name that an application has in the PDD."""
        known = (path.resolve(), id)
        if known not in self._repositories:
            node = self.tree(path, mentioned)
            found = RepositoryBuilder(Reader(self.report), id).build(node) if node is not None else None
            if found is not None:
                check_repository(found, self.report)
            self._repositories[known] = found
        return self._repositories[known]

    def process(self, path: Path, mentioned: Span | None = None) -> Process | None:
        """A PDD with its repositories, checked."""
        node = self.tree(path, mentioned)
        if node is None:
            return None
        repositories = self._of_process(path, node)
        process = ProcessBuilder(Reader(self.report), repositories, "").build(node)
        if process is None:
            return None
        process = replace(process, release=self._release(path))
        if len(repositories) == len(_applications(node)):
            check_process(process, self.report)
        return process

    def _of_process(self, path: Path, node: Node) -> dict[str, Repository]:
        found = {}
        for key, value in _applications(node).items():
            repository = self.repository(path.parent / value.text, key, value.span)
            if repository is not None:
                found[key] = repository
        return found

    def _release(self, path: Path) -> str:
        """The content hash of a PDD and everything it was made of."""
        digest = hashlib.sha256()
        for file in sorted(self._texts, key=lambda p: (p != path.resolve(), p.name)):
            digest.update(self._texts[file].encode())
        return digest.hexdigest()[:16]

    def bot(self, path: Path) -> tuple[Bot, Process, Mapping[str, Any]] | None:
        """A bot with its process and settings."""
        node = self.tree(path)
        built = bots.BotBuilder(Reader(self.report)).build(node) if node is not None else None
        if built is None:
            return None
        bot, written = built
        pdd = node.get("pdd") if isinstance(node, MapNode) else None
        process = self.process(path.parent / bot.pdd, pdd.span if pdd else None)
        if process is None:
            return None
        for name in process.applications.keys() - bot.applications.keys():
            self.report(Diagnostic(bot.span, f"the bot says no address for the application '{name}'", "missing-key",
                                   f"applications: {{{name}: {{url: …, credential: …}}}}"))  # fmt: skip
        reader = Reader(self.report)
        if isinstance(node, MapNode) and isinstance(apps := node.get("applications"), MapNode):
            for entry in apps.entries:
                if entry.key.text not in process.applications:
                    reader.unknown(entry.key, "application", process.applications, rule="unknown-application")
        return bot, process, bots.settings(reader, process, written)

    def any(self, path: Path) -> None:
        """Check a file by what it says it is: `pdd:`, `objects:`, `bot:` or a schedule."""
        node = self.tree(path)
        if node is None:
            return
        if isinstance(node, MapNode) and node.get("pdd") is not None and node.get("bot") is None:
            self.process(path)
        elif isinstance(node, MapNode) and node.get("objects") is not None:
            id = node.get("id")
            self.repository(path, id.text if isinstance(id, ScalarNode) else path.stem)
        elif isinstance(node, MapNode) and node.get("bot") is not None:
            self.bot(path)
        elif path.name == "schedule.yaml":
            bots.schedule(Reader(self.report), node)
        elif isinstance(node, MapNode):
            Reader(self.report).error(node.span, "what is this file? It begins with pdd:, objects: or bot:", "file-kind")
        else:
            self.report(Diagnostic(node.span, "a definition is a mapping that begins with pdd:, objects: or bot:", "file-kind"))


def _applications(node: Node) -> dict[str, ScalarNode]:
    found = node.get("applications") if isinstance(node, MapNode) else None
    entries = found.entries if isinstance(found, MapNode) else ()
    return {entry.key.text: entry.value for entry in entries if isinstance(entry.value, ScalarNode)}


def shown(path: Path) -> str:
    """A path as people see it: relative to where they stand, when it lies below."""
    relative = os.path.relpath(path)
    return relative if not relative.startswith("..") else str(path)
