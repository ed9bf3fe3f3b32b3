"""An outline around an element, for people who watch: drawn over the page, never a part of its layout."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from importlib import resources

from playwright.async_api import Error, JSHandle, Locator


class Highlight:
    """The one outline of a window."""

    def __init__(self) -> None:
        self._mark: JSHandle | None = None

    async def draw(self, found: Locator, ms: float) -> None:
        """Put the outline around the only element that is found within `ms`; Playwright's Error else."""
        await self.remove()
        self._mark = await found.evaluate_handle(_source(), timeout=ms)

    async def remove(self) -> None:
        """Take it away; a page that has gone took it along."""
        mark, self._mark = self._mark, None
        if mark is not None:
            with suppress(Error):
                await mark.evaluate("mark => mark.remove()")
                await mark.dispose()


@cache
def _source() -> str:
    return resources.files(__package__).joinpath("highlight.js").read_text(encoding="utf-8")
