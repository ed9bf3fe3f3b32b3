"""One execution: the state of running steps for one item (or the dispatch, or the finish)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from robotfabrik.activities.api import Service, Session
from robotfabrik.engine.keeping import keep
from robotfabrik.engine.ports import Files, Grants
from robotfabrik.engine.signals import POSTPONED, PostponeSignal
from robotfabrik.model.alerts import Cause, Severity
from robotfabrik.model.assets import Asset, AssetReader
from robotfabrik.model.errors import BusinessRuleException, RobotError, SystemException, TimedOut, UsageError
from robotfabrik.model.masking import Masker
from robotfabrik.model.process import AUTHORITIES, Authority, Element, Process, Step
from robotfabrik.model.records import Doubt
from robotfabrik.model.result import EffectResult, ReportTable
from robotfabrik.model.types import Type
from robotfabrik.model.values import Credential, Record, Secret
from robotfabrik.model.work import EffectKey, Item, Job, StoredItem

if TYPE_CHECKING:
    from robotfabrik.engine.stepping import Stepper

DEFAULT_TIMEOUT = 10.0


@dataclass(slots=True)
class Frame:
    """The variables of one workflow call, and whose window `go_to_url` means."""

    variables: dict[str, Any]
    application: str = ""
    caught: Exception | None = None


@dataclass(slots=True)
class Permit:
    """Leave to write, held only inside `do`: up to which authority, and what runs before the click."""

    writes: Authority
    guard: Callable[[], Any]


@dataclass(slots=True)
class Execution:
    """What an execution knows and collects. The performer makes one for each item."""

    job: Job
    process: Process
    sessions: Mapping[str, Session]
    builtins: Mapping[str, Any]  # job, item, config, last_completed: in every frame
    masker: Masker
    log: Callable[[str, str], None]
    step_done: Callable[[Step, str, float], None] = lambda step, status, seconds: None
    item: Item | None = None
    add: Callable[[Sequence[Mapping[str, Any]]], Any] | None = None
    exclude: Callable[[str], None] | None = None
    show: Callable[[str, ReportTable], None] | None = None
    files: Files | None = None
    grants: Grants = field(default_factory=Grants)
    confirm: Any = None  # engine.once: the effects' memory
    rules: list[str] = field(default_factory=list)
    effects: dict[EffectKey, EffectResult] = field(default_factory=dict)
    readings: dict[str, str] = field(default_factory=dict)
    timeout: float = DEFAULT_TIMEOUT
    deadline: float | None = None
    permit: Permit | None = None
    unconfirmed: str | None = None  # the effect that was sent and not seen since: only its own look goes on
    doubt: Doubt | None = None  # what a person is told when the item is held now
    frame: Frame | None = None
    step: Step | None = None  # the activity that is running
    stepper: Stepper | None = None  # who is asked before every step
    paused: float = 0.0  # seconds that the stepper has thought

    @property
    def rehearsal(self) -> bool:
        return self.job.mode == "rehearsal"

    @property
    def signing_in(self) -> bool:
        """Is this a login? It belongs to no item, and adds none."""
        return self.item is None and self.add is None

    def now(self) -> float:
        """The clock of `deadline`, in seconds; it stands still while the stepper thinks."""
        return time.monotonic() - self.paused

    def time_left(self, wanted: float) -> float:
        """As many seconds as wanted, or as the timeout_scope around leaves."""
        return wanted if self.deadline is None else min(wanted, self.deadline - self.now())

    def check_time(self, span: object) -> None:
        """TimedOut when the timeout_scope around is over."""
        if self.deadline is not None and self.now() >= self.deadline:
            raise TimedOut(f"{span}: no time is left for this step")

    async def sleep(self, seconds: float) -> None:
        """Wait, at most as long as there is time."""
        left = self.time_left(seconds)
        await asyncio.sleep(max(0.0, left))
        if left < seconds:
            raise TimedOut(f"a wait of {seconds:g} s was cut short: no time is left")

    def new_frame(self, variables: Mapping[str, Any], application: str = "") -> Frame:
        """A frame with these variables and the built-in ones."""
        return Frame({**self.builtins, **variables}, application)

    def throw(self, id: str, message: str = "") -> RobotError:
        """The exception that an id of the PDD stands for."""
        known = self.process.exceptions.get(id)
        text = message or (known.name if known else id)
        if known is not None and known.kind == "business":
            return BusinessRuleException(id, text)
        return SystemException(text, id)


class ActivityContext:
    """What the running activity sees of its execution (activities.api.Context)."""

    __slots__ = ("_run",)

    def __init__(self, run: Execution) -> None:
        self._run = run

    @property
    def timeout(self) -> float:
        return max(0.05, self._run.time_left(self._run.timeout))

    @property
    def own_timeout(self) -> float | None:
        step = self._run.step
        return None if step is None or step.timeout is None else max(0.05, self._run.time_left(step.timeout))

    async def sleep(self, seconds: float) -> None:
        await self._run.sleep(seconds)

    @property
    def job(self) -> Any:
        return self._run.builtins["job"]

    def session(self, application: str) -> Session:
        frame = self._run.frame
        application = application or (frame.application if frame else "")
        try:
            return self._run.sessions[application]
        except KeyError:
            raise UsageError(f"no session is open in the application '{application}'") from None

    def unknown_elements(self, application: str) -> tuple[Element, ...]:
        return self._run.process.applications[application].unknown

    def write_guard(self, element: Element) -> Any:
        if element.writes is None:
            return None
        permit = self._run.permit
        if permit is None:
            raise SystemException(f"{element.id} writes and may only be used inside `once`")
        if AUTHORITIES.index(element.writes) > AUTHORITIES.index(permit.writes):
            raise SystemException(
                f"{element.id} writes ({element.writes}), which this effect ({permit.writes}) may not"
            )
        return permit.guard

    def effect_guard(self, what: str) -> Any:
        permit = self._run.permit
        if self._run.rehearsal:
            raise SystemException(f"the rehearsal stopped {what}")
        if permit is None:
            raise SystemException(f"{what} writes and may only be used inside `once`")
        return permit.guard

    def throw(self, id: str, message: str = "") -> RobotError:
        return self._run.throw(id, message)

    def remember_private(self, value: Any) -> None:
        self._run.masker.add(value)

    def remember_private_name(self, name: str) -> None:
        self._run.masker.add_name(name)

    def remember_reading(self, screen: str) -> None:
        run = self._run
        application, name = screen.split(".")[:2]
        run.readings[run.process.applications[application].screens[name].title] = run.job.date.isoformat()

    async def add_items(self, rows: Sequence[Mapping[str, Any]]) -> Sequence[str]:
        if self._run.add is None:
            raise SystemException("items are added in `dispatch`")
        added: Sequence[str] = await self._run.add(rows)
        return added

    def exclude(self, exception: str) -> None:
        if self._run.exclude is None:
            raise SystemException("cases are excluded in `dispatch`")
        self._run.exclude(exception)

    def credential(self, name: str) -> Credential:
        found = self._run.grants.credentials.get(name)
        if found is None:
            raise SystemException(f"the bot does not list the credential '{name}'")
        self._run.masker.add(found.password)
        return found

    def secret(self, name: str) -> Secret:
        found = self._run.grants.secrets.get(name)
        if found is None:
            raise SystemException(f"the bot does not list the secret '{name}'")
        self._run.masker.add(found)
        return found

    def service(self, name: str) -> Service:
        found = self._run.grants.services.get(name)
        if found is None:
            raise SystemException(f"the bot says no address for the service '{name}'")
        if found.credential is not None:
            self._run.masker.add(found.credential.password)
        return found

    async def asset(self, name: str) -> Asset | None:
        found: Asset | None = await self._stored("asset", self._run.job.space, name, self._reader)
        return found

    async def set_asset(self, name: str, value: str) -> None:
        job = self._run.job
        await self._stored("set_asset", job.space, name, value, job.id, self._reader)

    @property
    def _reader(self) -> AssetReader:
        return AssetReader(self._run.job.bot, self._run.job.machine)

    async def raise_alert(self, text: str, severity: Severity) -> None:
        job = self._run.job
        self._run.log(severity, f"alert: {text}")
        if not self._run.rehearsal:
            todo = f"see what it was about: robotfabrik jobs show {job.id}"
            cause = Cause("raised", text, text, todo, bot=job.bot, severity=severity)
            await self._stored("raise_alert", cause)

    def show_table(self, title: str, rows: Sequence[Record], figures_only: bool) -> None:
        if self._run.show is None:
            raise SystemException("a table of the report is of the whole job: in `dispatch` or `finish`")
        self._run.show(title, ReportTable(tuple(rows), figures_only))

    async def keep(
        self, kind: str, key: str, type_: Type, make: Callable[[], Mapping[str, Any]], *, unless: bool = False
    ) -> Record:
        return await keep(self._stored, self._run.job, f"{kind} {key}", type_, make, unless=unless)

    async def queue_items(self, process: str = "") -> Sequence[StoredItem]:
        own = self._run.job.space
        space = replace(own, process=process, rehearsal="") if process else own
        found: Sequence[StoredItem] = await self._stored("items", space)
        return found

    def postpone(self, seconds: float, at_most: int) -> NoReturn:
        item = self._run.item
        if item is None:
            raise SystemException("an item is postponed while it is processed")
        if item.postponed.get(POSTPONED, 0) >= at_most:
            raise SystemException(f"it was postponed {at_most} times already")
        raise PostponeSignal(seconds)

    async def set_progress(self, text: str) -> None:
        if self._run.item is None:
            raise SystemException("a transaction's progress is set while an item is processed")
        await self._stored("progress", self._run.item, text)

    async def _stored(self, call: str, *arguments: Any) -> Any:
        if self._run.confirm is None:
            raise SystemException(f"this run has no store: mock the workflow that needs it ({call})")
        return await self._run.confirm.stored(call, *arguments)

    def path(self, text: str, *, write: bool = False) -> Path:
        if self._run.files is None:
            raise SystemException("this run has no folder for files")
        return self._run.files.path(text, write=write)

    def log(self, level: str, message: str) -> None:
        self._run.log(level, self._run.masker.mask(message))
