"""What the annotations of activities' parameters say besides their type (activities.api), for authors.

A tag that does not stand here is called by its own name, and its example is made from its type.
"""

from __future__ import annotations

import typing
from collections.abc import Mapping
from dataclasses import dataclass
from types import NoneType
from typing import Any

from robotfabrik.activities.api import Parameter


@dataclass(frozen=True, slots=True)
class Tag:
    """`type` in words, and something that fits, as YAML.

    `whole`: it is the step's whole mapping. `mapping`: it is one inside the step's, and so always named.
    `beside`: it stands beside the activity, as `with:`.
    """

    type: str
    example: str
    whole: bool = False
    mapping: bool = False
    beside: bool = False


TARGETS = ("element", "table", "screen")
TAGS: Mapping[str, Tag] = {
    "element": Tag("element", "orders.order.comment"),
    "table": Tag("table", "orders.list.orders"),
    "screen": Tag("screen", "orders.order"),
    "rendered": Tag("text", "Hej"),
    "keys": Tag("keys", "Control+a"),
    "secret": Tag("secret", '"${{ credential.password }}"'),
    "texts": Tag("list of text", "[a, b]"),
    "values": Tag("name: value", "{number: B1, amount: 5}", whole=True),
    "function": Tag("FILE.py:NAME", "functions.py:premium"),
    "inputs": Tag("name: value", "{amount: 5}", beside=True),
    "json": Tag("value, record or list", "{number: B1}", mapping=True),
    "fields": Tag("element: value", "{orders.order.comment: Hej}", whole=True),
    "data": Tag("list of record", "rows"),
    "columns": Tag("column: type", "{number: text, amount: money}", mapping=True),
    "rows": Tag("list of rows", "[[B1, 5]]"),
    "cells": Tag("column: value", "{number: B1, amount: 5}", mapping=True),
    "names": Tag("column, or list of columns", "number"),
    "type": Tag("type", "money"),
    "row condition": Tag("condition on row", "row.amount > 100"),
    "row value": Tag("expression on row", "row.amount * 2"),
    "group values": Tag(
        "column: expression on rows", '{total: "sum([r.amount for r in rows])"}', mapping=True
    ),
}


def is_whole(parameter: Parameter) -> bool:
    """Is the step's whole mapping this argument?"""
    return parameter.tag in TAGS and TAGS[parameter.tag].whole


def is_beside(parameter: Parameter) -> bool:
    """Is this argument `with:`, beside the activity?"""
    return parameter.tag in TAGS and TAGS[parameter.tag].beside


def stands_alone(parameter: Parameter) -> bool:
    """May its value stand right after the activity? A mapping there would be the arguments by name."""
    return parameter.tag not in TAGS or not TAGS[parameter.tag].mapping


def plain(annotation: Any) -> Any:
    """An annotation without what it says besides its type, and without none."""
    if typing.get_origin(annotation) is typing.Annotated:
        annotation = typing.get_args(annotation)[0]
    options = typing.get_args(annotation)
    if NoneType in options:
        (annotation, *others) = (option for option in options if option is not NoneType)
        return Any if others else plain(annotation)
    return annotation


def is_a(annotation: Any, kind: type) -> bool:
    """Is an annotation without its tag such a class, or a generic of one?"""
    origin = typing.get_origin(annotation) or annotation
    return isinstance(origin, type) and issubclass(origin, kind)
