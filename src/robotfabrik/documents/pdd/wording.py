"""Values, types and elements in words, in one language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from robotfabrik.documents.pdd.inventory import title
from robotfabrik.documents.pdd.labels import Labels
from robotfabrik.documents.pdd.language import Words
from robotfabrik.documents.pdd.model import Part, Rich, joined, rich
from robotfabrik.documents.pdd.model import plain as said
from robotfabrik.documents.pdd.phrases import Phrases, readable
from robotfabrik.expressions import Bound, Cells, Constant, Expression, Over, Rows, Template
from robotfabrik.expressions.text import grouped, plain, rounded
from robotfabrik.model.process import Column, Element, Function, Process, Screen, Selector, Table, TargetRef
from robotfabrik.model.types import Type
from robotfabrik.model.values import UNKNOWN, Credential, Month, Period, Secret


class Wording:
    """Says what stands in a PDD in one language."""

    def __init__(self, words: Words, process: Process) -> None:
        self.words = words
        self.process = process
        self.labels = Labels(process)
        self._phrases = Phrases(words, self.labels, self.constant)

    # --- values

    def value(self, value: Any) -> Rich:
        """What a step is given: a constant in its form, an expression in words, a text with its gaps."""
        match value:
            case Constant(value=Function() as function):
                return rich(Part(function.shown, "code"))
            case Constant(value=Type() as type_):
                return rich(self.type(type_))
            case Constant(value=(Column(), *_) as columns):
                shown = [f"{c.header} ({self.type(c.type)})" for c in columns if isinstance(c, Column)]
                return rich(self.words.listed(shown, "and"))
            case Constant(value=constant):
                return rich(
                    self.words.quoted(constant) if isinstance(constant, str) else self.constant(constant)
                )
            case Expression():
                return self.expression(value)
            case Template(parts=(Expression() as only,)):
                return self.expression(only)
            case Template():
                opened, closed = self.words("quotes").split()
                return rich(opened, self.sentence(value), closed)
            case TargetRef():
                return self.target(value)
            case Bound():
                return self.value(value.value)
            case Over(inner=inner, boolean=boolean):
                return self.condition(inner) if boolean else self.expression(inner)
            case Cells():
                return self.value(value.parts)
            case Rows():
                return joined([self.value(tuple(row.parts.values())) for row in value.rows], "; ")
            case Mapping():
                return joined([rich(readable(str(k)), ": ", self.value(v)) for k, v in value.items()], ", ")
            case str():
                return rich(self.words.quoted(value))
            case Type():
                return rich(self.type(value))
            case Function():
                return rich(Part(value.shown, "code"))
            case tuple() | list():
                return joined([self.value(part) for part in value], ", ")
            case _:
                return rich(self.constant(value))

    def sentence(self, value: Any) -> Rich:
        """A text of the PDD with its gaps in words, without quotes around it."""
        if isinstance(value, Template):
            return rich(*(part if isinstance(part, str) else self._gap(part) for part in value.parts))
        if isinstance(value, Expression):
            return self._gap(value)
        return rich(str(value.value) if isinstance(value, Constant) else str(value))

    def _gap(self, value: Any) -> Rich:
        if isinstance(value, Constant):
            return rich(self.constant(value.value))
        found = self._phrases.gap(value.tree.root)
        return rich(Part(f"‹{said(found)}›", "term")) if found else rich(Part(f"‹{_code(value)}›", "code"))

    def constant(self, value: Any, type_: Type | None = None) -> str:
        """A value in the form that people write it."""
        name = type_.name if type_ else ""
        match value:
            case None:
                return self.words("none")
            case bool():
                return self.words("yes" if value else "no")
            case Decimal() | int() if name == "money":
                return f"{grouped(value)} kr"
            case Decimal() | int() if name == "percent":
                return f"{plain(rounded(value * 100, 2))} %"
            case Decimal() | int():
                return plain(value)
            case timedelta():
                return self.duration(value.total_seconds())
            case Secret() | Credential():
                return self.words("hidden")
            case Period():
                return f"{value.first}–{value.last}"
            case date() | Month():
                return str(value)
            case Mapping():
                return ", ".join(f"{readable(str(k))}: {self.constant(v)}" for k, v in value.items())
            case str():
                return value
            case tuple() | list() | set() | frozenset():
                return ", ".join(self.constant(part, type_.of if type_ else None) for part in value) or "–"
            case _:
                return self.words("unknown") if value is UNKNOWN else str(value)

    def duration(self, seconds: float) -> str:
        """5 sekunder, 2 minuter, 1 timme."""
        for size, one, many in ((86400, "day", "days"), (3600, "hour", "hours"), (60, "minute", "minutes")):
            if seconds >= size and seconds % size == 0:
                return f"{int(seconds // size)} {self.words(one if seconds == size else many)}"
        shown = plain(Decimal(str(seconds)))
        return f"{shown} {self.words('second' if seconds == 1 else 'seconds')}"

    def type(self, type_: Type) -> str:
        """A type as people call it."""
        if type_.name == "enumeration":
            shown = self.words.listed([self.words.quoted(v) for v in type_.values], "or")
        elif type_.name == "record":
            shown = self.words.get("type_record", "record")
        else:
            shown = self.words.get(f"type_{type_.name}", type_.name)
        return f"{shown} ({self.words('may_be_missing')})" if type_.optional else shown

    # --- expressions

    def expression(self, value: Any) -> Rich:
        """An expression in words where that is possible, else as code."""
        if not isinstance(value, Expression):
            return self.value(value)
        return self._phrases.value(value.tree.root) or rich(Part(_code(value), "code"))

    def condition(self, value: Any) -> Rich:
        """A condition in words: "status är ”Öppet”"."""
        if not isinstance(value, Expression):
            return self.value(value)
        return self._phrases.condition(value.tree.root) or rich(Part(_code(value), "code"))

    # --- elements

    def target(self, target: TargetRef) -> Rich:
        """An element, table or screen as a person finds it: knappen ”Spara”."""
        said = self.element(target.element, target.parameters)
        if target.row is None:
            return said
        if isinstance(target.row.by, str):
            return rich(said, " ", self.words(f"row_{target.row.by}"))
        found = [
            rich(self._header(target.element, n), " ", self.words("is"), " ", self.value(v))
            for n, v in target.row.by.items()
        ]
        return rich(said, " ", self.words("row_where"), " ", joined(found, f" {self.words('and')} "))

    def _header(self, element: Element | Table | Screen, name: str) -> str:
        table = element.table if isinstance(element, Element) else element
        columns = table.columns if isinstance(table, Table) else ()
        return next((column.header for column in columns if column.name == name), readable(name))

    def element(self, element: Element | Table | Screen, parameters: Mapping[str, Any] | None = None) -> Rich:
        """What an element is called: by its role and name, its label, else by its id."""
        if isinstance(element, Screen):
            return rich(self.words("screen"), " ", self.words.quoted(title(element)))
        selector = element.selector
        kind, name = self._named(selector)
        if isinstance(name, str) and name:
            return rich(kind, " ", self.words.quoted(name))
        if name is not None and not isinstance(name, str):
            given = list((parameters or {}).values())
            if len(given) == 1:
                return rich(kind, " ", self.value(given[0]))
            return rich(kind, " ", self.value(name))
        return rich(self.words("element"), " ", Part(readable(element.id.split(".", 2)[-1]), "term"))

    def _named(self, selector: Selector) -> tuple[str, Any]:
        words = self.words
        match selector.kind:
            case "role":
                role = selector.value if isinstance(selector.value, str) else ""
                return words.get(f"role_{role}", words("element")), selector.name
            case "label":
                return words("field"), selector.value
            case "text":
                return words("shown_text"), selector.value
            case _:
                return words("element"), None

    def screen_of(self, element: Element | Table | Screen) -> tuple[str, str]:
        """The application's name and the screen's title."""
        application, _, rest = element.id.partition(".")
        repository = self.process.applications.get(application)
        if repository is None:
            return application, rest
        screen = repository.screens.get(rest.split(".", 1)[0])
        return repository.name, title(screen) if screen else rest


def _code(value: Expression) -> str:
    return " ".join(value.tree.body.split())


def texts(value: Any) -> list[str]:
    """A section that people wrote, as a list of its texts."""
    match value:
        case None:
            return []
        case str():
            return [value.strip()] if value.strip() else []
        case Mapping():
            return [text for part in value.values() for text in texts(part)]
        case Sequence():
            return [text for part in value for text in texts(part)]
        case _:
            return [str(value)]


def records(value: Any) -> list[Mapping[str, Any]]:
    """A section with named parts, as a list of its entries."""
    match value:
        case Mapping():
            return [value]
        case str() | None:
            return []
        case Sequence():
            return [record for part in value for record in records(part)]
        case _:
            return []
