"""Beslutslista: every case's decisions by month and status, and whom it shows nothing of."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.fake_http import Browser, Page
from tests.support.town import Town, column, small_town


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with small_town(tmp_path_factory.mktemp("decisions"), "trelleborg") as town:
        yield town


@pytest.fixture
def robot(town: Town) -> Iterator[Browser]:
    with town.browser("robot-utbetalning-1") as browser:
        yield browser


def listed(page: Page) -> list[dict[str, str]]:
    header = next(row for row in page.rows if row[:1] == ["Beslut"])
    return [
        dict(zip(header, row, strict=True)) for row in page.rows if len(row) == len(header) and row != header
    ]


def test_the_decisions_of_a_month_with_their_applications_and_payments(town: Town, robot: Browser) -> None:
    page = robot.get("/beslutslista?urval=gallande")
    robot.send("/beslutslista", manad="2022-10")
    rows = listed(robot.page)
    assert {row["Avser"] for row in rows if row["Avser"]} == {"2022-10"}
    assert {row["Status"] for row in rows if row["Status"]} == {"Gällande"}
    decided = {row["decision_id"]: row for row in town.rows("decisions")}
    wanted = {
        key for key, row in decided.items() if row["start"][:7] == "2022-10" and row["status"] == "Gällande"
    }
    shown = {row["Beslut"] for row in rows} - {""}
    assert shown <= wanted
    assert len(rows) == len(wanted)
    payments = {row["payment_id"]: row for row in town.rows("payments")}
    for row in rows:
        if row["Utbetalning"]:
            paid = payments[row["Utbetalning"]]
            assert (paid["case_number"], paid["month"]) == (row["Ärende"], "2022-10")
    assert any(row["Utbetalning"] for row in rows)
    assert all(row["Beslutad den"] == decided[row["Beslut"]]["date"] for row in rows if row["Beslut"])
    assert "Sida 1 av" in page.text


def test_a_proposal_shows_the_application_of_its_month(town: Town, robot: Browser) -> None:
    paper = next(
        row for row in town.rows("applications")
        if row["month"] == "2022-11" and row["sender"] == "Sökanden" and not hides(town, row["case_number"])
    )  # fmt: skip
    with town.browser("robot-handlaggning-1") as handling:
        handling.get(f"/arende/{paper['case_number']}/beslut/ny")
        page = handling.send(
            "/ny",
            type="Ekonomiskt bistånd",
            start="2022-11-01",
            end="2022-11-30",
            result="Bifall",
            amount="4200",
        )
        key = page.fields["Beslut"]
        row = next(row for row in listed(handling.get("/beslutslista?manad=2022-11")) if row["Beslut"] == key)
    assert (row["Ansökan"], row["Inkom"], row["Sätt"]) == (paper["application_id"], paper["date"], "Papper")
    assert (row["Status"], row["Föreslaget av"], row["Beslutad den"]) == ("Förslag", "Handläggarrobot 1", "")
    assert robot.get("/beslutslista?urval=avvisade&manad=2022-11").status == 200


def hides(town: Town, case: str) -> bool:
    hidden = {row["person_id"] for row in town.rows("people") if row["protection"]}
    household = next(key for key, row in town.cases.items() if row["case_number"] == case)
    return any(row["person_id"] in hidden for row in town.rows("members") if row["household_id"] == household)


def test_a_protected_row_is_blank_but_for_skydd(town: Town, robot: Browser) -> None:
    rows = [
        row
        for page in range(1, 4)
        for row in listed(robot.get(f"/beslutslista?urval=alla&sida={page}"))
        if row["Skydd"] == "Skyddade personuppgifter"
    ]
    assert rows
    for row in rows:
        assert {name for name, cell in row.items() if cell} == {"Skydd"}


@pytest.mark.parametrize("order", ["1-11", "1-11&ordning=fallande", "1-17", "1-6"])
def test_headers_sort(robot: Browser, order: str) -> None:
    rows = listed(robot.get(f"/beslutslista?urval=alla&sortera={order}"))
    name = list(rows[0])[int(order.partition("&")[0].removeprefix("1-")) - 1]
    cells = [row[name] for row in rows if row["Beslut"]]
    keys = [int("".join(filter(str.isdigit, cell)) or 0) for cell in cells]
    assert keys == sorted(keys, reverse="fallande" in order)


def test_what_is_no_month_is_told(robot: Browser) -> None:
    page = robot.get("/beslutslista?manad=november")
    assert (page.status, page.error("manad")) == (422, "Ange månad som åååå-mm.")
    assert column(page, "Beslut") == []


def test_who_may_see_it(town: Town) -> None:
    with town.browser(town.with_role("administratör")) as administrator:
        assert administrator.get("/beslutslista").status == 403
        assert "Beslutslista" not in administrator.get("/inkorg").links
    for role in ("handläggare", "utbetalare", "robot"):
        with town.browser(town.with_role(role)) as browser:
            assert browser.get("/inkorg").links["Beslutslista"] == "/beslutslista"
            assert browser.get("/beslutslista").status == 200
