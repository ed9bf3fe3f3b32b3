"""The operating system's keyring of the user who runs the robots; on many servers there is none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from robotfabrik.model.errors import UsageError

SERVICE: Final = "robotfabrik"
"""Under this name everything lies there, each thing with its address as user name."""


def backend() -> str | None:
    """What the machine's keyring is called; None when it has none."""
    found = _backend()
    return None if found is None else str(found.name)


def read(address: str) -> str | None:
    """What lies at an address; None when nothing does. UsageError when the keyring does not open."""
    with _plainly() as keyring:
        found: str | None = keyring.get_password(SERVICE, address)
        return found


def write(address: str, text: str) -> None:
    with _plainly() as keyring:
        keyring.set_password(SERVICE, address, text)


def remove(address: str) -> None:
    """Remove what lies at an address, if anything does."""
    with _plainly() as keyring:
        if keyring.get_password(SERVICE, address) is not None:
            keyring.delete_password(SERVICE, address)


def _backend() -> Any:
    import keyring  # only here: it looks for its backends, which takes as long as everything else

    try:
        found = keyring.get_keyring()
        # Those that refuse everything, or forget it, have no priority.
        return found if found.priority > 0 else None
    except Exception:  # a setting of the user's names one that there is not
        return None


@contextmanager
def _plainly() -> Iterator[Any]:
    """The keyring. What it says when it fails may hold what was given to it, and is not repeated."""
    found = _backend()
    if found is None:
        raise UsageError("this machine has no keyring that robotfabrik could use")
    try:
        yield found
    except Exception as error:
        reason = f"the keyring ({found.name}) failed: {type(error).__name__}"
        raise UsageError(f"{reason}; is it unlocked, for the user who runs this?") from None
