"""What a person sees of a step: its lines, its arguments with their values, its variables. Masked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from robotfabrik.debugger.places import lines_of
from robotfabrik.engine.execution import Frame
from robotfabrik.engine.interpreter import bind, resolve
from robotfabrik.model.errors import EvaluationError, RobotError
from robotfabrik.model.masking import MASK
from robotfabrik.model.process import (
    Assign,
    Call,
    CheckAppState,
    ComposeText,
    Evaluable,
    EvaluateRule,
    ForEach,
    If,
    InvokeWorkflow,
    Once,
    Return,
    Screen,
    Step,
    Switch,
    Target,
    TargetRef,
    UseExcelFile,
    While,
)  # fmt: skip
from robotfabrik.model.values import UNKNOWN, Credential, Secret
from robotfabrik.parsing.diagnostics import snippet

Mask = Callable[[str], str]

_ROOM = 100  # characters of a value in a list of several
_FEW = 3  # elements of a list that are shown in one line
_MANY = 40  # elements of a list that are shown one a line
_HEAD = 6  # lines of a step that are shown when it is come to


# --- values


def value(given: Any, mask: Mask, room: int | None = _ROOM) -> str:
    """A value in one line, as the language writes it, cut to `room` characters; private parts are masked."""
    text = mask(_plain(given, mask, room))
    return text if room is None or len(text) <= room else f"{text[: room - 1]}…"


def _plain(given: Any, mask: Mask, room: int | None) -> str:
    match given:
        case None:
            return "none"
        case bool():
            return "true" if given else "false"
        case str():
            # Masked before it is cut or quoted: a part of a private value would not be known as one.
            return "'" + mask(given).replace("\\", "\\\\").replace("\n", "\\n").replace("'", "\\'") + "'"
        case Secret() | Credential():
            return "***"
        case timedelta():
            return f"{given.total_seconds():g}s"
        case Target():
            row = f", row {_plain(given.row, mask, room)}" if given.row else ""
            return f"{given.id}{row}"
        case Mapping():
            inside = ", ".join(f"{_key(name)}: {_plain(part, mask, room)}" for name, part in given.items())
            return f"{{{inside}}}"
        case tuple() | list():
            few = given if room is None else given[:_FEW]
            more = [f"… {len(given)} in all"] if len(given) > len(few) else []
            return f"[{', '.join([*(_plain(part, mask, room) for part in few), *more])}]"
        case _ if given is UNKNOWN:
            return "unknown"
        case _ if callable(given):
            return "a function"
    return mask(str(given))


def _key(name: Any) -> str:
    return name.id if isinstance(name, Target) else str(name)


def whole(given: Any, mask: Mask) -> list[str]:
    """A value in as many lines as it needs: a field or an element a line."""
    if isinstance(given, Mapping):
        return [f"  {_key(name)}: {value(part, mask)}" for name, part in given.items()] or ["  {}"]
    if isinstance(given, tuple | list) and given:
        lines = [f"  [{number}] {value(part, mask)}" for number, part in enumerate(given[:_MANY])]
        return [*lines, f"  … {len(given)} in all"] if len(given) > _MANY else lines
    return [f"  {value(given, mask, None)}"]


def variables(frame: Frame, builtins: Iterable[str], mask: Mask) -> list[str]:
    """The variables of a frame; what is always there is only named."""
    always = [name for name in builtins if not callable(frame.variables.get(name))]
    own = {name: part for name, part in frame.variables.items() if name not in builtins}
    lines = [f"  {name} = {value(part, mask)}" for name, part in own.items()]
    return [*(lines or ["  no variables are set"]), f"  always there: {', '.join(always)}"]


# --- a step


def source(step: Step, around: int | None = None) -> list[str]:
    """The lines of a step with a caret below its activity; `around`: so many lines on both sides of it."""
    span, every = step.span, step.span.source.text.splitlines()
    if around is None:
        lines = lines_of(step)
        first, last = lines.first, min(lines.last, max(span.line, lines.first + _HEAD - 1))
    else:
        first, last = max(1, span.line - around), min(len(every), span.line + around)
    shown = []
    for number in range(first, last + 1):
        marked = number == span.line
        text, caret = snippet(every[number - 1], span.column if marked else 1, span.length)
        shown.append(f"{number:>5} | {text}".rstrip())
        if marked:
            shown.append(f"      | {caret}")
    return shown


def arguments(step: Step, frame: Frame, mask: Mask) -> list[str]:
    """`name = value` for what a step is given, as it would be if it ran now; of a private step only names."""
    lines = []
    for name, part in _parts(step, frame):
        try:
            given = part()
            text = MASK if step.private else value(given, mask)
        except RobotError as error:
            text = f"cannot be worked out: {mask(str(error))}"
        lines.append(f"  {name} = {text}")
    return lines


def target(step: Step, frame: Frame) -> Target | None:
    """The first element or table that a step acts on or reads, if it can be said now."""
    try:
        if isinstance(step, CheckAppState):
            return bind(step.target, frame.variables)
        for part in step.arguments.values() if isinstance(step, Call) else ():
            found = _first_target(resolve(part, frame.variables))
            if found is not None:
                return found
    except RobotError:
        pass
    return None


def _first_target(given: Any) -> Target | None:
    if isinstance(given, Target) and not isinstance(given.element, Screen):
        return given
    if isinstance(given, tuple | list):
        return next((found for part in given if (found := _first_target(part))), None)
    return None


def _parts(step: Step, frame: Frame) -> Iterator[tuple[str, Callable[[], Any]]]:
    """The named values that decide what a step does. Each is worked out when it is asked for."""
    scope = frame.variables

    def evaluated(parts: Mapping[str, Any]) -> Iterator[tuple[str, Callable[[], Any]]]:
        for name, part in parts.items():
            yield name, partial(resolve, part, scope)
            if isinstance(part, TargetRef):
                yield from evaluated({f"{name}.{own}": given for own, given in part.parameters.items()})

    if step.when is not None:
        yield from evaluated({"when": step.when})
    match step:
        case Call():
            yield from evaluated(step.arguments)
        case CheckAppState():
            yield from evaluated({"element": step.target})
        case InvokeWorkflow() | ComposeText() | EvaluateRule():
            yield from evaluated(step.inputs)
        case Once():
            yield from evaluated({"key": step.key, **step.inputs})
        case If():
            yield from evaluated({f"condition {n}": c for n, (c, _) in enumerate(step.branches, 1)})
        case Switch():
            yield from evaluated({"value": step.value})
        case ForEach(values=Call() as call):
            yield from evaluated(call.arguments)
        case UseExcelFile():
            yield from evaluated({"file": step.file})
        case ForEach():
            yield from evaluated({"values": step.values})
        case While():
            yield from evaluated({"condition": step.condition})
        case Return() if step.reason is not None:
            yield from evaluated({"reason": step.reason})
        case Assign():
            # In order: a later one may use an earlier one.
            scope = dict(scope)
            for name, part in step.values.items():
                yield name, partial(_assign, scope, name, part)


def _assign(scope: dict[str, Any], name: str, part: Evaluable) -> Any:
    scope[name] = part.evaluate(scope)
    return scope[name]


def place_of_error(error: Exception) -> str:
    """Where in an expression it went wrong, with the line and a caret; empty when nothing is known."""
    span = error.span if isinstance(error, EvaluationError) else None
    if span is None:
        return ""
    text, caret = snippet(span.source.line(span.line), span.column, span.length)
    return f"{span.line:>5} | {text}\n      | {caret}"
