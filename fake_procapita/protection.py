"""Protected identities: who may see what.

An account without the role `skyddade ärenden` learns only that there is protection: a table row says
`Skyddade personuppgifter` in its column Skydd and is otherwise blank, a page says that the person has
protected data and nothing else.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement

from fake_procapita import db
from fake_procapita.municipality import Account

HIDDEN = "Skyddade personuppgifter"


def is_hidden(protection: str | None, account: Account) -> bool:
    """Whether this account must not see the person's data."""
    return bool(protection) and not account.sees_protected


def shown(protection: str | None, account: Account) -> str:
    """The cell Skydd."""
    return HIDDEN if is_hidden(protection, account) else protection or ""


def hidden_last(account: Account) -> list[ColumnElement[bool]]:
    """What a list is ordered by before anything else, so that the place of a hidden row tells nothing."""
    return [] if account.sees_protected else [db.people.c.protection != ""]
