"""What the screens show: lists, people, households, KIR, protection and the read log."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.fake import RunningFake, running_fake
from tests.support.fake_data import (
    ASA,
    AWAY_CLIENT,
    DEAD,
    GONE,
    HIDDEN_CHILD,
    LO,
    NEIGHBOUR,
    NEWBORN,
    OLLE,
    PARENT,
    SECRET,
    SECRET_CHILD,
    SECRET_CHILD_NAMES,
    SECRET_NAME,
    SECRET_NAMES,
    STRANGER,
    write,
)
from tests.support.fake_http import Browser, Page, logged_in

HIDDEN = "Skyddade personuppgifter"


@pytest.fixture(scope="module")
def fake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningFake]:
    with running_fake(
        write(tmp_path_factory.mktemp("data") / "town", extra_cases=60), "2022-11-01"
    ) as running:
        yield running


@pytest.fixture
def robot(fake: RunningFake) -> Iterator[Browser]:
    with logged_in(fake.url, "robot-folkbokforing-1") as browser:
        yield browser


@pytest.fixture
def leader(fake: RunningFake) -> Iterator[Browser]:
    with logged_in(fake.url, "cia.dal") as browser:
        yield browser


def dashed(number: str) -> str:
    return f"{number[:8]}-{number[8:]}"


def search(browser: Browser, number: str = "", name: str = "") -> Page:
    browser.get("/person/sok")
    return browser.send("/person/sok", personnummer=number, namn=name)


def kir(browser: Browser, number: str) -> Page:
    browser.get("/kir")
    return browser.send("/kir$", personnummer=number)


def test_active_cases_hold_every_open_case_page_by_page(robot: Browser) -> None:
    page = robot.get("/arenden")
    assert page.rows[0] == [
        "Ärende",
        "Personnummer",
        "Namn",
        "Skydd",
        "Handläggare",
        "Typ",
        "Status",
        "Senast aktuell",
        "Ingen robot",
    ]
    assert page.rows[1] == [
        "EB-2020-00001",
        dashed(ASA),
        "Åsa Öström-Ängqvist",
        "",
        "Anna Berg",
        "Ekonomiskt bistånd",
        "Öppet",
        "2022-10-31",
        "",
    ]
    assert page.rows[2][:5] == ["EB-2020-00002", "", "", HIDDEN, "Cia Dal"]
    assert page.rows[4][-1] == "ja"
    seen = [row[0] for row in page.rows[1:]]
    while "Nästa" in page.links:
        page = robot.get(page.links["Nästa"])
        seen += [row[0] for row in page.rows[1:]]
    assert len(seen) == len(set(seen)) == 64
    assert seen == sorted(seen)
    assert "EB-2015-00009" not in seen


def test_active_cases_sort_filter_and_page_size(robot: Browser) -> None:
    page = robot.get("/arenden?rader=25&sortera=personnummer&ordning=fallande")
    numbers = [row[1] for row in page.rows[1:]]
    assert (len(numbers), numbers) == (25, sorted(numbers, reverse=True))
    assert "Sida 1 av 3" in page.text
    assert "Sida 3 av 3" in robot.get("/arenden?rader=25&sida=99").text
    robot.get("/arenden")
    assert [row[0] for row in robot.send("/arenden", filter="bo ek").rows[1:]] == ["EB-2020-00004"]
    assert [row[0] for row in robot.send("/arenden", filter="ängqvist").rows[1:]] == ["EB-2020-00001"]
    assert "Inga ärenden." in robot.send("/arenden", filter=SECRET_NAME).text
    assert len(robot.get("/arenden").rows) == 51


def test_search_finds_by_number_and_name(robot: Browser) -> None:
    for typed in (ASA, dashed(ASA), ASA[2:]):
        page = search(robot, typed)
        assert page.rows == [
            ["Personnummer", "Namn", "Ort", "Skydd", "Visa"],
            [dashed(ASA), "Åsa Öström-Ängqvist", "Lillköping", "", "Öppna"],
        ]
        assert ASA not in str(page.response.url)
    assert [row[1] for row in search(robot, name="öström").rows[1:]] == [
        "Lo Öström",
        "Olle Öström",
        "Åsa Öström-Ängqvist",
    ]
    assert "Inga träffar." in search(robot, STRANGER).text
    assert search(robot).error("personnummer") == "Ange personnummer eller namn."
    assert robot.get("/person/sok").rows == []


def test_a_person_is_shown_by_label(robot: Browser) -> None:
    page = robot.get("/person/P1")
    assert page.fields == {
        "Personnummer": dashed(ASA),
        "Namn": "Åsa Öström-Ängqvist",
        "Adress": "Storgatan 1, 991 10 Lillköping",
        "C/o": "",
        "Telefon": "070-174 06 05",
        "E-post": "",
        "Skydd": "",
        "Civilstånd": "Ogift",
        "Konto": "0000-0000001",
        "Tolk": "",
    }
    assert page.rows[1] == ["EB-2020-00001", "Ekonomiskt bistånd", "Öppet", "Registerledare"]
    assert [row[0] for row in robot.get("/person/P7").rows[1:3]] == ["EB-2020-00004", "EB-2015-00009"]


def test_a_household_has_its_lead_first(robot: Browser) -> None:
    page = robot.get("/hushall/H1")
    assert page.fields == {
        "Registerledare": "Åsa Öström-Ängqvist",
        "Medsökande": "Olle Öström",
        "Adress": "Storgatan 1, 991 10 Lillköping",
        "Boendetyp": "Hyresrätt",
        "Antal rum": "3",
        "Hyra": "7 200 kr",
    }
    assert page.rows == [
        ["Personnummer", "Namn", "Roll", "Boende", "Dagar", "Skydd", "Visa"],
        [dashed(ASA), "Åsa Öström-Ängqvist", "Registerledare", "Heltid", "", "", "Öppna"],
        [dashed(OLLE), "Olle Öström", "Medsökande", "Heltid", "", "", "Öppna"],
        [dashed(LO), "Lo Öström", "Barn", "Umgänge", "10", "", "Öppna"],
    ]


def test_a_case_is_shown_by_label(robot: Browser) -> None:
    fields = robot.get("/arende/EB-2015-00009").fields
    assert (fields["Status"], fields["Från"], fields["Till"], fields["Avslutsorsak"]) == (
        "Avslutat",
        "2015-01-01",
        "2016-01-01",
        "Egen försörjning",
    )
    fields = robot.get("/arende/EB-2020-00004").fields
    assert (fields["Handläggare"], fields["Ingen robot"], fields["Beslutsperiod till"]) == (
        "Bo Ek",
        "ja",
        "2022-10-31",
    )


@pytest.mark.parametrize(
    "address",
    [
        "/person/P4",
        "/hushall/H2",
        "/arende/EB-2020-00002",
        "/arende/EB-2020-00002/journal",
        "/arende/EB-2020-00002/journal/ny",
        "/person/P6",
        "/kir/3",
    ],
)
def test_protected_people_are_closed(robot: Browser, leader: Browser, address: str) -> None:
    page = robot.get(address)
    assert (page.status, "Personen har skyddade personuppgifter." in page.text) == (403, True)
    assert not page.fields
    for secret in (*SECRET_NAMES, *SECRET_CHILD_NAMES, dashed(SECRET), SECRET, HIDDEN_CHILD):
        assert secret not in page.response.text
    assert leader.get(address).status == 200


def test_protection_blanks_rows_and_hides_names_from_search(robot: Browser, leader: Browser) -> None:
    page = robot.get("/hushall/H3")
    assert page.rows[1][:2] == [dashed(PARENT), "Pia Dalby"]
    assert page.rows[2] == ["", "", "", "", "", HIDDEN, ""]
    assert [row[1] for row in search(robot, name="dalby").rows[1:]] == ["Pia Dalby"]
    assert search(robot, SECRET).rows[1] == ["", "", "", HIDDEN, "Öppna"]
    assert leader.get("/hushall/H3").rows[2] == [
        dashed(HIDDEN_CHILD),
        SECRET_CHILD,
        "Barn",
        "Heltid",
        "",
        "Skyddad folkbokföring",
        "Öppna",
    ]
    assert search(leader, SECRET).rows[1] == [
        dashed(SECRET),
        SECRET_NAME,
        "Lillköping",
        "Sekretessmarkering",
        "Öppna",
    ]


def test_protected_cases_are_listed_for_those_who_may(leader: Browser) -> None:
    page = leader.get("/skyddade")
    assert [row[0] for row in page.rows[1:]] == ["EB-2020-00002", "EB-2020-00003"]
    assert [row[3] for row in page.rows[1:]] == ["Sekretessmarkering", "Annan i hushållet"]


def test_kir_shows_a_person_as_of_today(robot: Browser) -> None:
    page = kir(robot, dashed(ASA))
    assert ASA not in str(page.response.url)
    assert page.fields == {
        "Personnummer i KIR": dashed(ASA),
        "Namn": "Åsa Öström-Ängqvist",
        "Skydd": "",
        "Status": "Folkbokförd",
        "Avlidendatum": "",
        "Civilstånd": "Gift",
        "Folkbokföringsadress": "Storgatan 1, 991 10 Lillköping",
        "Postadress": "",
        "Fastighet": "Eken 1:1",
        "Lägenhetsnummer": "1101",
        "C/o": "",
        "Kommun": "Lillköping",
    }
    assert page.rows == [
        ["Händelse", "Händelsedatum", "Registreringsdatum", "Tidigare adress", "Tidigare kommun"],
        ["Flyttning", "2022-05-28", "2022-06-01", "Gamla vägen 9 lgh 1001, 991 20 Lillköping", ""],
    ]
    page = robot.send(r"^/kir/\d+$")
    assert page.rows[2:] == [
        ["Personnummer", "Namn", "Lägenhetsnummer", "C/o"],
        [dashed(OLLE), "Olle Öström", "1101", ""],
        [dashed(ASA), "Åsa Öström-Ängqvist", "1101", ""],
        [dashed(STRANGER), "Sten Främling", "1101", "c/o Öström"],
        [dashed(NEIGHBOUR), "Nils Granne", "1102", ""],
    ]
    assert SECRET_NAME not in page.text


def test_kir_shows_future_moves_that_are_registered_and_nothing_later(robot: Browser) -> None:
    page = kir(robot, OLLE)
    assert [row[:3] for row in page.rows[1:]] == [["Flyttning till annan kommun", "2022-11-20", "2022-10-25"]]
    assert page.fields["Status"] == "Folkbokförd"


def test_kir_without_address_or_person(robot: Browser) -> None:
    page = kir(robot, DEAD)
    assert (page.fields["Status"], page.fields["Avlidendatum"]) == ("Avliden", "2022-06-28")
    assert page.fields["Folkbokföringsadress"] == ""
    page = robot.send(r"^/kir/\d+$")
    assert "Personen saknar folkbokföringsadress i kommunen." in page.text
    assert page.rows[-1] == ["Personnummer", "Namn", "Lägenhetsnummer", "C/o"]
    page = kir(robot, GONE)
    assert (page.fields["Status"], "Inga händelser." in page.text) == ("Utvandrad", True)
    for unknown in (NEWBORN, AWAY_CLIENT, "x"):
        assert "Personen finns inte i KIR." in kir(robot, unknown).text
    assert kir(robot, " ").error("personnummer") == "Ange personnummer."


def test_kir_a_month_later(tmp_path: Path) -> None:
    with running_fake(write(tmp_path / "t"), "2022-12-01") as fake, logged_in(fake.url) as browser:
        assert kir(browser, ASA).fields["Civilstånd"] == "Skild"
        assert kir(browser, OLLE).fields["Status"] == "Utflyttad till annan kommun"
        assert [row[0] for row in browser.page.rows[1:]] == ["Namnbyte", "Flyttning till annan kommun"]
        kir(browser, ASA)
        names = [row[1] for row in browser.send(r"^/kir/\d+$").rows if len(row) == 4]
        assert names == ["Namn", "Åsa Öström-Ängqvist", "Sten Främling", "Öström", "Nils Granne"]


def test_the_open_case_stays_in_the_menu_while_kir_is_asked(robot: Browser) -> None:
    robot.get("/hushall/H1")
    assert kir(robot, OLLE).links["Journal"] == "/arende/EB-2020-00001/journal"
    assert "Journal" not in robot.get("/arenden").links
    assert "Journal" not in robot.get("/kir").links


def test_every_look_is_logged(fake: RunningFake, robot: Browser) -> None:
    robot.get("/person/P1")
    robot.get("/arende/EB-2020-00001/journal")
    robot.get("/person/P4")
    with logged_in(fake.url, "adam.lod") as administrator:
        rows = administrator.get("/laslogg?anvandare=robot-folkbokforing-1").rows
    assert rows[0] == ["Tidpunkt", "Användare", "Bild", "Personnummer", "Ärende", "Utfall"]
    assert [row[1:] for row in rows[1:4]] == [
        ["robot-folkbokforing-1", "Personbild", "Skyddad uppgift", "", "Nekad"],
        ["robot-folkbokforing-1", "Journal", dashed(ASA), "EB-2020-00001", "Visad"],
        ["robot-folkbokforing-1", "Personbild", dashed(ASA), "", "Visad"],
    ]
    assert rows[1][0].startswith("2022-11-01 ")


def test_changes_are_stored(tmp_path: Path) -> None:
    with running_fake(write(tmp_path / "t"), "2022-11-01") as fake, logged_in(fake.url) as browser:
        browser.get("/person/P1/andra")
        page = browser.send("/andra", postal_code="12", email="x", given_name="Eva")
        assert page.error("postal_code") == "Ange postnumret med fem siffror."
        assert page.error("email") == "Ange en e-postadress med @."
        page = browser.send("/andra", postal_code="12345", email="")
        assert (page.fields["Namn"], page.fields["Adress"]) == (
            "Eva Öström-Ängqvist",
            "Storgatan 1, 123 45 Lillköping",
        )
        assert [row[1] for row in search(browser, name="eva").rows[1:]] == ["Eva Öström-Ängqvist"]
        browser.get("/person/P1/hamta")
        assert browser.send("/andra").fields["Civilstånd"] == "Gift"
        browser.get("/hushall/H1/andra")
        assert browser.send("/andra", rent="dyr").error("rent") == "Ange hyran i hela kronor."
        assert browser.send("/andra", rent="10 500").fields["Hyra"] == "10 500 kr"
        browser.get("/hushall/H1/medlem")
        sent = {"personnummer": AWAY_CLIENT, "role": "Barn", "living": "Växelvis", "days": "15"}
        assert browser.send("/medlem", **{**sent, "days": "40"}).error("days").startswith("Ange antal dagar")
        assert ["Barn", "Växelvis", "15"] in [row[2:5] for row in browser.send("/medlem", **sent).rows]
        browser.get("/arende/EB-2020-00001/andra")
        page = browser.send("/andra", caseworker="bo.ek", no_robot="ja")
        assert (page.fields["Handläggare"], page.fields["Ingen robot"]) == ("Bo Ek", "ja")
        browser.get("/arende/EB-2020-00001/avsluta")
        assert browser.send("/avsluta", end="2019-01-01").error("end_reason") == "Välj avslutsorsak."
        page = browser.send("/avsluta", end="2022-10-31", end_reason="Egen försörjning")
        assert (page.fields["Status"], page.fields["Till"]) == ("Avslutat", "2022-10-31")
        assert "EB-2020-00001" not in browser.get("/arenden").text


def test_a_form_without_its_lock_is_not_saved(tmp_path: Path) -> None:
    with running_fake(write(tmp_path / "t"), "2022-11-01") as fake, logged_in(fake.url) as browser:
        form = browser.get("/person/P1/andra").form("/andra")
        browser.get("/inkorg")
        with logged_in(fake.url, "cia.dal") as other:
            other.get("/person/P1/andra")
            other.send("/andra", phone="1")
        page = browser.send_form(form, phone="2")
        assert "Posten är inte längre låst för dig." in page.text
        assert browser.get("/person/P1").fields["Telefon"] == "1"


def test_unknown_pages_and_records(robot: Browser) -> None:
    for address in (
        "/nowhere",
        "/person/P999",
        "/arende/EB-0",
        "/hushall/H0",
        "/aktivitet/A0",
        "/kir/../kir/x/y",
    ):
        page = robot.get(address)
        assert (page.status, "finns inte" in page.text) == (404, True), address
    assert "Personen finns inte i KIR." in robot.get("/kir/abc").text
