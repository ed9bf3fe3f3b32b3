"""A fake over a small municipality, and what was planted where, for tests of the case work's screens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fixtures.cli import run
from tests.support.fake import RunningFake, running_fake
from tests.support.fake_http import Browser, Page
from tests.support.rows import read_rows

TODAY = "2022-11-01"


class Town:
    """A fake over a small municipality, and what was planted where."""

    def __init__(self, fake: RunningFake) -> None:
        self.fake = fake
        self.accounts = fake.accounts()
        self.cases = {row["household_id"]: row for row in self.rows("cases")}

    def rows(self, name: str) -> list[dict[str, str]]:
        return read_rows(self.fake.data / f"{name}.csv")

    def planted(self, robot: str, plant: str) -> dict[str, str]:
        return next(r for r in self.rows("planted") if (r["robot"], r["plant"]) == (robot, plant))

    def case(self, robot: str, plant: str) -> str:
        return self.cases[self.planted(robot, plant)["household"]]["case_number"]

    def person(self, robot: str, plant: str) -> str:
        number = self.planted(robot, plant)["personnummer"]
        return next(row["person_id"] for row in self.rows("people") if row["personnummer"] == number)

    def with_role(self, role: str) -> str:
        return next(
            name
            for name, row in self.accounts.items()
            if role in row["roles"].split(";") and row["unit"] == "Ekonomiskt bistånd"
        )

    def browser(self, username: str) -> Browser:
        browser = Browser(self.fake.url)
        row = self.accounts[username]
        browser.log_in(username, row["password"], row["unit"])
        return browser

    def asked(self, browser: Browser, case: str, whom: str, **more: str) -> Page:
        browser.get(f"/arende/{case}/ssbtek")
        number = next(row["personnummer"] for row in self.rows("people") if row["person_id"] == whom)
        values = {"person": number, "from": "2022-09-01", "to": TODAY,
                  "purpose": "Uppföljning av pågående ekonomiskt bistånd"}  # fmt: skip
        return browser.send("/ssbtek", **{**values, **more})


def make_small(folder: Path, profile: str = "") -> Path:
    """The files of a small municipality, in a folder below this one."""
    town = folder / (profile or "town")
    more = ["--profile", profile] if profile else []
    assert run(["--seed", "1", "--households", "40", "--out", str(town), *more]) == 0
    return town


@contextmanager
def small_town(folder: Path, profile: str = "", *, chaos: str | None = None) -> Iterator[Town]:
    """A fake over a small municipality, whose files lie below the folder."""
    with running_fake(make_small(folder, profile), TODAY, chaos=chaos) as fake:
        yield Town(fake)


def column(page: Page, header: str) -> list[str]:
    """The cells below a header, in every table that has it."""
    cells: list[str] = []
    position = width = -1
    for row in page.rows:
        if header in row:
            position, width = row.index(header), len(row)
        elif len(row) == width:
            cells.append(row[position])
    return cells
