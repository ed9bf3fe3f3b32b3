"""What nobody uses: variables, readings, inputs, settings, rules, texts, workflows, effects and elements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from robotfabrik.expressions import names_of
from robotfabrik.model.process import Element, Evaluable, Process, Repository, Rule, Screen, Table, Text
from robotfabrik.model.source import Span, place_of
from robotfabrik.parsing.checks.check import Check
from robotfabrik.parsing.checks.doubt import Doubt
from robotfabrik.parsing.checks.place import Report
from robotfabrik.parsing.checks.unthrown import CHECK as UNTHROWN
from robotfabrik.parsing.checks.usage import Usage, where

SETTING = Check("unused-config", "warning", "Nothing reads a value of `config:`.")
RULE = Check("unused-rule", "warning", "No step evaluates a business rule.")
TEXT = Check("unused-text", "warning", "No step composes a text.")
WORKFLOW = Check("unused-workflow", "warning", "No step invokes a workflow, or uses an effect.")
ELEMENT = Check("unused-element", "warning", "No PDD uses a screen, an element or a column.")
SHARED = (WORKFLOW.id, ELEMENT.id, TEXT.id, UNTHROWN.id)
"""The rules that only the PDDs of a repository can judge."""
INPUT = Check("unused-input", "warning", "A workflow, rule or text never looks at one of its inputs.")


def check(process: Process, usage: Usage, doubt: Doubt, report: Report) -> None:
    """What stands in a PDD and is used by nothing in it."""

    def tell(check: Check, what: str, name: str, span: Span) -> None:
        if not doubt.of(name):
            report(check.at(span, f"nothing uses the {what} '{name}'", "remove it"))

    if not usage.whole_config:
        for setting in process.config.values():
            if setting.name not in usage.settings:
                tell(SETTING, "config", setting.name, setting.span)
    kinds: tuple[tuple[Check, str, Mapping[str, Rule | Text]], ...] = (
        (RULE, "rule", process.rules), (TEXT, "text", process.texts),
    )  # fmt: skip
    for check, what, known in kinds:
        for thing in filter(process.declares, known.values()):
            if where(thing.span) not in usage.places:
                tell(check, what, thing.id, thing.span)
            check_inputs(thing, doubt, report)
    for workflow in process.workflows.values():
        if where(workflow.span) not in usage.places:
            tell(WORKFLOW, "workflow", workflow.id, workflow.span)


def check_inputs(thing: Rule | Text, doubt: Doubt, report: Report) -> None:
    """What a rule or text is given and never looks at."""
    for name in _unread(thing):
        if not doubt.of(name):
            message = f"{thing.id} never looks at its input '{name}'"
            report(INPUT.at(place_of(name, thing.span), message, "remove it"))


def _unread(thing: Rule | Text) -> Iterator[str]:
    """Inputs that no column, cell or sentence asks for."""
    values: list[Evaluable | None] = []
    read: set[str] = set()
    if isinstance(thing, Rule):
        read.update(filter(None, thing.columns))
        for row in thing.rows:
            values += [*row.outputs.values(), *(cell.condition for cell in row.conditions)]
        values += thing.otherwise.values() if isinstance(thing.otherwise, Mapping) else ()
    else:
        values.append(thing.rubrik)
        for sentence in (s for paragraph in thing.paragraphs for s in paragraph):
            values += [sentence.text, sentence.when]
    read.update(name for value in values if value is not None for name in names_of(value))
    return (name for name in thing.inputs if name not in read)


def check_repository(repository: Repository, usage: Usage, doubt: Doubt, report: Report) -> None:
    """What stands in a repository and is used by none of the PDDs that are known, nor by itself."""

    def tell(check: Check, message: str, name: str, span: Span) -> None:
        if not doubt.of(name):
            report(check.at(span, message, "remove it, if no PDD to come needs it"))

    used = usage.places
    for workflow in repository.workflows.values():
        if where(workflow.span) not in used:
            tell(WORKFLOW, f"no PDD uses the workflow '{workflow.id}'", workflow.id, workflow.span)
    for effect in repository.effects.values():
        if where(effect.span) not in used:
            tell(WORKFLOW, f"no PDD uses the effect '{effect.id}'", effect.id, effect.span)
    for text in repository.texts.values():
        if where(text.span) not in used:
            tell(TEXT, f"no PDD uses the text '{text.id}'", text.id, text.span)
    thrown = usage.exceptions | {*repository.reading.values()}
    for exception in repository.exceptions.values():
        if exception.id not in thrown and not usage.any_exception:
            tell(UNTHROWN, f"no PDD throws {exception.id}", exception.id, exception.span)
    for screen in repository.screens.values():
        if doubt.of(screen.id):
            continue  # who reads a screen uses all of it
        yes = [where(found.span) in used for found in screen.elements.values()]
        if where(screen.span) not in used and not any(yes):
            tell(ELEMENT, f"no PDD uses the screen '{screen.id}'", screen.id, screen.span)
            continue
        for id, span in _unused(screen, usage):
            tell(ELEMENT, f"no PDD uses '{id}'", id, span)


def _unused(screen: Screen, usage: Usage) -> Iterator[tuple[str, Span]]:
    """Elements that no step names, and that are no field of the screen as a whole, or one nobody asks for."""
    whole = where(screen.span) in usage.places
    for name, found in screen.elements.items():
        if where(found.span) not in usage.places and not (whole and _read(name, found, usage)):
            yield found.id, place_of(name, found.span)
        elif isinstance(found, Table):
            yield from _columns(found, usage)
            for part, element in found.row.items():
                if where(element.span) not in usage.places:
                    yield element.id, place_of(part, element.span)


def _read(name: str, found: Element | Table, usage: Usage) -> bool:
    if isinstance(found, Element) and found.means_none:
        return True
    return name in usage.fields and (isinstance(found, Table) or found.type is not None)


def _columns(table: Table, usage: Usage) -> Iterator[tuple[str, Span]]:
    for column in table.columns[1:]:  # the first says which row it is, to whoever reads the table
        if column.name not in usage.fields and column.name != table.protects:
            yield f"{table.id}.{column.name}", column.span
