"""The form of a docstring that is a reference:

Click an element, once it can be clicked.

More about it, if there is more.

target: the element. One that `writes` may only be clicked inside `once`.
kind: single, double or right click.

Example:
    click: orders.order.save
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from textwrap import dedent

_EXAMPLE = re.compile(r"^Examples?:[ \t]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Doc:
    """A docstring's parts: texts without line breaks, and the YAML of its example ('' when it has none)."""

    summary: str
    details: str = ""
    meanings: Mapping[str, str] = field(default_factory=dict)
    example: str = ""


def parse_doc(text: str, names: Iterable[str]) -> Doc:
    """The parts of a docstring; `names` are the parameters or keys that it may explain."""
    head, *rest = _EXAMPLE.split(text.strip(), maxsplit=1)
    known = tuple(names)
    said: list[str] = []
    meanings: dict[str, str] = {}
    current: str | None = None
    for line in head.splitlines():
        name, colon, meaning = line.strip().partition(":")
        if colon and name in known and name not in meanings and (not meaning or meaning[0] == " "):
            meanings[name], current = meaning.strip(), name
        elif not line.strip():
            current = None
            said.append("")
        elif current is not None:
            meanings[current] += f" {line.strip()}"
        else:
            said.append(line.strip())
    summary, _, details = "\n".join(said).strip().partition("\n\n")
    return Doc(
        " ".join(summary.split()),
        "\n\n".join(" ".join(part.split()) for part in details.split("\n\n") if part.strip()),
        meanings,
        dedent(rest[0].strip("\n")).rstrip() if rest else "",
    )
