"""Messages to a unit: written by people and robots, read by the unit, and no activities."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fake_procapita import exporting
from tests.support.fake import RunningFake, running_fake
from tests.support.fake_data import write
from tests.support.fake_http import Browser, logged_in

BASKET = "Gruppkorg Ekonomiskt bistånd"


@pytest.fixture(scope="module")
def fake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningFake]:
    with running_fake(write(tmp_path_factory.mktemp("data") / "town"), "2022-11-01") as running:
        yield running


@pytest.fixture
def robot(fake: RunningFake) -> Iterator[Browser]:
    with logged_in(fake.url, "robot-folkbokforing-1") as browser:
        yield browser


def test_a_robots_message_reaches_everyone_of_the_unit(fake: RunningFake, robot: Browser) -> None:
    robot.get("/meddelanden/nytt")
    given = {"rubrik": "Prov", "text": "Rad 1\n\nRad 2", "cases": "EB-2020-00001\nEB-2020-00004 FINNS-EJ"}
    sent = robot.send("/meddelanden/nytt", **given)
    assert "Meddelandet är skickat." in sent.text
    with logged_in(fake.url, "anna.berg") as anna:
        assert "/meddelanden" in anna.get("/inkorg").links.values()
        row = anna.get("/meddelanden").rows[1]
        assert (row[1], row[4]) == ("2022-11-01", "Prov")
        page = anna.get(f"/meddelanden/{row[0]}")
        assert (page.fields["Till"], page.fields["Rubrik"]) == (BASKET, "Prov")
        assert [row[0] for row in page.rows[1:]] == ["EB-2020-00001", "EB-2020-00004", "FINNS-EJ"]
    stored = exporting.stored(fake.data, "messages")
    assert [(m["recipient"], m["sender"], m["text"]) for m in stored] == [
        (BASKET, "robot-folkbokforing-1", "Rad 1\n\nRad 2")
    ]
    assert fake.export_activities() == []


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("recipient", "Gruppkorg Annan", "Välj mottagare."),
        ("rubrik", "  ", "Ange rubrik."),
        ("text", "", "Ange text."),
        ("text", "x" * 20_001, "Texten får ha högst 20000 tecken."),
        ("cases", "1\n" * 5_001, "Ett meddelande får gälla högst 5000 ärenden."),
    ],
)
def test_wrong_fields_are_told(robot: Browser, field: str, value: str, message: str) -> None:
    robot.get("/meddelanden/nytt")
    page = robot.send("/meddelanden/nytt", **{"rubrik": "Prov", "text": "Text", field: value})
    assert (page.status, page.error(field)) == (422, message)


def test_who_only_administers_cannot_write(fake: RunningFake) -> None:
    with logged_in(fake.url, "adam.lod") as administrator:
        assert "Nytt meddelande" not in administrator.get("/meddelanden").text
        assert administrator.get("/meddelanden/nytt").status == 403
