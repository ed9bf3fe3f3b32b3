"""Protected identities: who may see what.

An account without the role `skyddade ärenden` learns only that there is protection: a table row says
`Skyddade personuppgifter` in its column Skydd and is otherwise blank, a page says that the person has
protected data and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, case

from fake_procapita import db
from fake_procapita.municipality import Account

HIDDEN = "Skyddade personuppgifter"


def is_hidden(protection: str | None, account: Account) -> bool:
    """Whether this account must not see the person's data."""
    return bool(protection) and not account.sees_protected


def shown(protection: str | None, account: Account) -> str:
    """The cell Skydd."""
    return HIDDEN if is_hidden(protection, account) else protection or ""


def order(
    account: Account, columns: Sequence[ColumnElement[Any]], *, falling: bool = False
) -> list[ColumnElement[Any]]:
    """What a list is ordered by, so that the place of a hidden row tells nothing.

    Hidden rows come last, and in these columns as if they were empty.
    """
    if account.sees_protected:
        return [column.desc() if falling else column for column in columns]
    visible = db.people.c.protection == ""
    shown = [case((visible, column)) for column in columns]
    return [~visible, *(column.desc() if falling else column for column in shown)]
