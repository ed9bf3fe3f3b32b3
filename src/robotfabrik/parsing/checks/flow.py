"""The one walk: follows the steps as they run, knows the type of every variable, and asks every rule."""

from __future__ import annotations

import typing
from collections.abc import Iterable, Mapping, Sequence as ManySteps
from dataclasses import replace
from datetime import timedelta
from typing import Any

from robotfabrik.activities.api import Activity, Parameter
from robotfabrik.activities.catalogue import CATALOGUE
from robotfabrik.expressions import Environment, element_type, join_types
from robotfabrik.model.errors import Diagnostic
from robotfabrik.model.process import (
    Assign, Call, CheckAppState, ComposeText, Effect, EvaluateRule, ForEach, If, InvokeWorkflow, Once, Process,
    Return, Rule as Decision, Sequence, Step, Steps, Switch, TargetRef, Text, TimeoutScope, Try, While, Workflow,
)  # fmt: skip
from robotfabrik.model.source import Span
from robotfabrik.model.suggest import did_you_mean
from robotfabrik.model.types import (
    ANY, BOOLEAN, DATE, NONE, TEXT, Type, accepts, list_of, record_of,
)  # fmt: skip
from robotfabrik.parsing.checks.place import Place, Report, Rule
from robotfabrik.parsing.steps import parameter_type

__all__ = ["Flow", "Report"]

JOB = record_of({
    "id": TEXT, "date": DATE, "period": TEXT, "period_start": DATE, "robot": TEXT, "user": TEXT,
    "items": list_of(ANY),
})  # fmt: skip
ERROR = record_of({"id": TEXT.or_none(), "message": TEXT})
Types = dict[str, Type]


class Flow:
    """Walks definitions. `report` hears of everything; `rules` are asked of every step."""

    def __init__(self, report: Report, rules: Iterable[Rule], process: Process | None = None) -> None:
        self.report = report
        self.rules = tuple(rules)
        self._process = process
        self.inline_effects: list[Effect] = []

    # --- definitions

    def definitions(self, workflows: Iterable[Workflow], effects: Iterable[Effect]) -> None:
        """Workflows and effects, each with nothing around it but its inputs."""
        for workflow in workflows:
            types = self.builtins(item=self._process is not None) | dict(workflow.inputs)
            self.steps(workflow.steps, types, Place(self._process, "workflow"))
            for name, wanted in workflow.outputs.items():
                given = types.get(name)
                if given is None:
                    self._error(workflow.span, f"{workflow.id} never sets its output '{name}'", "output", did_you_mean(name, types))
                elif not accepts(wanted.or_none(), given):
                    self._error(workflow.span, f"{workflow.id}: output '{name}' is {given}, but {wanted} is declared", "wrong-type")
        for effect in effects:
            self._effect(effect, self.builtins(item=False) | dict(effect.inputs))

    def process(self) -> None:
        """The sections of a PDD, its rules, texts and report."""
        process = self._process
        assert process is not None
        self.steps(process.dispatch, self.builtins(item=False), Place(process, "dispatch"))
        types = self.builtins(item=True)
        self.steps(process.process, types, Place(process, "process"))
        self.steps(process.finish, self.builtins(item=False), Place(process, "finish"))
        for rule in process.rules.values():
            self._decision(rule)
        for text in process.texts.values():
            self._text(text)
        if process.queue is not None:
            env = Environment(self.builtins(item=True), self.report)
            for part in (*process.queue.reference, *filter(None, (process.queue.lock,))):
                part.check(env)  # type: ignore[attr-defined]
        result = record_of({"outcome": TEXT, "rules": list_of(TEXT)})
        known = {**self.everything_assigned(process.process), **types, "result": result}
        for value in process.report.columns.values():
            value.check(Environment(known, self.report))  # type: ignore[attr-defined]

    def everything_assigned(self, steps: Steps) -> Types:
        """Variables that exist somewhere in the steps: a report column over an unset one is an empty cell."""
        return dict.fromkeys(assigned(steps), ANY)

    def builtins(self, *, item: bool) -> Types:
        """What is always there."""
        types: Types = {"job": JOB, "config": ANY}
        if self._process is not None:
            types["config"] = record_of({s.name: s.type for s in self._process.config.values()})
            if item:
                fields = dict(self._process.queue.item) if self._process.queue else {}
                types["item"] = record_of({**fields, "reference": TEXT})
        return types

    def _decision(self, rule: Decision) -> None:
        types = self.builtins(item=True) | dict(rule.inputs)
        env = Environment(types, self.report)
        for row in rule.rows:
            for cell in row.conditions:
                if cell.condition is not None:
                    cell.condition.check_boolean(env)  # type: ignore[attr-defined]
            for name, value in row.outputs.items():
                self._fits(value, rule.outputs[name].or_none(), types, f"output '{name}' of {rule.id}")

    def _text(self, text: Text) -> None:
        env = Environment(self.builtins(item=True) | dict(text.inputs), self.report)
        if text.rubrik is not None:
            text.rubrik.check(env)  # type: ignore[attr-defined]
        for sentence in (sentence for paragraph in text.paragraphs for sentence in paragraph):
            if sentence.when is not None:
                sentence.when.check_boolean(env)  # type: ignore[attr-defined]
            sentence.text.check(env)  # type: ignore[attr-defined]

    def _effect(self, effect: Effect, types: Types) -> None:
        place = Place(self._process, "effect")
        seen = dict(types)
        self.steps(effect.verify, seen, replace(place, verifying=effect))
        if effect.partial is not None:
            effect.partial.check_boolean(Environment(seen, self.report))  # type: ignore[attr-defined]
        self.steps(effect.repair, dict(types), replace(place, writing=effect))
        self.steps(effect.do, dict(types), replace(place, writing=effect))
        matches = seen.get("matches")
        if matches is None:
            self._error(effect.span, f"the verify of {effect.id} must save a table 'matches'", "verify",
                        "save_as: matches, or collect: {matches: record(id=…, …)}")  # fmt: skip
            return
        row = element_type(matches)
        for column in ("id", *(name for name in effect.inputs if name not in effect.unverified)):
            if row.name == "record" and row.fields and row.field(column) is None:
                self._error(effect.span, f"'matches' of {effect.id} has no column '{column}'", "verify",
                            f"read it in verify, or say unverified: [{column}] when no screen shows it")  # fmt: skip

    # --- steps

    def steps(self, steps: ManySteps[Step], types: Types, place: Place) -> None:
        """Follow steps in order; `types` is changed as they set variables."""
        for step in steps:
            if step.when is not None:
                self._condition(step.when, types)
            for rule in self.rules:
                rule(step, types, place, self.report)
            result = self._step(step, types, place)
            self._save(step, result, types)

    def _save(self, step: Step, result: Type, types: Types) -> None:
        names = step.save_as
        skippable = step.when is not None or step.continue_on_error
        if isinstance(names, str):
            types[names] = result.or_none() if skippable and result != ANY else result
        elif names is not None:
            for mine, output in names.items():
                found = result.field(output) or ANY
                types[mine] = found.or_none() if skippable and found != ANY else found
        elif step.when is not None and isinstance(step, Assign):
            for name in step.values:
                types[name] = types[name].or_none()

    def _step(self, step: Step, types: Types, place: Place) -> Type:
        match step:
            case Call():
                return self._call(step, types, place)
            case Sequence() | TimeoutScope():
                self.steps(step.steps, types, place)
            case If():
                for condition, _ in step.branches:
                    self._condition(condition, types)
                self._branches([steps for _, steps in step.branches] + [step.otherwise], types, place)
            case Switch():
                self._check(step.value, types)
                self._branches([steps for _, steps in step.cases] + [step.default or ()], types, place)
            case ForEach():
                self._for_each(step, types, place)
            case While():
                self._while(step, types, place)
            case Try():
                self._try(step, types, place)
            case CheckAppState():
                self._target(step.target, types)
                self._branches([step.appears or (), step.vanishes or ()], types, place)
            case InvokeWorkflow(workflow=workflow):
                self._inputs(step.inputs, workflow.inputs, types, workflow.id)
                return record_of(workflow.outputs)
            case EvaluateRule(decision=rule):
                self._inputs(step.inputs, rule.inputs, types, f"rule {rule.id}")
                return _outputs(rule)
            case ComposeText(text=text):
                self._inputs(step.inputs, text.inputs, types, f"text {text.id}")
                return record_of({"rubrik": TEXT, "text": TEXT})
            case Return(reason=reason):
                if reason is not None:
                    self._check(reason, types)
            case Assign():
                for name, value in step.values.items():
                    types[name] = self._check(value, types)
            case Once():
                return self._once(step, types, place)
        return NONE

    def _branches(self, branches: list[Steps], types: Types, place: Place) -> None:
        """Each branch from the same start; what only some of them set may be none afterwards."""
        ends: list[Types] = []
        for steps in branches:
            end = dict(types)
            self.steps(steps, end, place)
            if not _leaves(steps):
                ends.append(end)
        if not ends:
            return
        for name in {name for end in ends for name in end}:
            found = [end[name] for end in ends if name in end]
            joined = found[0]
            for other in found[1:]:
                joined = join_types(joined, other)
            types[name] = joined if len(found) == len(ends) or joined == ANY else joined.or_none()

    def _for_each(self, step: ForEach, types: Types, place: Place) -> None:
        element = element_type(self._check(step.values, types))
        inner = dict(types)
        if len(step.variables) == 1:
            inner[step.variables[0]] = element
        else:
            for number, name in enumerate(step.variables):
                inner[name] = _part(element, number)
        if step.index_variable:
            inner[step.index_variable] = Type("integer")
        if step.where is not None:
            self._condition(step.where, inner)
        self.steps(step.steps, inner, replace(place, loop=True))
        collected = {name: list_of(self._check(value, inner)) for name, value in step.collect.items()}
        self._after_loop(types, inner)
        types.update(collected)

    def _while(self, step: While, types: Types, place: Place) -> None:
        inner = dict(types)
        if step.test_first:
            self._condition(step.condition, inner)
        self.steps(step.steps, inner, replace(place, loop=True))
        if not step.test_first:
            self._condition(step.condition, inner)
        self._after_loop(types, inner)

    def _after_loop(self, types: Types, inner: Types) -> None:
        """Loop variables live one turn; outer ones may have changed."""
        for name in types:
            types[name] = join_types(types[name], inner[name])

    def _try(self, step: Try, types: Types, place: Place) -> None:
        body = dict(types)
        self.steps(step.steps, body, place)
        ends = [body]
        for _, steps in step.catches:
            caught = {**_maybe(body, types), "error": ERROR}
            self.steps(steps, caught, replace(place, catch=True))
            if not _leaves(steps):
                ends.append(caught)
        for name in {name for end in ends for name in end}:
            found = [end[name] for end in ends if name in end]
            joined = found[0]
            for other in found[1:]:
                joined = join_types(joined, other)
            types[name] = joined if len(found) == len(ends) or joined == ANY else joined.or_none()
        self.steps(step.finally_, dict(_maybe(types, types)), place)

    # --- activities

    def _call(self, step: Call, types: Types, place: Place) -> Type:
        activity = CATALOGUE[step.activity]
        for name, argument in step.arguments.items():
            self._argument(activity, activity.parameters[name], argument, types, place)
        if activity.result_type is not None:
            return activity.result_type(step.arguments)
        return parameter_type(Parameter("", activity.returns, False, None)) if activity.returns not in (None, type(None)) else NONE

    def _argument(self, activity: Activity, parameter: Parameter, argument: Any, types: Types, place: Place) -> None:
        what = f"argument '{parameter.name}' of {activity.name}"
        if isinstance(argument, TargetRef):
            self._target(argument, types)
        elif isinstance(argument, tuple):
            for target, value in argument:
                self._target(target, types)
                self._check(value, types)
        elif isinstance(argument, Mapping):
            self._queue_item(argument, types, place)
        elif _metadata(parameter) == "secret":
            given = self._check(argument, types)
            if given.name not in ("secret", "any"):
                self._error(argument.span, f"{what} must be a secret, such as ${{{{ credential.password }}}}", "wrong-type")
        elif parameter.annotation is bool:
            self._condition(argument, types)
        else:
            self._fits(argument, parameter_type(parameter), types, what)

    def _queue_item(self, fields: Mapping[str, Any], types: Types, place: Place) -> None:
        queue = place.process.queue if place.process else None
        for name, value in fields.items():
            if value is None:
                continue
            if queue is None or name not in queue.item:
                known = queue.item if queue else {}
                self._error(value.span, f"the queue's items have no field '{name}'", "unknown-field", did_you_mean(name, known))
            else:
                self._fits(value, queue.item[name], types, f"field '{name}' of the item")
        for name, type_ in (queue.item if queue else {}).items():
            if name not in fields and not type_.optional:
                span = next((v.span for v in fields.values() if v is not None), queue.span if queue else None)
                if span is not None:
                    self._error(span, f"the item needs its field '{name}' ({type_})", "missing-argument")

    def _target(self, target: TargetRef, types: Types) -> None:
        for value in target.parameters.values():
            self._check(value, types)
        by = target.row.by if target.row else None
        if isinstance(by, Mapping):
            columns = {column.name: column.type for column in getattr(target.element, "table", None).columns}  # type: ignore[union-attr]
            for name, value in by.items():
                self._fits(value, columns[name], types, f"column '{name}'")

    def _once(self, step: Once, types: Types, place: Place) -> Type:
        for part in step.key:
            self._check(part, types)
        self._inputs(step.inputs, step.effect.inputs, types, step.effect.id)
        if step.inline:
            given = {name: self._check(value, types) for name, value in step.inputs.items()}
            self._effect(step.effect, {**types, **given})
            self.inline_effects.append(step.effect)
        return record_of({"id": TEXT, **step.effect.inputs}).or_none()

    def _inputs(self, given: Mapping[str, Any], wanted: Mapping[str, Type], types: Types, what: str) -> None:
        for name, value in given.items():
            self._fits(value, wanted.get(name, ANY), types, f"input '{name}' of {what}")

    # --- values

    def _check(self, value: Any, types: Types) -> Type:
        found: Type = value.check(Environment(types, self.report))
        return found

    def _condition(self, value: Any, types: Types) -> None:
        if hasattr(value, "check_boolean"):
            value.check_boolean(Environment(types, self.report))

    def _fits(self, value: Any, wanted: Type, types: Types, what: str) -> None:
        given = self._check(value, types)
        # an optional value may be given where none is not: it fails, named, when it is none
        if not accepts(wanted.or_none(), given):
            self._error(value.span, f"{what} must be {wanted}, not {given}", "wrong-type")

    def _error(self, span: Span, message: str, rule: str, suggestion: str | None = None) -> None:
        self.report(Diagnostic(span, message, rule, suggestion or None))


def assigned(steps: Steps) -> set[str]:
    """Every variable that steps may set, at any depth outside loops' turns."""
    names: set[str] = set()
    for step in steps:
        if isinstance(step.save_as, str):
            names.add(step.save_as)
        elif step.save_as is not None:
            names.update(step.save_as)
        match step:
            case Assign():
                names.update(step.values)
            case ForEach():
                names.update(step.collect)
        for inner in _inner(step):
            names |= assigned(inner)
    return names


def _inner(step: Step) -> tuple[Steps, ...]:
    match step:
        case Sequence() | TimeoutScope():
            return (step.steps,)
        case If():
            return (*(steps for _, steps in step.branches), step.otherwise)
        case Switch():
            return (*(steps for _, steps in step.cases), step.default or ())
        case Try():
            return (step.steps, *(steps for _, steps in step.catches), step.finally_)
        case CheckAppState():
            return (step.appears or (), step.vanishes or ())
    return ()


def _leaves(steps: Steps) -> bool:
    """Do steps never reach their end (throw, return, break, continue)?"""
    return bool(steps) and steps[-1].when is None and type(steps[-1]).__name__ in ("Throw", "Rethrow", "Return", "Break", "Continue")


def _maybe(after: Types, before: Types) -> Types:
    """Types after steps that may have stopped half-way."""
    return {name: t if name in before or t == ANY else t.or_none() for name, t in after.items()}


def _outputs(rule: Decision) -> Type:
    nothing = rule.otherwise == "none"
    if rule.hit_policy == "collect":
        return record_of({name: list_of(type_) for name, type_ in rule.outputs.items()})
    dashes = {name for row in rule.rows for name, value in row.outputs.items() if getattr(value, "value", "") is None}
    return record_of({n: t.or_none() if nothing or n in dashes else t for n, t in rule.outputs.items()})


def _part(element: Type, number: int) -> Type:
    """The type of one of several loop variables."""
    return element.of or ANY if element.name == "list" else ANY


def _metadata(parameter: Parameter) -> str:
    found = typing.get_args(parameter.annotation)[1:] if typing.get_origin(parameter.annotation) is typing.Annotated else ()
    return str(found[0]) if found else ""


