"""`once`: an effect that happens at most once, whatever crashes.

The intent is on disk before the click that writes; what stands in the application afterwards, not what the
robot remembers, decides. The table of language.md ("once") is `judge` plus the two branches of `once`.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from robotfabrik.engine.decisions import is_true
from robotfabrik.engine.execution import Execution, Frame, Permit
from robotfabrik.engine.items import plain
from robotfabrik.engine.signals import HANDS_OFF, Unsettled
from robotfabrik.model.errors import BusinessRuleException, InDoubt, SystemException
from robotfabrik.model.process import Effect, Once, Steps
from robotfabrik.model.records import Doubt
from robotfabrik.model.result import EffectOutcome, EffectResult
from robotfabrik.model.values import Record
from robotfabrik.model.work import EffectKey, EffectRecord

if TYPE_CHECKING:
    from robotfabrik.engine.interpreter import Interpreter

FIRST_LOOK = 2.0  # seconds until a sent effect is looked for again, in a new session


class Memory:
    """What the engine asks of the store about effects, off the event loop."""

    def __init__(self, stored: Any, pepper: bytes) -> None:
        self.stored = stored  # (function, *arguments) → awaitable, on the store's writer thread
        self.pepper = pepper

    def key(self, run: Execution, effect: Effect, parts: Sequence[Any]) -> EffectKey:
        """The keyed hash of an effect; the store never sees the key itself."""
        space = run.job.space
        scope = "/".join((space.environment, space.dataset, effect.application or space.process, effect.id))
        text = json.dumps([scope, space.process, [str(part) for part in parts]], ensure_ascii=False)
        return EffectKey(scope, hmac.new(self.pepper, text.encode(), hashlib.sha256).hexdigest())


@dataclass(frozen=True, slots=True)
class Seen:
    """What verify saw: every candidate of this robot and period, and those free for this key."""

    ids: frozenset[str]
    free: tuple[Record, ...]
    partial: bool


async def once(interpreter: Interpreter, step: Once, frame: Frame) -> Record | None:
    """Run an effect at most once for its key."""
    run = interpreter.run
    effect = step.effect
    if run.item is None:
        raise SystemException(f"{effect.id}: effects belong to an item")
    inputs = {name: value.evaluate(frame.variables) for name, value in step.inputs.items()}
    memory: Memory = run.confirm
    key = memory.key(run, effect, [part.evaluate(frame.variables) for part in step.key])
    record: EffectRecord | None = await memory.stored("effect", key)
    if record is not None and record.status == "withdrawn":
        record = None  # a person has seen that nothing came of it
    if record is not None and record.status == "confirmed":
        # An earlier execution of this item may have written it and then ended otherwise.
        mine = record.item == run.item.id
        run.effects.setdefault(key, EffectResult(effect.id, "written" if mine else "already", inputs))
        return None

    with _told(run, Doubt(effect.id, key, inputs)):
        return await _once(interpreter, step, frame, inputs, key, record)


@contextmanager
def _told(run: Execution, doubt: Doubt) -> Iterator[None]:
    """Whoever has to settle the item is told what was wanted, and what was seen last."""
    run.doubt = doubt
    try:
        yield
    except HANDS_OFF:
        raise
    except BaseException:
        run.doubt = None
        raise
    run.doubt = None


async def _once(
    interpreter: Interpreter,
    step: Once,
    frame: Frame,
    inputs: Mapping[str, Any],
    key: EffectKey,
    record: EffectRecord | None,
) -> Record | None:
    run, effect, memory = interpreter.run, step.effect, interpreter.run.confirm
    scope = {**frame.variables, **inputs} if step.inline else inputs
    if record is None:
        seen = await _look(interpreter, effect, scope, key)
    else:
        run.unconfirmed = effect.id
        seen = await _look_again(interpreter, effect, scope, key, record)
    if seen.partial and not run.rehearsal:
        _let_settle(effect, record)
        seen = await _repair(interpreter, effect, scope, key)
    found = judge(effect, inputs, seen)
    if found is not None:
        if not run.rehearsal:
            await memory.stored("confirm_effect", key, run.item, str(found["id"]))
        run.unconfirmed = None
        outcome: EffectOutcome = "already" if record is None else "written"
        run.effects.setdefault(key, EffectResult(effect.id, outcome, inputs))
        if step.if_present and record is None:
            raise run.throw(step.if_present)
        return found
    _let_settle(effect, record)
    run.unconfirmed = None  # nothing came of it, and nothing will
    if run.rehearsal:
        run.effects.setdefault(key, EffectResult(effect.id, "rehearsed", inputs))
        return None
    return await _submit(interpreter, effect, scope, inputs, key, seen)


def _let_settle(effect: Effect, record: EffectRecord | None) -> None:
    """What was sent last may still come; until it has settled nothing more is sent."""
    if record is not None and record.age < effect.settles_within:
        raise Unsettled(effect.id, effect.settles_within - record.age)


def judge(effect: Effect, inputs: Mapping[str, Any], seen: Seen) -> Record | None:
    """The one candidate that equals what is to be written, or none; anything else is in doubt."""
    if seen.partial:
        raise InDoubt(f"{effect.id}: something half-finished stands in the application")
    if not seen.free:
        return None
    if len(seen.free) > 1:
        raise InDoubt(
            f"{effect.id}: {len(seen.free)} candidates stand in the application, at most one was expected"
        )
    if not equal(effect, inputs, seen.free[0]):
        raise InDoubt(f"{effect.id}: what stands in the application differs from what the robot would write")
    return seen.free[0]


def equal(effect: Effect, inputs: Mapping[str, Any], candidate: Mapping[str, Any]) -> bool:
    """Is a candidate's content the same, in every input that the screen shows?"""
    compared = inputs.keys() - effect.unverified
    if not compared <= candidate.keys():
        raise InDoubt(f"{effect.id}: verify did not read {', '.join(sorted(compared - candidate.keys()))}")
    return all(_comparable(inputs[name]) == _comparable(candidate[name]) for name in compared)


def _comparable(value: Any) -> Any:
    if isinstance(value, str):
        text = unicodedata.normalize("NFC", value).replace("\r\n", "\n").replace("\r", "\n")
        return text.strip()
    return value


async def _look_again(
    interpreter: Interpreter, effect: Effect, scope: Mapping[str, Any], key: EffectKey, record: EffectRecord
) -> Seen:
    """Look for what was sent before and never confirmed. A case that is locked now is looked at later."""
    run = interpreter.run
    # verify sees this period only; days are counted back from the job's date, which may lie in the past,
    # and what was sent may bear the date of the job that sent it
    sent, now = record.submitted_at, record.submitted_at + timedelta(seconds=record.age)
    day = run.job.date - (now.astimezone().date() - sent.astimezone().date())
    if min(day, record.day or day) < run.builtins["job"]["period_start"]:
        raise InDoubt(f"{effect.id}: it was sent in an earlier period, where verify does not look")
    try:
        return await _look(interpreter, effect, scope, key)
    except BusinessRuleException as error:
        raise Unsettled(effect.id, effect.settles_within) from error


async def _look(interpreter: Interpreter, effect: Effect, scope: Mapping[str, Any], key: EffectKey) -> Seen:
    """Run verify. It only looks, so it may retry and catch, whatever was sent before."""
    run = interpreter.run
    frame = run.new_frame(scope, effect.application or "")
    unconfirmed, run.unconfirmed = run.unconfirmed, None
    try:
        await interpreter.body(effect.verify, frame)
    finally:
        run.unconfirmed = unconfirmed
    matches = frame.variables.get("matches")
    if not isinstance(matches, tuple | list):
        raise InDoubt(f"{effect.id}: verify cannot tell what stands in the application")
    ids = [str(match["id"]) for match in matches]
    if len(set(ids)) != len(ids):
        raise InDoubt(f"{effect.id}: two candidates have the same id")
    bound = await run.confirm.stored("bound_candidates", key.scope, tuple(ids), key) if ids else frozenset()
    free = tuple(match for match, id in zip(matches, ids, strict=True) if id not in bound)
    if run.doubt is not None:
        run.doubt.candidates = free
    partial = effect.partial is not None and is_true(effect.partial.evaluate(frame.variables), effect.partial)
    return Seen(frozenset(ids), free, partial)


async def _repair(interpreter: Interpreter, effect: Effect, scope: Mapping[str, Any], key: EffectKey) -> Seen:
    """Bring a half-finished effect back to absent, where the author says how."""
    if not effect.repair:
        raise InDoubt(
            f"{effect.id}: something half-finished stands in the application, and no repair is declared"
        )
    await _write(interpreter, effect, effect.repair, scope, {}, key)
    seen = await _look_after(interpreter, effect, scope, key)
    interpreter.run.unconfirmed = None
    return seen


async def _submit(
    interpreter: Interpreter,
    effect: Effect,
    scope: Mapping[str, Any],
    inputs: Mapping[str, Any],
    key: EffectKey,
    before: Seen,
) -> Record:
    run = interpreter.run
    await _write(interpreter, effect, effect.do, scope, inputs, key)
    after = await _look_after(interpreter, effect, scope, key)
    new = [match for match in after.free if str(match["id"]) not in before.ids]
    if len(new) != 1 or after.partial or not equal(effect, inputs, new[0]):
        what = f"{len(new)} new candidates" if len(new) != 1 else "something else"
        raise InDoubt(f"{effect.id}: after writing, {what} stand{'s' * (len(new) == 1)} in the application")
    await run.confirm.stored("confirm_effect", key, run.item, str(new[0]["id"]))
    run.unconfirmed = None
    run.effects.setdefault(key, EffectResult(effect.id, "written", inputs))
    return new[0]


async def _look_after(
    interpreter: Interpreter, effect: Effect, scope: Mapping[str, Any], key: EffectKey
) -> Seen:
    """Look right after writing; when that fails, look again later."""
    try:
        return await _look(interpreter, effect, scope, key)
    except HANDS_OFF:
        raise
    except Exception as error:
        raise Unsettled(effect.id, FIRST_LOOK) from error


async def _write(
    interpreter: Interpreter,
    effect: Effect,
    steps: Steps,
    scope: Mapping[str, Any],
    inputs: Mapping[str, Any],
    key: EffectKey,
) -> None:
    """Run writing steps under a permit. Once the intent is stored, a failure only means: look again."""
    run = interpreter.run

    async def guard() -> None:
        run.check_time(effect.span)
        await run.confirm.stored("submit_effect", key, run.item, plain(inputs))
        run.unconfirmed = effect.id

    run.permit = Permit(effect.writes, guard)
    try:
        await interpreter.body(steps, run.new_frame(scope, effect.application or ""))
    except HANDS_OFF:
        raise
    except Exception as error:
        if run.unconfirmed:
            raise Unsettled(effect.id, FIRST_LOOK) from error
        raise
    finally:
        run.permit = None
