"""The case system over a profile's municipality: it reckons what the facit says, and hides whom it must."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from fixtures.cli import run
from tests.support.fake import running_fake
from tests.support.fake_http import Browser
from tests.support.town import TODAY, Town


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("profile") / "trelleborg"
    assert run(["--households", "400", "--profile", "trelleborg", "--out", str(folder)]) == 0
    with running_fake(folder, TODAY) as fake:
        yield Town(fake)


@pytest.fixture
def robot(town: Town) -> Iterator[Browser]:
    with town.browser("robot-handlaggning-1") as browser:
        yield browser


def _kronor(text: str) -> int:
    return int(re.sub(r"\D", "", text))


@pytest.mark.parametrize("plant", ["child_by_days", "studies_counted", "rent_at_guideline"])
def test_the_calculation_gives_the_granted_amount(town: Town, robot: Browser, plant: str) -> None:
    case = town.case("handlaggning", f"control/{plant}")
    person = town.person("handlaggning", f"control/{plant}")
    facit = next(
        row for row in town.rows("facit") if (row["robot"], row["case_number"]) == ("handlaggning", case)
    )
    norm, spent, income, _ = map(_kronor, re.findall(r"[\d ]+ kr", facit["text"].split("\n\n")[0]))
    robot.get(f"/arende/{case}/berakning/ny")
    number = robot.send("/ny", start="2022-11-01", end="2022-11-30").fields["Beräkning"]
    for kind, amount in (("Utgift", spent), ("Inkomst", income)):
        robot.get(f"/berakning/{number}/rad")
        robot.send(
            "/rad", person_id=person, kind=kind, item="Summa", applied=str(amount), approved=str(amount)
        )
    fields = robot.send("/berakna").fields
    own, joint = fields["Personliga kostnader"], fields["Gemensamma hushållskostnader"]
    assert _kronor(own) + _kronor(joint) == norm
    assert _kronor(fields["Underskott"]) == int(facit["amount"])


def test_the_list_of_applications_holds_those_on_paper_and_hides_the_protected(
    town: Town, robot: Browser
) -> None:
    rows = [row for page in (1, 2) for row in robot.get(f"/aktualiseringar?sida={page}").rows]
    subjects = {row["subject"] for row in town.rows("facit") if row["robot"] == "handlaggning"}
    on_paper = {subject for subject in subjects if subject.startswith("AK")}
    shown = {row[0] for row in rows if row and row[0].startswith("AK")}
    assert on_paper <= shown
    hidden = [row for row in rows if len(row) > 8 and row[0] == "" and row[8] not in ("", "Nej")]
    # The applicant is protected, or somebody whom the list does not show.
    assert hidden
    assert len(hidden) + len(shown - on_paper) == 4
