"""Rights in the fake that exclude each other, and what the rows of protected persons must not tell."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from fake_procapita.municipality import load
from fake_procapita.problems import UsageProblem
from tests.support.fake import running_fake
from tests.support.fake_http import Browser
from tests.support.town import TODAY, Town, column, make_small, small_town


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A town where every fifth registerledare is protected."""
    folder = make_small(tmp_path_factory.mktemp("rights"))
    with (folder / "households.csv").open(encoding="utf-8", newline="") as file:
        protected = {row["registerledare"] for row in list(csv.DictReader(file))[1::5]}
    path = folder / "people.csv"
    with path.open(encoding="utf-8", newline="") as file:
        people = list(csv.DictReader(file))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, people[0], lineterminator="\n")
        writer.writeheader()
        for row in people:
            hidden = {"protection": "Sekretessmarkering"} if row["person_id"] in protected else {}
            writer.writerow(row | hidden)
    with running_fake(folder, TODAY) as fake:
        yield Town(fake)


@pytest.fixture
def robot(town: Town) -> Iterator[Browser]:
    with town.browser("robot-fordonsinnehav-1") as browser:
        yield browser


@pytest.mark.parametrize("order", ["", "sortera=1-3", "sortera=1-3&ordning=fallande", "sortera=1-5"])
@pytest.mark.parametrize("address", ["/arbetsmarknad?", "/aktualiseringar?urval=alla&"])
def test_the_place_of_a_protected_row_does_not_tell_its_case(
    robot: Browser, address: str, order: str
) -> None:
    cases, page = [], 1
    while rows := column(robot.get(f"{address}{order}&sida={page}"), "Ärende"):
        cases += rows
        page += 1
        if "Nästa" not in robot.page.links:
            break
    assert "" in cases
    assert "" not in cases[: cases.index("")]
    assert set(cases[cases.index("") :]) == {""}


@pytest.mark.parametrize("by", ["namn", "personnummer", "skydd"])
def test_protected_cases_are_not_ordered_by_what_is_hidden(robot: Browser, by: str) -> None:
    page = robot.get(f"/arenden?sortera={by}&rader=100")
    hidden = [row[0] for row in page.rows if "Skyddade personuppgifter" in row]
    assert len(hidden) > 5
    assert hidden == sorted(hidden)
    assert hidden == [row[0] for row in page.rows][-len(hidden) :]


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (",utbetalare,", ",handläggare;utbetalare,", "may both register persons and make payments"),
        (",robot;avslut,", ",robot;gruppledare,", "may not be a robot and have the rights of"),
        (",robot;avslut,", ",robot;attestant,", "may not be a robot and have the rights of"),
    ],
)
def test_an_account_with_rights_that_exclude_each_other_is_refused(
    tmp_path: Path, town: Town, before: str, after: str, message: str
) -> None:
    for name in ("municipality.json", "accounts.csv"):
        text = (town.fake.data / name).read_text("utf-8")
        (tmp_path / name).write_text(text.replace(before, after), "utf-8")
    with pytest.raises(UsageProblem, match=message):
        load(tmp_path)


def test_the_answer_of_ssbtek_is_not_shown_any_more_when_the_case_has_been_closed(town: Town) -> None:
    case, person = town.case("fordonsinnehav", "three_known"), town.person("fordonsinnehav", "three_known")
    with town.browser("robot-fordonsinnehav-1") as robot, town.browser("robot-avslut-1") as closer:
        page = town.asked(robot, case, person)
        assert "Transportstyrelsen" in page.text
        closer.get(f"/arende/{case}/avsluta")
        closer.send("/avsluta", end=TODAY, end_reason="Ingen ny ansökan")
        page = robot.get(f"/arende/{case}/ssbtek?svar=ja")
    assert "Transportstyrelsen" not in page.text
    assert "SSBTEK får bara användas när ärendet är öppet." in page.text


def test_only_the_referring_robot_sends_a_referral(town: Town, robot: Browser) -> None:
    case, person = town.case("anvisning", "sent"), town.person("anvisning", "sent")
    address = f"/arende/{case}/arbetsmarknad/ny"
    assert robot.get(address).status == 403
    with town.browser("robot-anvisning-1") as referrer:
        referrer.get(address)
        page = referrer.send("/ny", person=person, contact="", extent="", start="i dag")
        assert page.status == 422
        assert page.error("contact") == "Ange kontaktuppgift."
        assert page.error("start") == "Ange datum som åååå-mm-dd."
        page = referrer.send("/ny", contact="070-174 06 07", extent="100", start="2022-11-20")
        assert "är skickad." in page.text
        assert any(TODAY in row and "Skickad" in row for row in page.rows)
        referrer.get(address)
        again = referrer.send("/ny", person=person, contact="070-174 06 07", extent="100", start="2022-11-20")
        assert again.error("person") == "Personen har redan en gällande anvisning."


def test_only_the_closing_robot_closes_a_case(town: Town, robot: Browser) -> None:
    case = town.case("avslut", "closable")
    assert robot.get(f"/arende/{case}/avsluta").status == 403
    with town.browser("robot-avslut-1") as closer:
        assert closer.get(f"/arende/{case}/andra").status == 403
        closer.get(f"/arende/{case}/avsluta")
        page = closer.send("/avsluta", end=TODAY, end_reason="Ingen ny ansökan")
    assert page.fields["Status"] == "Avslutat"


def test_what_was_sent_to_a_protected_adult_about_a_note_is_not_shown(town: Town, robot: Browser) -> None:
    case = town.case("folkbokforing", "protected/partner")
    partner = next(
        row["person_id"]
        for row in town.rows("members")
        if row["household_id"] == town.planted("folkbokforing", "protected/partner")["household"]
        and row["role"] == "Medsökande"
    )
    with town.browser(town.with_role("gruppledare")) as leader:
        leader.write_note(case)
        address = f"/arende/{case}/journal/{leader.page.fields['Id']}/kommunicering"
        leader.get(address)
        leader.send("/kommunicering/ny")
        leader.send("/kommunicering/ny", person_id=partner, text="Hälsning till Aspgatan 9.")
        assert "Aspgatan 9" in leader.get(address).text
    page = robot.get(address)
    assert page.fields["Rubrik"] == "Kontroll i KIR"
    assert "Aspgatan 9" not in page.text


def test_only_the_reminding_robot_makes_a_reminder(tmp_path: Path) -> None:
    with small_town(tmp_path, "trelleborg") as town:
        case = town.case("handlaggning", "control/free_text/paper")
        with town.browser("robot-handlaggning-1") as other:
            assert other.get(f"/arende/{case}/bevakningar/ny").status == 403
        with town.browser("robot-sammanfattning-1") as reminder:
            reminder.get(f"/arende/{case}/bevakningar/ny")
            page = reminder.send("/ny", type="Sammanfattning", date="2023-02-01", text="Sammanfatta ärendet")
            assert "Sammanfatta ärendet" in column(page, "Text")
            assert not any(form.action.endswith("/klar") for form in page.forms)
