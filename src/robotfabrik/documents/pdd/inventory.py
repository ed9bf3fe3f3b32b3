"""What a process reads and writes, screen by screen, as its steps say it themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from robotfabrik.model.process import (
    Call,
    Effect,
    Element,
    ForEach,
    Function,
    InvokeWorkflow,
    Once,
    Process,
    Screen,
    Selector,
    Step,
    Table,
    TargetRef,
    Throw,
    Workflow,
    inner_steps,
)  # fmt: skip
from robotfabrik.model.types import Type

READING = frozenset({"get_text", "get_attribute", "read_form", "extract_table_data"})
_ELSEWHERE = ("read_", "http_", "list_", "get_email_list")


def functions(step: Step) -> list[Function]:
    """The functions that a step calls."""
    values = step.arguments.values() if isinstance(step, Call) else ()
    found = [getattr(value, "value", value) for value in values]
    return [value for value in found if isinstance(value, Function)]


@dataclass(slots=True)
class Reading:
    """What is read on a screen: the labels that people see there, those that are personal apart."""

    application: str
    screen: str
    fields: dict[str, None] = field(default_factory=dict)
    personal: dict[str, None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Used:
    """Everything that a process reaches from its steps, in reading order.

    `shared` are the effects that stand apart from the steps that use them, `excluded` the exceptions that
    only count cases left out of the queue, `elsewhere` the steps that read files, registers and mail.
    """

    workflows: tuple[Workflow, ...]
    effects: tuple[Effect, ...]
    shared: tuple[Effect, ...]
    readings: tuple[Reading, ...]
    excluded: frozenset[str]
    elsewhere: tuple[Call, ...]
    functions: tuple[Function, ...]


def used(process: Process) -> Used:
    """The workflows and effects that are reached, and what is read; logging in is the engine's own."""
    workflows: dict[int, Workflow] = {}
    effects: dict[int, tuple[Effect, bool]] = {}
    readings: dict[tuple[str, str], Reading] = {}
    counted: set[str] = set()
    elsewhere: list[Call] = []
    called: dict[str, Function] = {}
    thrown = set(process.reading.values())
    for step in _reached(tuple(s for steps in process.sections for s in steps), workflows, effects):
        thrown |= {
            id for id in (step.if_missing, step.if_unreadable, getattr(step, "if_present", None)) if id
        }
        called |= {function.shown: function for function in functions(step)}
        if isinstance(step, Throw):
            thrown.add(step.exception)
        elif isinstance(step, Call) and step.activity == "exclude_queue_item":
            counted.add(str(getattr(step.arguments.get("exception"), "value", "")))
        elif isinstance(step, Call) and step.activity in READING:
            for target in step.arguments.values():
                if isinstance(target, TargetRef):
                    _read(process, target.element, readings)
        else:
            asked = step.values if isinstance(step, ForEach) else step
            if isinstance(asked, Call) and asked.activity.startswith(_ELSEWHERE):
                elsewhere.append(asked)
    written = tuple(effect for effect, _ in effects.values())
    shared = tuple(effect for effect, inline in effects.values() if not inline)
    return Used(
        tuple(workflows.values()), written, shared, tuple(readings.values()),
        frozenset(counted - thrown), tuple(elsewhere), tuple(called.values()),
    )  # fmt: skip


def reached(steps: tuple[Step, ...]) -> Iterator[Step]:
    """Steps, and those of the workflows and effects that they lead to."""
    return _reached(steps, {}, {})


def _reached(
    steps: tuple[Step, ...], workflows: dict[int, Workflow], effects: dict[int, tuple[Effect, bool]]
) -> Iterator[Step]:
    for step in steps:
        yield step
        inside = tuple(inner_steps(step))
        match step:
            case InvokeWorkflow(workflow=workflow) if id(workflow) not in workflows:
                workflows[id(workflow)] = workflow
                inside = workflow.steps
            case Once(effect=effect) if id(effect) not in effects:
                effects[id(effect)] = effect, step.inline
                if not step.inline:
                    inside = (*effect.verify, *effect.repair, *effect.do)
        yield from _reached(inside, workflows, effects)


def _read(process: Process, what: Element | Table | Screen, readings: dict[tuple[str, str], Reading]) -> None:
    application, _, rest = what.id.partition(".")
    repository = process.applications.get(application)
    screen = repository.screens.get(rest.split(".", 1)[0]) if repository else None
    key = (application, rest.split(".", 1)[0])
    if key not in readings:
        name = repository.name if repository else application
        readings[key] = Reading(name, title(screen) if screen else key[1])
    match what:
        case Screen():
            for element in what.elements.values():
                if isinstance(element, Table) or element.type is not None:
                    _add(readings[key], element)
        case _:
            _add(readings[key], what)


def _add(reading: Reading, what: Element | Table) -> None:
    if isinstance(what, Element):
        if not what.means_none:
            _name(reading, label(what), what.private or _identifies(what.type))
        return
    for column in what.columns:
        _name(reading, column.header, column.private or _identifies(column.type))


def _name(reading: Reading, name: str, personal: bool) -> None:
    (reading.personal if personal else reading.fields)[name] = None


def _identifies(type_: Type | None) -> bool:
    return type_ is not None and type_.name in ("identity", "personnummer")


def title(screen: Screen) -> str:
    """What people call a screen; without a title, its own name as words."""
    return screen.title.replace("_", " ")


def label(what: Element | Table) -> str:
    """What people call an element: its label, name or text, else its own name in the repository."""
    selector: Selector = what.selector
    shown = (
        selector.name
        if selector.kind == "role"
        else selector.value
        if selector.kind in ("label", "text")
        else None
    )
    if isinstance(shown, str) and shown.rstrip(". "):
        return shown.rstrip(". ")
    return what.id.rpartition(".")[2].replace("_", " ")
