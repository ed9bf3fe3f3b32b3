"""What an activity on tables is given besides plain values: an expression over each row, and named values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from robotfabrik.expressions.expression import Value
from robotfabrik.expressions.runtime import condition
from robotfabrik.model.source import Span


@dataclass(frozen=True, slots=True)
class Over:
    """An expression over a variable of its own, `row` or `rows`. Its value is a function of that variable."""

    variable: str
    inner: Value
    boolean: bool = False

    @property
    def span(self) -> Span:
        """Where it stands."""
        return self.inner.span

    def evaluate(self, scope: Mapping[str, object]) -> Callable[[object], object]:
        """A function from the variable's value to the expression's, with the other variables as now."""
        around = dict(scope)

        def of(value: object) -> object:
            around[self.variable] = value
            found = self.inner.evaluate(around)
            return condition(found) if self.boolean else found

        return of


@dataclass(frozen=True, slots=True)
class Cells:
    """Values by name, such as one row's by column."""

    parts: Mapping[str, Value | Over]
    span: Span

    def evaluate(self, scope: Mapping[str, object]) -> dict[str, object]:
        """Each part's value."""
        return {name: part.evaluate(scope) for name, part in self.parts.items()}


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a table that is written out."""

    rows: tuple[Cells, ...]
    span: Span

    def evaluate(self, scope: Mapping[str, object]) -> tuple[dict[str, object], ...]:
        """Each row's values."""
        return tuple(row.evaluate(scope) for row in self.rows)
