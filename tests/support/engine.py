"""Runs definitions without a browser: YAML in, an outcome out, over a case system in memory.

process = define(tmp_path, "- assign: {a: 1 + 1}", show="a")
outcome = await perform(process, Application())
assert columns(outcome) == {"a": 2}
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

from robotfabrik.activities.api import Guard, RawForm, RawRow
from robotfabrik.activities.catalogue import CATALOGUE
from robotfabrik.engine.performer import Options, Outcome, Performer
from robotfabrik.engine.periods import period_of_items
from robotfabrik.engine.ports import Grants
from robotfabrik.engine.stepping import Stepper
from robotfabrik.engine.worker import Worker
from robotfabrik.model.errors import Diagnostic, ElementMissing, SessionLost, SystemException, TimedOut
from robotfabrik.model.process import BotApplication, Element, Process, Screen, Step, Table, Target
from robotfabrik.model.records import JobRecord
from robotfabrik.model.result import ItemResult
from robotfabrik.model.values import Credential, Secret
from robotfabrik.model.work import (
    WITHOUT_PERIOD,
    Item,
    Job,
    NewItem,
    Selection,
    Space,
    StoredItem,
)
from robotfabrik.parsing.loader import Loader
from robotfabrik.runs.files import JobFiles
from robotfabrik.store.memory import MemoryStore
from tests.support.small import JOURNAL_FIELDS, WRITE_IN_JOURNAL

DAY = date(2022, 11, 1)
ROBOT = Credential("robot-1", Secret("hemligt"))
SETTLES = 60.0
GRANTS = Grants(
    {"robot-x": Credential("robot-x", Secret("hemligt-x"))}, secrets={"register-x": Secret("nyckel-x-4711")}
)

REPOSITORY = """\
objects: 1
id: app
name: Ärendesystem
login: login
settles_within: 60s
unknown: [case.no_answer]
titles: {case: Ärende, journal: Journal, cases: Ärendelista}
screens:
  login:
    user: {label: Användarnamn}
    password: {label: Lösenord}
    submit: {role: button, name: Logga in, submits: read}
  cases:
    open: {label: Ärende}
    kind: {label: Typ}
    mine: {label: Mina}
    list:
      table: {role: table, name: Ärenden}
      protects: protected
      columns:
        number: {header: Ärende, always: true}
        name: {header: Namn, optional: true, private: true}
        amount: {header: Belopp, as: money}
        day: {header: Datum, as: date, optional: true}
        protected: {header: Skydd, as: exists}
      row: {details: {role: link, name: Detaljer}}
  case:
    name: {label: Namn, as: text, private: true}
    amount: {label: Belopp, as: money}
    day: {label: Datum, as: date, optional: true}
    flag: {label: Flagga, as: exists}
    no_answer: {text: Registret svarar inte.}
    link: {role: link, name: "${{ text }}", parameters: {text: text}}
    pay: {role: button, name: Betala, writes: pay}
    autosave: {label: Autospara, writes: note}
  journal:
    locked: {text: Låst, as: exists}
    new: {role: button, name: Ny}
""" + JOURNAL_FIELDS + """\
workflows:
  login:
    inputs: {credential: credential, url: text}
    steps:
      - go_to_url: ${{ url }}
      - type_into: {target: login.user, text: "${{ credential.username }}"}
      - type_secure_text: {target: login.password, text: "${{ credential.password }}"}
      - click: login.submit
  write_note:
    writes: note
    inputs: {text: text}
    verify:
      - extract_table_data: journal.list
        save_as: matches
      - element_exists: journal.locked
        save_as: locked
      - when: locked
        throw: BE5
""" + WRITE_IN_JOURNAL

SECTIONS = {
    "authority": "note",
    "period": "month",
    "applications": "{app: app.yaml}",
    "exceptions": """
        BE1: {kind: business, name: Skyddad}
        BE5: {kind: business, name: Låst, postpone: end_of_queue, attempts: 2}
        BE6: {kind: business, name: Uppgift saknas}
        BE7: {kind: business, name: Avliden, list: none}
        SE4: {kind: system, name: Registret svarar inte}
        """,
}
QUEUE = {"queue": "{item: {number: text}, reference: [item.number], lock: item.number, attempts: 3}"}
WRITE = """
    - type_into: {target: app.cases.open, text: "${{ item.number }}"}
    - once: app.write_note
      key: [item.reference]
      with: {text: "Kontroll av ${{ item.number }}"}
      save_as: note
"""
"""The steps of a robot that writes one note in each case."""


def define(
    folder: Path, steps: str, *, show: str = "", repository: str = REPOSITORY, **sections: str
) -> Process:
    """A process from its steps. `show` names variables whose values the report shows."""
    process, problems = read(folder, steps, show=show, repository=repository, **sections)
    errors = [f"{p.span.line}:{p.span.column}: {p.message}" for p in problems if p.severity == "error"]
    assert not errors, errors
    return process


def read(
    folder: Path, steps: str, *, show: str = "", repository: str = REPOSITORY, **sections: str
) -> tuple[Process, list[Diagnostic]]:
    """As `define`, with what the checker says: for what the runner must refuse too."""
    texts = {**SECTIONS, **{name: dedent(text) for name, text in sections.items()}, "process": dedent(steps)}
    if show:
        texts["report"] = "columns: {" + ", ".join(f"{name}: {name}" for name in show.split()) + "}"
    head = "pdd: 1\nid: test\nname: Testrobot\nversion: 1.0.0\n"
    body = "".join(f"{name}:\n{indent(dedent(text), '  ')}\n" for name, text in texts.items())
    folder.mkdir(exist_ok=True)
    (folder / "app.yaml").write_text(repository, encoding="utf-8")
    (folder / "test.yaml").write_text(head + body, encoding="utf-8")
    problems: list[Diagnostic] = []
    process = Loader(problems.append).process(folder / "test.yaml")
    assert process is not None, [f"{p.span.line}:{p.span.column}: {p.message}" for p in problems]
    return process, problems


# --- the application


class Clock:
    """Seconds since 1970, moved by hand."""

    def __init__(self) -> None:
        self.now = 1_667_300_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Note:
    """A note in a case's journal, seen from the moment `at`."""

    id: str
    case: str
    text: str
    at: float


@dataclass
class Application:
    """A case system. `shown` are the texts on its screens, `saves` what the next saves do: then they work.

    A save may be: ok, late (no answer, seen after 30 s), silent (says saved, never is), error_after and
    error_before (a 500 when it is saved, or is not), lost_after and lost_before (the session ends),
    changed (another text is kept), frozen (no answer and nothing saved).
    """

    shown: dict[str, str] = field(default_factory=dict)
    tables: dict[str, list[dict[str, str | None]]] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)
    saves: list[str] = field(default_factory=list)
    clock: Callable[[], float] = field(default_factory=Clock)
    notes: list[Note] = field(default_factory=list)
    done: list[tuple[str, ...]] = field(default_factory=list)
    refuses: int = 0  # so many sessions cannot be opened
    on_click: dict[str, Callable[[FakeSession], Any]] = field(default_factory=dict)
    late: float = 30.0

    def journal(self, case: str) -> list[Note]:
        return [note for note in self.notes if note.case == case and note.at <= self.clock()]

    def save(self, case: str, text: str, mode: str) -> None:
        if mode.endswith("_before") or mode in ("silent", "frozen"):
            return
        at = self.clock() + (self.late if mode == "late" else 0.0)
        kept = f"{text} (ändrad)" if mode == "changed" else text
        self.notes.append(Note(f"N{len(self.notes) + 1}", case, kept, at))


class Gate:
    """What every call passes, before and after it: tests stop the robot there."""

    async def session(self, what: str) -> None: ...
    def store(self, what: str) -> None: ...


class FakeSession:
    """A window of the application (activities.api.Session)."""

    def __init__(self, application: Application, gate: Gate) -> None:
        self.app, self.gate = application, gate
        self.case = ""
        self.form: dict[str, str] = {}
        self.saved = self.lost = False
        self.timeouts: dict[str, float] = {}
        self.windows = ["main"]

    async def _at(self, what: str, target: Target | None = None, timeout: float = 0.0) -> None:
        await self.gate.session(what)
        self.timeouts.pop(what, None)  # the last one asked stands last
        self.timeouts[what] = timeout
        if self.lost:
            raise SessionLost("the login screen is shown")
        if target is not None and target.id in self.app.missing:
            raise ElementMissing(f"{target.id} was not found within {timeout:g} s")

    async def goto(self, url: str, timeout: float) -> None:
        await self._at("goto", None, timeout)
        self.app.done.append(("goto", url))

    async def click(
        self, target: Target, timeout: float, *, kind: str = "single", modifiers: Sequence[str] = (),
        place: Any = None, guard: Guard | None = None,
    ) -> None:  # fmt: skip
        await self._at(f"click {target.id}", target, timeout)
        if guard is not None:
            await guard()
        await self.gate.session(f"clicking {target.id}")
        self.app.done.append(("click", target.id, kind, *modifiers))
        if (act := self.app.on_click.get(target.id)) is not None:
            act(self)
        if target.id == "app.journal.save":
            self._save()
        await self.gate.session(f"clicked {target.id}")

    def _save(self) -> None:
        mode = self.app.saves.pop(0) if self.app.saves else "ok"
        self.app.save(self.case, self.form["app.journal.text"], mode)
        match mode:
            case "late" | "frozen":
                raise TimedOut("app.journal.save was used, but nothing answered")
            case "error_after" | "error_before":
                raise SystemException("the application answers 500")
            case "lost_after" | "lost_before":
                self.lost = True
                raise SessionLost("the login screen is shown")
        self.saved = True

    async def navigate(self, action: str, timeout: float) -> None:
        await self._at("navigate", None, timeout)
        self.app.done.append(("navigate", action))

    async def hover(self, target: Target, timeout: float) -> None:
        await self._do("hover", target, timeout)

    async def focus(self, target: Target, timeout: float) -> None:
        await self._do("focus", target, timeout)

    async def drag(self, target: Target, onto: Target, timeout: float) -> None:
        await self._do("drag", target, timeout, onto.id)

    async def scroll(
        self, target: Target | None, direction: str, amount: int, timeout: float, *,
        until: Target | None = None,
    ) -> None:  # fmt: skip
        await self._do("scroll", target, timeout, direction, str(amount), until.id if until else "")

    async def type_keys(
        self, target: Target, text: str, timeout: float, *, delay: float, empty: bool, verify: bool
    ) -> None:
        await self._do("type", target, timeout, text, f"{delay:g}", str(empty), str(verify))

    async def enter(self, target: Target, value: str, timeout: float) -> None:
        await self._do("enter", target, timeout, value)

    async def select_several(self, target: Target, items: Sequence[str], timeout: float) -> None:
        await self._do("select", target, timeout, *items)

    async def _do(self, what: str, target: Target | None, timeout: float, *more: str) -> None:
        id = target.id if target else ""
        await self._at(f"{what} {id}".rstrip(), target, timeout)
        self.app.done.append((what, id, *more))

    async def fill(self, target: Target, text: str, timeout: float, *, verify: bool = True) -> None:
        await self._at(f"fill {target.id}", target, timeout)
        self.app.done.append(("fill", target.id, text))
        self.form[target.id] = text
        if target.id == "app.cases.open":
            self.case, self.saved = text, False

    async def select(self, target: Target, item: str, timeout: float) -> None:
        await self._at(f"select {target.id}", target, timeout)
        self.app.done.append(("select", target.id, item))

    async def check(self, target: Target, on: bool, timeout: float) -> None:
        await self._at(f"check {target.id}", target, timeout)
        self.app.done.append(("check", target.id, str(on)))

    async def read_text(self, target: Target, timeout: float) -> str | None:
        await self._at(f"read {target.id}", target, timeout)
        return self.app.shown.get(target.id)

    async def read_form(self, screen: Screen, unknown: Sequence[Element], timeout: float) -> RawForm:
        await self._at(f"read {screen.id}", None, timeout)
        for element in unknown:
            if element.id in self.app.shown:
                return RawForm({}, {}, element.id)
        fields: dict[str, str | None] = {}
        tables: dict[str, tuple[RawRow, ...] | None] = {}
        for name, part in screen.elements.items():
            if part.id in self.app.missing:
                raise ElementMissing(f"{part.id} was not found within {timeout:g} s")
            if isinstance(part, Table):
                tables[name] = self._rows(part)
            elif part.type is not None:
                fields[name] = self.app.shown.get(part.id)
        return RawForm(fields, tables)

    async def read_table(
        self, table: Table, unknown: Sequence[Element], timeout: float, *, max_rows: int | None = None
    ) -> tuple[RawRow, ...] | str:
        await self._at(f"read {table.id}", Target(table, None), timeout)
        shown = next((e.id for e in unknown if e.id in self.app.shown), None)
        rows = shown or self._rows(table)[:max_rows]
        await self.gate.session(f"has read {table.id}")
        return rows

    def _rows(self, table: Table) -> tuple[RawRow, ...]:
        if table.id == "app.journal.list":
            return tuple(RawRow({"id": n.id, "text": n.text}) for n in self.app.journal(self.case))
        rows = self.app.tables.get(table.id, [])
        return tuple(RawRow(row, hidden=bool(table.protects and row.get(table.protects))) for row in rows)

    async def exists(self, target: Target, timeout: float, *, gone: bool = False) -> bool:
        await self._at(f"exists {target.id}", None, timeout)
        there = self.saved if target.id == "app.journal.saved" else target.id in self.app.shown
        return there is not gone

    async def press(self, keys: str, target: Target | None, timeout: float) -> None:
        await self._do("press", target, timeout, keys)

    async def attribute(self, target: Target, name: str, timeout: float) -> str | None:
        await self._do("attribute", target, timeout, name)
        return self.app.shown.get(f"{target.id}@{name}")

    async def find(self, target: Target, timeout: float) -> None:
        await self._do("find", target, timeout)

    async def upload(self, target: Target, files: Sequence[Path], timeout: float) -> None:
        await self._do("upload", target, timeout, *(path.name for path in files))

    async def download(
        self, target: Target, place: Callable[[str], Path], timeout: float, *, guard: Guard | None = None
    ) -> Path:
        await self._do("download", target, timeout)
        if guard is not None:
            await guard()
        path = place("beslut.pdf")
        path.write_text(self.app.shown.get(f"{target.id}@file", ""), encoding="utf-8")
        return path

    async def picture(self, *, real: bool, timeout: float) -> bytes:
        await self._do("picture", None, timeout, str(real))
        return b"PNG"

    async def pdf(self, timeout: float) -> bytes:
        await self._do("pdf", None, timeout)
        return b"PDF"

    async def open_window(self, name: str, url: str, timeout: float) -> None:
        await self._do("open window", None, timeout, name, url)
        self.windows.append(name)

    async def attach_window(self, name: str, title: str, timeout: float) -> None:
        await self._do("attach window", None, timeout, name, title)
        self.windows.append(name)

    async def use_window(self, name: str) -> None:
        await self._do("use window", None, 0.0, name)
        if name not in self.windows:
            raise SystemException(f"no window '{name}' is open")

    async def has_window(self, name: str) -> bool:
        return name in self.windows

    async def close_window(self, name: str) -> None:
        await self._do("close window", None, 0.0, name)
        if name not in self.windows[1:]:
            raise SystemException(f"no window '{name}' is open")
        self.windows.remove(name)

    async def close_other_windows(self) -> None:
        self.windows = ["main"]

    async def answer_dialog(self, accept: bool, text: str, message: str) -> None:
        await self._do("dialog", None, 0.0, str(accept), text, message)

    async def dialog_text(self) -> str | None:
        return self.app.shown.get("dialog")

    async def script(self, script: str, target: Target | None, argument: str, timeout: float) -> Any:
        await self._do("script", target, timeout, script, argument)
        return {"number": 1.5, "list": ["a", True, None]}

    async def browser_data(self, kind: str, name: str, timeout: float) -> str | None:
        await self._do("get data", None, timeout, kind, name)
        return self.app.shown.get(f"{kind}.{name}")

    async def set_browser_data(self, kind: str, name: str, value: str | None, timeout: float) -> None:
        await self._do("set data", None, timeout, kind, name, value or "none")

    async def wait_element_vanish(self, target: Target, timeout: float) -> None:
        await self._at(f"vanish {target.id}", None, timeout)
        if target.id in self.app.shown:
            raise TimedOut(f"{target.id} was still there after {timeout:g} s")

    async def highlight(self, target: Target | None, timeout: float) -> None:
        await self._at("highlight", target, timeout)
        self.app.done.append(("highlight", target.id if target else ""))


class FakeSessions:
    """The sessions of one worker (engine.ports.Sessions)."""

    def __init__(self, application: Application, gate: Gate | None = None) -> None:
        self.app, self.gate = application, gate or Gate()
        self.opened: list[FakeSession] = []
        self.markers: list[str | None] = []
        self.closed = 0

    async def open(
        self, application: str, credential: Credential | None, url: str, login_marker: Element | None = None
    ) -> FakeSession:
        await self.gate.session("open")
        if self.app.refuses:
            self.app.refuses -= 1
            raise SystemException("the application does not answer")
        self.markers.append(login_marker and login_marker.id)
        self.opened.append(FakeSession(self.app, self.gate))
        return self.opened[-1]

    async def close(self) -> None:
        await self.gate.session("close")
        self.closed += 1
        for session in self.opened:
            session.lost = True


# --- the store


class QuickStore(MemoryStore):
    """Whoever waits for an item waits no longer: the clock goes on to when it is due."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        super().__init__(self.clock)

    def next_due(self, space: Space, selection: Selection = WITHOUT_PERIOD) -> float | None:
        due = super().next_due(space, selection)
        if due:
            self.clock.now += due + 0.001
        return None if due is None else 0.0


class Gated:
    """A store whose every call passes a gate, before and after."""

    def __init__(self, store: MemoryStore, gate: Gate) -> None:
        self._store, self._gate = store, gate
        self.pepper = store.pepper

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._store, name)

        def passed(*arguments: Any) -> Any:
            self._gate.store(f"before {name}")
            result = call(*arguments)
            self._gate.store(f"after {name}")
            return result

        return passed


# --- runs


class Watch:
    """Notes what the engine tells (engine.performer.Observer)."""

    def __init__(self) -> None:
        self.total: int | None = None
        self.items: list[ItemResult] = []
        self.steps: list[tuple[str, str]] = []
        self.logs: list[tuple[str, str]] = []
        self.evidence_of: list[BaseException] = []

    def started(self, total: int) -> None:
        self.total = total

    def item(self, result: ItemResult) -> None:
        self.items.append(result)

    def step(self, item: Item | None, step: Step, status: str, seconds: float) -> None:
        self.steps.append((step.index, status))

    def log(self, level: str, message: str) -> None:
        self.logs.append((level, message))

    async def evidence(self, item: Item | None, worker: Worker, error: BaseException) -> None:
        self.evidence_of.append(error)


_jobs = iter(range(1, 1_000_000))


def new_job(process: Process, *, day: date = DAY, rehearsal: bool = False) -> Job:
    id = f"job-{next(_jobs)}"
    space = Space("test", "default", process.id, id if rehearsal else "")
    mode: Any = "rehearsal" if rehearsal else "live"
    return Job(id, "bot", space, day, f"{day:%Y-%m}", "r1", process.name, "tester", f"owner-{id}", mode)


def performer(
    process: Process, application: Application, store: Any, *, watch: Watch | None = None, workers: int = 1,
    options: Options | None = None, job: Job | None = None, gate: Gate | None = None,
    settings: Mapping[str, Any] | None = None, sessions: Sequence[FakeSessions] | None = None,
    stepper: Stepper | None = None, files: JobFiles | None = None, grants: Grants | None = None,
    owing: Sequence[JobRecord] = (),
) -> Performer:  # fmt: skip
    """A performer with its workers, ready to run."""
    watch = watch or Watch()
    opened = sessions or [FakeSessions(application, gate) for _ in range(workers)]
    applications = {name: BotApplication("http://app", "robot") for name in process.applications}
    accounts = dict.fromkeys(process.applications, ROBOT)
    hands = [
        Worker(str(number), process, CATALOGUE, applications, accounts, each, watch.log)
        for number, each in enumerate(opened, 1)
    ]
    values = {name: setting.value for name, setting in process.config.items()} | dict(settings or {})
    job = job or new_job(process)
    options = options or Options()
    return Performer(
        job, process, values, CATALOGUE, store, hands, watch, options, stepper, files, grants,
        owing,
    )  # fmt: skip


async def perform(process: Process, application: Application, store: Any = None, **more: Any) -> Outcome:
    """Run a process to its end."""
    return await performer(process, application, QuickStore() if store is None else store, **more).run()


def add(store: MemoryStore, process: Process, *numbers: str, **fields: Any) -> None:
    """Add items, by their case number."""
    job = new_job(process)
    store.start_job(job)
    period = period_of_items(process.period, job.date)
    for number in numbers:
        store.add_item(job.space, NewItem(number, number, {"number": number, **fields}, period), job.id)


def stored(store: MemoryStore, process: Process) -> dict[str, StoredItem]:
    """The items by reference."""
    return {item.reference: item for item in store.items(new_job(process).space)}


def columns(outcome: Outcome) -> dict[str, Any]:
    """What the report shows of the only item."""
    return dict(only(outcome).columns)


def only(outcome: Outcome) -> ItemResult:
    """The only item; what went wrong when there is none."""
    assert len(outcome.items) == 1, (outcome.status, outcome.reason, outcome.items)
    return outcome.items[0]


async def run_steps(
    folder: Path, steps: str, show: str = "", application: Application | None = None, **sections: str
) -> Outcome:
    """Run steps as one transaction. The job's own files lie in FOLDER/files, the project's in FOLDER."""
    process = define(folder, steps, show=show, **sections)
    return await perform(
        process, application or Application(), files=JobFiles(folder / "files", folder), grants=GRANTS
    )


async def values(
    folder: Path, steps: str, show: str, application: Application | None = None, **sections: str
) -> dict[str, Any]:
    """The variables after steps that succeed."""
    result = only(await run_steps(folder, steps, show, application, **sections))
    assert result.status == "successful", result
    return dict(result.columns)


async def settled_event(event: asyncio.Event) -> None:
    """Wait for an event, but not for ever: a test that hangs must fail."""
    await asyncio.wait_for(event.wait(), 10)


def with_attempts(process: Process, attempts: int) -> Process:
    """The same process, with so many executions of an item."""
    assert process.queue is not None
    return replace(process, queue=replace(process.queue, attempts=attempts))
