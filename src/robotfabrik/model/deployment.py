"""Deployment: what a bot runs, by content, and what people have decided about it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Literal, Protocol

StepName = Literal["vald", "pdd", "utveckling", "informerad", "driftsatt"]

STEPS: Final[Mapping[StepName, str]] = {
    "vald": "the process was chosen",
    "pdd": "the business stands behind this version of the PDD",
    "utveckling": "the developer has finished this release",
    "informerad": "those who work with its results know of this version",
    "driftsatt": "this release is taken into operation",
}
"""The field's own words, in their order, and what is signed with each."""


@dataclass(frozen=True, slots=True)
class Release:
    """What a bot runs: every file that it is made of, and what the command line changes in it.

    `files`: path from the project's folder, with slashes → text, canonical. `changes`: option → what it
    changes, such as `--set first_check` → `2022-05-01 → 2022-06-01`; a deployed release has none.
    """

    files: Mapping[str, str]
    changes: Mapping[str, str] = field(default_factory=dict)

    @property
    def hash(self) -> str:
        """Equal for equal contents only: 64 digits."""
        return content_hash({**self.files, **self.changes})

    @property
    def short(self) -> str:
        """What people read and write of the hash."""
        return short(self.hash)


@dataclass(frozen=True, slots=True)
class Decision:
    """One signed step. Rows are only ever added: who corrects one signs again.

    `details` of `driftsatt`: review_by, rehearsal, tests, pilot, addresses, and more; or `withdrawn`: true,
    when it takes the release out of operation. `number` is given by the store.
    """

    bot: str
    step: StepName
    by: str
    role: str
    on: date  # when it was decided, which may be before it was written down
    note: str
    recorded_by: str  # the account of who wrote it down
    release: str = ""  # the hash of what the bot was then; empty when it could not be read yet
    version: str = ""  # the PDD's own
    rollback: bool = False  # an earlier release is taken back into operation
    details: Mapping[str, Any] = field(default_factory=dict)  # JSON
    number: int = 0

    @property
    def review_by(self) -> date | None:
        """The day when it is to be looked at again."""
        text = self.details.get("review_by")
        return None if text is None else date.fromisoformat(text)

    @property
    def pilot(self) -> int | None:
        """So many items a live job may handle, until a person lifts it; none: all."""
        found = self.details.get("pilot")
        return None if found is None else int(found)

    @property
    def withdrawn(self) -> bool:
        """It takes the release out of operation."""
        return self.details.get("withdrawn") is True


class Register(Protocol):
    """Where releases and decisions are kept, for ever and unchanged."""

    def record_decision(self, decision: Decision, release: Release | None) -> Decision:
        """Add a decision, and keep the release that it is about; the decision with its number."""
        ...

    def decisions(self, bot: str | None = None) -> Sequence[Decision]:
        """The decisions about a bot, or all, in the order in which they were written down."""
        ...

    def kept_release(self, hash: str) -> Release | None:
        """A release that a decision was about."""
        ...


def canonical(text: str) -> str:
    """The text as it counts: what a copy to another system changes by itself is no change."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def content_hash(parts: Mapping[str, str]) -> str:
    """SHA-256 of named texts, in any order; the lengths keep one from running into the next."""
    digest = hashlib.sha256()
    for name, text in sorted(parts.items()):
        for part in (name.encode(), text.encode("utf-8", "surrogatepass")):
            digest.update(b"%d\n" % len(part) + part)
    return digest.hexdigest()


def short(hash: str) -> str:
    return hash[:12]
