"""The municipalities of the two ways of handling: files, plants, counts, and that nothing else changes."""

import copy
import io
import json
import re
from collections import Counter
from collections.abc import Callable
from math import ceil
from pathlib import Path

import pytest
from docx import Document
from jsonschema import Draft202012Validator
from lxml import etree
from PIL import Image
from pypdf import PdfReader
from sqlalchemy import func, select

from fake_procapita import casework, municipality
from fake_procapita.importing import open_state
from fixtures.build import build, build_tables
from fixtures.cli import run
from fixtures.identity import is_official
from fixtures.tables import read_profile, read_tables
from fixtures.verify import VerificationError, verify
from fixtures.words import words

SCHEMA = Path(__file__).resolve().parents[2] / "fixtures" / "schema"
Tables = dict[str, list[dict[str, str]]]
Town = tuple[Tables, dict[str, bytes]]

# The first rule that the digital applications meet, in 400 households.
TRELLEBORG = {
    "BIFALL": 98, "A1": 8, "A2": 6, "M1": 6, "M2": 3, "M3": 25, "M4": 70, "M5": 6, "M6": 30, "M7": 20,
    "M8": 16, "M9": 12, "M10": 20,
}  # fmt: skip
HOOR = {"INOM": 90, "UTANFOR": 20, "SAKNAS": 6, "RAM_UTGANGEN": 4}
# What must not change from the default's municipality.
KEPT = ("members.csv", "people.csv", "kir_people.csv", "kir_residence.csv", "kir_events.csv", "kir_civil.csv",
        "notes.csv", "activities.csv", "assets.csv", "claims.csv")  # fmt: skip


@pytest.fixture(scope="module")
def full() -> Town:
    return build(1, 400, "trelleborg")


@pytest.fixture(scope="module")
def hoor() -> Town:
    return build(1, 400, "hoor")


@pytest.fixture(scope="module")
def sound() -> Town:
    return build(1, 40, "trelleborg")


@pytest.fixture
def small(sound: Town) -> Town:
    return copy.deepcopy(sound)


def _rows(tables: Tables, robot: str) -> list[dict[str, str]]:
    return [row for row in tables["facit.csv"] if row["robot"] == robot]


def _schema(name: str, content: bytes) -> list[str]:
    """What a well-kept validator says of a file."""
    if name.endswith(".json"):
        validator = Draft202012Validator(json.loads((SCHEMA / "eansokan.schema.json").read_text("utf-8")))
        return [error.message for error in validator.iter_errors(json.loads(content))]
    schema = etree.XMLSchema(etree.parse(SCHEMA / "eansokan.xsd"))
    schema.validate(etree.fromstring(content))
    return [error.message for error in schema.error_log]


def test_trelleborgs_counts(full: Town) -> None:
    handled = _rows(full[0], "handlaggning")
    digital = Counter(row["code"] for row in handled if not row["subject"].startswith("AK"))
    assert digital == TRELLEBORG
    assert sum(digital.values()) == 320
    assert ceil(sum(digital.values()) / 10) == 32
    paper = [row for row in handled if row["subject"].startswith("AK")]
    assert Counter(row["status"] for row in paper) == {"noted": 80, "excluded": 1}


@pytest.mark.parametrize("seed", [2, 3])
def test_another_seed_has_the_same_counts_of_applications(seed: int) -> None:
    tables, inbox = build(seed, 400, "trelleborg")
    verify(tables, "trelleborg", inbox)
    found = Counter(r["code"] for r in _rows(tables, "handlaggning") if not r["subject"].startswith("AK"))
    assert found == TRELLEBORG


@pytest.mark.parametrize(("seed", "size"), [(4, 40), (5, 41), (6, 90), (7, 399), (8, 401), (1, 4000)])
def test_facit_and_data_agree_in_other_sizes(seed: int, size: int) -> None:
    tables, inbox = build(seed, size, "trelleborg")
    verify(tables, "trelleborg", inbox)
    assert {row["code"] for row in _rows(tables, "handlaggning")} >= set(TRELLEBORG)


def test_the_people_and_their_earlier_papers_are_the_defaults(full: Town) -> None:
    default = build_tables(1, 400)
    for name in KEPT:
        assert full[0][name] == default[name], name
    reminders = default["watches.csv"]
    assert full[0]["watches.csv"][: len(reminders)] == reminders
    earlier = {row["application_id"] for row in default["applications.csv"] if row["month"] < "2022-11"}
    assert earlier <= {row["application_id"] for row in full[0]["applications.csv"]}


def test_the_first_robot_finds_the_same(full: Town) -> None:
    default = [row for row in build_tables(1, 400)["facit.csv"] if row["robot"] == "folkbokforing"]
    assert _rows(full[0], "folkbokforing") == default


@pytest.mark.parametrize("profile", ["full", "hoor"])
def test_every_registered_file_follows_the_schema(profile: str, request: pytest.FixtureRequest) -> None:
    tables, inbox = request.getfixturevalue(profile)
    files = [row["subject"] for row in _rows(tables, "intag") if row["status"] in ("registered", "noted")]
    assert {name.rsplit(".", 1)[1] for name in files} == {"json", "xml"}
    assert [(name, wrong) for name in files if (wrong := _schema(name, inbox[name]))] == []


def test_incomplete_files_break_the_schema(full: Town) -> None:
    incomplete = [
        row["subject"] for row in _rows(full[0], "intag") if row["text"].startswith("Ansökan är inte full")
    ]
    assert incomplete
    assert all(_schema(name, full[1][name]) for name in incomplete)


@pytest.mark.parametrize("profile", ["full", "hoor"])
def test_every_number_is_an_official_test_number(profile: str, request: pytest.FixtureRequest) -> None:
    """But the one with a wrong check digit, which is nobody's."""
    tables, inbox = request.getfixturevalue(profile)
    wrong = {row["subject"] for row in _rows(tables, "intag") if row["code"] == "FEL_PERSONNUMMER"}
    for name, content in inbox.items():
        numbers = set(re.findall(rb"(?<![0-9])[0-9]{12}(?![0-9])", content))
        assert all(is_official(number.decode()) for number in numbers) == (name not in wrong), name


def test_another_rent_is_in_all_earlier_papers(full: Town) -> None:
    """What was decided is what was calculated, with the rent that was applied for."""
    planted = [
        row["household"]
        for row in full[0]["planted.csv"]
        if row["plant"] in ("control/rent_3000_3300", "control/rent_5000_5200", "control/rent_at_guideline")
    ]
    assert len(planted) == 3
    for household in planted:
        case = next(row["case_number"] for row in full[0]["cases.csv"] if row["household_id"] == household)
        calculated = next(
            row for row in full[0]["calculations.csv"] if row["case_number"] == case and row["shared"]
        )
        amounts = [int(calculated[name]) for name in ("personal", "shared", "expenses", "income", "result")]
        assert sum(amounts[:3]) - amounts[3] == amounts[4]
        rents = {
            row["approved"]
            for row in full[0]["expenses.csv"]
            if row["calculation_id"] == calculated["calculation_id"] and row["item"] == "Hyra"
        }
        home = next(row for row in full[0]["households.csv"] if row["household_id"] == household)
        assert rents == {home["rent"]}
        for name in ("decisions.csv", "payments.csv"):
            paid = {
                row["amount"]
                for row in full[0][name]
                if row["case_number"] == case and row["status"] != "Avvisat"
            }
            assert paid == {calculated["result"]}


def test_every_kind_of_broken_file_is_there(small: Town) -> None:
    codes = Counter(row["code"] for row in _rows(small[0], "intag"))
    assert set(codes) == {
        "REGISTRERAD", "SKYDD", "OLASLIG", "EJ_LEGITIMERAD", "OFULLSTANDIG", "FEL_PERSONNUMMER", "OKAND",
        "EJ_FOLKBOKFORD", "NYSAMTAL_SAKNAS", "VANTAR", "BILAGA", "DUBBLETT", "ANDRAD", "FEL_UPPGIFT",
        "OVERKLAGANDE",
    }  # fmt: skip


def test_an_appeal_is_told_to_a_person_and_its_words_are_not(small: Town) -> None:
    tables, inbox = small
    appeals = [row for row in _rows(tables, "intag") if row["code"] == "OVERKLAGANDE"]
    assert {row["subject"].rsplit(".", 1)[1] for row in appeals} == {"json", "xml"}
    for row in appeals:
        assert row["rubrik"] == "Överklagande har kommit in"
        assert row["activity"].startswith(row["rubrik"])
        assert "utgifter" in inbox[row["subject"]].decode()
        assert "utgifter" not in row["text"]


def test_the_same_file_twice_is_one_application(small: Town) -> None:
    tables, inbox = small
    again = next(row["subject"] for row in _rows(tables, "intag") if row["code"] == "DUBBLETT")
    first = [name for name, content in inbox.items() if content == inbox[again]]
    assert len(first) == 2
    assert min(first) != again


def test_the_controls_are_granted(full: Town) -> None:
    code = {row["household"]: row["code"] for row in _rows(full[0], "handlaggning")}
    controls = {
        row["plant"]: code[row["household"]]
        for row in full[0]["planted.csv"]
        if row["plant"].startswith("control/") and row["robot"] == "handlaggning"
    }
    names = words(
        """rent_3000_3300 rent_5000_5200 rent_10_percent rent_290_kronor rent_at_guideline income_12_percent
        income_300_kronor compared_not_counted refused_proposal no_plan_not_able free_text child_by_days
        studies_counted vehicles_unknown"""
    )
    assert set(controls) == {f"control/{name}" for name in names}
    assert set(controls.values()) == {"BIFALL"}


def test_amounts_are_what_the_note_says(full: Town) -> None:
    def kronor(text: str) -> int:
        return int(text.replace(" ", ""))

    for row in _rows(full[0], "handlaggning"):
        if row["code"] in ("BIFALL", "A1", "A2"):
            found = re.findall(r"([\d ]+) kr", row["text"].split("\n\n")[0])
            norm, spent, income, lacking = map(kronor, found)
            assert lacking == max(0, norm + spent - income)
            assert int(row["amount"]) == (lacking if row["code"] == "BIFALL" else 0)
            assert "4 kap. 1 § socialtjänstlagen (2001:453)" in row["motivation"]


def test_every_active_case_is_told_when_it_is_summarised_next(full: Town) -> None:
    code = {row["household"]: row for row in _rows(full[0], "sammanfattning")}
    assert Counter(row["status"] for row in code.values()).total() == 401
    planted = {
        row["plant"]: (code[row["household"]]["code"], code[row["household"]]["day"])
        for row in full[0]["planted.csv"]
        if row["robot"] == "sammanfattning"
    }
    assert planted == {
        "open/overdue": ("OPPEN", ""),
        "done/recent": ("SENARE", ""),
        "done/last_day_of_the_month": ("NU", "2022-11-30"),
        "done/first_day_after": ("SENARE", ""),
        "done/long_ago": ("NU", "2022-11-01"),
        "done/twice": ("NU", "2022-11-15"),
        "control/another_kind": ("NU", "2022-11-01"),
    }


def test_hoors_counts(hoor: Town) -> None:
    assert Counter(row["code"] for row in _rows(hoor[0], "referensram")) == HOOR
    assert len(hoor[0]["frames.csv"]) == 120


@pytest.mark.parametrize(("seed", "size"), [(2, 40), (3, 63), (4, 399), (5, 400), (6, 617)])
def test_hoors_facit_and_data_agree(seed: int, size: int) -> None:
    tables, inbox = build(seed, size, "hoor")
    verify(tables, "hoor", inbox)
    found = Counter(row["code"] for row in _rows(tables, "referensram"))
    assert set(found) == set(HOOR)
    if size == 400:
        assert found == HOOR


def test_the_report_counts_what_its_rows_say(hoor: Town) -> None:
    for row in _rows(hoor[0], "referensram"):
        results = Counter(
            line["result"] for line in hoor[0]["facit_report.csv"] if line["subject"] == row["subject"]
        )
        if row["code"] == "RAM_UTGANGEN":
            assert not results
            assert row["text"].startswith("Referensramen gällde till och med 2022-10-31.")
            continue
        numbers = re.findall(r"\d+", row["text"].split("\n\n")[0].removeprefix("Rapport för november 2022"))
        unknown = results["Uppgift saknas"] + results["Ram saknas"]
        expected = [results.total(), results["Inom ram"], results["Utanför ram"], unknown]
        assert list(map(int, numbers)) == expected


def test_an_amount_equal_to_the_highest_is_inside(hoor: Town) -> None:
    equal = [
        line
        for line in hoor[0]["facit_report.csv"]
        if line["post"] == "Hyra" and line["frame"] == f"högst {line['application']}"
    ]
    assert equal
    assert {line["result"] for line in equal} == {"Inom ram"}


def test_attachments_are_what_their_names_say(hoor: Town) -> None:
    """Opened by the libraries that read such files."""
    kinds = {}
    for name, content in hoor[1].items():
        kinds.setdefault(name.rsplit(".", 1)[1], content)
    assert PdfReader(io.BytesIO(kinds["pdf"])).pages[0].extract_text()
    assert "till ansökan" in Document(io.BytesIO(kinds["docx"])).paragraphs[0].text
    for kind, format_name in (("png", "PNG"), ("jpg", "JPEG")):
        picture = Image.open(io.BytesIO(kinds[kind]))
        picture.load()
        assert picture.format == format_name
    assert set(kinds) == {"json", "xml", "part", "exe", "pdf", "jpg", "png", "docx"}


def test_only_hoor_takes_attachments(full: Town, hoor: Town) -> None:
    assert {"BILAGA_SAKNAS", "BILAGA_FORMAT"} <= {row["code"] for row in _rows(hoor[0], "intag")}
    registered = {row["subject"] for row in _rows(full[0], "intag") if row["status"] == "registered"}
    assert not any(b"filnamn" in full[1][name] for name in registered)


def test_protected_people_get_no_note(full: Town) -> None:
    rows = [row for row in _rows(full[0], "handlaggning") if row["code"] == "M1"]
    assert len(rows) == 6
    assert all(row["text"] == row["activity"] == "" for row in rows)


@pytest.mark.parametrize("name", ["trelleborg", "hoor"])
def test_a_profile_is_written_and_verified_as_a_folder(name: str, tmp_path: Path) -> None:
    out = tmp_path / name
    arguments = ["--households", "40", "--profile", name, "--out", str(out)]
    assert run(arguments) == 0
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    profile, inbox = read_profile(out)
    assert profile == name
    verify(read_tables(out), profile, inbox)
    assert run(arguments) == 0
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before
    # Without the profile the files of the e-service go away again.
    assert run(["--households", "40", "--out", str(out)]) == 0
    assert not (out / "inkorg").exists()
    assert not (out / "facit_report.csv").exists()


@pytest.mark.parametrize("name", ["trelleborg", "hoor"])
def test_the_case_system_takes_a_profile(name: str, tmp_path: Path) -> None:
    out = tmp_path / name
    run(["--households", "40", "--profile", name, "--out", str(out)])
    accounts = municipality.load(out).accounts
    assert "robot-intag-1" in accounts
    engine = open_state(out, fresh=True)
    with engine.connect() as connection:
        found = connection.execute(select(func.count()).select_from(casework.applications)).scalar_one()
    engine.dispose()
    assert found == len(read_tables(out)["applications.csv"])


def grant_nothing(town: Town) -> None:
    next(row for row in town[0]["facit.csv"] if row["code"] == "BIFALL")["amount"] = "1"


def decide_already(town: Town) -> None:
    case = next(row for row in town[0]["facit.csv"] if row["code"] == "BIFALL")["case_number"]
    row = {**town[0]["decisions.csv"][0], "case_number": case, "start": "2022-11-01", "end": "2022-11-30"}
    town[0]["decisions.csv"].append(row)


def raise_rent(town: Town) -> None:
    """In the file itself."""
    name = next(row for row in town[0]["facit.csv"] if row["code"] == "BIFALL")["subject"]
    town[1][name] = re.sub(rb'(Hyra",\s*"belopp": |Hyra</post>\s*<belopp>)\d+', rb"\g<1>99000", town[1][name])


def plan_the_month(town: Town) -> None:
    case = next(row for row in town[0]["facit.csv"] if row["code"] == "A1")["case_number"]
    for row in town[0]["plans.csv"]:
        if row["case_number"] == case:
            row["end"], row["status"] = "", "Pågående"


def lose_a_file(town: Town) -> None:
    town[1].pop(next(row for row in town[0]["facit.csv"] if row["code"] == "REGISTRERAD")["subject"])


def add_an_activity(town: Town) -> None:
    next(row for row in town[0]["facit.csv"] if row["code"] == "A2")["activity"] = "something"


def let_the_frame_expire(town: Town) -> None:
    town[0]["frames.csv"][0]["valid_to"] = "2022-01-31"


def change_a_line(town: Town) -> None:
    town[0]["facit_report.csv"][0]["result"] = "Ram saknas"


def write_no_appeal(town: Town) -> None:
    town[0]["facit.csv"].remove(next(r for r in town[0]["facit.csv"] if r["code"] == "OVERKLAGANDE"))


def lose_an_attachment(town: Town) -> None:
    town[1].pop(next(name for name in town[1] if name.endswith(".docx")))


@pytest.mark.parametrize("spoil", [let_the_frame_expire, change_a_line, lose_an_attachment])
def test_a_report_that_parts_from_the_data_is_noticed(spoil: Callable[[Town], None]) -> None:
    town = build(1, 40, "hoor")
    spoil(town)
    with pytest.raises(VerificationError):
        verify(town[0], "hoor", town[1])


@pytest.mark.parametrize(
    "spoil",
    [
        grant_nothing, decide_already, raise_rent, plan_the_month, lose_a_file, add_an_activity,
        write_no_appeal,
    ],  # fmt: skip
)
def test_a_facit_that_parts_from_the_data_is_noticed(spoil: Callable[[Town], None], small: Town) -> None:
    spoil(small)
    with pytest.raises(VerificationError):
        verify(small[0], "trelleborg", small[1])
