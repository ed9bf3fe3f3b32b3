"""A test of the process: one item, or over an application the whole job.

A mocked workflow answers instead of the application, and a mocked effect records what would be written. A
repository's workflow that gives nothing back, throws nothing and writes nothing (it only opens a screen) need
not be mocked: without an application it does nothing. Over an application everything that is not mocked
happens; only on another machine nothing is written, as in a rehearsal. Files are read from the project; what
is written lies in a folder that goes with the test.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from robotfabrik.activities.catalogue import CATALOGUE
from robotfabrik.engine import once as effects
from robotfabrik.engine.controls import HANDLERS, invoke_workflow
from robotfabrik.engine.execution import Execution, Frame
from robotfabrik.engine.interpreter import Interpreter
from robotfabrik.engine.items import from_store, to_store
from robotfabrik.engine.queue import new_item
from robotfabrik.engine.results import as_record, describe
from robotfabrik.engine.retraction import retracting, scope_of, told
from robotfabrik.engine.signals import PostponeSignal
from robotfabrik.engine.worker import Worker
from robotfabrik.expressions import to_text
from robotfabrik.model.cases import Answer, ProcessTest, Retracted, Stopped
from robotfabrik.model.errors import BusinessRuleException, InDoubt, RobotError, SystemException
from robotfabrik.model.masking import Masker
from robotfabrik.model.process import (
    BotApplication,
    InvokeWorkflow,
    Once,
    Process,
    Step,
    Steps,
    Throw,
    Workflow,
    all_steps,
    ids_of,
)
from robotfabrik.model.result import ItemResult
from robotfabrik.model.values import Record
from robotfabrik.model.work import Item, Job, NewItem, Selection, Space
from robotfabrik.runs.files import JobFiles
from robotfabrik.store.memory import MemoryStore
from robotfabrik.testing.coverage import Coverage, Watched
from robotfabrik.testing.outcome import CaseOutcome, Problem, as_written
from robotfabrik.testing.rules import DAY, builtins
from robotfabrik.testing.windows import InMemory, Unreached, Windows, is_own

WORST_LAST = ("successful", "postponed", "business", "held", "failed")
LEASE = 3600.0


class Trial:
    """One process test."""

    def __init__(self, process: Process, case: ProcessTest, windows: Windows, coverage: Coverage) -> None:
        self.process, self.case, self.windows, self.coverage = process, case, windows, coverage
        self.outcome = CaseOutcome(case.name)
        self.calls: Counter[str] = Counter()
        self.written: dict[str, list[dict[str, str]]] = {}
        self.keys: set[tuple[str, ...]] = set()  # of the effects that stand in the application
        self.rules: list[str] = []
        self.added: dict[str, Mapping[str, Any]] = {}  # what dispatch added, by reference
        self.status = "successful"
        self.error: Exception | None = None
        self.run_now: Execution | None = None
        self.masker = Masker(ids_of(process.applications.values()))
        self.builtins = builtins(process, case.day or DAY, case.config)
        self.sessions = Unreached() if case.missing is None else InMemory(frozenset(case.missing), self._now)
        self.store = MemoryStore()
        day, period = self.builtins["job"]["date"], self.builtins["job"]["period"]
        space = Space("test", "test", process.id)
        own = all(is_own(application.url) for application in case.application.values())
        mode: Literal["live", "rehearsal"] = "live" if own else "rehearsal"
        self.job = Job("test", "test", space, day, period, "", process.name, "", "test", mode)

    async def run(self) -> CaseOutcome:
        """Run the test, and compare."""
        async with AsyncExitStack() as stack:
            own = stack.enter_context(TemporaryDirectory(prefix="robotfabrik-test-"))
            self.files = JobFiles(Path(own), Path.cwd())
            try:
                if self.case.application:
                    self.sessions = Unreached(await self._sign_in(stack))
                self.store.start_job(self.job)
                if self.case.outage is not None:
                    await self._outage(self.case.outage)
                elif self.case.items is not None:
                    await self._finish(map(self._handled, self.case.items))
                elif self.case.retract is not None:
                    await self._retract(self.case.retract)
                elif self.case.application and self.case.item is None:
                    await self._whole_job()
                elif self.case.expect.items is not None:
                    await self._dispatch()
                else:
                    await self._item("test", self.case.item or {})
            except Exception as error:
                self._ended(error)
        self._compare()
        return self.outcome

    # --- windows

    async def _sign_in(self, stack: AsyncExitStack) -> Mapping[str, Any]:
        """The windows of every application that the test names, logged in."""
        named = self.case.application
        found = {name: BotApplication(self.windows.address(a.url), a.credential) for name, a in named.items()}
        credentials = {name: self.windows.credential(a.credential) for name, a in named.items()}
        repositories = {name: r for name, r in self.process.applications.items() if name in named}
        process = replace(self.process, applications=repositories)
        sessions = self.windows.sessions(process, self.masker.mask, self.job.mode == "rehearsal")
        worker = Worker("test", process, CATALOGUE, found, credentials, sessions, lambda level, message: None)
        stack.push_async_callback(worker.close)
        await worker.sign_in(lambda: self._execution({}), _no_pause, delays=())
        return dict(worker.open)

    # --- running

    async def _whole_job(self) -> None:
        """Dispatch, then every item that it added, then finish."""
        if self.process.queue is None:
            await self._item("test", {})
        else:
            await self._dispatch()
            for reference, fields in self.added.items():
                await self._item(reference, fields)
        await self._finish(())

    async def _finish(self, items: Iterable[Record]) -> None:
        """The section `finish`, after these items."""
        job = Record({**self.builtins["job"], "items": tuple(items)})
        await self._item("test", {}, self.process.finish, {"job": job})

    def _handled(self, given: Mapping[str, Any]) -> Record:
        known = self.process.exceptions.get(given["exception"] or "")
        return as_record(self.process, ItemResult(
            given["reference"] or "", given["outcome"], given["exception"], known.name if known else "",
            list=known.list if known else None, columns=given["columns"] or {},
        ))  # fmt: skip

    async def _dispatch(self) -> None:
        run = self._execution({})
        run.add = self._add
        run.exclude = lambda exception: None
        await self._steps(run, self.process.dispatch)

    async def _outage(self, stopped: Stopped) -> None:
        """The section `outage`, for a job that stopped so."""
        unhandled = tuple(Record(item=Record(one["item"]), state=one["state"]) for one in stopped.unhandled)
        job = Record({
            **self.builtins["job"], "stopped_on": stopped.day or self.job.date, "stopped_at": stopped.at,
            "dispatched": stopped.dispatched, "unhandled": unhandled, "told_later": stopped.told_later,
        })  # fmt: skip
        await self._item("test", {}, self.process.outage, {"job": job})

    async def _retract(self, retracted: Retracted) -> None:
        """The section `retract`, and what takes the effect back."""
        day = retracted.day or self.job.date
        taken_back = told(retracted.effect.id, retracted.content, "test", retracted.id, day, retracted.reason)
        steps = retracting(self.process).process
        await self._item("test", self.case.item or {}, steps, scope_of(taken_back))

    async def _add(self, rows: Sequence[Mapping[str, Any]]) -> list[str]:
        return [self._added(fields) for fields in rows]

    def _added(self, fields: Mapping[str, Any]) -> str:
        queue = self.process.queue
        assert queue is not None
        typed = from_store(queue.item, to_store(queue.item, fields))
        reference = new_item(queue, typed, self.builtins, datetime.now().astimezone()).reference
        state = "pending" if reference in self.added else "added"
        self.added.setdefault(reference, typed)
        return state

    async def _item(
        self, reference: str, fields: Mapping[str, Any], steps: Steps | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        self.store.add_item(self.job.space, NewItem(reference, reference, {}), self.job.id)
        item = self.store.claim(self.job.space, "test", self.job.id, LEASE, Selection(reference=reference))
        given = {"item": Record({"reference": reference, **fields}), **(more or {})}
        run = self._execution(given, item)
        try:
            await self._steps(run, self.process.process if steps is None else steps)
        except PostponeSignal:
            self._ends("postponed")
        except Exception as error:
            self._ended(error)
        for effect in run.effects.values():
            if effect.outcome != "already":
                self._wrote(effect.effect, effect.content)

    async def _steps(self, run: Execution, steps: Steps) -> None:
        handlers: dict[type[Step], Any] = {**HANDLERS, InvokeWorkflow: self._invoke, Once: self._once}
        self.run_now = run
        try:
            await Watched(self.coverage, run, CATALOGUE, handlers).body(steps, run.new_frame({}))
        finally:
            self.rules += run.rules
            self.coverage.fired(run.rules)

    def _execution(self, more: Mapping[str, Any], item: Item | None = None) -> Execution:
        return Execution(
            job=self.job,
            process=self.process,
            sessions=self.sessions,
            builtins={**self.builtins, **more, "last_completed": lambda key: self.case.last_completed},
            masker=self.masker,
            log=lambda level, message: None,
            item=item,
            confirm=effects.Memory(self._stored, self.store.pepper),
            files=self.files,
            show=lambda title, table: None,
        )

    async def _stored(self, call: str, *arguments: Any) -> Any:
        return getattr(self.store, call)(*arguments)

    def _now(self) -> Execution:
        assert self.run_now is not None
        return self.run_now

    def _ended(self, error: Exception) -> None:
        status = "failed"
        if isinstance(error, BusinessRuleException):
            status = "business"
        elif isinstance(error, InDoubt):
            status = "held"
        self._ends(status, error)

    def _ends(self, status: str, error: Exception | None = None) -> None:
        """Of several items the worst counts."""
        if WORST_LAST.index(status) > WORST_LAST.index(self.status):
            self.status, self.error = status, error

    # --- what is mocked

    async def _invoke(self, interpreter: Interpreter, step: InvokeWorkflow, frame: Frame) -> Record:
        workflow = step.workflow
        answers = self.case.workflows.get(workflow.id)
        if answers is None:
            alone = self.case.missing is None and workflow.application not in self.case.application
            if alone and _only_opens(workflow):
                return Record()
            return await invoke_workflow(interpreter, step, frame)
        inputs = {name: value.evaluate(frame.variables) for name, value in step.inputs.items()}
        answer = self._answer(workflow.id, answers, inputs)
        if answer.throws is not None:
            raise interpreter.run.throw(answer.throws)
        return Record(answer.outputs)

    def _answer(self, workflow: str, answers: tuple[Answer, ...], inputs: Mapping[str, Any]) -> Answer:
        """By `where` when the answers say it, else call by call; a single one answers every call."""
        if any(answer.where for answer in answers):
            for answer in answers:
                if all(inputs[name] == value for name, value in answer.where.items()):
                    return answer
            raise SystemException(f"no answer of {workflow} fits this call")
        call = self.calls[workflow]
        self.calls[workflow] += 1
        if len(answers) == 1:
            return answers[0]
        if call >= len(answers):
            raise SystemException(f"{workflow} is called more than {len(answers)} times")
        return answers[call]

    async def _once(self, interpreter: Interpreter, step: Once, frame: Frame) -> Record | None:
        """Recorded, unless the test has an application and does not say what stands in it already."""
        effect = step.effect
        if self._is_real(effect.id, effect.application):
            return await effects.once(interpreter, step, frame)
        inputs = {name: value.evaluate(frame.variables) for name, value in step.inputs.items()}
        key = (effect.id, *(to_text(part.evaluate(frame.variables)) for part in step.key))
        if key in self.keys:
            return None  # as the engine does: an effect is known by its key
        there = tuple(Record(row) for row in self.case.effects.get(effect.id, ()))
        found = effects.judge(effect, inputs, effects.Seen(frozenset(), there, False))
        self.keys.add(key)
        if found is not None:
            if step.if_present:
                raise interpreter.run.throw(step.if_present)
            return found
        self._wrote(effect.id, inputs)
        return Record({"id": "test", **inputs})

    def _is_real(self, effect: str, application: str | None) -> bool:
        if effect in self.case.effects:
            return False
        return bool(self.case.application) and application in (None, *self.case.application)

    def _wrote(self, effect: str, content: Mapping[str, Any]) -> None:
        texts = {name: as_written(value) for name, value in content.items()}
        self.written.setdefault(effect, []).append(texts)

    # --- comparing

    def _compare(self) -> None:
        expect, error = self.case.expect, self.error
        why = "" if error is None else f" ({self.masker.mask(describe(error))})"
        if expect.status is not None and self.status != expect.status:
            self._problem("it ends otherwise", expect.status, f"{self.status}{why}")
        elif expect.status is None and self.status in ("failed", "held"):
            self._problem(f"it ends as {self.status}{why}")
        thrown = getattr(error, "id", None) if isinstance(error, RobotError) else None
        if expect.throws is not None and thrown != expect.throws:
            self._problem("it throws something else", expect.throws, f"{thrown or 'nothing'}{why}")
        if expect.rules is not None and tuple(self.rules) != expect.rules:
            self._problem("other rules decide", _listed(expect.rules), _listed(self.rules))
        if expect.items is not None and tuple(self.added) != expect.items:
            self._problem("dispatch adds other items", _listed(expect.items), _listed(self.added))
        if expect.once is not None:
            self._compare_effects(expect.once)
        if isinstance(self.sessions, InMemory):
            for element in sorted({*(self.case.missing or ())} - self.sessions.looked_for):
                self._problem(f"'missing' names {element}, but no step looks for it")

    def _compare_effects(self, expected: Mapping[str, tuple[Mapping[str, str], ...]]) -> None:
        for effect in dict.fromkeys((*expected, *self.written)):
            wanted, found = expected.get(effect, ()), self.written.get(effect, [])
            if len(found) != len(wanted):
                self._problem(f"{effect} happens another number of times", str(len(wanted)), str(len(found)))
                continue
            for content, written in zip(wanted, found, strict=True):
                for name, text in content.items():
                    if written.get(name) != text.rstrip("\n"):
                        message = f"{name} of {effect} is another one"
                        self._problem(message, text.rstrip("\n"), written.get(name, ""))

    def _problem(self, message: str, expected: str | None = None, actual: str | None = None) -> None:
        self.outcome.problems.append(Problem(self.case.span, message, expected, actual))


def _only_opens(workflow: Workflow) -> bool:
    """A repository's workflow that gives nothing back, throws nothing and writes nothing."""
    return workflow.application is not None and not workflow.outputs and not _acts(workflow)


def _acts(workflow: Workflow) -> bool:
    """Whether it throws or writes, or a workflow that it invokes does."""
    return any(
        isinstance(step, Throw | Once) or (isinstance(step, InvokeWorkflow) and _acts(step.workflow))
        for step in all_steps(workflow.steps)
    )


def _listed(names: Any) -> str:
    return ", ".join(names) or "none"


async def _no_pause(seconds: float) -> None:
    """A test does not wait for an application that is down."""
