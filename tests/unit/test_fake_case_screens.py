"""How the case work's screens behave: order, locks, print views, consent, refusals, chaos."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.fake import running_fake
from tests.support.fake_http import Browser, Page
from tests.support.town import TODAY, Town, column, small_town

PERIOD = {"type": "Ekonomiskt bistånd", "start": "2022-11-01", "end": "2022-11-30"}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with small_town(tmp_path_factory.mktemp("screens")) as town:
        yield town


@pytest.fixture
def robot(town: Town) -> Iterator[Browser]:
    with town.browser("robot-nyansokan-1") as browser:
        yield browser


@pytest.fixture
def leader(town: Town) -> Iterator[Browser]:
    with town.browser(town.with_role("gruppledare")) as browser:
        yield browser


def caseworker(town: Town) -> Browser:
    return town.browser(next(n for n, row in town.accounts.items() if row["roles"] == "handläggare"))


def propose(robot: Browser, case: str, **fields: str) -> str:
    robot.get(f"/arende/{case}/beslut/ny")
    page = robot.send("/ny", **{**PERIOD, "result": "Bifall", "amount": "100", **fields})
    return page.fields["Beslut"]


def shown(page: Page, header: str) -> list[str]:
    """The cells of a page's only table, without the rows of protected persons, which come last."""
    at = page.rows[0].index(header)
    return [row[at] for row in page.rows[1:] if "Skyddade personuppgifter" not in row]


def approve_marked(leader: Browser, *numbers: str) -> Page:
    form = leader.get("/delegat").form("/delegat/godkann")
    return Page(leader.client.post(form.action, data={**form.fields, "beslut": list(numbers)}))


# --- order, print ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "header"),
    [
        ("/aktualiseringar?urval=alla", "Datum"),
        ("/aktualiseringar", "Poster"),
        ("/arbetsmarknad", "Planering"),
    ],
)
def test_a_list_is_ordered_by_its_headers_and_stays_so_over_the_pages(
    town: Town, robot: Browser, address: str, header: str
) -> None:
    page = robot.get(address)
    headings = page.rows[0]
    page = robot.get(page.links[header])
    cells = shown(page, header)
    assert page.rows[0] == headings
    assert cells == sorted(cells)
    if "Nästa" in page.links:
        following = robot.get(page.links["Nästa"])
        assert shown(following, header)[0] >= cells[-1]
    falling = shown(robot.get(page.links[header]), header)
    assert falling == sorted(falling, reverse=True)


def test_amounts_are_ordered_by_size_and_tables_apart(town: Town, robot: Browser) -> None:
    address = f"/arende/{town.case('hogkostnadsskydd', 'medicine')}/berakning"
    before = column(robot.get(address), "Beräkning")
    page = robot.get(f"{address}?sortera=2-7&ordning=fallande")
    amounts = [int(cell.removesuffix(" kr").replace(" ", "")) for cell in column(page, "Godkänt")]
    assert amounts == sorted(amounts, reverse=True)
    assert len(str(amounts[0])) > len(str(amounts[-1]))
    assert column(page, "Beräkning") == before
    assert robot.get(f"{address}?sortera=2-99").status == 200


def test_a_screen_has_a_view_for_printing_and_a_form_has_none(town: Town, robot: Browser) -> None:
    case = town.case("hogkostnadsskydd", "medicine")
    page = robot.get(f"/arende/{case}/berakning")
    printed = robot.get(page.links["Utskriftsvy"])
    assert printed.rows[1:] == page.rows[1:]
    assert 'class="print"' in printed.response.text
    assert printed.links["Tillbaka"] == f"/arende/{case}/berakning"
    assert "Utskriftsvy" not in robot.get(f"/arende/{case}/journal/ny").links


def test_long_texts_are_cut_in_lists_and_whole_when_opened(
    town: Town, leader: Browser, robot: Browser
) -> None:
    case, person = town.case("hogkostnadsskydd", "care"), town.person("hogkostnadsskydd", "care")
    text = "Ring om hyresavtalet, som gick ut den sista oktober"
    leader.get(f"/arende/{case}/bevakningar/ny")
    assert leader.send("/ny", type="Övrigt", text="").error("text") == "Ange text."
    page = leader.send("/ny", text=text)
    assert text[:40] + "…" in column(page, "Text")
    assert text not in page.text
    number = next(row[0] for row in page.rows if text[:40] + "…" in row)
    assert leader.get(page.links[number]).fields["Text"] == text
    assert "Bevakningen är klar." in leader.send("/klar").text
    robot.get(f"/arende/{case}/kommunicering/ny")
    page = robot.send("/ny", person_id=person, text=text)
    assert robot.get(page.links["KO00001"]).fields["Text"] == text
    assert robot.get(f"/arende/{case}/kommunicering/KO99999").status == 404


# --- planering -------------------------------------------------------------------------------------------


def test_a_plan_is_made_and_changed_with_its_consent(town: Town, leader: Browser, robot: Browser) -> None:
    case, person = town.case("hogkostnadsskydd", "care"), town.person("hogkostnadsskydd", "care")
    assert robot.get(f"/arende/{case}/planering/ny").status == 403
    leader.get(f"/arende/{case}/planering/ny")
    wrong = leader.send("/ny", start="2022-11-01", end="2022-10-01", consent="kanske")
    assert wrong.error("person_id") == "Välj person."
    assert wrong.error("activity") == "Välj planering."
    assert wrong.error("end") == "Till kan inte ligga före Från."
    assert wrong.error("consent") == "Välj samtycke."
    page = leader.send("/ny", person_id=person, activity="Studier", extent="50", end="", consent="")
    number = page.fields["Nummer"]
    leader.get(f"/planering/{number}/andra")
    page = leader.send("/andra", consent="ja", wanted_start="2022-12-01")
    assert (page.fields["Samtycke"], page.fields["Önskad start"]) == ("ja", "2022-12-01")
    page = robot.get(f"/arende/{case}/arbetsmarknad")
    assert any(number in row and "ja" in row and "50 %" in row for row in page.rows)


# --- beräkning -------------------------------------------------------------------------------------------


def test_a_calculation_shows_the_norm_of_each_member_and_other_living_costs(
    town: Town, robot: Browser
) -> None:
    page = robot.get(f"/arende/{town.case('hogkostnadsskydd', 'medicine')}/berakning")
    calculation = page.links[column(page, "Beräkning")[-1]]
    family = robot.get(f"{calculation}?flik=familj")
    assert {"Ensam", "Par"} & set(column(family, "Normintervall"))
    assert set(column(family, "Dagar")) <= {str(days) for days in range(1, 32)}
    assert "Medicin" in column(robot.get(f"{calculation}?flik=ovrigt"), "Post")
    assert "Medicin" not in column(robot.get(f"{calculation}?flik=utgifter"), "Post")


# --- locks -----------------------------------------------------------------------------------------------


def test_what_another_has_open_is_locked_on_every_screen_of_the_case(
    town: Town, leader: Browser, robot: Browser
) -> None:
    case = town.case("hogkostnadsskydd", "ordinary")
    number = propose(robot, case)
    with caseworker(town) as other:
        name = town.accounts[next(n for n, r in town.accounts.items() if r["roles"] == "handläggare")]["name"]
        leader.get(f"/beslut/{number}")
        decide = leader.page.form("/godkann")
        marked = leader.get("/delegat").form("/delegat/godkann")
        other.get(f"/arende/{case}/bevakningar/ny")
        said = f"Posten är låst av {name}."
        for part in ("beslut", "dokument", "arbetsmarknad", "kommunicering"):
            assert said in robot.get(f"/arende/{case}/{part}").text
        for form in ("beslut/ny", "dokument/ny", "berakning/ny", "kommunicering/ny"):
            page = robot.get(f"/arende/{case}/{form}")
            assert said in page.text
            assert "form_token" not in str([each.fields for each in page.forms])
        assert said in leader.send_form(decide).text
        data = {**marked.fields, "beslut": number}
        assert "0 beslut är godkända. 1" in Page(leader.client.post(marked.action, data=data)).text
        other.get("/inkorg")
    leader.get(f"/beslut/{number}")
    assert leader.send("/godkann").fields["Status"] == "Gällande"


# --- beslut ----------------------------------------------------------------------------------------------


def test_a_refusal_waits_for_the_answer_to_its_communication(
    town: Town, robot: Browser, leader: Browser
) -> None:
    case, person = (
        town.case("hogkostnadsskydd", "control/at_cap"),
        town.person("hogkostnadsskydd", "control/at_cap"),
    )
    number = propose(robot, case, result="Avslag", motivation="Prov", amount="0")
    assert leader.get(f"/beslut/{number}").fields["Kommunicering"] == "Saknas"
    page = leader.send("/godkann")
    assert "Avslag kan godkännas när uppgifterna har kommunicerats" in page.text
    assert page.fields["Status"] == "Förslag"

    def send(browser: Browser, answer_by: str) -> str:
        browser.get(f"/arende/{case}/kommunicering/ny")
        browser.send("/ny", person_id=person, text="Läs uppgifterna på Min sida.", answer_by=answer_by)
        return leader.get(f"/beslut/{number}").fields["Kommunicering"]

    # A robot's message about something else communicates nothing; who gets more time has it.
    assert send(robot, "2022-11-02") == "Saknas"
    assert send(leader, "2022-11-03") == "Skickad 2022-11-01, svar senast 2022-11-03"
    assert send(leader, "2022-11-10") == "Skickad 2022-11-01, svar senast 2022-11-10"
    assert "Avslag kan godkännas när" in leader.send("/godkann").text
    try:
        town.fake.restart("2022-11-10")
        with town.browser(town.with_role("gruppledare")) as early:
            early.get(f"/beslut/{number}")
            assert "Avslag kan godkännas när" in early.send("/godkann").text
        town.fake.restart("2022-11-11")
        with town.browser(town.with_role("gruppledare")) as later:
            later.get(f"/beslut/{number}")
            assert later.send("/godkann").fields["Status"] == "Gällande"
    finally:
        town.fake.restart(TODAY)


def test_a_delegate_sees_why_it_is_proposed_and_what_is_open_in_the_case(
    town: Town, robot: Browser, leader: Browser
) -> None:
    case = town.case("anvisning", "sent")
    note = {"type": "Kontroll", "text": "Annat"}
    robot.get(f"/arende/{case}/journal/ny")
    robot.send("/journal/ny", **note, rubrik="Att titta på", notify="ja")
    number = propose(robot, case)
    robot.get(f"/arende/{case}/journal/ny")
    robot.send("/journal/ny", **{**note, "text": "Norm 100 kr. Underskott 100 kr."}, rubrik="Förslag")
    (line,) = (row for row in leader.get("/delegat").rows if number in row)
    assert "Norm 100 kr. Underskott 100 kr." in line
    fields = leader.get(f"/beslut/{number}").fields
    assert fields["Underlag"] == "Norm 100 kr. Underskott 100 kr."
    assert "Att titta på" in fields["Öppna uppgifter"]


def test_flags_and_free_text_are_opened_before_a_bifall_is_approved(
    town: Town, robot: Browser, leader: Browser
) -> None:
    plain, flagged, told = (
        town.case("fordonsinnehav", plant) for plant in ("three_known", "control/no_answer", "unregistered")
    )
    leader.get(f"/arende/{told}/aktualisering/ny")
    leader.send("/ny", type="Ansökan", free_text="Jag har fått ett nytt arbete.\nDet börjar i december.")
    assert "Jag har fått ett nytt arbete." in leader.page.text
    made = [propose(robot, plain), propose(robot, flagged, flags="Inkomst har ändrats"), propose(robot, told)]
    lines = {row[1]: row for row in leader.get("/delegat").rows if len(row) > 1}
    assert "Inkomst har ändrats" in lines[made[1]]
    assert any(cell.startswith("Jag har fått ett nytt arbete.") for cell in lines[made[2]])
    page = approve_marked(leader, *made[1:])
    assert "0 beslut är godkända. 2 ska öppnas" in page.text
    for number in made:
        leader.get(f"/beslut/{number}")
    page = approve_marked(leader, *made)
    assert "3 beslut är godkända." in page.text
    assert "förslag är avgjorda, varav" in leader.get("/delegat").text


def test_payments_are_attested_by_an_attestant(town: Town, robot: Browser, leader: Browser) -> None:
    case = town.case("hogkostnadsskydd", "ordinary")
    decision = propose(robot, case, amount="900")
    leader.get(f"/beslut/{decision}")
    leader.send("/godkann")
    with town.browser(town.with_role("utbetalare")) as payer:
        payer.get(f"/arende/{case}/utbetalning/ny")
        page = payer.send("/ny", decision_id=decision, amount="900", method="Bankkonto", month="2022-11")
        address = str(page.response.url)
        assert not any("attestera" in form.action for form in page.forms)
    with town.browser(town.with_role("attestant")) as attestant:
        assert attestant.get(f"/arende/{case}/utbetalning/ny").status == 403
        attestant.get(address)
        assert attestant.send("/attestera").fields["Status"] == "Attesterad"


def test_every_look_at_lists_and_people_is_logged(town: Town, robot: Browser) -> None:
    person = town.person("hogkostnadsskydd", "medicine")
    number = next(row["personnummer"] for row in town.rows("people") if row["person_id"] == person)
    robot.get("/person/sok")
    robot.send("/person/sok", personnummer=number)
    for address in (
        "/inkorg", "/arenden", "/aktualiseringar", "/arbetsmarknad", "/beslutslista", "/stickprov",
    ):  # fmt: skip
        robot.get(address)
    with town.browser(town.with_role("administratör")) as administrator:
        page = administrator.get("/laslogg?anvandare=robot-nyansokan-1")
    seen = set(column(page, "Bild"))
    assert {"Sök person", "Inkorg", "Aktiva ärenden", "Aktualiseringar", "Planeringar"} <= seen
    assert {"Beslutslista", "Stickprov"} <= seen
    assert f"{number[:8]}-{number[8:]}" in [row[3] for row in page.rows if "Sök person" in row]


# --- chaos -----------------------------------------------------------------------------------------------


def test_chaos_reaches_the_case_works_screens(town: Town) -> None:
    chaos = "renamed-button,renamed-label,moved-button,duplicate-row,locked,save-then-error,error-before-save"
    with running_fake(town.fake.data, TODAY, chaos=chaos, extra=["--chaos-seed", "4"]) as fake:
        other = Town(fake)
        case, person = other.case("anvisning", "sent"), other.person("anvisning", "sent")
        listed = [row["case_number"] for row in other.rows("cases") if row["status"] == "Öppet"]
        with other.browser("robot-anvisning-1") as browser:
            numbers = column(browser.get("/aktualiseringar?urval=alla"), "Aktualisering")
            assert len(numbers) > len(set(numbers))
            page = browser.get(f"/arende/{case}/arbetsmarknad")
            assert "Lägg till anvisning" in page.text
            assert "Ny anvisning" not in page.text
            page = browser.get(f"/arende/{case}/arbetsmarknad/ny")
            assert "Telefon eller e-post" in page.text
            assert page.response.text.index(">Skicka<") < page.response.text.index('name="contact"')
            sent = {"person": person, "contact": "070", "extent": "50", "start": "2022-11-20"}
            form = page.form("/ny")
            assert browser.send_form(form, **sent).status == 500  # the first save: nothing stored
            browser.get(f"/arende/{case}/arbetsmarknad")
            assert "AN000" not in browser.page.text
            locked = next(number for number in listed if (int(number[3:7] + number[8:]) + 4) % 15 == 0)
            assert "Posten är låst av Eva Lind." in browser.get(f"/arende/{locked}/kommunicering/ny").text
            browser.get("/inkorg")
            assert "Ny kommunicering" in browser.get(f"/arende/{locked}/kommunicering/ny").text
