"""Selectors that the next version of a page breaks: by position, structure or a generated id."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from robotfabrik.model.process import Element, Repository, Selector, Table
from robotfabrik.model.source import Span, place_of
from robotfabrik.parsing.checks.check import Check
from robotfabrik.parsing.checks.place import Report

CHECK = Check(
    "fragile-selector", "warning", "An element is found by its position or by a generated id or class."
)
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_POSITION = re.compile(r":nth-[\w-]+\([^)]*\)|:(?:first|last|only)-(?:child|of-type)")
_NAMES = re.compile(
    r"""[#.]((?:\\.|[\w:-])+)|\[\s*(?:id|name|class|for|data-[\w-]+)\s*[~^$*|]?=\s*["']?([^"'\]]+)"""
)
_COUNTED = re.compile(
    r"(?:ctl|j_idt|ember|ext-gen|ext-comp-|gwt-uid-|yui_|mat-[a-z-]+-|cdk-[a-z-]+-|react-select-|"
    r"radix-|headlessui-[a-z-]+-|mui-|v-\d|ng-[a-z]*-?c|_ngcontent-|_nghost-|dnn_ctr|wicket|isc_|ui-id-)"
    r"[\w:-]*\d",
    re.IGNORECASE,
)
_UNIQUE = re.compile(  # a UUID, a number that is no year, React's :r1:
    r"[0-9a-f]{8}-[0-9a-f]{4}-|(?<!\d)(?!(?:19|20)\d\d(?!\d))\d{4,}|\\?:r\w+\\?:", re.IGNORECASE
)
_STYLED = re.compile(  # styled-components, JSS, Material UI: a class made of a component and a hash or count
    r"sc-(?=[a-z]*[A-Z])(?=[A-Z]*[a-z])[A-Za-z]{5,}|jss\d+|(?:Mui|make)\w*-[\w-]*-?\d+"
)
_NUMBERED = re.compile(r"#[\w-]*[A-Za-z][_-]\d{2,3}(?![\w-])|#[\w-]*vaadin[\w-]*-\d+(?![\w-])")
_SCOPED = re.compile(r"\[\s*(data-v-[0-9a-f]{6,}|_ng(?:content|host)-[\w-]+)\s*\]")
_WORD = re.compile(r"[^\W_]+")
_STEPS = 3  # so many `>` follow the page's structure


def check(repository: Repository, report: Report) -> None:
    """Every element and table. Fallbacks may be fragile: they come last."""
    for screen in repository.screens.values():
        for found in screen.elements.values():
            for span, selector in _selectors(found):
                _check(selector, span, report)


def _selectors(found: Element | Table) -> Iterator[tuple[Span, Selector]]:
    if isinstance(found, Element):
        yield found.span, found.selector
        return
    yield found.span, found.selector
    yield from ((found.span, rows) for rows in (found.rows,) if rows)
    yield from ((column.span, column.selector) for column in found.columns if column.selector)
    for element in (*found.row.values(), *filter(None, (found.next, found.empty, found.end))):
        yield element.span, element.selector


def _check(selector: Selector, span: Span, report: Report) -> None:
    value = selector.value
    if isinstance(value, str) and selector.kind in ("css", "test_id"):
        why = _fragile_css(value) if selector.kind == "css" else _generated([value])
        if why:
            report(CHECK.at(place_of(value, span), why, "find it by role and name, label or text"))
    anchor = selector.anchor.selector if selector.anchor else None
    for other in (selector.within, selector.frame, anchor):
        if other is not None:
            _check(other, span, report)


def _fragile_css(css: str) -> str | None:
    outside = _QUOTED.sub("''", css)
    if found := _POSITION.search(outside):
        return f"'{found[0]}' is a position: another element may stand there tomorrow"
    if outside.count(">") >= _STEPS:
        return "this follows the page's structure, which changes sooner than its words"
    if found := _SCOPED.search(outside) or _NUMBERED.search(outside):
        return f"'{found[0]}' looks generated: it changes when the page is built anew"
    return _generated([first or second for first, second in _NAMES.findall(css)])


def _generated(names: list[str]) -> str | None:
    for name in names:
        looks = _STYLED.fullmatch(name) or _COUNTED.search(name) or _UNIQUE.search(name)
        if looks or any(map(_is_hash, _WORD.findall(name))):
            return f"'{name}' looks generated: it changes when the page is built anew"
    return None


def _is_hash(word: str) -> bool:
    """Letters and digits mixed as no person writes them: 1q2w3e, 3fXk2."""
    digits = sum(char.isdigit() for char in word)
    changes = sum(one.isdigit() != other.isdigit() for one, other in pairwise(word))
    return len(word) >= 5 and digits >= 2 and changes >= 2
