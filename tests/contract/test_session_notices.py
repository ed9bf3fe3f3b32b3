"""What an application lays over a page is closed by itself, whatever a step is about to do there."""

from __future__ import annotations

import pytest

from robotfabrik.model.process import Repository
from robotfabrik.sessions.playwright import BrowserPool
from robotfabrik.sessions.session import PlaywrightSession
from tests.support.session_pages import SPAN, Site, element, label, role, screen, show, target

pytestmark = pytest.mark.asyncio(loop_scope="module")
PAGE = """
<label>Namn <input></label> <button onclick="document.title = 'Sparad'">Spara</button>
<dialog open aria-label=Driftmeddelande style="position: fixed; inset: 0; width: 100%; height: 100%">
  <form method=dialog><button>OK</button></form></dialog>
"""


def repository() -> Repository:
    close = element(role("button", "OK", within=role("dialog", "Driftmeddelande")))
    return Repository(
        "app", SPAN, "App", None, 60.0, (), {"notice": screen(close=close)}, {}, {}, notices=(close,)
    )


async def test_a_notice_is_closed_before_a_click_and_before_typing(site: Site) -> None:
    async with BrowserPool() as pool:
        session = await pool.worker(repositories={"app": repository()}).open("app", None, site.url)
        for _ in range(2):
            await show(session, site, PAGE)
            await session.click(target(role("button", "Spara")), 5)
            assert await session.page.title() == "Sparad"
        await show(session, site, PAGE)
        await session.fill(target(label("Namn")), "Anna", 5)
        assert await session.page.get_by_label("Namn").input_value() == "Anna"


async def test_a_notice_that_nobody_declared_stays(site: Site, session: PlaywrightSession) -> None:
    await show(session, site, PAGE)
    with pytest.raises(Exception, match="something lies on top of it"):
        await session.click(target(role("button", "Spara")), 1)
