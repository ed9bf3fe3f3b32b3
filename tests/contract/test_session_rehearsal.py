"""In a rehearsal nothing that could write leaves the browser, whatever way a page takes."""

# ruff: noqa: E501 (pages are written as a server would send them)

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from robotfabrik.model.errors import SystemException
from robotfabrik.sessions.playwright import BrowserPool, PlaywrightSessions
from robotfabrik.sessions.session import PlaywrightSession
from tests.support.session_pages import PAGE, Answer, Site, label, role, target, test_id, text

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def worker() -> AsyncIterator[PlaywrightSessions]:
    async with BrowserPool(rehearsal=True) as pool:
        yield pool.worker()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def session(worker: PlaywrightSessions, site: Site) -> PlaywrightSession:
    return await worker.open("app", None, site.url)


async def show(session: PlaywrightSession, site: Site, body: str) -> None:
    site.pages["/page"] = body
    site.pages["/post"] = "<p>Skickat</p>"
    await session.goto(site.url + "/page", 5)
    site.requests.clear()


WAYS = {
    "form": "<form method=post action=/post><button>Spara</button></form>",
    "form by script": "<form id=f method=post action=/post></form><button onclick='f.submit()'>Spara</button>",
    "new tab": "<form method=post action=/post target=_blank><button>Spara</button></form>",
    "fetch": "<button onclick=\"fetch('/post', {method: 'POST'})\">Spara</button>",
    "fetch that outlives": "<button onclick=\"fetch('/post', {method: 'PUT', keepalive: true})\">Spara</button>",
    "xhr": "<button onclick=\"const x = new XMLHttpRequest; x.open('DELETE', '/post'); x.send()\">Spara</button>",
    "beacon": "<button onclick=\"navigator.sendBeacon('/post', 'x')\">Spara</button>",
    "frame": '<iframe name=i srcdoc="x"></iframe><form method=post action=/post target=i><button>Spara</button></form>',
    "websocket": "<button onclick=\"new WebSocket(location.origin.replace('http', 'ws') + '/post')\">Spara</button>",
}


@pytest.mark.parametrize("way", WAYS)
async def test_a_write_is_stopped_and_told(session: PlaywrightSession, site: Site, way: str) -> None:
    await show(session, site, WAYS[way])
    with pytest.raises(SystemException, match=r"stopped .* /post from app\.screen\.element"):  # noqa: PT012
        await session.click(target(role("button", "Spara")), 3)
        # A form that is sent to another frame or tab, or a beacon, may be a moment late: then the next
        # action tells it.
        await asyncio.sleep(0.5)
        await session.press("Shift", None, 3)
    await asyncio.sleep(0.2)
    assert [r for r in site.requests if "/post" in r[1]] == []


BACKGROUND = {
    "fetch in a moment": "<button onclick=\"setTimeout(() => fetch('/post', {method: 'POST'}))\">Spara</button>",
    "worker": "<button onclick=\"new Worker('/worker.js')\">Spara</button>",
    "shared worker": "<button onclick=\"try { new SharedWorker('/worker.js') } catch { }\">Spara</button>",
    "service worker": "<button onclick=\"navigator.serviceWorker?.register('/worker.js')\">Spara</button>",
    "later": "<button onclick=\"setTimeout(() => fetch('/post', {method: 'POST'}), 100)\">Spara</button>",
    "popup": "<button onclick=\"window.open('/popup')\">Spara</button>",
}


@pytest.mark.parametrize("way", BACKGROUND)
async def test_what_no_action_waits_for_is_stopped_too(
    session: PlaywrightSession, site: Site, way: str
) -> None:
    site.pages["/worker.js"] = Answer("fetch('/post', {method: 'POST'})", type="text/javascript")
    site.pages["/popup"] = "<script>fetch('/post', {method: 'POST'})</script>"
    await show(session, site, BACKGROUND[way])
    try:
        await session.click(target(role("button", "Spara")), 3)
    except SystemException as error:
        assert "rehearsal stopped" in str(error)  # noqa: PT017 (some come in time, some do not)
    await asyncio.sleep(0.4)
    assert site.writes() == []


async def test_enter_is_stopped(session: PlaywrightSession, site: Site) -> None:
    await show(session, site, "<form method=post action=/post><label>Namn<input autofocus></label></form>")
    for pressed in (target(label("Namn")), None):
        with pytest.raises(SystemException, match=r"rehearsal stopped .* POST /post"):
            await session.press("Enter", pressed, 2)
    assert site.writes() == []


async def test_reading_goes_on(session: PlaywrightSession, site: Site) -> None:
    site.pages["/bild.png"] = Answer("", type="image/png")
    await show(session, site, """<img src=/bild.png><form action=/post><button>Visa</button></form>
      <button onclick="fetch('/data')">Hämta</button>""")  # fmt: skip
    await session.click(target(role("button", "Hämta")), 2)
    await session.click(target(role("button", "Visa")), 2)
    assert await session.read_text(target(text("Skickat")), 1)


async def test_a_search_that_posts_is_allowed(session: PlaywrightSession, site: Site) -> None:
    site.pages["/post"] = Answer(PAGE.format("<p>Träffar</p>"), wait=0.2)
    await show(session, site, "<form method=post action=/post><button>Sök</button></form>")
    await session.click(target(role("button", "Sök"), submits="read"), 3)
    assert await session.read_text(target(text("Skickat")), 1)
    assert site.writes() == [("POST", "/post?")] or site.writes() == [("POST", "/post")]
    # Only that element: the next one is stopped again.
    await show(session, site, WAYS["form"])
    with pytest.raises(SystemException, match="rehearsal stopped"):
        await session.click(target(role("button", "Spara")), 3)


async def test_the_page_stays_after_a_stopped_write(session: PlaywrightSession, site: Site) -> None:
    await show(session, site, WAYS["form"] + "<output data-testid=v>kvar</output>")
    with pytest.raises(SystemException):
        await session.click(target(role("button", "Spara")), 3)
    assert await session.read_text(target(test_id("v")), 1) == "kvar"


async def test_paths_in_messages_hold_no_identity_numbers(session: PlaywrightSession, site: Site) -> None:
    await show(
        session, site, "<form method=post action=/person/198001022386?a=b><button>Spara</button></form>"
    )
    with pytest.raises(SystemException) as caught:
        await session.click(target(role("button", "Spara")), 3)
    assert "198001022386" not in str(caught.value)


POST = "fetch('/post', {method: 'POST'})"
ACTS: dict[str, tuple[str, Callable[[PlaywrightSession, Path], Awaitable[object]]]] = {
    "a field": (f"<label>X<input onchange=\"{POST}\" oninput=\"{POST}\"></label>", lambda s, _: s.enter(X, "a", 20)),
    "keys in a field": (
        f"<label>X<input onkeydown=\"{POST}\"></label>",
        lambda s, _: s.type_keys(X, "a", 20, delay=0, empty=False, verify=False),
    ),
    "a box": (f"<label>X<input type=checkbox onchange=\"{POST}\"></label>", lambda s, _: s.enter(X, "ja", 20)),
    "a list": (f"<label>X<select onchange=\"{POST}\"><option><option>a</select></label>", lambda s, _: s.select(X, "a", 20)),
    "a choice that opens": (
        f"<input aria-label=X role=combobox><div role=option onclick=\"{POST}\">a</div>",
        lambda s, _: s.enter(X, "a", 20),
    ),
    "hovering": (f"<button aria-label=X onmouseover=\"{POST}\">X</button>", lambda s, _: s.hover(X, 20)),
    "the focus": (f"<input aria-label=X onfocus=\"{POST}\">", lambda s, _: s.focus(X, 20)),
    "a drop": (
        f"<p aria-label=X>X</p><p style='margin-top:90px' aria-label=Y onpointerup=\"{POST}\">Y</p>",
        lambda s, _: s.drag(X, target(label("Y")), 20),
    ),
    "scrolling": (f"<div aria-label=X onwheel=\"{POST}\">X</div>", lambda s, _: s.scroll(X, "down", 10, 20)),
    "a dialog": (f"<button aria-label=X onclick=\"confirm('?') && {POST}\">X</button>", lambda s, _: accepted(s)),
    "a script": ("<p aria-label=X>X</p>", lambda s, _: s.script(f"return {POST}.catch(() => 0)", X, "", 20)),
    "a script of the page": ("<p>X</p>", lambda s, _: s.script(f"return {POST}.catch(() => 0)", None, "", 20)),
    "an upload": (
        f"<input type=file aria-label=X onchange=\"{POST}\">",
        lambda s, folder: s.upload(X, [a_file(folder)], 20),
    ),
    "a download": (
        "<form method=post action=/post><button aria-label=X>X</button></form>",
        lambda s, folder: s.download(X, lambda name: folder / name, 20),
    ),
}  # fmt: skip
X = target(label("X"), submits=None)


async def accepted(session: PlaywrightSession) -> None:
    await session.answer_dialog(True, "", "")
    await session.click(X, 20)


def a_file(folder: Path) -> Path:
    path = folder / "a.txt"
    path.write_text("x")
    return path


@pytest.mark.parametrize("way", ACTS)
async def test_every_way_of_acting_is_watched(
    session: PlaywrightSession, site: Site, way: str, tmp_path: Path
) -> None:
    body, act = ACTS[way]
    await show(session, site, body)
    with pytest.raises(SystemException, match=r"rehearsal stopped .* POST /post"):  # noqa: PT012
        await act(session, tmp_path)
        await session.press("Shift", None, 20)  # what came a moment late is told by the next action
    assert site.writes() == []


async def test_windows_that_open_are_watched(session: PlaywrightSession, site: Site) -> None:
    site.pages["/popup"] = "<form method=post action=/post><button>Spara</button></form>"
    await session.close_other_windows()
    await show(session, site, "<a href=/popup target=_blank>Öppna</a>")
    await session.click(target(role("link", "Öppna")), 20)
    await session.attach_window("ny", "", 20)
    with pytest.raises(SystemException, match="rehearsal stopped"):
        await session.click(target(role("button", "Spara")), 20)
    await session.open_window("andra", site.url + "/popup", 20)
    with pytest.raises(SystemException, match="rehearsal stopped"):
        await session.click(target(role("button", "Spara")), 20)
    await session.close_other_windows()
    assert site.writes() == []
