"""Dumps of a store on PostgreSQL, by its own tools: pg_dump and pg_restore."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DatabaseError

from robotfabrik.model.audit import Head
from robotfabrik.model.errors import SystemException, UsageError
from robotfabrik.store import audit
from robotfabrik.store.connection import APPLICATION, CREATION_LOCK, url_of
from robotfabrik.store.copies import Tell
from robotfabrik.store.sql import open_store
from robotfabrik.store.tables import metadata

TABLES = (*sorted(metadata.tables), "alembic_version")


def dump(url: str, file: Path) -> None:
    """Dump the store's tables, in one state, while runs go on."""
    tables = [f"--table={name}" for name in TABLES]
    _run("pg_dump", url, "--format=custom", "--no-owner", "--no-privileges", *tables, f"--file={file}")


def load(url: str, file: Path, tell: Tell) -> tuple[str | None, int | None]:
    """Load a dump in the store's place. Where the old one is kept, and how many effects it alone knows."""
    if "items" not in _run("pg_restore", None, "--list", str(file)):
        raise UsageError(f"{file} is no backup of a store")
    aside = f"before_{datetime.now():%Y%m%dt%H%M%S}"
    engine = sa.create_engine(url_of(url), hide_parameters=True, isolation_level="AUTOCOMMIT")
    try:
        with _alone(engine) as connection:
            here = str(connection.exec_driver_sql("SELECT current_schema()").scalar_one())
            replaced = _head(connection, here)
            moved = _move(connection, here, aside)
            try:
                options = ("--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error")
                _run("pg_restore", url, *options, str(file))
                connection.execute(sa.select(sa.func.pg_advisory_unlock(CREATION_LOCK)))
                with open_store(url) as store:
                    tell(store, replaced)
            except BaseException:
                for name in _there(connection, here):
                    connection.exec_driver_sql(f'DROP TABLE "{here}"."{name}" CASCADE')
                _move(connection, aside, here)
                connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {aside}")
                raise
            return (f"schema {aside}", _only_in(connection, here, aside)) if moved else (None, None)
    except DatabaseError as error:
        raise SystemException(f"the store failed: {str(error.orig).strip().splitlines()[0]}") from None
    finally:
        engine.dispose()


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    """A connection, while nobody else uses the store; who opens it from now on waits."""
    with engine.connect() as connection:
        connection.execute(sa.select(sa.func.pg_advisory_lock(CREATION_LOCK)))
        others = connection.exec_driver_sql(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            f" AND application_name = '{APPLICATION}' AND pid <> pg_backend_pid()"
        ).scalar_one()
        if others:
            raise UsageError("the store is in use: stop the runs, workers and services that use it first")
        try:
            yield connection
        finally:
            connection.execute(sa.select(sa.func.pg_advisory_unlock_all()))


def _there(connection: Connection, schema: str) -> list[str]:
    names = set(sa.inspect(connection).get_table_names(schema))
    return [name for name in TABLES if name in names]


def _move(connection: Connection, source: str, target: str) -> bool:
    """Move the store's tables from one schema to another; whether there were any."""
    names = _there(connection, source)
    if names:
        connection.exec_driver_sql(f'CREATE SCHEMA IF NOT EXISTS "{target}"')
    for name in names:
        connection.exec_driver_sql(f'ALTER TABLE "{source}"."{name}" SET SCHEMA "{target}"')
    return bool(names)


def _head(connection: Connection, schema: str) -> Head | None:
    return audit.head(connection) if "audit" in _there(connection, schema) else None


def _only_in(connection: Connection, here: str, aside: str) -> int:
    return int(
        connection.exec_driver_sql(
            f"SELECT count(*) FROM (SELECT scope, hash FROM {aside}.effects"
            f' EXCEPT SELECT scope, hash FROM "{here}".effects) AS newer'
        ).scalar_one()
    )


def _run(tool: str, url: str | None, *options: str) -> str:
    """Run one of PostgreSQL's tools; what it printed. The password does not stand on the command line."""
    where: list[str] = []
    environment = dict(os.environ)
    if url is not None:
        address = url_of(url).set(drivername="postgresql")
        if address.password:
            environment["PGPASSWORD"] = str(address.password)
        where = [f"--dbname={address.set(password=None).render_as_string(hide_password=False)}"]
    if shutil.which(tool) is None:
        shown = " ".join([tool, *options, *where])
        message = f"{tool} is not on this machine. Install PostgreSQL's client, or run where it is: {shown}"
        raise UsageError(message)
    done = subprocess.run(
        [tool, *options, *where], env=environment, capture_output=True, text=True, errors="replace"
    )
    if done.returncode:
        # Not all that it says: of a table's rows it quotes the one that it could not read.
        first, *rest = done.stderr.strip().splitlines() or [f"{tool}: exit code {done.returncode}"]
        raise SystemException("; ".join([first, *(line for line in rest if "server version" in line)]))
    return done.stdout
