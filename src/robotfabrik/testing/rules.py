"""Tests of a rule, by its examples, and of a text, by its sentences."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from robotfabrik.engine.decisions import compose, decide
from robotfabrik.engine.periods import period_name, period_start
from robotfabrik.expressions.runtime import key
from robotfabrik.model.cases import RuleTest, TextTest
from robotfabrik.model.errors import EvaluationError, SystemException
from robotfabrik.model.process import Process
from robotfabrik.model.values import Record
from robotfabrik.testing.coverage import Coverage
from robotfabrik.testing.outcome import CaseOutcome, Problem, name_of, shown

DAY = date(2022, 11, 1)  # when a test says no date


def builtins(process: Process, day: date, overrides: Mapping[str, Any]) -> dict[str, Any]:
    """What every expression sees: the job of a day, and the config with what the test gives over it."""
    settings = {setting.name: setting.value for setting in process.config.values()}
    job = Record(
        id="test", date=day, robot=process.name, user="robot", items=(), rehearsal=False,
        period=period_name(process.period, day), period_start=period_start(process.period, day),
    )  # fmt: skip
    return {"job": job, "config": Record({**settings, **overrides})}


def run_rule(process: Process, case: RuleTest, coverage: Coverage) -> CaseOutcome:
    """Every example of a rule."""
    outcome = CaseOutcome(name_of(case))
    always = builtins(process, DAY, {})
    for example in case.examples:
        try:
            decision = decide(case.rule, {**always, **example.inputs})
        except (SystemException, EvaluationError) as error:
            outcome.problems.append(Problem(example.span, str(error)))
            continue
        coverage.fired(decision.fired)
        for name, wanted in example.outputs.items():
            if key(found := decision.outputs[name]) != key(wanted):
                rows = f" by {', '.join(decision.fired)}" if decision.fired else ""
                message = f"{name} of {case.rule.id} is another one{rows}"
                outcome.problems.append(Problem(example.span, message, shown(wanted), shown(found)))
    return outcome


def run_text(process: Process, case: TextTest) -> CaseOutcome:
    """A text with what it is given."""
    outcome = CaseOutcome(name_of(case))
    try:
        composed = compose(case.text, {**builtins(process, DAY, {}), **case.given})
    except EvaluationError as error:
        outcome.problems.append(Problem(error.span or case.span, str(error)))
        return outcome
    wanted_parts = (
        ("text", case.whole, composed["text"]),
        ("rubrik", case.rubrik, composed["rubrik"] or ""),
    )
    for what, wanted, found in wanted_parts:
        if wanted is not None and found != wanted.rstrip("\n"):
            outcome.problems.append(
                Problem(case.span, f"the {what} is another one", wanted.rstrip("\n"), found)
            )
    for part in case.contains:
        if part not in composed["text"]:
            message = "the text does not contain a part that it should"
            outcome.problems.append(Problem(case.span, message, str(part), composed["text"]))
    return outcome
