"""When a page is at rest: what is not there then will not come any more.

A page that the server has written whole is at rest as soon as it is loaded. One that scripts fill is not
while it fetches, waits for a timer of its own, or has just changed (rest.js watches for that).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import cache
from importlib import resources
from math import inf
from typing import Any, Literal

# A page of scripts that has stood still for so long, with nothing being fetched, shows what it has (seconds).
QUIET = 1.0
# What scripts draw in one go has been drawn within this time.
MOMENT = 0.1
# A request that has been open for so long may be one that is always open: what is there is taken without it.
STANDING = 5.0

Why = Literal["fetching", "changing"]


@cache
def rest_source() -> str:
    """The watcher's source: one JavaScript statement."""
    return resources.files(__package__).joinpath("rest.js").read_text(encoding="utf-8").rstrip()


class Rest:
    """Follows one question's readings, and says when their page is at rest."""

    def __init__(self, timeout: float) -> None:
        # A short time-out says how long the caller wants to look at all.
        self._quiet = min(QUIET, timeout / 2)
        self._longest = timeout * 0.8
        self._seen: object = self  # nothing yet
        self._since = 0.0
        self._ahead = 0.0
        self.why: Why = "changing"  # what kept it from being at rest at the last look

    def look(self, result: Mapping[str, Any], seen: object, *, sure: bool) -> bool:
        """Is the page at rest? `seen` stands for what was read: it must not change meanwhile.

        With `sure` something is missing that should be there, and only a page that has stood still proves
        that it will not come; without, something is there, and the page only ends what it is doing.
        """
        page = result.get("rest")
        if page is None:
            return True
        now = time.monotonic()
        fetching = page["fetching"] is not None and (sure or page["fetching"] < 1000 * STANDING)
        self.why = "fetching" if fetching else "changing"
        seen = (seen, page["fetching"] is None)
        if fetching or seen != self._seen:
            self._seen, self._since, self._ahead = seen, now, page["ahead"] / 1000
        if fetching:
            return False
        if sure:
            calm = not page["ahead"] and _since(page, "changed", "used") >= self._quiet
            needed = max(self._quiet, min(self._ahead + MOMENT, self._longest))
        else:
            calm = not page["soon"] and _since(page, "changed") >= MOMENT
            needed = self._quiet
        return calm or now - self._since >= needed


def combined(one: Mapping[str, Any] | None, other: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """What goes on in two frames, as if they were one."""
    if one is None or other is None:
        return one or other
    ages = {
        name: min((age for age in (one[name], other[name]) if age is not None), default=None)
        for name in ("fetching", "changed", "used")
    }
    return {**ages, "ahead": max(one["ahead"], other["ahead"]), "soon": one["soon"] or other["soon"]}


def _since(page: Mapping[str, Any], *names: str) -> float:
    """Seconds since the last of these; infinite when there was none."""
    return min((page[name] / 1000 for name in names if page[name] is not None), default=inf)
