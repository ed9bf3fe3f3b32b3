"""The document as Markdown, for a repository or a wiki."""

from __future__ import annotations

import re
from collections.abc import Iterator

from robotfabrik.documents.pdd import chart
from robotfabrik.documents.pdd.model import (
    Block,
    Document,
    Figure,
    Items,
    Paragraph,
    Rich,
    StepRow,
    Steps,
    Table,
    plain,
    walk,
)

_SPECIAL = re.compile(r"([\\`*_\[\]<>|~])")
_LINE_START = re.compile(r"^(\s*)([#+-]|\d+[.)])(?=\s|$)")


def draw(document: Document) -> bytes:
    """The file's bytes."""
    lines = [f"# {_escaped(document.title)}", "", f"{_escaped(document.subtitle)}", ""]
    if document.facts:
        lines += [f"- {_escaped(name)}: {_text(value)}" for name, value in document.facts]
        lines.append("")
    for section in walk(document.sections):
        lines += [f"{'#' * min(section.level + 1, 6)} {_escaped(section.heading)}", ""]
        for block in section.blocks:
            lines += [*_block(block, document), ""]
    return ("\n".join(lines).rstrip() + "\n").encode("utf-8", "replace")


def _block(block: Block, document: Document) -> Iterator[str]:
    match block:
        case Paragraph():
            text = _start(_text(block.text))
            yield f"> {text}" if block.kind == "quote" else text
        case Items():
            for number, item in enumerate(block.items, 1):
                yield f"{f'{number}.' if block.ordered else '-'} {_text(item)}"
        case Table():
            yield from _table(block.headings, [[_text(cell) for cell in row] for row in block.rows])
        case Steps():
            words = document.words
            headings = (words["number"], words["step"], words["where_done"], words["remarks"])
            yield from _table(headings, [_step_cells(row) for row in block.rows])
        case Figure():
            yield f"**{_escaped(block.title)}**"
            yield ""
            for number, line in enumerate(chart.lines(block), 1):
                yield f"{number}. {_escaped(line)}"


def _step_cells(row: StepRow) -> list[str]:
    name = f"**{_escaped(row.name)}** " if row.name else ""
    text = f"{name}{_text(row.text)}"
    if not row.number:
        text = f"*{_escaped(plain(row.text))}*"
    details = "".join(f"<br>– {_text(line)}" for line in row.details)
    return [row.number, text + details, _escaped(row.where), _escaped("; ".join(row.remarks))]


def _table(headings: tuple[str, ...], rows: list[list[str]]) -> Iterator[str]:
    yield f"| {' | '.join(_escaped(heading) for heading in headings)} |"
    yield f"|{'---|' * len(headings)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _text(value: Rich) -> str:
    marks = {"plain": "", "strong": "**", "term": "*", "code": ""}
    found = []
    for part in value:
        if part.style == "code":
            found.append(_code(part.text))
            continue
        text, mark = "<br>".join(_escaped(line) for line in part.text.splitlines()), marks[part.style]
        bare = text.strip()
        found.append(text.replace(bare, f"{mark}{bare}{mark}", 1) if mark and bare else text)
    return "".join(found)


def _code(text: str) -> str:
    """Code in as many backticks as it needs; a pipe would end a table's cell."""
    text = text.replace("|", "\\|")
    fence = "`" * (max((len(run) for run in re.findall(r"`+", text)), default=0) + 1)
    return f"{fence} {text} {fence}" if "`" in text else f"{fence}{text}{fence}"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", " ".join(text.split("\n")))


def _start(text: str) -> str:
    """A paragraph that begins like a list or heading is none."""
    return _LINE_START.sub(r"\1\\\2", text)
