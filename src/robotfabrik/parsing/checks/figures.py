"""The figures that a report makes of items: nothing in them may name or describe a person."""

from __future__ import annotations

from robotfabrik.expressions import Environment, static_type
from robotfabrik.model.errors import Diagnostic
from robotfabrik.model.process import Evaluable, Measure, Report
from robotfabrik.model.result import NUMBER
from robotfabrik.model.source import Span, place_of
from robotfabrik.model.types import NUMERIC, TEXTUAL, Type
from robotfabrik.parsing.checks.check import Check

CHECK = Check("personal-analytics", "error", "A figure for statistics could hold personal data.")
CLOSED = ("boolean", "exists", "enumeration", "none")
"""Types of few values, all known from the PDD."""
IMPERSONAL = (*NUMERIC, *CLOSED, "month", "duration")
WRITTEN = (*IMPERSONAL, *TEXTUAL, "any")
WANTED = {
    "share": (("boolean", "exists", "none", "any"), "yes or no"),
    "mean": ((*NUMERIC, "none", "any"), "a number"),
    "sum": ((*NUMERIC, "none", "any"), "a number"),
}
CHOICES = "named choices, or yes and no"


def check(report: Report, env: Environment) -> None:
    """They stay when everything personal is gone."""
    for name, value in report.analytics.items():
        given = known_type(value, env)
        if given is not None and given.name not in IMPERSONAL:
            hint = "use a number, a yes or no, a month or one of named choices"
            _personal(env, value.span, f"analytics '{name}'", given, hint)
    for name in report.counts:
        span = place_of(name, report.columns[name].span)
        given = known_type(report.columns[name], env)
        if given is not None and given.name not in CLOSED:
            _personal(env, span, f"column '{name}'", given, f"count columns of {CHOICES}")
        if name == NUMBER:
            message = f"'{NUMBER}' is the name of the number itself"
            env.report(Diagnostic(span, message, "wrong-value", "give the column another name"))
    for name, measure in report.measures.items():
        if name in report.analytics:
            span, message = place_of(name, measure.span), f"'{name}' stands among the analytics too"
            env.report(Diagnostic(span, message, "wrong-value", "give it another name"))
        _measure(name, measure, env)


def known_type(value: Evaluable, env: Environment) -> Type | None:
    """The type of a figure; none when it has been said what is wrong with it. JSON may be anything."""
    told: list[Diagnostic] = []
    given = static_type(value, Environment(env.variables, told.append))
    for one in told:
        env.report(one)
    return None if told else given


def _measure(name: str, measure: Measure, env: Environment) -> None:
    given, what = known_type(measure.of, env), f"measure '{name}'"
    group = None if measure.by is None else known_type(measure.by, env)
    if measure.by is not None and group is not None and group.name not in CLOSED:
        _personal(env, measure.by.span, f"{what}: `by`", group, f"group by {CHOICES}")
    if measure.private and measure.show != "frequency":
        message = f"{what}: only a frequency can be private"
        env.report(Diagnostic(measure.span, message, "wrong-value", "write show: frequency"))
    elif given is None:
        return
    elif measure.show == "frequency":
        _frequency(what, measure, given, env)
    elif measure.show in WANTED:  # another word has been reported
        types, words = WANTED[measure.show]
        if given.name not in types:
            message = f"{what}: a {measure.show} is of {words}, not {given}"
            env.report(Diagnostic(measure.of.span, message, "wrong-type"))


def _frequency(what: str, measure: Measure, given: Type, env: Environment) -> None:
    """Of named choices, or of what people wrote when it says so; a list has several."""
    element = given.of if given.name == "list" and given.of is not None else given
    if measure.private and element.name not in (*WRITTEN, "list"):
        message = f"{what}: a frequency is of texts or choices, not {given}"
        env.report(Diagnostic(measure.of.span, message, "wrong-type"))
    elif not measure.private and element.name not in CLOSED:
        hint = f"count {CHOICES}, or write private: yes for what people wrote"
        _personal(env, measure.of.span, what, given, hint)


def _personal(env: Environment, span: Span, what: str, given: Type, hint: str) -> None:
    env.report(CHECK.at(span, f"{what} is {given}, which could hold personal data", hint))
