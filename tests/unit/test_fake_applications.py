"""Ny aktualisering: whole in one save, for whom it is meant, once for each application of the e-service."""

from __future__ import annotations

import filecmp
from collections.abc import Iterator

import pytest

from fake_procapita import exporting
from tests.support.fake import running_fake
from tests.support.fake_http import Browser, Page
from tests.support.town import TODAY, Town, column, small_town

ROWS = {"rows-person_id": ["", ""], "rows-item": ["Hyra", "Medicin"], "rows-date": ["", "2022-10-03"],
        "rows-amount": ["6 200", "140"]}  # fmt: skip


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with small_town(tmp_path_factory.mktemp("applications"), "trelleborg") as town:
        yield town


@pytest.fixture
def intake(town: Town) -> Iterator[Browser]:
    with town.browser("robot-intag-1") as browser:
        yield browser


def couple(town: Town) -> tuple[str, str, str]:
    """A case of two adults, and the two."""
    members = town.rows("members")
    closed = {row["person_id"] for row in town.rows("people") if row["protection"]}
    hidden = {row["household_id"] for row in members if row["person_id"] in closed}
    partner = next(
        row for row in members if row["role"] == "Medsökande" and row["household_id"] not in hidden
    )
    lead = next(
        row["person_id"]
        for row in members
        if (row["household_id"], row["role"]) == (partner["household_id"], "Registerledare")
    )
    return town.cases[partner["household_id"]]["case_number"], lead, partner["person_id"]


def register(browser: Browser, case: str, people: list[str], **more: str | list[str]) -> Page:
    browser.get(f"/arende/{case}/aktualisering/ny")
    values = {"type": "Ansökan", "date": "2022-10-20", "reason": "Försörjningsstöd", "month": "2022-11",
              "sender": "Sökanden", "channel": "Digital", "free_text": "Jag flyttar.\r\nSnart.",
              **ROWS, "rows-person_id": people, "facts-person_id": [people[1], people[0]],
              "facts-subject": ["Lön", ""], "facts-value": ["12 000 kr", ""]}  # fmt: skip
    return browser.send("/aktualisering/ny", **{**values, **more})


def test_an_application_is_saved_whole(town: Town, intake: Browser) -> None:
    case, lead, partner = couple(town)
    page = register(intake, case, [lead, partner], number="EA-2022-990001")
    fields = page.fields
    key = fields["Aktualisering"]
    assert f"Aktualiseringen {key} är sparad." in page.text
    assert (fields["Sätt"], fields["Ansökningsnummer"], fields["Status"]) == (
        "Digital", "EA-2022-990001", "Ny",
    )  # fmt: skip
    assert (fields["Datum"], fields["Avser"]) == ("2022-10-20", "2022-11")
    assert [row[1:] for row in page.rows if len(row) == 5][1:] == [
        ["Registerledare", "Hyra", "", "6 200 kr"],
        ["Medsökande", "Medicin", "2022-10-03", "140 kr"],
    ]
    assert column(page, "Uppgift") == ["Lön", "Meddelande"]
    assert column(page, "Värde") == ["12 000 kr", "Jag flyttar.\nSnart."]
    mine = intake.get(f"/arende/{case}/aktualisering")
    assert column(mine, "Ansökningsnummer")[0] == "EA-2022-990001"
    listed = next(
        row for row in intake.get("/aktualiseringar?sortera=1-1&ordning=fallande").rows if key in row
    )
    assert listed[4] == "Hyra, Medicin"
    assert listed[10] == "Digital"
    active = next(row for row in intake.get("/arenden?rader=100").rows if case in row)
    assert max(active) >= "2022-10-20"
    rows = [
        row for row in exporting.stored(town.fake.data, "application_rows") if row["application_id"] == key
    ]
    assert [(row["item"], row["amount"]) for row in rows] == [("Hyra", "6200"), ("Medicin", "140")]


def test_the_same_application_is_not_there_twice(town: Town, intake: Browser) -> None:
    case, lead, partner = couple(town)
    assert "är sparad." in register(intake, case, [lead, partner], number="EA-2022-990002").text
    before = exporting.stored(town.fake.data, "application_rows")
    page = register(intake, case, [lead, partner], number="EA-2022-990002")
    assert (page.status, page.error("number")) == (422, "Ansökan finns redan.")
    assert exporting.stored(town.fake.data, "application_rows") == before
    # What was filled in is still there, and the form that comes back may be sent.
    assert "är sparad." in intake.send("/aktualisering/ny", number="EA-2022-990003").text


@pytest.mark.parametrize(
    ("field", "value", "at", "message"),
    [
        ("type", "", "type", "Välj typ."),
        ("month", "november", "month", "Ange månad som åååå-mm."),
        ("channel", "Fax", "channel", "Välj sätt."),
        ("rows-item", ["Hyra", ""], "rows", "Rad 2: Ange post."),
        ("rows-amount", ["6200", "mycket"], "rows", "Rad 2: Ange beloppet i hela kronor."),
        ("rows-date", ["i går", ""], "rows", "Rad 1: Ange datum som åååå-mm-dd."),
        ("rows-person_id", ["nobody", "nobody"], "rows", "Rad 1: Välj person."),
        ("facts-value", ["", ""], "facts", "Rad 1: Ange uppgift och värde."),
    ],
)
def test_nothing_is_saved_when_something_is_wrong(
    town: Town, intake: Browser, field: str, value: str | list[str], at: str, message: str
) -> None:
    before = exporting.stored(town.fake.data, "applications")
    case, lead, partner = couple(town)
    page = register(intake, case, [lead, partner], number="EA-2022-990009", **{field: value})
    assert (page.status, page.error(at)) == (422, message)
    assert exporting.stored(town.fake.data, "applications") == before


def test_a_paper_application_has_no_number_of_the_e_service(town: Town, intake: Browser) -> None:
    case, lead, partner = couple(town)
    page = register(intake, case, [lead, partner], number="EA-2022-1", channel="Papper")
    assert page.error("number") == "En ansökan på papper har inget ansökningsnummer."
    assert "är sparad." in intake.send("/aktualisering/ny", number="").text


def test_only_the_intake_and_people_register(town: Town) -> None:
    case, _, _ = couple(town)
    address = f"/arende/{case}/aktualisering/ny"
    with town.browser("robot-handlaggning-1") as robot:
        page = robot.get(f"/arende/{case}/aktualisering")
        assert not any("aktualisering/ny" in form.action for form in page.forms)
        assert robot.get(address).status == 403
        token = page.forms[0].fields["csrf_token"]
        assert robot.client.post(address, data={"csrf_token": token}).status_code == 403
    with town.browser(town.with_role("handläggare")) as person:
        assert person.get(address).status == 200
        person.get("/inkorg")


def test_a_hand_made_form_sets_no_status(town: Town, intake: Browser) -> None:
    case, lead, partner = couple(town)
    page = register(intake, case, [lead, partner], number="EA-2022-990004", status="Beslutad")
    assert page.fields["Status"] == "Ny"


def test_how_what_was_registered_before_came(town: Town) -> None:
    """People have registered the digital applications of those whom the intake may not see."""
    hidden = {row["person_id"] for row in town.rows("people") if row["protection"]}
    leads = {row["household_id"]: row["registerledare"] for row in town.rows("households")}
    with town.browser(town.with_role("gruppledare")) as leader:
        rows = [row for row in leader.get("/aktualiseringar").rows[1:] if row[3] == "2022-11"]
    digital = [row for row in rows if row[10] == "Digital"]
    assert digital
    assert {row[10] for row in rows} == {"Digital", "Papper"}
    cases = {case["case_number"]: leads[household] for household, case in town.cases.items()}
    assert {cases[row[5]] for row in digital} & hidden


def test_a_protected_row_says_how_it_came_and_nothing_else(town: Town, intake: Browser) -> None:
    rows = [row for row in intake.get("/aktualiseringar").rows if "Skyddade personuppgifter" in row]
    assert rows
    for row in rows:
        assert row[0] == row[3] == row[4] == row[5] == row[6] == row[7] == row[9] == ""
        assert row[10] == "Digital"


def test_the_e_services_files_are_laid_out_when_the_state_is_new(town: Town) -> None:
    with running_fake(town.fake.data, TODAY) as fake:
        given, inbox = fake.data / "inkorg", fake.data / ".state" / "e-tjanst" / "inkorg"
        names = {path.name for path in given.iterdir()}
        assert names
        taken = inbox / min(names)
        taken.rename(inbox.parent / taken.name)
        fake.restart()
        assert {path.name for path in inbox.iterdir()} == names - {taken.name}
        fake.restart(fresh=True)
        assert filecmp.cmpfiles(given, inbox, sorted(names), shallow=False) == (sorted(names), [], [])
        assert not (inbox.parent / taken.name).exists()


def test_faults_reach_the_form_and_an_application_stays_one(town: Town) -> None:
    chaos = "renamed-button,renamed-label,moved-button,save-then-error,error-before-save"
    with running_fake(town.fake.data, TODAY, chaos=chaos, extra=["--chaos-seed", "4"]) as fake:
        case, lead, partner = couple(town)
        with Town(fake).browser("robot-intag-1") as browser:
            page = browser.get(f"/arende/{case}/aktualisering/ny")
            text = page.response.text
            assert text.index(">Spara<") < text.index('name="rows-item"')
            for name in ("Ny post", "Ny uppgift", "E-tjänstens nummer"):
                assert f">{name}<" in text
            sent = {"number": "EA-2022-990007"}
            assert register(browser, case, [lead, partner], **sent).status == 500  # nothing is stored
            assert exporting.stored(fake.data, "applications") == []
            for save in range(4):
                browser.get("/inkorg")
                page = register(browser, case, [lead, partner], number=f"EA-2022-99001{save}")
                assert "är sparad." in page.text
            browser.get("/inkorg")
            assert register(browser, case, [lead, partner], **sent).status == 500  # nothing, again
            browser.get("/inkorg")
            assert "är sparad." in register(browser, case, [lead, partner], **sent).text


def test_what_was_saved_without_an_answer_is_not_saved_again(town: Town) -> None:
    chaos = "save-then-error"
    with running_fake(town.fake.data, TODAY, chaos=chaos, extra=["--chaos-seed", "4"]) as fake:
        case, lead, partner = couple(town)
        with Town(fake).browser("robot-intag-1") as browser:
            sent = {"number": "EA-2022-990008"}
            assert register(browser, case, [lead, partner], **sent).status == 500
            browser.get("/inkorg")
            page = register(browser, case, [lead, partner], **sent)
            assert page.error("number") == "Ansökan finns redan."
            assert len(exporting.stored(fake.data, "applications")) == 1
