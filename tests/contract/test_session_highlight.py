"""The outline around an element: seen by people, and by nothing else."""

# ruff: noqa: E501 (pages are written as a server would send them)

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image, ImageChops

from robotfabrik.model.errors import ElementMissing
from robotfabrik.model.process import Selector, Target
from robotfabrik.sessions.locators import locator, spec_of
from robotfabrik.sessions.pictures import taken
from robotfabrik.sessions.playwright import BrowserPool
from robotfabrik.sessions.session import PlaywrightSession
from tests.support.session_pages import Site, column, css, element, label, role, table, target, text

pytestmark = pytest.mark.asyncio(loop_scope="module")

MARK = "robotfabrik-outline"
COLOUR = (0xD6, 0x00, 0x6C)
LAYOUT = """() => JSON.stringify([...document.body.querySelectorAll('*')].map(e => e.getBoundingClientRect())
  .concat(scrollX, scrollY, document.documentElement.scrollWidth, document.documentElement.scrollHeight))"""
FORM = """<style>html{display:flex} html > *{margin:30px} * {border: 5px solid green}</style>
  <h1>Ärende</h1><label>Namn <input id=n value=Anna></label><button id=b>Spara</button>
  <iframe srcdoc="<button style='margin:20px'>I ramen</button>"></iframe><div id=host></div>
  <script>host.attachShadow({mode: 'open'}).innerHTML = '<button>I skuggan</button>'</script>"""


async def show(session: PlaywrightSession, site: Site, body: str) -> None:
    site.pages["/page"] = body
    await session.goto(site.url + "/page", 5)


async def picture(session: PlaywrightSession) -> Image.Image:
    return Image.open(io.BytesIO(await taken(session._page.page.screenshot))).convert("RGB")


async def evaluate(session: PlaywrightSession, source: str) -> Any:
    return await session._page.page.evaluate(source)


def outlined(image: Image.Image) -> tuple[int, int, int, int] | None:
    """The box around everything of the outline's colour."""
    flat = Image.new("RGB", image.size, COLOUR)
    mask = ImageChops.difference(image, flat).convert("L").point(lambda value: 255 if value < 8 else 0)
    return mask.getbbox()


@pytest.mark.parametrize("found", [
    role("button", "Spara"), label("Namn"), role("button", "I skuggan"),
    role("button", "I ramen", frame=css("iframe")),
], ids=["button", "field", "shadow", "frame"])  # fmt: skip
async def test_it_lies_around_the_element_and_moves_nothing(
    session: PlaywrightSession, site: Site, found: Selector
) -> None:
    await show(session, site, FORM)
    before, empty = await evaluate(session, LAYOUT), await picture(session)
    assert outlined(empty) is None
    await session.highlight(target(found), 2)
    seen = outlined(await picture(session))
    assert seen is not None
    assert await evaluate(session, LAYOUT) == before
    box = await locator(session._page.page, spec_of(found)).bounding_box()
    assert box is not None
    gap = 4
    wanted = (box["x"] - gap, box["y"] - gap, box["x"] + box["width"] + gap, box["y"] + box["height"] + gap)
    assert all(abs(a - b) <= 1 for a, b in zip(seen, wanted, strict=True)), (seen, wanted)
    await session.highlight(None, 0)
    assert ImageChops.difference(await picture(session), empty).getbbox() is None


async def test_it_is_seen_above_a_dialog_and_follows_the_page(session: PlaywrightSession, site: Site) -> None:
    await show(
        session,
        site,
        """<div style="height:3000px">Långt</div><dialog id=d><button>Ja</button></dialog>
      <button>Sist</button>""",
    )
    await session.highlight(target(role("button", "Sist")), 2)
    assert outlined(await picture(session))
    await evaluate(session, "() => scrollTo(0, 0)")
    await evaluate(
        session, "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )
    assert outlined(await picture(session)) is None
    await evaluate(session, "() => d.showModal()")
    await session.highlight(target(role("button", "Ja")), 2)
    assert outlined(await picture(session))
    await session.highlight(None, 0)


async def test_there_is_one_and_a_page_that_goes_takes_it_along(
    session: PlaywrightSession, site: Site
) -> None:
    await show(session, site, FORM)
    await session.highlight(target(label("Namn")), 2)
    await session.highlight(target(role("button", "Spara")), 2)
    assert await evaluate(session, f"() => document.querySelectorAll('{MARK}').length") == 1
    await evaluate(session, "() => b.remove()")
    await evaluate(
        session, "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )
    assert await evaluate(session, f"() => document.querySelectorAll('{MARK}').length") == 0
    await session.highlight(target(label("Namn")), 2)
    await session.goto(site.url + "/page", 2)
    await session.highlight(None, 0)


async def test_it_is_in_nobodys_way(session: PlaywrightSession, site: Site) -> None:
    """What is outlined can be clicked, read and counted as before."""
    await show(session, site, "<button onclick=\"this.textContent='Klickad'\">Klicka</button>")
    await session.highlight(target(role("button", "Klicka")), 2)
    await session.click(target(role("button", "Klicka")), 2)
    assert await session.read_text(target(role("button")), 2) == "Klickad"
    await session.highlight(None, 0)


async def test_what_is_not_there_once_is_said(session: PlaywrightSession, site: Site) -> None:
    await show(session, site, "<p>Hej</p><p>Hej</p>")
    for seconds in (0, 0.1):
        with pytest.raises(ElementMissing, match="not found"):
            await session.highlight(target(role("button", "Spara")), seconds)
    with pytest.raises(ElementMissing, match="2 found"):
        await session.highlight(target(text("Hej")), 0)
    assert outlined(await picture(session)) is None


async def test_looking_turns_no_page_of_a_table(session: PlaywrightSession, site: Site) -> None:
    page = """<table aria-label=Lista><tr><th>Nr<th><tr><td>{}<td><a href=#>Öppna</a></table>{}"""
    site.pages["/1"] = page.format("1", "<a href=/2>Nästa</a>")
    site.pages["/2"] = page.format("2", "")
    rows = table(role("table", "Lista"), column("nr", "Nr"), next=element(role("link", "Nästa")))
    link = element(role("link", "Öppna"), table=rows)
    await session.goto(site.url + "/1", 2)
    await session.highlight(Target(link, link.selector, {"nr": "1"}), 0)
    with pytest.raises(Exception, match="no row with the wanted nr"):
        await session.highlight(Target(link, link.selector, {"nr": "2"}), 0)
    assert session._page.page.url.endswith("/1")
    await session.highlight(Target(link, link.selector, {"nr": "2"}), 2)
    assert session._page.page.url.endswith("/2")


async def test_slowly_everything_is_shown_before_it_is_done(site: Site) -> None:
    body = f"""<label>Namn <input oninput="note('typed')"></label>
      <label>Typ <select onchange="note('chosen')"><option>A<option>B</select></label>
      <label><input type=checkbox onchange="note('ticked')"> Klar</label>
      <button onclick="note('clicked')">Spara</button>
      <script>
      const marked = () => document.querySelector('{MARK}');
      happened = []; note = what => happened.push(what + (marked() ? ' under an outline' : ''));
      new MutationObserver(all => all.forEach(one => one.addedNodes.forEach(node =>
        node.localName === '{MARK}' && happened.push('shown')))).observe(document.documentElement, {{childList: true}});
      </script>"""
    async with BrowserPool(slow=0.01) as pool:
        session = await pool.worker().open("app", None, site.url)
        await show(session, site, body)
        await session.fill(target(label("Namn")), "Anna", 2)
        await session.select(target(label("Typ")), "B", 2)
        await session.check(target(label("Klar")), True, 2)
        await session.click(target(role("button", "Spara")), 2)
        done = ("typed", "chosen", "ticked", "clicked")
        assert await evaluate(session, "() => happened") == [what for one in done for what in ("shown", one)]
        with pytest.raises(ElementMissing, match="not found within"):
            await session.click(target(role("button", "Saknas")), 0.1)
