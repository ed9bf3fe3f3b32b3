"""What the engine needs from outside. Adapters live in sessions/ and store/; wiring.py joins them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from robotfabrik.activities.api import Service, Session
from robotfabrik.model.alerts import Cause
from robotfabrik.model.assets import ANYBODY, Asset, AssetReader
from robotfabrik.model.audit import Entry
from robotfabrik.model.process import Element
from robotfabrik.model.records import GivenUp, JobRecord
from robotfabrik.model.values import Credential, Secret
from robotfabrik.model.work import (
    WITHOUT_PERIOD,
    Added,
    EffectKey,
    EffectRecord,
    Item,
    Job,
    NewItem,
    OpenItem,
    Selection,
    Settlement,
    Space,
    StoredItem,
)  # fmt: skip

__all__ = ["Files", "Grants", "Session", "Sessions", "Store"]


class Store(Protocol):
    """Jobs, items, effects and memory. Synchronous; every call is one transaction.

    Calls that name an Item raise LeaseLost when (owner, epoch) no longer hold it.
    """

    @property
    def pepper(self) -> bytes:
        """The store's own key for the keyed hashes of effects; made once."""
        ...

    # --- jobs
    def start_job(self, job: Job) -> None:
        """Record that a job runs; one that waited under that id runs from here.

        JobTaken when it does not wait any more.
        """
        ...

    def end_job(self, job_id: str, status: str, summary: dict[str, Any]) -> None:
        """Record how a job ended. LeaseLost when it does not run: it was given up."""
        ...

    def beat(self, job_id: str, owner: str) -> str:
        """Say that the job lives; what a person wants of it: "", "stop" or "kill".

        "lost": it is not this owner's to run any more; nothing more is to be done with it.
        """
        ...

    def hand_over(self, job_id: str, owner: str, summary: Mapping[str, Any]) -> GivenUp | None:
        """End a job whose machine stops; one that was queued gets a pending successor.

        None when it is not this owner's to run any more.
        """
        ...

    def job(self, job_id: str) -> JobRecord | None: ...
    def dispatched(self, job_id: str) -> None:
        """The job knows all that there is to do."""
        ...

    def has_told(self, job_id: str) -> None:
        """The job owes no message any more."""
        ...

    def owing(self, space: Space) -> Sequence[JobRecord]:
        """Jobs that tell and did not end successfully, those that run too, the first one first."""
        ...

    # --- items
    def add_item(self, space: Space, item: NewItem, job_id: str) -> Added:
        """Add an item or say what is there: a settled one stays as it is.

        One that failed or was abandoned gets a successor ("reopened"). One that waits takes over what is
        given; one in progress only counts as seen.
        """
        ...

    def add_items(self, space: Space, new: Sequence[NewItem], job_id: str) -> Sequence[Added]:
        """Add all of them, or none when one cannot be added."""
        ...

    def claim(
        self, space: Space, owner: str, job_id: str, lease: float, selection: Selection = WITHOUT_PERIOD
    ) -> Item | None:
        """Take the first claimable item (selected, due, lock free) for `lease` seconds, raising its epoch.

        First: of the highest priority, of these with the earliest deadline, of these the first one added;
        what was postponed behind all others comes after them.

        An in-progress item whose lease has run out is claimable again.
        """
        ...

    def next_due(self, space: Space, selection: Selection = WITHOUT_PERIOD) -> float | None:
        """Seconds until a selected item may become claimable (0 = now); None when no such item is open.

        At most: a holder may settle sooner and leave its lock, so look again now and then.
        """
        ...

    def renew(self, item: Item, lease: float) -> None: ...
    def settle(self, item: Item, settlement: Settlement, completed_on: date) -> None:
        """Store the outcome with all results in one transaction; `completed_on` feeds last_completed."""
        ...

    def retry(self, item: Item, delay: float, reason: str) -> None:
        """Open the item again after `delay` seconds; the execution counts as an attempt."""
        ...

    def postpone(self, item: Item, exception: str, delay: float | None) -> None:
        """Open it again after `delay` seconds, or behind every open item (None); no attempt is counted."""
        ...

    def release(self, item: Item) -> None:
        """Give an untouched item back (interruption); no attempt is counted."""
        ...

    def owners(self, space: Space) -> Sequence[str]:
        """Owners of in-progress items, so that dead ones can be found."""
        ...

    def release_owner(self, space: Space, owner: str) -> int:
        """Open the items of an owner that is known to be dead; how many there were."""
        ...

    def abandon(self, space: Space | None = None) -> int:
        """Give up what is in progress with a lease that ended a day ago and nobody took; how many items."""
        ...

    def open_items(self, space: Space, job_id: str) -> Sequence[OpenItem]:
        """The open and abandoned items of a space, in the order of their adding, as that job sees them."""
        ...

    def items(self, space: Space, job_id: str | None = None) -> Sequence[StoredItem]:
        """The items of a space, in the order of their adding; of one job when `job_id` is given.

        Of those that were tried again only the newest.
        """
        ...

    def last_completed(self, space: Space, key: str, on: date) -> date | None:
        """The latest `completed_on` ≤ `on` of a successful item with that lock or reference."""
        ...

    def progress(self, item: Item, text: str) -> None:
        """Note how far the work on a claimed item has come."""
        ...

    # --- assets: shared by the processes of an environment and data set; a rehearsal changes only its own
    def asset(self, space: Space, name: str, reader: AssetReader = ANYBODY) -> Asset | None:
        """What a reader gets: set for its bot, else for its machine, else for all."""
        ...

    def set_asset(
        self, space: Space, name: str, value: str, job_id: str, reader: AssetReader = ANYBODY
    ) -> None:
        """Set what the reader would get; SystemException when its type does not allow that."""
        ...

    # --- effects
    def effect(self, key: EffectKey) -> EffectRecord | None: ...
    def submit_effect(self, key: EffectKey, item: Item, content: Mapping[str, Any] | None = None) -> None:
        """Record the intent, durably, right before the writing click; the lease must still run.

        `content`: what is to be written, as JSON, for the audit.
        """
        ...

    def confirm_effect(self, key: EffectKey, item: Item, candidate: str) -> None:
        """The effect is seen in the application as `candidate`; binds that candidate to this key."""
        ...

    def bound_candidates(self, scope: str, candidates: Sequence[str], besides: EffectKey) -> frozenset[str]:
        """Those of `candidates` that are bound to another effect of the same scope."""
        ...

    # --- alerts
    def raise_alert(self, cause: Cause) -> None:
        """A robot tells people something; its times are the store's. The same again only counts."""
        ...

    # --- audit
    def audit(self, entry: Entry) -> int:
        """Tell what was done, behind all that was told before; the number of its row.

        What a store's own call does (a job, an effect) that call tells itself.
        """
        ...


class Sessions(Protocol):
    """Opens sessions of one robot worker in its applications."""

    async def open(
        self, application: str, credential: Credential | None, url: str, login_marker: Element | None = None
    ) -> Session:
        """A fresh window. Seeing `login_marker` instead of what was wanted means SessionLost."""
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Grants:
    """What a bot lets its steps use besides its applications."""

    credentials: Mapping[str, Credential] = field(default_factory=dict)
    services: Mapping[str, Service] = field(default_factory=dict)
    secrets: Mapping[str, Secret] = field(default_factory=dict)


class Files(Protocol):
    """Knows which files a job may use."""

    def path(self, text: str, *, write: bool = False) -> Path:
        """Where a named file lies (activities.api.Context.path); SystemException when it is not allowed."""
        ...
