"""The keys that secrets in the store are encrypted with. They lie anywhere but in the store."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from robotfabrik.model.errors import UsageError, plainly
from robotfabrik.vault import os_keyring

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

KEY_VARIABLE: Final = "ROBOTFABRIK_KEY"
FILE_VARIABLE: Final = "ROBOTFABRIK_KEY_FILE"
KEYRING_ADDRESS: Final = "key"

HOW: Final = (
    f"make a key with robotfabrik assets key --file FILE and say {FILE_VARIABLE}=FILE"
    " where robots run (or robotfabrik assets key --keyring)"
)


@dataclass(frozen=True, slots=True)
class Keys:
    """One key or several: the first one encrypts, each of them decrypts. `source` is for people."""

    texts: tuple[str, ...] = field(repr=False)
    source: str

    def fernet(self, *, newest_only: bool = False) -> MultiFernet:
        from cryptography.fernet import Fernet, MultiFernet  # only here: most commands need no secret

        try:
            found = [Fernet(text) for text in self.texts]
        except ValueError:
            wrong = f"{self.source} holds what is no key"
            raise UsageError(f"{wrong}: {HOW}") from None
        return MultiFernet(found[:1] if newest_only else found)


def find(environment: Mapping[str, str]) -> Keys | None:
    """The keys of ROBOTFABRIK_KEY, else of the file of ROBOTFABRIK_KEY_FILE, else of the keyring.

    None when nobody has made one. UsageError when what was named is not there, or others may read it.
    """
    if text := environment.get(KEY_VARIABLE, "").strip():
        return _keys(text, KEY_VARIABLE)
    if name := environment.get(FILE_VARIABLE, "").strip():
        return of_file(Path(name))
    if os_keyring.backend() is not None and (kept := os_keyring.read(KEYRING_ADDRESS)):
        return _keys(kept, "the keyring")
    return None


def needed(environment: Mapping[str, str]) -> Keys:
    """The keys; UsageError that says how to make one when there is none."""
    found = find(environment)
    if found is None:
        raise UsageError(f"secrets in the store need a key, and there is none: {HOW}")
    return found


def of_file(file: Path) -> Keys:
    """The keys in a file, which must be its owner's alone."""
    try:
        if os.name == "posix" and file.stat().st_mode & 0o077:
            raise UsageError(f"others may read the key in {file}: chmod 600 {file}")
        text = file.read_text(encoding="ascii", errors="replace")
    except OSError as error:
        raise UsageError(f"{FILE_VARIABLE}: {plainly(error)}") from None
    return _keys(text, f"{file}")


def make() -> str:
    """A new key."""
    from cryptography.fernet import Fernet

    return Fernet.generate_key().decode()


def put_in_file(file: Path, key: str) -> int:
    """Put a key before those in a file, which is made if it is not there; how many are behind it."""
    older = of_file(file).texts if file.exists() else ()
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    part.unlink(missing_ok=True)
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as opened:
            opened.write("".join(f"{text}\n" for text in (key, *older)))
            opened.flush()
            os.fsync(opened.fileno())
        os.replace(part, file)
    finally:
        part.unlink(missing_ok=True)
    return len(older)


def put_in_keyring(key: str) -> int:
    """Put a key before those in the keyring; how many are behind it."""
    kept = os_keyring.read(KEYRING_ADDRESS)
    older = _keys(kept, "the keyring").texts if kept else ()
    os_keyring.write(KEYRING_ADDRESS, "\n".join((key, *older)))
    return len(older)


def _keys(text: str, source: str) -> Keys:
    texts = tuple(re.split(r"[\s,;]+", text.strip()))
    keys = Keys(texts, source)
    keys.fernet()
    return keys
