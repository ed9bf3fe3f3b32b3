"""Activities on files and folders. Names are relative to the job's own folder, or whole paths that the bot
grants; what is written lies in the job's own folder unless a whole path says otherwise."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal

from robotfabrik.activities import kinds, saving
from robotfabrik.activities.api import Activity, Context, describe
from robotfabrik.activities.content import contents, encoded, text_of, write
from robotfabrik.model.errors import SystemException
from robotfabrik.model.types import BOOLEAN, DATE, INTEGER, TEXT, Type, record_of, table_of
from robotfabrik.model.values import Record

MAX_TEXT = 10_000_000  # bytes of a file that is read as text
PROPERTIES = record_of(
    {"path": Type("path"), "name": TEXT, "extension": TEXT, "size": INTEGER, "modified": DATE}
)
LISTED = table_of({**dict(PROPERTIES.fields), "link": BOOLEAN})

_ORDERS: Mapping[str, Callable[[Path], Any]] = {
    "name": lambda file: file,
    "modified": lambda file: file.stat().st_mtime_ns,
    "size": lambda file: file.stat().st_size,
}


async def path_exists(ctx: Context, path: str, kind: Literal["any", "file", "folder"] = "any") -> bool:
    """Is there such a file or folder?

    path: its name.
    kind: what it must be: file, folder or any.
    """
    there = ctx.path(path)
    looks = {"any": there.exists, "file": there.is_file, "folder": there.is_dir}
    return await saving.read(ctx, there, looks[kind])


async def get_file_info(ctx: Context, path: str) -> Any:
    """Give what is known of a file: its path, name, extension, size in bytes and the day of its last change.

    path: the file.
    """
    there = ctx.path(path)
    return await saving.read(ctx, there, lambda: _properties(there, path))


async def file_hash(ctx: Context, file: str) -> str:
    """Give a file's checksum (SHA-256): files with the same one have the same content.

    file: the file, however large.
    """
    there = ctx.path(file)

    def count() -> str:
        with there.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()

    return await saving.read(ctx, there, count)


async def get_file_kind(ctx: Context, file: str) -> str:
    """Say what a file is by its content, whatever it is called: pdf, jpg, png, docx, xlsx, zip, or unknown.

    A PDF or document that is damaged or encrypted is unknown.
    file: the file.
    """
    there = ctx.path(file)
    return await saving.read(ctx, there, lambda: kinds.of(there))


async def list_files(
    ctx: Context, folder: str = ".", pattern: str = "*", deep: bool = False,
    order_by: Literal["name", "modified", "size"] = "name", descending: bool = False,
) -> Any:  # fmt: skip
    """Give the files of a folder as a table: path, name, extension, size, modified, link (is it one?).

    Go through them with for_each; for_each_file does both. Hidden files and files in progress (their names
    begin with . or ~$) are left out; so are those whose names are no text, which the log tells.
    folder: the folder.
    pattern: names that fit, where * stands for anything, such as *.xlsx.
    deep: with the files of the folders in it.
    order_by: name, modified (the oldest first) or size (the smallest first).
    descending: the other way round.
    """
    if "/" in pattern or "\\" in pattern or ".." in pattern:
        raise SystemException("a pattern of file names holds no path: name the folder in 'folder'")
    there = ctx.path(folder)

    def look() -> tuple[Record, ...]:
        if not there.is_dir():
            raise NotADirectoryError if there.exists() else FileNotFoundError
        found = there.rglob(pattern) if deep else there.glob(pattern)
        files = sorted(file for file in found if _listed(file.relative_to(there)) and file.is_file())
        if strange := sum(not _is_text(str(file)) for file in files):
            ctx.log("warning", f"{strange} files in {there.name} are left out: their names are no text")
            files = [file for file in files if _is_text(str(file))]
        files.sort(key=_ORDERS[order_by], reverse=descending)
        return tuple(
            Record(_properties(file, _name_in(folder, file.relative_to(there))), link=file.is_symlink())
            for file in files
        )

    return await saving.read(ctx, there, look)


async def create_folder(ctx: Context, path: str) -> None:
    """Make a folder, and those that it lies in; nothing happens when it is there already.

    path: the folder.
    """
    there = ctx.path(path, write=True)

    def make() -> None:
        if there.exists() and not there.is_dir():
            raise FileExistsError
        saving.make_folder(there)

    await saving.change(there, make)


async def copy_file(ctx: Context, source: str, destination: str, overwrite: bool = False) -> str:
    """Copy a file; the result is the copy's name.

    source: the file.
    destination: the copy, or a folder that it shall lie in.
    overwrite: replace a file that is there already; else that is an error.
    """
    there = ctx.path(source)
    target, name = _destination(ctx, source, destination)
    await saving.change(target, lambda: _copied(there, target, overwrite))
    return name


async def move_file(ctx: Context, source: str, destination: str, overwrite: bool = False) -> str:
    """Move or rename a file; the result is its new name. Files of the project can only be copied.

    On one disk this is one change: the file is here or there, whatever crashes. A link is moved itself, never
    what it leads to.
    source: the file.
    destination: its new name, or a folder that it shall lie in.
    overwrite: replace a file that is there already; else that is an error.
    """
    there = _itself(ctx, source)
    target, name = _destination(ctx, source, destination)

    def move() -> None:
        _must_be_free(there, target, overwrite)
        try:
            there.rename(target) if not overwrite else there.replace(target)
        except OSError as error:
            if error.errno != errno.EXDEV or there.is_symlink():
                raise
            _copied(there, target, overwrite)
            there.unlink()

    await saving.change(target, move)
    return name


async def delete_file(ctx: Context, path: str, missing_ok: bool = False) -> None:
    """Delete a file, or a folder that is empty.

    path: the file.
    missing_ok: nothing happens when there is none; else that is an error.
    """
    there = ctx.path(path, write=True)

    def delete() -> None:
        if there.is_dir():
            there.rmdir()
        else:
            there.unlink(missing_ok=missing_ok)

    await saving.change(there, delete)


async def read_text_file(ctx: Context, path: str, encoding: str = "") -> str:
    """Read a text file.

    path: the file.
    encoding: such as utf-8 or cp1252; by default it is recognised.
    """
    there = ctx.path(path)
    content = await saving.read(ctx, there, lambda: contents(there, MAX_TEXT))
    return text_of(content, encoding, there.name).replace("\r\n", "\n")


async def write_text_file(ctx: Context, path: str, text: str, encoding: str = "utf-8") -> None:
    """Write a text file; one that is there already is replaced.

    path: the file.
    text: what shall stand in it.
    encoding: such as utf-8 or cp1252.
    """
    there = ctx.path(path, write=True)
    content = encoded(text, encoding, there.name)
    await saving.change(there, lambda: write(there, content))


async def append_line(ctx: Context, path: str, text: str, encoding: str = "utf-8") -> None:
    """Add a line to the end of a text file, which is made when there is none.

    path: the file.
    text: the line.
    encoding: such as utf-8 or cp1252.
    """
    there = ctx.path(path, write=True)
    line = encoded(f"{text}\n", encoding, there.name)

    def append() -> None:
        before = there.read_bytes() if there.exists() else b""
        write(there, before + (b"" if before.endswith(b"\n") or not before else b"\n") + line)

    await saving.change(there, append)


def _properties(path: Path, name: str) -> Record:
    state = path.stat()
    return Record(
        path=name, name=path.name, extension=path.suffix.removeprefix(".").lower(), size=state.st_size,
        modified=date.fromtimestamp(state.st_mtime),
    )  # fmt: skip


def _is_text(name: str) -> bool:
    """Not every name on a disk is: its bytes need not be UTF-8."""
    return not re.search("[\ud800-\udfff]", name)


def _listed(name: Path) -> bool:
    return not any(part.startswith((".", "~$")) for part in name.parts)


def _name_in(folder: str, name: Path) -> str:
    """A file's name as other steps understand it."""
    return name.as_posix() if folder in ("", ".") else f"{folder.rstrip('/')}/{name.as_posix()}"


def _destination(ctx: Context, source: str, destination: str) -> tuple[Path, str]:
    """Where a file goes; into a folder under its own name."""
    target = ctx.path(destination, write=True)
    if not (target.is_dir() or destination.endswith("/")):
        return target, destination
    name = f"{destination.rstrip('/')}/{os.path.basename(source.rstrip('/'))}"
    return ctx.path(name, write=True), name


def _itself(ctx: Context, source: str) -> Path:
    """Where a file lies that is to be moved: its folder is followed and judged, a link is not followed."""
    folder, name = os.path.split(source.rstrip("/"))
    link = ctx.path(folder or ".", write=True) / name if name not in ("", "..") else None
    return link if link is not None and link.is_symlink() else ctx.path(source, write=True)


def _must_be_free(source: Path, target: Path, overwrite: bool) -> None:
    if source.is_dir() and not source.is_symlink():
        raise SystemException(f"{source.name} is a folder: go through its files with list_files")
    with saving.plain_errors(source):
        source.lstat()
    if target.exists() and not overwrite:
        raise SystemException(f"{target.name} is there already; say overwrite: true to replace it")


def _copied(source: Path, target: Path, overwrite: bool) -> None:
    _must_be_free(source, target, overwrite)
    with saving.plain_errors(source):
        source.stat()
    with saving.replacing(target) as beside:
        shutil.copyfile(source, beside)


ACTIVITIES: tuple[Activity, ...] = (
    describe(path_exists),
    describe(get_file_info, result_type=lambda arguments: PROPERTIES),
    describe(file_hash),
    describe(get_file_kind),
    describe(list_files, result_type=lambda arguments: LISTED),
    describe(create_folder, "local"),
    describe(copy_file, "local"),
    describe(move_file, "local"),
    describe(delete_file, "local"),
    describe(read_text_file),
    describe(write_text_file, "local"),
    describe(append_line, "local"),
)
