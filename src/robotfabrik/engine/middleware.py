"""What is common to every step, around one call: its record, its retries, its timeout, its reading errors."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from robotfabrik.engine.signals import HANDS_OFF, Signal
from robotfabrik.model.errors import (
    BusinessRuleException,
    ElementMissing,
    Missing,
    ReadingError,
    SystemException,
    Unreadable,
    system_id,
)  # fmt: skip
from robotfabrik.model.process import Step

Call = Callable[[Any, Any, Any], Awaitable[None]]
NEVER_SILENCED = (BusinessRuleException, *HANDS_OFF)


def compose(perform: Call) -> Call:
    """`perform` with everything around it, outermost first: record, retry, timeout, reading errors."""
    return recorded(retried(timed(read_errors(perform))))


def recorded(inner: Call) -> Call:
    """Every step leaves one line, how it ended and how long it took, and the rule that it carries out."""

    async def call(interpreter: Any, step: Step, frame: Any) -> None:
        started = time.perf_counter()

        def record(status: str) -> None:
            interpreter.run.step_done(step, status, time.perf_counter() - started)

        if step.rule is not None:
            interpreter.run.rules.append(step.rule)
        try:
            await inner(interpreter, step, frame)
        except BaseException as error:
            with suppress(OSError):  # a full disk must not take the place of what ended the step
                record("ok" if isinstance(error, Signal) else type(error).__name__)
            if not isinstance(error, Signal):
                _mark(error, step)
            raise
        record("ok")

    return call


def _mark(error: BaseException, step: Step) -> None:
    """Remember the innermost step that failed, for the message that people read."""
    if not hasattr(error, "step"):
        error.step = step  # type: ignore[attr-defined]


def retried(inner: Call) -> Call:
    """`retry:` repeats on system exceptions, never on business ones; `continue_on_error:` goes on after one.

    Neither does once an effect was sent: then only looking tells what happened.
    """

    async def call(interpreter: Any, step: Step, frame: Any) -> None:
        if step.retry is None and not step.continue_on_error:
            return await inner(interpreter, step, frame)
        run = interpreter.run
        attempts = step.retry.attempts if step.retry else 1
        for attempt in range(1, attempts + 1):
            try:
                return await inner(interpreter, step, frame)
            except NEVER_SILENCED:
                raise
            except Exception as error:
                if run.unconfirmed or (attempt == attempts and not step.continue_on_error):
                    raise
                run.log(
                    "info", run.masker.mask(f"{step.span}: attempt {attempt} of {attempts} failed: {error}")
                )
                if attempt < attempts and step.retry:
                    await run.sleep(step.retry.interval)
        interpreter.skip(step, frame)
        return None

    return call


def timed(inner: Call) -> Call:
    """`timeout:` holds for the step and is inherited by the steps inside it."""

    async def call(interpreter: Any, step: Step, frame: Any) -> None:
        if step.timeout is None:
            return await inner(interpreter, step, frame)
        run = interpreter.run
        before, run.timeout = run.timeout, step.timeout
        try:
            return await inner(interpreter, step, frame)
        finally:
            run.timeout = before

    return call


def read_errors(inner: Call) -> Call:
    """A reading without a value becomes the exception that the step or the PDD's `reading:` names."""

    async def call(interpreter: Any, step: Step, frame: Any) -> None:
        try:
            return await inner(interpreter, step, frame)
        except (ReadingError, ElementMissing) as error:
            run = interpreter.run
            id = None
            if isinstance(error, Missing | ElementMissing):
                id = step.if_missing
            elif isinstance(error, Unreadable):
                id = step.if_unreadable
            if id is None and isinstance(error, ReadingError):
                id = run.process.reading.get(error.outcome)
            if id is not None:
                raise run.throw(id, f"{run.throw(id)} ({error})") from error
            if isinstance(error, ReadingError):
                raise SystemException(str(error), system_id(error)) from error
            raise

    return call
