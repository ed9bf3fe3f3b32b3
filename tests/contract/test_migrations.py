"""A store of every released version keeps what it holds when it is brought up to date.

Each revision's tables are filled by what the database says of them, so that a new migration is tested as soon
as it is there.
"""

from __future__ import annotations

import datetime
import re
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from robotfabrik.model.audit import Entry
from robotfabrik.model.deployment import content_hash
from robotfabrik.store import chain
from robotfabrik.store.tables import REVISION
from robotfabrik.store.upgrades import MIGRATIONS, stamp
from tests.contract.test_store import DAY, SPACE, Backend, emptied, new

Row = dict[str, Any]
BY_THE_STORE = ("alembic_version", "meta", "audit", "contents")
"""What has to be of a certain form: filled below by hand."""
TEXTS = {"bots/bot.yaml": "bot: 1\n"}
USED = 5000  # the id of an item that is gone


def revisions() -> list[str]:
    config = Config()
    config.set_main_option("script_location", MIGRATIONS)
    return sorted(script.revision for script in ScriptDirectory.from_config(config).walk_revisions())


@pytest.mark.parametrize("revision", revisions())
def test_every_row_of_every_revision_is_kept(database: Backend, revision: str) -> None:
    engine = emptied(database, revision)
    with engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO meta (key, value) VALUES ('pepper', 'abab')"))
        tables = reflected(connection)
        filled(connection, tables)
        if "audit" in tables:
            chained(connection, tables)
        use_an_id(connection)
        stamp(connection, revision)
        before = rows(connection)
    engine.dispose()
    assert all(before[table] for table in before), {name: len(found) for name, found in before.items()}

    with database.open() as store:
        with store._read() as connection:
            after = rows(connection)
        for name, found in before.items():
            if name != "alembic_version":
                columns = list(found[0])
                kept = [{column: row[column] for column in columns} for row in after[name]]
                assert [row for row in found if row not in kept] == [], name
        assert after["alembic_version"] == [{"version_num": REVISION}]
        assert store.pepper == b"\xab\xab"
        # What was put in here by hand, no row tells of: those findings name none.
        assert [finding for finding in store.verify_audit() if finding.seq] == []
        # What is made from now on is not taken for what was: no id is used again.
        job = after["jobs"][0]["id"]
        store.add_item(SPACE, new("new"), job)
        assert {row.reference for row in store.items(SPACE)} == {"new"}
        with store._read() as connection:
            newest = connection.execute(sa.text("SELECT max(id) FROM items")).scalar_one()
        assert newest == USED + 1


def reflected(connection: Connection) -> dict[str, sa.Table]:
    found = sa.MetaData()
    found.reflect(connection)
    return {table.name: table for table in found.sorted_tables}


def filled(connection: Connection, tables: dict[str, sa.Table]) -> None:
    """In each table a row for each word that a column may hold, with and without what may be empty."""
    for name, table in tables.items():
        if name in BY_THE_STORE:
            continue
        checks = sa.inspect(connection).get_check_constraints(name)
        words = [word for check in checks for word in allowed(check["sqltext"])] or [("", "")]
        kept = 0
        for number, (column, word) in enumerate(words):
            for whole in (True, False):
                row = a_row(connection, tables, table, f"{number}{whole:d}", whole=whole)
                if name == "releases":
                    row |= {"files": TEXTS, "hash": content_hash(TEXTS)}
                kept += put(connection, table, row | ({column: word} if column else {}))
        assert kept, f"no row fits into {name}: {checks}"


def allowed(check: str) -> list[tuple[str, str]]:
    """`status IN ('new', 'held')`, as either database writes it: the column and each word."""
    found = re.match(r"""\W*"?(\w+)\W*(?:IN|= ANY)\b""", check)
    return [(found[1], word) for word in re.findall(r"'(\w+)'", check)] if found else []


def put(connection: Connection, table: sa.Table, row: Row) -> bool:
    """False when a constraint does not allow it: then the other form of the row is the one that there is."""
    try:
        with connection.begin_nested():
            connection.execute(table.insert().values(row))
    except IntegrityError:
        return False
    return True


def a_row(
    connection: Connection, tables: dict[str, sa.Table], table: sa.Table, mark: str, *, whole: bool
) -> Row:
    row: Row = {}
    for column in table.columns:
        if column.foreign_keys:
            other = next(iter(column.foreign_keys)).column
            row[column.name] = connection.execute(sa.select(tables[other.table.name].c[other.name])).scalar()
        elif whole or not column.nullable or column.primary_key:
            row[column.name] = a_value(column, mark)
    return row


def a_value(column: sa.Column[Any], mark: str) -> Any:
    match column.type:
        case sa.JSON():
            return {"text": f"{column.name} åäö", "list": [1, None]}
        case sa.Boolean():
            return True
        case sa.Date():
            return DAY
        case sa.DateTime():
            return datetime.datetime(2022, 11, 1, 12, 30)
        case sa.Float():
            return 1000.25
        case sa.Integer():
            return int(mark) + 1
        case sa.LargeBinary():
            return mark.encode()
    return f"{column.name} åäö {mark}" if column.primary_key or column.name != "id" else mark


def chained(connection: Connection, tables: dict[str, sa.Table]) -> None:
    """Three rows of the audit that follow each other, with their contents: younger than all the rest."""
    head = chain.NOTHING
    for n in range(3):
        text, key, hash = chain.sealed({"note": f"Åsa {n}"})
        row = chain.link(Entry("test.done", str(n), "Eva"), 1e9 + n, head, hash)
        columns = {column.name: getattr(row, column.name) for column in tables["audit"].c}
        connection.execute(tables["audit"].insert().values(columns))
        connection.execute(tables["contents"].insert().values(seq=row.seq, key=key, content=text))
        head = chain.Head(row.seq, row.hash)


def use_an_id(connection: Connection) -> None:
    """An item that was there once."""
    items = reflected(connection)["items"]
    some = dict(connection.execute(sa.select(items).limit(1)).mappings().one())
    some |= {"id": USED, "reference": "gone", "status": "failed", "owner": None, "lease_until": None}
    connection.execute(items.insert().values(some))
    connection.execute(items.delete().where(items.c.id == USED))
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text(f"SELECT setval('items_id_seq', {USED})"))


def rows(connection: Connection) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for name, table in reflected(connection).items():
        query = sa.select(*(sa.type_coerce(column, sa.Text).label(column.name) for column in table.columns))
        if connection.dialect.name == "postgresql":
            query = sa.select(*(sa.cast(column, sa.Text).label(column.name) for column in table.columns))
        found[name] = [dict(row) for row in connection.execute(query).mappings()]
    return found


def test_the_filling_fills() -> None:
    assert allowed("status IN ('a', 'b')") == [("status", "a"), ("status", "b")]
    assert allowed("(status = ANY (ARRAY['a'::text, 'b'::text]))") == [("status", "a"), ("status", "b")]
    assert allowed("status <> 'confirmed' OR candidate IS NOT NULL") == []
