"""Taking back: a process whose items are the effects of an earlier job.

The PDD's `retract` leads to the place, the effect's `retract` says what is written there. That is an effect
of its own, whose key is the one that it takes back: it happens once, whatever crashes, and however often a
person asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from robotfabrik.engine.items import from_store, plain
from robotfabrik.model.process import Effect, Evaluable, Once, Process, Report, Retraction, Scope, all_steps
from robotfabrik.model.source import Span
from robotfabrik.model.values import Record

TAKEN_BACK: Final = "@retract"
"""The field of an item that says which effect it takes back; no author can name it."""
FOLLOW_UP: Final = (
    "Läs rättelsen i ärendet: det som roboten skrev tidigare gäller inte",
    "Bedöm om något har gjorts utifrån det som inte gäller",
)
"""What those do who get the report, instead of what the PDD says about findings."""


def told(
    effect: str, content: Mapping[str, Any], hash: str, id: str, on: date, reason: str
) -> dict[str, Any]:
    """What an item says of the effect that it takes back, as JSON."""
    return {
        "effect": effect, "content": plain(content), "hash": hash, "id": id, "date": on.isoformat(),
        "reason": reason,
    }  # fmt: skip


def retractable(process: Process) -> dict[str, Effect]:
    """The effects that the process can take back, by id; none when it does not say how to get there."""
    if not process.retract:
        return {}
    effects = [effect for app in process.applications.values() for effect in app.effects.values()]
    written = (*process.sections, *(workflow.steps for workflow in process.workflows.values()))
    for step in (step for steps in written for step in all_steps(steps)):
        if isinstance(step, Once) and step.effect.application is None:  # the PDD's own
            effects.append(step.effect)
    return {effect.id: effect for effect in effects if effect.retract is not None}


def retracting(process: Process) -> Process:
    """The process that takes back what `process` wrote."""
    steps = tuple(_step(effect, effect.retract) for effect in retractable(process).values() if effect.retract)
    report = process.report
    columns: dict[str, Evaluable] = {name: value for name, value in report.columns.items() if _of_item(value)}
    columns |= {
        "Skrevs": _Told(process.span, lambda scope: scope["retracted"]["date"]),
        "Gäller inte": _Told(process.span, lambda scope: _shown(scope[TAKEN_BACK]["content"])),
        "Orsak": _Told(process.span, lambda scope: scope["retracted"]["reason"]),
    }
    lists = {name: tuple(c for c in shown if c in columns) for name, shown in report.lists.items()}
    per = report.per if report.per in columns else None
    return replace(
        process, dispatch=(), process=(*process.retract, *steps), finish=(), outage=(),
        report=Report(columns, lists, per), document={**process.document, "follow_up": FOLLOW_UP},
    )  # fmt: skip


def _shown(content: Mapping[str, Any]) -> str:
    """What was written, as one text."""
    return "\n".join(str(value) for value in content.values() if value not in (None, ""))


def _of_item(value: Evaluable) -> bool:
    """Does a column show the item alone? What its execution would have found is not there."""
    from robotfabrik.expressions import names_of

    return names_of(value) <= {"item", "job", "config"}


def _step(effect: Effect, retraction: Retraction) -> Once:
    span = retraction.span
    return Once(
        span=span, index=f"retract.{effect.id}",
        when=_Told(span, lambda scope: scope[TAKEN_BACK]["effect"] == effect.id),
        effect=retraction.effect,
        key=(_Told(span, lambda scope: scope[TAKEN_BACK]["hash"]),),
        inputs={name: _Input(value, effect) for name, value in retraction.inputs.items()},
    )  # fmt: skip


def scope_of(taken_back: Mapping[str, Any]) -> dict[str, Any]:
    """What steps see of what is taken back: `retracted`, and what only the engine looks at."""
    retracted = Record(
        id=taken_back["id"], date=date.fromisoformat(taken_back["date"]), reason=taken_back["reason"]
    )
    return {"retracted": retracted, TAKEN_BACK: taken_back}


def private(fields: Mapping[str, Any]) -> list[Any]:
    """What of an item no log may show; the names of effects and files are no one's."""
    taken_back = fields.get(TAKEN_BACK, {})
    own = [value for name, value in fields.items() if name != TAKEN_BACK]
    return [*own, *(taken_back[name] for name in ("content", "id", "reason") if name in taken_back)]


@dataclass(frozen=True, slots=True)
class _Told:
    """What the item says of what it takes back."""

    span: Span
    ask: Callable[[Scope], Any]

    def evaluate(self, scope: Scope) -> Any:
        return self.ask(scope)


@dataclass(frozen=True, slots=True)
class _Input:
    """An input of what takes back: it sees the inputs of what was written."""

    value: Evaluable
    effect: Effect

    @property
    def span(self) -> Span:
        return self.value.span

    def evaluate(self, scope: Scope) -> Any:
        content = from_store(self.effect.inputs, scope[TAKEN_BACK]["content"])
        return self.value.evaluate({**scope, **content})
