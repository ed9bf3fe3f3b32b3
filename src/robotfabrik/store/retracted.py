"""Items whose effect has been taken back: they no longer count as the last check of their case.

What they found then stands in nothing that holds, so it is told again as long as it still stands.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from robotfabrik.store.tables import items

_QUEUE: Final = "/retract/"  # the end of its space's key; a rehearsal's ends otherwise
_mark = (
    sa.update(items)
    .where(items.c.space == sa.bindparam("in_space"), items.c.reference == sa.bindparam("named"))
    .values(retracted=True)
)


def original(space: str, reference: str) -> tuple[str, str] | None:
    """The key of the space, and the reference, of what a correction is about; none for any other item."""
    if not space.endswith(_QUEUE):
        return None
    return f"{space.removesuffix(_QUEUE)}/", reference.rpartition("/")[0]  # cli.retract.reference_of


def mark(connection: Connection, space: str, reference: str) -> None:
    """An item's effect has happened; when that was a correction, what it corrects is taken back."""
    if (corrected := original(space, reference)) is not None:
        connection.execute(_mark, {"in_space": corrected[0], "named": corrected[1]})
