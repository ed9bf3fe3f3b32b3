"""Files → checked definitions. The only module of parsing that reads files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from functools import wraps
from itertools import islice
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from robotfabrik.model.alerts import AlertSettings
from robotfabrik.model.cases import Case, ProcessTest
from robotfabrik.model.deployment import canonical, content_hash
from robotfabrik.model.errors import Diagnostic, unknown
from robotfabrik.model.process import Bot, BotApplication, Process, Repository
from robotfabrik.model.schedule import Schedule
from robotfabrik.model.source import Source, Span, Word, place_of
from robotfabrik.model.suggest import did_you_mean, nearest, suggest
from robotfabrik.model.types import Type
from robotfabrik.parsing import alerts, bots, objects, schedule
from robotfabrik.parsing import process as pdds
from robotfabrik.parsing.addresses import is_folder
from robotfabrik.parsing.checks import (
    check_bot,
    check_process,
    check_repository,
    check_schedule,
    check_shared,
)
from robotfabrik.parsing.checks.catalogue import CHECKS
from robotfabrik.parsing.checks.duplicates import twice
from robotfabrik.parsing.checks.reading import READING
from robotfabrik.parsing.checks.unused import SHARED
from robotfabrik.parsing.checks.usage import Usage, inheriting
from robotfabrik.parsing.code import Codebase
from robotfabrik.parsing.definitions import settled, uses
from robotfabrik.parsing.ignores import Ignores
from robotfabrik.parsing.nodes import MapNode, Node, ScalarNode, load, read
from robotfabrik.parsing.objects import RepositoryBuilder
from robotfabrik.parsing.process import ProcessBuilder
from robotfabrik.parsing.reader import Fields, Reader, meant

Report = Callable[[Diagnostic], None]
Loaded = tuple[Bot, Process, Mapping[str, Any]]
"""A bot with its process and settings."""

_Given = ParamSpec("_Given")
_Loaded = TypeVar("_Loaded")


def together(
    load: Callable[Concatenate[Loader, _Given], _Loaded],
) -> Callable[Concatenate[Loader, _Given], _Loaded]:
    """What is found while loading is told when that is over: a misspelt definition once, where it is."""

    @wraps(load)
    def loading(loader: Loader, /, *given: _Given.args, **named: _Given.kwargs) -> _Loaded:
        with loader.waiting():
            return load(loader, *given, **named)

    return loading


@dataclass(slots=True)
class Loader:
    """Loads definitions, each file once. `report` hears of every problem that is not ignored.

    `check` files one by one with `any`, then ask `finish` for what can only be said of them all together.
    """

    report: Report
    _trees: dict[Path, Node | None] = field(default_factory=dict)
    _sources: dict[Path, Source] = field(default_factory=dict)
    _repositories: dict[tuple[Path, str], Repository | None] = field(default_factory=dict)
    _returns: dict[str, Mapping[str, Type]] = field(default_factory=dict)
    _processes: dict[Path, Process | None] = field(default_factory=dict)
    _usages: dict[Path, Usage] = field(default_factory=dict)
    _users: dict[Path, set[Path]] = field(default_factory=dict)
    _bots: dict[Path, Bot] = field(default_factory=dict)
    _loaded: dict[Path, Loaded | None] = field(default_factory=dict)
    _given: dict[Path, str | None] = field(default_factory=dict)
    _ignores: dict[int, tuple[Source, Ignores]] = field(default_factory=dict)
    _found: list[Diagnostic] = field(default_factory=list)
    _said: set[tuple[str, str, str]] = field(default_factory=set)
    _waiting: list[Diagnostic] | None = None
    """What is found while something is loaded, told when that is over."""
    _code: Codebase = field(init=False)

    def __post_init__(self) -> None:
        self._code = Codebase(self._sources)

    @property
    def _reader(self) -> Reader:
        return Reader(self._tell)

    def _tell(self, found: Diagnostic) -> None:
        """Once, also of a workflow that many PDDs reach."""
        if (said := (str(found.span), found.rule, found.message)) in self._said:
            return
        self._said.add(said)
        self._found.append(found)
        if self._waiting is not None:
            self._waiting.append(found)
        else:
            self._unless_ignored(found)

    def _unless_ignored(self, found: Diagnostic) -> None:
        if not self._ignores_of(found.span.source).silences(found):
            self.report(found)

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """What is found meanwhile is told at the end, a misspelt definition once."""
        if self._waiting is not None:
            yield
            return
        self._waiting = found = list[Diagnostic]()
        try:
            yield
        finally:
            self._waiting = None
            told = settled(found, self._trees.values())
            self._found += (one for one in told if one not in found)
            for one in told:
                self._unless_ignored(one)

    def _ignores_of(self, source: Source) -> Ignores:
        """By the source itself, which is kept, so that no other one takes its number."""
        if id(source) not in self._ignores:
            self._ignores[id(source)] = source, Ignores(source, CHECKS)
        return self._ignores[id(source)][1]

    def tree(self, path: Path, mentioned: ScalarNode | None = None) -> Node | None:
        """A file's tree; a file that cannot be read is reported where it is mentioned."""
        known = _real(path)
        if known not in self._trees:
            try:
                if path.exists() and not path.is_file():
                    raise OSError(0, "it is no file")
                source = load(path, self._tell, shown(path))
            except (OSError, ValueError) as problem:
                self._cannot_read(path, problem, mentioned)
                return None
            if source is not None:
                self._sources[known] = source
            self._trees[known] = None if source is None else read(source, self._tell)
        return self._trees[known]

    def _cannot_read(self, path: Path, problem: OSError | ValueError, mentioned: ScalarNode | None) -> None:
        reason = "there is no such file" if isinstance(problem, FileNotFoundError) else _reason(problem)
        message = f"cannot read {shown(path)}: {reason}"
        if mentioned is None:
            self._tell(Diagnostic(Span(Source(shown(path), ""), 1, 1), message, "file"))
            return
        folder = Path(mentioned.span.source.path).parent
        start, end, suggestion = _near_file(folder, mentioned.text)
        self._tell(Diagnostic(mentioned.located.span(start, end), message, "file", suggestion))

    @together
    def repository(self, path: Path, id: str, mentioned: ScalarNode | None = None) -> Repository | None:
        """An object repository, under the name that an application has in the PDD."""
        known = (_real(path), id)
        if known not in self._repositories:
            node = self.tree(path, mentioned)
            sound = node is not None and self._is("objects", node, path, mentioned)
            found = None
            if node is not None and sound:
                found = RepositoryBuilder(self._reader, id, self._code).build(node)
            if found is not None:
                self._same_name(node, objects.KEYS, path)
                returns, self._usages[_real(path)] = check_repository(found, self._tell, self._so_far)
                self._returns.update(returns)
            self._repositories[known] = found
        return self._repositories[known]

    @together
    def process(self, path: Path, mentioned: ScalarNode | None = None) -> Process | None:
        """A PDD with its repositories, checked."""
        known = _real(path)
        if known not in self._processes:
            node = self.tree(path, mentioned)
            sound = node is not None and self._is("pdd", node, path, mentioned)
            self._processes[known] = self._process(path, node) if node is not None and sound else None
        return self._processes[known]

    def _process(self, path: Path, node: Node) -> Process | None:
        wanted = self._as_named(self._applications(node), node, path)
        found = {
            key: self.repository(path.parent / written.text, key, written) for key, written in wanted.items()
        }
        for written in wanted.values():
            self._users.setdefault(_real(path.parent / written.text), set()).add(_real(path))
        repositories = {key: repository for key, repository in found.items() if repository is not None}
        unread = found.keys() - repositories.keys()
        built = ProcessBuilder(self._reader, repositories, unread, self._returns, self._code).build(node)
        if built is None:
            return None
        self._same_name(node, pdds.KEYS, path)
        built = inheriting(built)
        tests = tuple(self._located(case, path) for case in built.tests)
        release = content_hash(self.files(path.parent, bots=False))[:16]
        process = replace(built, release=release, tests=tests)
        if not unread:
            usage = check_process(process, self._returns, self._tell, self._so_far)
            self._usages[_real(path)] = usage
        return process

    def _located(self, case: Case, path: Path) -> Case:
        """A test whose applications say where their pages are, wherever one stands."""
        if not isinstance(case, ProcessTest) or not case.application:
            return case
        return replace(case, application=self._addresses(case.application, path))

    def _addresses(
        self, applications: Mapping[str, BotApplication], path: Path
    ) -> dict[str, BotApplication]:
        """Addresses as they are; folders of pages, written from the file at `path`, in full."""
        return {name: replace(a, url=self._address(a.url, path)) for name, a in applications.items()}

    def _address(self, written: str, path: Path) -> str:
        if not is_folder(written):
            return written
        folder = path.parent / written
        if not folder.is_dir():
            message = f"'{written}' is neither an address (https://…) nor a folder of pages"
            near = _near_file(path.parent, written)[2] or ""
            hint = near if near.startswith("Did") else None
            place = place_of(written, Span(Source(shown(path), ""), 1, 1))
            self._tell(Diagnostic(place, message, "file", hint))
        return str(folder.resolve())

    def _applications(self, node: Node) -> dict[Word, ScalarNode]:
        """Application → the file of its object repository, as written."""
        found = _field(node, pdds.KEYS, "applications")
        entries = found.entries if (found := self._reader.map(found, "applications")) else ()
        files = [(entry.key, self._reader.scalar(entry.value, "a repository's file")) for entry in entries]
        return {Word(key.text, key.span): written for key, written in files if written is not None}

    def _as_named(self, wanted: Mapping[Word, ScalarNode], node: Node, path: Path) -> dict[str, ScalarNode]:
        """The applications. If steps name one by its repository's id, never by its key, the key is a slip."""
        named: dict[str, ScalarNode] = {}
        for key, written in wanted.items():
            file = path.parent / written.text
            tree = self.tree(file) if file.is_file() else None
            id = _field(tree, objects.KEYS, "id") if _kind(tree, file) == "objects" else None
            real = id.text if isinstance(id, ScalarNode) else key
            if real != key and real not in wanted and uses(node, real) and not uses(node, key):
                message = f"the steps call this application '{real}', as its object repository does"
                self._reader.error(key.span, message, "unknown-application", f"write {real}:")
                named[Word(real, key.span)] = written
            else:
                named[key] = written
        return named

    def _is(self, kind: str, node: Node, path: Path, mentioned: ScalarNode | None = None) -> bool:
        """Is a file what is asked for? If it says that it is something else, that is told."""
        first = node.entries[0].key.text if isinstance(node, MapNode) and node.entries else kind
        if first == kind or first not in _KINDS:
            return True
        message = f"{shown(path)} is {_CALLED[first]}, not {_CALLED[kind]}"
        self._reader.error(mentioned.span if mentioned else node.span, message, "file-kind")
        return False

    def _same_name(self, node: Node | None, keys: Iterable[str], path: Path) -> None:
        """`run ID` finds a bot by its file, and references and effects are kept under the PDD's id."""
        id = _field(node, keys, "id")
        if isinstance(id, ScalarNode) and not id.empty and id.text != path.stem:
            message = f"the id '{id.text}' is not the name of the file, {path.name}"
            self._tell(Diagnostic(id.span, message, "id", f"write id: {path.stem}, or rename the file"))

    def files(self, folder: Path, *, bots: bool = True) -> dict[str, str]:
        """The text of every file that was read, by its path from a folder, with slashes."""
        return {
            os.path.relpath(source.path, folder).replace(os.sep, "/"): canonical(source.text)
            for file, source in self._sources.items()
            if bots or _kind(self._trees.get(file), file) != "bot"
        }

    @together
    def bot(self, path: Path) -> Loaded | None:
        """A bot with its process and settings."""
        known = _real(path)
        if known not in self._loaded:
            self._loaded[known] = self._bot(path)
        return self._loaded[known]

    def _bot(self, path: Path) -> Loaded | None:
        node = self.tree(path)
        sound = node is not None and self._is("bot", node, path)
        built = bots.BotBuilder(self._reader).build(node) if node is not None and sound else None
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
        addresses(self._tell, bot, process)
        check_bot(bot, process, self._tell)
        self._bots[_real(path)] = bot
        bot = replace(bot, applications=self._addresses(bot.applications, path))
        return bot, process, bots.settings(self._reader, process, written)

    @together
    def schedule(self, path: Path) -> Schedule | None:
        """A schedule with the bots that it starts, checked; those are in the folder `bots` beside it."""
        node = self.tree(path)
        files = {file.stem: file for file in definitions_in(path.parent / "bots")}

        def load(name: str) -> tuple[Bot, Process] | None:
            found = self.bot(files[name])
            return found[:2] if found else None

        if node is None or not self._is("schedule", node, path):
            return None
        known = schedule.Bots(tuple(files), load)
        built = schedule.ScheduleBuilder(self._reader, known).build(node)
        if built is not None:
            loaded = {t.bot: load(t.bot) for t in built.triggers if t.bot in files}
            read = {name: found for name, found in loaded.items() if found is not None}
            check_schedule(built, read, date.today(), self._tell)
        return built

    @together
    def alerts(self, path: Path) -> AlertSettings | None:
        """Who is told what; the bots are in the folder `bots` beside it."""
        node = self.tree(path)
        if node is None or not self._is("alerts", node, path):
            return None
        names = tuple(file.stem for file in definitions_in(path.parent / "bots"))
        return alerts.AlertsBuilder(self._reader, names).build(node)

    @together
    def any(self, path: Path) -> None:
        """Check a file by what it says it is: `pdd:`, `objects:`, `bot:`, a schedule or alerts."""
        node = self.tree(path)
        kind = _kind(node, path)
        self._given[_real(path)] = kind
        match kind:
            case "pdd":
                self.process(path)
            case "objects":
                id = _field(node, objects.KEYS, "id")
                self.repository(path, id.text if isinstance(id, ScalarNode) else path.stem)
            case "bot":
                self.bot(path)
            case "schedule" if node is not None:
                self.schedule(path)
            case "alerts":
                self.alerts(path)
            case _ if node is not None:
                kinds = ", ".join(f"{kind}:" for kind in _KINDS)
                self._reader.error(
                    node.span, f"what is this file? It begins with none of {kinds}", "file-kind"
                )

    def finish(self) -> None:
        """What can only be said when all files have been read: what none of them uses, and the ignores."""
        processes = [process for process in self._processes.values() if process is not None]
        for what, all_of_them in (("PDD", processes), ("bot", self._bots.values())):
            twice(what, ((one.id, place_of(one.id, one.span)) for one in all_of_them), self._tell)
        judged = {path for path, kind in self._given.items() if kind == "objects" and self._shared(path)}
        unreadable = any(found.rule in READING and found.severity == "error" for found in self._found)
        for path, kind in self._given.items():
            if path in self._sources:
                shared = () if kind != "objects" or path in judged else SHARED
                unjudged = CHECKS.keys() if unreadable else shared
                for problem in self._ignores_of(self._sources[path]).problems(unjudged):
                    self.report(problem)

    def _shared(self, path: Path) -> bool:
        """Judge what a repository holds in vain, when PDDs that use it are known; whether it was judged."""
        users = [user for user in self._users.get(path, ()) if user in self._usages]
        repository = next((r for (file, _), r in self._repositories.items() if file == path and r), None)
        if not users or repository is None:
            return False
        usages = [self._usages[file] for file in (path, *users)]
        check_shared(repository, usages, self._tell, self._so_far)
        return True

    def _so_far(self) -> list[Diagnostic]:
        return self._found


def addresses(report: Report, bot: Bot, process: Process) -> None:
    """A bot says where each application is, and of no other."""
    slips = set()
    for name in bot.applications:
        if name not in process.applications:
            absent = [app for app in process.applications if app not in bot.applications]
            slips |= set(nearest(name, absent)[:1])
            message, span = f"unknown application: '{name}'", place_of(name, bot.span)
            report(unknown(span, message, "unknown-application", name, process.applications))
    for name in process.applications:
        if (found := bot.applications.get(name)) is not None:
            written = next(key for key in bot.applications if key == name)
            _says_enough(report, bot, process, written, found)
        elif name not in slips:
            message = f"the bot says no address for the application '{name}'"
            hint = f"applications: {{{name}: {{url: …, credential: …}}}}"
            report(Diagnostic(bot.span, message, "missing-key", hint))


def _says_enough(report: Report, bot: Bot, process: Process, name: str, found: BotApplication) -> None:
    """An application that is logged in to needs an account; a folder of pages is only for trying."""
    login = process.applications[name].login
    if found.credential is None and login is not None and "credential" in login.inputs:
        message = f"the application '{name}' is logged in to: it needs 'credential:'"
        hint = f"{name}: {{url: …, credential: robot-{bot.id}}}"
        report(Diagnostic(place_of(name, bot.span), message, "missing-key", hint))
    if bot.environment == "production" and is_folder(found.url):
        message = "a folder of pages is for trying: a bot in production has an address"
        report(Diagnostic(place_of(found.url, bot.span), message, "wrong-value", "write environment: test"))


def begins_as(path: Path, kind: str) -> bool:
    """Does a file begin with this key, so that it is meant to be read as that? (A glance, no parsing.)"""
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            lines = (line.strip() for line in islice(file, 200))
            first = next((line for line in lines if line and line != "---" and line[0] not in "#%"), "")
    except OSError:
        return False
    return first.partition(":")[0].strip("'\" ") == kind


_KINDS: Mapping[str, tuple[str, ...]] = {
    "pdd": pdds.KEYS,
    "objects": objects.KEYS,
    "bot": bots.KEYS,
    "schedule": schedule.SCHEDULE,
    "alerts": alerts.ALERTS,
}


_CALLED = {
    "pdd": "a PDD", "objects": "an object repository", "bot": "a bot", "schedule": "a schedule",
    "alerts": "a file of alerts",
}  # fmt: skip
BY_NAME = ("schedule", "alerts")
"""Files of a project that there is one of, known by their names."""
_FOLDERS = {"pdd": "pdd", "objects": "objects", "bots": "bot"}


def _kind(node: Node | None, path: Path) -> str | None:
    """What a file is: by its first key, else (it may be misspelt) by how many of its keys are known."""
    if not isinstance(node, MapNode) or not node.entries:
        return path.stem if path.stem in BY_NAME else None
    first = node.entries[0].key.text
    if (kind := first if first in _KINDS else suggest(first, _KINDS)) is not None:
        return kind
    written = node.keys()
    known = {kind: sum(key in keys for key in written) for kind, keys in _KINDS.items()}
    best = max(known, key=lambda kind: (known[kind], kind in written))
    if known[best] > 1 or best in written:
        return best
    return _FOLDERS.get(path.parent.name) or (path.stem if path.stem in BY_NAME else None)


def definitions_in(folder: Path, *, below: bool = False) -> list[Path]:
    """The YAML files of a folder, or also of those below it."""
    return sorted(file for file in folder.glob("**/*" if below else "*") if file.suffix in (".yaml", ".yml"))


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
    found = relative if not relative.startswith("..") else os.path.normpath(path)
    return found.encode(errors="replace").decode()  # a name may be no text at all


def _real(path: Path) -> Path:
    """One path for each file, also where links lead in a circle or the name is none."""
    try:
        return Path(os.path.realpath(path))
    except (OSError, ValueError):
        return path.absolute()
