"""Two elements of one screen that are found and used in the same way are one element with two names."""

from __future__ import annotations

from typing import Any

from robotfabrik.model.process import Element, Repository, Selector
from robotfabrik.model.source import place_of
from robotfabrik.parsing.checks.check import Check
from robotfabrik.parsing.checks.place import Report

CHECK = Check("same-element", "warning", "Two elements of a screen are found in the same way.")


def check(repository: Repository, report: Report) -> None:
    """The elements of each screen. Those that differ in what they are for, such as `writes:`, are two."""
    for screen in repository.screens.values():
        known: list[tuple[str, Any]] = []
        for name, element in screen.elements.items():
            if not isinstance(element, Element) or element.parameters or not _known(element.selector):
                continue
            use = (element.type, element.optional, element.private, element.writes, element.submits)
            found = (element.selector, use, element.means_none)
            if (first := next((other for other, same in known if same == found), None)) is not None:
                message = f"'{name}' is found in the same way as '{first}' above"
                report(CHECK.at(place_of(name, element.span), message, "keep one of them"))
            known.append((name, found))


def _known(selector: Selector) -> bool:
    """Could it be read? What is wrong with it has been told."""
    return selector.value != "" and (selector.anchor is None or selector.anchor.selector.value != "")
