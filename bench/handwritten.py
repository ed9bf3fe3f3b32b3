"""The Folkbokföring robot written by hand in async Playwright: what robotfabrik is measured against.

As a good developer would write it: the same browser and contexts, the same screens in the same order, the
journal looked at before writing and read back after it. What a platform adds is not here: no store, no
restart after a crash, no masking, no evidence, no reports. So it only knows the first month.

    python -m bench.handwritten --url URL --date 2022-11-01 --workers 4    (accounts as for robotfabrik)
"""

from __future__ import annotations

import argparse
import asyncio
import calendar
import json
import os
import re
import unicodedata
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from playwright.async_api import Page, async_playwright

from robotfabrik.sessions.browser import find_browser

CREDENTIAL = "ROBOTFABRIK_CREDENTIAL_ROBOT_FOLKBOKFORING"
CONTEXT: dict[str, Any] = {
    "locale": "sv-SE", "timezone_id": "Europe/Stockholm", "viewport": {"width": 1280, "height": 900},
    "service_workers": "block",
}  # fmt: skip
ROBOT = "Folkbokföringsrobot"
RUBRIK = "Kontroll i KIR / Underrättelse om förändring"
UPDATE = "Säkerställ att personuppgifter är uppdaterade i personbilden"
FIRST_CHECK = date(2022, 5, 1)
ACTIVE_MONTHS = 3
SUBJECTS = {
    "Flyttning": "folkbokföringsadress",
    "Civilståndsändring": "civilstånd",
    "Barn fött": "barn i hushållet",
    "Flyttning till annan kommun": "utflyttning till annan kommun",
    "Utvandrad": "avregistrering",
}

# A screen in one evaluate: the asked fields and columns, and what the page says.
READ = """async ask => {
  if (document.readyState === 'loading')
    await new Promise(done => document.addEventListener('DOMContentLoaded', done));
  const text = element => element ? element.textContent.trim() : '';
  const fields = {};
  for (const label of document.querySelectorAll('main label'))
    if (ask.fields.includes(text(label))) fields[text(label)] = label.control.value;
  const nameOf = table => table.getAttribute('aria-label')
    ?? text(document.getElementById(table.getAttribute('aria-labelledby')));
  const table = [...document.querySelectorAll('main table')].find(table => nameOf(table) === ask.table);
  let rows = null;
  if (table) {
    const headers = [...table.tHead.rows[0].cells].map(text);
    const places = ask.columns.map(column => headers.indexOf(column));
    rows = [...table.tBodies[0].rows].map(row => places.map(place => text(row.cells[place])));
  }
  const says = [...document.querySelectorAll('.alert,.status,.empty')].map(text);
  return {fields, rows, says, next: !!document.querySelector('a[rel=next]')};
}"""


class Listed(Exception):
    """The case is left to a person."""


@dataclass(frozen=True, slots=True)
class Screen:
    """What one look at a page gave."""

    fields: dict[str, str]
    rows: list[list[str]] | None
    says: list[str]
    next: bool


@dataclass(frozen=True, slots=True)
class Case:
    """One household of the queue."""

    number: str
    personnummer: str
    name: str
    protected: bool


@dataclass(frozen=True, slots=True)
class Person:
    """What KIR says of a member."""

    status: str
    died: date | None
    address: str
    apartment: str
    events: tuple[tuple[str, date, date], ...]  # kind, date, registered
    at_home: bool = True


@dataclass(slots=True)
class Result:
    """Outcomes by kind."""

    counts: Counter[str] = field(default_factory=Counter)


class Robot:
    """One worker with its own page."""

    def __init__(self, page: Page, day: date) -> None:
        self.page, self.day = page, day

    # --- the browser

    async def login(self, url: str, username: str, password: str) -> None:
        page = self.page
        await page.goto(url, wait_until="domcontentloaded")
        await page.get_by_label("Användarnamn").fill(username)
        await page.get_by_label("Lösenord").fill(password)
        await page.get_by_label("Enhet").select_option(label="Ekonomiskt bistånd")
        await page.get_by_role("button", name="Logga in").click()
        await page.get_by_role("dialog", name="Nyheter").get_by_role("button", name="Stäng").click()

    async def go(self, name: str) -> None:
        await self.page.get_by_role("link", name=name, exact=True).click()

    async def press(self, name: str) -> None:
        await self.page.get_by_role("button", name=name, exact=True).click()

    async def type(self, label: str, text: str) -> None:
        await self.page.get_by_label(label, exact=True).fill(text)

    async def read(self, *fields: str, table: str = "", columns: tuple[str, ...] = ()) -> Screen:
        asked = {"fields": fields, "table": table, "columns": columns}
        return Screen(**await self.page.evaluate(READ, asked))

    # --- the list of cases

    async def cases(self) -> tuple[list[Case], int]:
        """The active households, and how many are excluded."""
        await self.go("Aktiva ärenden")
        columns = (
            "Ärende",
            "Personnummer",
            "Namn",
            "Skydd",
            "Handläggare",
            "Status",
            "Senast aktuell",
            "Ingen robot",
        )
        found, excluded = [], 0
        while True:
            screen = await self.read(table="Aktiva ärenden", columns=columns)
            for number, personnummer, name, protection, caseworker, status, last, no_robot in (
                screen.rows or ()
            ):
                if (
                    status != "Öppet"
                    or not caseworker
                    or not last
                    or day(last) < add_months(self.day, -ACTIVE_MONTHS)
                ):
                    continue
                if no_robot:
                    excluded += 1
                else:
                    found.append(Case(number, digits(personnummer), clean(name), bool(protection)))
            if not screen.next:
                return found, excluded
            await self.go("Nästa")

    # --- a household

    async def check(self, case: Case) -> str:
        """Check one household; `noted` or `checked`."""
        if case.protected:
            raise Listed("BE1")
        await self.open_person(case)
        members = await self.household(case)
        start = await self.case_start(case)
        await self.go("KIR")
        home = await self.kir(case.personnummer)
        if home is None:
            raise Listed("BE6")
        at_address: list[str] = []
        if home.status == "Folkbokförd" and home.address:
            await self.press("Visa folkbokförda på adressen")
            screen = await self.read(table="Folkbokförda på adressen", columns=("Lägenhetsnummer",))
            at_address = [apartment for (apartment,) in screen.rows or ()]
        people = [home]
        for personnummer, role, living in members:
            if personnummer == case.personnummer:
                continue
            found = await self.kir(personnummer, home)
            if role == "Barn" and (living or "Heltid") != "Heltid" and not (found and found.at_home):
                continue
            if found is None:
                raise Listed("BE6")
            people.append(found)
        return await self.judge(case, people, at_address, max(FIRST_CHECK, start))

    async def judge(self, case: Case, people: list[Person], at_address: list[str], since: date) -> str:
        home = people[0]
        dead = [person for person in people if person.status == "Avliden"]
        if dead:
            died = max(person.died for person in dead if person.died)
            text = f"Enligt KIR är en hushållsmedlem registrerad som avliden {died}."
            text += f"\n\n{UPDATE} innan hushållet kontaktas."
            await self.note_unless(case, text, any(note["Text"] == text for note in await self.own_notes(1)))
            return "noted"
        kinds = {
            SUBJECTS.get(kind) for person in people for kind, at, registered in person.events
            if since <= max(registered, at) < self.day
        }  # fmt: skip
        subjects = [subject for subject in SUBJECTS.values() if subject in kinds]
        count = self.count(home, at_address)
        compared = None if count is None else count - len(people)
        elsewhere = compared is not None and compared >= 0 and any(
            person.status == "Folkbokförd" and not person.at_home for person in people
        )  # fmt: skip
        if not subjects and not elsewhere and compared == 0:
            return "checked"
        facts = []
        if count is not None:
            facts.append(f"Antalet skrivna på adressen är {count}.")
        if compared:
            what = "färre" if compared < 0 else "fler"
            facts.append(f"Antalet skrivna på adressen är {what} än antalet medlemmar i hushållet.")
        if count is None:
            facts.append("Antalet skrivna på adressen kan inte räknas i KIR.")
        if elsewhere:
            facts.append("En eller flera hushållsmedlemmar är folkbokförda på annan adress.")
        known = False
        if subjects:
            listed = " och ".join(filter(None, (", ".join(subjects[:-1]), subjects[-1])))
            first = [f"Förändringar i KIR har skett sedan {since} gällande {listed}.", *facts]
        else:
            first = facts
            known = any(without_changes(note["Text"]) == " ".join(facts) for note in await self.own_notes(1))
        request = f"{UPDATE} och utred om detta påverkar handläggningen av ekonomiskt bistånd."
        return await self.note_unless(case, " ".join(first) + f"\n\n{request}", known)

    def count(self, home: Person, at_address: list[str]) -> int | None:
        """How many are registered in the home; None when that cannot be told."""
        if home.status != "Folkbokförd" or not home.address:
            return None
        if home.apartment:
            return at_address.count(home.apartment)
        return None if any(at_address) else len(at_address)

    # --- screens

    async def open_person(self, case: Case) -> None:
        await self.go("Sök person")
        await self.type("Personnummer", case.personnummer)
        await self.press("Sök")
        found = await self.read(table="Träffar", columns=("Skydd",))
        if found.rows is None or len(found.rows) != 1:
            raise Listed("BE2")
        if found.rows[0][0]:
            raise Listed("BE1")
        await (
            self.page.get_by_role("table", name="Träffar")
            .get_by_role("link", name="Öppna", exact=True)
            .click()
        )
        person = (await self.read("Personnummer", "Namn", "Skydd")).fields
        if person["Skydd"]:
            raise Listed("BE1")
        if digits(person["Personnummer"]) != case.personnummer or clean(person["Namn"]) != case.name:
            raise Listed("BE2")

    async def household(self, case: Case) -> list[tuple[str, str, str]]:
        """Personnummer, role and living of every member."""
        await self.go("Hushåll")
        columns = ("Personnummer", "Roll", "Boende", "Skydd")
        rows = (await self.read(table="Medlemmar", columns=columns)).rows or []
        if any(protection for *_, protection in rows):
            raise Listed("BE1")
        members = [(digits(personnummer), role, living) for personnummer, role, living, _ in rows]
        if any(int(personnummer[6:8]) > 60 for personnummer, *_ in members):
            raise Listed("BE9")
        if members[0][:2] != (case.personnummer, "Registerledare"):
            raise Listed("BE2")
        return members

    async def case_start(self, case: Case) -> date:
        await self.go("Ärende")
        fields = (await self.read("Ärendenummer", "Status", "Från")).fields
        if fields["Ärendenummer"] != case.number:
            raise Listed("BE2")
        if fields["Status"] != "Öppet":
            raise Listed("BE3")
        return day(fields["Från"])

    async def kir(self, personnummer: str, home: Person | None = None) -> Person | None:
        """One person in KIR; None when the register has nobody of that number."""
        await self.type("Personnummer", personnummer)
        await self.press("Sök")
        screen = await self.read(
            "Personnummer i KIR", "Status", "Avlidendatum", "Folkbokföringsadress", "Lägenhetsnummer",
            table="Händelser", columns=("Händelse", "Händelsedatum", "Registreringsdatum"),
        )  # fmt: skip
        if "Personen finns inte i KIR." in screen.says:
            return None
        if any(text.startswith("KIR svarar inte") for text in screen.says):
            raise RuntimeError("KIR does not answer")
        fields = screen.fields
        if digits(fields["Personnummer i KIR"]) != personnummer:
            raise Listed("BE2")
        status, address, apartment = (
            fields["Status"],
            clean(fields["Folkbokföringsadress"]),
            fields["Lägenhetsnummer"],
        )
        at_home = home is None or (status, address, apartment) == (
            "Folkbokförd",
            home.address,
            home.apartment,
        )
        died = fields["Avlidendatum"]
        events = tuple((kind, day(at), day(registered)) for kind, at, registered in screen.rows or ())
        return Person(status, day(died) if died else None, address, apartment, events, at_home)

    async def own_notes(self, at_most: int, since: date | None = None) -> list[dict[str, str]]:
        """This robot's notes in the journal, the newest first, whole."""
        await self.go("Journal")
        notes = []
        columns = ("Id", "Datum", "Typ", "Signatur")
        screen = await self.read(table="Journalanteckningar", columns=columns)
        if any(text.startswith("Posten är låst") for text in screen.says):
            raise Listed("BE5")
        rows = list(screen.rows or ())
        pages = 1
        while screen.next:
            pages += 1
            await self.go("Nästa")
            screen = await self.read(table="Journalanteckningar", columns=columns)
            rows += screen.rows or ()
        own = [r for r in rows if r[3] == signature(r[1]) and (since is None or day(r[1]) >= since)]
        for id, _, kind, _ in own[:at_most]:
            if pages > 1:
                await self.go("Journal")
            await (
                self.page.locator(f'tr:has(td:text-is("{id}"))').get_by_role("link", name="Detaljer").click()
            )
            note = (await self.read("Id", "Rubrik", "Text")).fields
            assert note["Id"] == id
            notes.append({**note, "Typ": kind})
        return notes

    async def note_unless(self, case: Case, text: str, known: bool) -> str:
        """Write the note, unless it is known or stands there already, and read it back."""
        month = self.day.replace(day=1)
        if known or await self.own_notes(100, month):
            return "checked"
        page = self.page
        await self.press("Ny journalanteckning")
        await page.get_by_label("Typ", exact=True).select_option(label="Kontroll")
        await self.type("Rubrik", RUBRIK)
        await self.type("Datum", str(self.day))
        await self.type("Text", text)
        await self.type("Signatur", signature(str(self.day)))
        await page.get_by_label("Avisera ansvarig handläggare").check()
        await self.press("Spara")
        await page.get_by_text("Anteckningen är sparad.").wait_for()
        (written,) = await self.own_notes(100, month)
        assert (written["Typ"], written["Rubrik"], written["Text"].strip()) == ("Kontroll", RUBRIK, text), (
            case.number
        )
        return "noted"


def signature(day: str) -> str:
    return f"Automatisk kontroll utförd {day} av {ROBOT}."


def without_changes(text: str) -> str:
    """The first paragraph without its sentence on changes."""
    return re.sub(r"^Förändringar i KIR .*?\.(?: |$)", "", text.split("\n\n")[0])


def clean(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def digits(text: str) -> str:
    return text.replace("-", "").strip()


day = date.fromisoformat


def add_months(at: date, months: int) -> date:
    year, month = divmod(at.year * 12 + at.month - 1 + months, 12)
    return date(year, month + 1, min(at.day, calendar.monthrange(year, month + 1)[1]))


async def work(robot: Robot, queue: deque[Case], result: Result) -> None:
    """Take households until there are none."""
    while queue:
        case = queue.popleft()
        try:
            result.counts[await robot.check(case)] += 1
        except Listed:
            result.counts["listed"] += 1


async def run(url: str, at: date, accounts: list[tuple[str, str]], only_dispatch: bool) -> Result:
    result = Result()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(**find_browser().launch_options())

        async def worker(username: str, password: str) -> Robot:
            context = await browser.new_context(**CONTEXT)
            robot = Robot(await context.new_page(), at)
            await robot.login(url, username, password)
            return robot

        first = await worker(*accounts[0])
        cases, excluded = await first.cases()
        result.counts["excluded"] = excluded
        queue = deque(cases)
        if not only_dispatch:

            async def start(account: tuple[str, str]) -> None:
                await work(await worker(*account), queue, result)

            await asyncio.gather(work(first, queue, result), *(start(account) for account in accounts[1:]))
        await browser.close()
    return result


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.handwritten")
    parser.add_argument("--url", required=True)
    parser.add_argument("--date", type=day, required=True)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--only", choices=["dispatch"])
    given = parser.parse_args()
    pairs = [account.split(":", 1) for account in os.environ[CREDENTIAL].split(";")]
    accounts = [(username, password) for username, password in pairs][: given.workers]
    result = asyncio.run(run(given.url, given.date, accounts, given.only == "dispatch"))
    print(json.dumps(result.counts))


if __name__ == "__main__":
    main()
