"""What a robot said of cases, beside what people decided about them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from robotfabrik.model.errors import UsageError
from robotfabrik.model.process import Comparison

Columns = Mapping[str, Any]
"""A row of a report as the store keeps it: texts, numbers, booleans and none."""
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """What a robot's report says of a case. `ended`: not failed and not in doubt."""

    columns: Columns
    outcome: str  # what ended it, where its columns do not say more
    ended: bool = True


@dataclass(frozen=True, slots=True)
class Pair:
    """A case of both. `differs` names the robot's columns, `amounts` the people's amount less the robot's."""

    key: Key
    by: Key
    said: Columns
    decided: Columns
    differs: tuple[str, ...]
    amounts: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Left:
    """A case that the robot left to people; none: they have not decided yet."""

    key: Key
    by: Key
    decided: Columns | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """How often people decided what the robot had said, of the cases of one kind."""

    by: Key
    compared: int
    agreed: int


@dataclass(frozen=True, slots=True)
class Amounts:
    """Where amounts are not the same: how many, all differences (people's less the robot's), the largest."""

    count: int
    sum: Decimal
    largest: Decimal


@dataclass(frozen=True, slots=True)
class Compared:
    """`waiting`: the robot has said something, people have not decided. `unseen`: the reverse."""

    section: Comparison
    pairs: tuple[Pair, ...]
    left: tuple[Left, ...]
    waiting: tuple[Key, ...]
    unseen: tuple[Key, ...]

    @property
    def disagreements(self) -> tuple[Pair, ...]:
        return tuple(pair for pair in self.pairs if pair.differs)

    @property
    def agreement(self) -> tuple[Agreement, ...]:
        """By what the PDD says, in the order of the alphabet."""
        compared = Counter(pair.by for pair in self.pairs)
        apart = Counter(pair.by for pair in self.disagreements)
        return tuple(Agreement(by, number, number - apart[by]) for by, number in sorted(compared.items()))

    def amounts(self, column: str) -> Amounts:
        """The differences of an amount."""
        found = [pair.amounts[column] for pair in self.pairs if pair.amounts.get(column)]
        return Amounts(len(found), sum(found, Decimal(0)), max(found, key=abs, default=Decimal(0)))

    @property
    def decided_instead(self) -> Mapping[tuple[Key, Key | None], int]:
        """(what the robot left them for, what people decided, none: not yet) → how many."""
        others = self.section.fields.values()
        return Counter(
            (one.by, None if one.decided is None else tuple(_word(one.decided.get(name)) for name in others))
            for one in self.left
        )


def compare(section: Comparison, month: str, said: Iterable[Said], decided: Iterable[Columns]) -> Compared:
    """Join the robot's results of a month with what people decided for it.

    Of several results of a case the first that came to an end counts: what the robot said before people had
    acted. Of several decisions the last one that was read counts.
    """
    own: dict[Key, Said] = {}
    for one in said:
        if _word(one.columns.get(section.month)) != month:
            continue
        key = _key(section, one.columns)
        if key not in own or (one.ended and not own[key].ended):
            own[key] = one
    theirs = {
        _key(section, columns): columns
        for columns in decided
        if _word(columns.get(section.month)) == month
        and all(_word(columns.get(name)) == word for name, word in section.only.items())
    }
    pairs, left, waiting = [], [], []
    for key, one in sorted(own.items()):
        by = tuple(_word(one.columns.get(name)) or one.outcome for name in section.by)
        other = theirs.get(key)
        if _is_left(section, one):
            left.append(Left(key, by, other))
        elif other is None:
            waiting.append(key)
        else:
            pairs.append(_pair(section, key, by, one.columns, other))
    unseen = sorted(theirs.keys() - own.keys())
    return Compared(section, tuple(pairs), tuple(left), tuple(waiting), tuple(unseen))


def _key(section: Comparison, columns: Columns) -> Key:
    return tuple(_word(columns.get(name)) for name in section.key)


def _is_left(section: Comparison, one: Said) -> bool:
    word = _word(one.columns.get(next(iter(section.fields))))
    return not one.ended or not word or word in section.left


def _pair(section: Comparison, key: Key, by: Key, own: Columns, other: Columns) -> Pair:
    differs = [n for n, theirs in section.fields.items() if _word(own.get(n)) != _word(other.get(theirs))]
    amounts: dict[str, Decimal] = {}
    for name, theirs in section.amounts.items():
        ours, decided = _amount(own, name), _amount(other, theirs)
        if ours is not None and decided is not None:
            amounts[name] = decided - ours
        if ours != decided:
            differs.append(name)
    return Pair(key, by, own, other, tuple(differs), amounts)


def _amount(columns: Columns, name: str) -> Decimal | None:
    value = columns.get(name)
    try:
        return None if value is None else Decimal(str(value))
    except InvalidOperation:
        raise UsageError(f"the column '{name}' is compared as an amount, and holds something else") from None


def _word(value: Any) -> str:
    """A cell as text, so that reports compare whatever the types of their columns."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "ja" if value else "nej"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(_word, value))
    return str(value)
