"""`${{ }}` in an element's label or name reads the element's parameters, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from robotfabrik.expressions import Environment, static_type
from robotfabrik.model.process import Element, Evaluable, Repository, Selector, Table
from robotfabrik.parsing.checks.place import Report


def check(repository: Repository, report: Report) -> None:
    """Every element, also those of tables."""
    for screen in repository.screens.values():
        for element in (e for found in screen.elements.values() for e in _elements(found)):
            environment = Environment(element.parameters, report)
            for part in _parts(element.selector):
                static_type(part, environment)


def _elements(found: Element | Table) -> Iterator[Element]:
    if isinstance(found, Element):
        yield found
    else:
        yield from (*found.row.values(), *filter(None, (found.next, found.empty, found.end)))


def _parts(selector: Selector) -> Iterator[Evaluable]:
    yield from (p for p in (selector.value, selector.name) if p is not None and not isinstance(p, str))
    anchor = selector.anchor.selector if selector.anchor else None
    for other in (selector.within, selector.frame, anchor, *selector.fallbacks):
        if other is not None:
            yield from _parts(other)
