"""A flow chart as SVG: boxes below each other, exits to the right, drawn with lines that a printer shows.

Widths are reckoned from the average width of a letter, so that no font has to be measured.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from html import escape
from typing import Final

from robotfabrik.documents.pdd.model import Exit, Figure, Node

LINE: Final = 20  # between two lines of text
LETTER: Final = 7.6  # average width of a letter at this size
FONT: Final = 15
MAIN, ASIDE, GAP, LEFT = 380, 290, 70, 46  # widths: boxes, exits, between them, left of the boxes
PAD, BELOW = 11, 30  # inside a box, between two boxes

_FILLS: Final = {
    "start": ("#1f3a4d", "#1f3a4d", "#ffffff"),
    "end": ("#1f3a4d", "#1f3a4d", "#ffffff"),
    "step": ("#ffffff", "#1f3a4d", "#1b2530"),
    "question": ("#eef2f5", "#1f3a4d", "#1b2530"),
    "rule": ("#eef2f5", "#1f3a4d", "#1b2530"),
    "write": ("#dcebf7", "#0b5394", "#1b2530"),
    "exception": ("#fff2cc", "#7f6000", "#1b2530"),
    "done": ("#e6f2e6", "#2e6b2e", "#1b2530"),
}


@dataclass(frozen=True, slots=True)
class Drawing:
    svg: str
    width: int
    height: int


def lines(figure: Figure) -> tuple[str, ...]:
    """The same flow in words, a line for each box."""
    told = []
    for node in figure.nodes:
        exits = "; ".join(" ".join(f"{e.label}: {e.text}".strip(": ").split()) for e in node.exits)
        said = ", ".join(part.strip() for part in node.text.splitlines())
        said = f"{node.label}: {said}" if node.label else said
        told.append(f"{said} → {exits}" if exits else said)
    return tuple(told)


def draw(figure: Figure, id: str) -> Drawing:
    """The chart. `id` makes the ids in it unique in its page."""
    pen = _Pen()
    boxes: list[_Box] = []
    top = 4
    for node in figure.nodes:
        box = pen.node(node, top)
        boxes.append(box)
        top = box.end + BELOW
    for node, above, below in zip(figure.nodes[1:], boxes, boxes[1:], strict=False):
        pen.down(above, below, node.label)
    height = top - BELOW + 6
    if figure.loop is not None:
        pen.back(boxes[-1], boxes[figure.loop])
        height += 16
    aside = any(node.exits for node in figure.nodes)
    width = LEFT + MAIN + (GAP + ASIDE if aside else 0) + 6
    title, text = escape(figure.title), escape(". ".join(lines(figure)))
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        f'aria-labelledby="{id}-t {id}-d" font-family="Liberation Sans, Arial, Helvetica, sans-serif" '
        f'font-size="{FONT}"><title id="{id}-t">{title}</title><desc id="{id}-d">{text}</desc>'
    )
    return Drawing(head + "".join(pen.parts) + "</svg>", width, height)


@dataclass(frozen=True, slots=True)
class _Box:
    top: int
    bottom: int  # of the box itself
    end: int  # of the box and its exits

    @property
    def middle(self) -> int:
        return (self.top + self.bottom) // 2


class _Pen:
    def __init__(self) -> None:
        self.parts: list[str] = []

    def node(self, node: Node, top: int) -> _Box:
        """A box with its exits to the right."""
        own = _wrapped(node.text, MAIN - (60 if node.kind == "question" else 28))
        height = len(own) * LINE + 2 * PAD
        heights = [len(_wrapped(e.text, ASIDE - 24)) * LINE + PAD for e in node.exits]
        aside = sum(heights) + 8 * max(0, len(heights) - 1)
        middle = top + max(height, aside) // 2
        box = _Box(
            middle - height // 2,
            middle - height // 2 + height,
            max(middle - height // 2 + height, top + aside),
        )
        self._shape(node.kind, LEFT, box.top, MAIN, height)
        self._text(own, LEFT + MAIN / 2, box.middle, node.kind)
        y = middle - aside // 2
        for exit, tall in zip(node.exits, heights, strict=True):
            self._exit(exit, box.middle, y, tall)
            y += tall + 8
        return box

    def _exit(self, exit: Exit, start: int, top: int, height: int) -> None:
        x, middle, bend = LEFT + MAIN, top + height // 2, LEFT + MAIN + GAP // 2
        path = f"M{x} {start}H{bend}V{middle}H{x + GAP}" if start != middle else f"M{x} {start}H{x + GAP}"
        self._line(path)
        self._arrow(x + GAP, middle, "right")
        if exit.label:
            self._label(exit.label, x + 8, start - 7)
        self._shape(exit.kind, x + GAP, top, ASIDE, height)
        self._text(_wrapped(exit.text, ASIDE - 24), x + GAP + ASIDE / 2, middle, exit.kind)

    def down(self, above: _Box, below: _Box, label: str) -> None:
        """The arrow from a box to the one below it."""
        x = LEFT + MAIN // 2
        self._line(f"M{x} {above.bottom}V{below.top}")
        self._arrow(x, below.top, "down")
        if label:
            self._label(label, x + 8, below.top - 10)

    def back(self, last: _Box, to: _Box) -> None:
        """The arrow from the last box back up."""
        x, low = LEFT + MAIN // 2, last.end + 14
        self._line(f"M{x} {last.bottom}V{low}H12V{to.middle}H{LEFT}")
        self._arrow(LEFT, to.middle, "right")

    def _shape(self, kind: str, x: int, y: int, width: int, height: int) -> None:
        fill, stroke, _ = _FILLS[kind]
        paint = f'fill="{fill}" stroke="{stroke}" stroke-width="1.5"'
        if kind == "question":
            cut, right, middle = 18, x + width, y + height / 2
            left = f"{x},{middle} {x + cut},{y} {right - cut},{y}"
            points = f"{left} {right},{middle} {right - cut},{y + height} {x + cut},{y + height}"
            self.parts.append(f'<polygon points="{points}" {paint}/>')
            return
        round_ = height / 2 if kind in ("start", "end") else 14 if kind in ("exception", "done") else 3
        self.parts.append(
            f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="{min(round_, 18):g}" {paint}/>'
        )
        if kind == "rule":
            self._line(f"M{x + 6} {y}V{y + height}M{x + width - 6} {y}V{y + height}")

    def _text(self, texts: list[str], x: float, middle: int, kind: str) -> None:
        ink = _FILLS[kind][2]
        first = middle - (len(texts) - 1) * LINE / 2 + FONT * 0.35
        for at, text in enumerate(texts):
            place = f'x="{x:g}" y="{first + at * LINE:g}" text-anchor="middle"'
            self.parts.append(f'<text {place} fill="{ink}">{escape(text)}</text>')

    def _label(self, text: str, x: int, y: int) -> None:
        self.parts.append(f'<text x="{x}" y="{y}" font-weight="bold" fill="#1b2530">{escape(text)}</text>')

    def _line(self, path: str) -> None:
        self.parts.append(f'<path d="{path}" fill="none" stroke="#1f3a4d" stroke-width="1.5"/>')

    def _arrow(self, x: int, y: int, way: str) -> None:
        tip = (
            f"{x},{y} {x - 9},{y - 5} {x - 9},{y + 5}"
            if way == "right"
            else f"{x},{y} {x - 5},{y - 9} {x + 5},{y - 9}"
        )
        self.parts.append(f'<polygon points="{tip}" fill="#1f3a4d"/>')


def _wrapped(text: str, width: int) -> list[str]:
    fits = int(width / LETTER)
    return [line for part in text.splitlines() for line in textwrap.wrap(part, fits)] or [""]
