"""Controls as real web applications build them, filled by what they are, in a real browser."""

# ruff: noqa: E501 (pages are written as a server would send them)

from __future__ import annotations

import pytest

from robotfabrik.model.errors import ElementMissing, SystemException
from robotfabrik.model.process import Selector
from robotfabrik.sessions.session import PlaywrightSession
from tests.support.session_pages import Site, css, label, role, show, target, test_id, text

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def read(session: PlaywrightSession, selector: Selector) -> str | None:
    return await session.read_text(target(selector, optional=True), 20)


FORM = """
<label>Namn <input></label>
<label>Datum <input type=date></label><label>Tid <input type=time></label><label>Antal <input type=number></label>
<label>Typ <select><option>Ansökan<option>Anmälan</select></label>
<label><input type=checkbox> Avisera</label>
<button role=switch aria-checked=false aria-label=Brådskande onclick="ariaChecked = ariaChecked !== 'true'">x</button>
<fieldset aria-label=Svar><legend>Svar</legend><label><input type=radio name=s> Ja</label><label><input type=radio name=s> Nej</label></fieldset>
<div role=radiogroup aria-label=Färg>
  <span role=radio aria-checked=false tabindex=0 onclick="ariaChecked='true'">Röd</span>
  <span role=radio aria-checked=false tabindex=0 onclick="ariaChecked='true'">Blå</span></div>
<div contenteditable role=textbox aria-label=Text>gammalt</div>
<label>Not <textarea>gammalt</textarea></label>
"""
VALUES = {
    "Namn": ("Åsa", "Åsa"), "Datum": ("2022-11-01", "2022-11-01"), "Tid": ("13:45", "13:45"), "Antal": ("12", "12"),
    "Typ": ("Anmälan", "Anmälan"), "Avisera": ("ja", "ja"), "Brådskande": ("ja", "ja"), "Text": ("nytt", "nytt"),
    "Not": ("rad 1\nrad 2", "rad 1\nrad 2"),
}  # fmt: skip


async def test_each_control_takes_its_value_as_its_kind_does(session: PlaywrightSession, site: Site) -> None:
    await show(session, site, FORM)
    for name, (value, _) in VALUES.items():
        await session.enter(target(label(name)), value, 20)
    for name, (_, shown) in VALUES.items():
        assert await read(session, label(name)) == shown, name
    await session.enter(target(role("group", "Svar")), "Nej", 20)
    assert await read(session, role("radio", "Nej")) == "ja"
    await session.enter(target(role("radio", "Nej")), "Ja", 20)  # one of the group names the group
    assert await read(session, role("radio", "Ja")) == "ja"
    await session.enter(target(role("radiogroup", "Färg")), "Blå", 20)
    assert await read(session, role("radio", "Blå")) == "ja"
    for name in ("Avisera", "Brådskande"):
        await session.enter(target(label(name)), "nej", 20)
        assert await read(session, label(name)) == "nej"


async def test_a_value_that_the_control_does_not_take(session: PlaywrightSession, site: Site) -> None:
    await show(session, site, FORM + "<label>Bilaga <input type=file></label>")
    for name, value, said in (
        ("Datum", "1 november", "a date is 2022-11-01"),
        ("Avisera", "kanske", "takes ja or nej"),
        ("Bilaga", "a.pdf", "use upload_file"),
    ):
        with pytest.raises(SystemException, match=said):
            await session.enter(target(label(name)), value, 20)
    with pytest.raises(ElementMissing, match=r'the wanted choice "Ansokan" was not offered .*; 2 others are; nearest: "Ansökan"'):
        await session.enter(target(label("Typ")), "Ansokan", 0.5)


async def test_a_box_that_its_label_draws(session: PlaywrightSession, site: Site) -> None:
    await show(session, site, """<style>
      .b{position:relative;display:inline-block;width:200px} .b input{position:absolute;width:20px;height:20px;margin:0}
      .b span{position:relative;display:block;background:#ddd}</style>
      <label class=b><input type=checkbox><span>Avisera</span></label>""")  # fmt: skip
    for wanted in ("ja", "ja", "nej"):
        await session.check(target(label("Avisera")), wanted == "ja", 20)
        assert await read(session, label("Avisera")) == wanted


# A field that suggests: a delay, options elsewhere in the document, ids that change with every list.
SUGGESTS = """
<label for=f{n}>Ort</label><input id=f{n} role=combobox aria-autocomplete=list aria-expanded=false oninput="later()">
<div id=portal></div><output data-testid=v></output><script>
let timer, round = 0; const field = document.querySelector('[role=combobox]');
const towns = ['Lund', 'Luleå', 'Lund Östra', 'Malmö'];
function later() {{ clearTimeout(timer); timer = setTimeout(list, 150); }}
function list() {{
  const id = 'list-' + ++round; field.setAttribute('aria-controls', id); field.ariaExpanded = 'true';
  portal.innerHTML = `<ul role=listbox id=${{id}}>` + towns.filter(t => field.value && t.startsWith(field.value))
    .map(t => `<li role=option onmousedown="event.preventDefault()" onclick="pick(this)">${{t}}</li>`).join('') + '</ul>';
}}
function pick(option) {{ field.value = option.textContent; portal.innerHTML = ''; document.querySelector('output').textContent = 'vald ' + field.value; }}
</script>"""


async def test_a_suggestion_is_waited_for_and_chosen(session: PlaywrightSession, site: Site) -> None:
    await show(session, site, SUGGESTS.format(n=1) + "<ul><li role=option>Lund</li></ul>")
    await session.enter(target(label("Ort")), "Lund", 20)
    assert await read(session, test_id("v")) == "vald Lund"
    await session.select(target(label("Ort")), "Malmö", 20)
    assert await read(session, test_id("v")) == "vald Malmö"
    with pytest.raises(ElementMissing, match='the wanted choice "Lu" was not offered'):
        await session.enter(target(label("Ort")), "Lu", 0.8)


async def test_a_list_that_a_button_opens(session: PlaywrightSession, site: Site) -> None:
    await show(session, site, """
      <span id=l>Status</span><button role=combobox aria-haspopup=listbox aria-expanded=false aria-labelledby=l aria-controls=p
        onclick="ariaExpanded='true'; setTimeout(() => p.hidden = false, 100)">välj</button>
      <ul id=p role=listbox hidden><li role=option onclick="b.textContent=textContent; p.hidden=true">Öppet</li>
      <li role=option onclick="b.textContent=textContent; p.hidden=true">Avslutat</li></ul>
      <script>b = document.querySelector('button')</script>""")  # fmt: skip
    await session.select(target(label("Status")), "Avslutat", 20)
    assert await read(session, css("button")) == "Avslutat"


@pytest.mark.parametrize("names", ["aria-controls=p", ""])
async def test_a_list_whose_control_always_says_that_it_is_closed(
    session: PlaywrightSession, site: Site, names: str
) -> None:
    await show(session, site, f"""
      <label>Land <input role=combobox aria-expanded=false {names} oninput="setTimeout(() => p.hidden = false, 50)"></label>
      <ul id=p role=listbox hidden><li role=option onclick="v.textContent='vald ' + textContent">Norge</li>
      <li role=option>Sverige</li></ul><output id=v data-testid=v></output>""")  # fmt: skip
    await session.select(target(label("Land")), "Norge", 20)
    assert await read(session, test_id("v")) == "vald Norge"


async def test_a_choice_of_another_list_is_not_taken(session: PlaywrightSession, site: Site) -> None:
    await show(session, site, """<label>Land <input role=combobox aria-expanded=false></label>
      <ul role=listbox><li role=option onclick="v.textContent='vald'">Norge</ul><output id=v data-testid=v></output>""")  # fmt: skip
    with pytest.raises(ElementMissing, match='"Norge" is shown, but the control says that its list is closed'):
        await session.select(target(label("Land")), "Norge", 1)
    assert await read(session, test_id("v")) is None


async def test_several_items_and_no_others(session: PlaywrightSession, site: Site) -> None:
    toggle = "onclick=\"ariaSelected = ariaSelected !== 'true'\""
    await show(session, site, f"""
      <label>Språk <select multiple><option selected>Arabiska<option>Finska<option>Somaliska</select></label>
      <fieldset aria-label=Dagar><label><input type=checkbox checked> Må</label><label><input type=checkbox> Ti</label>
      <label><input type=checkbox> On</label></fieldset>
      <div role=listbox aria-multiselectable=true aria-label=Roller><div role=option aria-selected=true {toggle}>Läsa</div>
      <div role=option aria-selected=false {toggle}>Skriva</div></div>""")  # fmt: skip
    await session.select_several(target(label("Språk")), ["Finska", "Somaliska"], 20)
    assert await read(session, label("Språk")) == "Finska\nSomaliska"
    await session.select_several(target(role("group", "Dagar")), ["Ti", "On"], 20)
    assert [await read(session, label(day)) for day in ("Må", "Ti", "On")] == ["nej", "ja", "ja"]
    await session.select_several(target(role("listbox", "Roller")), ["Skriva"], 20)
    chosen = [await session.attribute(target(role("option", n)), "aria-selected", 20) for n in ("Läsa", "Skriva")]
    assert chosen == ["false", "true"]


async def test_a_date_picker_without_a_field(session: PlaywrightSession, site: Site) -> None:
    """A calendar is clicked as a person does: the heading says the month, a cell's name the day."""
    await show(session, site, """<label>Datum <input readonly onclick="draw()"></label>
      <div id=c></div><script>
      let month = 10; const names = ['', '', '', '', '', '', '', '', '', '', 'oktober', 'november'];
      function draw() { c.innerHTML = `<div role=dialog aria-label=Kalender><h2>${names[month]} 2022</h2><button onclick="month++; draw()">Nästa månad</button>
        <table role=grid><tr>${[1, 2, 3].map(d => `<td role=gridcell tabindex=-1 aria-label="${d} ${names[month]}" onclick="pick(${d})">${d}</td>`).join('')}</tr></table></div>`; }
      function pick(d) { document.querySelector('input').value = `2022-${month}-0${d}`; c.innerHTML = ''; }
      </script>""")  # fmt: skip
    await session.click(target(label("Datum")), 20)
    await session.click(target(role("button", "Nästa månad", within=role("dialog", "Kalender"))), 20)
    await session.click(target(role("gridcell", "2 november")), 20)
    assert await read(session, label("Datum")) == "2022-11-02"


async def test_typing_key_by_key(session: PlaywrightSession, site: Site) -> None:
    await show(session, site, """<label>Namn <input value=An onkeydown="v.textContent += event.key"></label>
      <div contenteditable role=textbox aria-label=Text>ett</div>
      <label>Kort <input oninput="value = value.slice(0, 2)"></label><output id=v data-testid=v></output>""")  # fmt: skip
    await session.type_keys(target(label("Namn")), "na", 20, delay=0.01, empty=False, verify=True)
    assert await read(session, label("Namn")) == "Anna"
    await session.type_keys(target(label("Namn")), "Bo", 20, delay=0, empty=True, verify=True)
    assert await read(session, label("Namn")) == "Bo"
    assert "na" in (await read(session, test_id("v")) or "")
    await session.type_keys(target(label("Text")), " två", 20, delay=0, empty=False, verify=True)
    assert await read(session, label("Text")) == "ett två"
    with pytest.raises(SystemException, match="does not hold"):
        await session.type_keys(target(label("Kort")), "abc", 20, delay=0, empty=True, verify=True)
    await session.type_keys(target(label("Kort")), "abc", 20, delay=0, empty=True, verify=False)
    await session.fill(target(label("Kort")), "xyz", 20, verify=False)
    assert await read(session, label("Kort")) == "xy"


# As the libraries do: every change draws the page anew, with other ids and elements, a moment later.
RENDERED = """<div id=root></div><script>
let state = {namn: '', ort: '', rader: []}, round = 0;
function draw() {
  const id = 'r' + ++round + '-';
  root.innerHTML = `<div class="css-${round}x"><label for=${id}a>Namn</label><input id=${id}a value="${state.namn}">
    <div><b>Ort:</b> <input id=${id}b value="${state.ort}"></div>
    <button id=${id}c class=_${round}>Lägg till</button><ul>${state.rader.map(r => `<li>${r}</li>`).join('')}</ul></div>`;
  const [a, b] = root.querySelectorAll('input');
  a.onchange = () => { state.namn = a.value; later(); };
  b.onchange = () => { state.ort = b.value; later(); };
  root.querySelector('button').onclick = () => { state.rader.push(state.namn + ' i ' + state.ort); later(); };
}
const later = () => setTimeout(draw, 20);
draw();
</script>"""


async def test_fields_that_move_and_change_their_ids(session: PlaywrightSession, site: Site) -> None:
    from robotfabrik.model.process import Anchor

    await show(session, site, RENDERED)
    town = role("textbox", anchor=Anchor(text("Ort:"), "right"))
    for name, place in (("Anna", "Lund"), ("Bo", "Malmö"), ("Cia", "Ystad")):
        await session.enter(target(label("Namn")), name, 20)
        await session.enter(target(town), place, 20)
        await session.click(target(role("button", "Lägg till")), 20)
        assert await session.exists(target(text(f"{name} i {place}")), 20)


async def test_controls_in_shadow_roots_and_frames(session: PlaywrightSession, site: Site) -> None:
    other = Site()
    try:
        other.pages["/inner"] = (
            "<label>Namn <input></label><label>Typ <select><option>A<option>B</select></label><label><input type=checkbox> Klar</label>"
            + SUGGESTS.format(n=2)
        )
        site.pages["/outer"] = f"<iframe title=Inre width=600 height=400 src='{other.url.replace('127.0.0.1', 'localhost')}/inner'></iframe>"
        await show(session, site, """<iframe title=Yttre width=700 height=500 src=/outer></iframe><x-form></x-form><script>
          document.querySelector('x-form').attachShadow({mode: 'open'}).innerHTML =
            '<x-inner></x-inner><label>Antal <input></label>';
          document.querySelector('x-form').shadowRoot.firstChild.attachShadow({mode: 'open'}).innerHTML =
            '<label><input type=checkbox> Djupt</label>'</script>""")  # fmt: skip
        frame = css("iframe[title=Inre]", frame=css("iframe[title=Yttre]"))
        for name, value in (("Namn", "Åsa"), ("Typ", "B"), ("Klar", "ja"), ("Ort", "Luleå")):
            await session.enter(target(label(name, frame=frame)), value, 20)
            assert await read(session, label(name, frame=frame)) == value
        await session.enter(target(label("Antal")), "3", 20)
        await session.enter(target(label("Djupt")), "ja", 20)
        assert [await read(session, label(name)) for name in ("Antal", "Djupt")] == ["3", "ja"]
    finally:
        other.close()
