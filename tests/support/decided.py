"""A municipality of Trelleborg's profile where every bifall has been approved, and what is to be paid there."""

from __future__ import annotations

import csv
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

from fake_procapita.importing import database_path
from fixtures.cli import run
from tests.support.compare import facit
from tests.support.fake import RunningFake

MONTH, FIRST, LAST = "2022-11", "2022-11-01", "2022-11-30"
Payment = tuple[str, str, str, str, str]
"""Case, kronor, clearing and account, day, month."""


def make_decided(folder: Path, seed: int, households: int) -> Path:
    """Generate it, and approve what the handling will propose and what caseworkers have proposed."""
    town = folder / f"decided-{seed}-{households}"
    arguments = ["--profile", "trelleborg", "--seed", str(seed), "--households", str(households)]
    assert run([*arguments, "--out", str(town)]) == 0
    with (town / "accounts.csv").open(encoding="utf-8", newline="") as file:
        leader = next(r["username"] for r in csv.DictReader(file) if "gruppledare" in r["roles"].split(";"))
    file = town / "decisions.csv"
    with file.open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source))
    for row in rows:
        if (row["start"], row["status"]) == (FIRST, "Förslag"):
            row |= {"status": "Gällande", "decided_by": leader}
    for due in facit(town, MONTH, "utbetalning"):
        if due["code"] == "BIFALL":
            rows.append({
                "decision_id": f"BE{len(rows) + 1:05}", "case_number": due["case_number"],
                "type": "Ekonomiskt bistånd", "date": FIRST, "start": FIRST, "end": LAST, "result": "Bifall",
                "amount": due["amount"], "motivation": "", "proposed_by": "robot-handlaggning-1",
                "decided_by": leader, "status": "Gällande",
            })  # fmt: skip
    with file.open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return town


def payments_due(town: Path) -> Counter[Payment]:
    """What the facit wants paid."""
    return Counter(
        (r["case_number"], r["amount"], r["account"], r["day"], MONTH)
        for r in facit(town, MONTH, "utbetalning")
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
