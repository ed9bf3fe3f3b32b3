"""Journal notes: writing, notifying, changing, locking, cancelling, and record locks."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.fake import RunningFake, running_fake
from tests.support.fake_data import write
from tests.support.fake_http import Browser, logged_in

CASE = "EB-2020-00001"
JOURNAL = f"/arende/{CASE}/journal"
RUBRIK = "Kontroll i KIR / Underrättelse om förändring"


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[RunningFake]:
    with running_fake(write(tmp_path / "town"), "2022-11-01") as running:
        yield running


@pytest.fixture
def browser(fake: RunningFake) -> Iterator[Browser]:
    with logged_in(fake.url) as logged:
        yield logged


def test_a_note_is_stored_and_shown_as_it_was_written(fake: RunningFake, browser: Browser) -> None:
    text = "Förändringar.\r\n\r\n  Två <b>mellanslag</b> & slut\r\n"
    page = browser.write_note(rubrik=RUBRIK, text=text, signature="Automatisk kontroll.", time="14:05")
    assert "Anteckningen är sparad." in page.text
    kept = "Förändringar.\n\n  Två <b>mellanslag</b> & slut\n"
    assert {
        k: page.fields[k] for k in ("Id", "Rubrik", "Text", "Signatur", "Status", "Upprättad av", "Aviserad")
    } == {
        "Id": "N000004",
        "Rubrik": RUBRIK,
        "Text": kept,
        "Signatur": "Automatisk kontroll.",
        "Status": "Upprättad",
        "Upprättad av": "Anna Berg",
        "Aviserad": "nej",
    }
    header, newest = page.rows[0], page.rows[1]
    assert header == ["Id", "Datum", "Tid", "Typ", "Rubrik", "Signatur", "Status", "Visa"]
    assert newest[:7] == [
        "N000004",
        "2022-11-01",
        "14:05",
        "Kontroll",
        RUBRIK[:40] + "…",
        "Automatisk kontroll.",
        "Upprättad",
    ]
    assert fake.export_notes()[0]["text"] == kept
    assert "Anteckningen är sparad." not in browser.get(JOURNAL).text


def test_the_form_starts_with_today_and_the_accounts_name(browser: Browser) -> None:
    fields = browser.get(JOURNAL + "/ny").form("/journal/ny").fields
    assert (fields["date"], fields["signature"], fields["status"]) == ("2022-11-01", "Anna Berg", "Upprättad")


WRONG = [
    ("type", "", "Välj typ."),
    ("type", "Påhittad", "Välj typ."),
    ("rubrik", " ", "Ange rubrik."),
    ("rubrik", "x" * 201, "Rubriken får ha högst 200 tecken."),
    ("text", "\r\n", "Ange text."),
    ("text", "x" * 20_001, "Texten får ha högst 20000 tecken."),
    ("date", "2022-02-30", "Ange datum som åååå-mm-dd."),
    ("date", "1 november", "Ange datum som åååå-mm-dd."),
    ("date", "2022-11-02", "Datum kan inte ligga i framtiden."),
    ("time", "25:00", "Ange tid som tt:mm."),
    ("signature", "", "Ange signatur."),
    ("status", "Låst", "Välj status."),
]


def test_wrong_fields_are_told_and_keep_what_was_typed(fake: RunningFake, browser: Browser) -> None:
    for field, value, message in WRONG:
        page = browser.write_note(**{"rubrik": "Min rubrik", field: value})
        assert (page.status, page.error(field)) == (422, message)
        assert page.form("/journal/ny").fields["rubrik"] == (value if field == "rubrik" else "Min rubrik")
    assert fake.export_notes() == []
    right = {"status": "Upprättad", "date": "2022-10-31", "time": "09:00"}
    assert "Anteckningen är sparad." in browser.send("/journal/ny", **right).text


def test_notifying_makes_one_activity_for_the_caseworker(fake: RunningFake, browser: Browser) -> None:
    browser.write_note(rubrik=RUBRIK, date="2022-10-31", notify="ja")
    browser.write_note(rubrik="Utan avisering")
    assert fake.export_activities() == [
        {
            "date": "2022-11-01",
            "type": "Journalanteckning",
            "case_number": CASE,
            "recipient": "anna.berg",
            "text": f"{RUBRIK}, se journalanteckning 2022-10-31. 1. Kontrollera ärendet utifrån "
            "uppgifterna i anteckningen. 2. Prata med klienten om uppgifterna. "
            "3. Följ rutinen om något behöver utredas vidare.",
            "status": "Öppen",
            "outcome": "",
        }
    ]
    assert [note["notified"] for note in fake.export_notes()] == ["ja", "nej"]


def test_an_away_caseworkers_activity_goes_to_the_group(fake: RunningFake, browser: Browser) -> None:
    browser.write_note("EB-2020-00004", notify="ja")
    assert [a["recipient"] for a in fake.export_activities()] == ["Gruppkorg Ekonomiskt bistånd"]
    page = browser.get("/inkorg?lista=grupp")
    assert page.rows[1][1:5] == [
        "Journalanteckning",
        "Zoë O'Connor",
        "EB-2020-00004",
        "Gruppkorg Ekonomiskt bistånd",
    ]


def test_an_activity_is_done_with_an_outcome_or_given_to_someone_else(
    fake: RunningFake, browser: Browser
) -> None:
    assert browser.get("/inkorg").rows[1] == [
        "2022-10-20",
        "Bokning",
        "Åsa Öström-Ängqvist",
        CASE,
        "Anna Berg",
        "2022-11-03",
        "Öppen",
        "Öppna",
    ]
    browser.get("/aktivitet/A00001")
    assert browser.send("/klar").error("utfall") == "Välj utfall."
    assert "klarmarkerad" in browser.send("/klar", utfall="Åtgärdat").text
    assert "Inga aktiviteter." in browser.page.text
    assert browser.get("/aktivitet/A00001").fields["Utfall"] == "Åtgärdat"
    assert [f for f in browser.page.forms if "aktivitet" in f.action] == []
    browser.write_note(notify="ja")
    browser.get("/aktivitet/A00002")
    assert "Aktiviteten är tilldelad Cia Dal." in browser.send("/tilldela", ansvarig="cia.dal").text
    assert fake.export_activities()[0]["recipient"] == "cia.dal"


def test_a_locked_note_is_immutable(fake: RunningFake, browser: Browser) -> None:
    browser.get(f"{JOURNAL}?note=N000003")
    assert browser.send("/las").fields["Status"] == "Låst"
    for note in ("N000001", "N000003"):
        page = browser.get(f"{JOURNAL}?note={note}")
        assert not any("/andra" in form.action or "/las" in form.action for form in page.forms)
        assert browser.get(f"{JOURNAL}/{note}/andra").status == 403
    database = sqlite3.connect(fake.data / ".state" / "procapita.db")
    with pytest.raises(sqlite3.IntegrityError, match="a locked note cannot be changed"):
        database.execute("UPDATE notes SET text = 'x' WHERE note_id = 'N000001'")
    database.close()


def test_only_the_author_changes_a_note(browser: Browser, fake: RunningFake) -> None:
    browser.get(f"{JOURNAL}/N000002/andra")
    page = browser.send("/andra", text="Ringt.", status="Upprättad")
    assert (page.fields["Text"], page.fields["Status"]) == ("Ringt.", "Upprättad")
    with logged_in(fake.url, "cia.dal") as other:
        assert other.get(f"{JOURNAL}/N000002/andra").status == 403


def test_a_person_cancels_with_a_reason_and_the_original_stays(browser: Browser, fake: RunningFake) -> None:
    browser.get(f"{JOURNAL}/N000001/makulera")
    assert browser.send("/makulera", reason=" ").error("reason") == "Ange skäl."
    page = browser.send("/makulera", reason="Fel ärende")
    assert page.fields["Status"] == "Makulerad"
    assert page.fields["Skäl till makulering"] == "Fel ärende"
    assert page.fields["Text"] == "Rad ett.\n\nRad tre."
    with logged_in(fake.url, "robot-folkbokforing-1") as robot:
        assert not any("makulera" in f.action for f in robot.get(f"{JOURNAL}?note=N000003").forms)
        token = robot.page.form("/logga-ut").fields["csrf_token"]
        answer = robot.client.post(f"{JOURNAL}/N000003/makulera", data={"csrf_token": token, "reason": "x"})
        assert answer.status_code == 403


def test_a_form_locks_the_case_until_it_is_left(fake: RunningFake, browser: Browser) -> None:
    with logged_in(fake.url, "robot-folkbokforing-1") as robot:
        browser.get(JOURNAL + "/ny")
        for address in ("/person/P1", f"/arende/{CASE}", JOURNAL, JOURNAL + "/ny", "/hushall/H1"):
            page = robot.get(address)
            assert "Posten är låst av Anna Berg." in page.text, address
            assert not any(form.action == JOURNAL + "/ny" and form.method == "post" for form in page.forms)
        assert "Posten är låst" not in robot.get("/arende/EB-2020-00003/journal").text
        browser.get("/inkorg")
        assert robot.get(JOURNAL + "/ny").form("/journal/ny").method == "post"
        assert "Posten är låst av Folkbokföringsrobot 1." in browser.get(JOURNAL).text
        robot.send("/journal/ny", type="Kontroll", rubrik="R", text="T")
        assert "Posten är låst" not in browser.get(JOURNAL).text
        browser.get("/person/P1/andra")
        assert "Posten är låst av Anna Berg." in robot.get("/person/P1").text


def test_documents_and_pdf(browser: Browser) -> None:
    page = browser.get(f"{JOURNAL}/N000001/dokument")
    assert "Samtal om planering" in page.text
    assert "Ingen kommunicering" in browser.get(f"{JOURNAL}/N000001/kommunicering").text
    answer = browser.client.get(f"{JOURNAL}/N000001/pdf")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-1.4")
    assert b"Rad tre." in answer.content
    assert browser.get(f"{JOURNAL}/N999999/dokument").status == 404
    assert browser.get("/arende/EB-2020-00003/journal/N000001/dokument").status == 404


def test_the_journal_is_paged_at_fifty(tmp_path: Path) -> None:
    town = write(tmp_path / "paged")
    with (town / "notes.csv").open("a", encoding="utf-8") as file:
        for n in range(60):
            file.write(f"N1{n:05},{CASE},2021-01-{1 + n % 28:02},10:00,Övrigt,R,T,anna.berg,S,Låst\n")
    with running_fake(town, "2022-11-01") as fake, logged_in(fake.url) as browser:
        page = browser.get(JOURNAL)
        assert (len(page.rows), "Sida 1 av 2" in page.text) == (51, True)
        page = browser.get(page.links["Nästa"])
        assert (len(page.rows), "Sida 2 av 2" in page.text) == (14, True)
        assert "Nästa" not in page.links
        assert browser.get(page.links["Detaljer"]).fields["Id"] == page.rows[1][0]
