"""Files → checked definitions. The only module of parsing that reads files."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from robotfabrik.model.errors import Diagnostic
from robotfabrik.model.process import Bot, Process, Repository
from robotfabrik.model.source import Source, Span, place_of
from robotfabrik.model.suggest import did_you_mean, nearest, suggest
from robotfabrik.model.types import Type
from robotfabrik.parsing import bots, objects
from robotfabrik.parsing import process as pdds
from robotfabrik.parsing.checks import check_process, check_repository, grants
from robotfabrik.parsing.code import Codebase
from robotfabrik.parsing.nodes import MapNode, Node, ScalarNode, load, read
from robotfabrik.parsing.objects import RepositoryBuilder
from robotfabrik.parsing.process import ProcessBuilder
from robotfabrik.parsing.reader import Fields, Reader, meant

Report = Callable[[Diagnostic], None]


@dataclass(slots=True)
class Loader:
    """Loads definitions, each file once. `report` hears of every problem."""

    report: Report
    _trees: dict[Path, Node | None] = field(default_factory=dict)
    _texts: dict[Path, str] = field(default_factory=dict)
    _repositories: dict[tuple[Path, str], Repository | None] = field(default_factory=dict)
    _returns: dict[str, Mapping[str, Type]] = field(default_factory=dict)
    _processes: dict[Path, Process | None] = field(default_factory=dict)
    _code: Codebase = field(init=False)

    def __post_init__(self) -> None:
        self._code = Codebase(self._texts)

    @property
    def _reader(self) -> Reader:
        return Reader(self.report)

    def tree(self, path: Path, mentioned: ScalarNode | None = None) -> Node | None:
        """A file's tree; a file that cannot be read is reported where it is mentioned."""
        known = path.resolve()
        if known not in self._trees:
            try:
                source = load(path, self.report, shown(path))
            except (OSError, ValueError) as problem:
                self._cannot_read(path, problem, mentioned)
                return None
            if source is not None:
                self._texts[known] = source.text
            self._trees[known] = None if source is None else read(source, self.report)
        return self._trees[known]

    def _cannot_read(self, path: Path, problem: OSError | ValueError, mentioned: ScalarNode | None) -> None:
        reason = "there is no such file" if isinstance(problem, FileNotFoundError) else _reason(problem)
        message = f"cannot read {shown(path)}: {reason}"
        if mentioned is None:
            self.report(Diagnostic(Span(Source(shown(path), ""), 1, 1), message, "file"))
            return
        folder = Path(mentioned.span.source.path).parent
        start, end, suggestion = _near_file(folder, mentioned.text)
        self.report(Diagnostic(mentioned.located.span(start, end), message, "file", suggestion))

    def repository(self, path: Path, id: str, mentioned: ScalarNode | None = None) -> Repository | None:
        """An object repository, under the name that an application has in the PDD."""
        known = (path.resolve(), id)
        if known not in self._repositories:
            node = self.tree(path, mentioned)
            found = RepositoryBuilder(self._reader, id, self._code).build(node) if node is not None else None
            if found is not None:
                self._same_name(node, objects.KEYS, path)
                self._returns.update(check_repository(found, self.report))
            self._repositories[known] = found
        return self._repositories[known]

    def process(self, path: Path, mentioned: ScalarNode | None = None) -> Process | None:
        """A PDD with its repositories, checked."""
        known = path.resolve()
        if known not in self._processes:
            node = self.tree(path, mentioned)
            self._processes[known] = None if node is None else self._process(path, node)
        return self._processes[known]

    def _process(self, path: Path, node: Node) -> Process | None:
        wanted = self._applications(node)
        found = {
            key: self.repository(path.parent / written.text, key, written) for key, written in wanted.items()
        }
        repositories = {key: repository for key, repository in found.items() if repository is not None}
        unread = found.keys() - repositories.keys()
        built = ProcessBuilder(self._reader, repositories, unread, self._returns, self._code).build(node)
        if built is None:
            return None
        self._same_name(node, pdds.KEYS, path)
        process = replace(built, release=self._release(path))
        if not unread:
            check_process(process, self._returns, self.report)
        return process

    def _applications(self, node: Node) -> dict[str, ScalarNode]:
        """Application → the file of its object repository, as written."""
        found = _field(node, pdds.KEYS, "applications")
        entries = found.entries if (found := self._reader.map(found, "applications")) else ()
        files = {entry.key.text: self._reader.scalar(entry.value, "a repository's file") for entry in entries}
        return {key: written for key, written in files.items() if written is not None}

    def _same_name(self, node: Node | None, keys: Iterable[str], path: Path) -> None:
        """`run ID` finds a bot by its file, and references and effects are kept under the PDD's id."""
        id = _field(node, keys, "id")
        if isinstance(id, ScalarNode) and not id.empty and id.text != path.stem:
            message = f"the id '{id.text}' is not the name of the file, {path.name}"
            self.report(Diagnostic(id.span, message, "id", f"write id: {path.stem}, or rename the file"))

    def _release(self, path: Path) -> str:
        """The content hash of a PDD and everything it was made of."""
        digest = hashlib.sha256()
        for file in sorted(self._texts, key=lambda p: (p != path.resolve(), p.name)):
            digest.update(self._texts[file].encode())
        return digest.hexdigest()[:16]

    def bot(self, path: Path) -> tuple[Bot, Process, Mapping[str, Any]] | None:
        """A bot with its process and settings."""
        node = self.tree(path)
        built = bots.BotBuilder(self._reader).build(node) if node is not None else None
        if built is None:
            return None
        self._same_name(node, bots.KEYS, path)
        bot, written = built
        pdd = _field(node, bots.KEYS, "pdd")
        if not isinstance(pdd, ScalarNode) or pdd.empty:
            return None
        process = self.process(path.parent / bot.pdd, pdd)
        if process is None:
            return None
        addresses(self.report, bot, process)
        grants.check(bot, process, self.report)
        return bot, process, bots.settings(self._reader, process, written)

    def any(self, path: Path) -> None:
        """Check a file by what it says it is: `pdd:`, `objects:`, `bot:` or a schedule."""
        node = self.tree(path)
        match _kind(node, path):
            case "pdd":
                self.process(path)
            case "objects":
                id = _field(node, objects.KEYS, "id")
                self.repository(path, id.text if isinstance(id, ScalarNode) else path.stem)
            case "bot":
                self.bot(path)
            case "schedule" if node is not None:
                bots.schedule(self._reader, node)
            case _ if node is not None:
                kinds = ", ".join(f"{kind}:" for kind in _KINDS)
                self._reader.error(
                    node.span, f"what is this file? It begins with none of {kinds}", "file-kind"
                )


def addresses(report: Report, bot: Bot, process: Process) -> None:
    """A bot says where each application is, and of no other."""
    slips = set()
    for name in bot.applications:
        if name not in process.applications:
            absent = [app for app in process.applications if app not in bot.applications]
            slips |= set(nearest(name, absent)[:1])
            message, near = f"unknown application: '{name}'", did_you_mean(name, process.applications)
            report(Diagnostic(place_of(name, bot.span), message, "unknown-application", near or None))
    for name in process.applications:
        if name not in bot.applications and name not in slips:
            message = f"the bot says no address for the application '{name}'"
            hint = f"applications: {{{name}: {{url: …, credential: …}}}}"
            report(Diagnostic(bot.span, message, "missing-key", hint))


_KINDS: Mapping[str, tuple[str, ...]] = {
    "pdd": pdds.KEYS,
    "objects": objects.KEYS,
    "bot": bots.KEYS,
    "schedule": bots.SCHEDULE,
}


def _kind(node: Node | None, path: Path) -> str | None:
    """What a file is: by its first key, else (it may be misspelt) by how many of its keys are known."""
    if not isinstance(node, MapNode) or not node.entries:
        return "schedule" if path.name == "schedule.yaml" else None
    if (first := node.entries[0].key.text) in _KINDS:
        return first
    written = node.keys()
    known = {kind: sum(key in keys for key in written) for kind, keys in _KINDS.items()}
    best = max(known, key=lambda kind: (known[kind], kind in written))
    return best if known[best] > 1 or best in written else None


def _field(node: Node | None, keys: Iterable[str], name: str) -> Node | None:
    """The value of a key, also of one that is misspelt."""
    return Fields(node, meant(node, keys))[name] if isinstance(node, MapNode) else None


def _reason(problem: OSError | ValueError) -> str:
    return (problem.strerror if isinstance(problem, OSError) else None) or "it is no file name"


def _near_file(folder: Path, written: str) -> tuple[int, int | None, str | None]:
    """The part of a path that does not exist, and the path with the nearest name that does."""
    here, start = folder, 0
    for part in written.split("/"):
        try:
            if not (here / part).exists():
                names = sorted(f"{entry.name}" for entry in here.iterdir())
                near = suggest(part, names)
                whole = written[:start] + near + written[start + len(part) :] if near else None
                hint = f"Did you mean '{whole}'?" if whole else did_you_mean(part, names)
                return start, start + len(part), hint or None
        except (OSError, ValueError):
            break
        here, start = here / part, start + len(part) + 1
    return 0, None, None


def shown(path: Path) -> str:
    """A path as people see it: relative to where they stand, when it lies below."""
    relative = os.path.relpath(path)
    return relative if not relative.startswith("..") else os.path.normpath(path)
