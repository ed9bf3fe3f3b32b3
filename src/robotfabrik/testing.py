"""Runs the tests beside a PDD: rules and texts as they are, the process with mocked workflows.

A process test runs the real steps; every mocked workflow answers instead of the application, and `once`
records what would be written. Files are read from the project; what is written lies in a folder that goes
with the test. A repository's workflow that gives nothing back (it only opens a screen)
need not be mocked: it does nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from robotfabrik.activities.api import Session
from robotfabrik.activities.catalogue import CATALOGUE
from robotfabrik.engine import once as effects
from robotfabrik.engine.controls import HANDLERS, invoke_workflow
from robotfabrik.engine.decisions import compose, decide
from robotfabrik.engine.execution import Execution, Frame
from robotfabrik.engine.interpreter import Interpreter
from robotfabrik.engine.periods import period_name, period_start
from robotfabrik.engine.results import describe
from robotfabrik.engine.signals import ReturnSignal
from robotfabrik.expressions import to_text
from robotfabrik.model.cases import Answer, Case, ProcessTest, RuleTest, TextTest
from robotfabrik.model.errors import (
    BusinessRuleException,
    EvaluationError,
    InDoubt,
    RobotError,
    SystemException,
)
from robotfabrik.model.masking import Masker
from robotfabrik.model.process import InvokeWorkflow, Once, Process, Step
from robotfabrik.model.source import Span
from robotfabrik.model.values import Record
from robotfabrik.model.work import Job, Space
from robotfabrik.runs.files import JobFiles

DAY = date(2022, 11, 1)  # when a test says no date


@dataclass(frozen=True, slots=True)
class Problem:
    """What differs from what a test expects."""

    span: Span
    message: str


@dataclass(slots=True)
class CaseOutcome:
    """A test's name, and its problems: none when it passed. `fired` are the rows that it reached."""

    name: str
    problems: list[Problem] = field(default_factory=list)
    fired: set[str] = field(default_factory=set)


async def run_case(process: Process, case: Case) -> CaseOutcome:
    """Run one test."""
    match case:
        case RuleTest():
            return _rule(process, case)
        case TextTest():
            return _text(process, case)
        case ProcessTest():
            return await _Trial(process, case).run()


def _builtins(process: Process, day: date, overrides: Mapping[str, Any]) -> dict[str, Any]:
    settings = {setting.name: setting.value for setting in process.config.values()}
    job = Record(
        id="test", date=day, robot=process.name, user="robot", items=(),
        period=period_name(process.period, day), period_start=period_start(process.period, day),
    )  # fmt: skip
    return {"job": job, "config": Record({**settings, **overrides})}


def _rule(process: Process, case: RuleTest) -> CaseOutcome:
    outcome = CaseOutcome(f"rule {case.rule.id}")
    builtins = _builtins(process, DAY, {})
    for example in case.examples:
        try:
            decision = decide(case.rule, {**builtins, **example.inputs})
        except (SystemException, EvaluationError) as error:
            outcome.problems.append(Problem(example.span, str(error)))
            continue
        outcome.fired.update(decision.fired)
        for name, wanted in example.outputs.items():
            if decision.outputs[name] != wanted:
                message = f"{name} is {_shown(decision.outputs[name])}, expected {_shown(wanted)}"
                outcome.problems.append(Problem(example.span, message))
    return outcome


def _text(process: Process, case: TextTest) -> CaseOutcome:
    outcome = CaseOutcome(f"text {case.text.id}")
    try:
        composed = compose(case.text, {**_builtins(process, DAY, {}), **case.given})
    except EvaluationError as error:
        outcome.problems.append(Problem(error.span or case.span, str(error)))
        return outcome
    for what, wanted, found in (
        ("text", case.whole, composed["text"]),
        ("rubrik", case.rubrik, composed["rubrik"]),
    ):
        if wanted is not None and found != wanted.rstrip("\n"):
            outcome.problems.append(Problem(case.span, f"the {what} is:\n{found}\nexpected:\n{wanted}"))
    for part in case.contains:
        if part not in composed["text"]:
            outcome.problems.append(Problem(case.span, f"'{part}' is not in the text:\n{composed['text']}"))
    return outcome


class _NoApplication(dict[str, Session]):
    """Stands where the sessions would be: a test reaches no application."""

    def __missing__(self, name: str) -> Session:
        raise SystemException(
            f"the test reaches the application '{name}': mock the workflow that this step stands in"
        )


class _Trial:
    """One process test."""

    def __init__(self, process: Process, case: ProcessTest) -> None:
        self.process, self.case = process, case
        self.calls: Counter[str] = Counter()
        self.written: dict[str, list[dict[str, str]]] = {}
        self.outcome = CaseOutcome(case.name)

    async def run(self) -> CaseOutcome:
        with TemporaryDirectory(prefix="robotfabrik-test-") as own:
            return await self._run(JobFiles(Path(own), Path.cwd()))

    async def _run(self, files: JobFiles) -> CaseOutcome:
        run = self._execution(files)
        handlers: dict[type[Step], Any] = {**HANDLERS, InvokeWorkflow: self._invoke, Once: self._once}
        status = "successful"
        error: Exception | None = None
        try:
            await Interpreter(run, CATALOGUE, handlers).steps(self.process.process, run.new_frame({}))
        except ReturnSignal:
            pass
        except BusinessRuleException as raised:
            status, error = "business", raised
        except InDoubt as raised:
            status, error = "held", raised
        except Exception as raised:
            status, error = "failed", raised
        self.outcome.fired.update(run.rules)
        self._compare(status, error, run.rules)
        return self.outcome

    def _execution(self, files: JobFiles) -> Execution:
        case, process = self.case, self.process
        builtins = _builtins(process, case.day or DAY, case.config)
        item = Record({"reference": "test", **case.item})
        day = builtins["job"]["date"]
        space = Space("test", "test", process.id)
        job = Job("test", "test", space, day, builtins["job"]["period"], "", process.name, "", "test", "live")
        return Execution(
            job=job,
            process=process,
            sessions=_NoApplication(),
            builtins={**builtins, "item": item, "last_completed": lambda key: case.last_completed},
            masker=Masker(),
            log=lambda level, message: None,
            files=files,
        )

    async def _invoke(self, interpreter: Interpreter, step: InvokeWorkflow, frame: Frame) -> Record:
        workflow = step.workflow
        answers = self.case.workflows.get(workflow.id)
        if answers is None:
            if workflow.application is not None and not workflow.outputs:
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
        inputs = {name: value.evaluate(frame.variables) for name, value in step.inputs.items()}
        for part in step.key:
            part.evaluate(frame.variables)
        there = tuple(Record(row) for row in self.case.effects.get(step.effect.id, ()))
        found = effects.judge(step.effect, inputs, effects.Seen(frozenset(), there, False))
        if found is not None:
            if step.if_present:
                raise interpreter.run.throw(step.if_present)
            return found
        shown = {name: "" if value is None else to_text(value) for name, value in inputs.items()}
        self.written.setdefault(step.effect.id, []).append(shown)
        return Record({"id": "test", **inputs})

    def _compare(self, status: str, error: Exception | None, rules: list[str]) -> None:
        expect = self.case.expect
        if expect.status is not None and status != expect.status:
            why = f" ({describe(error)})" if error is not None else ""
            self._problem(f"the status is {status}{why}, expected {expect.status}")
        elif expect.status is None and status in ("failed", "held") and error is not None:
            self._problem(f"it ended as {status}: {describe(error)}")
        thrown = getattr(error, "id", None) if isinstance(error, RobotError) else None
        if expect.throws is not None and thrown != expect.throws:
            self._problem(f"it throws {thrown or 'nothing'}, expected {expect.throws}")
        if expect.rules is not None and tuple(rules) != expect.rules:
            self._problem(
                f"the rules are {', '.join(rules) or 'none'}, expected {', '.join(expect.rules) or 'none'}"
            )
        if expect.once is not None:
            self._compare_effects(expect.once)

    def _compare_effects(self, expected: Mapping[str, Mapping[str, str]]) -> None:
        for effect in {*expected, *self.written}:
            found = self.written.get(effect, [])
            if len(found) != (effect in expected):
                self._problem(f"{effect} happens {len(found)} times, expected {int(effect in expected)}")
                continue
            for name, wanted in expected[effect].items():
                if found[0].get(name) != wanted.rstrip("\n"):
                    self._problem(f"{name} of {effect} is:\n{found[0].get(name)}\nexpected:\n{wanted}")

    def _problem(self, message: str) -> None:
        self.outcome.problems.append(Problem(self.case.span, message))


def _shown(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, tuple | list):
        return f"[{', '.join(_shown(part) for part in value)}]"
    return to_text(value) if not isinstance(value, Record) else repr(value)
