"""What the Python functions of a project may use: `invoke_code` calls them.

    from robotfabrik.code import Record, Throw, effect

    def premium(amount: Decimal, age: int) -> Decimal:
        '''What the insurance costs a month.'''
        if age > 120:
            raise Throw("BE1", "the age cannot be right")
        ...

A function's annotations are its types: str, int, Decimal, bool, date, timedelta, Month, Period, Record,
tuple[…, ...], Literal of texts, and any of them with `| None`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeVar

from robotfabrik.model.values import Month, Period, Record

__all__ = ["Month", "Period", "Record", "Throw", "effect"]

F = TypeVar("F", bound=Callable[..., Any])


class Throw(Exception):
    """Ends the step with an exception of the PDD: Throw("BE1", "what is wrong")."""

    def __init__(self, id: str, message: str = "") -> None:
        super().__init__(message)
        self.id = id


def effect(kind: Literal["read", "local", "write"]) -> Callable[[F], F]:
    """Say what a function does besides giving a result: a function that says nothing only reads.

    local changes only files of the job; write changes something outside, and works only inside `once`.
    """

    def same(function: F) -> F:
        return function

    return same
