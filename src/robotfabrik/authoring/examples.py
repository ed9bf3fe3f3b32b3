"""An example of every activity and function, in the world of the reference's examples.

An activity's own `Example:` comes first. One that has none, and stands in no table here, gets its example
from the types of its parameters. A test checks them all, in a PDD that has what they name: the application
`orders` and the variables of `VARIABLES`.
"""

from __future__ import annotations

import typing
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from robotfabrik.activities.api import Activity, Parameter
from robotfabrik.authoring.docs import Doc
from robotfabrik.authoring.tags import TAGS, is_a, plain
from robotfabrik.expressions.catalogue import Function
from robotfabrik.model.values import Credential, Secret

VARIABLES = {
    "number": "integer", "text": "text", "day": "date", "row": "record", "rows": "list", "file": "file",
    "credential": "credential",
}  # fmt: skip
"""The variables that an example may use, each with its type."""

ACTIVITIES: Mapping[str, str] = {
    "go_to_url": "- go_to_url: https://example.se/orders",
    "click": '- click: {target: orders.list.orders.open, row: {number: "${{ text }}"}}',
    "type_into": '- type_into: {target: orders.list.search, text: "${{ text }}"}',
    "type_secure_text": (
        '- type_secure_text: {target: orders.login.password, text: "${{ credential.password }}"}'
    ),
    "select_item": "- select_item: {target: orders.order.kind, item: Brådskande}",
    "check": "- check: orders.order.urgent",
    "uncheck": "- uncheck: orders.order.urgent",
    "fill_form": "- fill_form:\n    orders.order.kind: Brådskande\n    orders.order.urgent: ja",
    "get_text": "- get_text: orders.order.number\n  save_as: number",
    "read_form": "- read_form: orders.order\n  save_as: order",
    "extract_table_data": "- extract_table_data: orders.list.orders\n  save_as: rows",
    "element_exists": "- element_exists: orders.order.saved\n  timeout: 2s\n  save_as: saved",
    "wait_element_vanish": "- wait_element_vanish: orders.order.saved",
    "add_queue_item": '- add_queue_item: {number: "${{ text }}", amount: "${{ number }}"}',
    "exclude_queue_item": "- exclude_queue_item: BE1",
    "delay": "- delay: 2s",
    "log_message": "- log_message: Beställning ${{ text }} är läst",
    "check_true": "- check_true: number > 0",
}

FUNCTIONS: Mapping[str, str] = {
    "len": "len([1, 2, 3])",
    "any": "any(n > 2 for n in [1, 2, 3])",
    "all": "all(n > 0 for n in [1, 2, 3])",
    "sum": "sum([1, 2, 3])",
    "min": "min(3, 1, 2)",
    "max": "max([3, 1, 2])",
    "count": "count(['a', 'b', 'a'], 'a')",
    "first": "first(['a', 'b'])",
    "last": "last(['a', 'b'])",
    "distinct": "distinct(['a', none, 'b', 'a'])",
    "flatten": "flatten([['a', none], ['b']])",
    "pairs": "pairs([1, 2], ['a'])",
    "sorted_by": "[r.n for r in sorted_by([record(n=2), record(n=1)], 'n')]",
    "record": "record(number='B1', amount=5).amount",
    "unknown": "unknown('Storgatan 1')",
    "default": "default(none, 'saknas')",
    "last_completed": "last_completed(item.reference)",
    "abs": "abs(-3)",
    "round": "round(2.345, 2)",
    "number": "number('1 234,5')",
    "integer": "integer('12')",
    "text": "text(12) + ' kr'",
    "lower": "lower('ÅSA')",
    "upper": "upper('åsa')",
    "trim": "trim('  ja ')",
    "replace": "replace('a-b', '-', '/')",
    "split": "split('a;b', ';')",
    "join": "join(['a', 'b'], '; ')",
    "starts_with": "starts_with('B123', 'B')",
    "ends_with": "ends_with('B123', '3')",
    "contains": "contains('B123', '12')",
    "sentences": "sentences('Ett. Två.')",
    "paragraphs": "len(paragraphs('Ett.'))",
    "date": "date(2022, 11, 1)",
    "month": "month(date(2022, 11, 1))",
    "days": "date(2022, 11, 1) + days(14)",
    "add_months": "add_months(date(2022, 1, 31), 1)",
    "months_between": "months_between(date(2022, 1, 15), date(2022, 3, 14))",
    "days_between": "days_between(date(2022, 11, 1), date(2022, 11, 15))",
    "running_period": "running_period([record(date=date(2022, 3, 1))], on=date(2022, 11, 1)).last",
    "is_working_day": "is_working_day(date(2022, 12, 24))",
    "first_working_day": "first_working_day(date(2022, 10, 15))",
    "birth_date": "birth_date('198001022386')",
    "age": "age('198001022386', date(2022, 11, 1))",
    "is_samordningsnummer": "is_samordningsnummer('198001022386')",
    "|kr": "1234.5 | kr",
    "|procent": "0.125 | procent",
    "|datum": "date(2022, 11, 1) | datum",
    "|månad": "date(2022, 11, 1) | månad",
    "|och": "['a', 'b', 'c'] | och",
    "|stor_bokstav": "'beställning' | stor_bokstav",
    "|sidor": "2 | sidor",
    "|lower": "'ÅSA' | lower",
    "|upper": "'åsa' | upper",
    "|trim": "'  ja ' | trim",
    "|join": "['a', 'b'] | join(' + ')",
    "|default": "none | default('saknas')",
}

_NAMED = {
    "url": "https://example.se/orders", "file": "orders.xlsx", "path": "orders.xlsx", "folder": "out",
    "sheet": "Blad1", "cell": "B2", "range": "A1:C9", "keys": "Enter", "name": "orders",
}  # fmt: skip
_BY_TYPE: Mapping[Any, str] = {
    str: "Hej", int: "3", Decimal: "10", bool: "true", date: "2022-11-01", timedelta: "2s",
    Secret: '"${{ credential.password }}"', Credential: '"${{ credential }}"',
}  # fmt: skip
_BY_KIND = {"list": "[1, 2]", "text": "'a'", "integer": "1", "number": "1.5", "date": "date(2022, 11, 1)",
            "month": "month(date(2022, 11, 1))", "boolean": "true", "record": "record(a=1)"}  # fmt: skip


def of_activity(activity: Activity, doc: Doc) -> str:
    """A list of one step."""
    if doc.example:
        return doc.example if doc.example.lstrip().startswith("- ") else _as_step(doc.example)
    return ACTIVITIES.get(activity.name) or _made(activity)


def _as_step(example: str) -> str:
    first, *more = example.splitlines()
    return "\n".join([f"- {first}", *(f"  {line}" for line in more)])


def _made(activity: Activity) -> str:
    needed = [p for p in activity.parameters.values() if p.required]
    step = f"- {activity.name}:"
    if len(needed) == 1 and needed[0].name == activity.first:
        step = f"{step} {value_of(needed[0])}"
    elif needed:
        step = f"{step} {{{', '.join(f'{p.name}: {value_of(p)}' for p in needed)}}}"
    saves = activity.result_type is not None or activity.returns not in (None, type(None))
    return f"{step}\n  save_as: found" if saves else step


def value_of(parameter: Parameter) -> str:
    """Something that a parameter takes, as YAML."""
    if parameter.tag in TAGS:
        return TAGS[parameter.tag].example
    known = plain(parameter.annotation)
    if typing.get_origin(known) is typing.Literal:
        return str(typing.get_args(known)[0])
    if known is str:
        return _NAMED.get(parameter.name, _BY_TYPE[str])
    return _BY_TYPE.get(known) or ('"${{ row }}"' if is_a(known, Mapping) else '"${{ rows }}"')


def of_function(function: Function) -> str:
    """An expression that calls it."""
    name = f"|{function.name}" if function.filter else function.name
    if name in FUNCTIONS:
        return FUNCTIONS[name]
    required = [
        _BY_KIND.get(next(iter(sorted(p.kinds - {"none"})), ""), "'a'")
        for p, one in zip(function.positional, function.signature.parameters.values(), strict=False)
        if one.default is one.empty
    ]
    if function.filter and required:
        first, *more = required
        return f"{first} | {function.name}" + (f"({', '.join(more)})" if more else "")
    return f"{function.name}({', '.join(required)})"
