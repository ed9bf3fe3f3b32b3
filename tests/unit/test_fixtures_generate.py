"""The generator of the synthetic municipality: command line, counts, plants, people, numbers."""

import csv
import json
import re
import subprocess
import sys
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from fixtures import testnumbers
from fixtures.build import build_tables
from fixtures.cli import run
from fixtures.identity import birth_of, by_rule, check_digit, is_official, is_woman
from fixtures.plants_folkbokforing import PLANTS
from fixtures.tables import read_tables
from fixtures.verify import verify

ROOT = Path(__file__).resolve().parents[2]
DEFAULT = ROOT / "fixtures" / "default"

NOTE_001 = (
    "Förändringar i KIR har skett sedan 2022-05-01 gällande folkbokföringsadress. "
    "Antalet skrivna på adressen är 2. "
    "Antalet skrivna på adressen är färre än antalet medlemmar i hushållet.\n\n"
    "Säkerställ att personuppgifter är uppdaterade i personbilden och utred om detta påverkar handläggningen "
    "av ekonomiskt bistånd."
)
COUNTS = {
    40: {"2022-11": (19, 16, 5, 1), "2022-12": (5, 30, 5, 1)},
    400: {"2022-11": (40, 354, 6, 1), "2022-12": (5, 389, 6, 1)},
    4000: {"2022-11": (400, 3540, 60, 10), "2022-12": (50, 3890, 60, 10)},
}
Tables = dict[str, list[dict[str, str]]]


@pytest.fixture(scope="module")
def small() -> Tables:
    return of_first_robot(build_tables(1, 40))


@pytest.fixture(scope="module")
def full() -> Tables:
    return of_first_robot(read_tables(DEFAULT))


def of_first_robot(tables: Tables) -> Tables:
    """The tables without what was planted for the later robots (test_fixtures_robots.py)."""
    kept = {
        name: [row for row in tables[name] if row["robot"] in ("", "folkbokforing")]
        for name in ("facit.csv", "planted.csv")
    }
    return {**tables, **kept}


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}


def _numbers(tables: Tables) -> set[str]:
    """Every identity number, also those that only a free-text column holds."""
    numbers = {row["personnummer"] for name in ("people.csv", "kir_people.csv") for row in tables[name]}
    for rows in tables.values():
        numbers |= {
            found for row in rows for value in row.values() for found in re.findall(r"\b\d{12}\b", value)
        }
    return numbers


def _statuses(tables: Tables, month: str) -> tuple[int, ...]:
    counts = Counter(row["status"] for row in tables["facit.csv"] if row["month"] == month)
    return tuple(counts[status] for status in ("noted", "checked", "listed", "excluded"))


# --- command line ----------------------------------------------------------------------------------------


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        assert run(["--seed", "7", "--households", "60", "--out", str(tmp_path / folder)]) == 0
    assert _files(tmp_path / "one") == _files(tmp_path / "two")


def test_the_committed_municipality_is_what_the_generator_writes(tmp_path: Path) -> None:
    """Also from another folder and with another hash seed."""
    script = ROOT / "fixtures" / "generate.py"
    command = [sys.executable, str(script), "--out", "default"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert _files(tmp_path / "default") == _files(DEFAULT)


def test_the_municipality_tells_what_it_was_made_of(tmp_path: Path) -> None:
    run(["--households", "40", "--out", str(tmp_path / "liten")])
    about = json.loads((tmp_path / "liten" / "municipality.json").read_text(encoding="utf-8"))
    assert about == {
        "seed": 1,
        "households": 40,
        "kommun": "Älvhamra",
        "units": ["Ekonomiskt bistånd", "Vuxen"],
        "today": "2022-11-01",
        "previous_check": "2022-05-01",
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--households", "39"], "39 is not between 40 and 5000"),
        (["--households", "5001"], "5001 is not between 40 and 5000"),
        (["--households", "many"], "'many' is not a whole number"),
        (["--seed", "-1"], "not a whole number"),
        (["--out", "FILE"], "is a file, not a folder"),
        (["--out", "FILE/below"], "cannot write to"),
        (["--out", "."], "holds other files"),
    ],
)
def test_wrong_arguments_are_explained(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("FILE").write_text("kept", encoding="utf-8")
    with pytest.raises(SystemExit) as stopped:
        run(arguments)
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err
    assert Path("FILE").read_text(encoding="utf-8") == "kept"


# --- counts ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("households", [40, 400, 4000])
def test_counts(households: int) -> None:
    tables = build_tables(1, households)
    verify(tables)
    tables = of_first_robot(tables)
    for month, expected in COUNTS[households].items():
        assert _statuses(tables, month) == expected
    active = {row["household"] for row in tables["facit.csv"]} - {
        row["household"] for row in tables["facit.csv"] if row["code"] == "BE8"
    }
    roles = Counter(row["role"] for row in tables["members.csv"] if row["household_id"] in active)
    # 600 adults and 400 children in 400 households.
    assert len(active) == households
    assert roles["Registerledare"] + roles["Medsökande"] == households * 3 // 2
    assert roles["Barn"] == households
    assert (
        len(tables["cases.csv"]) - len({row["household"] for row in tables["facit.csv"]})
        == households * 30 // 400
    )


def test_household_shapes(full: Tables) -> None:
    excluded = {row["household"] for row in full["facit.csv"] if row["code"] == "BE8"}
    active = {row["household"] for row in full["facit.csv"]} - excluded
    roles: dict[str, Counter[str]] = {household: Counter() for household in active}
    for row in full["members.csv"]:
        if row["household_id"] in active:
            roles[row["household_id"]][row["role"]] += 1
    shapes = Counter((count["Medsökande"], bool(count["Barn"])) for count in roles.values())
    assert shapes == {(0, False): 140, (0, True): 60, (1, False): 70, (1, True): 130}


def test_another_seed_has_the_same_counts_but_other_people_and_facit(full: Tables) -> None:
    other = build_tables(2, 400)
    verify(other)
    other = of_first_robot(other)
    for month, expected in COUNTS[400].items():
        assert _statuses(other, month) == expected
    codes = [Counter(row["code"] for row in tables["facit.csv"]) for tables in (full, other)]
    assert codes[0] == codes[1]
    noted = [
        {row["household"] for row in tables["facit.csv"] if row["status"] == "noted"}
        for tables in (full, other)
    ]
    assert noted[0] != noted[1]
    names = [
        {(row["personnummer"], row["given_name"], row["surname"]) for row in tables["people.csv"]}
        for tables in (full, other)
    ]
    assert len(names[0] & names[1]) < 5


@pytest.mark.parametrize("seed", range(3, 13))
def test_small_municipalities_of_other_seeds_hold(seed: int) -> None:
    tables = build_tables(seed, 40)
    verify(tables)
    tables = of_first_robot(tables)
    assert _statuses(tables, "2022-11") == COUNTS[40]["2022-11"]


# --- identity numbers ------------------------------------------------------------------------------------


def test_the_rule() -> None:
    assert check_digit("19221028907") == "6"
    assert by_rule(birth_of("201206012385"), woman=True) == "201206012385"
    assert by_rule(birth_of("198001012381"), woman=True) is None
    assert not is_official("197501012383")
    assert not is_official("195012122380")


@pytest.mark.parametrize("seed", [1, 2])
def test_every_identity_number_is_an_official_test_number(seed: int) -> None:
    tables = build_tables(seed, 400)
    numbers = _numbers(tables)
    assert len(numbers) > 1000
    assert [number for number in numbers if not is_official(number)] == []


def test_picked_numbers_have_a_right_check_digit() -> None:
    for name, picked in vars(testnumbers).items():
        if isinstance(picked, tuple) and name != "NOT_IN_THE_LIST":
            assert all(check_digit(number[:11]) == number[11] for number in picked), name
            assert len(set(picked)) == len(picked)
            assert all(birth_of(number) for number in picked)


# --- plants ----------------------------------------------------------------------------------------------


def test_every_plant_is_there_at_40(small: Tables) -> None:
    planted = Counter(row["plant"] for row in small["planted.csv"])
    for plant in PLANTS:
        for variant in plant.variants:
            if variant.small:
                assert planted[f"{plant.name}/{variant.name}"] == 1
    assert planted["excluded/no_robot"] == 1


def test_every_plant_is_there_in_its_number_at_400(full: Tables) -> None:
    planted = Counter(row["plant"].split("/")[0] for row in full["planted.csv"] if row["robot"])
    assert planted == {**{plant.name: plant.count for plant in PLANTS}, "excluded": 1}


def test_codes_of_november(full: Tables) -> None:
    codes = Counter(row["code"] for row in full["facit.csv"] if row["month"] == "2022-11")
    assert codes == {
        "": 354,
        "ANDRING": 5 + 2,
        "ANDRING+ANNAN": 3,
        "ANDRING+FARRE": 10 + 1,
        "FARRE": 3,
        "N_OKANT": 1,
        "ANDRING+FLER": 7 + 2,
        "ANDRING+FLER+ANNAN": 1,
        "FLER": 4,
        "BE7": 1,
        "BE1": 4,
        "BE8": 1,
        "BE9": 2,
    }


@pytest.mark.parametrize("size", ["small", "full"])
def test_the_note_of_source_001(size: str, request: pytest.FixtureRequest) -> None:
    tables: Tables = request.getfixturevalue(size)
    household = next(
        row["household"] for row in tables["planted.csv"] if row["plant"] == "change_fewer/source_001"
    )
    row = next(row for row in tables["facit.csv"] if row["household"] == household)
    assert row["text"] == NOTE_001
    assert row["rubrik"] == "Kontroll i KIR / Underrättelse om förändring"
    assert row["activity"] == (
        "Kontroll i KIR / Underrättelse om förändring, se journalanteckning 2022-11-01. "
        "1. Kontrollera ärendet utifrån uppgifterna i anteckningen. 2. Prata med klienten om uppgifterna. "
        "3. Följ rutinen om något behöver utredas vidare."
    )
    assert sum(member["household_id"] == household for member in tables["members.csv"]) == 3


def test_a_finding_that_stays_is_not_noted_again(full: Tables) -> None:
    first = {row["household"]: row for row in full["facit.csv"] if row["month"] == "2022-11"}
    stayed = [
        row
        for row in full["facit.csv"]
        if row["month"] == "2022-12" and row["code"] and first[row["household"]]["status"] == "noted"
    ]
    assert len(stayed) > 20
    assert {row["status"] for row in stayed} == {"checked"}
    assert {row["text"] + row["activity"] for row in stayed} == {""}


def test_december_says_since_the_check_of_november(full: Tables) -> None:
    texts = [row["text"] for row in full["facit.csv"] if row["month"] == "2022-12" and row["text"]]
    assert len(texts) == 5
    assert all(text.startswith("Förändringar i KIR har skett sedan 2022-11-01 gällande ") for text in texts)


def test_notes_reach_present_and_absent_caseworkers(small: Tables, full: Tables) -> None:
    for tables in (small, full):
        recipients = {row["activity_recipient"] for row in tables["facit.csv"] if row["activity"]}
        away = {row["username"] for row in tables["accounts.csv"] if row["away"] == "ja"}
        assert len(away) == 2
        assert any(recipient.startswith("Gruppkorg ") for recipient in recipients)
        assert any("." in recipient for recipient in recipients)
        assert not away & recipients


# --- edge people -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", ["small", "full"])
def test_every_edge_person_is_there(size: str, request: pytest.FixtureRequest) -> None:
    tables: Tables = request.getfixturevalue(size)
    edges = Counter(row["plant"].removeprefix("edge/") for row in tables["planted.csv"] if not row["robot"])
    for label in (
        "umgänge child 10 days",
        "moved abroad",
        "child with skyddad folkbokföring",
        "samordningsnummer replaced",
        "18 on 2022-11-01",
        "20 on 2022-11-01",
        "21 on 2022-11-01",
        "aged 100",
        "long journal",
    ):
        assert edges[label] == 1, label
    assert edges["twin"] == edges["divorced, two addresses"] == 2
    assert edges["baby without a name"] >= 2
    assert [edges[f"same name, pair {pair}"] for pair in (1, 2, 3)] == [2, 2, 2]

    twins = [row["personnummer"] for row in tables["planted.csv"] if row["plant"] == "edge/twin"]
    assert twins[0][:8] == twins[1][:8]
    assert {is_woman(number) for number in twins} == {True, False}

    pairs = Counter((row["given_name"], row["surname"]) for row in tables["people.csv"])
    for name in (("Maria", "Johansson"), ("Mohamed", "Ali"), ("Emma", "Lindberg")):
        assert pairs[name] >= 2


def test_hard_names(small: Tables) -> None:
    names = {(row["given_name"], row["surname"]) for row in small["people.csv"]}
    assert {("Åsa", "Öström-Ängqvist"), ("Zoë", "O'Connor"), ("José", "d'Ávila")} <= names
    assert {("Henrik", "von der Lühe"), ("Tenzin", ""), (" Bo", "Sjölund"), ("Gun", "Hallberg ")} <= names
    assert ("Håkan", unicodedata.normalize("NFD", "Blåsjö")) in names
    assert ("Håkan", "Blåsjö") not in names
    assert 70 in {len(f"{given} {surname}") for given, surname in names}


# --- what must not be there ------------------------------------------------------------------------------


def test_texts_accuse_nobody() -> None:
    full = read_tables(DEFAULT)
    accusing = re.compile(r"\b(fusk|bedräg|misstänk|brott|felaktig|undanhåll)|\bFUT\b", re.IGNORECASE)
    texts = [row["text"] for name in ("notes.csv", "activities.csv", "facit.csv") for row in full[name]]
    assert [text for text in texts if accusing.search(text)] == []


def test_nothing_reaches_a_real_person(full: Tables) -> None:
    for row in full["people.csv"]:
        assert not row["phone"] or re.fullmatch(r"070-174 06 (0[5-9]|[1-9]\d)", row["phone"])
        assert not row["email"] or row["email"].endswith("@example.se")
        assert not row["account"] or row["account"].startswith("0000-")
        assert not row["postal_code"] or row["postal_code"].startswith("99")


def test_files_are_plain_csv() -> None:
    for path in DEFAULT.glob("*.csv"):
        content = path.read_bytes()
        assert not content.startswith(b"\xef\xbb\xbf")
        assert b"\r" not in content
        rows = list(csv.reader(content.decode("utf-8").splitlines(keepends=True)))
        assert len({len(row) for row in rows}) == 1


def test_accounts(full: Tables) -> None:
    accounts = full["accounts.csv"]
    assert len({row["password"] for row in accounts}) == len(accounts)
    robots = [row["username"] for row in accounts if row["roles"].split(";")[0] == "robot"]
    assert robots[:4] == [f"robot-folkbokforing-{number}" for number in (1, 2, 3, 4)]
    rights = {row["username"].rpartition("-")[0]: row["roles"] for row in accounts}
    assert rights["robot-avslut"] == "robot;avslut"
    assert rights["robot-anvisning"] == "robot;anvisning"
    assert rights["robot-nyansokan"] == "robot"
    workers = {row["caseworker"] for row in full["cases.csv"]}
    assert len(workers) == 10
    assert not any(character in row["password"] for row in accounts for character in ":;,\"' ")
