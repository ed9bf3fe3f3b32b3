"""Selectors as the page's resolver understands them.

One resolver (resolver.js) finds elements both for reading and for acting: it is injected for reading and
registered as the Playwright selector engine `robot=` for acting, so a click never means another element
than the one that was read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

from playwright.async_api import Locator, Page

from robotfabrik.model.errors import SystemException
from robotfabrik.model.process import Column, Element, Selector, Table

ENGINE = "robot"
Spec = dict[str, Any]


@cache
def resolver_source() -> str:
    """The resolver's source: one JavaScript expression."""
    return resources.files(__package__).joinpath("resolver.js").read_text(encoding="utf-8")


@cache
def explainer_source() -> str:
    """What says why an element is not found: a function of the resolver's parts and a request."""
    return resources.files(__package__).joinpath("explain.js").read_text(encoding="utf-8")


def spec_of(selector: Selector) -> Spec:
    """A bound selector as plain data."""
    spec: Spec = {"kind": selector.kind, "value": _text(selector.value), "exact": selector.exact}
    if selector.name is not None:
        spec["name"] = _text(selector.name)
    if selector.within:
        spec["within"] = spec_of(selector.within)
    if selector.frame:
        spec["frame"] = spec_of(selector.frame)
    if selector.anchor:
        spec["anchor"] = {"selector": spec_of(selector.anchor.selector), "side": selector.anchor.side}
    if selector.fallbacks:
        spec["fallbacks"] = [spec_of(fallback) for fallback in selector.fallbacks]
    return spec


def field_spec(element: Element) -> Spec:
    """An element that is read. One that only has to exist may be there several times."""
    spec = spec_of(element.selector)
    if is_exists(element):
        spec["any"] = True
    return spec


def wanted_columns(table: Table, names: frozenset[str]) -> tuple[Column, ...]:
    """The named columns and the one that protects, in the table's order."""
    return tuple(c for c in table.columns if c.name in names or c.name == table.protects)


def column_spec(column: Column) -> Spec:
    """A column as the resolver looks for it."""
    spec: Spec = {"name": column.name, "header": column.header, "optional": column.optional}
    if column.selector:
        spec["cell"] = spec_of(column.selector)
    if column.always:
        spec["always"] = True
    return spec


def table_spec(table: Table, columns: Sequence[Column] | None = None) -> Spec:
    """A table that is read, with all its columns or these."""
    spec: Spec = {
        "table": spec_of(table.selector),
        "columns": [column_spec(c) for c in (table.columns if columns is None else columns)],
    }
    if table.next:
        spec["next"] = spec_of(table.next.selector)
    if table.empty:
        spec["empty"] = spec_of(table.empty.selector)
    if table.protects:
        spec["protects"] = table.protects
    if table.rows:
        spec["rows"] = spec_of(table.rows)
    if table.scrolls:
        spec["scrolls"] = True
    if table.end:
        spec["end"] = spec_of(table.end.selector)
    return spec


def is_exists(element: Element) -> bool:
    """Does only its presence matter?"""
    return element.type is not None and element.type.name == "exists"


def is_literal(selector: Selector) -> bool:
    """Has it no unbound parameters?"""
    return isinstance(selector.value, str) and (selector.name is None or isinstance(selector.name, str))


def locator(page: Page, spec: Mapping[str, Any]) -> Locator:
    """The Playwright locator of a spec; frames, also those of other origins, are entered by Playwright."""
    if frame := spec.get("frame"):
        inner = {key: value for key, value in spec.items() if key != "frame"}
        return locator(page, frame).content_frame.locator(engine(inner))
    return page.locator(engine(spec))


def without_frame(spec: Any) -> Any:
    """The spec as seen from inside its frame."""
    if isinstance(spec, dict):
        return {key: without_frame(value) for key, value in spec.items() if key != "frame"}
    return spec


def engine(spec: Mapping[str, Any]) -> str:
    return f"{ENGINE}={json.dumps(spec, ensure_ascii=True)}"


def _text(part: Any) -> str:
    if not isinstance(part, str):
        raise SystemException("a selector's parameters were not bound before it was used")
    return part


def describe(selector: Selector) -> str:
    """How an element is looked for, in words: role button "Sök" within role form "Ny anteckning".

    Values that may hold parameters of the case are the caller's to mask.
    """
    what = f'{selector.kind} "{selector.value}"'
    if selector.kind == "role":
        what = f"{selector.value}" + (f' "{selector.name}"' if selector.name is not None else "")
    if selector.within:
        what += f" within {describe(selector.within)}"
    if selector.frame:
        what += f" in frame {describe(selector.frame)}"
    if selector.anchor:
        what += f" {selector.anchor.side} of {describe(selector.anchor.selector)}"
    return what
