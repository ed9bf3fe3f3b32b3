"""Activities on zip archives."""

from __future__ import annotations

import shutil
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from robotfabrik.activities import saving
from robotfabrik.activities.api import Activity, Context, Texts, describe
from robotfabrik.activities.content import names_of
from robotfabrik.model.errors import SystemException
from robotfabrik.model.types import TEXT, list_of

MAX_FILES = 10_000
MAX_SIZE = 1_000_000_000  # bytes that an archive may hold, unpacked
MAX_RATIO = 200  # times larger than packed: more is no document
_SMALL = 10_000_000  # bytes that may be packed as tightly as they like


async def zip_files(ctx: Context, files: Texts, archive: str) -> None:
    """Pack files into a new zip archive, each under its own name.

    files: a name, a list of names such as [a.xlsx, b.pdf], or the table that list_files gives.
    archive: the archive; one that is there already is replaced.
    """
    paths = [ctx.path(name) for name in names_of(files)]
    inside = [path.name for path in paths]
    if twice := next((name for name in inside if inside.count(name) > 1), None):
        raise SystemException(f"two of the files are called {twice}")
    target = ctx.path(archive, write=True)

    def pack() -> None:
        with saving.replacing(target) as beside, zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as zipped:
            for path in paths:
                with saving.plain_errors(path):
                    zipped.write(path, path.name)

    await saving.change(target, pack)


async def unzip_files(ctx: Context, archive: str, folder: str) -> Any:
    """Unpack a zip archive; the result is the list of the files' names.

    Nothing is unpacked when a file would lie outside the folder or be there already, or when the archive is
    protected, damaged or unreasonably large.
    archive: the archive.
    folder: where its files shall lie.
    """
    there = ctx.path(archive)
    target = ctx.path(f"{folder.rstrip('/')}/", write=True)

    def unpack() -> tuple[str, ...]:
        with _opened(there) as zipped:
            members = [member for member in zipped.infolist() if not member.is_dir()]
            _harmless(members, target, there.name)
            if damaged := zipped.testzip():
                raise SystemException(f"{there.name}: {PurePosixPath(damaged).name} in it is damaged")
            for member in members:
                path = target / member.filename
                saving.make_folder(path.parent)
                with saving.replacing(path) as new, zipped.open(member) as packed, new.open("wb") as out:
                    shutil.copyfileobj(packed, out)
        return tuple(f"{folder.rstrip('/')}/{member.filename}" for member in members)

    return await saving.change(there, unpack)


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as zipped:
            yield zipped
    except (zipfile.BadZipFile, EOFError, NotImplementedError):
        raise SystemException(f"{path.name} is no zip archive, or it is damaged") from None


def _harmless(members: list[zipfile.ZipInfo], folder: Path, name: str) -> None:
    size = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    if len(members) > MAX_FILES or size > MAX_SIZE or (size > _SMALL and size > packed * MAX_RATIO):
        raise SystemException(f"{name} is unreasonably large unpacked; nothing was unpacked")
    if len({member.filename.casefold() for member in members}) < len(members):
        raise SystemException(f"{name} has two files of one name; nothing was unpacked")
    for member in members:
        if member.flag_bits & 1:
            raise SystemException(f"{name} is protected by a password")
        path = folder / member.filename
        link = stat.S_ISLNK(member.external_attr >> 16)
        if link or not path.resolve().is_relative_to(folder.resolve()) or "\\" in member.filename:
            raise SystemException(
                f"{name} has a file that would lie elsewhere; nothing was unpacked"
            )
        if path.exists():
            raise SystemException(f"{path.name} is there already; nothing was unpacked")


ACTIVITIES: tuple[Activity, ...] = (
    describe(zip_files, "local"),
    describe(unzip_files, "local", result_type=lambda arguments: list_of(TEXT)),
)
