"""What a report observes of an item that has ended: its cells, what a run counts, and its measures."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from robotfabrik.expressions import to_text
from robotfabrik.model.errors import EvaluationError
from robotfabrik.model.measures import Show
from robotfabrik.model.process import Evaluable, Report
from robotfabrik.model.result import Choice
from robotfabrik.model.values import UNKNOWN


def cell(value: Evaluable, scope: Mapping[str, Any]) -> Any:
    """A value of the report; none when a variable it uses was never set."""
    try:
        return value.evaluate(scope)
    except EvaluationError:
        return None


def counted(report: Report, scope: Mapping[str, Any]) -> dict[str, Choice]:
    """The columns whose combinations a run counts."""
    return {name: _choice(cell(report.columns[name], scope)) for name in report.counts}


def measured(report: Report, scope: Mapping[str, Any], *, private: bool) -> dict[str, dict[str, Any]]:
    """What the item shows of each measure, as JSON; nothing of one that does not concern it."""
    found: dict[str, dict[str, Any]] = {}
    for name, measure in report.measures.items():
        of = _observed(measure.show, cell(measure.of, scope)) if measure.private == private else None
        if of is not None:
            by = {} if measure.by is None else {"by": _choice(cell(measure.by, scope))}
            found[name] = {"show": measure.show, "of": of, **by}
    return found


def _observed(show: Show, value: Any) -> Any:
    """A value as a measure keeps it; None when there is none, or nobody knows it."""
    if value is None or value is UNKNOWN:
        return None
    match show:
        case "share":
            return value if isinstance(value, bool) else None
        case "mean" | "sum":
            return str(value) if isinstance(value, int | float | Decimal) else None
    if isinstance(value, list | tuple):
        return [_element(one) for one in value if one is not None and one is not UNKNOWN] or None
    return _element(value)


def _element(value: Any) -> str | bool:
    """One line, so that the same words count as the same."""
    return value if isinstance(value, bool) else " ".join(to_text(value).replace("\0", "").split())


def _choice(value: Any) -> Choice:
    """A value of a closed type; what a register did not say is none of its words."""
    return value if isinstance(value, str | bool) else None
