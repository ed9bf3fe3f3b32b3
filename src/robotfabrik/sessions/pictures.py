"""Pictures of pages that are taken again when the browser refuses one.

Chromium does so when it has no frame of the page at hand, most often for the first picture after its start on
a busy machine. The page is neither closed nor changed, and the next picture is taken.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

from playwright.async_api import Error

TRIES: Final = 5
PAUSE: Final = 0.2
"""Seconds until it is asked again."""
_REFUSED: Final = "Unable to capture screenshot"


async def taken(take: Callable[[], Awaitable[bytes]]) -> bytes:
    """A picture; Error when it is refused again and again, or for another reason."""
    for _ in range(TRIES - 1):
        try:
            return await take()
        except Error as error:
            _raise_other(error)
        await asyncio.sleep(PAUSE)
    return await take()


def taken_now(take: Callable[[], bytes]) -> bytes:
    """The same where nothing runs at once."""
    for _ in range(TRIES - 1):
        try:
            return take()
        except Error as error:
            _raise_other(error)
        time.sleep(PAUSE)
    return take()


def _raise_other(error: Error) -> None:
    if _REFUSED not in error.message:
        raise error
