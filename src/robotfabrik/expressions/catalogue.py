"""The functions and filters of the language: an explicit list, described by their own signatures."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from robotfabrik.expressions import dates, functions, strings, tables
from robotfabrik.expressions.kinds import KINDS, element_type, group, join_types, kind, kind_of, no_value
from robotfabrik.expressions.runtime import Budget, spend
from robotfabrik.model import types
from robotfabrik.model.errors import EvaluationError
from robotfabrik.model.reading import is_samordningsnummer
from robotfabrik.model.types import ANY, Type
from robotfabrik.model.values import Month, Period, Record

Given = Mapping[str, Any]
"""The static types of a call's arguments by parameter; `*rest` is a tuple, `**fields` a dict."""

_TYPES: Mapping[Any, Type] = {
    bool: types.BOOLEAN, int: types.INTEGER, Decimal: types.NUMBER, str: types.TEXT, date: types.DATE,
    timedelta: types.DURATION, Month: types.MONTH, Period: types.PERIOD, Record: Type("record"),
    list: types.list_of(ANY),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter: the kinds that it takes (none named: any), and the kinds of a list's elements."""

    name: str
    kinds: frozenset[str] = frozenset()
    elements: frozenset[str] = frozenset()

    def accepts(self, given: Type) -> bool:
        """May a value of this static type be given? (An optional one may: none fails when evaluated.)"""
        if not _fits(self.kinds, given):
            return False
        return kind(given) != "list" or _fits(self.elements, element_type(given))

    def check(self, function: str, value: object) -> int:
        """Fail unless the value is of the right kind; give the work that looking at it takes."""
        found = kind_of(value)
        if self.kinds and found not in self.kinds:
            raise no_value(found, f"'{self.name}' of {function}") or EvaluationError(
                f"'{self.name}' of {function} must be {self}, not {found}"
            )
        if found == "list" and self.elements:
            for element in value:  # type: ignore[attr-defined]
                if (inner := kind_of(element)) not in self.elements:
                    raise no_value(inner, f"an element of '{self.name}' of {function}") or EvaluationError(
                        f"'{self.name}' of {function} must be {self}, but holds {inner}"
                    )
        return len(value) if found in ("list", "text") else 0  # type: ignore[arg-type]

    def __str__(self) -> str:
        hidden = {"none", "integer"} if "number" in self.kinds else {"none"}
        kinds = " or ".join(dict.fromkeys(k for k in KINDS.values() if k in self.kinds - hidden))
        return (kinds or "any") + (f" of {Parameter('', self.elements)}" if self.elements else "")


def _fits(kinds: frozenset[str], given: Type) -> bool:
    return not kinds or given.name == "any" or kind(given) in kinds


@dataclass(frozen=True, slots=True)
class Function:
    """A function or filter of the catalogue."""

    name: str
    call: Callable[..., Any]
    signature: inspect.Signature
    parameters: Mapping[str, Parameter]
    positional: tuple[Parameter, ...]
    named: Mapping[str, Parameter]
    returns: Type | Callable[[Given], Type]
    doc: str
    filter: bool = False
    context: bool = False
    """Its implementation comes from the scope."""

    def bind(self, positional: Sequence[Any], named: Mapping[str, Any]) -> Mapping[str, Any]:
        """Arguments by parameter; ValueError when number or names are wrong."""
        try:
            return self.signature.bind(*positional, **named).arguments
        except TypeError as error:
            raise ValueError(str(error)) from None

    def run(self, budget: Budget, /, *positional: Any, **named: Any) -> Any:
        """Check the arguments, then call."""
        work = 1
        for parameter, value in zip(self.positional, positional, strict=False):
            work += parameter.check(self.name, value)
        for name, value in named.items():
            if name in self.named:
                work += self.named[name].check(self.name, value)
        spend(budget, work)
        return self.call(*positional, **named)

    def result(self, given: Given) -> Type:
        """The static type of a call."""
        return self.returns if isinstance(self.returns, Type) else self.returns(given)

    def __str__(self) -> str:
        shown = [_shown(p, self.parameters[p.name]) for p in self.signature.parameters.values()]
        returns = "" if not isinstance(self.returns, Type) else f" → {self.returns}"
        if self.filter:
            rest = f"({', '.join(shown[1:])})" if shown[1:] else ""
            return f"{shown[0]} | {self.name}{rest}{returns}"
        return f"{self.name}({', '.join(shown)}){returns}"


_LITERALS: Mapping[str, Callable[[str], object]] = {
    "pattern": strings.compiled,
    "form": dates.parts_of_form,
}
"""Parameters whose texts have a grammar of their own."""


def literal_problem(parameter: str, value: object) -> str | None:
    """What is wrong with a text that is written out for such a parameter, if anything."""
    read = _LITERALS.get(parameter)
    if read is None or not isinstance(value, str):
        return None
    try:
        read(value)
    except EvaluationError as error:
        return str(error)
    return None


def _shown(parameter: inspect.Parameter, declared: Parameter) -> str:
    if parameter.kind is inspect.Parameter.VAR_KEYWORD:
        return "name=value…"
    if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
        return f"{parameter.name}…"
    name = f"{parameter.name}: {declared}"
    default = repr(parameter.default).lower()
    return name if parameter.default is parameter.empty else f"{name} = {default}"


def describe(call: Callable[..., Any], *, filter: bool = False, context: bool = False) -> Function:
    """A function from its signature and docstring."""
    hints = get_type_hints(call)
    signature = inspect.signature(call)
    parameters = {name: Parameter(name, *_kinds(hints[name])) for name in signature.parameters}
    single = [p for p in signature.parameters.values() if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    positional = tuple(parameters[p.name] for p in single if p.kind is not p.KEYWORD_ONLY)
    named = {p.name: parameters[p.name] for p in single if p.kind is not p.POSITIONAL_ONLY}
    name = _NAMES.get(call.__name__, call.__name__.rstrip("_"))
    doc = " ".join((call.__doc__ or "").split())
    result = _RESULTS.get(call) or _type(hints["return"])
    return Function(name, call, signature, parameters, positional, named, result, doc, filter, context)


_NAMES = {"make_date": "date"}


def _kinds(annotation: Any) -> tuple[frozenset[str], frozenset[str]]:
    """The kinds of an annotation, and of its elements when it is a list."""
    if get_origin(annotation) in (Union, UnionType):
        parts = [_kinds(part) for part in get_args(annotation)]
        return frozenset().union(*(p[0] for p in parts)), frozenset().union(*(p[1] for p in parts))
    if get_origin(annotation) is list:
        return frozenset({"list"}), _kinds(get_args(annotation)[0])[0]
    return frozenset({KINDS[annotation]}) if annotation in KINDS else frozenset(), frozenset()


def _type(annotation: Any) -> Type:
    """The type of an annotation."""
    if get_origin(annotation) in (Union, UnionType):
        parts = [_type(part) for part in get_args(annotation) if part is not NoneType]
        joined = parts[0]
        for part in parts[1:]:
            joined = join_types(joined, part)
        return joined.or_none() if NoneType in get_args(annotation) else joined
    if get_origin(annotation) is list:
        return types.list_of(_type(get_args(annotation)[0]))
    return _TYPES.get(annotation, ANY)


# --- result types that follow from the arguments -------------------------------------------------


def _same(name: str) -> Callable[[Given], Type]:
    return lambda given: given[name].required()


def _element(given: Given) -> Type:
    return element_type(given["values"]).or_none()


def _extreme(given: Given) -> Type:
    if "others" not in given:
        return element_type(given["values"])
    found: Type = given["values"]
    for other in given["others"]:
        found = join_types(found, other)
    return found


def _sum(given: Given) -> Type:
    found = element_type(given["numbers"]).required()
    return found if found.name in ("integer", "money") else types.NUMBER


def _round(given: Given) -> Type:
    if "decimals" not in given:
        return types.INTEGER
    return given["number"].required() if given["number"].name == "money" else types.NUMBER


def _abs(given: Given) -> Type:
    found: Type = given["number"].required()
    return found if group(kind(found)) == "number" else types.NUMBER


def _distinct(given: Given) -> Type:
    return types.list_of(element_type(given["values"]).required())


def _flatten(given: Given) -> Type:
    return types.list_of(element_type(element_type(given["lists"])).required())


def _pairs(given: Given) -> Type:
    a, b = element_type(given["first"]), element_type(given["second"])
    return types.list_of(Type("list", of=join_types(a, b), fields=(("0", a), ("1", b))))


def _column(given: Given) -> Type:
    named = given["name"].values
    found = element_type(given["table"]).field(named[0]) if len(named) == 1 else None
    return types.list_of(found or ANY)


def _average(given: Given) -> Type:
    found = element_type(given["numbers"]).required()
    return (found if found.name == "money" else types.NUMBER).or_none()


def _group(given: Given) -> Type:
    table = types.list_of(element_type(given["table"]))
    return types.list_of(types.record_of({"value": ANY, "rows": table}))


def _record(given: Given) -> Type:
    base: Type = given.get("base", types.record_of({}))
    known = base.name == "record" and (base.fields or "base" not in given)
    return types.record_of({**dict(base.fields), **given.get("fields", {})}) if known else Type("record")


def _default(given: Given) -> Type:
    return join_types(given["value"].required(), given["instead"])


_f, _d, _s, _t = functions, dates, strings, tables
_RESULTS: Mapping[Callable[..., Any], Callable[[Given], Type]] = {
    _f.sum_: _sum, _f.min_: _extreme, _f.max_: _extreme, _f.first: _element, _f.last: _element,
    _f.distinct: _distinct, _f.flatten: _flatten, _f.pairs: _pairs, _f.sorted_by: _same("records"),
    _f.identity: lambda given: types.IDENTITY.or_none(),
    _f.record: _record, _f.default: _default, _f.abs_: _abs, _f.round_: _round, _d.add_months: _same("day"),
    _t.reverse: _same("values"), _t.take: _same("values"), _t.skip: _same("values"),
    _t.without: _same("values"), _t.in_both: _same("values"), _t.group: _group,
    _t.column: _column, _f.average: _average,
}  # fmt: skip
"""Where the result's type follows from the arguments."""

_FUNCTIONS: tuple[Callable[..., Any], ...] = (
    _f.len_, _f.any_, _f.all_, _f.sum_, _f.min_, _f.max_, _f.count, _f.first, _f.last, _f.distinct,
    _f.flatten, _f.pairs, _f.sorted_by, _f.record, _f.unknown, _f.default, _f.abs_, _f.round_,
    _f.number, _f.integer, _f.identity, _f.text, _f.lower, _f.upper, _f.trim, _f.replace, _f.split, _f.join,
    _f.starts_with, _f.ends_with, _f.contains, _f.sentences, _f.paragraphs, _d.make_date, _d.month,
    _d.days, _d.add_months, _d.months_between, _d.days_between, _d.running_period, _d.is_working_day,
    _d.first_working_day, _d.birth_date, _d.age, is_samordningsnummer, _d.last_working_day,
    _d.add_working_days, _d.working_days_between, _d.week_number, _d.weekday, _d.quarter, _d.parse_date,
    _f.floor, _f.ceiling, _f.average, _f.is_number, _s.left, _s.right, _s.middle, _s.index_of, _s.before,
    _s.after, _s.between, _s.lines, _s.words, _s.pad_left, _s.pad_right, _s.title_case, _s.single_spaced,
    _s.digits, _s.without_accents, _s.same_text, _s.is_match, _s.find, _s.find_all, _s.replace_matches,
    _t.column, _t.columns, _t.to_table, _t.group, _t.place_of, _t.reverse, _t.take, _t.skip, _t.without,
    _t.in_both, _t.numbers, _t.is_empty, _f.lot,
)  # fmt: skip
_CONTEXT = (_f.last_completed,)
_FILTERS: tuple[Callable[..., Any], ...] = (
    _f.kr, _f.procent, _f.datum, _f.månad, _f.och, _f.stor_bokstav, _f.sidor, _f.lower, _f.upper,
    _f.trim, _f.join, _f.default, _f.tal, _f.veckodag, _s.title_case, _s.pad_left,
)  # fmt: skip


def _table(*described: Function) -> Mapping[str, Function]:
    return {function.name: function for function in described}


FUNCTIONS = _table(*map(describe, _FUNCTIONS), *(describe(call, context=True) for call in _CONTEXT))
FILTERS = _table(*(describe(call, filter=True) for call in _FILTERS))
CATALOGUE: Mapping[str, Function] = {**FUNCTIONS, **{f"|{name}": filter for name, filter in FILTERS.items()}}
"""Both by the name that a parsed expression calls; a filter's begins with the pipe."""


def catalogue_help() -> list[tuple[str, str]]:
    """Signature and description of every function, then of every filter."""
    return [(str(function), function.doc) for function in CATALOGUE.values()]
