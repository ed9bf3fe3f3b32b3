"""Steps as numbered sentences. Who is named on the way (exceptions and rules) is remembered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from robotfabrik.documents.pdd.inventory import functions
from robotfabrik.documents.pdd.model import Part, Rich, StepRow, joined, plain, rich
from robotfabrik.documents.pdd.phrases import fill, readable
from robotfabrik.documents.pdd.sentences import files, sentence
from robotfabrik.documents.pdd.wording import Wording
from robotfabrik.model.process import (
    Assign,
    Break,
    Call,
    CheckAppState,
    ComposeText,
    Continue,
    Effect,
    Evaluable,
    EvaluateRule,
    ForEach,
    If,
    InvokeWorkflow,
    Once,
    Rethrow,
    Return,
    Sequence,
    Step,
    Steps,
    Switch,
    TargetRef,
    Throw,
    TimeoutScope,
    Try,
    UseExcelFile,
    While,
)  # fmt: skip
from robotfabrik.model.types import Type

Kind = Literal["item", "job", "workflow"]
"""What the steps are about: `return` and `throw` end one of these."""

Place = tuple[str, str]
"""A section of steps, and a step's number in it."""


@dataclass(slots=True)
class Mentions:
    """Where exceptions and rules are named: id → places, in reading order."""

    exceptions: dict[str, list[Place]] = field(default_factory=dict)
    rules: dict[str, list[Place]] = field(default_factory=dict)


class Teller:
    """Tells steps, one section of them after the other."""

    def __init__(self, wording: Wording) -> None:
        self.wording = wording
        self.words = wording.words
        self.mentions = Mentions()
        self._rows: list[StepRow] = []
        self._place, self._kind = "", "item"

    def steps(
        self, steps: Steps, place: str, kind: Kind, inputs: Mapping[str, Type] | None = None
    ) -> tuple[StepRow, ...]:
        """The rows of a section's steps; `place` names the section where a step is referred to."""
        self._rows, self._place, self._kind = [], place, kind
        with self.wording.labels.inside(inputs or {}):
            self._all(steps, "", 0)
        return tuple(self._rows)

    def effect(self, effect: Effect, place: str) -> tuple[StepRow, ...]:
        """The rows of an effect: look, take back what is half done, do."""
        self._rows, self._place, self._kind = [], place, "workflow"
        with self.wording.labels.inside(effect.inputs):
            self._effect(effect, "", 0)
        return tuple(self._rows)

    # --- rows

    def _all(self, steps: Steps, above: str, level: int, first: int = 1) -> int:
        """Rows for the steps; the number after the last."""
        for number, step in enumerate(steps, first):
            self._step(step, f"{above}{number}", level)
        return first + len(steps)

    def _branches(self, branches: Iterable[tuple[Rich | None, Steps]], above: str, level: int) -> None:
        """Branches below a step, each with its heading; their steps are counted through."""
        following = 1
        for heading, steps in branches:
            if heading is not None:
                text = rich(heading, ":" if steps else rich(": ", self.words("nothing"), "."))
                self._rows.append(StepRow("", level, "", _capital(text)))
            following = self._all(steps, f"{above}.", level, following)

    def _step(self, step: Step, number: str, level: int) -> None:
        labels = self.wording.labels
        labels.enter(step)
        text, details = self._text(step)
        block = self._inside(step)
        if step.when is not None:
            text = self._fill("when", condition=self.wording.condition(step.when), sentence=_small(text))
        if step.save_as and not isinstance(step, Throw | Return):
            text = rich(_capital(text), ". ", self._saved(step.save_as))
            text = rich(plain_end(text), ":") if block else text
        else:
            text = rich(_capital(text), ":" if block or details else ".")
        self._rows.append(
            StepRow(
                number,
                level,
                _sentence(step.name),
                text,
                details,
                self._where(step),
                self._remarks(step, number),
            )
        )
        self._branches(block, number, level + 1)
        labels.leave(step)

    def _saved(self, save_as: Any) -> Rich:
        names = [save_as] if isinstance(save_as, str) else list(save_as)
        shown = joined([self._term(name) for name in names], ", ", f" {self.words('and')} ")
        return self._fill("saved" if len(names) == 1 else "saved_many", name=shown)

    # --- sentences

    def _text(self, step: Step) -> tuple[Rich, tuple[Rich, ...]]:
        """What a step does, without its full stop, and lines below it."""
        wording, told = self.wording, self._fill
        match step:
            case Call():
                return sentence(step, wording)
            case Sequence():
                return told("sequence"), ()
            case If():
                return told("if", condition=wording.condition(step.branches[0][0])), ()
            case Switch():
                return told("switch", value=wording.value(step.value)), ()
            case ForEach():
                names = joined([self._term(name) for name in step.variables], ", ")
                text = self._walked(step.values, names)
                if step.where is not None:
                    text = rich(text, " ", told("only_where", condition=wording.condition(step.where)))
                if step.index_variable:
                    text = rich(text, ", ", told("counted", name=self._term(step.index_variable)))
                if step.max_iterations:
                    text = rich(text, ", ", told("at_most_times", n=str(step.max_iterations)))
                collected = [
                    told("collect", name=self._term(name), value=wording.expression(value))
                    for name, value in step.collect.items()
                ]
                return text, tuple(collected)
            case While():
                key = "while" if step.test_first else "do_while"
                return told(key, condition=wording.condition(step.condition), n=str(step.max_iterations)), ()
            case Try():
                return told("try"), ()
            case TimeoutScope():
                return told("timeout_scope", time=wording.duration(step.seconds)), ()
            case UseExcelFile():
                return told("use_excel_file", file=wording.value(step.file)), ()
            case CheckAppState():
                alone = step.appears is None and step.vanishes is None
                return told("wait_for" if alone else "look_for", target=wording.target(step.target)), ()
            case InvokeWorkflow():
                return rich(
                    told("invoke", workflow=self._term(step.workflow.id)), self._inputs(step.inputs)
                ), ()
            case EvaluateRule():
                return rich(
                    told("rule", rule=f"{step.decision.id} {step.decision.name}"), self._inputs(step.inputs)
                ), ()
            case ComposeText():
                return rich(told("text", text=self._term(step.text.id)), self._inputs(step.inputs)), ()
            case Throw():
                return told(f"throw_{self._kind}", exception=self._exception(step.exception)), ()
            case Rethrow():
                return told("rethrow"), ()
            case Return():
                text = told(f"return_{self._kind}")
                return (text if step.reason is None else rich(text, ": ", wording.value(step.reason))), ()
            case Break() | Continue():
                return told(type(step).__name__.lower()), ()
            case Assign(values=values) if len(values) == 1:
                ((name, value),) = values.items()
                return told("assign", name=self._term(name), value=wording.expression(value)), ()
            case Assign():
                lines = [rich(self._term(n), " = ", wording.expression(v)) for n, v in step.values.items()]
                return told("assign_many"), tuple(lines)
            case Once():
                known_by = joined([wording.expression(part) for part in step.key], ", ")
                lines = [rich(self._term(n), ": ", wording.value(v)) for n, v in step.inputs.items()]
                return told("write_once", effect=self._term(step.effect.id)), (
                    told("key", key=known_by),
                    *lines,
                )
            case _:
                return told("unknown_step", kind=readable(type(step).__name__)), ()

    def _walked(self, values: Evaluable | Call, names: Rich) -> Rich:
        """What a loop goes through: a list, or the files that an activity lists."""
        if not isinstance(values, Call):
            return self._fill("for_each", name=names, values=self.wording.expression(values))
        return rich(self._fill("for_each_file", name=names), " ", files(values, self.wording))

    def _inputs(self, inputs: Mapping[str, Any]) -> Rich:
        """`with household: …`; what is left empty, or passes on a variable of the same name, is not told."""
        nothing = rich(self.words("none"))
        values = {name: self.wording.value(value) for name, value in inputs.items()}
        shown = [
            rich(self._term(name), " = ", value)
            for name, value in values.items()
            if plain(value) != readable(name) and value != nothing
        ]
        return rich(" ", self._fill("with", values=joined(shown, ", "))) if shown else ()

    def _inside(self, step: Step) -> list[tuple[Rich | None, Steps]]:
        """The branches of a block: heading and steps."""
        wording, told = self.wording, self._fill
        match step:
            case Sequence() | ForEach() | While() | TimeoutScope() | UseExcelFile():
                return [(None, step.steps)]
            case If():
                found: list[tuple[Rich | None, Steps]] = [(None, step.branches[0][1])]
                found += [(told("else_if", condition=wording.condition(c)), s) for c, s in step.branches[1:]]
                return [*found, (told("otherwise"), step.otherwise)] if step.otherwise else found
            case Switch():
                found = [(told("case", value=wording.value(value)), steps) for value, steps in step.cases]
                return found if step.default is None else [*found, (told("default"), step.default)]
            case Try():
                caught = [(told("catch", exception=self._caught(id)), steps) for id, steps in step.catches]
                last: list[tuple[Rich | None, Steps]] = (
                    [(told("finally"), step.finally_)] if step.finally_ else []
                )
                return [(None, step.steps), *caught, *last]
            case CheckAppState():
                both = (("appears", step.appears), ("vanishes", step.vanishes))
                return [(told(key), steps) for key, steps in both if steps is not None]
            case Once(inline=True):
                return self._parts(step.effect)
        return []

    def _effect(self, effect: Effect, above: str, level: int) -> None:
        following = 1
        for heading, steps in self._parts(effect):
            assert heading is not None
            self._rows.append(StepRow("", level, "", rich(heading, ":")))
            following = self._all(steps, above, level, following)

    def _parts(self, effect: Effect) -> list[tuple[Rich | None, Steps]]:
        found: list[tuple[Rich | None, Steps]] = [(self._fill("verify"), effect.verify)]
        if effect.partial is not None:
            found.append(
                (self._fill("partial", condition=self.wording.condition(effect.partial)), effect.repair)
            )
        return [*found, (self._fill("do"), effect.do)]

    # --- beside the sentence

    def _where(self, step: Step) -> str:
        """Application and screen."""
        match step:
            case Call():
                targets = [value for value in step.arguments.values() if isinstance(value, TargetRef)]
            case CheckAppState():
                targets = [step.target]
            case InvokeWorkflow():
                repository = self.wording.process.applications.get(step.workflow.application or "")
                return repository.name if repository else ""
            case Once():
                repository = self.wording.process.applications.get(step.effect.application or "")
                return repository.name if repository else ""
            case _:
                return ""
        if not targets:
            return ""
        application, screen = self.wording.screen_of(targets[0].element)
        return f"{application}: {screen}" if screen else application

    def _remarks(self, step: Step, number: str) -> tuple[str, ...]:
        """Exceptions, rules and limits of a step; they are remembered with the step's place."""
        words, found = self.words, []
        place = (self._place, number)
        for key in ("if_missing", "if_unreadable", "if_present"):
            if id := getattr(step, key, None):
                self.mentions.exceptions.setdefault(id, []).append(place)
                found.append(words(key, id=id))
        match step:
            case Throw(exception=id):
                self.mentions.exceptions.setdefault(id, []).append(place)
                found.append(id)
            case Try():
                for id, _ in step.catches:
                    if id in self.wording.process.exceptions:
                        self.mentions.exceptions.setdefault(id, []).append(place)
            case EvaluateRule(decision=rule):
                self.mentions.rules.setdefault(rule.id, []).append(place)
                found.append(rule.id)
            case Call(activity="exclude_queue_item", arguments=arguments):
                id = str(getattr(arguments.get("exception"), "value", ""))
                if id in self.wording.process.exceptions:
                    self.mentions.exceptions.setdefault(id, []).append(place)
        for id in (id for function in functions(step) for id in function.throws):
            self.mentions.exceptions.setdefault(id, []).append(place)
            found.append(id)
        if step.rule:
            found.append(words("by_rule", id=step.rule))
        if step.retry:
            time = self.wording.duration(step.retry.interval)
            found.append(words("retry", n=step.retry.attempts, time=time))
        if step.timeout:
            found.append(words("timeout", time=self.wording.duration(step.timeout)))
        if step.continue_on_error:
            found.append(words("goes_on"))
        return tuple(found)

    def _exception(self, id: str) -> Rich:
        known = self.wording.process.exceptions.get(id)
        return rich(Part(id, "strong"), f" {known.name}" if known else "")

    def _caught(self, id: str) -> Rich:
        return rich(self.words(f"catch_{id}")) if id in ("business", "system") else self._exception(id)

    def _term(self, name: str) -> Rich:
        return rich(Part(readable(name.rpartition(".")[2]), "term"))

    def _fill(self, phrase: str, /, **values: Rich | str) -> Rich:
        return fill(self.words(phrase), values)


def _sentence(name: str | None) -> str:
    """A step's own name, with its full stop."""
    name = (name or "").strip()
    return name if not name or name[-1] in ".!?:…" else f"{name}."


def plain_end(text: Rich) -> Rich:
    """The text without its full stop."""
    last = text[-1]
    return (*text[:-1], Part(last.text.rstrip("."), last.style))


def _capital(text: Rich) -> Rich:
    return _first(text, str.upper)


def _small(text: Rich) -> Rich:
    return _first(text, str.lower)


def _first(text: Rich, change: Any) -> Rich:
    if not text or text[0].style != "plain":
        return text
    first = text[0].text
    return (Part(change(first[:1]) + first[1:]), *text[1:])
