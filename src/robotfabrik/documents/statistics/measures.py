"""Measures as tables: what a PDD observes of its items, in the words that it gives them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from operator import add
from typing import Final

from robotfabrik.documents.statistics.model import Cell, Chart, Table, Value
from robotfabrik.documents.view import Row, Section
from robotfabrik.expressions.functions import månad
from robotfabrik.model.measures import FEWEST, MeasureFigures, MeasureRow, Share
from robotfabrik.model.result import Choice

ALL: Final = "Alla"
MISSING: Final = "Uppgift saknas"
MOST: Final = 6  # lines that a chart of months can tell apart
FEW: Final = f"– betyder att talet gäller färre än {FEWEST} och inte visas."
WRITTEN: Final = "Så har personer skrivit. Listan hanteras som handlingar i ett ärende."
ELEMENTS: Final = "Andelen är av allt som räknas här. Ett ärende kan räknas flera gånger."


def tables(measures: Iterable[MeasureFigures], order: Sequence[str] = ()) -> list[Table]:
    """The measures as the PDD orders them; shares of all items stand in one table, by month in another."""
    place = {name: at for at, name in enumerate(order)}
    known = sorted(measures, key=lambda one: (place.get(one.name, len(place)), one.name))
    shares = [one for one in known if one.show == "share"]
    whole = [one for one in shares if not one.grouped]
    made = [_shares(whole), _months(shares)]
    made += [_TABLES[one.show](one) for one in known if one not in whole]
    return [table for table in made if table is not None]


def _shares(measures: Sequence[MeasureFigures]) -> Table | None:
    if not measures:
        return None
    rows = tuple((one.name, *_share(_sum(one.rows).share)) for one in measures)
    return Table("Andelar av ärendena", ("Mått", "Andel", "Antal", "av"), rows, (FEW,), Chart("rows", (1,)))


def _months(measures: Sequence[MeasureFigures]) -> Table | None:
    """How shares changed; nothing to see in one month."""
    months = sorted({month for one in measures for month, _ in one.months})
    if len(months) < 2:
        return None
    found = [dict(one.months) for one in measures]
    rows = tuple(
        (månad(month), *(_percent(of.get(month, Share(0, 0))) for of in found)) for month in months
    )
    columns = tuple(range(1, min(len(measures), MOST) + 1))
    return Table("Andelar av ärendena per månad", ("Månad", *(one.name for one in measures)), rows, (FEW,),
                 Chart("line", columns))  # fmt: skip


def _by_group(measure: MeasureFigures) -> Table:
    rows = [(label(row.by), *_share(row.share)) for row in measure.rows]
    total = (ALL, *_share(_sum(measure.rows).share))
    return Table(measure.name, ("Grupp", "Andel", "Antal", "av"), (*rows, total), (FEW,), Chart("rows", (1,)))


def _amounts(measure: MeasureFigures) -> Table:
    """A mean or a sum, of each group and of all."""
    is_mean = measure.show == "mean"

    def cells(row: MeasureRow) -> tuple[Cell, Cell]:
        amount = row.mean if is_mean else row.amount
        return (None if amount is None else Value(amount, "number"), Value(row.number))

    rows = [(label(row.by), *cells(row)) for row in measure.rows] if measure.grouped else []
    total = (ALL, *cells(_sum(measure.rows)))
    headings = ("Grupp", "Medelvärde" if is_mean else "Summa", "Antal")
    return Table(measure.name, headings, (*rows, total), (FEW,), Chart("rows", (1,)))


def _frequency(measure: MeasureFigures) -> Table:
    """A row for each value, the most frequent first; a column for each group."""
    groups = list(dict.fromkeys(row.by for row in measure.rows)) if measure.grouped else []
    values: dict[Choice, dict[Choice, int]] = {}
    for row in measure.rows:
        values.setdefault(row.value, {})[row.by] = row.number
    sums = {value: sum(numbers.values()) for value, numbers in values.items()}
    whole = sum(sums.values())
    rows = tuple(
        (
            label(value), *(Value(values[value].get(group, 0)) for group in groups), Value(sums[value]),
            _percent(Share(sums[value], whole)),
        )
        for value in sorted(sums, key=lambda value: (-sums[value], label(value)))
    )  # fmt: skip
    headings = ("Värde", *(label(group) for group in groups), ALL if groups else "Antal", "Andel")
    return Table(measure.name, headings, rows, (ELEMENTS,), Chart("rows", (len(groups) + 1,)))


_TABLES: Final[dict[str, Callable[[MeasureFigures], Table]]] = {
    "share": _by_group, "mean": _amounts, "sum": _amounts, "frequency": _frequency,
}  # fmt: skip


def written(measure: MeasureFigures, robot: str) -> Section:
    """What people wrote, the most frequent first. How it is spelt does not matter: the usual way is shown."""
    spelt: dict[str, Counter[str]] = {}
    for row in measure.rows:
        word = str(row.value)
        spelt.setdefault(word.casefold(), Counter())[word] += row.number
    counted = sorted(spelt.values(), key=lambda ways: (-ways.total(), max(ways, key=_usual(ways))))
    rows = tuple(Row("clear", (max(ways, key=_usual(ways)), ways.total())) for ways in counted)
    return Section("ord", "list", measure.name, ("Värde", "Antal"), rows, (f"{robot}. {WRITTEN}",))


def _usual(ways: Counter[str]) -> Callable[[str], tuple[int, str]]:
    return lambda word: (ways[word], word)


def label(choice: Choice) -> str:
    """A choice as people read it."""
    if choice is None:
        return MISSING
    return ("Ja" if choice else "Nej") if isinstance(choice, bool) else choice[:1].upper() + choice[1:]


def _sum(rows: Sequence[MeasureRow]) -> MeasureRow:
    return reduce(add, rows)


def _share(share: Share) -> tuple[Cell, Cell, Cell]:
    return (_percent(share), Value(share.part), Value(share.whole))


def _percent(share: Share) -> Value | None:
    value = share.value
    return None if value is None else Value(value, "percent")
