"""Tables as real web applications build them: of divs, in pieces, growing, scrolled, half forgotten."""

# ruff: noqa: E501 (pages are written as a server would send them)

from __future__ import annotations

from dataclasses import replace

import pytest

from robotfabrik.model.errors import ElementMissing, Missing, SystemException
from robotfabrik.model.process import Column, Table
from robotfabrik.model.types import TEXT
from robotfabrik.sessions.session import PlaywrightSession
from tests.support.session_pages import (
    SPAN,
    Answer,
    Site,
    column,
    css,
    element,
    role,
    show,
    table,
    target,
    test_id,
    text,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def numbers(session: PlaywrightSession, table: Table, max_rows: int | None = None) -> list[str | None]:
    rows = await session.read_table(table, (), 20, max_rows=max_rows)
    assert not isinstance(rows, str)
    return [row.cells["number"] for row in rows]


def found(name: str, selector: str, **more: bool) -> Column:
    return Column(name, "", TEXT, more.get("optional", False), False, SPAN, False, css(selector))


CARDS = table(
    css("#list"), found("number", ".number"), found("note", ".note", optional=True), rows=css(".card")
)
CARD = "<div class=card><h3>Ärende <span class=number>{0}</span></h3>{1}<a href='#{0}'>Öppna</a></div>"


async def test_repeated_blocks_are_rows(session: PlaywrightSession, site: Site) -> None:
    cards = "".join(CARD.format(n, "<p class=note>viktig</p>" if n == 2 else "") for n in (1, 2, 3))
    await show(session, site, f"<div class=card><i class=number>9</i></div><div id=list>{cards}</div>")
    rows = await session.read_table(CARDS, (), 20)
    assert [tuple(row.cells.values()) for row in rows] == [("1", None), ("2", "viktig"), ("3", None)]  # type: ignore[union-attr]
    await session.click(target(role("link", "Öppna"), {"number": "2"}, table=CARDS), 20)
    assert session.page.url.endswith("#2")
    with pytest.raises(Missing):
        await session.click(target(role("link", "Öppna"), {"number": "7"}, table=CARDS), 1)
    await show(session, site, f"<div id=list>{CARD.format(1, '<b class=number>1</b>')}</div>")
    with pytest.raises(ElementMissing, match=r"column number .* is there 2 times"):
        await session.read_table(CARDS, (), 0.5)


async def test_a_column_without_a_header(session: PlaywrightSession, site: Site) -> None:
    mixed = table(role("table", "L"), column("number", "Nr"), found("file", "a[download]", optional=True))
    await show(session, site, "<table aria-label=L><tr><th>Nr<th><tr><td>1<td><a download href=a>a.pdf</a><tr><td>2<td></table>")
    rows = await session.read_table(mixed, (), 20)
    assert [tuple(row.cells.values()) for row in rows] == [("1", "a.pdf"), ("2", None)]  # type: ignore[union-attr]


async def test_max_rows(session: PlaywrightSession, site: Site) -> None:
    await show(session, site, "<table aria-label=L><tr><th>Nr<tr><td>1<tr><td>2<tr><td>3</table>")
    assert await numbers(session, table(role("table", "L"), column("number", "Nr")), 2) == ["1", "2"]


GROWS = """<div id=list></div><button id=m onclick="disabled = true; setTimeout(more, 150)">Visa fler</button><script>
  let n = 0; function more() {{ const before = n; for (let i = 0; i < 3 && n < {last}; i++)
    list.insertAdjacentHTML('beforeend', `<div class=card><b class=number>${{++n}}</b></div>`);
  m.disabled = false; if ({end}) m.remove(); }} more();</script>"""
MORE = replace(CARDS, next=element(role("button", "Visa fler"), "app.screen.more"), grows=True)


@pytest.mark.parametrize("end", ["n >= 8", "n === before"], ids=["goes with the last", "goes after an empty one"])
async def test_a_button_adds_rows(session: PlaywrightSession, site: Site, end: str) -> None:
    body = GROWS.format(last=8, end=end)
    await show(session, site, body)
    assert await numbers(session, MORE) == [str(n) for n in range(1, 9)]
    await show(session, site, body)
    assert await numbers(session, MORE, 4) == ["1", "2", "3", "4"]


async def test_a_button_that_adds_nothing(session: PlaywrightSession, site: Site) -> None:
    await show(session, site, GROWS.format(last=3, end="false"))
    with pytest.raises(SystemException, match="was clicked, but the table stayed as it was"):
        await session.read_table(MORE, (), 2)


# More rows are fetched when the end comes into sight; slowly.
ENDLESS = """<style>#list{{height:300px;overflow:auto}} .card{{height:50px}}</style><div id=list></div><script>
  let n = 0, busy = false; async function more() {{ if (busy || n >= {last}) return; busy = true; if (n) await fetch('/rows');
  for (let i = 0; i < 10 && n < {last}; i++) list.insertAdjacentHTML('beforeend', `<div class=card><b class=number>${{++n}}</b></div>`);
  busy = false; if (n >= {last}) list.insertAdjacentHTML('afterend', '<p>Inga fler</p>'); }}
  list.onscroll = () => list.scrollTop + list.clientHeight > list.scrollHeight - 30 && more(); more();</script>"""
SCROLLED = replace(CARDS, scrolls=True)


async def test_endless_scroll(session: PlaywrightSession, site: Site) -> None:
    site.pages["/rows"] = Answer("[]", wait=1.3, type="application/json")
    await show(session, site, ENDLESS.format(last=25))
    assert await numbers(session, SCROLLED) == [str(n) for n in range(1, 26)]
    assert await numbers(session, SCROLLED, 3) == ["1", "2", "3"], "it begins at its top again"
    ends = replace(SCROLLED, end=element(text("Inga fler"), "app.screen.end"))
    assert len(await numbers(session, ends)) == 25
    await show(session, site, ENDLESS.format(last=10).replace("Inga fler", "Slut"))
    with pytest.raises(SystemException, match=r"no more rows came, but app\.screen\.end is not shown"):
        await session.read_table(ends, (), 1)


# Only what is in sight exists, in elements that are used again.
VIRTUAL = """<style>#list{{height:200px;overflow:auto;position:relative}} .card{{position:absolute;height:40px;left:0;right:0}}</style>
  <div id=list><div style="height:{height}px"></div></div><output data-testid=v></output><script>
  function draw() {{ list.querySelectorAll('.card').forEach(c => c.remove()); const first = Math.floor(list.scrollTop / 40);
    for (let i = first; i < Math.min({last}, first + 7); i++) list.insertAdjacentHTML('beforeend',
      `<div class=card {index} style="top:${{i * 40}}px"><b class=number>${{Math.floor(i / {same}) + 1}}</b><button onclick="document.querySelector('output').textContent=${{i + 1}}">Öppna</button></div>`); }}
  list.onscroll = () => setTimeout(draw, 30); draw();</script>"""


@pytest.mark.parametrize("index", ["", "aria-rowindex=${i + 1}"], ids=["by place", "numbered"])
async def test_a_list_that_forgets_what_is_out_of_sight(
    session: PlaywrightSession, site: Site, index: str
) -> None:
    await show(session, site, VIRTUAL.format(height=40 * 60, last=60, same=2, index=index))
    assert await numbers(session, SCROLLED) == [str(n // 2 + 1) for n in range(60)], "equal rows are all there"


async def test_a_row_is_scrolled_to(session: PlaywrightSession, site: Site) -> None:
    await show(session, site, VIRTUAL.format(height=40 * 60, last=60, same=1, index=""))
    opens = target(role("button", "Öppna"), {"number": "44"}, table=SCROLLED)
    await session.click(opens, 20)
    assert await session.read_text(target(test_id("v")), 20) == "44"
    above = target(role("button", "Öppna"), {"number": "3"}, table=SCROLLED)
    await session.click(above, 20)
    assert await session.read_text(target(test_id("v")), 20) == "3"
    with pytest.raises(Missing):
        await session.click(target(role("button", "Öppna"), {"number": "99"}, table=SCROLLED), 2)


async def test_a_grid_by_roles_in_a_shadow_root_and_a_frame(session: PlaywrightSession, site: Site) -> None:
    other = Site()
    try:
        grid = """<div role=grid aria-label=L><div role=row><span role=columnheader>Nr</span><span role=columnheader>Namn</span></div>
          <div role=row><span role=gridcell>1</span><span role=gridcell>A</span></div></div>"""
        other.pages["/inner"] = grid + ENDLESS.format(last=15)
        other.pages["/rows"] = Answer("[]", type="application/json")
        url = other.url.replace("127.0.0.1", "localhost")
        await show(session, site, f"<iframe width=600 height=500 src={url}/inner></iframe><div id=h></div><script>h.attachShadow({{mode: 'open'}}).innerHTML = `{grid}`</script>")
        columns = (column("number", "Nr"), column("name", "Namn"))
        assert await numbers(session, table(role("grid", "L"), *columns)) == ["1"]
        assert await numbers(session, table(role("grid", "L", frame=css("iframe")), *columns)) == ["1"]
        inner = replace(SCROLLED, selector=css("#list", frame=css("iframe")))
        assert len(await numbers(session, inner)) == 15
    finally:
        other.close()
