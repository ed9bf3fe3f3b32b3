"""What a document is before it is a page, a Word file or text: sections of a few kinds of blocks.

Every writer draws the same model, so the formats cannot say different things.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

Style = Literal["plain", "strong", "code", "term"]
Language = Literal["sv", "en"]


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of text. `code` stands as it does in the PDD, `term` names a value of the robot's."""

    text: str
    style: Style = "plain"


Rich = tuple[Part, ...]
"""Text with its styles."""


def rich(*parts: str | Part | Rich) -> Rich:
    """Text of plain texts, parts and other rich texts, one after the other; empty ones vanish."""
    found: list[Part] = []
    for part in parts:
        match part:
            case str():
                found.append(Part(part))
            case Part():
                found.append(part)
            case _:
                found.extend(part)
    return tuple(part for part in found if part.text)


def joined(texts: list[Rich], separator: str, last: str | None = None) -> Rich:
    """Texts with a separator between them; before the last one `last` when it is given."""
    parts: list[Rich | str] = []
    for at, text in enumerate(texts):
        if at:
            parts.append(last if last is not None and at == len(texts) - 1 else separator)
        parts.append(text)
    return rich(*parts)


def plain(text: Rich) -> str:
    """The text without its styles."""
    return "".join(part.text for part in text)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """`quote`: words that the robot writes. `note`: a remark of the document itself."""

    text: Rich
    kind: Literal["plain", "quote", "note"] = "plain"


@dataclass(frozen=True, slots=True)
class Items:
    """A list, numbered when `ordered`."""

    items: tuple[Rich, ...]
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a heading row. The first column names its row. `widths` are shares of the width.

    `blank`: its empty cells are filled in by hand.
    """

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[Rich, ...], ...]
    widths: tuple[int, ...] = ()
    blank: bool = False


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step: its number such as 3.2.1, what it does, where, and the exceptions and rules that it names.

    A row without a number says which branch the rows below it belong to.
    """

    number: str
    level: int
    name: str
    text: Rich
    details: tuple[Rich, ...] = ()
    where: str = ""
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Steps:
    """Numbered steps."""

    title: str
    rows: tuple[StepRow, ...]


@dataclass(frozen=True, slots=True)
class Exit:
    """Where a flow leaves its way: to an exception, or `done`."""

    text: str
    kind: Literal["exception", "done"] = "exception"
    label: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """A box of a flow chart; the next one stands below it. `label` stands on the arrow between them."""

    text: str
    kind: Literal["start", "step", "question", "rule", "write", "end"] = "step"
    exits: tuple[Exit, ...] = ()
    label: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A flow chart, top down. `loop`: an arrow leads from the last box back to the one with this index."""

    title: str
    nodes: tuple[Node, ...]
    loop: int | None = None


Block = Paragraph | Items | Table | Steps | Figure


@dataclass(frozen=True, slots=True)
class Section:
    """`number` such as 3.2; `break_before`: begins on a new page of paper."""

    id: str
    number: str
    title: str
    blocks: tuple[Block, ...] = ()
    sections: tuple[Section, ...] = ()
    break_before: bool = False

    @property
    def level(self) -> int:
        """1 for a chapter."""
        return self.number.count(".") + 1 if self.number else 1

    @property
    def heading(self) -> str:
        """Number and title."""
        return f"{self.number} {self.title}".strip()


@dataclass(frozen=True, slots=True)
class Document:
    """`facts` are what stands below the title; `contents`: it is long enough for a table of contents."""

    title: str
    subtitle: str
    language: Language
    facts: tuple[tuple[str, Rich], ...]
    sections: tuple[Section, ...]
    keywords: tuple[str, ...] = ()
    contents: bool = True
    compact: bool = False  # set close, to fit one page
    footer: str = ""
    words: dict[str, str] = field(default_factory=dict)  # what the writers themselves say


def walk(sections: tuple[Section, ...]) -> Iterator[Section]:
    """Every section, in reading order."""
    for section in sections:
        yield section
        yield from walk(section.sections)


def numbered(sections: tuple[Section, ...], above: str = "") -> tuple[Section, ...]:
    """The sections with their numbers: 1, 1.1, 1.2, 2 …"""
    return tuple(
        replace(
            section,
            number=(number := f"{above}{at}"),
            sections=numbered(section.sections, f"{number}."),
        )
        for at, section in enumerate(sections, 1)
    )


def changed(document: Document, change: Callable[[str], str]) -> Document:
    """The document with every text changed, also those of its flow charts."""

    def text(value: Rich) -> Rich:
        return tuple(replace(part, text=change(part.text)) for part in value)

    def block(value: Block) -> Block:
        match value:
            case Paragraph():
                return replace(value, text=text(value.text))
            case Items():
                return replace(value, items=tuple(map(text, value.items)))
            case Table():
                return replace(
                    value,
                    title=change(value.title),
                    headings=tuple(map(change, value.headings)),
                    rows=tuple(tuple(map(text, row)) for row in value.rows),
                )
            case Steps():
                return replace(value, rows=tuple(map(row, value.rows)))
            case Figure():
                return replace(value, title=change(value.title), nodes=tuple(map(node, value.nodes)))

    def node(value: Node) -> Node:
        exits = tuple(replace(e, text=change(e.text), label=change(e.label)) for e in value.exits)
        return replace(value, text=change(value.text), label=change(value.label), exits=exits)

    def row(value: StepRow) -> StepRow:
        return replace(
            value,
            name=change(value.name),
            text=text(value.text),
            details=tuple(map(text, value.details)),
            where=change(value.where),
            remarks=tuple(map(change, value.remarks)),
        )

    def section(value: Section) -> Section:
        return replace(
            value,
            title=change(value.title),
            blocks=tuple(map(block, value.blocks)),
            sections=tuple(map(section, value.sections)),
        )

    return replace(
        document,
        title=change(document.title),
        subtitle=change(document.subtitle),
        facts=tuple((change(name), text(value)) for name, value in document.facts),
        sections=tuple(map(section, document.sections)),
        keywords=tuple(map(change, document.keywords)),
        footer=change(document.footer),
    )
