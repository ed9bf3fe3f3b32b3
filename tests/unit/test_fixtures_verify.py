"""The verifier of the synthetic municipality: it must notice when data and facit part."""

import copy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fixtures.build import build_tables
from fixtures.verify import VerificationError, verify

ROOT = Path(__file__).resolve().parents[2]
Tables = dict[str, list[dict[str, str]]]


@pytest.fixture(scope="module")
def sound() -> Tables:
    return build_tables(1, 40)


@pytest.fixture
def tables(sound: Tables) -> Tables:
    return copy.deepcopy(sound)


def _number_of(tables: Tables, plant: str) -> str:
    """The registerledare's number in the household of a plant."""
    return next(row["personnummer"] for row in tables["planted.csv"] if row["plant"] == plant)


def _rows_of(tables: Tables, name: str, plant: str) -> list[dict[str, str]]:
    number = _number_of(tables, plant)
    return [row for row in tables[name] if row["personnummer"] == number]


def _facit_of(tables: Tables, plant: str, month: str) -> dict[str, str]:
    household = next(row["household"] for row in tables["planted.csv"] if row["plant"] == plant)
    return next(row for row in tables["facit.csv"] if (row["month"], row["household"]) == (month, household))


def move_away(tables: Tables) -> None:
    """The registerledare of a household of several is registered alone in another apartment."""
    row = _rows_of(tables, "kir_residence.csv", "control_co/same_apartment")[-1]
    row["apartment"] = "9901"


def stretch_window(tables: Tables) -> None:
    """A move on the day before the previous check comes into the window when it is a day later."""
    for row in _rows_of(tables, "kir_events.csv", "control_before/moved_before"):
        row["registration_date"] = row["registration_date"].replace("2022-04-30", "2022-05-01")


def move_today_to_yesterday(tables: Tables) -> None:
    for row in _rows_of(tables, "kir_events.csv", "control_today/effective_today"):
        row["event_date"] = row["event_date"].replace("2022-11-01", "2022-10-31")


def earlier_start(tables: Tables) -> None:
    household = _facit_of(tables, "control_began_after/began_after", "2022-11")["household"]
    case = next(row for row in tables["cases.csv"] if row["household_id"] == household)
    case["start"] = "2022-08-15"


def full_time_child(tables: Tables) -> None:
    for row in tables["members.csv"]:
        if row["living"] == "Umgänge":
            row["living"] = "Heltid"


def lose_protection(tables: Tables) -> None:
    for row in tables["people.csv"]:
        row["protection"] = ""


def allow_robot(tables: Tables) -> None:
    for row in tables["cases.csv"]:
        row["no_robot"] = "nej"


def close_case(tables: Tables) -> None:
    household = tables["facit.csv"][0]["household"]
    next(row for row in tables["cases.csv"] if row["household_id"] == household)["status"] = "Avslutat"


def lose_facit_row(tables: Tables) -> None:
    tables["facit.csv"].pop()


def change_text(tables: Tables) -> None:
    row = _facit_of(tables, "change_fewer/source_001", "2022-11")
    row["text"] = row["text"].replace("är 2.", "är 3.")


def note_twice(tables: Tables) -> None:
    first, second = (_facit_of(tables, "change_fewer/source_001", month) for month in ("2022-11", "2022-12"))
    second["text"], second["status"] = first["text"], "noted"


def come_back(tables: Tables) -> None:
    for row in tables["accounts.csv"]:
        row["away"] = "nej"


def same_number(tables: Tables) -> None:
    tables["people.csv"][0]["personnummer"] = tables["people.csv"][1]["personnummer"]


def forget_register(tables: Tables) -> None:
    number = _number_of(tables, "control_name/namnbyte")
    for name in ("kir_people.csv", "kir_residence.csv", "kir_events.csv", "kir_civil.csv"):
        tables[name] = [row for row in tables[name] if row["personnummer"] != number]


def add_lodger(tables: Tables) -> None:
    """A stranger moves in with a household that has no such plant, and the facit is not told."""
    home = _rows_of(tables, "kir_residence.csv", "control_today/effective_today")[-1]
    known = {row["personnummer"] for row in tables["people.csv"]}
    stranger = next(row for row in reversed(tables["kir_residence.csv"]) if row["personnummer"] not in known)
    for column in ("street", "postal_code", "city", "property", "apartment"):
        stranger[column] = home[column]


@pytest.mark.parametrize(
    "tamper",
    [
        move_away,
        stretch_window,
        move_today_to_yesterday,
        earlier_start,
        full_time_child,
        lose_protection,
        allow_robot,
        close_case,
        lose_facit_row,
        change_text,
        note_twice,
        come_back,
        same_number,
        forget_register,
        add_lodger,
    ],
)
def test_tampered_data_are_noticed(tables: Tables, tamper: Callable[[Tables], None]) -> None:
    tamper(tables)
    with pytest.raises(VerificationError):
        verify(tables)


def test_sound_data_pass(tables: Tables) -> None:
    verify(tables)


def test_the_error_says_where(tables: Tables) -> None:
    household = _facit_of(tables, "control_co/same_apartment", "2022-11")["household"]
    move_away(tables)
    with pytest.raises(VerificationError, match=f"2022-11 {household} "):
        verify(tables)


def test_the_committed_municipality_verifies_from_the_command_line() -> None:
    command = [sys.executable, str(ROOT / "fixtures" / "verify.py"), str(ROOT / "fixtures" / "default")]
    result = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (0, "facit and data agree\n")


def test_a_folder_that_is_no_municipality(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "fixtures" / "verify.py"), str(tmp_path)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert "cannot read" in result.stderr
    assert "Traceback" not in result.stderr
