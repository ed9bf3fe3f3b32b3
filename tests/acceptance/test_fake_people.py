"""People in a real browser: what they approve together, open, communicate, attest and register."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from fake_procapita import delegation, exporting
from tests.acceptance.test_fake_browser import violations
from tests.support import people
from tests.support.fake import RunningFake, running_fake
from tests.support.fake_http import Browser as Http
from tests.support.town import TODAY, Town, make_small

PERIOD = {"type": "Ekonomiskt bistånd", "start": "2022-11-01", "end": "2022-11-30"}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with people.browser() as launched:
        yield launched


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with running_fake(make_small(tmp_path, "trelleborg"), TODAY) as fake:
        yield Town(fake)


def open_cases(town: Town) -> list[str]:
    hidden = {row["person_id"] for row in town.rows("people") if row["protection"]}
    closed = {row["household_id"] for row in town.rows("members") if row["person_id"] in hidden}
    return [
        row["case_number"]
        for key, row in town.cases.items()
        if key not in closed and row["status"] == "Öppet"
    ]


def propose(robot: Http, case: str, result: str = "Bifall", **more: str) -> str:
    robot.get(f"/arende/{case}/beslut/ny")
    values = {**PERIOD, "result": result, "amount": "4200", "motivation": "Prov", **more}
    return robot.send("/ny", **values).fields["Beslut"]


def stored(fake: RunningFake, name: str, column: str) -> dict[str, str]:
    """A column of what has been made, by number."""
    rows = exporting.stored(fake.data, name)
    return {next(iter(row.values())): row[column] for row in rows}


def test_a_day_of_deciding_paying_and_checking(chromium: Browser, town: Town) -> None:
    """The delegate approves together what may be, opens the rest, refuses one; others attest and check."""
    fake, cases = town.fake, open_cases(town)[:18]
    with town.browser("robot-handlaggning-1") as robot:
        made = {propose(robot, case): case for case in cases[:14]}
        flagged = propose(robot, cases[14], flags="Hyran har ändrats")
        refusals = [propose(robot, case, "Avslag", amount="0") for case in cases[15:17]]
    wrong = next(key for key in made if not delegation.drawn(key))
    with people.at_work(chromium, fake, "gruppledare") as page:
        people.go(page, "Delegatvy")
        assert violations(page) == []
        together = set(people.approve_together(page))
        assert together
        # What stays has to be opened first: flags, free text, and one in ten.
        assert flagged not in together
        assert not any(delegation.drawn(key) for key in together)
    assert stored(fake, "decisions", "status")[wrong] in ("Gällande", "Förslag")
    with town.browser("robot-handlaggning-1") as robot:
        again = propose(robot, cases[17])
    with people.at_work(chromium, fake, "gruppledare") as page:
        done = people.decide(page, refuse={cases[17]: "Familjen har flyttat."})
        people.go(page, "Delegatvy")
        assert people.proposals(page) == []
    assert done.refused == [again]
    assert {flagged, *refusals} <= set(done.approved)
    assert done.waiting == []
    decided = stored(fake, "decisions", "status")
    assert decided.pop(again) == "Avvisat"
    assert set(decided.values()) == {"Gällande"}
    assert stored(fake, "decisions", "reason")[again] == "Familjen har flyttat."

    accounts = {row["person_id"]: row["account"] for row in town.rows("people")}
    leads = {row["household_id"]: row["registerledare"] for row in town.rows("households")}
    with_account = [
        (key, case)
        for key, case in made.items()
        if accounts[next(leads[home] for home, row in town.cases.items() if row["case_number"] == case)]
    ][:3]
    with town.browser("robot-utbetalning-1") as payer:
        for key, case in with_account:
            payer.get(f"/arende/{case}/utbetalning/ny")
            payer.send("/ny", decision_id=key, amount="4200", method="Bankkonto", month="2022-11")
    with people.at_work(chromium, fake, "attestant") as page:
        attested = people.attest(page, "2022-11")
    assert set(attested) <= set(stored(fake, "payments", "status"))
    assert set(stored(fake, "payments", "status").values()) == {"Attesterad"}
    assert len(attested) == 3

    applied = next(row for row in town.rows("applications") if row["case_number"] in cases)
    with town.browser("robot-stickprov-1") as robot:
        case = applied["case_number"]
        robot.get(f"/arende/{case}/stickprov/ny")
        robot.send("/ny", month=applied["month"], scope="Hel", application_id=applied["application_id"],
                   answer_by="2022-11-22")  # fmt: skip
        robot.get("/meddelanden/nytt")
        robot.send("/meddelanden/nytt", rubrik="Dagens lista", text="Tre förslag.")
    with people.at_work(chromium, fake, "handläggare") as page:
        assert people.register_results(page, {case: ("Inkomst ändrad", "500")}) == 1
        assert people.settle_messages(page) == ["Dagens lista"]
    assert list(stored(fake, "samples", "result").values()) == ["Inkomst ändrad"]


def test_a_refusal_waits_until_the_time_to_answer_has_passed(chromium: Browser, town: Town) -> None:
    fake = town.fake
    with town.browser("robot-handlaggning-1") as robot:
        key = propose(robot, open_cases(town)[0], "Avslag", amount="0")
    with people.at_work(chromium, fake, "gruppledare") as page:
        assert people.decide(page, answer_by="2022-11-08").waiting == [key]
    with people.at_work(chromium, fake, "gruppledare") as page:
        people.open_proposal(page, key)
        people.press(page, "Godkänn")
        expect(page.get_by_role("alert")).to_contain_text("Avslag kan godkännas när uppgifterna")
    fake.restart("2022-11-09")
    with people.at_work(chromium, fake, "gruppledare", place=0) as page:
        assert people.decide(page).approved == [key]
    assert stored(fake, "decisions", "decided_on")[key] == "2022-11-09"


def test_a_form_with_rows_is_filled_in_by_keyboard_alone(chromium: Browser, town: Town) -> None:
    case = open_cases(town)[0]
    with people.at_work(chromium, town.fake, "handläggare") as page:
        page.goto(f"/arende/{case}/aktualisering/ny")
        assert violations(page) == []
        page.get_by_label("Typ", exact=True).select_option("Ansökan")
        posts = page.get_by_role("table", name="Sökta poster", exact=True)
        posts.get_by_label("Post", exact=True).focus()
        page.keyboard.type("Hyra")
        for text in ("", "6200"):
            page.keyboard.press("Tab")
            page.keyboard.type(text)
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")  # Lägg till post: on to the new row's first field
        page.keyboard.press("Tab")
        for text in ("Hushållsel", "2022-10-31", "350"):
            page.keyboard.type(text)
            page.keyboard.press("Tab")
        rows = posts.locator("tbody tr")
        expect(rows).to_have_count(2)
        expect(rows.last.get_by_role("cell").first).to_have_text("2")
        page.keyboard.press("Control+s")
        people.says(page, "är sparad.")
        saved = people.table(page, "Sökta poster")
        assert [(row["Post"], row["Datum"], row["Belopp"]) for row in saved] == [
            ("Hyra", "", "6 200 kr"), ("Hushållsel", "2022-10-31", "350 kr"),
        ]  # fmt: skip


def test_the_new_screens_are_accessible(chromium: Browser, town: Town) -> None:
    case = open_cases(town)[0]
    found: list[str] = []
    with people.at_work(chromium, town.fake, "gruppledare") as page:
        for address in (
            "/beslutslista", "/beslutslista?urval=gallande&manad=2022-10", "/beslutslista?manad=x",
            "/stickprov", f"/arende/{case}/stickprov", f"/arende/{case}/stickprov/ny", "/aktualiseringar",
        ):  # fmt: skip
            page.goto(address)
            found += violations(page)
        page.goto(f"/arende/{case}/aktualisering/ny")
        people.press(page, "Spara")
        found += violations(page)
        page.goto("/inkorg")
    assert found == []
