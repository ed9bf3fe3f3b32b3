"""What contract tests share: the stores, a site of a module's own pages, and one session of a browser."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from robotfabrik.sessions.playwright import BrowserPool
from robotfabrik.sessions.session import PlaywrightSession
from tests.contract.test_store import backend, database, postgresql_server, store
from tests.support.session_pages import Site

__all__ = ["backend", "database", "postgresql_server", "session", "site", "store"]


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def session(site: Site) -> AsyncIterator[PlaywrightSession]:
    async with BrowserPool() as pool:
        yield await pool.worker().open("app", None, site.url)
