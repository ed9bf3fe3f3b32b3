"""Screens without a browser: the pages of a synthetic municipality, answered from its files.

Only what the Folkbokföring robot visits. A page is its labels with their values, its tables and its other
texts, so the object repository's elements are looked for as on a real screen, only by plain comparison.
What is measured over it is everything of robotfabrik but the browser.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any, Literal, Self

from robotfabrik.activities.api import Guard, Modifier, Place, RawForm, RawRow
from robotfabrik.model.errors import ElementMissing
from robotfabrik.model.process import Element, Screen, Selector, Table, Target
from robotfabrik.model.values import Credential

Row = Mapping[str, str]
SHIELD = "Skyddade personuppgifter"


@dataclass(slots=True)
class Page:
    """What stands on a page."""

    labels: dict[str, str] = field(default_factory=dict)
    tables: dict[str, list[Row]] = field(default_factory=dict)
    says: tuple[str, ...] = ()


class Town:
    """The municipality's rows, found as the screens look them up, and the journals that robots write in."""

    def __init__(self, folder: Path, today: str) -> None:
        self.today = today
        rows = {
            path.stem: _rows(path) for path in folder.glob("*.csv") if path.stem not in ("facit", "planted")
        }
        self._names = {row["username"]: row["name"] for row in rows["accounts"]}
        self._people = {row["person_id"]: row for row in rows["people"]}
        self._by_number = {row["personnummer"]: row for row in rows["people"]}
        self._leads = {row["household_id"]: row["registerledare"] for row in rows["households"]}
        self._household_of = {person: household for household, person in self._leads.items()}
        self._members = _grouped(rows["members"], "household_id")
        self._cases = {row["household_id"]: row for row in rows["cases"]}
        self._kir = {row["personnummer"]: row for row in rows["kir_people"]}
        self._events = _grouped(rows["kir_events"], "personnummer")
        self._home = {r["personnummer"]: r for r in rows["kir_residence"] if self._holds(r)}
        self._notes = _grouped(rows["notes"], "case_number")
        self._number = count(1)
        self.written: list[Row] = []
        self._messages: list[Row] = []

    def _holds(self, row: Row) -> bool:
        return row["valid_from"] <= self.today and not "" < row["valid_to"] <= self.today

    @cached_property
    def case_list(self) -> Page:
        rows: list[Row] = []
        for household, case in self._cases.items():
            if case["status"] != "Öppet":
                continue
            lead = self._people[self._leads[household]]
            rows.append(
                {
                    "Ärende": case["case_number"], "Personnummer": lead["personnummer"], "Namn": _name(lead),
                    "Skydd": _shield(lead), "Handläggare": self._names.get(case["caseworker"], ""),
                    "Status": case["status"],
                    "Senast aktuell": max(case["last_application"], case["decided_to"]),
                    "Ingen robot": "ja" if case["no_robot"] == "ja" else "",
                }
            )  # fmt: skip
        return Page(tables={"Aktiva ärenden": rows})

    @cached_property
    def _neighbours(self) -> dict[tuple[str, str], list[Row]]:
        found: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
        for number, home in self._home.items():
            if (
                home["status"] == "Folkbokförd"
                and not self._kir[number]["protection"]
                and self._registered(number)
            ):
                found[home["street"], home["postal_code"]].append({"Lägenhetsnummer": home["apartment"]})
        return found

    def _registered(self, number: str) -> bool:
        return number in self._kir and self._kir[number]["registered_from"] <= self.today

    def search(self, number: str) -> Page:
        person = self._by_number.get(number)
        if person is None:
            return Page(says=("Inga träffar.",))
        return Page(tables={"Träffar": [{"Personnummer": number, "Skydd": _shield(person)}]})

    def household_of(self, number: str) -> str:
        return self._household_of[self._by_number[number]["person_id"]]

    def person(self, number: str) -> Page:
        person = self._by_number[number]
        return Page({"Personnummer": number, "Namn": _name(person), "Skydd": _shield(person)})

    def household(self, household: str) -> Page:
        rows: list[Row] = []
        for member in self._members[household]:
            person = self._people[member["person_id"]]
            number = person["personnummer"]
            rows.append(
                {
                    "Personnummer": number,
                    "Roll": member["role"],
                    "Boende": member["living"],
                    "Skydd": _shield(person),
                }
            )
        return Page(tables={"Medlemmar": rows})

    def case(self, household: str) -> Page:
        case = self._cases[household]
        return Page({"Ärendenummer": case["case_number"], "Status": case["status"], "Från": case["start"]})

    def kir(self, number: str, with_address: bool = False) -> Page:
        if not self._registered(number):
            return Page({"Personnummer": ""}, says=("Personen finns inte i KIR.",))
        home = self._home.get(number)
        events = [e for e in self._events[number] if e["registration_date"] <= self.today]
        at_home = home if home and home["status"] == "Folkbokförd" else None
        died = next((e["event_date"] for e in events if e["kind"] == "Avliden"), "")
        labels = {
            "Personnummer": "", "Personnummer i KIR": number, "Status": home["status"] if home else "",
            "Avlidendatum": died, "Folkbokföringsadress": _address(at_home) if at_home else "",
            "Lägenhetsnummer": at_home["apartment"] if at_home else "",
        }  # fmt: skip
        shown: list[Row] = [
            {
                "Händelse": e["kind"],
                "Händelsedatum": e["event_date"],
                "Registreringsdatum": e["registration_date"],
                "Tidigare kommun": e["previous_kommun"],
            }
            for e in events
        ]
        page = Page(labels, {"Händelser": shown})
        if with_address:
            there = self._neighbours.get((at_home["street"], at_home["postal_code"]), []) if at_home else []
            page.tables["Folkbokförda på adressen"] = there
        return page

    def journal(self, household: str, note: str | None = None, said: tuple[str, ...] = ()) -> Page:
        notes = self._notes[self._cases[household]["case_number"]]
        rows: list[Row] = [
            {
                "Id": n["note_id"], "Datum": n["date"], "Typ": n["type"], "Signatur": n["signature"],
                "Status": "",
            }
            for n in sorted(notes, key=lambda n: (n["date"], n["note_id"]), reverse=True)
        ]
        chosen = next((n for n in notes if n["note_id"] == note), None)
        labels = (
            {}
            if chosen is None
            else {"Id": chosen["note_id"], "Rubrik": chosen["rubrik"], "Text": chosen["text"]}
        )
        return Page(labels, {"Journalanteckningar": rows}, said)

    def messages(self, *said: str) -> Page:
        shown = ("Id", "Datum", "Rubrik", "Avstämd")
        rows: list[Row] = [{name: m[name] for name in shown} for m in self._messages]
        return Page(tables={"Meddelanden": rows[::-1]}, says=said)

    def message(self, id: str) -> Page:
        found = next(m for m in self._messages if m["Id"] == id)
        listed: list[Row] = [{"Ärende": number} for number in found["cases"].split()]
        labels = {name: found[name] for name in ("Id", "Rubrik", "Text")}
        return Page(labels, {"Ärenden i meddelandet": listed})

    def send(self, form: Mapping[str, str]) -> None:
        id = f"M{len(self._messages) + 1:05}"
        row = {"Id": id, "Datum": self.today, "Avstämd": "", "cases": form["Ärenden"]}
        self._messages.append({**row, "Rubrik": form["Rubrik"], "Text": form["Text"]})

    def write(self, household: str, form: Mapping[str, str]) -> None:
        row = {
            "note_id": f"R{next(self._number):06}", "case_number": self._cases[household]["case_number"],
            "date": form["Datum"], "type": form["Typ"], "rubrik": form["Rubrik"], "text": form["Text"],
            "signature": form["Signatur"],
        }  # fmt: skip
        self._notes[row["case_number"]].append(row)
        self.written.append(row)


class StubSession:
    """One window (activities.api.Session). Nothing waits: what is not there is missing at once."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._page = Page()
        self._form: dict[str, str] = {}
        self._person = self._household = self._asked = ""
        self._title = ""

    async def goto(self, url: str, timeout: float) -> None:
        self._title, self._page = "Inloggning", Page()

    async def click(
        self, target: Target, timeout: float, *, kind: Literal["single", "double", "right"] = "single",
        modifiers: Sequence[Modifier] = (), place: Place | None = None, guard: Guard | None = None,
    ) -> None:  # fmt: skip
        if guard is not None:
            await guard()
        assert target.selector is not None
        name = str(target.selector.name or target.selector.value)
        town = self._town
        match self._title, name:
            case _, "Aktiva ärenden":
                self._show(name, town.case_list)
            case _, "Sök person" | "KIR":
                self._show(name, Page({"Personnummer": ""}))
            case "Sök person", "Sök":
                self._asked = self._form["Personnummer"]
                self._show("Sök person", town.search(self._asked))
            case "Sök person", "Öppna":
                self._person, self._household = self._asked, town.household_of(self._asked)
                self._show("Personbild", town.person(self._person))
            case _, "Hushåll":
                self._show(name, town.household(self._household))
            case _, "Ärende":
                self._show(name, town.case(self._household))
            case "KIR", "Sök":
                self._asked = self._form["Personnummer"]
                self._show("KIR", town.kir(self._asked))
            case "KIR", "Visa folkbokförda på adressen":
                self._show("KIR", town.kir(self._asked, with_address=True))
            case _, "Journal":
                self._show(name, town.journal(self._household))
            case "Journal", "Detaljer":
                assert isinstance(target.row, Mapping)
                self._show("Journal", town.journal(self._household, str(target.row["id"])))
            case "Journal", "Ny journalanteckning":
                self._show(name, Page())
            case "Ny journalanteckning", "Spara":
                town.write(self._household, self._form)
                self._show("Journal", town.journal(self._household, said=("Anteckningen är sparad.",)))
            case _, "Logga in" | "Stäng" | "Inkorg":
                self._show("Inkorg", Page())
            case "Inkorg", "Meddelanden":
                self._show(name, town.messages())
            case "Meddelanden", "Öppna":
                assert isinstance(target.row, Mapping)
                self._show("Meddelande", town.message(str(target.row["id"])))
            case "Meddelanden", "Nytt meddelande":
                self._show(name, Page())
            case "Nytt meddelande", "Skicka":
                town.send(self._form)
                self._show("Meddelanden", town.messages("Meddelandet är skickat."))
            case _:
                raise ElementMissing(f"{target.id} is not on the page {self._title}")

    def _show(self, title: str, page: Page) -> None:
        self._title, self._page, self._form = title, page, {}

    async def fill(self, target: Target, text: str, timeout: float, *, verify: bool = True) -> None:
        assert target.selector is not None
        self._form[str(target.selector.value)] = text

    async def select(self, target: Target, item: str, timeout: float) -> None:
        await self.fill(target, item, timeout)

    async def enter(self, target: Target, value: str, timeout: float) -> None:
        await self.fill(target, value, timeout)

    async def close_other_windows(self) -> None:
        return None

    async def check(self, target: Target, on: bool, timeout: float) -> None:
        await self.fill(target, "ja" if on else "nej", timeout)

    async def read_text(self, target: Target, timeout: float) -> str | None:
        assert target.selector is not None
        return self._field(target.selector)

    async def read_form(self, screen: Screen, unknown: Sequence[Element], timeout: float) -> RawForm:
        fields: dict[str, str | None] = {}
        tables: dict[str, tuple[RawRow, ...] | None] = {}
        for name, element in screen.elements.items():
            if isinstance(element, Table):
                tables[name] = self._rows(element)
            elif element.type is not None and not element.parameters:
                fields[name] = self._field(element.selector)
        return RawForm(fields, tables)

    async def read_table(
        self, table: Table, unknown: Sequence[Element], timeout: float, *, max_rows: int | None = None
    ) -> tuple[RawRow, ...] | str:
        rows = self._rows(table)
        if rows is None:
            raise ElementMissing(f"{table.id} is not on the page {self._title}")
        return rows[:max_rows]

    async def exists(self, target: Target, timeout: float, *, gone: bool = False) -> bool:
        assert target.selector is not None
        return (self._field(target.selector) is None) is gone

    async def wait_element_vanish(self, target: Target, timeout: float) -> None:
        return None

    def _field(self, selector: Selector) -> str | None:
        wanted = str(selector.value)
        if selector.kind == "label":
            return self._page.labels.get(wanted) or None
        if selector.kind == "text_matches":
            return next((text for text in self._page.says if re.search(wanted, text)), None)
        return "ja" if wanted in self._page.says else None

    def _rows(self, table: Table) -> tuple[RawRow, ...] | None:
        rows = self._page.tables.get(str(table.selector.name))
        if rows is None:
            return None
        shield = next((c.header for c in table.columns if c.name == table.protects), "")
        return tuple(_raw(table, row, bool(row.get(shield))) for row in rows)


def _raw(table: Table, row: Row, hidden: bool) -> RawRow:
    cells = {
        column.name: row[column.header] or None for column in table.columns
        if not hidden or column.always or column.name == table.protects
    }  # fmt: skip
    return RawRow(cells, hidden)


class StubSessions:
    """The sessions of one worker (ports.Sessions)."""

    def __init__(self, town: Town) -> None:
        self._town = town

    async def open(
        self, application: str, credential: Credential | None, url: str, login_marker: Element | None = None
    ) -> StubSession:
        return StubSession(self._town)

    async def evidence(self) -> dict[str, bytes | None]:
        return {}

    async def outline(self) -> dict[str, str]:
        return {}

    async def close(self) -> None:
        return None


class StubPool:
    """Stands where wiring makes its BrowserPool."""

    def __init__(self, town: Town) -> None:
        self._town = town

    def __call__(self, **options: Any) -> Self:
        return self

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        return None

    def worker(self, *arguments: Any, **options: Any) -> StubSessions:
        return StubSessions(self._town)


def _rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _grouped(rows: Sequence[Row], by: str) -> defaultdict[str, list[Row]]:
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[by]].append(row)
    return found


def _shield(person: Row) -> str:
    return SHIELD if person["protection"] else ""


def _name(person: Row) -> str:
    return f"{person['given_name']} {person['surname']}".strip()


def _address(home: Row) -> str:
    return f"{home['street']}, {home['postal_code']} {home['city']}"
