"""Activities on CSV files, as Swedish Excel reads and writes them."""

from __future__ import annotations

from typing import Any

from robotfabrik.activities import csvtext, rows, saving
from robotfabrik.activities.api import Activity, Columns, Context, Data, describe
from robotfabrik.activities.content import contents, encoded, text_of, write
from robotfabrik.model.errors import SystemException
from robotfabrik.model.types import Type

MAX_SIZE = 100_000_000  # bytes


async def read_csv(
    ctx: Context, file: str, columns: Columns = (), delimiter: str = "", encoding: str = "",
    has_headers: bool = True,
) -> Any:  # fmt: skip
    """Read a CSV file as a table. Without columns every value is text, and an empty one none.

    file: the file.
    columns: name: type, or name: {header, as, private}, for each column that is wanted; type? may be empty.
    delimiter: by default it is recognised: semicolon, tab, vertical bar or comma.
    encoding: such as utf-8 or cp1252; by default it is recognised.
    has_headers: the first line names the columns; else they are taken in order.
    """
    there = ctx.path(file)

    def read() -> Any:
        text = text_of(contents(there, MAX_SIZE), encoding, there.name)
        found = csvtext.parse(text, _delimiter(delimiter) or csvtext.delimiter_of(text))
        header = found.pop(0)[1] if has_headers and found else None
        width = len(header) if header is not None else len(columns) or (len(found[0][1]) if found else 0)
        for line, record in found:
            if len(record) != width:
                raise SystemException(f"{there.name} line {line}: {len(record)} values, not {width}")
        cells = ((f"line {line}", record) for line, record in found)
        if not found and header is None and has_headers and columns:
            raise SystemException(f"{there.name} is empty: it has no line with the columns' names")
        return rows.records(ctx, header, cells, columns, _shown, there.name)

    return await saving.read(ctx, there, read)


async def write_csv(
    ctx: Context, file: str, table: Data, delimiter: str = ";", encoding: str = "utf-8-sig",
    has_headers: bool = True,
) -> None:  # fmt: skip
    """Write a table as a CSV file; one that is there already is replaced.

    Texts that Excel would take for formulas get an apostrophe before them, which read_csv takes away.
    file: the file.
    table: the table.
    delimiter: what stands between the values. With ; numbers have a decimal comma, with , a point.
    encoding: such as utf-8-sig, which Excel recognises, or cp1252.
    has_headers: the first line names the columns.
    """
    there = ctx.path(file, write=True)
    sign = _delimiter(delimiter) or ";"

    def save() -> None:
        names = list(dict.fromkeys(name for row in table for name in row))
        values = ([row.get(name) for name in names] for row in table)
        text = csvtext.compose(names if has_headers and names else None, values, sign)
        write(there, encoded(text, encoding, there.name))

    await saving.change(there, save)


def _delimiter(text: str) -> str:
    if len(text) > 1 and text != "\\t":
        raise SystemException("a delimiter is one character; \\t is the tab")
    return "\t" if text == "\\t" else text


def _shown(text: str, type_: Type) -> str | None:
    return text


ACTIVITIES: tuple[Activity, ...] = (
    describe(read_csv, result_type=rows.result),
    describe(write_csv, "local"),
)
