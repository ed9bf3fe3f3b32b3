"""What a session says when something is not there or cannot be used: enough to correct it, and no person."""

# ruff: noqa: E501 (pages are written as a server would send them)

from __future__ import annotations

import pytest

from robotfabrik.model.errors import ElementMissing
from robotfabrik.model.process import Anchor, Selector
from robotfabrik.sessions.session import PlaywrightSession
from tests.support.session_pages import Site, css, label, role, show, target, test_id, text

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def said(session: PlaywrightSession, selector: Selector) -> str:
    """What looking for it in vain says."""
    with pytest.raises(ElementMissing) as caught:
        await session.find(target(selector), 0.05)
    return str(caught.value)


CANDIDATES = """<h1>Ansökan</h1>
<button>SPARA</button><div role=button tabindex=0>Ny</div><div role=tab>Detaljer</div><a href=#>Ny flik</a>
<input placeholder="Sök ärende"><input title="Hjälptext"><label>Förnamn (tilltalsnamn) <input></label><label>Efternamn <input></label>
<p>Totalt <b>12</b> rader</p><button style="display:none">Godkänn</button><span onclick="1">Stäng</span> <b>Postort:</b> <input>
<button data-testid=save-note>x</button><a href=#>Anna Svensson</a><button>Öppna Anna Svensson</button><p>Barn som far illa hos Olga</p>
<div role=heading aria-level=2>Barn: Olga Ek</div><button disabled>Skicka</button>"""


async def test_names_what_could_have_been_meant(session: PlaywrightSession, site: Site) -> None:
    await show(session, site, CANDIDATES)
    for selector, hint in (
        (role("button", "Spara"), '; nearest: "SPARA"'),
        (role("link", "Ny"), "; a button of that name is there"),
        (role("button", "Detaljer"), "; a tab of that name is there"),
        (role("button", "Ny flik"), "; a link of that name is there"),
        (label("Sök ärende"), "; a textbox of that name is there"),
        (label("Hjälptext"), "; a textbox of that name is there"),
        (label("Förnamn"), '; nearest: "Förnamn (tilltalsnamn)", "Efternamn"'),
        (text("Totalt"), '; nearest: "Totalt …" (`exact: false` finds a part of a text)'),
        (text("totalt 12 rad"), '; nearest: "Totalt 12 rader" (`exact: false` finds a part of a text)'),
        (role("button", "Godkänn"), "; it is there, but hidden"),
        (role("button", "Stäng"), "; a text of that name is there, but it is no button"),
        (label("Postort:"), "; a text of that name is there, but it is no label"),
        (test_id("save_note"), '; nearest: "save-note"'),
    ):
        message = await said(session, selector)
        assert "on /page: not found within " in message
        assert message.endswith(hint), message


async def test_names_no_person(session: PlaywrightSession, site: Site) -> None:
    await show(session, site, CANDIDATES)
    for selector, hint in (
        (role("link", "Anna"), '; nearest: "Anna …"'),
        (role("button", "Öppna"), '; nearest: "Öppna …"'),
        (text("Barn"), '; nearest: "Barn …", "Barn: …" (`exact: false` finds a part of a text)'),
        (role("heading", "Barn:"), '; nearest: "Barn: …"'),
    ):
        message = await said(session, selector)
        assert message.endswith(hint), message
        for name in ("Svensson", "Olga", "Ek", "far illa"):
            assert name not in message


SEVERAL = """<h1>Ärende</h1><button>Spara</button><form aria-label="Ny anteckning"><button>Spara</button></form>
<div role=dialog aria-label="Olga Ek"><button>Spara</button></div>
<table aria-label=Medlemmar><tr><th>Namn<th>Val<tr><td>A<td><a href=#>Visa</a><tr><td>B<td><a href=#>Visa</a></table>"""


async def test_says_where_several_stand(session: PlaywrightSession, site: Site) -> None:
    await show(session, site, SEVERAL)
    message = await said(session, role("button", "Spara"))
    assert message.endswith('3 found: under heading "Ärende", in form "Ny anteckning", in dialog'), message
    message = await said(session, role("link", "Visa"))
    assert message.endswith('2 found: in row 2 of table "Medlemmar", in row 3 of table "Medlemmar"')


async def test_says_which_part_of_a_selector_fails(session: PlaywrightSession, site: Site) -> None:
    site.pages["/inner"] = "<button>Ny rad</button>"
    await show(session, site, f"""<span>Summa</span> <input><p>Inga träffar</p><p>Rad</p><p>Rad</p><ul class=sug>Lund</ul>
      <form aria-label="Ny anteckning"><button>Spara</button></form><button>Utanför</button>
      <iframe title=Annan width=300 height=90 src={site.url.replace('127.0.0.1', 'localhost')}/inner></iframe>""")  # fmt: skip
    await session.find(target(role("button", "Ny rad", frame=css("iframe"))), 20)
    for selector, hint in (
        (role("textbox", anchor=Anchor(text("Suma"), "right")), '; its anchor is not there; nearest: "Summa"'),
        (role("textbox", anchor=Anchor(text("Rad"), "right")), "; its anchor is there 2 times"),
        (role("textbox", anchor=Anchor(text("Summa"), "left")), "; its anchor is there, but nothing such lies left of it"),
        (role("button", "Spara", within=role("form", "Ny antekning")),
         '; the part of the page that it lies within is not there; nearest: "Ny anteckning"'),
        (role("button", "Utanför", within=role("form", "Ny anteckning")), "; 1 found outside of what it should lie within"),
        (text("Lund", within=css(".sug")), "; what it should lie within is the wanted element itself: leave `within` out"),
        (label("Namn", frame=role("img")), "; its frame is not there"),
        (role("button", "Ny rd", frame=css("iframe")), '; nearest: "Ny rad"'),
    ):  # fmt: skip
        message = await said(session, selector)
        assert message.endswith(hint), message


@pytest.mark.parametrize(
    ("button", "hint"),
    [
        ("<button disabled>Spara</button>", "it is disabled"),
        ("<fieldset disabled><button>Spara</button></fieldset>", "it is disabled"),
        ("<button>Spara</button><div role=dialog aria-label=Kakor style='position:fixed;inset:0'><p>Ja</p></div>",
         'something lies on top of it: the dialog "Kakor"'),
        ("<button>Spara</button><div style='position:fixed;inset:0'></div>", "something lies on top of it"),
    ],
)  # fmt: skip
async def test_says_why_something_cannot_be_used(
    session: PlaywrightSession, site: Site, button: str, hint: str
) -> None:
    await show(session, site, button)
    with pytest.raises(ElementMissing) as caught:
        await session.click(target(role("button", "Spara")), 0.5)
    assert str(caught.value).endswith(f": it is there, but could not be used within 0.5 s: {hint}")


async def test_says_that_a_field_is_read_only(session: PlaywrightSession, site: Site) -> None:
    await show(session, site, "<label>Namn <input readonly></label>")
    with pytest.raises(ElementMissing, match=r"could not be used within .* s: it is read-only"):
        await session.fill(target(label("Namn")), "x", 0.5)


CHOICES = """<label>Land <select><option>Sverige<option>Norge<option disabled>Danmark<option>Olga Ek</select></label>
<label>Språk <select multiple><option>Arabiska<option>Finska</select></label>
<fieldset aria-label=Svar><label><input type=radio name=s> Ja</label><label><input type=radio name=s> Nej</label></fieldset>
<fieldset aria-label=Dagar><label><input type=checkbox> Måndag</label></fieldset>
<div role=listbox aria-label=Roller><div role=option>Läsa</div></div>"""


@pytest.mark.parametrize(
    ("selector", "item", "hint"),
    [
        (label("Land"), "Finland", '(label "Land"): the wanted choice "Finland" was not offered within 1.0 s; 4 others are'),
        (label("Land"), "norge", '"norge" was not offered within 1.0 s; 4 others are; nearest: "Norge"'),
        (label("Land"), "Olga", '"Olga" was not offered within 1.0 s; 4 others are; nearest: "Olga …"'),
        (label("Land"), "Danmark", 'the choice "Danmark" is disabled'),
        (role("group", "Svar"), "Kanske", '"Kanske" was not offered within 1.0 s; 2 others are'),
        (role("listbox", "Roller"), "Läs", '"Läs" was not offered within 1.0 s; 1 other is; nearest: "Läsa"'),
    ],
)  # fmt: skip
async def test_says_which_choice_is_not_offered(
    session: PlaywrightSession, site: Site, selector: Selector, item: str, hint: str
) -> None:
    await show(session, site, CHOICES)
    with pytest.raises(ElementMissing) as caught:
        await session.select(target(selector), item, 1)
    assert str(caught.value).endswith(hint)


@pytest.mark.parametrize(
    ("selector", "items", "hint"),
    [
        (label("Språk"), ["Finska", "Turkiska"], '"Turkiska" was not offered within 1.0 s; 2 others are'),
        (role("group", "Dagar"), ["Måndag", "Mandag"], '"Mandag" was not offered within 1.0 s; 1 other is; nearest: "Måndag"'),
    ],
)  # fmt: skip
async def test_says_which_of_several_choices_is_not_offered(
    session: PlaywrightSession, site: Site, selector: Selector, items: list[str], hint: str
) -> None:
    await show(session, site, CHOICES)
    with pytest.raises(ElementMissing) as caught:
        await session.select_several(target(selector), items, 1)
    assert str(caught.value).endswith(hint)
