"""Activities on structured files, JSON and XML, held against a JSON Schema. What others have sent is read as
such: large, broken and hostile files end with an error that names the place, never with a guess."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from robotfabrik.activities import jsontext, saving, xmltree
from robotfabrik.activities.api import Activity, Context, Json, describe
from robotfabrik.activities.content import contents, write
from robotfabrik.model.errors import SystemException, Unreadable
from robotfabrik.model.types import ANY, TEXT, Type, record_of, table_of
from robotfabrik.model.values import Record

MAX_SIZE = 5_000_000  # bytes
DEEPEST = 100
PROBLEMS = table_of({"place": TEXT, "kind": TEXT, "message": TEXT})
_NO_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")  # what no screen and no store takes


async def read_json(ctx: Context, file: str, schema: str = "") -> Any:
    """Read a JSON file: gives its content, and the problems that a schema finds in it.

    Objects are records, arrays lists, numbers exact. With a schema, what it knows and the file lacks is none
    in the content, and problems is a table of place (`poster 2 belopp`), kind (missing, wrong or unknown)
    and message. A file that is no JSON is unreadable; so is one with a name twice in an object.
    file: the file, 5 MB at most, in UTF-8 or UTF-16.
    schema: a file with a JSON Schema (draft 2020-12).
    """
    there, rules = ctx.path(file), _schema(ctx, schema) if schema else None

    def read() -> Record:
        try:
            value = jsontext.load(_decoded(_whole(there)))
        except ValueError as error:
            raise Unreadable(f"{there.name} is no JSON: {error}") from None
        return _answer(value, there.name, rules)

    found: Record = await saving.read(ctx, there, read)
    ctx.remember_private(found["content"])
    return found


async def read_xml(ctx: Context, file: str, schema: str) -> Any:
    """Read an XML file in the shape that a JSON Schema describes: gives content and problems, as read_json.

    An element is a record of its children, or a list of them where the schema says array, whatever the
    children are called; else it is a text, number or boolean. Attributes are unknown, but for those of
    namespaces. A file with a document type is unreadable, so that no entity is expanded and nothing fetched.
    file: the file, 5 MB at most.
    schema: a file with a JSON Schema (draft 2020-12).
    """
    there, rules = ctx.path(file), _schema(ctx, schema)

    def read() -> Record:
        try:
            value, problems = rules.shaped(xmltree.parse(_whole(there)))
        except xmltree.WrongXml as error:
            raise Unreadable(f"{there.name} is no XML that can be read: {error}") from None
        return _answer(value, there.name, rules, problems)

    found: Record = await saving.read(ctx, there, read)
    ctx.remember_private(found["content"])
    return found


async def write_json(ctx: Context, path: str, content: Json) -> None:
    """Write a JSON file, in UTF-8; one that is there already is replaced.

    path: the file.
    content: name: value, to any depth, or an expression. A plain value is a text.
    """
    there = ctx.path(path, write=True)
    text = jsontext.dump(content)
    await saving.change(there, lambda: write(there, f"{text}\n".encode()))


def _schema(ctx: Context, file: str) -> Any:
    from robotfabrik.activities.schemas import Schema  # jsonschema is heavy

    there = ctx.path(file)
    with saving.plain_errors(there):
        content = contents(there, MAX_SIZE)
    try:
        return Schema(there.name, json.loads(content))
    except (ValueError, RecursionError) as error:
        raise SystemException(f"{there.name} is no JSON Schema: {error}") from None


def _answer(value: Any, name: str, rules: Any, problems: tuple[Record, ...] = ()) -> Record:
    """What was read. A text that could not be shown or kept makes the whole file unreadable."""
    for depth, part in _parts(value):
        if depth > DEEPEST:
            raise Unreadable(f"{name} is nested deeper than {DEEPEST}")
        if isinstance(part, str) and _NO_TEXT.search(part):
            raise Unreadable(f"{name} holds a character that is no text")
    if rules is None:
        return Record(content=value, problems=())
    return Record(content=rules.completed(value), problems=(*problems, *rules.problems(value)))


def _parts(value: Any) -> Iterator[tuple[int, Any]]:
    """Every value in a value, and every name, with its depth."""
    waiting = [(1, value)]
    while waiting:
        depth, part = waiting.pop()
        yield depth, part
        if isinstance(part, Mapping):
            waiting += [(depth + 1, each) for each in (*part.keys(), *part.values())]
        elif isinstance(part, tuple):
            waiting += [(depth + 1, each) for each in part]


def _whole(path: Path) -> bytes:
    """A file's bytes. A large one is unreadable like any other that is not what was to be sent."""
    try:
        return contents(path, MAX_SIZE)
    except SystemException as error:
        raise Unreadable(str(error)) from None


def _decoded(content: bytes) -> str:
    """JSON is UTF-8, or UTF-16 with its mark (RFC 8259). ValueError else: an encoding is not guessed."""
    try:
        marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
        return content.decode("utf-16" if marked else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"byte {error.start + 1} is no UTF-8") from None


def _type(arguments: Mapping[str, Any]) -> Type:
    return record_of({"content": ANY, "problems": PROBLEMS})


ACTIVITIES: tuple[Activity, ...] = (
    describe(read_json, result_type=_type),
    describe(read_xml, result_type=_type),
    describe(write_json, "local"),
)
