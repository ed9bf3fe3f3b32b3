"""The screens of the case work: what they show, who may do what, what is refused, what is logged."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fake_procapita import pdf
from fixtures.attachments import attachment
from tests.support.fake import running_fake
from tests.support.fake_http import Browser, Page
from tests.support.town import TODAY, Town, column, small_town


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with small_town(tmp_path_factory.mktemp("casework")) as town:
        yield town


@pytest.fixture
def robot(town: Town) -> Iterator[Browser]:
    with town.browser("robot-fordonsinnehav-1") as browser:
        yield browser


@pytest.fixture
def leader(town: Town) -> Iterator[Browser]:
    with town.browser(town.with_role("gruppledare")) as browser:
        yield browser


@pytest.fixture
def payer(town: Town) -> Iterator[Browser]:
    with town.browser(town.with_role("utbetalare")) as browser:
        yield browser


# --- SSBTEK ----------------------------------------------------------------------------------------------


def test_ssbtek_shows_the_field_names_of_the_service(town: Town, robot: Browser) -> None:
    case, person = town.case("fordonsinnehav", "three_known"), town.person("fordonsinnehav", "three_known")
    page = town.asked(robot, case, person)
    assert ["regnr", "fabrikat", "fordonsar", "fordonsslag", "handelsbeteckning"] in page.rows
    assert len(column(page, "regnr")) == 3
    for name in ("Försäkringskassan", "Skatteverket", "Arbetsförmedlingen", "A-kassorna", "CSN",
                 "Transportstyrelsen", "Migrationsverket"):  # fmt: skip
        assert name in page.text
    assert "ArbetssokandeOmfattning" in page.fields
    assert person not in str(page.response.url)


def test_a_party_that_errs_says_so_and_shows_nothing(town: Town, robot: Browser) -> None:
    case = town.case("fordonsinnehav", "control/no_answer")
    page = town.asked(robot, case, town.person("fordonsinnehav", "control/no_answer"))
    assert "Svar saknas från Transportstyrelsen." in page.text
    assert "regnr" not in page.text


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("purpose", "", "Välj syfte."),
        ("person", "", "Ange personnummer."),
        ("from", "1 september", "Ange datum som åååå-mm-dd."),
        ("to", "2022-08-01", "Periodens slut kan inte ligga före dess början."),
    ],
)
def test_ssbtek_wants_a_whole_question(
    town: Town, robot: Browser, field: str, value: str, message: str
) -> None:
    case, person = town.case("fordonsinnehav", "three_known"), town.person("fordonsinnehav", "three_known")
    page = town.asked(robot, case, person, **{field: value})
    assert page.status == 422
    assert page.error(field) == message


def test_ssbtek_is_closed_with_the_case(town: Town, leader: Browser) -> None:
    case = town.case("avslut", "control/aktualisering")
    leader.get(f"/arende/{case}/avsluta")
    leader.send("/avsluta", end=TODAY, end_reason="Annan orsak")
    page = town.asked(leader, case, town.person("avslut", "control/aktualisering"))
    assert "SSBTEK får bara användas när ärendet är öppet." in page.text
    assert page.status == 422


def test_another_person_is_not_asked_about_in_this_case(town: Town, robot: Browser) -> None:
    case = town.case("fordonsinnehav", "three_known")
    page = town.asked(robot, case, town.person("fordonsinnehav", "unregistered"))
    assert page.error("person") == "Personen ingår inte i hushållet."


# --- reading ---------------------------------------------------------------------------------------------


def test_new_applications_are_listed_with_what_they_hold(town: Town, robot: Browser) -> None:
    page = robot.get("/aktualiseringar")
    wanted = {row["application_id"] for row in town.rows("applications") if row["status"] == "Ny"}
    assert set(column(page, "Aktualisering")) == wanted
    assert any("Medicin" in items for items in column(page, "Poster"))
    everything = robot.get("/aktualiseringar?urval=alla")
    assert "Beslutad" in column(everything, "Status")


def test_an_application_shows_rows_facts_and_receipts(town: Town, robot: Browser) -> None:
    case = town.case("hogkostnadsskydd", "outside_benefit")
    mine = [row for row in town.rows("applications") if row["case_number"] == case and row["status"] == "Ny"]
    page = robot.get(f"/aktualisering/{mine[0]['application_id']}")
    assert page.fields["Status"] == "Ny"
    assert "Medicin" in column(page, "Post")
    assert sorted(column(page, "Inom förmånen")) == ["ja", "nej", "nej"]


def test_expenses_are_shown_by_person_and_month(town: Town, robot: Browser) -> None:
    page = robot.get(f"/arende/{town.case('hogkostnadsskydd', 'medicine')}/berakning")
    spent = [row for row in page.rows if "Medicin" in row]
    assert [row[6] for row in spent] == ["480 kr", "520 kr", "610 kr", "560 kr"]
    assert [row[0] for row in spent] == ["2022-01", "2022-02", "2022-03", "2022-04"]
    calculation = page.links[page.rows[1][0]]
    assert "Underskott" in robot.get(f"{calculation}?flik=resultat").fields
    assert "Godkänt" in robot.get(f"{calculation}?flik=utgifter").text
    assert robot.get(f"{calculation}?flik=annan").status == 404


def test_plans_and_inquiries_are_listed(town: Town, robot: Browser) -> None:
    page = robot.get("/arbetsmarknad?urval=arbetsfora")
    assert set(column(page, "Bedömd arbetsför")) == {"ja"}
    case = town.case("arbetsformedlingen", "control/valid_reason")
    reasons = column(robot.get(f"/arende/{case}/utredning"), "Godtagbara skäl")
    assert {"Sjuk", "Föräldraledig", "Studier"} & set(reasons)


def test_noted_vehicles_stand_on_personbild(town: Town, robot: Browser) -> None:
    page = robot.get(f"/person/{town.person('fordonsinnehav', 'three_known')}")
    assert len(column(page, "Registreringsnummer")) >= 3


@pytest.mark.parametrize(
    "part",
    [
        "aktualisering",
        "utredning",
        "berakning",
        "beslut",
        "utbetalning",
        "bevakningar",
        "arbetsmarknad",
        "ssbtek",
        "dokument",
        "kommunicering",
        "referensram",
    ],
)
def test_protected_cases_stay_closed(town: Town, robot: Browser, part: str) -> None:
    household = next(row["household"] for row in town.rows("planted") if row["plant"] == "protected/lead")
    page = robot.get(f"/arende/{town.cases[household]['case_number']}/{part}")
    assert page.status == 403
    assert "Personen har skyddade personuppgifter." in page.text


def test_lists_hide_who_is_protected(town: Town, robot: Browser) -> None:
    hidden = [row for row in town.rows("people") if row["protection"]]
    assert hidden
    for address in ("/aktualiseringar?urval=alla", "/arbetsmarknad", "/arbetsmarknad?sida=2"):
        page = robot.get(address)
        for person in hidden:
            assert person["personnummer"][:8] + "-" + person["personnummer"][8:] not in page.text
            assert f"{person['given_name']} {person['surname']}" not in page.text
    assert "Skyddade personuppgifter" in robot.get("/aktualiseringar?urval=alla").text


def test_every_look_is_logged(town: Town, robot: Browser) -> None:
    case, person = town.case("fordonsinnehav", "three_known"), town.person("fordonsinnehav", "three_known")
    town.asked(robot, case, person)
    robot.get(f"/arende/{case}/beslut")
    robot.get(f"/arende/{case}/berakning")
    with town.browser(town.with_role("administratör")) as administrator:
        page = administrator.get("/laslogg?anvandare=robot-fordonsinnehav-1")
    assert {"SSBTEK", "Beslut", "Beräkning"} <= set(column(page, "Bild"))


def propose(robot: Browser, case: str, *, result: str = "Bifall", amount: str = "100") -> Page:
    robot.get(f"/arende/{case}/beslut/ny")
    return robot.send(
        "/ny", type="Ekonomiskt bistånd", start="2022-11-01", end="2022-11-30", result=result, amount=amount,
        motivation="Prov",
    )  # fmt: skip


# --- doing -----------------------------------------------------------------------------------------------


def test_who_registers_may_not_pay_and_nobody_attests_their_own(
    town: Town, leader: Browser, payer: Browser
) -> None:
    case = town.case("hogkostnadsskydd", "care")
    assert leader.get(f"/arende/{case}/utbetalning/ny").status == 403
    assert payer.get(f"/person/{town.person('hogkostnadsskydd', 'care')}/andra").status == 403
    with town.browser("robot-nyansokan-1") as robot:
        decision = propose(robot, case, amount="1200").fields["Beslut"]
    leader.get(f"/beslut/{decision}")
    leader.send("/godkann")
    payer.get(f"/arende/{case}/utbetalning/ny")
    wrong = payer.send("/ny", amount="0", method="", month="november", date="2022-10-01")
    assert wrong.error("decision_id") == "Välj beslut."
    assert wrong.error("amount") == "Ange beloppet i hela kronor."
    assert wrong.error("date") == "Datum kan inte ligga före i dag."
    assert wrong.error("month") == "Ange månad som åååå-mm."
    page = payer.send(
        "/ny", decision_id=decision, amount="1 200", method="Bankkonto", month="2022-11", date=TODAY
    )
    assert page.fields["Belopp"] == "1 200 kr"
    address = str(page.response.url)
    token = page.forms[-1].fields["csrf_token"]
    assert payer.client.post(address + "/attestera", data={"csrf_token": token}).status_code == 403
    leader.get(address)
    assert leader.send("/attestera").fields["Status"] == "Attesterad"


def test_a_proposal_is_decided_by_another_person(town: Town, leader: Browser) -> None:
    case = town.case("hogkostnadsskydd", "medicine")
    with town.browser("robot-nyansokan-1") as robot:
        robot.get(f"/arende/{case}/beslut/ny")
        values = {"type": "Ekonomiskt bistånd", "start": "2022-11-01", "end": "2022-11-30", "amount": "4200"}
        refused = robot.send("/ny", **values, result="Avslag")
        assert refused.error("motivation") == "Ange motivering."
        page = robot.send("/ny", **values, result="Bifall")
        assert page.fields["Status"] == "Förslag"
        assert not any("godkann" in form.action for form in page.forms)
    leader.get(str(page.response.url))
    assert leader.send("/godkann").fields["Status"] == "Gällande"
    assert leader.get(f"/arende/{case}").fields["Beslutsperiod till"] == "2022-11-30"


def test_staff_handles_applications_inquiries_reminders_and_assets(town: Town, leader: Browser) -> None:
    case, person = town.case("hogkostnadsskydd", "care"), town.person("hogkostnadsskydd", "care")
    leader.get(f"/arende/{case}/aktualisering/ny")
    page = leader.send("/aktualisering/ny", type="Ansökan", month="2022-12")
    assert page.fields["Status"] == "Ny"
    assert leader.send("/utredning").fields["Status"] == "Under utredning"
    inquiry = next(key for key in leader.get(f"/arende/{case}/utredning").links if key.startswith("U0"))
    leader.get(f"/utredning/{inquiry}/andra")
    page = leader.send("/andra", hindrance="Studerande", able="ja")
    assert (page.fields["Försörjningshinder"], page.fields["Bedömd arbetsför"]) == ("Studerande", "ja")
    assert leader.send("/avsluta").fields["Status"] == "Avslutad"
    leader.get(f"/arende/{case}/bevakningar/ny")
    page = leader.send("/ny", type="Uppföljning", date="2022-12-01", text="Ring")
    assert "Ring" in column(page, "Text")
    leader.get(f"/person/{person}/tillgang")
    assert leader.send("/tillgang", registration="").error("registration") == "Ange registreringsnummer."
    page = leader.send("/tillgang", registration="abc 123", description="Volvo")
    assert "ABC123" in column(page, "Registreringsnummer")


def test_a_calculation_is_made(town: Town, robot: Browser) -> None:
    case, person = town.case("avslut", "control/bevakning"), town.person("avslut", "control/bevakning")
    robot.get(f"/arende/{case}/berakning/ny")
    assert robot.send("/ny", start="2030-01-01", end="x").error("start") == "Riksnorm saknas för året."
    page = robot.send("/ny", start="2022-11-01", end="2022-11-30")
    assert page.fields["Status"] == "Pågående"
    number = page.fields["Beräkning"]
    for kind, item, applied, approved in (
        ("Utgift", "Hyra", "6 000", "5 500"),
        ("Inkomst", "Lön", "1000", ""),
    ):
        robot.get(f"/berakning/{number}/rad")
        assert robot.send("/rad", item="").error("item") == "Ange post."
        page = robot.send("/rad", person_id=person, kind=kind, item=item, applied=applied, approved=approved)
        assert item in page.text
    robot.send("/berakna")
    page = robot.send("/slutfor")
    # One adult alone: 3 210 + 1 040 + 5 500 - 1 000.
    assert page.fields["Underskott"] == "8 750 kr"
    assert page.fields["Status"] == "Slutförd"
    assert "Underskott" in robot.get(f"/berakning/{number}").fields  # the tab is kept
    assert robot.get(f"/berakning/{number}/rad").status == 404


DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
NO_FILE = "Filen kan inte läsas som PDF, JPEG, PNG eller docx."


def add_document(browser: Browser, case: str, content: bytes, **fields: str) -> Page:
    page = browser.get(f"/arende/{case}/dokument/ny")
    form = page.form("/dokument/ny")
    values = {**form.fields, "title": "Hyresavi november", "type": "Hyresavi", **fields}
    values.pop("file", None)
    upload = {"file": ("avi.pdf", content, "application/pdf")}
    return Page(browser.client.post(form.action, data=values, files=upload))


def test_a_document_is_a_real_file(town: Town, robot: Browser) -> None:
    case = town.case("hogkostnadsskydd", "care")
    content = pdf.document(["Hyra november", "Att betala 6 200 kr"])
    page = add_document(robot, case, content)
    assert page.fields["Antal sidor"] == "1"
    number = page.fields["Dokumentnummer"]
    assert number in column(robot.get(f"/arende/{case}/dokument"), "Dokument")
    assert robot.client.get(f"/dokument/{number}/pdf").content == content
    frame = robot.client.get(f"/dokument/{number}/text")
    assert "Att betala 6 200 kr" in frame.text
    assert "frame-ancestors 'self'" in frame.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("content", "media", "pages"),
    [
        (attachment("jpg", "Hyra"), "image/jpeg", "1"),
        (attachment("png", "Hyra"), "image/png", "1"),
        (attachment("docx", "Hyra"), DOCX, ""),
    ],
)
def test_a_document_may_be_a_picture_or_a_letter(
    town: Town, robot: Browser, content: bytes, media: str, pages: str
) -> None:
    page = add_document(robot, town.case("hogkostnadsskydd", "care"), content)
    assert page.fields["Antal sidor"] == pages
    answer = robot.client.get(f"/dokument/{page.fields['Dokumentnummer']}/pdf")
    assert (answer.content, answer.headers["content-type"]) == (content, media)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "Välj en fil."),
        (b"PK\x03\x04", NO_FILE),
        (b"no pdf", NO_FILE),
        (pdf.document(["Hyra"]).replace(b"(Hyra)", b"<zz>"), NO_FILE),
        (pdf.document(["Hyra"]).replace(b"/Length", b"/Length (a)"), NO_FILE),
    ],
)
def test_what_is_no_pdf_is_refused(town: Town, robot: Browser, content: bytes, message: str) -> None:
    page = add_document(robot, town.case("hogkostnadsskydd", "care"), content, title="")
    assert (page.status, page.error("file"), page.error("title")) == (422, message, "Ange titel.")


def test_the_papers_of_the_municipality_can_be_read(town: Town, robot: Browser) -> None:
    row = next(
        row
        for row in town.rows("documents")
        if robot.get(f"/arende/{row['case_number']}/dokument").status == 200
    )
    answer = robot.client.get(f"/dokument/{row['document_id']}/pdf")
    assert answer.content.startswith(b"%PDF-")
    assert "Bostadslägenhet" in robot.client.get(f"/dokument/{row['document_id']}/text").text


def test_messages_go_to_an_adult_and_stand_at_their_note(town: Town, robot: Browser) -> None:
    case, person = town.case("hogkostnadsskydd", "care"), town.person("hogkostnadsskydd", "care")
    robot.get(f"/arende/{case}/journal/ny")
    robot.send("/journal/ny", type="Kontroll", rubrik="Prov", text="Text")
    note = robot.page.fields["Id"]
    robot.get(f"/arende/{case}/kommunicering/ny?note={note}")
    wrong = robot.send("/ny", text="", answer_by="2022-10-01")
    assert wrong.error("person_id") == "Välj mottagare."
    assert wrong.error("answer_by") == "Svar senast kan inte ligga före i dag."
    page = robot.send("/ny", person_id=person, text="Lämna in hyresavin.", answer_by="2022-11-15")
    assert "Lämna in hyresavin." in column(page, "Text")
    assert "Lämna in hyresavin." in robot.get(f"/arende/{case}/journal/{note}/kommunicering").text


def test_a_frame_is_kept(town: Town, leader: Browser, robot: Browser) -> None:
    case = town.case("hogkostnadsskydd", "care")
    leader.get(f"/arende/{case}/referensram/andra")
    wrong = leader.send("/andra", rent_max="mycket", incomes="Lön", valid_to="snart")
    assert wrong.error("rent_max") == "Ange ett helt tal."
    assert wrong.error("incomes") == "Skriv en rad var: typ, minst, högst."
    page = leader.send(
        "/andra", rent_max="7200", power_max="400", members="2", incomes="Lön, 0, 2000", expenses="",
        valid_to="2023-01-31",
    )  # fmt: skip
    assert page.fields["Hyra högst"] == "7 200 kr"
    assert ["Lön", "0", "2000"] in page.rows
    assert robot.get(f"/arende/{case}/referensram/andra").status == 403


def test_a_delegate_approves_the_plain_ones_together(town: Town, leader: Browser, robot: Browser) -> None:
    made = {}
    for plant, result in (("ordinary", "Bifall"), ("control/child", "Bifall"), ("control/at_cap", "Avslag")):
        page = propose(robot, town.case("hogkostnadsskydd", plant), result=result)
        made[page.fields["Beslut"]] = result
    assert robot.get("/delegat").status == 403
    page = leader.get("/delegat")
    assert set(made) <= set(column(page, "Beslut"))
    refused = next(key for key, result in made.items() if result == "Avslag")
    for key in made:
        if key != refused:
            leader.get(f"/beslut/{key}")
    page = leader.get("/delegat")
    form = page.form("/delegat/godkann")
    page = Page(leader.client.post(form.action, data={**form.fields, "beslut": list(made)}))
    assert "2 beslut är godkända. 1 ska öppnas, kommuniceras eller godkännas ett och ett" in page.text
    leader.get(f"/beslut/{refused}")
    leader.send("/obehovligt")
    assert leader.send("/obehovligt", exempt="").error("exempt") == "Ange skäl."
    leader.send("/obehovligt", exempt="Uppgifterna kommer från sökanden.")
    page = leader.get("/delegat")
    form = page.form("/delegat/godkann")
    page = Page(leader.client.post(form.action, data={**form.fields, "beslut": refused}))
    assert "1 beslut är godkända." in page.text


def test_a_party_is_silent_once_under_chaos(town: Town) -> None:
    with running_fake(town.fake.data, TODAY, chaos="ssbtek-down") as fake:
        other = Town(fake)
        silent = 0
        with other.browser("robot-fordonsinnehav-1") as browser:
            for row in other.rows("cases")[:20]:
                page = browser.get(f"/arende/{row['case_number']}/ssbtek")
                if page.status != 200:
                    continue
                lead = next(h["registerledare"] for h in other.rows("households")
                            if h["household_id"] == row["household_id"])  # fmt: skip
                first = other.asked(browser, row["case_number"], lead).text.count("Svar saknas från")
                second = other.asked(browser, row["case_number"], lead).text.count("Svar saknas från")
                silent += first - second
        assert silent > 0
