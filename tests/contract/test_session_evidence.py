"""Evidence shows a page's layout and declared texts, and not a letter of anything else."""

# ruff: noqa: E501 (pages are written as a server would send them)

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image, ImageChops

from robotfabrik.model.process import Repository
from robotfabrik.sessions import evidence
from robotfabrik.sessions.playwright import BrowserPool
from robotfabrik.sessions.session import PlaywrightSession
from tests.support.session_pages import SPAN, Site, column, element, label, role, screen, table

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHROME = ("Namn", "Typ", "Spara", "Medlemmar", "Roll", "Utkast", "Inne i ram")

# Every place that text can stand in; WORD is replaced by words of equal width.
EVERYWHERE = """<style>
*{font-family:monospace} .before::before{content:"WORD"} .after::after{content:"WORD"}
.shadow{text-shadow:20px 20px 0 #000} .stroke{-webkit-text-stroke:2px #000}
ul{list-style-type:"WORD"} .bg{width:90px;height:30px;background-image:url("data:image/svg+xml,SVG")}
td{min-width:90px} .boxed{width:200px;height:24px;overflow:hidden}</style>
<title>WORD</title><h1 class=boxed>WORD</h1><p class="boxed before">WORD</p><p class="boxed after">WORD</p>
<p class="boxed shadow">WORD</p><p class="boxed stroke">WORD</p><div class=bg></div><div title="WORD" class=boxed>WORD</div>
<label>Namn <input value="WORD" placeholder="WORD"></label><input placeholder="WORD"><textarea>WORD</textarea>
<label>Typ <select><option>WORD</option></select></label><input type=button value="WORD"><button>WORD</button>
<button>Spara</button><input type=submit value="Utkast"><div contenteditable class=boxed>WORD</div>
<svg width=120 height=30><text x=0 y=20>WORD</text></svg><canvas id=c width=120 height=30></canvas>
<img alt="WORD" width=90 height=30 src="data:image/svg+xml,SVG"><details open><summary>WORD</summary>WORD</details>
<table aria-label=Medlemmar><caption>Medlemmar</caption><tr><th>Roll<th>WORD<tr><td>WORD<td>WORD</table><ul><li>WORD</ul>
<iframe width=300 height=80 srcdoc="<style>*{font-family:monospace}</style><p>WORD</p><label>Inne i ram <input value=WORD></label><iframe srcdoc='<style>*{font-family:monospace}</style><p>WORD</p>'></iframe>"></iframe>
<div id=open></div><div id=closed></div><p style="text-transform:uppercase" class=boxed>WORD</p>
<script>
c.getContext('2d').fillText('WORD', 5, 20);
open_ = document.getElementById('open').attachShadow({mode: 'open'}); open_.innerHTML = '<p>WORD</p><img alt=WORD src="data:,">';
document.getElementById('closed').attachShadow({mode: 'closed'}).innerHTML = '<p style="font-size:30px">WORD</p>';
</script>"""


def page_with(word: str) -> str:
    svg = f"<svg xmlns='http://www.w3.org/2000/svg'><text y='20'>{word}</text></svg>".replace(
        "#", "%23"
    ).replace('"', "'")
    return EVERYWHERE.replace("SVG", svg.replace("<", "%3C").replace(">", "%3E")).replace("WORD", word)


async def show(session: PlaywrightSession, site: Site, body: str, path: str = "/page") -> Any:
    site.pages[path] = body
    await session.goto(site.url + path, 5)
    await session._page.page.wait_for_load_state()
    return session._page.page


async def picture(page: Any, chrome: tuple[str, ...] = CHROME) -> Image.Image:
    png = await evidence.evidence(page, chrome)
    assert png is not None
    return Image.open(io.BytesIO(png)).convert("RGB")


async def test_different_people_give_the_same_picture(session: PlaywrightSession, site: Site) -> None:
    pictures = [
        await picture(await show(session, site, page_with(w))) for w in ("Agneta", "Börjes", "123456")
    ]
    for other in pictures[1:]:
        assert pictures[0].size == other.size
        assert ImageChops.difference(pictures[0], other).getbbox() is None


async def test_only_numbers_and_declared_texts_leave_the_page(session: PlaywrightSession, site: Site) -> None:
    """Not a matter of pixels: the drawing is made from nothing else."""
    for word in ("Agneta", "En mycket längre kanariefågel"):
        page = await show(session, site, page_with(word))
        literals = sorted(CHROME)
        measured = await evidence._measure(page, literals)
        assert all(isinstance(part, int | float) for box in measured.boxes for part in box[1:])
        assert {box[0] for box in measured.boxes} <= set(evidence._ORDER)
        drawn = evidence.wireframe(measured, literals)
        assert word not in drawn
        assert word.upper() not in drawn


async def test_declared_texts_are_readable(session: PlaywrightSession, site: Site) -> None:
    page = await show(session, site, page_with("Agneta"))
    with_chrome, without = await picture(page), await picture(page, ())
    assert any(
        pixel < (60, 60, 60) for _, pixel in with_chrome.getcolors(1 << 24) or []
    )  # letters are dark …
    assert not any(max(pixel) < 100 for _, pixel in without.getcolors(1 << 24) or [])  # … and nothing else is


async def test_outline(session: PlaywrightSession, site: Site) -> None:
    page = await show(session, site, page_with("Agneta"), "/person/19800102-2386/arende/EB-2018-00065/journal")
    text = await evidence.page_outline(page, CHROME)
    assert text.startswith("page /person/…/arende/…/journal\n")
    assert "Agneta" not in text
    assert "19800102" not in text
    for declared in CHROME:
        assert f"  {declared}\n" in text
    assert "fields" in text
    assert "rows" in text


async def test_no_picture_without_a_page(session: PlaywrightSession, site: Site) -> None:
    other = await session._page.page.context.new_page()
    await other.close()
    assert await evidence.evidence(other, CHROME) is None
    assert await evidence.page_outline(other, CHROME) == "the page could not be looked at"


async def test_the_repository_says_what_is_declared(site: Site) -> None:
    members = table(role("table", "Medlemmar"), column("role", "Roll"), next=element(role("link", "Nästa")))
    form = screen(
        name=element(label("Namn")),
        save=element(role("button", "Spara", within=role("form", "Ny"))),
        list=members,
    )
    repository = Repository("app", SPAN, "App", None, 60.0, (), {"screen": form}, {}, {})
    assert evidence.declared_chrome([repository]) == {"Medlemmar", "Roll", "Nästa", "Namn", "Spara", "Ny"}
    async with BrowserPool() as pool:
        worker = pool.worker(repositories={"app": repository})
        session = await worker.open("app", None, site.url)
        page = await show(session, site, page_with("Agneta"))
        assert page
        pictures, outlines = await worker.evidence(), await worker.outline()
        assert (pictures["app"] or b"").startswith(b"\x89PNG")
        assert "  Spara\n" in outlines["app"]
