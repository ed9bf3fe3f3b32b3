"""Which step is meant: by its place in the process, its file and line, its `id:` or its `name:`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from robotfabrik.model.errors import UsageError
from robotfabrik.model.process import (
    Effect,
    InvokeWorkflow,
    Once,
    Process,
    Step,
    Steps,
    Workflow,
    inner_steps,
)
from robotfabrik.model.suggest import did_you_mean

_LINE = re.compile(r"(?P<file>.+?):(?P<line>\d+)(:\d+)?")
_ITEM = re.compile(r"\s*-\s+")
_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a step in its file, from 1, both included."""

    first: int
    last: int


def find(process: Process, text: str, option: str) -> Step:
    """The one step that `text` means; UsageError with those that it may mean when it is none or several."""
    steps = list(every_step(process))
    found = _matching(steps, text)
    if len(found) == 1:
        return found[0]
    if found:
        listed = "\n".join(f"  {title(step)}" for step in found[:_SHOWN])
        more = "\n  …" if len(found) > _SHOWN else ""
        raise UsageError(f"{option} {text}: {len(found)} steps; name one by its place:\n{listed}{more}")
    raise UsageError(f"{option} {text}: {_unknown(steps, text)}")


def title(step: Step) -> str:
    """`process.2 "Open the case", pdd/orders.yaml:71`."""
    name = f' "{step.name}"' if step.name else ""
    return f"{step.index}{name}, {step.span.source.path}:{step.span.line}"


def every_step(process: Process) -> Iterator[Step]:
    """The steps that a run can come to, also those of workflows, effects and logins."""
    seen: set[int] = set()
    logins = [repository.login for repository in process.applications.values() if repository.login]
    for steps in process.sections:
        yield from _all(steps, seen)
    for login in logins:
        yield from _called(login, seen)


def _all(steps: Sequence[Step], seen: set[int]) -> Iterator[Step]:
    for step in steps:
        yield step
        yield from _all(inner_steps(step), seen)
        if isinstance(step, InvokeWorkflow):
            yield from _called(step.workflow, seen)
        elif isinstance(step, Once) and not step.inline:
            yield from _called(step.effect, seen)


def _called(what: Workflow | Effect, seen: set[int]) -> Iterator[Step]:
    """The steps of a workflow or effect, once, however often it is called."""
    if id(what) in seen:
        return
    seen.add(id(what))
    steps: Steps = what.steps if isinstance(what, Workflow) else (*what.verify, *what.repair, *what.do)
    yield from _all(steps, seen)


def _matching(steps: Sequence[Step], text: str) -> list[Step]:
    for exact in (
        [step for step in steps if step.index == text],
        [step for step in steps if step.id == text],
        _at_line(steps, text),
    ):
        if exact:
            return exact
    return [step for step in steps if step.name and step.name.casefold() == text.casefold()]


def _at_line(steps: Sequence[Step], text: str) -> list[Step]:
    """The innermost steps that stand in a line of a file."""
    place = _LINE.fullmatch(text)
    if place is None:
        return []
    line = int(place["line"])
    around = [
        (lines.first, step)
        for step in steps
        if _is_file(step, place["file"]) and (lines := lines_of(step)).first <= line <= lines.last
    ]
    innermost = max((first for first, _ in around), default=0)
    # In flow style several steps stand in one line.
    return [step for first, step in around if first == innermost]


def _is_file(step: Step, name: str) -> bool:
    wanted, path = PurePath(name).parts, PurePath(step.span.source.path).parts
    return path[-len(wanted) :] == wanted


def lines_of(step: Step) -> Lines:
    """Where a step begins (at its dash) and ends (before what is indented less)."""
    lines = step.span.source.text.splitlines()
    at = step.span.line
    before = lines[at - 1][: step.span.column - 1]
    if "{" in before or "[" in before:  # flow style
        return Lines(at, at)
    first = at
    if not _ITEM.match(lines[at - 1]):
        column = _indent(lines[at - 1])
        begins = (
            n for n in range(at - 1, 0, -1) if (item := _ITEM.match(lines[n - 1])) and item.end() == column
        )
        first = next(begins, at)
    last = at
    for number in range(at + 1, len(lines) + 1):
        if not lines[number - 1].strip():
            continue
        if _indent(lines[number - 1]) <= _indent(lines[first - 1]):
            break
        last = number
    return Lines(first, last)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _unknown(steps: Sequence[Step], text: str) -> str:
    place = _LINE.fullmatch(text)
    if place is None:
        names = [name for step in steps for name in (step.index, step.id, step.name) if name]
        how = f"Write its place, such as {names[0]}, its id, its name, or FILE:LINE."
        hint = did_you_mean(text, names) or how
        return f"there is no such step. {hint}"
    files = list(dict.fromkeys(step.span.source.path for step in steps))
    there = [step for step in steps if _is_file(step, place["file"])]
    if not there:
        hint = did_you_mean(place["file"], files)
        return f"no step of this process stands in such a file. {hint}".rstrip()
    nearest = sorted(there, key=lambda step: abs(step.span.line - int(place["line"])))[:3]
    return "no step stands in that line; nearest: " + "; ".join(title(step) for step in nearest)
