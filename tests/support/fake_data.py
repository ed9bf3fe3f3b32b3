"""A tiny municipality made by hand, for tests of the fake itself.

The identity numbers follow the rule of the official test numbers.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path

Rows = list[tuple[str, ...]]

UNIT = "Ekonomiskt bistånd"
PASSWORD = "Lugn-Sommar-1234"
SECRET_NAMES = ("Hemlig", "Hemström")
SECRET_CHILD_NAMES = ("Dold", "Dalby")
SECRET_NAME, SECRET_CHILD = " ".join(SECRET_NAMES), " ".join(SECRET_CHILD_NAMES)


def identity(birth: str, *, man: bool = False) -> str:
    """The test number of a birth date such as `19800102` (the pattern 238/239 and a check digit)."""
    digits = birth[2:] + ("239" if man else "238")
    doubled = [int(d) * (2 - i % 2) for i, d in enumerate(digits)]
    total = sum(d // 10 + d % 10 for d in doubled)
    return birth[:2] + digits + str(-total % 10)


ASA, OLLE, LO = identity("19800102"), identity("19790304", man=True), identity("20100506")
SECRET, PARENT, HIDDEN_CHILD = identity("19850607"), identity("19860708"), identity("20110809")
AWAY_CLIENT, STRANGER, NEWBORN = identity("19870910"), identity("19881011", man=True), identity("20121112")
DEAD, GONE = identity("19891213"), identity("19900214", man=True)
NEIGHBOUR = identity("19910315")

ACCOUNTS = [
    ("anna.berg", "Anna Berg", "handläggare", UNIT, "nej"),
    ("bo.ek", "Bo Ek", "handläggare", UNIT, "ja"),
    ("cia.dal", "Cia Dal", "handläggare;gruppledare;skyddade ärenden", UNIT, "nej"),
    ("adam.lod", "Adam Lod", "administratör", UNIT, "nej"),
    ("vera.ask", "Vera Ask", "handläggare", "Vuxen", "nej"),
    ("robot-folkbokforing-1", "Folkbokföringsrobot 1", "robot", UNIT, "nej"),
    ("robot-folkbokforing-2", "Folkbokföringsrobot 2", "robot", UNIT, "nej"),
]


def write(folder: Path, *, extra_cases: int = 0) -> Path:
    """All files of the data contract, in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    facts = {
        "seed": 0,
        "households": 5,
        "kommun": "Lillköping",
        "units": [UNIT, "Vuxen"],
        "today": "2022-11-01",
        "previous_check": "2022-05-01",
    }
    (folder / "municipality.json").write_text(json.dumps(facts, ensure_ascii=False), "utf-8")
    people, households, members, cases = _households()
    for n in range(extra_cases):
        person, household = f"X{n:04}", f"HX{n:04}"
        born = f"{1978 + n % 30}{1 + n // 30 % 12:02}15"
        people.append(_person(person, identity(born), f"Extra{n}", "Person"))
        households.append((household, person, "Hyresrätt", "2", "6000"))
        members.append((household, person, "Registerledare", "Heltid", ""))
        cases.append(_case(f"EB-2022-{n:05}", household, "anna.berg"))
    _csv(
        folder,
        "accounts",
        "username,password,name,roles,unit,away",
        [(a[0], PASSWORD, *a[1:]) for a in ACCOUNTS],
    )
    _csv(
        folder,
        "people",
        "person_id,personnummer,given_name,surname,protection,civil_status,street,postal_code,"
        "city,co,phone,email,account,interpreter,surplus",
        people,
    )
    _csv(folder, "households", "household_id,registerledare,housing,rooms,rent", households)
    _csv(folder, "members", "household_id,person_id,role,living,days", members)
    _csv(
        folder,
        "cases",
        "case_number,household_id,type,status,caseworker,start,end,end_reason,no_robot,"
        "last_application,decided_from,decided_to",
        cases,
    )
    _kir(folder)
    notes = [
        (
            "N000001",
            "EB-2020-00001",
            "2022-03-01",
            "09:00",
            "Samtal",
            "Samtal om planering",
            "Rad ett.\n\nRad tre.",
            "anna.berg",
            "Anna Berg, socialsekreterare",
            "Låst",
        ),
        (
            "N000002",
            "EB-2020-00001",
            "2022-04-01",
            "10:00",
            "Övrigt",
            "Att göra",
            "Ring.",
            "anna.berg",
            "Anna Berg, socialsekreterare",
            "Arbetsanteckning",
        ),
        (
            "N000003",
            "EB-2020-00001",
            "2022-04-02",
            "10:00",
            "Besök",
            "Besök på kontoret",
            "Kom.",
            "anna.berg",
            "Anna Berg, socialsekreterare",
            "Upprättad",
        ),
    ]
    _csv(folder, "notes", "note_id,case_number,date,time,type,rubrik,text,author,signature,status", notes)
    _csv(
        folder,
        "activities",
        "activity_id,date,type,case_number,recipient,due,status,text",
        [
            (
                "A00001",
                "2022-10-20",
                "Bokning",
                "EB-2020-00001",
                "anna.berg",
                "2022-11-03",
                "Öppen",
                "Boka tid.",
            )
        ],
    )
    return folder


def _households() -> tuple[Rows, Rows, Rows, Rows]:
    people = [
        _person("P1", ASA, "Åsa", "Öström-Ängqvist"),
        _person("P2", OLLE, "Olle", "Öström"),
        _person("P3", LO, "Lo", "Öström"),
        _person("P4", SECRET, *SECRET_NAMES, "Sekretessmarkering"),
        _person("P5", PARENT, "Pia", "Dalby"),
        _person("P6", HIDDEN_CHILD, *SECRET_CHILD_NAMES, "Skyddad folkbokföring"),
        _person("P7", AWAY_CLIENT, "Zoë", "O'Connor"),
    ]
    households: Rows = [
        ("H1", "P1", "Hyresrätt", "3", "7200"),
        ("H2", "P4", "Hyresrätt", "2", "6000"),
        ("H3", "P5", "Andrahand", "2", "6500"),
        ("H4", "P7", "", "", ""),
    ]
    members: Rows = [
        ("H1", "P3", "Barn", "Umgänge", "10"),
        ("H1", "P2", "Medsökande", "Heltid", ""),
        ("H1", "P1", "Registerledare", "Heltid", ""),
        ("H2", "P4", "Registerledare", "Heltid", ""),
        ("H3", "P5", "Registerledare", "Heltid", ""),
        ("H3", "P6", "Barn", "Heltid", ""),
        ("H4", "P7", "Registerledare", "Heltid", ""),
    ]
    cases = [
        _case("EB-2020-00001", "H1", "anna.berg"),
        _case("EB-2020-00002", "H2", "cia.dal"),
        _case("EB-2020-00003", "H3", "anna.berg"),
        _case("EB-2020-00004", "H4", "bo.ek", no_robot="ja"),
        (
            "EB-2015-00009",
            "H4",
            "Ekonomiskt bistånd",
            "Avslutat",
            "anna.berg",
            "2015-01-01",
            "2016-01-01",
            "Egen försörjning",
            "nej",
            "2015-12-01",
            "",
            "",
        ),
    ]
    return people, households, members, cases


def _kir(folder: Path) -> None:
    _csv(
        folder,
        "kir_people",
        "personnummer,given_name,surname,protection,birth_date,registered_from",
        [
            (ASA, "Åsa", "Öström-Ängqvist", "", "1980-01-02", ""),
            (OLLE, "Olle", "Öström", "", "1979-03-04", ""),
            (SECRET, *SECRET_NAMES, "Sekretessmarkering", "1985-06-07", ""),
            (STRANGER, "Sten", "Främling", "", "1988-10-11", ""),
            (NEWBORN, "", "Öström", "", "2012-11-12", "2022-11-10"),
            (DEAD, "Dag", "Död", "", "1989-12-13", ""),
            (GONE, "Gun", "Borta", "", "1990-02-14", ""),
            (NEIGHBOUR, "Nils", "Granne", "", "1991-03-15", ""),
        ],
    )
    home = ("Storgatan 1", "991 10", "Lillköping", "Eken 1:1")
    _csv(
        folder,
        "kir_residence",
        "personnummer,valid_from,valid_to,status,street,postal_code,city,property,apartment,co,kommun",
        [
            (
                ASA,
                "2000-01-01",
                "2022-06-01",
                "Folkbokförd",
                "Gamla vägen 9",
                "991 20",
                "Lillköping",
                "Alen 2:1",
                "1001",
                "",
                "Lillköping",
            ),
            (ASA, "2022-06-01", "", "Folkbokförd", *home, "1101", "", "Lillköping"),
            (OLLE, "2000-01-01", "2022-11-20", "Folkbokförd", *home, "1101", "", "Lillköping"),
            (OLLE, "2022-11-20", "", "Utflyttad till annan kommun", "", "", "", "", "", "", "Storstad"),
            (SECRET, "2000-01-01", "", "Folkbokförd", *home, "1101", "", "Lillköping"),
            (STRANGER, "2000-01-01", "", "Folkbokförd", *home, "1101", "c/o Öström", "Lillköping"),
            (NEIGHBOUR, "2000-01-01", "", "Folkbokförd", *home, "1102", "", "Lillköping"),
            (NEWBORN, "2022-11-10", "", "Folkbokförd", *home, "1101", "", "Lillköping"),
            (DEAD, "2022-07-01", "", "Avliden", "", "", "", "", "", "", ""),
            (GONE, "2022-07-01", "", "Utvandrad", "", "", "", "", "", "", ""),
        ],
    )
    _csv(
        folder,
        "kir_events",
        "personnummer,kind,event_date,registration_date,previous_address,previous_kommun,note",
        [
            (
                ASA,
                "Flyttning",
                "2022-05-28",
                "2022-06-01",
                "Gamla vägen 9 lgh 1001, 991 20 Lillköping",
                "",
                "",
            ),
            (OLLE, "Flyttning till annan kommun", "2022-11-20", "2022-10-25", "", "", ""),
            (OLLE, "Namnbyte", "2022-11-05", "2022-11-15", "", "", ""),
            (DEAD, "Avliden", "2022-06-28", "2022-07-01", "", "", ""),
        ],
    )
    _csv(
        folder,
        "kir_civil",
        "personnummer,valid_from,status",
        [(ASA, "1980-01-02", "Ogift"), (ASA, "2010-06-06", "Gift"), (ASA, "2022-11-15", "Skild")],
    )


def _person(person_id: str, number: str, given: str, surname: str, protection: str = "") -> tuple[str, ...]:
    return (
        person_id,
        number,
        given,
        surname,
        protection,
        "Ogift",
        "Storgatan 1",
        "991 10",
        "Lillköping",
        "",
        "070-174 06 05",
        "",
        "0000-0000001",
        "",
        "ignored",
    )


def _case(number: str, household: str, caseworker: str, no_robot: str = "nej") -> tuple[str, ...]:
    return (
        number,
        household,
        "Ekonomiskt bistånd",
        "Öppet",
        caseworker,
        "2020-01-07",
        "",
        "",
        no_robot,
        "2022-10-20",
        "2022-10-01",
        "2022-10-31",
    )


def _csv(folder: Path, name: str, header: str, rows: Sequence[tuple[str, ...]]) -> None:
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header.split(","))
        writer.writerows(rows)
