"""What a run leaves behind: the outcome of each item and the summary of a job. Reports read only these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

EffectOutcome = Literal["written", "already", "rehearsed"]
Found = Literal["", "noted", "listed"]
"""What an item's end says of the case: nothing, a note about it, or that it stays with a person."""
Choice = str | bool | None
"""A value of a closed type: one of the words that the PDD has named, yes or no, or none."""
NUMBER: Final = "n"
"""The key of a count beside its columns."""


@dataclass(frozen=True, slots=True)
class EffectResult:
    """An effect that an item had, or would have had in a rehearsal. `content` is case data."""

    effect: str
    outcome: EffectOutcome
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ItemResult:
    """How an item ended. `listed`: it stays with a person.

    `columns`, `readings`, `findings` and `private` are case data.
    """

    reference: str
    status: Literal["successful", "business", "failed", "held"]
    exception: str | None = None
    exception_name: str = ""
    reason: str = ""
    list: str | None = None
    details: bool = True
    rules: tuple[str, ...] = ()
    effects: tuple[EffectResult, ...] = ()
    columns: Mapping[str, Any] = field(default_factory=dict)
    readings: tuple[tuple[str, str], ...] = ()  # (source, date)
    analytics: Mapping[str, Any] = field(default_factory=dict)  # and measures; no personal data
    private: Mapping[str, Any] = field(default_factory=dict)  # measures of what people wrote
    findings: tuple[Mapping[str, Any], ...] = ()  # rule, source, value, date
    counted: Mapping[str, Choice] = field(default_factory=dict)  # the columns of `counts`; no personal data

    @property
    def checked(self) -> bool:
        """Read to the end: done, or ended with a finding that needs no list."""
        return self.status == "successful" or (self.status == "business" and self.list is None)

    @property
    def noted(self) -> bool:
        return self.checked and bool(self.effects)

    @property
    def listed(self) -> bool:
        return self.status == "business" and self.list is not None

    @property
    def found(self) -> Found:
        return "noted" if self.noted else "listed" if self.listed else ""


@dataclass(frozen=True, slots=True)
class ReportTable:
    """A table of the whole job. With `figures_only` it holds nothing of a case."""

    rows: tuple[Mapping[str, Any], ...]
    figures_only: bool


@dataclass(slots=True)
class Summary:
    """The figures of a job; the keys of `--json`."""

    checked: int = 0
    noted: int = 0
    listed: int = 0
    failed: int = 0
    held: int = 0
    already_done: int = 0
    excluded: int = 0
    written: int = 0
    effects: list[dict[str, Any]] = field(default_factory=list)
    tables: dict[str, ReportTable] = field(default_factory=dict)  # by title
    seconds: float = 0.0
    counts: list[dict[str, Any]] = field(default_factory=list)  # a row for each combination, with its number

    @property
    def flagged(self) -> int:
        """Items with a finding, or left to a person."""
        return self.noted + self.listed

    def count(self, item: ItemResult) -> None:
        """Add one item's result."""
        self.checked += item.checked
        self.noted += item.noted
        self.listed += item.listed
        self.failed += item.status == "failed"
        self.held += item.status == "held"
        self._combination(item.counted)
        for effect in item.effects:
            self.written += effect.outcome == "written"
            self.effects.append(
                {
                    "item": item.reference,
                    "effect": effect.effect,
                    "outcome": effect.outcome,
                    "content": effect.content,
                }
            )

    def _combination(self, counted: Mapping[str, Choice]) -> None:
        """One more of this combination; the rows stand in order, whatever came first."""
        if not counted:
            return
        for row in self.counts:
            if all(row[name] == value for name, value in counted.items()):
                row[NUMBER] += 1
                return
        self.counts.append({**counted, NUMBER: 1})
        self.counts.sort(key=lambda row: [(row[name] is None, str(row[name])) for name in counted])
