"""Windows, dialogs, files, dragging, scrolling and scripts, in a real browser."""

# ruff: noqa: E501 (pages are written as a server would send them)

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from robotfabrik.activities.api import Place
from robotfabrik.model.errors import ElementMissing, SystemException, TimedOut
from robotfabrik.model.filenames import file_name
from robotfabrik.model.process import Selector
from robotfabrik.sessions.playwright import BrowserPool, PlaywrightSessions
from robotfabrik.sessions.session import PlaywrightSession
from tests.support.session_pages import PAGE, Answer, Site, label, role, target, test_id, text

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def worker() -> AsyncIterator[PlaywrightSessions]:
    async with BrowserPool() as pool:
        yield pool.worker()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def session(worker: PlaywrightSessions, site: Site) -> PlaywrightSession:
    return await worker.open("app", None, site.url)


async def show(session: PlaywrightSession, site: Site, body: str | Answer) -> None:
    await session.close_other_windows()
    site.pages["/page"] = body
    await session.goto(site.url + "/page", 30)
    site.requests.clear()


async def read(session: PlaywrightSession, selector: Selector) -> str | None:
    return await session.read_text(target(selector, optional=True), 20)


async def click(session: PlaywrightSession, selector: Selector, timeout: float = 20) -> None:
    await session.click(target(selector), timeout)


# --- windows


async def test_a_window_that_a_click_opens(session: PlaywrightSession, site: Site) -> None:
    site.pages["/popup"] = "<title>Beslut 1</title><h1>Beslut</h1><button onclick=\"opener.document.title='klart'; opener.v.textContent='valt'; window.close()\">Välj</button>"
    for opening in ("<a href=/popup target=_blank rel=opener>Öppna</a>", "<button onclick=\"setTimeout(() => window.open('/popup'), 200)\">Öppna</button>"):
        await show(session, site, opening + "<output id=v data-testid=v></output>")
        await click(session, role("link" if "href" in opening else "button", "Öppna"))
        await session.attach_window("beslut", "", 20)
        assert await read(session, role("heading", "Beslut")) == "Beslut"
        await session.use_window("main")
        assert await read(session, test_id("v")) is None
        await session.use_window("beslut")
        await click(session, role("button", "Välj"))  # it closes itself: the first one is used again
        assert await read(session, test_id("v")) == "valt"
        assert not await session.has_window("beslut")


async def test_a_window_that_closes_itself_after_a_guarded_or_forced_click(
    session: PlaywrightSession, site: Site
) -> None:
    asked: list[str] = []

    async def guard() -> None:
        asked.append("guard")

    site.pages["/popup"] = "<p style='height:3000px'>Långt</p><button onclick=window.close()>Spara</button>"
    for more in ({"guard": guard}, {"kind": "double"}):
        await show(session, site, "<button onclick=\"window.open('/popup')\">Öppna</button><output data-testid=v>här</output>")
        await click(session, role("button", "Öppna"))
        await session.attach_window("ny", "", 20)
        await session.click(target(role("button", "Spara")), 20, **more)  # type: ignore[arg-type]
        assert await read(session, test_id("v")) == "här"
    assert asked == ["guard"]


async def test_one_of_several_windows(session: PlaywrightSession, site: Site) -> None:
    for number in (1, 2):
        site.pages[f"/popup{number}"] = f"<script>document.title = 'Fönster {number}'</script><p>{number}</p>"
    await show(session, site, "<button onclick=\"window.open('/popup1'); window.open('/popup2')\">Öppna</button>")
    await click(session, role("button", "Öppna"))
    await session.attach_window("två", "fönster 2", 20)
    assert await read(session, text("2")) == "2"
    await session.use_window("main")
    await session.attach_window("ett", "", 20)
    assert await read(session, text("1")) == "1"
    with pytest.raises(SystemException, match="open already"):
        await session.attach_window("ett", "", 0.2)
    with pytest.raises(SystemException, match="no window 'tre' is open; open: main, två, ett"):
        await session.use_window("tre")
    with pytest.raises(ElementMissing, match="no window was opened within"):
        await session.attach_window("tre", "", 0.2)
    await session.close_window("ett")
    with pytest.raises(SystemException, match="stays open"):
        await session.close_window("main")
    await session.close_other_windows()
    assert not await session.has_window("två")


async def test_several_windows_of_one_user(session: PlaywrightSession, site: Site) -> None:
    site.pages["/set"] = Answer(PAGE.format("<p>Satt</p>"), headers={"set-cookie": "who=anna"})
    site.pages["/who"] = lambda method, path, body: Answer(PAGE.format("<label>Sök <input></label>"))
    await show(session, site, "<label>Sök <input></label>")
    await session.fill(target(label("Sök")), "i första", 20)
    await session.open_window("andra", site.url + "/set", 20)
    assert await session.browser_data("cookie", "who", 20) == "anna"
    await session.goto(site.url + "/who", 20)
    await session.fill(target(label("Sök")), "i andra", 20)
    await session.use_window("main")
    assert await read(session, label("Sök")) == "i första"
    assert await session.browser_data("cookie", "who", 20) == "anna"
    await session.set_browser_data("cookie", "who", None, 20)
    assert await session.browser_data("cookie", "who", 20) is None


async def test_back_forward_and_again(session: PlaywrightSession, site: Site) -> None:
    site.pages["/two"] = "<p>Två</p>"
    site.pages["/sent"] = "<p>Skickat</p>"
    await show(session, site, "<p>Ett</p>")
    await session.goto(site.url + "/two", 20)
    await session.navigate("back", 20)
    assert await read(session, text("Ett"))
    await session.navigate("forward", 20)
    assert await read(session, text("Två"))
    with pytest.raises(SystemException, match="no page to go forward to"):
        await session.navigate("forward", 2)
    await show(session, site, "<form method=post action=/sent><button>Skicka</button></form>")
    await click(session, role("button", "Skicka"))
    await session.navigate("refresh", 20)
    assert site.writes() == [("POST", "/sent")]
    await session.goto(site.url + "/two#del", 20)
    site.requests.clear()
    await session.navigate("refresh", 20)
    assert ("GET", "/two") in site.requests


# --- dialogs


ASKS = """<button onclick="v.textContent = confirm('Ta bort ärendet?')">Ta bort</button>
  <button onclick="v.textContent = prompt('Skäl?')">Skäl</button><button onclick="alert('Beloppet saknas för Anna Ek, 19800102-2386')">Spara</button>
  <button onclick="setTimeout(() => v.textContent = confirm('Senare?'), 100)">Sen</button><output id=v data-testid=v></output>"""


async def test_dialogs_are_answered_as_prepared(session: PlaywrightSession, site: Site) -> None:
    await show(session, site, ASKS)
    await click(session, role("button", "Ta bort"))
    assert await read(session, test_id("v")) == "false", "nobody has said yes"
    await session.answer_dialog(True, "", "ta bort")
    await click(session, role("button", "Ta bort"))
    assert await read(session, test_id("v")) == "true"
    assert await session.dialog_text() == "Ta bort ärendet?"
    await session.answer_dialog(True, "Flyttat", "")
    await click(session, role("button", "Skäl"))
    assert await read(session, test_id("v")) == "Flyttat"
    await session.answer_dialog(True, "", "")
    await click(session, role("button", "Sen"))
    await asyncio.sleep(0.3)
    assert await read(session, test_id("v")) == "true"


async def test_a_prepared_answer_is_for_the_next_action_alone(session: PlaywrightSession, site: Site) -> None:
    await show(session, site, ASKS)
    await session.answer_dialog(True, "", "")
    await session.hover(target(role("button", "Skäl")), 20)
    await click(session, role("button", "Ta bort"))
    assert await read(session, test_id("v")) == "false"
    await session.answer_dialog(True, "", "Ta bort")
    with pytest.raises(SystemException, match=r"another dialog came than was expected; a dialog said: Skäl\?"):
        await click(session, role("button", "Skäl"))


async def test_what_an_unexpected_dialog_said_is_told_without_names(
    session: PlaywrightSession, site: Site
) -> None:
    await show(session, site, ASKS)
    await click(session, role("button", "Spara"))
    with pytest.raises(ElementMissing) as caught:
        await session.find(target(text("Sparad")), 0.3)
    assert "a dialog said: Beloppet saknas för …" in str(caught.value)
    assert not any(part in str(caught.value) for part in ("Anna", "Ek", "1980"))
    assert "Anna Ek" in (await session.dialog_text() or "")


# --- the mouse


async def test_clicks_with_keys_and_at_a_place(session: PlaywrightSession, site: Site) -> None:
    await show(session, site, """<button style="width:200px;height:100px" onclick="v.textContent = [event.ctrlKey, event.shiftKey, event.offsetX, event.offsetY].join(' ')">K</button>
      <output id=v data-testid=v></output>""")  # fmt: skip
    await session.click(target(role("button", "K")), 20, modifiers=("control", "shift"), place=Place("top_left", 9, 19))
    flags = (await read(session, test_id("v")) or "").split()
    assert flags[:2] == ["true", "true"]
    assert [abs(int(flag) - wanted) <= 3 for flag, wanted in zip(flags[2:], (10, 20), strict=True)] == [True, True]


DROPS = {
    "HTML5": """<div id=a draggable=true style="width:90px;height:40px;background:#ccc" ondragstart="event.dataTransfer.setData('text', 'A')">Kort A</div>
      <p style="height:200px"></p><div id=z style="width:200px;height:90px;background:#eee" ondragover="event.preventDefault()"
      ondrop="v.textContent = 'släppt ' + event.dataTransfer.getData('text')">Klart</div>""",
    "pointer": """<div id=a style="width:90px;height:40px;background:#ccc;touch-action:none">Kort A</div><p style="height:200px"></p>
      <div id=z style="width:200px;height:90px;background:#eee">Klart</div><script>
      let held = 0; a.onpointerdown = () => held = 1; onpointermove = () => held && held++;
      onpointerup = e => { if (held > 2 && document.elementsFromPoint(e.clientX, e.clientY).includes(z)) v.textContent = 'släppt A'; held = 0; };</script>""",
}


@pytest.mark.parametrize("way", DROPS)
async def test_drags_and_drops(session: PlaywrightSession, site: Site, way: str) -> None:
    await show(session, site, DROPS[way] + "<output id=v data-testid=v></output>")
    await session.drag(target(text("Kort A")), target(text("Klart")), 20)
    assert await read(session, test_id("v")) == "släppt A"
    with pytest.raises(ElementMissing, match="not found within"):
        await session.drag(target(text("Kort A")), target(text("Borta")), 0.4)


async def test_hover_focus_and_scroll(session: PlaywrightSession, site: Site) -> None:
    await show(session, site, """<style>#m:hover + #s{display:block} #s{display:none}</style><div id=m>Meny</div><div id=s>Inställningar</div>
      <label>Sök <input onfocus="v.textContent='fokus'"></label><output id=v data-testid=v></output>
      <div id=l aria-label=Lista role=list style="height:200px;overflow:auto;margin-top:50px"></div><script>
      let n = 0; const more = () => { for (let i = 0; i < 10; i++) l.insertAdjacentHTML('beforeend', `<div role=listitem style="height:50px">Rad ${++n}</div>`); };
      more(); l.onscroll = () => l.scrollTop + l.clientHeight > l.scrollHeight - 20 && n < 40 && setTimeout(more, 50);</script>""")  # fmt: skip
    await session.hover(target(text("Meny")), 20)
    assert await session.exists(target(text("Inställningar")), 20)
    await session.focus(target(label("Sök")), 20)
    assert await read(session, test_id("v")) == "fokus"
    assert not await session.exists(target(text("Rad 31")), 0)
    await session.scroll(target(role("list", "Lista")), "down", 400, 60, until=target(text("Rad 31")))
    assert await session.exists(target(text("Rad 31")), 0)
    with pytest.raises(ElementMissing, match="not found within"):
        await session.scroll(target(role("list", "Lista")), "up", 400, 0.5, until=target(text("Rad 99")))
    await session.scroll(None, "down", 100, 20)


# --- files


async def test_files_are_chosen_whatever_starts_the_upload(
    session: PlaywrightSession, site: Site, tmp_path: Path
) -> None:
    first, second = tmp_path / "ett.txt", tmp_path / "två.txt"
    for path in (first, second):
        path.write_text("x")
    ways = {
        label("Bilaga"): "<label>Bilaga <input type=file multiple onchange=\"show(this)\"></label>",
        text("Släpp filer här"): "<div style='border:1px dashed'>Släpp filer här<input type=file multiple hidden onchange='show(this)'></div>",
        role("button", "Välj filer"): "<button onclick=\"const i = document.createElement('input'); i.type='file'; i.multiple=true; i.onchange=() => show(i); i.click()\">Välj filer</button>",
        text("Lägg till"): "<label for=h><b>Lägg till</b></label><input id=h type=file multiple style='display:none' onchange='show(this)'>",
    }  # fmt: skip
    script = "<output id=v data-testid=v></output><script>show = i => v.textContent = [...i.files].map(f => f.name).join(' ')</script>"
    for selector, body in ways.items():
        await show(session, site, body + script)
        await session.upload(target(selector), [first, second], 20)
        assert await read(session, test_id("v")) == "ett.txt två.txt", body
    await show(session, site, "<button>Inget</button>")
    with pytest.raises(ElementMissing, match="asked for no file"):
        await session.upload(target(role("button", "Inget")), [first], 0.5)


async def test_a_download_is_whole_and_the_owners_alone(
    session: PlaywrightSession, site: Site, tmp_path: Path
) -> None:
    headers = {"content-disposition": "attachment; filename*=UTF-8''beslut%20%C3%A5.pdf"}
    site.pages["/file"] = Answer("%PDF början", type="application/pdf", headers=headers, chunks=((0.4, " slut"),))
    for way in ("<a href=/file>Hämta</a>", "<a href=/file target=_blank>Hämta</a>",
                "<a href='#' onclick=\"setTimeout(() => location='/file', 200)\">Hämta</a>"):  # fmt: skip
        await show(session, site, way)
        for number in (1, 2):
            path = await session.download(target(role("link", "Hämta")), lambda name, n=number: tmp_path / f"{n} {name}", 30)  # type: ignore[misc]
            assert path.name == f"{number} beslut å.pdf"
            assert path.read_text("utf-8") == "%PDF början slut"
            assert path.stat().st_mode & 0o077 == 0
            path.unlink()
    await show(session, site, "<a href='#x'>Hämta</a>")
    with pytest.raises(TimedOut, match="no file was downloaded"):
        await session.download(target(role("link", "Hämta")), lambda name: tmp_path / name, 0.4)
    site.pages["/slow"] = Answer("%PDF", type="application/pdf", headers=headers, chunks=((3, " slut"),))
    await show(session, site, "<a href=/slow>Hämta</a>")
    with pytest.raises(TimedOut, match="a download had begun, but was not whole within"):
        await session.download(target(role("link", "Hämta")), lambda name: tmp_path / name, 2)
    site.pages["/broken"] = Answer("x", headers={**headers, "content-length": "1000"})
    await show(session, site, "<a href=/broken download>Hämta</a>")
    with pytest.raises(SystemException, match="broke off"):
        await session.download(target(role("link", "Hämta")), lambda name: tmp_path / name, 20)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("given", "name"), [
    ("../../etc/passwd", "passwd"), ("..\\x.exe", "x.exe"), (".bashrc", "bashrc"), ("a\n:b?.pdf", "a__b_.pdf"),
    ("", "download"), ("å" * 300 + ".pdf", "å" * 116 + ".pdf"), ("...", "download"),
])  # fmt: skip
async def test_a_servers_file_name_does_no_harm(given: str, name: str) -> None:
    assert file_name(given) == name


async def test_pictures_are_drawn_unless_real_ones_are_asked_for(session: PlaywrightSession, site: Site) -> None:
    async def pictures(word: str, *, real: bool) -> bytes:
        await show(session, site, f"<p style='font-family:monospace'>{word}</p>")
        return await session.picture(real=real, timeout=30)

    assert await pictures("Anna", real=False) == await pictures("Olga", real=False)
    assert await pictures("Anna", real=True) != await pictures("Olga", real=True)
    assert (await session.pdf(30)).startswith(b"%PDF")


# --- scripts and attributes


async def test_scripts_attributes_and_storage(session: PlaywrightSession, site: Site) -> None:
    await show(session, site, """<a href=/mål title=Tips>Länk</a><label>Pin <input type=password value=hemligt></label>
      <label>Namn <input value=Anna></label><label><input type=checkbox checked> På</label>""")  # fmt: skip
    assert await session.attribute(target(role("link", "Länk")), "href", 20) == "/mål"
    assert await session.attribute(target(role("link", "Länk")), "rel", 20) is None
    await session.fill(target(label("Namn")), "Bo", 20)
    values = [await session.attribute(target(label(n)), a, 20) for n, a in (("Namn", "value"), ("På", "checked"), ("Pin", "value"))]
    assert values == ["Bo", "ja", ""]
    found = await session.script("return [element.title, argument, 1.5, null]", target(role("link", "Länk")), "x", 20)
    assert found == ["Tips", "x", 1.5, None]
    assert await session.script("return document.links.length", None, "", 20) == 1
    with pytest.raises(SystemException, match="the script ended with an error") as caught:
        await session.script("throw Error('Anna')", None, "", 20)
    assert "Anna" not in str(caught.value)
    with pytest.raises(TimedOut, match="did not end"):
        await session.script("return new Promise(() => 0)", target(role("link", "Länk")), "", 0.3)
    for kind in ("local_storage", "session_storage"):
        await session.set_browser_data(kind, "vy", "lista", 20)  # type: ignore[arg-type]
        assert await session.browser_data(kind, "vy", 20) == "lista"  # type: ignore[arg-type]
        await session.set_browser_data(kind, "vy", None, 20)  # type: ignore[arg-type]
        assert await session.browser_data(kind, "vy", 20) is None  # type: ignore[arg-type]


async def test_finding_names_what_is_there_instead(session: PlaywrightSession, site: Site) -> None:
    await show(session, site, "<script>setTimeout(() => document.body.innerHTML = '<button>Spara</button>', 200)</script>")
    await session.find(target(role("button", "Spara")), 20)
    with pytest.raises(ElementMissing, match='nearest: "Spara"'):
        await session.find(target(role("button", "Sparat")), 0.2)


async def test_evidence_is_of_the_window_that_is_used(
    session: PlaywrightSession, worker: PlaywrightSessions, site: Site
) -> None:
    site.pages["/other"] = "<table><tr><td>1<tr><td>2</table>"
    await show(session, site, "<p>Ett</p>")
    await session.open_window("andra", site.url + "/other", 20)
    assert "page /other" in (await worker.outline())["app"]
    await session.close_other_windows()
    assert "page /page" in (await worker.outline())["app"]
