"""The figures that a report makes of items: nothing in them may name or describe a person."""

from __future__ import annotations

from collections.abc import Mapping

from robotfabrik.expressions import Environment, static_type
from robotfabrik.model.errors import Diagnostic
from robotfabrik.model.process import Report
from robotfabrik.model.result import NUMBER
from robotfabrik.model.source import place_of
from robotfabrik.model.types import NUMERIC, Type
from robotfabrik.parsing.checks.check import Check

CHECK = Check("personal-analytics", "error", "A figure for statistics could hold personal data.")
CLOSED = ("boolean", "exists", "enumeration", "none", "any")
"""Types of few values, all known from the PDD. `any`: its reason has been reported."""
IMPERSONAL = (*NUMERIC, *CLOSED, "month", "duration")


def check(report: Report, env: Environment, columns: Mapping[str, Type]) -> None:
    """They stay when everything personal is gone."""
    for name, value in report.analytics.items():
        given = static_type(value, env)
        if given.name not in IMPERSONAL:
            env.report(
                CHECK.at(
                    value.span, f"analytics '{name}' is {given}, which could hold personal data",
                    "use a number, a yes or no, a month or one of named choices",
                )
            )  # fmt: skip
    for name in report.counts:
        span = place_of(name, report.columns[name].span)
        if columns[name].name not in CLOSED:
            env.report(
                CHECK.at(
                    span, f"column '{name}' is {columns[name]}, which could hold personal data",
                    "count columns of named choices, or of yes and no",
                )
            )  # fmt: skip
        if name == NUMBER:
            message = f"'{NUMBER}' is the name of the number itself"
            env.report(Diagnostic(span, message, "wrong-value", "give the column another name"))
