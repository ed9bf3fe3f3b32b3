"""Runs steps. The loop only iterates; what a kind of step does stands in controls.py and once.py."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from robotfabrik.activities.api import Activity
from robotfabrik.engine.decisions import is_true
from robotfabrik.engine.execution import ActivityContext, Execution, Frame
from robotfabrik.engine.middleware import compose
from robotfabrik.engine.signals import ReturnSignal
from robotfabrik.engine.stepping import stepped
from robotfabrik.model.errors import Unknown
from robotfabrik.model.process import Call, Step, Steps, Target, TargetRef
from robotfabrik.model.values import UNKNOWN

Handler = Callable[["Interpreter", Any, Frame], Awaitable[Any]]


class Interpreter:
    """Runs the steps of one execution, by `handlers` for each kind of step."""

    __slots__ = ("_activities", "_call", "_context", "_handlers", "_stepped", "run")

    def __init__(
        self, run: Execution, activities: Mapping[str, Activity], handlers: Mapping[type[Step], Handler]
    ):
        self.run = run
        self._activities = activities
        self._handlers = handlers
        self._context = ActivityContext(run)
        self._call = compose(self._perform)
        self._stepped = stepped(self._call, run.stepper) if run.stepper else None

    async def steps(self, steps: Steps, frame: Frame) -> None:
        """Run steps in order, in a frame."""
        for step in steps:
            self.run.check_time(step.span)
            if self._stepped is not None:
                await self._stepped(self, step, frame)
            elif step.when is None or self.applies(step, frame):
                await self._call(self, step, frame)
            else:
                self.skip(step, frame)

    def applies(self, step: Step, frame: Frame) -> bool:
        """Does its `when:` let it run?"""
        return step.when is None or is_true(step.when.evaluate(frame.variables), step.when)

    def skip(self, step: Step, frame: Frame) -> None:
        """A step that gave nothing: its result is none, and so is what nobody has set before."""
        save(step, frame, None)
        for name in step.sets:
            frame.variables.setdefault(name, None)

    async def body(self, steps: Steps, frame: Frame) -> str | None:
        """Run the steps of something that `return:` leaves; its reason."""
        try:
            await self.steps(steps, frame)
        except ReturnSignal as signal:
            return signal.reason
        return None

    async def _perform(self, _: Any, step: Step, frame: Frame) -> None:
        if isinstance(step, Call):
            result = await self.activity(step, frame)
        else:
            result = await self._handlers[type(step)](self, step, frame)
        if step.save_as is not None:
            save(step, frame, result)
        for name in step.sets:
            value = frame.variables.setdefault(name, None)
            if step.private:
                self.run.masker.add(value)

    async def activity(self, step: Call, frame: Frame) -> Any:
        """What an activity gives; UNKNOWN when the register did not answer and no exception stands for it."""
        run = self.run
        run.frame, run.step = frame, step
        arguments = {name: resolve(argument, frame.variables) for name, argument in step.arguments.items()}
        if step.private:
            run.masker.add(arguments)
        activity = self._activities[step.activity]
        try:
            return await activity.run(self._context, **arguments)
        except Unknown:
            if "unknown" in run.process.reading:
                raise
            return UNKNOWN


def resolve(argument: Any, scope: Mapping[str, Any]) -> Any:
    """An argument's value: expressions evaluated, targets bound."""
    if isinstance(argument, TargetRef):
        return bind(argument, scope)
    if isinstance(argument, tuple):
        return [resolve(part, scope) for part in argument]
    if isinstance(argument, Mapping):
        return {name: resolve(part, scope) for name, part in argument.items()}
    return argument.evaluate(scope)


def bind(ref: TargetRef, scope: Mapping[str, Any]) -> Target:
    """The target of a step, with its parameters and its row's values."""
    selector = getattr(ref.element, "selector", None)
    if ref.parameters and selector is not None:
        selector = selector.bind({name: value.evaluate(scope) for name, value in ref.parameters.items()})
    row: Any = None
    if ref.row is not None:
        by = ref.row.by
        row = by if isinstance(by, str) else {name: value.evaluate(scope) for name, value in by.items()}
    return Target(ref.element, selector, row)


def save(step: Step, frame: Frame, result: Any) -> None:
    """Store a result under `save_as`; {mine: output} takes parts of a record."""
    names = step.save_as
    if names is None:
        return
    if isinstance(names, str):
        frame.variables[names] = result
        return
    for mine, output in names.items():
        frame.variables[mine] = None if result is None else result[output]
