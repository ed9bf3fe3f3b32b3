"""The cells of decision tables: does a value pass a cell's test?"""

from __future__ import annotations

from typing import Any

from robotfabrik.model.process import Between, CellTest, Compared, Excluded, IsUnknown, OneOf
from robotfabrik.model.values import UNKNOWN


def passes(test: CellTest, value: Any) -> bool:
    """Does a value pass a cell's test? An unknown value passes none but `unknown`."""
    if isinstance(test, IsUnknown):
        return value is UNKNOWN
    if value is UNKNOWN:
        return False
    match test:
        case OneOf(values):
            return value in values
        case Excluded(inner):
            return not passes(inner, value)
        case Between(low, high):
            return value is not None and bool(low <= value <= high)
        case Compared(operator, limit):
            return value is not None and _ORDERS[operator](value, limit)


_ORDERS = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
