"""From a path or URL to an engine whose database has our tables."""

from __future__ import annotations

import json
import os
import re
import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine, ExceptionContext, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, DataError, IntegrityError, ProgrammingError

from robotfabrik.model.audit import Entry
from robotfabrik.model.errors import StoreLost, StoreUnreachable, SystemException, UsageError
from robotfabrik.store import audit, digests
from robotfabrik.store.tables import REVISION, dump_json, meta, metadata
from robotfabrik.store.upgrades import stamp, upgrade, version_of

BUSY_SECONDS: Final = 30
APPLICATION: Final = "robotfabrik"  # how PostgreSQL shows our connections
_GONE: Final = ("08", "57P0", "40P01", "53300")  # no connection; ended or starting; deadlock; too many
DAMAGED: Final = "what it holds is damaged"
_PEPPER: Final = re.compile("([0-9a-f]{2})+")
READ_ONLY: Final = "robotfabrik_read_only"
_PATIENCE: Final = {  # a server whose machine is gone is noticed, too: seconds, and milliseconds
    "connect_timeout": 10, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}  # fmt: skip
CREATION_LOCK: Final = 0x726F626F74  # "robot": one process at a time makes the tables in PostgreSQL


def connect(url_or_path: str | os.PathLike[str]) -> tuple[Engine, bytes]:
    """An engine for the store, made if it is not there, and the store's pepper."""
    url = url_of(url_or_path)
    engine = _sqlite(url) if url.get_backend_name() == "sqlite" else _postgresql(url)
    name = url.database if engine.dialect.name == "sqlite" else url.render_as_string(hide_password=True)
    try:
        with engine.begin() as connection:
            return engine, _prepare(connection, str(name))
    except DatabaseError as error:
        engine.dispose()
        kind = StoreUnreachable if _is_gone(error) else UsageError
        raise kind(f"The store {name} cannot be opened: {_said(error)}") from None
    except UnicodeDecodeError:  # SQLite quotes what it finds, and that is no text any more
        engine.dispose()
        raise UsageError(f"The store {name} cannot be opened: {DAMAGED}") from None
    except BaseException:
        engine.dispose()
        raise


def _said(error: DatabaseError) -> str:
    """The driver's own first line: it says what is wrong and holds no values."""
    return str(error.orig).strip().splitlines()[0]


@contextmanager
def plainly() -> Iterator[None]:
    """A disk that is full, a file that is damaged or a server that is gone is said in plain words."""
    try:
        yield
    except (IntegrityError, ProgrammingError, DataError):
        raise  # about what was asked, not about the store
    except DatabaseError as error:
        kind = StoreLost if _is_gone(error) else SystemException
        raise kind(f"the store failed: {_said(error)}") from None
    except (UnicodeDecodeError, json.JSONDecodeError):
        raise SystemException(f"the store failed: {DAMAGED}") from None
    except (UnicodeEncodeError, OverflowError):
        raise SystemException("the store cannot hold such a text or number") from None


def _is_gone(error: DatabaseError) -> bool:
    """Is the server away, or the connection to it? A server that is there names its refusal by a code."""
    if isinstance(error.orig, sqlite3.Error):
        return False
    code = str(getattr(error.orig, "sqlstate", None) or "08000")
    return error.connection_invalidated or code.startswith(_GONE)


@contextmanager
def one_state(engine: Engine) -> Iterator[Connection]:
    """A connection that reads one state of the store throughout, and damaged text as it is."""
    options: dict[str, Any] = {READ_ONLY: True}
    if engine.dialect.name == "postgresql":
        options["isolation_level"] = "REPEATABLE READ"
    with engine.connect().execution_options(**options) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            yield connection
            return
        driver: Any = connection.connection.dbapi_connection
        driver.text_factory = lambda text: text.decode("utf-8", "surrogateescape")
        try:
            yield connection
        finally:
            driver.text_factory = str


def url_of(url_or_path: str | os.PathLike[str]) -> URL:
    """A store's path or URL as SQLAlchemy wants it."""
    text = os.fspath(url_or_path)
    if "://" not in text:
        return URL.create("sqlite+pysqlite", database=os.path.abspath(text))
    try:
        url = make_url(text)
    except ArgumentError:
        raise UsageError("The store's URL cannot be read; write postgresql://user@host/database.") from None
    match url.drivername:
        case "sqlite" | "sqlite+pysqlite":
            if not url.database or url.database == ":memory:" or url.query:
                raise UsageError("The store must be a file: sqlite:///path/to/store.db, without options.")
            return URL.create("sqlite+pysqlite", database=os.path.abspath(url.database))
        case "postgresql" | "postgres" | "postgresql+psycopg":
            return url.set(drivername="postgresql+psycopg")
        case other:
            raise UsageError(f"The store cannot be {other}://; it is a file, sqlite:/// or postgresql://.")


def server_of(url_or_path: str | os.PathLike[str]) -> str | None:
    """Where the store's PostgreSQL is, as its own tools want it; None when the store is a file."""
    url = url_of(url_or_path)
    if url.get_backend_name() == "sqlite":
        return None
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def shorten(engine: Engine) -> None:
    """Let go of SQLite's log of changes, which still holds what was deleted. In use, it goes later."""
    if engine.dialect.name == "sqlite":
        driver = engine.raw_connection()
        try:
            driver.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            driver.close()


def file_of(url_or_path: str | os.PathLike[str]) -> Path | None:
    """The file of a store; None when a server keeps it."""
    url = url_of(url_or_path)
    return Path(str(url.database)) if url.get_backend_name() == "sqlite" else None


def _sqlite(url: URL) -> Engine:
    path = Path(str(url.database))
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # SQLite gives its journal files the mode of the database file.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise UsageError(f"The store {path} cannot be made: {error.strerror}.") from None
    engine = sa.create_engine(
        url,
        hide_parameters=True,
        json_serializer=dump_json,
        connect_args={"timeout": BUSY_SECONDS},
        max_overflow=-1,
    )

    @sa.event.listens_for(engine, "connect")
    def configure(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # the driver begins too late and too weakly; `begin` below does it
        # What is deleted is overwritten: retention means that it cannot be read in the file either.
        for pragma in (
            f"busy_timeout = {BUSY_SECONDS * 1000}", "foreign_keys = ON", "synchronous = FULL",
            "secure_delete = ON",
        ):  # fmt: skip
            connection.execute(f"PRAGMA {pragma}")
        if _share(connection) != "wal":
            raise UsageError(f"The store {path} lies where SQLite cannot share it; put it on a local disk.")

    @sa.event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A transaction that reads first and writes later may fail in the middle; this one waits at its start.
        read_only = connection.get_execution_options().get(READ_ONLY)
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine


def _share(connection: Any) -> str:
    """Switch to WAL. SQLite's own waiting does not cover it: another that opens is waited for here."""
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            return str(connection.execute("PRAGMA journal_mode = WAL").fetchone()[0])
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.02)


def _postgresql(url: URL) -> Engine:
    try:
        engine = sa.create_engine(
            url, hide_parameters=True, json_serializer=dump_json, json_deserializer=json.loads,
            pool_pre_ping=True,
            isolation_level="READ COMMITTED", connect_args={"application_name": APPLICATION, **_PATIENCE},
        )  # fmt: skip
    except ImportError:
        raise UsageError("PostgreSQL needs psycopg: pip install 'psycopg[binary]'.") from None

    @sa.event.listens_for(engine, "connect")
    def configure(connection: Any, _: Any) -> None:
        # A commit that the server may forget is no intent. (Stronger settings of the server stay.)
        connection.autocommit = True
        connection.execute(
            "SELECT set_config('synchronous_commit', 'on', false)"
            " WHERE current_setting('synchronous_commit') = 'off'"
        )
        connection.autocommit = False

    @sa.event.listens_for(engine, "handle_error")
    def keep_values_out(context: ExceptionContext) -> None:
        # The server's DETAIL quotes the whole row, and exceptions reach logs that hold no personal data.
        for error in (context.original_exception, context.sqlalchemy_exception):
            if error is not None and error.args:
                error.args = (str(error.args[0]).partition("\n")[0], *error.args[1:])

    return engine


def _prepare(connection: Connection, name: str) -> bytes:
    """Make the tables on first opening, upgrade older ones; refuse what is not ours or newer than we are."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(CREATION_LOCK)))
    there = set(sa.inspect(connection).get_table_names()) & set(metadata.tables)
    if not there:
        metadata.create_all(connection, checkfirst=False)
        key = secrets.token_hex(32)
        connection.execute(meta.insert().values(key="pepper", value=key))
        stamp(connection, REVISION)
        told = {"tables": REVISION, "key": digests.of([key])}
        audit.append(connection, Entry("store.made", "store", audit.SYSTEM, detail=told))
    elif "meta" not in there:
        raise UsageError(f"{name} has tables named {', '.join(sorted(there))} that are not robotfabrik's.")
    pepper = connection.execute(sa.select(meta.c.value).where(meta.c.key == "pepper")).scalar()
    version = version_of(connection)
    if pepper is None or version is None or not _PEPPER.fullmatch(str(pepper)):
        raise UsageError(f"{name} is no store of robotfabrik's, or a damaged one.")
    if version > REVISION:
        raise UsageError(
            f"The store {name} was made by a newer robotfabrik (tables {version}; this one knows"
            f" {REVISION}). Install that version, or use another store."
        )
    if version < REVISION:
        upgrade(connection)
        told = {"from": version, "to": REVISION, "key": digests.of([pepper])}
        audit.append(connection, Entry("store.upgraded", "store", audit.SYSTEM, detail=told))
    return bytes.fromhex(pepper)
