"""What the steps and expressions of a PDD or repository use, for the rules on what is unused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from robotfabrik.expressions import Constant, fields_of, names_of
from robotfabrik.model.process import (
    Call,
    Effect,
    Evaluable,
    Function,
    Once,
    Process,
    Repository,
    Rule,
    Screen,
    Step,
    Table,
    TargetRef,
    Text,
    Throw,
    Try,
    Workflow,
)  # fmt: skip
from robotfabrik.model.source import Span
from robotfabrik.parsing.checks.parts import parts

Where = tuple[str, int, int]


def where(span: Span) -> Where:
    """A definition's place: the same whatever an application is called in a PDD."""
    return span.source.path, span.line, span.column


def inheriting(process: Process) -> Process:
    """A PDD with what it uses of the exceptions and texts that its repositories hold for all robots."""
    usage = Usage().process(process)
    meant = usage.exceptions | usage.caught | {*process.reading.values()}
    exceptions = {
        id: known
        for id, known in process.exceptions.items()
        if process.declares(known) or usage.any_exception or id in meant
    }
    texts = {
        id: text
        for id, text in process.texts.items()
        if process.declares(text) or where(text.span) in usage.places
    }
    return replace(process, exceptions=exceptions, texts=texts)


@dataclass(slots=True)
class Usage:
    """Definitions by their place; fields, settings and exceptions by their name."""

    places: set[Where] = field(default_factory=set)
    fields: set[str] = field(default_factory=set)
    """Fields of any record, and every plain word that may name one."""
    settings: set[str] = field(default_factory=set)
    whole_config: bool = False
    exceptions: set[str] = field(default_factory=set)
    caught: set[str] = field(default_factory=set)
    any_exception: bool = False
    """Somewhere an expression says which exception is meant."""
    _followed: set[int] = field(default_factory=set)

    def add(self, other: Usage) -> None:
        """What the other uses too."""
        self.places |= other.places
        self.fields |= other.fields
        self.exceptions |= other.exceptions
        self.any_exception |= other.any_exception

    def process(self, process: Process) -> Usage:
        """A PDD: its sections, workflows, rules, texts, queue and report, and whatever they lead to."""
        for steps in process.sections:
            self.steps(steps)
        for workflow in process.workflows.values():
            self._follow(workflow)
        for rule in process.rules.values():
            self._follow(rule)
        for text in process.texts.values():
            self._follow(text)
        if process.queue is not None:
            self._values(process.queue.expressions)
        self._values(process.report.expressions)
        for repository in process.applications.values():
            self._login(repository)
        return self

    def repository(self, repository: Repository) -> Usage:
        """A repository: what its own workflows and effects use."""
        for workflow in repository.workflows.values():
            self._follow(workflow)
        for effect in repository.effects.values():
            self._follow(effect)
        self._login(repository)
        return self

    def _login(self, repository: Repository) -> None:
        self.places.update(where(element.span) for element in (*repository.unknown, *repository.notices))
        if repository.login is not None:
            self.places.add(where(repository.login.span))
            self._follow(repository.login)

    def steps(self, steps: Iterable[Step], inside: object = None) -> None:
        """Steps, and what they invoke; a workflow that only invokes itself is not used."""
        for step in steps:
            self._ids(step)
            for part in parts(step):
                match part:
                    case Step():
                        self.steps((part,), inside)
                    case TargetRef():
                        self._target(part)
                    case Workflow() | Effect() | Rule() | Text():
                        if part is not inside:
                            self.places.add(where(part.span))
                        self._follow(part)
                    case _:
                        self._values((part,))

    def _ids(self, step: Step) -> None:
        named = [step.if_missing, step.if_unreadable]
        match step:
            case Throw():
                named.append(step.exception)
            case Try():
                self.caught.update(id for id, _ in step.catches)
            case Once():
                named.append(step.if_present)
            case Call(activity="exclude_queue_item"):
                given = step.arguments.get("exception")
                if isinstance(given, Constant):
                    named.append(str(given.value))
                else:
                    self.any_exception = True
            case Call(arguments={"function": Constant(value=Function() as function)}):
                named.extend(function.throws)
        self.exceptions.update(filter(None, named))

    def _target(self, target: TargetRef) -> None:
        element = target.element
        self.places.add(where(element.span))
        if not isinstance(element, Screen | Table) and element.table is not None:
            self.places.add(where(element.table.span))
        if target.row is not None and not isinstance(target.row.by, str):
            self.fields.update(target.row.by)
            self._values(target.row.by.values())
        self._values(target.parameters.values())

    def _follow(self, definition: Workflow | Effect | Rule | Text) -> None:
        if id(definition) in self._followed:
            return
        self._followed.add(id(definition))
        match definition:
            case Workflow():
                self.steps(definition.steps, definition)
            case Effect():
                self.fields.update(("id", *definition.inputs))
                self.steps((*definition.verify, *definition.repair, *definition.do), definition)
                self._values((definition.partial,))
                if definition.retract is not None:
                    self._values(definition.retract.inputs.values())
                    self._follow(definition.retract.effect)
            case Rule():
                for row in definition.rows:
                    self._values(cell.condition for cell in row.conditions)
                    self._values(row.outputs.values())
                if not isinstance(definition.otherwise, str | None):
                    self._values(definition.otherwise.values())
            case Text():
                self._values((definition.rubrik,))
                for sentence in (s for paragraph in definition.paragraphs for s in paragraph):
                    self._values((sentence.text, sentence.when))

    def _values(self, values: Iterable[Evaluable | None]) -> None:
        for value in values:
            if isinstance(value, Constant):
                self._word(value.value)
            elif value is not None:
                self._names(value)

    def _names(self, value: Evaluable) -> None:
        found = fields_of(value)
        self.fields.update(name.rpartition(".")[2] for name in found)
        settings = {name.removeprefix("config.") for name in found if name.startswith("config.")}
        self.settings |= settings
        if "config" in names_of(value) and not settings:
            self.whole_config = True

    def _word(self, text: object) -> None:
        """Plain words given to an activity may be names of columns."""
        if isinstance(text, tuple):
            self.fields.update(name for name in text if isinstance(name, str))
        if isinstance(text, str):
            self.fields.update(part.strip() for part in text.split(",") if part.strip().isidentifier())
