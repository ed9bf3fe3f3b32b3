"""The report as one HTML page that asks the network for nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from robotfabrik.documents import view
from robotfabrik.documents.view import Kind, Section, View

_LONG: Final = 48  # characters from which a column gets room to wrap
templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True)
class Part:
    """A cell of the page; `below` is a second, smaller line."""

    style: str
    text: str
    below: str = ""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A section as the page shows it."""

    section: Section
    headings: tuple[Part, ...]
    rows: tuple[tuple[Kind, tuple[Part, ...]], ...]


def draw(report: View) -> bytes:
    """The page's bytes. The whole table stands last: its length would bury the findings."""
    ordered = (
        *report.figure_tables, *report.counts, *report.persons, *report.lists, *report.other_tables,
        report.whole,
    )  # fmt: skip
    sections = [_drawn(section) for section in ordered]
    stream = templates.get_template("report.html.j2").stream(report=report, sections=sections)
    stream.enable_buffering(200)  # in pieces: drawn whole, a page takes five times its own room
    page = BytesIO()
    stream.dump(page, "utf-8", "replace")
    return page.getvalue()


def _drawn(section: Section) -> Drawn:
    """What to do stands under the outcome, so that the note has room beside them on an ordinary screen."""
    headings = section.headings
    styles = [_style(name, [row.cells[at] for row in section.rows]) for at, name in enumerate(headings)]
    to_do = headings.index(view.TO_DO) if {view.TO_DO, view.OUTCOME} <= set(headings) else None
    shown = [at for at in range(len(headings)) if at != to_do]

    def part(cells: Sequence[view.Cell], at: int) -> Part:
        below = view.text(cells[to_do]) if to_do is not None and headings[at] == view.OUTCOME else ""
        return Part(styles[at], view.text(cells[at]), below)

    names = {view.OUTCOME: "Utfall och vad du gör"} if to_do is not None else {}
    return Drawn(
        section,
        tuple(Part(styles[at], names.get(headings[at], headings[at])) for at in shown),
        tuple((row.kind, tuple(part(row.cells, at) for at in shown)) for row in section.rows),
    )


def _style(heading: str, cells: Sequence[view.Cell]) -> str:
    """How a column is set."""
    if heading == view.OUTCOME:
        return "outcome"
    if heading in (view.RULE, view.SOURCES):
        return "parts"
    if heading == view.TECHNICAL:
        return "small"
    if any(len(view.text(value)) > _LONG for value in cells):
        return "long"
    given = [value for value in cells if value is not None]
    if given and all(isinstance(value, int | float | Decimal) for value in given):
        return "number"
    return "date" if given and all(isinstance(value, date) for value in given) else "plain"
