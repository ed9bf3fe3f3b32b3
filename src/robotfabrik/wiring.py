"""Where adapters meet ports: the only module that knows them all."""

from __future__ import annotations

import asyncio
import getpass
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import AsyncExitStack, ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Self, cast

import psutil

from robotfabrik.activities.api import Service
from robotfabrik.activities.catalogue import CATALOGUE
from robotfabrik.debugger.console import Console
from robotfabrik.debugger.debugger import Debugger, Pauses
from robotfabrik.deployment.addresses import compared, require_elsewhere
from robotfabrik.deployment.gate import overdue, require_deployed
from robotfabrik.deployment.steps import in_force
from robotfabrik.engine.items import plain
from robotfabrik.engine.performer import LEASE, Observer, Options, Outcome, Performer
from robotfabrik.engine.periods import period_name
from robotfabrik.engine.ports import Grants, Sessions, Store
from robotfabrik.engine.worker import Worker
from robotfabrik.model.assets import ANYBODY, Asset, AssetReader
from robotfabrik.model.deployment import Release
from robotfabrik.model.errors import RobotError, UsageError, plainly
from robotfabrik.model.masking import Masker
from robotfabrik.model.process import Bot, Process
from robotfabrik.model.records import JobRecord
from robotfabrik.model.values import Credential, Secret
from robotfabrik.model.work import RETRACT, Job, PendingJob, Space, new_job_id
from robotfabrik.parsing.loader import definitions_in
from robotfabrik.runs.files import JobFiles
from robotfabrik.runs.folder import RunFolder
from robotfabrik.runs.retention import clean_evidence, clean_runs
from robotfabrik.sessions import pages
from robotfabrik.sessions.browser import find_browser, need_display
from robotfabrik.sessions.orphans import remove_orphans
from robotfabrik.sessions.playwright import BrowserPool
from robotfabrik.store import SqlStore, heads, open_store
from robotfabrik.store.connection import file_of
from robotfabrik.store.patience import PatientStore
from robotfabrik.vault import Vault

STORE_VARIABLE = "ROBOTFABRIK_STORE"
HOME_VARIABLE = "ROBOTFABRIK_HOME"
HEADS_VARIABLE = "ROBOTFABRIK_AUDIT_HEADS"


@dataclass(frozen=True, slots=True)
class RunRequest:
    """How a bot shall be run this time."""

    date: date
    rehearse: bool = False
    workers: int | None = None
    dataset: str | None = None
    urls: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    headed: bool = False
    slow: float = 0.0  # seconds that each action is shown before it is done
    trace: bool = False
    pauses: Pauses | None = None
    console: Console | None = None  # where who tries the process sits; needed for pauses
    options: Options = field(default_factory=Options)
    arguments: tuple[str, ...] = ()  # of `run`, for a restart; or of `retract`
    pending: PendingJob | None = None  # the job that it is; else a new one
    launched: bool = False  # by a machine for which the job waited: another may go on with it
    queue: str = ""  # another one beside the process's: what it takes back
    started_by: str = ""  # who asked for it, when that is not the user of this machine
    first: str = ""  # the job whose work it goes on with


class Project:
    """The folder that a command works in, and its `.robotfabrik/` (elsewhere: ROBOTFABRIK_HOME)."""

    def __init__(self, root: Path, home: Path | None = None) -> None:
        self.root = root
        self.apart = home is not None
        # A project with a home of its own (the demo) has nothing to do with the machine's settings.
        self._store_url = None if home else os.environ.get(STORE_VARIABLE)
        self.heads = None if home else os.environ.get(HEADS_VARIABLE)
        self.home = home or Path(os.environ.get(HOME_VARIABLE) or root / ".robotfabrik")

    @property
    def runs(self) -> Path:
        return self.home / "runs"

    def evidence(self, job_id: str) -> list[Path]:
        """Pictures and page texts of a job's failures. Who shows them to a person tells it in the audit."""
        folders = [folder for folder in self.runs.glob("*") if folder.name == job_id]
        return sorted(file for folder in folders for file in folder.glob("evidence/*"))

    def bot_file(self, name: str) -> Path:
        """bots/NAME.yaml; the names that there are when there is none such."""
        files = {file.stem: file for file in definitions_in(self.root / "bots")}
        if name not in files:
            there = f"there are: {', '.join(files)}" if files else f"there is no bot in {self.root / 'bots'}"
            raise UsageError(f"there is no bot '{name}'; {there}")
        return files[name]

    def store(self) -> SqlStore:
        """The store of ROBOTFABRIK_STORE; a project with a home of its own (the demo) keeps its own."""
        return open_store(self.store_url)

    @property
    def store_url(self) -> str:
        """Where the store is: a path or a URL."""
        return self._store_url or str(self.home / "store.db")

    @property
    def has_store(self) -> bool:
        """Has the first run made it? One that a server keeps is taken to be there."""
        file = file_of(self.store_url)
        return file is None or file.exists()

    def existing_store(self) -> SqlStore:
        """The store; UsageError when there is none yet: who looks at it must not make one."""
        if not self.has_store:
            raise UsageError(f"there is no store yet: {file_of(self.store_url)} is made by the first run")
        return self.store()

    @contextmanager
    def vault(
        self, environment: Mapping[str, str], space: Space, reader: AssetReader = ANYBODY
    ) -> Iterator[Vault]:
        """The accounts and secrets of a space. The store is opened for what the environment does not give."""
        with ExitStack() as stack:

            @cache
            def store() -> SqlStore | None:
                return stack.enter_context(self.store()) if self.has_store else None

            def asset(name: str) -> Asset | None:
                there = store()
                return None if there is None else there.asset(space, name, reader)

            yield Vault(environment, space, asset)


class Run:
    """One job, from its request to its reports. Made only when everything that it needs is there."""

    def __init__(
        self, project: Project, bot: Bot, process: Process, settings: Mapping[str, Any], request: RunRequest,
        environment: Mapping[str, str] = os.environ,
    ) -> None:  # fmt: skip
        self.project, self.bot, self.process, self.request = project, bot, process, request
        self.settings = {**settings, **request.settings}
        self.rehearsal = request.rehearse or bot.mode == "rehearsal"
        self.release = Release(bot.files, _changes(bot, settings, request))
        self.warnings = self._gate()
        self.applications = {
            name: replace(application, url=request.urls.get(name, application.url))
            for name, application in bot.applications.items()
        }
        space = Space(bot.environment, request.dataset or bot.dataset, process.id)
        with project.vault(environment, space, AssetReader(bot.id, this_machine())) as vault:
            self.pools = {
                name: vault.credential(application.credential)
                for name, application in self.applications.items()
                if application.credential is not None
            }
            self.grants = self._grants(vault)
        self.workers = self._workers(request.workers or bot.workers)
        if request.trace and bot.environment != "test":
            raise UsageError(
                "--trace keeps names, cookies and passwords: only in a bot whose environment is test"
            )
        for application in self.applications.values():
            pages.look(application.url)
        if request.headed:
            need_display()
        if process.applications:
            find_browser(headed=request.headed)
        self.job = self._job()
        self.store = project.store()
        try:
            self.folder = RunFolder.create(project.runs, self.job.id)
        except OSError:
            self.store.close()
            raise
        self.performer: Performer | None = None

    def _grants(self, vault: Vault) -> Grants:
        bot, urls = self.bot, self.request.urls
        services = {
            name: Service(
                urls.get(name, service.url),
                vault.credential(service.credential)[0] if service.credential else None,
                service.auth,
            )
            for name, service in bot.services.items()
        }
        return Grants(
            {name: vault.credential(name)[0] for name in bot.credentials},
            services,
            {name: vault.secret(name) for name in bot.secrets},
        )

    def _gate(self) -> tuple[str, ...]:
        """Refuse a live run in production of anything but the deployed release; what else is to be told."""
        if self.bot.environment != "production":
            urls = compared(addresses(self.bot, self.request.urls))
            if urls and not self.rehearsal and self.project.has_store:
                with self.project.store() as store:
                    require_elsewhere(store, self.bot, urls)
            return ()
        with self.project.store() as store:
            if not self.rehearsal:
                back = self.request.queue == RETRACT
                require_deployed(store, self.bot, self.process, self.release, taking_back=back)
            taken = in_force(store.decisions(self.bot.id))
            told = [late] if (late := overdue(taken, date.today())) is not None else []
        if taken is not None and taken.pilot is not None and not self.rehearsal and not self.request.queue:
            self.request, pilot = as_pilot(self.request, taken.pilot)
            told.append(f"{self.bot.id} is a pilot{pilot}")
        return tuple(told)

    def _workers(self, wanted: int) -> int:
        """Applications allow one session an account: no more workers than accounts."""
        return min(wanted, *(len(pool) for pool in self.pools.values())) if self.pools else wanted

    def _job(self) -> Job:
        request, bot, pending = self.request, self.bot, self.request.pending
        id = pending.id if pending else new_job_id(bot.id, request.date)
        dataset = request.dataset or bot.dataset
        space = Space(bot.environment, dataset, self.process.id, id if self.rehearsal else "")
        return Job(
            id=id,
            bot=bot.id,
            space=space.beside(request.queue) if request.queue else space,
            date=request.date,
            period=period_name(self.process.period, request.date),
            release=self.release.hash,
            robot=self.process.name,
            started_by=request.started_by or (pending.started_by if pending else this_user()),
            owner=this_process(),
            mode="rehearsal" if self.rehearsal else "live",
            configuration=plain(self.settings),
            arguments=request.arguments,
            machine=this_machine(),
            trigger=pending.trigger if pending else "",
            restart_of=pending.restart_of if pending else "",
            first=request.first,
            tells=bool(self.process.outage)
            and not self.rehearsal
            and request.options.reference is None
            and request.pauses is None,
        )

    def masker(self) -> Masker:
        """Masks the passwords of the run's accounts, and its secrets."""
        accounts = (
            *(account for pool in self.pools.values() for account in pool),
            *self.grants.credentials.values(),
            *(s.credential for s in self.grants.services.values() if s.credential is not None),
        )
        masker = Masker()
        masker.add([account.password for account in accounts])
        masker.add(self.grants.secrets)
        return masker

    async def run(self, observer: Observer) -> Outcome:
        """Run the job."""
        remove_orphans(self.project.home)
        clean_evidence(self.project.runs)
        clean_evidence(self.project.runs, self.bot.retention.evidence, self.bot.id)
        async with AsyncExitStack() as stack:
            self.applications = {
                name: replace(a, url=stack.enter_context(pages.reachable(a.url)))
                for name, a in self.applications.items()
            }
            store = stack.enter_context(self.store)
            release_dead(store, self.job.space)
            for queue in ("outage", "finish", "kept"):
                release_dead(store, self.job.space.beside(queue))
            pool = await stack.enter_async_context(
                BrowserPool(
                    headed=self.request.headed, rehearsal=self.rehearsal, run_dir=self.project.home,
                    trace_dir=self.folder.path if self.request.trace else None, slow=self.request.slow,
                )
            )  # fmt: skip
            workers = [self._worker(number, pool, observer) for number in range(self.workers)]
            self.performer = Performer(
                self.job,
                self.process,
                {**self.settings, **self._folders()},
                CATALOGUE,
                cast(Store, PatientStore(store)),
                workers,
                observer,
                self.request.options,
                self._debugger(),
                self._files(),
                self.grants,
                stopped_before(store, self.job),
            )
            outcome = await self.performer.run()
            if self.project.heads:
                await asyncio.to_thread(keep_head, store, Path(self.project.heads), observer.log)
            return outcome

    def write_reports(self, outcome: Outcome) -> None:
        """Write what people get into the run's folder."""
        from robotfabrik.documents.report import write_reports  # openpyxl is heavy: not before the first item

        write_reports(self.folder.path, self.job, self.process, outcome)

    def _worker(self, number: int, pool: BrowserPool, observer: Observer) -> Worker:
        accounts = {name: accounts[number] for name, accounts in self.pools.items()}
        sessions = pool.worker(lambda text: worker.masker.mask(text), self.process.applications)
        worker = Worker(
            str(number + 1), self.process, CATALOGUE, self.applications, accounts, sessions, observer.log
        )
        return worker

    def _files(self) -> JobFiles:
        project = self.project
        granted = (*self.bot.folders, *self._folders().values())
        return JobFiles(
            self.folder.files, project.root, granted, closed=project.home, rehearsal=self.rehearsal
        )

    def _folders(self) -> dict[str, str]:
        """The settings that name a folder, with its whole path."""
        return {
            setting.name: str((self.project.root / Path(self.settings[setting.name]).expanduser()).resolve())
            for setting in self.process.config.values()
            if setting.type.name == "folder"
        }

    def _debugger(self) -> Debugger | None:
        pauses, console = self.request.pauses, self.request.console
        return Debugger(pauses, console, self.masker()) if pauses and console else None


def as_pilot(request: RunRequest, most: int) -> tuple[RunRequest, str]:
    """The request with at most so many items, and what people are told of it."""
    wanted = request.options.limit
    limit = most if wanted is None else min(wanted, most)
    return (
        replace(request, options=replace(request.options, limit=limit)),
        f": this job handles at most {limit} items; robotfabrik deploy BOT --lift-pilot ends that",
    )


def _changes(bot: Bot, settings: Mapping[str, Any], request: RunRequest) -> dict[str, str]:
    """What the command line makes different from the files: values of the configuration, and addresses."""
    there = {
        **{f"--set {name}": (settings[name], value) for name, value in request.settings.items()},
        **{f"--url {name}": (_address(bot, name), url) for name, url in request.urls.items()},
        "--dataset": (bot.dataset, request.dataset or bot.dataset),
    }
    return {option: f"{_shown(old)} → {_shown(new)}" for option, (old, new) in there.items() if old != new}


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "ja" if value else "nej"
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def addresses(bot: Bot, urls: Mapping[str, str] | None = None) -> list[str]:
    """Where a bot works: its applications and services, or what the command line says instead (`urls`)."""
    written = {name: _address(bot, name) for name in (*bot.applications, *bot.services)}
    return list({**written, **(urls or {})}.values())


def _address(bot: Bot, name: str) -> str:
    return bot.services[name].url if name in bot.services else bot.applications[name].url


class TestWindows:
    """The windows of tests beside PDDs: one browser and one server for each folder, for all of them."""

    __test__ = False  # pytest: no test itself

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._environment = environment
        self._stack = AsyncExitStack()
        self._pools: dict[bool, BrowserPool] = {}  # live and rehearsing
        self._served: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        for pool in self._pools.values():
            await pool.__aexit__(None, None, None)
        await self._stack.aclose()

    def address(self, written: str) -> str:
        if written not in self._served:
            self._served[written] = self._stack.enter_context(pages.reachable(written))
        return self._served[written]

    def credential(self, name: str | None) -> Credential:
        if name is None:
            return Credential("robot", Secret("robot"))
        with Project(Path.cwd()).vault(self._environment, Space("test", "default", "")) as vault:
            return vault.credential(name)[0]

    def sessions(self, process: Process, mask: Callable[[str], str], rehearsal: bool) -> Sessions:
        pool = self._pools.setdefault(rehearsal, BrowserPool(rehearsal=rehearsal))
        return pool.worker(mask, process.applications)


def this_process() -> str:
    """host:pid:start, so that another run can tell whether this one still lives."""
    return f"{socket.gethostname()}:{os.getpid()}:{psutil.Process().create_time():.2f}"


def this_machine() -> str:
    """This machine's name: jobs run on it, assets may be set for it."""
    return socket.gethostname()


def this_user() -> str:
    """The user of this machine; empty when it has no name, as in some containers."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


def release_dead(store: SqlStore, space: Space) -> None:
    """Give back what runs on this machine held when they were killed; other leases run out by themselves."""
    for owner in store.owners(space):
        if _lives_here(owner) is False:
            store.release_owner(space, owner)


def stopped_before(store: SqlStore, job: Job) -> list[JobRecord]:
    """Jobs of its queue that ended early, or whose process is gone, and have not told it.

    The one that it takes up is none of them: what that one left is done now, or told at the end.
    """
    others = (record for record in store.owing(job.space) if record.job.id != job.restart_of)
    return [record for record in others if record.ended_at is not None or is_gone(record)]


def is_gone(record: JobRecord) -> bool:
    """Does a job say that it runs, though nobody runs it? Of another machine's only its silence tells."""
    if record.status != "running":
        return False
    lives = _lives_here(record.job.owner)
    return record.silent > LEASE if lives is None else not lives


def end_process(record: JobRecord) -> None:
    """End the process of a job that does not answer, if it is on this machine."""
    if _lives_here(record.job.owner):
        with suppress(psutil.Error):
            psutil.Process(int(record.job.owner.split(":")[-2])).kill()


@dataclass(frozen=True, slots=True)
class Thinned:
    """What was deleted of what a bot left, by kind; `unsettled` items are as old and were kept."""

    bot: str
    days: Mapping[str, int | None]
    deleted: Mapping[str, int]
    unsettled: int


def retain(project: Project, store: SqlStore, bot: Bot, by: str, *, dry_run: bool = False) -> Thinned:
    """Delete what has been kept for as long as the bot says, and tell it in the audit."""
    kept = bot.retention
    deleted = {"evidence": clean_evidence(project.runs, kept.evidence, bot.id, dry_run=dry_run), "runs": 0}
    if kept.runs is not None:
        deleted["runs"] = clean_runs(project.runs, kept.runs, bot.id, dry_run=dry_run)
    if dry_run:
        items, contents = store.would_forget(bot.id, kept)
    else:
        items, contents = store.forget(bot.id, kept, by, deleted)
    unsettled = 0 if kept.items is None else store.unsettled(bot.id, kept.items)
    return Thinned(bot.id, asdict(kept), {**deleted, "items": items, "audit": contents}, unsettled)


def keep_head(store: SqlStore, file: Path, log: Callable[[str, str], None]) -> None:
    """Once a day, the head of the audit goes into the file of ROBOTFABRIK_AUDIT_HEADS."""
    try:
        if not heads.has(file, date.today()):
            heads.export(store, file, date.today())
    except (OSError, RobotError) as error:
        said = plainly(error) if isinstance(error, OSError) else error
        log("warning", f"the audit's head could not be kept: {said}")


def _lives_here(owner: str) -> bool | None:
    """Does the process `this_process` named live? None when it is another machine's."""
    host, _, process = owner.split("/")[0].partition(":")
    pid, _, started = process.partition(":")
    if host != socket.gethostname() or not pid.isdecimal():
        return None
    try:
        found = psutil.Process(int(pid))
        return abs(found.create_time() - float(started)) < 1 and found.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
