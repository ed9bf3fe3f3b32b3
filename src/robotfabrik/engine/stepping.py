"""Going through a process step by step: somebody is asked before every step, and when one has failed.

A normal run has none of it: `Interpreter` installs it only when its execution has a stepper. What may not
be done is decided here and not where the person sits, so that an effect happens at most once under
anybody's hands.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from robotfabrik.engine.execution import Execution, Frame
from robotfabrik.engine.middleware import Call
from robotfabrik.engine.signals import Unsettled
from robotfabrik.model.errors import InDoubt, LeaseLost
from robotfabrik.model.process import Once, Rethrow, Step, Throw

Decision = Literal["go", "skip", "retry", "quit"]
Refused = Literal["skip", "change", "retry"]

NOTHING_FAILED = "nothing has failed here: continue"
SENT = (
    "something was sent to the application and may have arrived: doing it again could write it twice. "
    "Continue: the robot looks for it, in a new session, before it does anything more"
)
IN_DOUBT = "a person has to look at the case first: what stands there is in doubt"
IN_EFFECT = (
    "what an effect looks for and does decides what is written, so its steps run as they stand: "
    "try it in a rehearsal"
)
IN_PRODUCTION = (
    "a live run in production does what the PDD says, under the conditions that it says: "
    "try it in a rehearsal"
)


@dataclass(frozen=True, slots=True)
class Moment:
    """Where an execution stands: before a step, or after it has failed with `error`.

    `applies`: its `when:` lets it run. `depth` counts the steps around it. `refused` names what may not be
    done here, and why: skip the step, change a variable, retry.
    """

    run: Execution
    step: Step
    frame: Frame
    depth: int
    applies: bool
    error: Exception | None
    refused: Mapping[Refused, str]


class Stepper(Protocol):
    """Somebody who tries a process. No time passes for a step while it is thought about."""

    async def ask(self, moment: Moment) -> Decision:
        """Before a step: go, skip or quit. After a failure, go lets it fail, and it can be retried too."""
        ...


def stepped(inner: Call, stepper: Stepper) -> Call:
    """`inner` with the question before it and after its failure."""
    return _Stepped(inner, stepper)


class _Stepped:
    """The questions of one interpreter, which knows how deep it stands."""

    def __init__(self, inner: Call, stepper: Stepper) -> None:
        self._inner, self._stepper = inner, stepper
        self._depth = self._effects = 0
        self._asked_about: BaseException | None = None

    async def __call__(self, interpreter: Any, step: Step, frame: Frame) -> None:
        asked = False
        while True:
            try:
                if not asked:
                    applies = interpreter.applies(step, frame)
                    if await self._ask(interpreter.run, step, frame, applies) == "skip":
                        _skip(interpreter, step, frame)
                        return
                    asked = True
                if not interpreter.applies(step, frame):  # a variable may be another one now
                    interpreter.skip(step, frame)
                    return
                await self._inside(interpreter, step, frame)
                return
            except Exception as error:
                if self._is_known(error, step):
                    raise
                decision = await self._ask(interpreter.run, step, frame, True, error)
                if decision == "skip":
                    _skip(interpreter, step, frame)
                    return
                if decision != "retry":
                    raise

    async def _inside(self, interpreter: Any, step: Step, frame: Frame) -> None:
        self._depth += 1
        self._effects += isinstance(step, Once)
        try:
            await self._inner(interpreter, step, frame)
        finally:
            self._depth -= 1
            self._effects -= isinstance(step, Once)

    def _is_known(self, error: Exception, step: Step) -> bool:
        """Is there nothing to ask: thrown on purpose, or asked about where it came from?"""
        at: BaseException | None = error
        while at is not None and at is not self._asked_about:
            at = at.__cause__
        known = at is not None or isinstance(step, Throw | Rethrow) or isinstance(error, LeaseLost)
        self._asked_about = error
        return known

    async def _ask(
        self, run: Execution, step: Step, frame: Frame, applies: bool, error: Exception | None = None
    ) -> Decision:
        started = time.monotonic()
        try:
            refused = refusals(run, error, in_effect=self._effects > 0)
            moment = Moment(run, step, frame, self._depth, applies, error, refused)
            decision = await self._stepper.ask(moment)
        finally:
            run.paused += time.monotonic() - started
        if decision == "quit":
            # As when the job is ended from outside: nothing is caught, cleaned up or retried.
            raise asyncio.CancelledError
        return decision


def refusals(run: Execution, error: Exception | None, *, in_effect: bool) -> dict[Refused, str]:
    """What may not be done at a step, and why."""
    refused: dict[Refused, str] = {}
    if error is None:
        refused["retry"] = NOTHING_FAILED
    elif isinstance(error, InDoubt):
        refused["retry"] = IN_DOUBT
    elif run.unconfirmed or isinstance(error, Unsettled):
        refused["retry"] = SENT
    if not run.rehearsal:
        if in_effect:
            refused["skip"] = refused["change"] = IN_EFFECT
        elif run.job.space.environment == "production":
            refused["skip"] = refused["change"] = IN_PRODUCTION
    if error is not None and "skip" not in refused and "retry" in refused:
        refused["skip"] = refused["retry"]
    return refused


def _skip(interpreter: Any, step: Step, frame: Frame) -> None:
    interpreter.run.step_done(step, "skipped", 0.0)
    interpreter.run.log("info", f"{step.index or step.span} was skipped by hand")
    interpreter.skip(step, frame)
