"""What a PDD compares with people's decisions: the counts by it are figures for everybody."""

from __future__ import annotations

from robotfabrik.expressions import Environment
from robotfabrik.model.process import Comparison, Report
from robotfabrik.model.source import place_of
from robotfabrik.parsing.checks.figures import CHECK, CLOSED, known_type


def check(compare: Comparison | None, report: Report, env: Environment) -> None:
    """Agreement is counted by words that the PDD has named, never by what a page says."""
    for name in compare.by if compare is not None else ():
        given = known_type(report.columns[name], Environment(env.variables, lambda _: None))
        if given is not None and given.name not in CLOSED:
            env.report(
                CHECK.at(
                    place_of(name, report.columns[name].span),
                    f"column '{name}' is {given}, which could hold personal data",
                    "count by a column of named choices, or of yes and no",
                )
            )
