"""Verifying: what of the store does not agree with the chain of its audit, row by row.

The chain is compared with itself (chain.py), then each table with what the chain tells of it last
(comparing.py, comparing_told.py). What is older than the chain, or than its telling of such things, is not
in it.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Protocol

from sqlalchemy.engine import Connection

from robotfabrik.model.audit import AuditFilter, AuditRow, Finding
from robotfabrik.store import chain
from robotfabrik.store.audit import rows
from robotfabrik.store.comparing import Acts, Contents, Decisions, Detail, Effects, Items, Jobs, Pepper
from robotfabrik.store.comparing_told import Acknowledged, Efforts, Outcomes, Surveys


class Told(Protocol):
    """What the chain tells of one table, collected while its rows pass."""

    def hear(self, row: AuditRow, detail: Detail) -> None: ...
    def compare(self, connection: Connection) -> Iterator[Finding]: ...


def verify(connection: Connection) -> Iterator[Finding]:
    """What was changed, removed, put in or moved: in the chain, and in what it tells of. A row is named once.

    The connection must read one state of the store throughout: a run may go on.
    """
    yield from _file(connection)
    kept = Contents()
    told: tuple[Told, ...] = (
        kept, Pepper(), Effects(kept), Items(kept), Acts(kept), Decisions(), Jobs(),
        Efforts(), Outcomes(), Surveys(), Acknowledged(),
    )  # fmt: skip

    def heard() -> Iterator[AuditRow]:
        for row in rows(connection, AuditFilter()):
            detail = _detail(row)
            for one in told:
                one.hear(row, detail)
            yield row

    named: set[int] = set()
    for finding in itertools.chain(chain.broken(heard()), *(one.compare(connection) for one in told)):
        if finding.seq not in named or not finding.seq:
            # A damaged name may be no text any more.
            yield Finding(finding.seq, finding.message.encode("utf-8", "replace").decode())
        named.add(finding.seq)


def _file(connection: Connection) -> Iterator[Finding]:
    """What SQLite itself finds wrong with its file: pages, indexes, types."""
    if connection.dialect.name == "sqlite":
        for (said,) in connection.exec_driver_sql("PRAGMA integrity_check(20)"):
            if said != "ok":
                yield Finding(0, f"the store's file is damaged: {said}")


def _detail(row: AuditRow) -> Detail:
    """A row's detail; nothing when the row is damaged, which is told elsewhere."""
    try:
        found = json.loads(row.detail)
    except (ValueError, TypeError):
        return {}
    return found if isinstance(found, dict) else {}
