"""Charts as SVG inside a page: no script, nothing from the network. The table beside says the same.

Widths are reckoned from the average widths of letters, so that no font has to be measured.
"""

from __future__ import annotations

from html import escape
from math import floor, log10
from typing import Final

from robotfabrik.documents.statistics.model import Cell, Form, Table, Value, text

COLOURS: Final = ("#5f7d95", "#0b5394", "#b45f06", "#9c1c28", "#6a3d9a", "#1b2530")
"""Each at least 3:1 against white; beside each other they differ in lightness too."""
INK: Final = "#1b2530"
GRID: Final = "#d0d7de"
SMALL, CAPITAL = 8.0, 10.0  # average widths of letters
WIDTH: Final = 640
HIGH: Final = 200  # of the drawing itself
LEFT, TOP, BELOW = 62, 16, 30
ROW: Final = 30  # a bar with the room around it
TICKS: Final = 4
_MARKS: Final = ("circle", "square", "triangle")


def draw(table: Table, id: str) -> str:
    """The chart of a table; empty when there is nothing to draw. `id` is unique in the page."""
    chart = table.chart
    if chart is None or not is_worth_it(table):
        return ""
    if chart.kind == "rows":
        return _Rows(table, id).svg()
    return (_Columns if chart.kind == "stacked" else _Lines)(table, id).svg()


def is_worth_it(table: Table) -> bool:
    """Whether a chart says more than its table: a single row, or nothing but zeros, needs none."""
    columns = table.chart.columns if table.chart else ()
    return len(table.rows) > 1 and any(_number(row[at]) for row in table.rows for at in columns)


def words(table: Table) -> str:
    """What the chart shows, for who does not see it; the whole stands in the table."""
    assert table.chart is not None
    names = ", ".join(table.headings[at] for at in table.chart.columns)
    kind = {"stacked": "Staplar", "line": "Linjer", "rows": "Liggande staplar"}[table.chart.kind]
    parts = [f"{kind}: {names}, för {len(table.rows)} rader."]
    for at in table.chart.columns:
        known = [(row[at], row[0]) for row in table.rows if isinstance(row[at], Value)]
        if known:
            most, where = max(known, key=lambda pair: _number(pair[0]))
            parts.append(f"{table.headings[at]}: högst {text(most)} ({text(where)}).")
    return " ".join([*parts, "Alla tal finns i tabellen."])


def _number(cell: Cell) -> float:
    return cell.number if isinstance(cell, Value) else 0.0


class _Drawing:
    """What all charts share: the frame, the words, the scale."""

    def __init__(self, table: Table, id: str) -> None:
        assert table.chart is not None
        self.table, self.id, self.columns = table, id, table.chart.columns
        self.parts: list[str] = []
        self.names = [table.headings[at] for at in self.columns]

    def whole(self, height: float, legend: bool) -> str:
        if legend:
            height = self._legend(height)
        title, told = escape(self.table.title), escape(words(self.table))
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" role="img" '
            f'aria-labelledby="{self.id}-t {self.id}-d" font-size="13" fill="{INK}">'
            f'<title id="{self.id}-t">{title}</title><desc id="{self.id}-d">{told}</desc>'
            + "".join(self.parts)
            + "</svg>"
        )

    def text(self, said: str, x: float, y: float, anchor: str = "start", *, bold: bool = False) -> None:
        weight = ' font-weight="600"' if bold else ""
        self.parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{weight}>{escape(said)}</text>'
        )

    def box(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        self.parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}" '
            'stroke="#fff" stroke-width="1"/>'
        )

    def line(self, path: str, colour: str, width: float = 1) -> None:
        self.parts.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width}"/>')

    def mark(self, kind: str, x: float, y: float, colour: str) -> None:
        """A point whose form, not only its colour, says whose it is."""
        if kind == "circle":
            self.parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="{colour}"/>')
        elif kind == "square":
            self.parts.append(f'<rect x="{x - 4:.1f}" y="{y - 4:.1f}" width="8" height="8" fill="{colour}"/>')
        else:
            points = f"{x - 5:.1f},{y + 4:.1f} {x + 5:.1f},{y + 4:.1f} {x:.1f},{y - 5:.1f}"
            self.parts.append(f'<polygon points="{points}" fill="{colour}"/>')

    def sign(self, at: int, x: float, y: float) -> None:
        """What stands for a series in the legend."""
        self.box(x, y - 10, 12, 12, COLOURS[at % len(COLOURS)])

    def _legend(self, height: float) -> float:
        x, y = float(LEFT), height + 6
        for at, name in enumerate(self.names):
            wide = 34 + _wide(name)
            if x > LEFT and x + wide > WIDTH:
                x, y = float(LEFT), y + 20
            self.sign(at, x, y)
            self.text(name, x + 17, y)
            x += wide
        return y + 10

    def grid(self, top: float, form: Form) -> None:
        """Lines across, with their values at the left."""
        for step in range(TICKS + 1):
            y = TOP + HIGH - HIGH * step / TICKS
            self.line(f"M{LEFT} {y:.1f}H{WIDTH - 6}", INK if step == 0 else GRID)
            self.text(_tick(top * step / TICKS, form), LEFT - 8, y + 4.5, "end")

    def months(self) -> list[float]:
        """Where the points of the rows stand; the names below them, as many as find room."""
        step = (WIDTH - LEFT - 6) / max(1, len(self.table.rows))
        middles = [LEFT + step * (at + 0.5) for at in range(len(self.table.rows))]
        names = [_brief(text(row[0])) for row in self.table.rows]
        widest = max(map(_wide, names)) + 8
        every = max(1, -int(-widest // step))
        for at, (x, name) in enumerate(zip(middles, names, strict=True)):
            if (len(names) - 1 - at) % every == 0:  # the newest always has its name
                self.text(name, x, TOP + HIGH + 19, "middle")
        return middles


class _Columns(_Drawing):
    """A column a row, of parts on each other, with their sum above."""

    def svg(self) -> str:
        used = [at for at in self.columns if any(_number(row[at]) for row in self.table.rows)]
        self.columns, self.names = tuple(used), [self.table.headings[at] for at in used]
        sums = [sum(_number(row[at]) for at in self.columns) for row in self.table.rows]
        top = _above(max(sums), whole=True)
        self.grid(top, "count")
        middles = self.months()
        wide = min(56.0, (WIDTH - LEFT) / max(1, len(middles)) * 0.62)
        for x, row, sum_ in zip(middles, self.table.rows, sums, strict=True):
            y = float(TOP + HIGH)
            for at, column in enumerate(self.columns):
                tall = HIGH * _number(row[column]) / top
                if tall:
                    y -= tall
                    self.box(x - wide / 2, y, wide, tall, COLOURS[at % len(COLOURS)])
            if len(middles) <= 14:
                self.text(text(Value(sum_)), x, y - 4, "middle", bold=True)
        return self.whole(TOP + HIGH + BELOW + 10, legend=True)


class _Lines(_Drawing):
    """A line a column; where there is no value it is broken."""

    def svg(self) -> str:
        values = [_number(row[at]) for row in self.table.rows for at in self.columns]
        cells = [row[at] for row in self.table.rows for at in self.columns]
        form = next(cell.form for cell in cells if isinstance(cell, Value))
        top = _above(max(values), whole=False)
        self.grid(top, form)
        middles = self.months()
        for at, column in enumerate(self.columns):
            colour, path = COLOURS[(at + 1) % len(COLOURS)], ""
            points = [(x, row[column]) for x, row in zip(middles, self.table.rows, strict=True)]
            placed = [
                (x, TOP + HIGH - HIGH * cell.number / top) if isinstance(cell, Value) else None
                for x, cell in points
            ]
            for before, place in zip([None, *placed], placed, strict=False):
                if place is not None:
                    path += f"{'L' if before else 'M'}{place[0]:.1f} {place[1]:.1f}"
            self.line(path, colour, 2.5)
            for place in placed:
                if place is not None:
                    self.mark(_MARKS[at % len(_MARKS)], *place, colour)
        return self.whole(TOP + HIGH + BELOW + 10, legend=True)

    def sign(self, at: int, x: float, y: float) -> None:
        self.mark(_MARKS[at % len(_MARKS)], x + 6, y - 4.5, COLOURS[(at + 1) % len(COLOURS)])


class _Rows(_Drawing):
    """A bar a row, with its name before and its value behind it."""

    def svg(self) -> str:
        (column,) = self.columns
        names = [text(row[0]) for row in self.table.rows]
        left = min(260.0, max(map(_wide, names)) + 14)
        room = WIDTH - left - 80
        form = next(c.form for row in self.table.rows if isinstance(c := row[column], Value))
        top = 1.0 if form == "percent" else max(_number(row[column]) for row in self.table.rows)
        for at, (name, row) in enumerate(zip(names, self.table.rows, strict=True)):
            y, cell = TOP + at * ROW, row[column]
            self.text(_cut(name, left), left - 8, y + 17, "end")
            wide = room * _number(cell) / top
            if wide:
                self.box(left, y + 3, wide, ROW - 9, COLOURS[1])
            self.text(text(cell), left + wide + 6, y + 17)
        end = TOP + len(names) * ROW
        self.line(f"M{left:.1f} {TOP}V{end}", INK)
        return self.whole(end + 8, legend=False)


def _above(value: float, *, whole: bool) -> float:
    """The end of an axis: a round number from the value on, which four steps divide well."""
    if value <= 0:
        return 1.0
    if whole and value <= TICKS:
        return float(TICKS)
    size = 10 ** floor(log10(value))
    return float(next(size * part for part in (1, 1.2, 1.6, 2, 4, 6, 8, 10) if value <= size * part))


def _tick(value: float, form: Form) -> str:
    shown = text(Value(value, form))
    return shown.replace(",0 %", " %")


def _brief(name: str) -> str:
    """nov 22 for november 2022; other names as they are."""
    month, _, year = name.partition(" ")
    return f"{month[:3]} {year[2:]}" if year.isdecimal() and len(year) == 4 else name


def _wide(name: str) -> float:
    return sum(CAPITAL if letter.isupper() or letter == "_" else SMALL for letter in name)


def _cut(name: str, room: float) -> str:
    if _wide(name) <= room:
        return name
    while _wide(name) > room - 20:
        name = name[:-1]
    return f"{name}…"
