"""A picture that the browser refuses is taken again; any other failure is told at once."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Error

from robotfabrik.sessions import pictures

REFUSED = "Protocol error (Page.captureScreenshot): Unable to capture screenshot"
CLOSED = "Target page, context or browser has been closed"


class Page:
    """Answers pictures with what it was given, then with a picture."""

    def __init__(self, *failures: str) -> None:
        self.failures, self.asked = list(failures), 0

    def now(self) -> bytes:
        self.asked += 1
        if self.failures:
            raise Error(self.failures.pop(0))
        return b"picture"

    async def later(self) -> bytes:
        return self.now()


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "PAUSE", 0)


async def test_what_is_refused_is_asked_for_again() -> None:
    for refused in range(pictures.TRIES):
        assert await pictures.taken(Page(*[REFUSED] * refused).later) == b"picture"
        assert pictures.taken_now(Page(*[REFUSED] * refused).now) == b"picture"


@pytest.mark.parametrize(("failure", "asked"), [(REFUSED, pictures.TRIES), (CLOSED, 1)])
async def test_what_stays_refused_or_fails_otherwise_is_raised(failure: str, asked: int) -> None:
    later, now = (Page(*[failure] * pictures.TRIES) for _ in range(2))
    with pytest.raises(Error, match=re.escape(failure)):
        await pictures.taken(later.later)
    with pytest.raises(Error, match=re.escape(failure)):
        pictures.taken_now(now.now)
    assert (later.asked, now.asked) == (asked, asked)
