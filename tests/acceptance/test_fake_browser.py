"""The fake in a real browser: accessibility of every page, dialogs, keyboard, and reading by label."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.support.fake import RunningFake, running_fake
from tests.support.fake_data import ASA, PASSWORD, UNIT, write

CASE = "EB-2020-00001"
JOURNAL = f"/arende/{CASE}/journal"
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found, args=arguments)
        yield launched
        launched.close()


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[RunningFake]:
    with running_fake(write(tmp_path / "town", extra_cases=60), "2022-11-01") as running:
        yield running


@pytest.fixture
def page(browser: Browser, fake: RunningFake) -> Iterator[Page]:
    context = browser.new_context(base_url=fake.url, viewport={"width": 1280, "height": 800})
    context.set_default_timeout(10_000)
    opened = context.new_page()
    yield opened
    context.close()


def log_in(page: Page, username: str = "anna.berg", *, close_news: bool = True) -> None:
    enter(page, {"username": username, "password": PASSWORD, "unit": UNIT}, close_news=close_news)


def enter(page: Page, account: dict[str, str], *, close_news: bool = True) -> None:
    page.goto("/login")
    page.get_by_label("Användarnamn", exact=True).fill(account["username"])
    page.get_by_label("Lösenord", exact=True).fill(account["password"])
    page.get_by_label("Enhet", exact=True).select_option(account["unit"])
    page.get_by_role("button", name="Logga in", exact=True).click()
    if close_news:
        page.get_by_role("dialog", name="Nyheter").get_by_role("button", name="Stäng").click()


def violations(page: Page) -> list[str]:
    """What axe-core finds against WCAG 2.1 A and AA on the page as it is."""
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
    options: dict[str, Any] = {"runOnly": {"type": "tag", "values": tags}, "resultTypes": ["violations"]}
    found = Axe().run(page, options=options).response["violations"]
    return [f"{page.url} {v['id']}: {node['html']}" for v in found for node in v["nodes"]]


def test_every_page_is_accessible(page: Page, fake: RunningFake) -> None:
    found: list[str] = []

    def look(address: str = "", *, shows: str = "") -> None:
        if address:
            page.goto(address)
        if shows:
            expect(page.get_by_text(shows).first).to_be_visible()
        expect(page.locator("h1")).to_have_count(1)
        found.extend(violations(page))

    look("/login")
    page.get_by_label("Användarnamn").fill("anna.berg")
    page.get_by_label("Lösenord").fill("fel")
    page.get_by_role("button", name="Logga in").click()
    look(shows="Fel användarnamn eller lösenord.")
    log_in(page, "cia.dal", close_news=False)
    look(shows="Nyheter")
    page.get_by_role("button", name="Stäng").click()
    for address in (
        "/inkorg",
        "/inkorg?lista=grupp",
        "/inkorg?lista=klara",
        "/aktivitet/A00001",
        "/arenden",
        "/arenden?rader=25&sida=2",
        "/person/sok",
        "/kir",
        "/person/P1",
        "/person/P4",
        "/person/P1/andra",
        "/person/P1/hamta",
        "/hushall/H1",
        "/hushall/H3",
        "/hushall/H1/andra",
        "/hushall/H1/medlem",
        f"/arende/{CASE}",
        f"/arende/{CASE}/andra",
        f"/arende/{CASE}/avsluta",
        JOURNAL,
        JOURNAL + "?note=N000001",
        JOURNAL + "?note=N000003",
        JOURNAL + "/ny",
        JOURNAL + "/N000001/makulera",
        JOURNAL + "/N000001/dokument",
        JOURNAL + "/N000001/kommunicering",
        "/skyddade",
        "/laslogg",
        "/nowhere",
        "/kir/1",
        "/kir/1?adress=ja",
        "/kir/6?adress=ja",
        "/arende/EB-2020-00003/journal",
    ):
        look(address)
    for address in (
        "/person/P1/andra",
        "/hushall/H1/andra",
        "/hushall/H1/medlem",
        f"/arende/{CASE}/avsluta",
        JOURNAL + "/ny",
    ):
        page.goto(address)
        for box in page.get_by_role("main").get_by_role("textbox").all():
            box.fill("x" if address.startswith("/hushall") else "")
        page.get_by_role("button", name="Spara").first.click()
        look(shows="Formuläret är inte sparat.")
    page.goto(JOURNAL + "/ny")
    page.get_by_label("Rubrik").fill("x")
    page.get_by_role("link", name="Inkorg").click()
    expect(page.get_by_role("dialog", name="Spara ändringar?")).to_be_visible()
    look()
    page.goto("/person/sok")
    page.get_by_label("Namn").fill("öström")
    page.get_by_role("button", name="Sök").click()
    look(shows="Träffar")
    page.get_by_label("Namn").fill("finns inte")
    page.get_by_role("button", name="Sök").click()
    look(shows="Inga träffar.")
    log_in(page, "robot-folkbokforing-1")
    look("/person/P4")
    look("/arenden")
    look("/skyddade")
    log_in(page, "adam.lod")
    look("/laslogg")
    assert found == []


def test_lock_message_and_chaos_pages_are_accessible(browser: Browser, tmp_path: Path) -> None:
    with running_fake(write(tmp_path / "town"), "2022-11-01", chaos="extra-dialog,error500,kir-down") as fake:
        context = browser.new_context(base_url=fake.url)
        page = context.new_page()
        log_in(page)
        seen = set()
        for n in range(45):
            answer = page.goto("/kir")
            dialog = page.get_by_role("dialog", name="Driftmeddelande")
            kind = "dialog" if dialog.count() else str(answer.status if answer else "")
            if kind not in seen:
                seen.add(kind)
                assert violations(page) == [], n
            if dialog.count():
                dialog.get_by_role("button", name="OK").click()
                expect(dialog).to_have_count(0)
        assert seen == {"200", "500", "dialog"}
        context.close()


def test_the_news_keep_the_rest_out_of_reach_until_closed(page: Page) -> None:
    log_in(page, close_news=False)
    dialog = page.get_by_role("dialog", name="Nyheter")
    expect(dialog).to_be_visible()
    assert page.evaluate("document.activeElement.textContent") == "Stäng"
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    page.get_by_role("link", name="Aktiva ärenden", exact=True).click()
    expect(page.get_by_role("heading", name="Aktiva ärenden", level=1)).to_be_visible()


def test_a_robots_way_through_the_screens(page: Page, fake: RunningFake) -> None:
    log_in(page, "robot-folkbokforing-1")
    page.get_by_role("link", name="Aktiva ärenden", exact=True).click()
    table = page.get_by_role("table", name="Aktiva ärenden", exact=True)
    expect(page.get_by_text("Sida 1 av 2")).to_be_visible()
    rows = table.locator("tbody tr").count()
    while page.get_by_role("link", name="Nästa", exact=True).count():
        page.get_by_role("link", name="Nästa", exact=True).click()
        expect(page.get_by_text("Sida 2 av 2")).to_be_visible()
        rows += table.locator("tbody tr").count()
    assert rows == 64
    page.get_by_role("link", name="Sök person", exact=True).click()
    page.get_by_label("Personnummer", exact=True).fill(ASA)
    page.get_by_role("button", name="Sök", exact=True).click()
    page.get_by_role("table", name="Träffar", exact=True).get_by_role("link", name="Öppna").click()
    expect(page.get_by_label("Namn", exact=True)).to_have_text("Åsa Öström-Ängqvist")
    page.get_by_role("link", name="Hushåll", exact=True).click()
    expect(page.get_by_role("table", name="Medlemmar", exact=True).locator("tbody tr")).to_have_count(3)
    page.get_by_role("link", name="KIR", exact=True).click()
    page.get_by_label("Personnummer", exact=True).fill(ASA)
    page.get_by_role("button", name="Sök", exact=True).click()
    page.get_by_role("button", name="Visa folkbokförda på adressen", exact=True).click()
    expect(page.get_by_role("table", name="Händelser", exact=True).locator("tbody tr")).to_have_count(1)
    expect(
        page.get_by_role("table", name="Folkbokförda på adressen", exact=True).locator("tbody tr")
    ).to_have_count(4)
    expect(page.get_by_label("Lägenhetsnummer", exact=True)).to_have_text("1101")
    page.get_by_role("link", name="Journal", exact=True).click()
    page.get_by_role("button", name="Ny journalanteckning", exact=True).click()
    form = page.get_by_role("form", name="Ny journalanteckning", exact=True)
    text = "Antalet skrivna på adressen är 4.\n\nSäkerställ att personuppgifter är uppdaterade."
    form.get_by_label("Typ", exact=True).select_option("Kontroll")
    form.get_by_label("Rubrik", exact=True).fill("Kontroll i KIR / Underrättelse om förändring")
    form.get_by_label("Datum", exact=True).fill("2022-11-01")
    form.get_by_label("Text", exact=True).fill(text)
    form.get_by_label("Signatur", exact=True).fill("Automatisk kontroll.")
    form.get_by_label("Avisera ansvarig handläggare", exact=True).check()
    form.get_by_role("button", name="Spara", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="Anteckningen är sparad.")).to_have_text(
        "Anteckningen är sparad."
    )
    details = page.get_by_role("region", name="Detaljer", exact=True)
    assert details.get_by_label("Text", exact=True).inner_text() == text
    assert page.get_by_role("table", name="Journalanteckningar").locator("tbody tr").first.locator("td").nth(
        4
    ).inner_text() == ("Kontroll i KIR / Underrättelse om föränd…")
    assert [note["text"] for note in fake.export_notes()] == [text]


def test_leaving_a_changed_form_asks(page: Page, fake: RunningFake) -> None:
    log_in(page)
    page.goto("/person/P1/andra")
    page.get_by_role("link", name="Journal", exact=True).click()
    expect(page.get_by_role("heading", name="Journal", level=1)).to_be_visible()
    for choice, heading, phone in (
        ("Avbryt", "Ändra personbild", ""),
        ("Spara inte", "KIR", "070-174 06 05"),
        ("Spara", "KIR", "070-1"),
    ):
        page.goto("/person/P1/andra")
        page.get_by_label("Telefon").fill("070-1")
        page.get_by_role("link", name="KIR", exact=True).click()
        page.get_by_role("dialog", name="Spara ändringar?").get_by_role(
            "button", name=choice, exact=True
        ).click()
        expect(page.get_by_role("heading", name=heading, level=1)).to_be_visible()
        if phone:
            page.goto("/person/P1")
            expect(page.get_by_label("Telefon")).to_have_text(phone)


def test_cancel_leaves_without_asking_and_unlocks(page: Page, browser: Browser, fake: RunningFake) -> None:
    log_in(page)
    page.goto(JOURNAL + "/ny")
    page.get_by_label("Rubrik").fill("x")
    page.get_by_role("button", name="Avbryt").click()
    expect(page.get_by_role("heading", name="Journal", level=1)).to_be_visible()
    other = browser.new_context(base_url=fake.url).new_page()
    log_in(other, "robot-folkbokforing-1")
    other.goto(JOURNAL)
    expect(other.get_by_text("Posten är låst av")).to_have_count(0)
    other.context.close()


def test_a_double_click_saves_once(page: Page, fake: RunningFake) -> None:
    log_in(page)
    page.goto(JOURNAL + "/ny")
    page.get_by_label("Typ").select_option("Kontroll")
    page.get_by_label("Rubrik").fill("Dubbel")
    page.get_by_label("Text", exact=True).fill("T")
    page.get_by_role("button", name="Spara").first.dblclick(no_wait_after=True)
    expect(page.get_by_text("Anteckningen är sparad.")).to_be_visible()
    assert [note["rubrik"] for note in fake.export_notes()] == ["Dubbel"]


def test_the_keyboard_is_enough(page: Page, fake: RunningFake) -> None:
    log_in(page)
    page.goto(JOURNAL)
    page.get_by_role("button", name="Ny journalanteckning").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("form", name="Ny journalanteckning")).to_be_visible()
    page.get_by_label("Typ").focus()
    page.keyboard.type("Kontroll")
    for text in ("Rubrik", "", "", "Text", "", ""):
        page.keyboard.press("Tab")
        if text:
            page.keyboard.type(text)
    page.keyboard.press("Control+s")
    expect(page.get_by_text("Anteckningen är sparad.")).to_be_visible()
    assert [(n["rubrik"], n["text"]) for n in fake.export_notes()] == [("Rubrik", "Text")]


def test_the_pages_work_without_scripts(browser: Browser, fake: RunningFake) -> None:
    context = browser.new_context(base_url=fake.url, java_script_enabled=False)
    page = context.new_page()
    log_in(page)
    page.goto(JOURNAL + "/ny")
    page.get_by_label("Typ").select_option("Samtal")
    page.get_by_label("Rubrik").fill("R")
    page.get_by_label("Text", exact=True).fill("T")
    page.get_by_role("button", name="Spara").click()
    expect(page.get_by_text("Anteckningen är sparad.")).to_be_visible()
    context.close()


def test_the_case_works_screens_are_accessible(browser: Browser, small: Path) -> None:
    with running_fake(small, "2022-11-01") as fake:
        context = browser.new_context(base_url=fake.url, viewport={"width": 1280, "height": 800})
        page = context.new_page()
        enter(page, next(row for row in fake.accounts().values() if "gruppledare" in row["roles"]))
        rows = {name: _rows(small, name) for name in ("applications", "documents", "calculations", "cases")}
        application = next(row for row in rows["applications"] if row["status"] == "Ny")
        case = application["case_number"]
        addresses = ["/aktualiseringar?sortera=1-2", "/arbetsmarknad", "/delegat"]
        addresses.append(f"/aktualisering/{application['application_id']}")
        addresses.append(f"/berakning/{rows['calculations'][0]['calculation_id']}?flik=utgifter")
        parts = (
            "aktualisering utredning berakning beslut utbetalning bevakningar arbetsmarknad ssbtek dokument"
        )
        parts += " kommunicering referensram beslut/ny berakning/ny dokument/ny arbetsmarknad/ny"
        parts += " aktualisering/ny planering/ny bevakningar/ny kommunicering/ny berakning?utskrift=ja"
        addresses += [f"/arende/{case}/{part}" for part in parts.split()]
        found: list[str] = []
        for address in addresses:
            page.goto(address)
            expect(page.locator("h1")).to_have_count(1)
            found.extend(violations(page))
        number = page.locator(".open span").first.inner_text()
        page.goto(f"/arende/{case}/ssbtek")
        page.get_by_label("Personidentitet").fill(number)
        page.get_by_label("Syfte").select_option(index=1)
        page.get_by_role("button", name="Hämta uppgifter").click()
        expect(page.get_by_role("region", name="Migrationsverket")).to_be_visible()
        found.extend(violations(page))
        assert found == []
        context.close()


def test_a_document_is_previewed_in_a_frame(browser: Browser, small: Path) -> None:
    with running_fake(small, "2022-11-01") as fake:
        context = browser.new_context(base_url=fake.url)
        page = context.new_page()
        enter(page, fake.accounts()["robot-nyansokan-1"])
        for row in _rows(small, "documents"):
            page.goto(f"/dokument/{row['document_id']}")
            if page.get_by_text("Personen har skyddade personuppgifter.").count() == 0:
                break
        expect(page.frame_locator("iframe").get_by_text("Bostadslägenhet")).to_be_visible()
        context.close()


def test_a_date_is_typed_or_chosen(page: Page) -> None:
    log_in(page)
    page.goto(f"{JOURNAL}/ny")
    field = page.get_by_label("Datum", exact=True)
    field.fill("2022-10-30")
    page.get_by_role("button", name="Kalender").first.click()
    calendar = page.locator("input[type=date]")
    expect(calendar).to_have_value("2022-10-30")
    calendar.fill("2022-10-14")
    expect(field).to_have_value("2022-10-14")


def _rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
