"""Keyrings for tests, so that none reaches the one of the person who runs them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keyring
from keyring.backend import KeyringBackend
from keyring.backends import fail
from keyring.errors import PasswordDeleteError


class InMemory(KeyringBackend):
    """A keyring that forgets everything when the test ends."""

    priority = 1  # type: ignore[assignment]
    name = "the test's keyring"  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[str, str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        self._open(username)
        return self.kept.get(username)

    def set_password(self, service: str, username: str, password: str) -> None:
        self._open(password)
        self.kept[username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._open(username)
        if self.kept.pop(username, None) is None:
            raise PasswordDeleteError(username)

    def _open(self, given: str) -> None:
        if self.locked:
            raise RuntimeError(f"locked, and quotes what it was given: {given}")


def use(monkeypatch: Any, backend: KeyringBackend | None = None) -> None:
    """Let the machine have this keyring, or none at all."""
    chosen: Callable[[], KeyringBackend] = lambda: backend or fail.Keyring()  # noqa: E731
    monkeypatch.setattr(keyring, "get_keyring", chosen)
