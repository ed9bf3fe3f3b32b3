"""What stands in a file, as bytes and as text; and which files an argument names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from robotfabrik.activities import csvtext, saving
from robotfabrik.model.errors import SystemException


def names_of(files: Any) -> list[str]:
    """The names that an argument holds: one, a list of them, or a table of `list_files`."""
    if isinstance(files, str):
        return [files]
    return [str(file if isinstance(file, str) else file["path"]) for file in files]


def contents(path: Path, most: int) -> bytes:
    """A file's bytes, when they are not too many."""
    if path.stat().st_size > most:
        raise SystemException(f"{path.name} is larger than {most // 1_000_000} MB")
    return path.read_bytes()


def text_of(content: bytes, encoding: str, name: str) -> str:
    """The text of a file's bytes."""
    try:
        return content.decode(encoding) if encoding else csvtext.decoded(content)
    except LookupError:
        raise SystemException(f"there is no encoding '{encoding}': write utf-8, cp1252 or the like") from None
    except ValueError:
        raise SystemException(f"{name} is no text in {encoding or 'an encoding that is known'}") from None


def encoded(text: str, encoding: str, name: str) -> bytes:
    """A text as a file's bytes."""
    try:
        return text.encode(encoding)
    except LookupError:
        raise SystemException(f"there is no encoding '{encoding}': write utf-8, cp1252 or the like") from None
    except ValueError:
        raise SystemException(f"{name}: the text has characters that {encoding} has not") from None


def write(path: Path, content: bytes) -> None:
    """Write a whole file, or leave what was there."""
    with saving.replacing(path) as beside:
        beside.write_bytes(content)
