"""What a test gave: nothing, or what differs from what it expects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from robotfabrik.expressions import to_text
from robotfabrik.model.cases import Case, ProcessTest, RuleTest
from robotfabrik.model.source import Span
from robotfabrik.model.values import Record


@dataclass(frozen=True, slots=True)
class Problem:
    """What differs; `expected` and `actual` are None when `message` says it all."""

    span: Span
    message: str
    expected: str | None = None
    actual: str | None = None

    def lines(self) -> list[str]:
        """For people: one line, or both texts one under the other when one of them has several."""
        if self.expected is None or self.actual is None:
            return self.message.splitlines()
        if "\n" not in self.expected + self.actual:
            return [self.message, f"    expected: {self.expected}", f"    actual:   {self.actual}"]
        return [self.message, "    expected:", *_bar(self.expected), "    actual:", *_bar(self.actual)]


def _bar(text: str) -> list[str]:
    return [f"      | {line}".rstrip() for line in text.splitlines()]


@dataclass(slots=True)
class CaseOutcome:
    """A test's name, and its problems: none when it passed."""

    name: str
    problems: list[Problem] = field(default_factory=list)


def name_of(case: Case) -> str:
    """What a test is called: by its name, or by the rule or text that it is about."""
    if isinstance(case, ProcessTest):
        return str(case.name)
    return f"rule {case.rule.id}" if isinstance(case, RuleTest) else f"text {case.text.id}"


def names_of(cases: Sequence[Case]) -> list[str]:
    """A name for each test; the second of the same name is `name [2]`."""
    seen: Counter[str] = Counter()
    names = []
    for case in cases:
        name = name_of(case)
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} [{seen[name]}]")
    return names


def as_written(value: Any) -> str:
    """What an effect is given, as text: a list is a line for each element, a record its values."""
    if isinstance(value, tuple | list):
        return "\n".join(map(as_written, value))
    if isinstance(value, Record):
        return ", ".join(map(as_written, value.values()))
    return "" if value is None else to_text(value)


def shown(value: Any) -> str:
    """A value in a message."""
    if value is None:
        return "none"
    if isinstance(value, tuple | list):
        return f"[{', '.join(shown(part) for part in value)}]"
    return repr(value) if isinstance(value, Record) else to_text(value)
