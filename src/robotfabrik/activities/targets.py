"""What activities on elements share: whose window, which element, and leave to touch it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from robotfabrik.activities.api import Context, Session
from robotfabrik.model.process import Element, Screen, Table, Target, TargetRef
from robotfabrik.model.types import ANY, TEXT, Type


def session_of(ctx: Context, target: Target) -> Session:
    """The windows of a target's application."""
    return ctx.session(target.application)


def element_of(target: Target) -> Element:
    """The element that a target means."""
    assert isinstance(target.element, Element)
    return target.element


async def allowed(ctx: Context, *targets: Target) -> None:
    """A field may save by itself: one that `writes` passes the guard before it is touched."""
    for target in targets:
        guard = ctx.write_guard(element_of(target))
        if guard is not None:
            await guard()


# --- the types of results, which depend on what is read


def element_type(arguments: Mapping[str, Any]) -> Type:
    """The type of an element's reading."""
    target = arguments.get("target")
    if not isinstance(target, TargetRef) or not isinstance(target.element, Element):
        return ANY
    type_ = target.element.type or TEXT
    return type_.or_none() if target.element.optional else type_


def screen_type(arguments: Mapping[str, Any]) -> Type:
    """The record of a screen's reading."""
    target = arguments.get("target")
    if not (isinstance(target, TargetRef) and isinstance(target.element, Screen)):
        return ANY
    screen = target.element
    return screen.type.or_none() if screen.nothing else screen.type


def table_type(arguments: Mapping[str, Any]) -> Type:
    """The table of a table's reading."""
    target = arguments.get("target")
    return target.element.type if isinstance(target, TargetRef) and isinstance(target.element, Table) else ANY
