"""Activities on tables: lists of records. A table is never changed; every activity gives a new one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from robotfabrik.activities import csvtext
from robotfabrik.activities.api import (
    Activity,
    Cells,
    Columns,
    Context,
    Data,
    GroupValues,
    Names,
    RowCondition,
    Rows,
    RowValue,
    describe,
)  # fmt: skip
from robotfabrik.expressions import element_type, join_types
from robotfabrik.expressions.functions import sorted_by
from robotfabrik.expressions.runtime import equal, key
from robotfabrik.model.errors import SystemException
from robotfabrik.model.suggest import did_you_mean
from robotfabrik.model.types import ANY, TEXT, Type, record_of, table_of
from robotfabrik.model.values import Record

Table = tuple[Record, ...]
Types = Mapping[str, Type]


async def build_data_table(ctx: Context, columns: Columns, rows: Rows = ()) -> Any:
    """Make a table, with some rows or none.

    columns: name: type for each column; a type with ? may be empty.
    rows: a list of rows, each a list with a value for each column.
    """
    for column in columns:
        if column.private:
            ctx.remember_private([row[column.name] for row in rows])
    return tuple(Record(row) for row in rows)


async def add_data_row(ctx: Context, table: Data, row: Cells) -> Any:
    """Give the table with one more row, at its end.

    table: the table.
    row: column: value; a column that is left out is empty.
    """
    return (*_rows(table), Record(row))


async def add_data_column(ctx: Context, table: Data, column: str, value: RowValue) -> Any:
    """Give the table with one more column, or with other values in a column that it has.

    table: the table.
    column: the column's name.
    value: an expression over each row, such as row.amount * 2.
    """
    return tuple(Record(row, **{column: value(row)}) for row in _rows(table))


async def filter_data_table(
    ctx: Context, table: Data, where: RowCondition, mode: Literal["keep", "remove"] = "keep"
) -> Any:
    """Give the rows of the table that fit, in their order.

    table: the table.
    where: a condition over each row, such as row.amount > 100.
    mode: keep the rows that fit, or remove them.
    """
    return tuple(row for row in _rows(table) if where(row) is (mode == "keep"))


async def lookup_data_table(ctx: Context, table: Data, column: Names, value: Any, result: Names = ()) -> Any:
    """Find the one row that has a value in a column: the row, or none. Several rows are an error.

    table: the table.
    column: the column to look in.
    value: what shall stand there.
    result: a column, whose value is given instead of the row.
    """
    name = _one(column, "column")
    found = [row for row in _rows(table) if equal(_cell(row, name), value)]
    if len(found) > 1:
        raise SystemException(f"{len(found)} rows have this value in '{name}'; one was looked for")
    if not found:
        return None
    return _cell(found[0], _one(result, "result")) if result else found[0]


async def join_data_tables(
    ctx: Context, table: Data, other: Data, on: Names, on_other: Names = (),
    kind: Literal["inner", "left", "full"] = "inner",
) -> Any:  # fmt: skip
    """Give each row of a table together with the rows of another that have the same values.

    table: the table.
    other: the other table.
    on: the column, or a list of columns, whose values shall be the same.
    on_other: how these columns are called in the other table; by default the same.
    kind: inner gives rows that fit, left all of the table, full all of both. What has no partner is none.
    """
    theirs = tuple(on_other) or tuple(on)
    if len(theirs) != len(on):
        raise SystemException(f"'on' names {len(on)} columns and 'on_other' {len(theirs)}")
    left, right = _rows(table), _rows(other)
    partners: dict[Any, list[Record]] = {}
    for row in right:
        partners.setdefault(_key(row, theirs), []).append(row)
    names = _joined_names(_columns(left), _columns(right), theirs)
    empty = dict.fromkeys(names.values())
    joined: list[Record] = []
    met: set[Any] = set()
    for row in left:
        by = _key(row, on)
        met.add(by)
        found = partners.get(by, ())
        joined += (Record(row, **{new: match.get(old) for old, new in names.items()}) for match in found)
        if not found and kind != "inner":
            joined.append(Record(row, **empty))
    if kind == "full":
        blank = dict.fromkeys(_columns(left))
        for row in right:
            if _key(row, theirs) not in met:
                keys = {mine: row[their] for mine, their in zip(on, theirs, strict=True)}
                joined.append(Record({**blank, **keys}, **{new: row.get(old) for old, new in names.items()}))
    return tuple(joined)


async def merge_data_tables(ctx: Context, table: Data, other: Data) -> Any:
    """Give the rows of a table and then those of another. A column that only one of them has is none.

    table: the table.
    other: the table whose rows follow.
    """
    rows = (*_rows(table), *_rows(other))
    names = _columns(rows)
    return tuple(Record({name: row.get(name) for name in names}) for row in rows)


async def sort_data_table(ctx: Context, table: Data, by: Names, descending: bool = False) -> Any:
    """Give the table sorted; equal rows keep their order, texts follow the Swedish alphabet, none is last.

    table: the table.
    by: the column, or a list of columns, the most important first.
    descending: from the largest to the smallest.
    """
    rows = list(_rows(table))
    for name in reversed(by):
        filled = [row for row in rows if _cell(row, name) is not None]
        rows = [*sorted_by(filled, name, descending), *(row for row in rows if row[name] is None)]
    return tuple(rows)


async def group_data_table(ctx: Context, table: Data, by: Names, values: GroupValues) -> Any:
    """Give one row for each group of rows that have the same values in some columns.

    table: the table.
    by: the column, or a list of columns, that make a group. They stand first in the result.
    values: column: expression over the group's `rows`, such as total: sum([r.amount for r in rows]).
    """
    groups: dict[Any, list[Record]] = {}
    for row in _rows(table):
        groups.setdefault(_key(row, by), []).append(row)
    return tuple(
        Record(
            {name: rows[0][name] for name in by},
            **{name: value(tuple(rows)) for name, value in values.items()},
        )
        for rows in groups.values()
    )


async def remove_duplicate_rows(ctx: Context, table: Data, by: Names = ()) -> Any:
    """Give the table with the first of equal rows only.

    table: the table.
    by: the column, or a list of columns, that must be equal; by default all.
    """
    first: dict[Any, Record] = {}
    for row in _rows(table):
        first.setdefault(_key(row, by or tuple(row)), row)
    return tuple(first.values())


async def output_data_table_as_text(ctx: Context, table: Data, delimiter: str = ";") -> str:
    """Give the table as text: its headers, then a line for each row.

    table: the table.
    delimiter: what stands between the values.
    """
    if len(delimiter) != 1:
        raise SystemException("a delimiter is one character")
    rows = _rows(table)
    names = _columns(rows)
    text = csvtext.compose(names, ([row.get(name) for name in names] for row in rows), delimiter)
    return text.replace("\r\n", "\n")


def _rows(table: Sequence[Record]) -> Table:
    if not isinstance(table, list | tuple) or not all(isinstance(row, Record) for row in table):
        raise SystemException("this is no table: a list whose elements are all records")
    return tuple(table)


def _columns(rows: Table) -> tuple[str, ...]:
    """Every column that a row has, in order of first appearance."""
    return tuple(dict.fromkeys(name for row in rows for name in row))


def _cell(row: Record, name: str) -> Any:
    try:
        return row[name]
    except KeyError:
        hint = did_you_mean(name, row)
        raise SystemException(f"a row has no column '{name}'. {hint}".rstrip(". ") + ".") from None


def _key(row: Record, names: Sequence[str]) -> Any:
    return tuple(key(_cell(row, name)) for name in names)


def _one(names: Sequence[str], what: str) -> str:
    if len(names) != 1:
        raise SystemException(f"'{what}' is the name of one column")
    return names[0]


def _joined_names(mine: Sequence[str], theirs: Sequence[str], keys: Sequence[str]) -> dict[str, str]:
    """The other table's columns without its keys, and what they are called: not as one that is there."""
    return {name: f"{name}_other" if name in mine else name for name in theirs if name not in keys}


# --- result types


def _fields(types: Types, name: str = "table") -> dict[str, Type] | None:
    """The columns of a table, or None when nothing is known of them."""
    return dict(element_type(types.get(name, ANY)).fields) or None


def _same(arguments: Mapping[str, Any], types: Types) -> Type:
    return types.get("table", ANY)


def _built(arguments: Mapping[str, Any], types: Types) -> Type:
    columns = getattr(arguments.get("columns"), "value", None) or ()
    return table_of({c.name: c.type.or_none() if c.optional else c.type for c in columns})


def _with_row(arguments: Mapping[str, Any], types: Types) -> Type:
    fields, given = _fields(types), dict(types["row"].fields) if "row" in types else {}
    if fields is None:
        return types.get("table", ANY)
    absent = {name: type_.or_none() for name, type_ in fields.items() if name not in given}
    return table_of({**fields, **absent, **{n: join_types(fields.get(n, t), t) for n, t in given.items()}})


def _with_column(arguments: Mapping[str, Any], types: Types) -> Type:
    fields, name = _fields(types), getattr(arguments.get("column"), "value", None)
    if fields is None or not isinstance(name, str):
        return Type("table", of=Type("record"))
    return table_of({**fields, name: types.get("value", ANY)})


def _looked_up(arguments: Mapping[str, Any], types: Types) -> Type:
    row = element_type(types.get("table", ANY))
    names = getattr(arguments.get("result"), "value", ())
    found = (row.field(names[0]) or ANY) if names else row
    return found if found == ANY else found.or_none()


def _joined(arguments: Mapping[str, Any], types: Types) -> Type:
    mine, theirs = _fields(types), _fields(types, "other")
    if mine is None or theirs is None:
        return Type("table", of=Type("record"))
    on = getattr(arguments.get("on"), "value", ())
    keys = getattr(arguments.get("on_other"), "value", ()) or on
    kind = getattr(arguments.get("kind"), "value", "inner")
    names = _joined_names(tuple(mine), tuple(theirs), keys)
    found = {new: theirs[old] if kind == "inner" else theirs[old].or_none() for old, new in names.items()}
    if kind == "full":
        mine = {name: type_ if name in on else type_.or_none() for name, type_ in mine.items()}
    return table_of({**mine, **found})


def _merged(arguments: Mapping[str, Any], types: Types) -> Type:
    mine, theirs = _fields(types), _fields(types, "other")
    if mine is None or theirs is None:
        return Type("table", of=Type("record"))
    both = {name: join_types(type_, theirs[name]) for name, type_ in mine.items() if name in theirs}
    single = {name: type_.or_none() for name, type_ in {**mine, **theirs}.items() if name not in both}
    return table_of({name: {**both, **single}[name] for name in {**mine, **theirs}})


def _grouped(arguments: Mapping[str, Any], types: Types) -> Type:
    row = element_type(types.get("table", ANY))
    keys = {name: row.field(name) or ANY for name in getattr(arguments.get("by"), "value", ())}
    return Type("table", of=record_of({**keys, **dict(types.get("values", TEXT).fields)}))


ACTIVITIES: tuple[Activity, ...] = (
    describe(build_data_table, "none", result_from=_built),
    describe(add_data_row, "none", result_from=_with_row),
    describe(add_data_column, "none", result_from=_with_column),
    describe(filter_data_table, "none", result_from=_same),
    describe(lookup_data_table, "none", result_from=_looked_up),
    describe(join_data_tables, "none", result_from=_joined),
    describe(merge_data_tables, "none", result_from=_merged),
    describe(sort_data_table, "none", result_from=_same),
    describe(group_data_table, "none", result_from=_grouped),
    describe(remove_duplicate_rows, "none", result_from=_same),
    describe(output_data_table_as_text, "none"),
)
