"""Are the arguments of activities on tables right: names of columns, and expressions over each row?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from robotfabrik.expressions import Cells, Environment, Over, Rows, check_condition, names_of, static_type
from robotfabrik.expressions.kinds import element_type, kind
from robotfabrik.model.errors import Diagnostic
from robotfabrik.model.process import Evaluable
from robotfabrik.model.source import Span, place_of
from robotfabrik.model.suggest import did_you_mean
from robotfabrik.model.types import ANY, BOOLEAN, TEXT, Type, accepts, list_of, record_of
from robotfabrik.parsing.arguments import type_of
from robotfabrik.parsing.checks.place import Report

Types = dict[str, Type]


class TableChecks:
    """The checks of one step's arguments. `seen` are the types of the arguments that stand before."""

    def __init__(
        self, arguments: Mapping[str, Any], seen: Types, types: Types, report: Report,
        check: Callable[[Evaluable, Types], Type], read: Callable[[Iterable[str]], None],
    ) -> None:  # fmt: skip
        self._arguments, self._seen, self._types = arguments, seen, types
        self._report, self._check, self._read = report, check, read

    def type(self, tag: str, name: str, argument: Any, what: str) -> Type:
        """The argument's static type; every problem is reported."""
        match tag:
            case "data":
                return self._data(argument, what)
            case "names":
                return self._names(argument, name)
            case "rows":
                return self._rows(argument)
            case "cells":
                return self._cells(argument)
            case "group values":
                return self._groups(argument)
            case "json":
                return self._json(argument)
            case "row condition" | "row value":
                return self._over(argument, element_type(self._table()))
        return ANY

    def _table(self, name: str = "table") -> Type:
        return self._seen.get(name, ANY)

    def _data(self, argument: Evaluable, what: str) -> Type:
        found = self._check(argument, self._types)
        if kind(found) not in ("list", "any") or kind(element_type(found)) not in ("record", "any"):
            self._error(argument.span, f"{what} must be a table, not {found}", "wrong-type")
            return ANY
        return found.required()

    def _names(self, argument: Any, name: str) -> Type:
        """`on_other` means columns of the table `other`, every other parameter those of `table`."""
        fields = element_type(self._table("other" if name.endswith("_other") else "table")).fields
        for word in argument.value:
            self._known(word, dict(fields), argument.span)
        return list_of(TEXT)

    def _known(self, name: str, fields: Types, span: Span) -> None:
        if fields and name not in fields:
            message = f"the table has no column '{name}'"
            self._error(place_of(name, span), message, "unknown-field", did_you_mean(name, fields))

    def _rows(self, argument: Any) -> Type:
        columns = getattr(self._arguments.get("columns"), "value", None) or ()
        types = {column.name: type_of(column) for column in columns}
        for row in argument.rows:
            for name, value in row.parts.items():
                self._fits(name, value, types.get(name, ANY))
        return ANY

    def _cells(self, argument: Cells) -> Type:
        """Values by column; where a table stands before, its columns are the ones that there are."""
        fields = dict(element_type(self._table()).fields)
        given = {}
        for name, value in argument.parts.items():
            self._known(name, fields, argument.span)
            given[name] = self._fits(name, value, fields.get(name, ANY))
        return record_of(given)

    def _fits(self, column: str, value: Any, wanted: Type) -> Type:
        """A column that holds some texts so far may hold others: the table is a new one."""
        given = self._check(value, self._types)
        wanted = TEXT if wanted.name == "enumeration" else wanted
        if not accepts(wanted.or_none(), given):
            self._error(value.span, f"column '{column}' must be {wanted}, not {given}", "wrong-type")
        return given

    def _json(self, argument: Any) -> Type:
        match argument:
            case Cells():
                for part in argument.parts.values():
                    self._json(part)
            case Rows():
                for row in argument.rows:
                    self._json(row)
            case _:
                self._check(argument, self._types)
        return ANY

    def _over(self, argument: Over, type_: Type) -> Type:
        inner = {**self._types, argument.variable: type_}
        env = Environment(inner, self._report)
        if argument.boolean:
            check_condition(argument.inner, env)
        found = BOOLEAN if argument.boolean else static_type(argument.inner, env)
        self._read(names_of(argument.inner) - {argument.variable})
        return found

    def _groups(self, argument: Cells) -> Type:
        table = list_of(element_type(self._table()))
        found = {
            name: self._over(part, table) for name, part in argument.parts.items() if isinstance(part, Over)
        }
        return record_of(found)

    def _error(self, span: Span, message: str, rule: str, suggestion: str | None = None) -> None:
        self._report(Diagnostic(span, message, rule, suggestion or None))
