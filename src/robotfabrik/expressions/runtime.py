"""What the operators and fields of an expression do with values. Every failure is an EvaluationError
that names kinds, never values: values are often personal data.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from keyword import iskeyword
from typing import Any

from robotfabrik.expressions.kinds import FIELDS, group, kind_of, no_value
from robotfabrik.model.errors import EvaluationError
from robotfabrik.model.suggest import did_you_mean
from robotfabrik.model.types import DATE, DURATION, INTEGER, NUMBER, TEXT, Type
from robotfabrik.model.values import UNKNOWN, Record

MAX_WORK = 1_000_000
"""Turns of comprehensions and elements looked at, in one evaluation."""
MAX_SIZE = 1_000_000
"""Elements of a list, characters of a text."""

CONTEXT = Context(prec=28, traps=[InvalidOperation, DivisionByZero, Overflow])
_LARGEST = 10**28

Budget = list[int]
Operation = Callable[[Any, Any], Any]


def spend(budget: Budget, work: int) -> None:
    """Take `work` from what one evaluation may do."""
    budget[0] -= work
    if budget[0] < 0:
        raise EvaluationError(f"the expression takes more than {MAX_WORK} steps; use for_each")


def within_size(size: int) -> None:
    """Fail before something huge is made."""
    if size > MAX_SIZE:
        raise EvaluationError(f"the result is larger than {MAX_SIZE} characters or elements")


# --- fields and elements -------------------------------------------------------------------------


def field(value: Any, name: str) -> Any:
    """`value.name`: a field of a record, a month, a date …; never a Python attribute."""
    if type(value) is Record:
        try:
            return value[name]
        except KeyError:
            pass
    if isinstance(value, Mapping):
        found = field_name(name, value)
        if found is None:
            raise EvaluationError(
                f"the record has no field '{name}'. {did_you_mean(name, map(str, value))}".rstrip()
            )
        return value[found]
    kind = kind_of(value)
    if name in FIELDS.get(kind, ()):
        return getattr(value, name)
    raise no_value(kind, f"what has the field '{name}'") or EvaluationError(f"{kind} has no field '{name}'")


def field_name(name: str, fields: Any) -> str | None:
    """The field that `name` stands for: `from_` is the field `from`, which Python's grammar reserves."""
    if name in fields:
        return name
    plain = name[:-1]
    return plain if name.endswith("_") and iskeyword(plain) and plain in fields else None


def element(value: Any, index: Any) -> Any:
    """`list[0]`, `text[0]`, `record['field']`."""
    kind, by = kind_of(value), kind_of(index)
    if kind == "record" and by == "text":
        return field(value, index)
    if kind in ("list", "text") and by == "integer":
        if -len(value) <= index < len(value):
            return value[index]
        raise EvaluationError(f"there is no [{index}]: the {kind} has {len(value)} element(s)")
    raise (
        no_value(kind, "what stands before '['")
        or no_value(by, "the index")
        or EvaluationError(f"{kind} has no element by {by}")
    )


def each(budget: Budget, values: Any, names: int = 0) -> Any:
    """The elements that a comprehension walks over; with `names`, each is a list of so many."""
    if (kind := kind_of(values)) != "list":
        raise no_value(kind, "what stands after 'in'") or EvaluationError(
            f"a list must stand after 'in', not {kind}"
        )
    spend(budget, len(values))
    if names and not all(kind_of(v) == "list" and len(v) == names for v in values):
        raise EvaluationError(f"every element must be a list of {names}, one for each name")
    return values


# --- conditions and comparisons ------------------------------------------------------------------


def condition(value: Any) -> bool:
    """A condition is true or false; nothing else is."""
    if value is True or value is False:
        return bool(value)
    kind = kind_of(value)
    raise no_value(kind, "a condition") or EvaluationError(f"a condition must be true or false, not {kind}")


def key(value: Any) -> Any:
    """Something hashable that is equal exactly when two values are."""
    kind = kind_of(value)
    if kind == "list":
        return kind, tuple(map(key, value))
    if kind == "record":
        return kind, frozenset((name, key(inner)) for name, inner in value.items())
    if kind in ("unknown", "secret", "credential"):
        raise no_value(kind, "a value to compare") or EvaluationError(f"{kind} is never compared")
    return group(kind), value


def equal(left: Any, right: Any) -> bool:
    """Values of one kind are compared; none is equal to none only."""
    if type(left) is type(right) is str:
        return bool(left == right)
    a, b = group(kind_of(left)), group(kind_of(right))
    if (a != b and "none" not in (a, b)) or "unknown" in (a, b):
        raise mismatch("==", left, right)
    return bool(key(left) == key(right))


def different(left: Any, right: Any) -> bool:
    """Not equal."""
    return not equal(left, right)


ORDERED = frozenset({"number", "date", "month", "duration"})


def _ordering(symbol: str, apply: Operation) -> Operation:
    def order(left: Any, right: Any) -> bool:
        kind = kind_of(left)
        if kind in _ORDERED_KINDS and group(kind) == group(kind_of(right)):
            return bool(apply(left, right))
        raise mismatch(symbol, left, right)

    return order


_ORDERED_KINDS = ORDERED | {"integer"}
less = _ordering("<", operator.lt)
more = _ordering(">", operator.gt)


def chain(left: Any, *rest: Any) -> bool:
    """`a <= b < c`: rest is (<=, b, <, c)."""
    for compare, right in zip(rest[::2], rest[1::2], strict=True):
        if not compare(left, right):
            return False
        left = right
    return True


def contains(budget: Budget, value: Any, whole: Any) -> bool:
    """`value in whole`: an element of a list, a part of a text, a day of a month or period."""
    pair = kind_of(value), kind_of(whole)
    if pair[1] == "list":
        spend(budget, len(whole))
        return any(equal(value, other) for other in whole)
    if pair in CONTAINED:
        return value in whole
    raise mismatch("in", value, whole)


CONTAINED = frozenset({("text", "text"), ("date", "month"), ("date", "period")})


def mismatch(symbol: str, left: Any, right: Any) -> EvaluationError:
    """Why an operator cannot take these two."""
    a, b = kind_of(left), kind_of(right)
    for kind, side in sorted(((a, "left"), (b, "right")), key=lambda pair: pair[0] != "unknown"):
        if problem := no_value(kind, f"the {side} side of '{symbol}'"):
            return problem
    return EvaluationError(f"'{symbol}' does not take {a} and {b}{advice(symbol, a, b)}")


def advice(symbol: str, left: str, right: str) -> str:
    """What to write instead, where there is one thing to say."""
    if left != right and "text" in (left, right) and {left, right} <= {"text", "integer", "number"}:
        return "; write number(…) for the text" + ("" if symbol != "+" else ", or text(…) for the number")
    if symbol in ("<", "<=", ">", ">=") and left == right:
        return f"; {left} has no order"
    return ""


# --- arithmetic ----------------------------------------------------------------------------------


def _whole(apply: Operation) -> Operation:
    def compute(left: int, right: int) -> int:
        result: int = apply(left, right)
        if not -_LARGEST < result < _LARGEST:
            raise EvaluationError("the number is too large")
        return result

    return compute


def _floor(left: Decimal | int, right: Decimal | int) -> Decimal:
    """Rounded down, for negative numbers too, as for integers (Decimal's own // rounds towards zero)."""
    quotient, rest = CONTEXT.divmod(left, right)
    return quotient - 1 if rest and (rest < 0) != (right < 0) else quotient


def _rest(left: Decimal | int, right: Decimal | int) -> Decimal:
    rest = CONTEXT.remainder(left, right)
    return CONTEXT.add(rest, right) if rest and (rest < 0) != (right < 0) else rest


def _text(left: str, right: str) -> str:
    within_size(len(left) + len(right))
    return left + right


def _list(left: Any, right: Any) -> list[Any]:
    within_size(len(left) + len(right))
    return [*left, *right]


def _days(duration: timedelta) -> timedelta:
    if duration % timedelta(days=1):
        raise EvaluationError("a date moves by whole days")
    return duration


Table = dict[tuple[str, str], tuple[Type, Operation]]


def _numbers(whole: tuple[Type, Operation], exact: Operation) -> Table:
    number = (NUMBER, exact)
    return {
        ("integer", "integer"): whole,
        ("integer", "number"): number,
        ("number", "integer"): number,
        ("number", "number"): number,
    }


OPERATORS: Mapping[str, Table] = {
    "+": {
        **_numbers((INTEGER, _whole(operator.add)), CONTEXT.add),
        ("text", "text"): (TEXT, _text),
        ("list", "list"): (Type("list"), _list),
        ("date", "duration"): (DATE, lambda day, time: day + _days(time)),
        ("duration", "duration"): (DURATION, operator.add),
    },
    "-": {
        **_numbers((INTEGER, _whole(operator.sub)), CONTEXT.subtract),
        ("date", "date"): (INTEGER, lambda last, first: (last - first).days),
        ("date", "duration"): (DATE, lambda day, time: day - _days(time)),
        ("duration", "duration"): (DURATION, operator.sub),
    },
    "*": _numbers((INTEGER, _whole(operator.mul)), CONTEXT.multiply),
    "/": _numbers((NUMBER, CONTEXT.divide), CONTEXT.divide),
    "//": _numbers((INTEGER, operator.floordiv), _floor),
    "%": _numbers((INTEGER, operator.mod), _rest),
}
"""What each operator takes and gives. The checker reads the same table."""


def _operation(symbol: str, table: Table) -> Operation:
    def operate(left: Any, right: Any) -> Any:
        found = table.get((kind_of(left), kind_of(right)))
        if found is None:
            raise mismatch(symbol, left, right)
        return found[1](left, right)

    return operate


def negative(value: Any) -> Any:
    """`-value`."""
    kind = kind_of(value)
    if kind == "integer":
        return -value
    if kind == "number":
        return value.copy_negate() if value else value
    raise no_value(kind, "what stands after '-'") or EvaluationError(f"'-' takes a number, not {kind}")


def is_none(value: Any) -> bool:
    """`value is none`."""
    if value is UNKNOWN:
        raise EvaluationError(
            "what stands before 'is' is unknown: the register did not answer; ask unknown(x)"
        )
    return value is None


OPERATIONS: Mapping[str, Callable[..., Any]] = {
    **{symbol: _operation(symbol, table) for symbol, table in OPERATORS.items()},
    "<": less,
    ">": more,
    "<=": _ordering("<=", operator.le),
    ">=": _ordering(">=", operator.ge),
    "==": equal,
    "!=": different,
    "in": contains,
    "negative": negative,
    "chain": chain,
    "condition": condition,
    "each": each,
    "element": element,
    "field": field,
    "none?": is_none,
}
