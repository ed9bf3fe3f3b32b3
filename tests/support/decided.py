"""A municipality of Trelleborg's profile at the end of its handling: every application registered and every
bifall approved. What is to be paid there, what is drawn and sent."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

from fake_procapita.casework import E_SERVICE
from fake_procapita.importing import database_path
from fixtures.cli import run
from fixtures.following import PAYMENT, SAMPLE
from tests.support.compare import facit
from tests.support.fake import RunningFake
from tests.support.rows import read_rows, write_rows

MONTH, FIRST, LAST = "2022-11", "2022-11-01", "2022-11-30"
Payment = tuple[str, str, str, str, str]
"""Case, kronor, clearing and account, day, month."""


def make_decided(folder: Path, seed: int, households: int) -> Path:
    """Generate it, register what came as files, and approve what is proposed."""
    town = folder / f"decided-{seed}-{households}"
    arguments = ["--profile", "trelleborg", "--seed", str(seed), "--households", str(households)]
    assert run([*arguments, "--out", str(town)]) == 0
    accounts = read_rows(town / "accounts.csv")
    leader = next(row["username"] for row in accounts if "gruppledare" in row["roles"].split(";"))
    _register(town)
    _approve(town, leader)
    return town


def _register(town: Path) -> None:
    """What the intake does with the files."""
    rows = read_rows(town / "applications.csv")
    there = {row["case_number"] for row in rows if row["month"] == MONTH}
    for due in facit(town, MONTH, SAMPLE):
        if due["case_number"] not in there:
            came = due["subject"]  # a file is called after its time
            rows.append({
                "application_id": f"AK{90001 + len(rows)}", "case_number": due["case_number"],
                "date": f"{came[:4]}-{came[4:6]}-{came[6:8]}", "type": "Ansökan", "month": MONTH,
                "sender": E_SERVICE, "status": "Ny", "reason": "", "caseworker": "", "unit": "",
            })  # fmt: skip
    write_rows(town / "applications.csv", rows)


def _approve(town: Path, leader: str) -> None:
    """What the handling proposes, and what caseworkers have proposed."""
    rows = read_rows(town / "decisions.csv")
    for row in rows:
        if (row["start"], row["status"]) == (FIRST, "Förslag"):
            row |= {"status": "Gällande", "decided_by": leader}
    for due in facit(town, MONTH, PAYMENT):
        if due["code"] == "BIFALL":
            rows.append({
                "decision_id": f"BE{len(rows) + 1:05}", "case_number": due["case_number"],
                "type": "Ekonomiskt bistånd", "date": FIRST, "start": FIRST, "end": LAST, "result": "Bifall",
                "amount": due["amount"], "motivation": "", "proposed_by": "robot-handlaggning-1",
                "decided_by": leader, "status": "Gällande",
            })  # fmt: skip
    write_rows(town / "decisions.csv", rows)


def payments_due(town: Path) -> Counter[Payment]:
    """What the facit wants paid."""
    return Counter(
        (r["case_number"], r["amount"], r["account"], r["day"], MONTH) for r in facit(town, MONTH, PAYMENT)
    )


def payments_made(fake: RunningFake) -> Counter[Payment]:
    """What robots have paid; none of it attested."""
    made = (
        "SELECT case_number, amount, clearing || '-' || account, date, month FROM payments"
        " WHERE created_by LIKE 'robot-%' AND status = 'Skapad'"
    )
    with closing(sqlite3.connect(database_path(fake.data))) as database:
        return Counter(tuple(row) for row in database.execute(made))


def samples_made(fake: RunningFake) -> dict[str, tuple[str, str, str]]:
    """What has been drawn: by case, the scope, the month and the last day of an answer."""
    drawn = "SELECT case_number, scope, month, answer_by FROM samples"
    with closing(sqlite3.connect(database_path(fake.data))) as database:
        rows = database.execute(drawn).fetchall()
    assert len({case for case, *_ in rows}) == len(rows)
    return {case: tuple(rest) for case, *rest in rows}


def messages_sent(fake: RunningFake) -> Counter[tuple[str, str, str, str]]:
    """What a robot has sent: case, channel, text, the last day of an answer."""
    sent = "SELECT case_number, channel, text, answer_by FROM communications WHERE sent_by LIKE 'robot-%'"
    with closing(sqlite3.connect(database_path(fake.data))) as database:
        return Counter(tuple(row) for row in database.execute(sent))
