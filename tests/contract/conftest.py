"""The stores that contract tests run over, for those of them that do not stand in test_store.py."""

from tests.contract.test_store import backend, database, postgresql_server, store

__all__ = ["backend", "database", "postgresql_server", "store"]
