"""The fixed facts of a data folder: the municipality, its units and its accounts."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path

from fake_procapita.problems import UsageProblem

CASEWORKER = "handläggare"
LEADER = "gruppledare"
ROBOT = "robot"
PROTECTED_CASES = "skyddade ärenden"
ADMINISTRATOR = "administratör"
# Rights on top of the others'. A robot gets only the one it needs.
REFERRER = "anvisning"
INTAKE = "intag"
REMINDER = "bevakning"
CLOSER = "avslut"
PAYER = "utbetalare"
APPROVER = "attestant"
# Who decides about people and money is a person.
PERSONS_ONLY = (CASEWORKER, LEADER, APPROVER)


@dataclass(frozen=True)
class Account:
    """Someone who can log in, person or robot."""

    username: str
    password: str
    name: str
    roles: frozenset[str]
    unit: str
    away: bool

    @property
    def sees_protected(self) -> bool:
        return PROTECTED_CASES in self.roles

    def has(self, *roles: str) -> bool:
        """Whether the account has one of the roles."""
        return not self.roles.isdisjoint(roles)


@dataclass(frozen=True)
class Municipality:
    """What `municipality.json` and `accounts.csv` say."""

    kommun: str
    units: tuple[str, ...]
    accounts: dict[str, Account]

    def name_of(self, username: str) -> str:
        """The name to show for a username; a gruppkorg is its own name."""
        account = self.accounts.get(username)
        return account.name if account else username

    def robots(self) -> frozenset[str]:
        """The usernames that belong to robots."""
        return frozenset(a.username for a in self.accounts.values() if a.has(ROBOT))

    def caseworkers(self) -> list[Account]:
        """Those who can be responsible for a case, by name."""
        found = [a for a in self.accounts.values() if a.has(CASEWORKER, LEADER)]
        return sorted(found, key=lambda a: a.name)


def group_basket(unit: str) -> str:
    """The common list of a unit."""
    return f"Gruppkorg {unit}"


def load(folder: Path) -> Municipality:
    """Read both files, or say what is wrong with the folder."""
    try:
        facts = json.loads((folder / "municipality.json").read_text("utf-8"))
        with (folder / "accounts.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        units = tuple(str(unit) for unit in facts["units"])
        accounts = {row["username"]: _account(row) for row in rows}
        if both := [a.username for a in accounts.values() if a.has(PAYER) and a.has(CASEWORKER, LEADER)]:
            raise UsageProblem(
                f"{folder}: {', '.join(both)} may both register persons and make payments. Use two accounts."
            )
        if both := [a.username for a in accounts.values() if a.has(ROBOT) and a.has(*PERSONS_ONLY)]:
            raise UsageProblem(
                f"{folder}: {', '.join(both)} may not be a robot and have the rights of "
                f"{', '.join(PERSONS_ONLY)}: a person decides and attests. Use two accounts."
            )
        return Municipality(str(facts["kommun"]), units, accounts)
    except FileNotFoundError as error:
        name = Path(error.filename).name
        raise UsageProblem(
            f"{folder} is no data folder: {name} is missing. Make one with fixtures/generate.py."
        ) from None
    except (ValueError, KeyError, TypeError) as error:
        raise UsageProblem(f"{folder}: municipality.json or accounts.csv cannot be read: {error!r}") from None


def _account(row: dict[str, str]) -> Account:
    roles = frozenset(role.strip() for role in row["roles"].split(";") if role.strip())
    return Account(row["username"], row["password"], row["name"], roles, row["unit"], row["away"] == "ja")
