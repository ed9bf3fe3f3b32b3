"""What scripts bring later: no table or field is taken for empty while its content is on its way."""

# ruff: noqa: E501 (pages are written as a server would send them)

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from robotfabrik.model.errors import ElementMissing, Missing, TimedOut
from robotfabrik.model.process import Table
from robotfabrik.model.types import Type
from robotfabrik.sessions.session import PlaywrightSession
from tests.support.session_pages import (
    Answer,
    Site,
    column,
    css,
    element,
    label,
    role,
    screen,
    table,
    target,
    text,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

MONEY = Type("money")
HEAD = "<table><caption>Lat</caption><thead><tr><th>Nr<th>Summa</thead><tbody id=b></tbody></table>"
ROW = "const row = n => b.insertAdjacentHTML('beforeend', `<tr><td>N${n}<td>${n} kr<td><button onclick=\"document.title='${n}'\">Öppna</button></tr>`);"
LAT = table(role("table", "Lat"), column("number", "Nr"), replace(column("sum", "Summa"), type=MONEY))
PAGED = replace(LAT, next=element(role("button", "Nästa"), "app.s.next"))
GROWING = replace(LAT, next=element(role("button", "Fler"), "app.s.more"), grows=True)
SAYS = replace(LAT, empty=element(text("Inga rader."), "app.s.none"))
# A request that takes a while, in one document after the other.
SOON, LATE = "fetch('/soon')", "fetch('/late')"


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    site = Site()
    site.pages["/soon"] = Answer("[]", wait=0.2, type="application/json")
    site.pages["/late"] = Answer("[]", wait=1.3, type="application/json")
    yield site
    site.close()


async def show(session: PlaywrightSession, site: Site, body: str, script: str = "") -> None:
    site.pages["/page"] = f"{body}<script>{ROW}{script}</script>" if script else body
    await session.goto(site.url + "/page", 30)


async def numbers(session: PlaywrightSession, table: Table, timeout: float = 10) -> list[str | None]:
    rows = await session.read_table(table, (), timeout)
    assert not isinstance(rows, str)
    return [row.cells["number"] for row in rows]


FILLED = {
    "after a timer and a request": f"setTimeout(async () => {{ await {SOON}; for (let i = 0; i < 5; i++) row(i) }}, 200)",
    "after a long request": f"{LATE}.then(() => {{ for (let i = 0; i < 5; i++) row(i) }})",
    "after a long timer": "setTimeout(() => { for (let i = 0; i < 5; i++) row(i) }, 1500)",
    "when all is loaded": f"onload = async () => {{ await {SOON}; for (let i = 0; i < 5; i++) row(i) }}",
    "by an old request": "const x = new XMLHttpRequest; x.open('GET', '/soon'); x.onload = () => { for (let i = 0; i < 5; i++) row(i) }; x.send()",
    "row by row": f"(async () => {{ for (let i = 0; i < 5; i++) {{ await {SOON}; row(i) }} }})()",
    "row by row, by the clock": "let i = 0; const t = setInterval(() => { row(i); if (++i == 5) clearInterval(t) }, 150)",
    "instead of a placeholder": f"b.innerHTML = '<tr><td colspan=2>Laddar…'; {LATE}.then(() => {{ b.innerHTML = ''; for (let i = 0; i < 5; i++) row(i) }})",
    "the rest after some": f"row(0); {SOON}.then(() => {{ for (let i = 1; i < 5; i++) row(i) }})",
}


@pytest.mark.parametrize("script", FILLED.values(), ids=FILLED.keys())
async def test_rows_that_come_later(session: PlaywrightSession, site: Site, script: str) -> None:
    await show(session, site, HEAD, script)
    assert await numbers(session, LAT) == ["N0", "N1", "N2", "N3", "N4"]


PAGES = {
    "its button rests while it loads": f"let p = 0; async function load() {{ n.disabled = true; b.innerHTML = ''; await {SOON};"
    " for (let i = 0; i < 5; i++) row(p * 5 + i); p++; n.disabled = p >= 3 } n.onclick = load; load()",
    "its button is drawn after the rows": "let p = 0; n.remove(); function load() { b.innerHTML = ''; g.innerHTML = ''; for (let i = 0; i < 5; i++) row(p * 5 + i);"
    " setTimeout(() => { if (p < 2) { g.innerHTML = '<button>Nästa</button>'; g.firstChild.onclick = () => { p++; load() } } }, 400) } load()",
}


@pytest.mark.parametrize("script", PAGES.values(), ids=PAGES.keys())
async def test_a_way_on_that_comes_later(session: PlaywrightSession, site: Site, script: str) -> None:
    await show(session, site, HEAD + "<p id=g></p><button id=n disabled>Nästa</button>", script)
    assert await numbers(session, PAGED) == [f"N{i}" for i in range(15)]


async def test_a_button_for_more_that_rests_while_it_loads(session: PlaywrightSession, site: Site) -> None:
    script = f"""let i = 0; async function load() {{ m.disabled = true; await {SOON};
      for (const end = i + 3; i < end; i++) row(i); m.disabled = false; if (i >= 9) m.remove() }} m.onclick = load; load()"""
    await show(session, site, HEAD + "<button id=m>Fler</button>", script)
    assert await numbers(session, GROWING) == [f"N{i}" for i in range(9)]


async def test_a_row_that_comes_later(session: PlaywrightSession, site: Site) -> None:
    await show(session, site, HEAD, f"row(1); setTimeout(async () => {{ await {SOON}; row(3) }}, 300)")
    rows = replace(LAT, row={"open": element(role("button", "Öppna"), "app.s.t.open")})
    await session.click(target(role("button", "Öppna"), {"number": "N3"}, table=rows), 10)
    assert await session.page.title() == "3"
    with pytest.raises(Missing):
        await session.click(target(role("button", "Öppna"), {"number": "N9"}, table=rows), 10)


async def test_a_table_that_says_that_it_is_empty(session: PlaywrightSession, site: Site) -> None:
    await show(session, site, HEAD + "<p>Inga rader.</p>")
    assert await numbers(session, SAYS) == []
    await show(session, site, HEAD, "setTimeout(() => b.insertAdjacentHTML('beforeend', '<tr><td colspan=2>Inga rader.'), 300)")
    assert await numbers(session, SAYS) == []
    # Some say so until the rows are there.
    await show(session, site, HEAD + "<p id=none>Inga rader.</p>", f"{SOON}.then(() => {{ none.remove(); row(1) }})")
    assert await numbers(session, SAYS) == ["N1"]
    await show(session, site, HEAD, "setTimeout(() => row(1), 1400)")
    assert await numbers(session, SAYS) == ["N1"]
    await show(session, site, HEAD)
    with pytest.raises(ElementMissing, match=r"within 0\.3 s neither a row came nor app\.s\.none"):
        await numbers(session, SAYS, 0.3)


async def test_a_page_that_never_ends_to_fetch(session: PlaywrightSession, site: Site) -> None:
    site.pages["/hang"] = Answer("[]", wait=3, type="application/json")
    await show(session, site, HEAD + "<label>Namn <output></output></label>", "fetch('/hang')")
    with pytest.raises(TimedOut, match=r"still fetching after 0\.4 s"):
        await numbers(session, LAT, 0.4)
    with pytest.raises(TimedOut, match=r"app\.s\.name .*still fetching"):
        await session.read_form(screen(name=element(label("Namn"), "app.s.name", type=Type("text"))), (), 0.4)


async def test_what_the_server_wrote_is_whole_at_once(session: PlaywrightSession, site: Site) -> None:
    """Also with scripts, when they do nothing; a page's clock makes nothing wait for ever."""
    await show(session, site, HEAD + "<button>Nästa</button>", "document.onclick = () => 1")
    started = time.monotonic()
    assert await numbers(session, replace(LAT, optional=True), 60) == []
    assert time.monotonic() - started < 20
    await show(session, site, HEAD + "<p id=c>0</p>", "setInterval(() => c.textContent = Date.now(), 50)")
    assert await numbers(session, LAT) == []


FORM = screen(
    name=element(label("Namn"), "app.s.name", type=Type("text")),
    sum=element(label("Belopp"), "app.s.sum", type=MONEY),
    note=element(label("Not"), "app.s.note", type=Type("text"), optional=True),
)
FIELDS = "<p><label>Namn <output id=n></output></label><label>Belopp <input id=a></label><label>Not <output id=o></output></label>"


@pytest.mark.parametrize("before", ["", "a.value = '…'; n.textContent = '–';"], ids=["empty", "placeholder"])
async def test_fields_that_are_filled_later(session: PlaywrightSession, site: Site, before: str) -> None:
    script = f"{before} {SOON}.then(() => setTimeout(() => {{ n.textContent = 'Åsa'; a.value = '12 kr'; o.textContent = 'x' }}, 300))"
    await show(session, site, FIELDS, script)
    assert (await session.read_form(FORM, (), 10)).fields == {"name": "Åsa", "sum": "12 kr", "note": "x"}
    await show(session, site, FIELDS, script)
    assert await session.read_text(target(label("Belopp"), type=MONEY), 10) == "12 kr"


async def test_an_optional_field_that_is_filled_later(session: PlaywrightSession, site: Site) -> None:
    await show(session, site, FIELDS, f"n.textContent = 'Åsa'; a.value = '12'; {SOON}.then(() => o.textContent = 'x')")
    assert (await session.read_form(FORM, (), 10)).fields["note"] == "x"


async def test_fields_that_stay_empty(session: PlaywrightSession, site: Site) -> None:
    for script in ("", f"n.textContent = ''; {SOON}"):
        await show(session, site, FIELDS, script)
        assert (await session.read_form(FORM, (), 10)).fields == {"name": None, "sum": None, "note": None}


async def test_what_happens_in_a_frame(session: PlaywrightSession, site: Site) -> None:
    site.pages["/inner"] = f"{HEAD}<script>{ROW} {SOON}.then(() => row(1))</script>"
    await show(session, site, "<iframe title=Inre src=/inner></iframe>")
    inner = replace(LAT, selector=replace(LAT.selector, frame=css("iframe")))
    assert await numbers(session, inner) == ["N1"]
    await show(session, site, f"<iframe title=Inre src='{site.url.replace('127.0.0.1', 'localhost')}/inner'></iframe>")
    assert await numbers(session, inner) == ["N1"]


async def test_a_page_that_changes_after_it_was_used(session: PlaywrightSession, site: Site) -> None:
    """A click's effect may come in ways that cannot be seen, such as a message of a worker."""
    script = "const w = new Worker(URL.createObjectURL(new Blob([`onmessage = () => setTimeout(() => postMessage(1), 400)`]))); w.onmessage = () => row(1); k.onclick = () => w.postMessage(1)"
    await show(session, site, HEAD + "<button id=k>Sök</button>", script)
    await asyncio.sleep(0.2)
    await session.click(target(role("button", "Sök")), 5)
    assert await numbers(session, LAT) == ["N1"]
