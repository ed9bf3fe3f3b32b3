"""Which steps, branches and rows of rules of a PDD no test reaches.

What counts stands in the PDD itself; an object repository's steps are tested where they are shared. A branch
is a way on from a step: every branch of a block (also the `else` that is not written), and, of a step with
`when`, the way past it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from robotfabrik.activities.api import Activity
from robotfabrik.engine.execution import Execution, Frame
from robotfabrik.engine.interpreter import Handler, Interpreter
from robotfabrik.model.process import (
    CheckAppState,
    If,
    Process,
    Step,
    Steps,
    Switch,
    Throw,
    Try,
    inner_steps,
)  # fmt: skip
from robotfabrik.model.source import Span, place_of

KINDS = ("rules", "steps", "branches")


@dataclass(frozen=True, slots=True)
class Part:
    """Something that a test may reach. `within` is the branch that it stands in, as a key."""

    kind: str
    key: Any
    span: Span
    what: str
    within: Any = None


@dataclass(frozen=True, slots=True)
class Figure:
    """So many parts of a kind were reached, of so many."""

    reached: int
    total: int

    @property
    def percent(self) -> float:
        """100 when there is nothing to reach."""
        return 100.0 * self.reached / self.total if self.total else 100.0


class Coverage:
    """Collects what the tests of one process reach."""

    def __init__(self, process: Process) -> None:
        self._reached: set[Any] = set()
        self.parts = list(_parts(process))

    # --- what a test tells

    def fired(self, rows: Iterable[str]) -> None:
        """Rows of rules that decided."""
        self._reached.update(("row", row) for row in rows)

    def ran(self, step: Step) -> None:
        """A step that was carried out, whatever came of it."""
        self._reached.add(("step", step.index, step.span))

    def passed(self, step: Step) -> None:
        """A step that its `when` left out."""
        self._reached.add(("past", step.index, step.span))

    def entered(self, block: Step, steps: Steps, caught: BaseException | None) -> None:
        """A branch of a block. (All empty ones are the same tuple: a catch has caught something.)"""
        if isinstance(block, Try) and caught is None:
            return
        for number, (_, branch) in enumerate(_branches(block)):
            if branch is steps:
                self._reached.add(("branch", block.index, block.span, number))
                return

    # --- what came of it

    def figures(self) -> dict[str, Figure]:
        """By kind."""
        return {kind: self._figure(kind) for kind in KINDS}

    def _figure(self, kind: str) -> Figure:
        keys = [part.key for part in self.parts if part.kind == kind]
        return Figure(sum(key in self._reached for key in keys), len(keys))

    def unreached(self) -> list[Part]:
        """What no test reached, in the order of the file; nothing more is said inside a branch not taken."""
        missed = [part for part in self.parts if part.key not in self._reached]
        branches = {part.key for part in missed if part.kind == "branches"}
        outermost = [part for part in missed if part.within not in branches]
        return sorted(outermost, key=lambda part: (part.span.line, part.span.column))


class Watched(Interpreter):
    """An interpreter that tells `coverage` where it goes."""

    __slots__ = ("_blocks", "_coverage")

    def __init__(
        self,
        coverage: Coverage,
        run: Execution,
        activities: Mapping[str, Activity],
        handlers: Mapping[type[Step], Handler],
    ) -> None:
        watched = {kind: self._watched(handler) for kind, handler in handlers.items()}
        super().__init__(run, activities, watched)
        self._coverage = coverage
        self._blocks: list[Step] = []
        run.step_done = lambda step, status, seconds: coverage.ran(step)

    def _watched(self, handler: Handler) -> Handler:
        async def handle(interpreter: Interpreter, step: Step, frame: Frame) -> Any:
            self._blocks.append(step)
            try:
                return await handler(interpreter, step, frame)
            finally:
                self._blocks.pop()

        return handle

    async def steps(self, steps: Steps, frame: Frame) -> None:
        if self._blocks:
            self._coverage.entered(self._blocks[-1], steps, frame.caught)
        await super().steps(steps, frame)

    def skip(self, step: Step, frame: Frame) -> None:
        if step.when is not None:
            self._coverage.passed(step)
        super().skip(step, frame)


def _branches(block: Step) -> list[tuple[str, Steps]]:
    """The ways through a block, each with its name."""
    match block:
        case If():
            names = ["then", *(f"else_if {number}" for number in range(1, len(block.branches)))]
            return [
                *zip(names, (steps for _, steps in block.branches), strict=True),
                ("else", block.otherwise),
            ]
        case Switch():
            cases = [(f"case {literal.evaluate({})}", steps) for literal, steps in block.cases]
            return [*cases, *([("default", block.default)] if block.default is not None else [])]
        case Try():
            return [(f"catch {id}", steps) for id, steps in block.catches]
        case CheckAppState() if block.appears is not None or block.vanishes is not None:
            return [("appears", block.appears or ()), ("vanishes", block.vanishes or ())]
    return []


def _parts(process: Process) -> Iterator[Part]:
    for rule in process.rules.values():
        for row in rule.rows:
            yield Part("rules", ("row", row.id), row.span, f"row {row.id} never decides")
    for steps in (*process.sections, *(workflow.steps for workflow in process.workflows.values())):
        yield from _of_steps(steps, None)


def _of_steps(steps: Steps, within: Any) -> Iterator[Part]:
    for step in steps:
        title = _title(step)
        yield Part(
            "steps", ("step", step.index, step.span), step.span, f"this step never runs: {title}", within
        )
        if step.when is not None:
            past = ("past", step.index, step.span)
            yield Part("branches", past, step.span, f"its 'when' is never false: {title}", within)
        named = _branches(step)
        inside: set[int] = set()
        for number, (name, branch) in enumerate(named):
            key = ("branch", step.index, step.span, number)
            span = branch[0].span if branch else place_of(name, step.span)
            yield Part("branches", key, span, f"'{name}' is never taken: {title}", within)
            yield from _of_steps(branch, key)
            inside |= {id(inner) for inner in branch}
        rest = tuple(inner for inner in inner_steps(step) if id(inner) not in inside)
        yield from _of_steps(rest, within)


def _title(step: Step) -> str:
    """What people call a step: its name, or what it does."""
    if step.name is not None:
        return str(step.name)
    return "throw" if isinstance(step, Throw) else step.span.written  # a throw stands at its exception
