"""Where jobs, items and effects are kept: SQLite by default, PostgreSQL by URL, memory for tests."""

from robotfabrik.store.memory import MemoryStore
from robotfabrik.store.sql import SqlStore, open_store

__all__ = ["MemoryStore", "SqlStore", "open_store"]
