"""The document as one HTML page that asks the network for nothing; printed, it is the PDF."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from robotfabrik.documents.pdd import chart
from robotfabrik.documents.pdd.model import Document, Figure, Rich, walk

_TAGS: Final = {"plain": "", "strong": "strong", "code": "code", "term": "i"}
_environment = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def draw(document: Document) -> bytes:
    """The page's bytes."""
    style = (Path(__file__).parent / "templates" / "pdd.css").read_text(encoding="utf-8")
    page = _environment.get_template("pdd.html.j2").render(
        document=document,
        chapters=list(walk(document.sections)),
        words=document.words,
        style=Markup(style),
        text=_text,
        drawn=_Drawn(),
        kind=lambda block: type(block).__name__,
    )
    return page.encode("utf-8", "replace")


class _Drawn:
    """Draws the page's figures, each with ids of its own."""

    def __init__(self) -> None:
        self._number = 0

    def __call__(self, figure: Figure) -> Markup:
        self._number += 1
        drawing = chart.draw(figure, f"flow{self._number}")
        size = f'width="{drawing.width}" height="{drawing.height}" '
        return Markup(drawing.svg.replace("<svg ", f"<svg {size}", 1))

    def lines(self, figure: Figure) -> tuple[str, ...]:
        """The figure in words."""
        return chart.lines(figure)


def _text(value: Rich) -> Markup:
    pieces = []
    for part in value:
        tag = _TAGS[part.style]
        lines = Markup("<br>").join(part.text.splitlines() or [""])
        pieces.append(Markup("<{0}>{1}</{0}>").format(Markup(tag), lines) if tag else lines)
    return Markup("").join(pieces)
