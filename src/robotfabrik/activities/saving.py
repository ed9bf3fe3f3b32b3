"""Work on files: off the event loop, whole or not at all, and with plain words when it fails."""

from __future__ import annotations

import asyncio
import errno
import os
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from robotfabrik.activities.api import Context
from robotfabrik.model.errors import SystemException, TimedOut

T = TypeVar("T")
_one_change_at_a_time = threading.Lock()  # workers of one job may append to the same file


async def read(ctx: Context, path: Path, work: Callable[[], T]) -> T:
    """Look into a file in a thread, for as long as the step's own `timeout:` says."""

    def plainly() -> T:
        with plain_errors(path):
            return work()

    try:
        return await asyncio.wait_for(asyncio.to_thread(plainly), ctx.own_timeout)
    except TimeoutError:
        raise TimedOut(f"{path.name} could not be read within {ctx.own_timeout:g} s") from None


async def change(path: Path, work: Callable[[], T]) -> T:
    """Change files in a thread. A change that has begun is finished, whatever the step's time is."""

    def alone() -> T:
        with _one_change_at_a_time, plain_errors(path):
            return work()

    return await asyncio.shield(asyncio.to_thread(alone))


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A new file beside `path` that takes its place when all went well; else everything is as before.

    A file that was there keeps its mode; a new one is as open as its folder, so that one in the job's own
    folder is for its owner alone.
    """
    if path.is_dir():
        raise IsADirectoryError
    mode = (path if path.exists() else path.parent).stat().st_mode & 0o666
    beside = path.with_name(f".{path.stem[:80]}.{secrets.token_hex(4)}{path.suffix}")
    os.close(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        yield beside
        beside.chmod(mode)
        os.replace(beside, path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def free(path: Path) -> Path:
    """The path, or the same with a number added when it is taken."""
    found, number = path, 1
    while os.path.lexists(found):
        number += 1
        found = path.with_name(f"{path.stem} ({number}){path.suffix}")
    return found


def write_new(path: Path, content: bytes) -> Path:
    """Write a file that is its owner's alone, never over another one; where it lies."""
    while True:
        found = free(path)
        try:
            file = os.open(found, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:  # somebody was faster
            continue
        with os.fdopen(file, "wb") as into:
            into.write(content)
        return found


def make_folder(path: Path) -> None:
    """Make a folder and its missing parents, each as open as the one that it lies in."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(exist_ok=True)
        folder.chmod(folder.parent.stat().st_mode & 0o777)


@contextmanager
def plain_errors(path: Path) -> Iterator[None]:
    """What the operating system refuses, in words that say what to do."""
    try:
        yield
    except OSError as error:
        raise SystemException(_reason(error, path.name)) from None


def _reason(error: OSError, name: str) -> str:
    match error:
        case FileNotFoundError():
            return f"there is no {name}"
        case FileExistsError():
            return f"{name} is there already"
        case IsADirectoryError():
            return f"{name} is a folder, not a file"
        case NotADirectoryError():
            return f"{name} is no folder, or lies in something that is none"
        case PermissionError():
            return f"{name} may not be used: another program has it open, or the robot lacks the right"
    if error.errno == errno.ENOSPC:
        return f"{name} was not written: the disk is full"
    if error.errno == errno.ENOTEMPTY:
        return f"{name} is not empty"
    return f"{name} could not be used ({error.strerror or type(error).__name__})"
