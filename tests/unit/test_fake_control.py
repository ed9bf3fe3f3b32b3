"""What people alone do about decisions, payments, spot checks and messages, and what a robot is refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from fake_procapita import exporting
from fake_procapita.bankdays import is_bank_day
from tests.support.fake_http import Browser, Page
from tests.support.town import TODAY, Town, column, small_town

PERIOD = {"type": "Ekonomiskt bistånd", "start": "2022-11-01", "end": "2022-11-30"}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with small_town(tmp_path_factory.mktemp("control"), "trelleborg") as town:
        yield town


@pytest.fixture
def robot(town: Town) -> Iterator[Browser]:
    with town.browser("robot-handlaggning-1") as browser:
        yield browser


@pytest.fixture
def payer(town: Town) -> Iterator[Browser]:
    with town.browser("robot-utbetalning-1") as browser:
        yield browser


@pytest.fixture
def leader(town: Town) -> Iterator[Browser]:
    with town.browser(town.with_role("gruppledare")) as browser:
        yield browser


@pytest.fixture(scope="module")
def cases(town: Town) -> Iterator[str]:
    """Cases that no test has used yet: open, without protected members and with every decision paid."""
    hidden = {row["person_id"] for row in town.rows("people") if row["protection"]}
    left_out = {row["household_id"] for row in town.rows("members") if row["person_id"] in hidden}
    paid = {(row["case_number"], row["month"]) for row in town.rows("payments")}
    unpaid = {
        row["case_number"]
        for row in town.rows("decisions")
        if (row["case_number"], row["start"][:7]) not in paid
    }
    return (
        row["case_number"]
        for household, row in town.cases.items()
        if household not in left_out and row["case_number"] not in unpaid and row["status"] == "Öppet"
    )


def propose(robot: Browser, case: str, result: str = "Bifall", amount: str = "4200") -> str:
    robot.get(f"/arende/{case}/beslut/ny")
    page = robot.send("/ny", **PERIOD, result=result, amount=amount, motivation="Prov")
    return page.fields["Beslut"]


def approved(robot: Browser, leader: Browser, case: str, amount: str = "4200") -> str:
    key = propose(robot, case, amount=amount)
    leader.get(f"/beslut/{key}")
    assert leader.send("/godkann").fields["Status"] == "Gällande"
    return key


def pay(payer: Browser, case: str, decision: str, **fields: str) -> Page:
    payer.get(f"/arende/{case}/utbetalning/ny")
    values = {"decision_id": decision, "amount": "4 200", "method": "Bankkonto", "month": "2022-11"}
    return payer.send("/ny", **{**values, **fields})


def by_hand(browser: Browser, address: str, **fields: str) -> Page:
    """A form that the account was never shown."""
    token = browser.get("/inkorg").forms[0].fields["csrf_token"]
    return Page(browser.client.post(address, data={"csrf_token": token, **fields}))


# --- Beslut ----------------------------------------------------------------------------------------------


def test_a_refusal_says_why(town: Town, robot: Browser, leader: Browser, cases: Iterator[str]) -> None:
    case = next(cases)
    key = propose(robot, case)
    leader.get(f"/beslut/{key}")
    leader.send("/avvisa")
    assert leader.send("/avvisa", reason=" ").error("reason") == "Ange skäl."
    fields = leader.send("/avvisa", reason="Hyran är inte den som står i kontraktet, fråga om den.").fields
    assert fields["Status"] == "Avvisat"
    assert fields["Skäl till avvisning"].startswith("Hyran är inte den")
    assert fields["Beslutad av"] == town.accounts[town.with_role("gruppledare")]["name"]
    assert fields["Beslutad den"] == TODAY
    row = next(row for row in robot.get("/beslutslista?urval=avvisade").rows if key in row)
    assert row[15].endswith("…")
    # It stays refused; a person's own decision is another one.
    assert leader.get(f"/beslut/{key}/avvisa").status == 404
    mine = propose(leader, case, amount="4000")
    assert mine != key
    assert leader.get(f"/beslut/{mine}/avvisa").status == 403
    stored = {row["decision_id"]: row for row in exporting.stored(town.fake.data, "decisions")}
    assert stored[key]["reason"].startswith("Hyran")
    assert (stored[mine]["status"], stored[mine]["reason"]) == ("Förslag", "")


def test_several_are_refused_for_one_reason(robot: Browser, leader: Browser, cases: Iterator[str]) -> None:
    made = [propose(robot, next(cases)) for _ in range(2)]
    page = leader.get("/delegat")
    form = page.form("/delegat/godkann")
    values = {**form.fields, "beslut": made}
    page = Page(leader.client.post("/delegat/avvisa", data=values))
    assert (page.status, page.error("reason")) == (422, "Ange skäl.")
    assert page.response.text.count(" checked ") == 2
    values = {**page.form("/delegat/godkann").fields, "beslut": made, "reason": "Samma fel."}
    page = Page(leader.client.post("/delegat/avvisa", data=values))
    assert "2 beslut är avvisade." in page.text
    assert all(leader.get(f"/beslut/{key}").fields["Skäl till avvisning"] == "Samma fel." for key in made)


def test_free_text_is_that_of_the_month(town: Town, robot: Browser, leader: Browser) -> None:
    """Another month's message does not follow a decision."""
    fact = next(row for row in town.rows("application_facts") if row["subject"] == "Meddelande")
    case = next(
        row["case_number"] for row in town.rows("applications")
        if row["application_id"] == fact["application_id"]
    )  # fmt: skip
    key = propose(robot, case)
    assert leader.get(f"/beslut/{key}").fields["Fritext i ansökan"] == fact["value"]
    robot.get(f"/arende/{case}/beslut/ny")
    later = robot.send(
        "/ny", type="Ekonomiskt bistånd", start="2022-12-01", end="2022-12-31", result="Bifall", amount="10"
    ).fields["Beslut"]
    assert leader.get(f"/beslut/{later}").fields["Fritext i ansökan"] == ""


@pytest.mark.parametrize("account", ["robot-handlaggning-1", "robot-utbetalning-1", "robot-intag-1"])
def test_a_robot_neither_approves_nor_refuses_nor_attests(
    town: Town, robot: Browser, leader: Browser, payer: Browser, cases: Iterator[str], account: str
) -> None:
    case = next(cases)
    waiting, paid = propose(robot, case), pay(payer, case, approved(robot, leader, case))
    payment = paid.fields["Utbetalning"]
    with town.browser(account) as browser:
        for address in (
            f"/beslut/{waiting}/godkann",
            f"/beslut/{waiting}/avvisa",
            f"/beslut/{waiting}/obehovligt",
            "/delegat/godkann",
            "/delegat/avvisa",
            f"/utbetalning/{payment}/attestera",
        ):
            page = by_hand(browser, address, beslut=waiting, reason="x", exempt="x")
            assert page.status == 403
            assert "Här beslutar en person, inte en robot." in page.text
        assert browser.get(f"/beslut/{waiting}").fields["Status"] == "Förslag"
        assert browser.get(f"/utbetalning/{payment}").fields["Status"] == "Skapad"


# --- Beräkning -------------------------------------------------------------------------------------------


def test_a_half_made_calculation_is_removed_by_its_robot_or_a_person(
    town: Town, robot: Browser, leader: Browser, cases: Iterator[str]
) -> None:
    case = next(cases)

    def begin() -> str:
        robot.get(f"/arende/{case}/berakning/ny")
        return robot.send("/ny", start="2022-11-01", end="2022-11-30").fields["Beräkning"]

    first = begin()
    with town.browser("robot-stickprov-1") as other:
        page = other.get(f"/berakning/{first}")
        assert not any(form.action.endswith("/ta-bort") for form in page.forms)
        assert by_hand(other, f"/berakning/{first}/ta-bort").status == 403
    with town.browser("robot-handlaggning-2") as same:
        same.get(f"/berakning/{first}")
        page = same.send("/ta-bort")
    assert "Beräkningen är borttagen." in page.text
    assert first not in column(page, "Beräkning")
    assert robot.get(f"/berakning/{first}").status == 404
    second = begin()
    assert second > first
    leader.get(f"/berakning/{second}")
    assert second not in column(leader.send("/ta-bort"), "Beräkning")
    third = begin()
    robot.send("/slutfor")
    assert by_hand(robot, f"/berakning/{third}/ta-bort").status == 404


# --- Utbetalning -----------------------------------------------------------------------------------------


def test_only_an_approved_decision_is_paid_and_only_once(
    town: Town, robot: Browser, leader: Browser, payer: Browser, cases: Iterator[str]
) -> None:
    case = next(cases)
    page = payer.get(f"/arende/{case}/utbetalning/ny")
    assert "Det finns inget godkänt beslut att betala ut." in page.text
    propose(robot, case)
    assert "Det finns inget godkänt" in payer.get(f"/arende/{case}/utbetalning/ny").text
    decision = approved(robot, leader, case)
    page = pay(payer, case, decision)
    assert (page.fields["Beslut"], page.fields["Status"]) == (decision, "Skapad")
    assert decision in column(payer.get(f"/arende/{case}/utbetalning"), "Beslut")
    assert "Det finns inget godkänt" in payer.get(f"/arende/{case}/utbetalning/ny").text
    other = approved(robot, leader, case)
    twice = pay(payer, case, other, decision_id=decision)
    assert twice.error("decision_id") == "Beslutet är redan utbetalt."
    payment = page.fields["Utbetalning"]
    row = next(row for row in payer.get("/beslutslista?urval=gallande").rows if decision in row)
    assert row[16] == payment
    # Cancelled before it is attested, it may be made again.
    payer.get(f"/utbetalning/{payment}")
    payer.send("/makulera")
    assert pay(payer, case, decision).fields["Status"] == "Skapad"


@pytest.mark.parametrize(
    ("fields", "at", "message"),
    [
        ({"amount": "4 300"}, "amount", "Beloppet ska vara beslutets belopp."),
        ({"month": "2022-12"}, "month", "Berörd månad ska vara beslutets månad."),
        ({"account": "1234567"}, "account", "Kontot stämmer inte med personbilden."),
        ({"account": "x"}, "account", "Ange clearing och konto med siffror."),
        ({"date": "2022-11-05"}, "date", "Datum ska vara en bankdag."),
        ({"date": "2022-12-26"}, "date", "Datum ska vara en bankdag."),
        ({"date": "2022-10-31"}, "date", "Datum kan inte ligga före i dag."),
        ({"decision_id": "BE99999"}, "decision_id", "Välj beslut."),
    ],
)
def test_a_payment_is_what_was_decided(
    robot: Browser, leader: Browser, payer: Browser, cases: Iterator[str], fields: dict[str, str], at: str,
    message: str,
) -> None:  # fmt: skip
    case = next(cases)
    page = pay(payer, case, approved(robot, leader, case), **fields)
    assert (page.status, page.error(at)) == (422, message)


def test_another_person_attests(
    town: Town, robot: Browser, leader: Browser, payer: Browser, cases: Iterator[str]
) -> None:
    case = next(cases)
    payment = pay(payer, case, approved(robot, leader, case)).fields["Utbetalning"]
    with town.browser(town.with_role("attestant")) as attestant:
        attestant.get(f"/utbetalning/{payment}")
        assert attestant.send("/attestera").fields["Status"] == "Attesterad"
    stored = next(r for r in exporting.stored(town.fake.data, "payments") if r["payment_id"] == payment)
    assert (stored["created_by"], stored["status"]) == ("robot-utbetalning-1", "Attesterad")


def test_what_was_paid_before_is_known_by_its_decision(town: Town, leader: Browser) -> None:
    """The files' payments belong to decisions too, so that nothing of theirs is paid again."""
    payments = exporting.stored(town.fake.data, "payments", everything=True)
    decided = {r["decision_id"]: r for r in exporting.stored(town.fake.data, "decisions", everything=True)}
    known = [row for row in payments if row["decision_id"]]
    assert known
    for row in known:
        decision = decided[row["decision_id"]]
        assert (decision["case_number"], decision["start"][:7]) == (row["case_number"], row["month"])


@pytest.mark.parametrize(
    ("day", "open_"),
    [
        (date(2022, 11, 1), True),
        (date(2022, 11, 5), False),  # a Saturday, and Alla helgons dag
        (date(2022, 11, 4), True),
        (date(2022, 6, 24), False),  # Midsommarafton
        (date(2022, 12, 30), True),
        (date(2023, 4, 6), True),  # skärtorsdagen, a half day
        (date(2023, 4, 7), False),
        (date(2023, 6, 6), False),
    ],
)
def test_bank_days(day: date, open_: bool) -> None:
    assert is_bank_day(day) is open_


# --- Stickprov -------------------------------------------------------------------------------------------


def test_a_spot_check_is_drawn_once_and_a_person_says_what_came_of_it(town: Town, leader: Browser) -> None:
    paper = next(
        row for row in town.rows("applications")
        if row["case_number"] == town.case("handlaggning", "control/free_text/paper")
        and row["month"] == "2022-11"
    )  # fmt: skip
    case, values = paper["case_number"], {"scope": "Hel", "answer_by": "2022-11-22"}
    with town.browser("robot-stickprov-1") as robot:
        robot.get(f"/arende/{case}/stickprov/ny")
        wrong = robot.send("/ny", month="x", answer_by="2022-10-01")
        assert wrong.error("month") == "Ange månad som åååå-mm."
        assert wrong.error("scope") == "Välj omfattning."
        assert wrong.error("application_id") == "Välj ansökan."
        assert wrong.error("answer_by") == "Svar senast kan inte ligga före i dag."
        of_month = {"month": "2022-11", "application_id": paper["application_id"]}
        wrong = robot.send("/ny", **values, **{**of_month, "month": "2022-12"})
        assert wrong.error("application_id") == "Ansökan avser en annan månad."
        page = robot.send("/ny", **values, **of_month)
        key = page.fields["Stickprov"]
        assert f"Stickprovet {key} är sparat." in page.text
        assert (page.fields["Sätt"], page.fields["Status"]) == ("Papper", "Öppet")
        robot.get(f"/arende/{case}/stickprov/ny")
        again = robot.send("/ny", **values, **of_month)
        assert again.error("application_id") == "Ansökan har redan ett stickprov."
        assert by_hand(robot, f"/stickprov/{key}/resultat", result="Utan anmärkning").status == 403
        robot.get("/stickprov")
        row = next(row for row in robot.send("/stickprov", manad="2022-11").rows if key in row)
        assert row[:3] + row[4:8] == [key, TODAY, case, "2022-11", "Hel", "Papper", "2022-11-22"]
        assert column(robot.get("/stickprov?manad=2022-10"), "Stickprov") == []
    leader.get(f"/stickprov/{key}/resultat")
    wrong = leader.send("/resultat", amount="lite")
    assert (wrong.error("result"), wrong.error("amount")) == (
        "Välj resultat.", "Ange beloppet i hela kronor.",
    )  # fmt: skip
    page = leader.send("/resultat", result="Medicin utan förmån", amount="1 240", comment="Två kvitton")
    assert (page.fields["Status"], page.fields["Belopp"]) == ("Klart", "1 240 kr")
    assert leader.get(f"/stickprov/{key}/resultat").status == 404
    assert key not in column(leader.get("/stickprov"), "Stickprov")
    assert key in column(leader.get("/stickprov?urval=alla"), "Stickprov")
    assert "Medicin utan förmån" in column(leader.get(f"/arende/{case}/stickprov"), "Resultat")
    stored = exporting.stored(town.fake.data, "samples")[0]
    assert (stored["result"], stored["amount"], stored["comment"]) == (
        "Medicin utan förmån", "1240", "Två kvitton",
    )  # fmt: skip


def test_a_spot_check_of_a_protected_person_is_a_blank_row(town: Town, leader: Browser) -> None:
    hidden = next(row for row in town.rows("planted") if row["plant"] == "protected/lead")
    case = town.cases[hidden["household"]]["case_number"]
    mine = next(
        row for row in town.rows("applications") if (row["case_number"], row["month"]) == (case, "2022-11")
    )
    leader.get(f"/arende/{case}/stickprov/ny")
    key = leader.send(
        "/ny", month="2022-11", scope="Del", application_id=mine["application_id"], answer_by="2022-11-22"
    ).fields["Stickprov"]
    with town.browser("robot-stickprov-1") as robot:
        rows = [row for row in robot.get("/stickprov").rows if "Skyddade personuppgifter" in row]
        assert [set(row) for row in rows] == [{"", "Skyddade personuppgifter"}]
        assert robot.get(f"/stickprov/{key}").status == 403


def test_who_sees_spot_checks(town: Town, payer: Browser) -> None:
    with town.browser(town.with_role("administratör")) as administrator:
        assert administrator.get("/stickprov").status == 403
    with town.browser(town.with_role("handläggare")) as person:
        assert person.get("/inkorg").links["Stickprov"] == "/stickprov"
        assert person.get("/stickprov").status == 200


# --- Meddelanden -----------------------------------------------------------------------------------------


def test_a_person_says_that_a_message_has_been_gone_through(town: Town) -> None:
    with town.browser("robot-daglista-1") as robot:
        robot.get("/meddelanden/nytt")
        robot.send("/meddelanden/nytt", rubrik="Dagens lista", text="Tre förslag.")
        key = robot.get("/meddelanden").rows[1][0]
        assert not any("avstam" in form.action for form in robot.get(f"/meddelanden/{key}").forms)
        assert by_hand(robot, f"/meddelanden/{key}/avstam").status == 403
    with town.browser(town.with_role("handläggare")) as person:
        assert person.get(f"/meddelanden/{key}").fields["Avstämd av"] == ""
        fields = person.send("/avstam").fields
        assert fields["Avstämd den"] == TODAY
        assert fields["Avstämd av"] == town.accounts[town.with_role("handläggare")]["name"]
        assert column(person.get("/meddelanden"), "Avstämd")[0] == TODAY
        assert by_hand(person, f"/meddelanden/{key}/avstam").status == 404
