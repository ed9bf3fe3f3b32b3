"""The resolver finds what Playwright's own locators find."""

# ruff: noqa: E501 (pages are written as a server would send them)

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Page

from robotfabrik.model.process import Selector
from robotfabrik.parsing.selectors import css_problem, pattern_problem
from robotfabrik.sessions.locators import locator, spec_of
from robotfabrik.sessions.playwright import BrowserPool
from tests.support.session_pages import Site, label, role, test_id, text

pytestmark = pytest.mark.asyncio(loop_scope="module")

BODY = """
<header><nav aria-label="Meny"><a href="#1">Journal</a> <a href="#2">Personbild <b>ny</b></a> <a>Ingen länk</a></nav></header>
<main><h1>Hushåll</h1><h2>Med   mellanrum
 och rad</h2>
<form aria-label="Ny anteckning"><fieldset><legend>Uppgifter</legend>
  <label for=n>Namn</label><input id=n><label>Personnummer <input></label>
  <label>Antal <input type=number></label><label>Sök <input type=search></label>
  <label><input type=checkbox> Avisera handläggare</label><label><input type=radio name=r> Ja</label>
  <label for=t>Typ</label><select id=t><option>A</option><option>B</option></select>
  <label for=m>Flera</label><select id=m multiple><option>A</option></select>
  <label for=x>Text</label><textarea id=x>skrivet</textarea>
  <input aria-label="Endast aria"><input placeholder="Platshållare"><input title="Titel">
  <span id=l1>Hyra</span> <span id=l2>per månad</span><input aria-labelledby="l1 l2">
  <label for=o>Resultat</label><output id=o>12</output><label for=p>Lösen</label><input id=p type=password>
  <input type=submit value="Spara utkast"><input type=reset><input type=button value="Knapp">
  <button>Spara</button><button aria-label="Stäng fönstret">×</button><button><img alt="Skriv ut" src="data:,"></button>
  <button title="Hjälp"></button><button disabled>Låst</button><button>Spara <span aria-hidden=true>★</span></button>
  <button><span style="display:none">dold </span>Synlig</button></fieldset></form>
<form><p>Utan namn</p></form>
<section aria-labelledby=s><h3 id=s>Medlemmar</h3><p>Text i <b>delar</b></p></section><section>Utan namn</section>
<table><caption>Händelser</caption><thead><tr><th>Datum<th>Händelse</thead><tbody><tr><th scope=row>1<td>Flytt</table>
<div role=tablist><div role=tab tabindex=0>Inkomster</div><button role=tab>Utgifter</button></div>
<div role=dialog aria-label="Nyheter"><p>Svar saknas från register</p></div>
<dl><dt>Adress<dd aria-label="Adress">Storgatan 1</dl><ul><li>Ett<li>Två</ul>
<div style="display:none"><button>Spara</button><label>Namn<input></label></div>
<div aria-hidden=true><button>Gömd för hjälpmedel</button></div>
<p data-testid=v>värde</p><p data-testid=v>två</p><details><summary>Mer</summary><button>Inuti</button></details>
<div id=h></div><script>h.attachShadow({mode: 'open'}).innerHTML =
  '<label>I skuggan <input></label><button>Skuggknapp</button><p>Skuggtext</p>'</script>
</main>"""

ROLES = [
    ("link", "Journal"), ("link", "Personbild ny"), ("link", "Ingen länk"), ("link", None), ("heading", "Hushåll"),
    ("heading", "Med mellanrum och rad"), ("navigation", "Meny"), ("form", "Ny anteckning"), ("form", None),
    ("group", "Uppgifter"), ("textbox", "Namn"), ("textbox", "Personnummer"), ("spinbutton", "Antal"),
    ("searchbox", "Sök"), ("checkbox", "Avisera handläggare"), ("radio", "Ja"), ("combobox", "Typ"),
    ("listbox", "Flera"), ("textbox", "Text"), ("textbox", "Endast aria"), ("textbox", "Platshållare"),
    ("textbox", "Titel"), ("textbox", "Hyra per månad"), ("status", "Resultat"), ("textbox", "Lösen"),
    ("button", "Spara utkast"), ("button", "Reset"), ("button", "Knapp"), ("button", "Spara"),
    ("button", "Stäng fönstret"), ("button", "Skriv ut"), ("button", "Hjälp"), ("button", "Låst"),
    ("button", "Synlig"), ("button", "Gömd för hjälpmedel"), ("button", "Inuti"), ("button", "Skuggknapp"),
    ("button", None), ("region", "Medlemmar"), ("region", None), ("table", "Händelser"), ("columnheader", "Datum"),
    ("rowheader", "1"), ("cell", "Flytt"), ("row", None), ("tab", "Inkomster"), ("tab", "Utgifter"),
    ("dialog", "Nyheter"), ("listitem", None), ("list", None), ("option", "A"), ("main", None), ("banner", None),
    ("paragraph", None), ("definition", None), ("term", None), ("rowgroup", None), ("img", None), ("button", "spara"),
]  # fmt: skip
LABELS = [
    "Namn", "Personnummer", "Antal", "Avisera handläggare", "Typ", "Text", "Endast aria", "Hyra", "per månad",
    "Resultat", "Lösen", "I skuggan", "Ny anteckning", "Adress", "Finns inte", "Stäng fönstret", "Meny",
]  # fmt: skip
TEXTS = [
    "Svar saknas från register", "Text i delar", "delar", "Hushåll", "Spara", "Spara utkast", "Skuggtext", "värde",
    "Med mellanrum och rad", "Storgatan 1", "Finns inte", "Utan namn",
]  # fmt: skip


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    site = Site()
    site.pages["/"] = BODY
    yield site
    site.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def page(site: Site) -> AsyncIterator[Page]:
    async with BrowserPool() as pool:
        session = await pool.worker().open("app", None, site.url)
        await session.goto(site.url + "/", 5)
        yield session._page.page


async def same(page: Page, selector: Selector, other: object) -> None:
    ours = await locator(page, spec_of(selector)).element_handles()
    theirs = await other.filter(visible=True).element_handles()  # type: ignore[attr-defined]
    outer = "e => e.outerHTML"
    assert sorted([await e.evaluate(outer) for e in ours]) == sorted(
        [await e.evaluate(outer) for e in theirs]
    ), selector


async def test_roles(page: Page) -> None:
    for kind, name in ROLES:
        for exact in (True, False):
            theirs = page.get_by_role(kind, name=name, exact=exact)  # type: ignore[arg-type]
            await same(page, role(kind, name, exact=exact), theirs)


async def test_labels(page: Page) -> None:
    for name in LABELS:
        for exact in (True, False):
            await same(page, label(name, exact=exact), page.get_by_label(name, exact=exact))


async def test_texts(page: Page) -> None:
    for wanted in TEXTS:
        for exact in (True, False):
            await same(page, text(wanted, exact=exact), page.get_by_text(wanted, exact=exact))
    for pattern in (
        "Svar saknas",
        "^Svar",
        "Sekretessmarkering|Skyddad",
        "Text i|Hus",
        r"Med\s+mellanrum",
        "^Storgatan \\d$",
    ):
        await same(page, Selector("text_matches", pattern), page.get_by_text(re.compile(pattern)))


async def test_test_ids_and_css(page: Page) -> None:
    await same(page, test_id("v"), page.get_by_test_id("v"))
    for path in ("main > h1", "button[disabled]", "label input"):
        await same(page, Selector("css", path), page.locator(f"css={path}"))


async def test_within(page: Page) -> None:
    inner = role("button", "Spara utkast", within=role("form", "Ny anteckning"))
    await same(
        page, inner, page.get_by_role("form", name="Ny anteckning").get_by_role("button", name="Spara utkast")
    )


BETTER = """<label>Typ <select><option>A</option><option>B</option></select></label><textarea>skrivet</textarea>
<label>Text <textarea>gammalt</textarea></label><label>Namn <span aria-hidden=true>*</span><input id=namn></label>"""


async def test_where_the_resolver_means_to_differ(page: Page, site: Site) -> None:
    site.pages["/better"] = BETTER
    await page.goto(site.url + "/better")

    async def count(selector: Selector) -> int:
        return await locator(page, spec_of(selector)).count()

    # A label is its own text, not what stands in the field that it wraps.
    assert await count(label("Typ")) == await count(label("Text")) == 1
    assert await page.get_by_label("Typ", exact=True).count() == 0
    # What a screen reader is not told (the star of a required field) is no part of a label's name.
    assert await count(label("Namn")) == await count(label("Namn *")) == 1
    # What is written in a field is its value, not a text of the page.
    assert await count(text("skrivet")) == 0


CSS = [
    "div[[", "div", "a[href^='x']", "a[type=a i]", ":not(a, b)", ":is(a, b) > c", "div:has(> p)",
    "div:has-text('x')", "a >> b", "a:nth-child(2n+1 of .x)", ":modal", ":popover-open", ":focus-visible",
    ":visible", "div:contains('x')", "a[b!=c]", "#1a", "#a\\31", ".å", "a > > b", "a,", "", "a{", ":lang(sv)",
    "*|a", "ns|a", "a || b", ":scope > a", "a:foo", "a:checkd", ":state(x)", "a[data-x=1]", "css=a", "//div",
    "a b]", "1a", "--a", "a..b", "a:", ":any-link", ":indeterminate", ":valid", ":user-valid", ":nth-child(foo)",
    ":nth-child(-n+2)", "label:text('x')", ":open", "a:matches(b)", "a[title='>> b']", "input[type='text' I]",
]  # fmt: skip
PATTERNS = [
    "^KIR", "(?P<n>a)", r"\Aa", r"a\Z", "(?i)a", "(?i:a)", "a{", "a]", r"\-", r"[\-]", r"[a-\d]", r"(?<n>a)\k<n>",
    r"\p{L}+", "(?#x)", "a++", "(?>a)", r"\u{1F600}", "(?<=a)b", r"\w{2,1}", r"\_", r"\å", "a{,3}", r"\07", "a**",
    "[", "(", r"\/", "[[:alpha:]]", "(?s:.)", r"\h", "[z-a]", "(?<n>a)(?<n>b)", r"\p{Foo}", "[]", "", "|",
]  # fmt: skip


async def test_the_checker_refuses_what_the_browser_refuses(page: Page) -> None:
    fine = "try { document.documentElement.matches(text); return true } catch { return false }"
    asked = await page.evaluate(f"texts => texts.map(text => {{ {fine} }})", CSS)
    assert [text for text, is_fine in zip(CSS, asked, strict=True) if is_fine == bool(css_problem(text))] == []
    fine = "try { new RegExp(text, 'u'); return true } catch { return false }"
    asked = await page.evaluate(f"texts => texts.map(text => {{ {fine} }})", PATTERNS)
    wrong = [t for t, is_fine in zip(PATTERNS, asked, strict=True) if is_fine == bool(pattern_problem(t))]
    assert wrong == []
