"""XML as a tree of elements, read without a document type: no entity is expanded, nothing else is fetched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

MOST = 200_000  # elements
DEEPEST = 100


@dataclass(slots=True)
class Node:
    """An element: its name, attributes and children, and the text that stands directly in it."""

    name: str
    attributes: Mapping[str, str]
    children: list[Node] = field(default_factory=list)
    text: str = ""


class WrongXml(Exception):
    """The message says what is wrong, and on which line and column."""


def parse(content: bytes) -> Node:
    """The root of a document; WrongXml."""
    return _Reader().read(content)


class _Reader:
    def __init__(self) -> None:
        self._open: list[Node] = []
        self._root: Node | None = None
        self._read = 0
        self._parser = parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        # A document type may define entities that grow without end or fetch files: data need none.
        parser.StartDoctypeDeclHandler = self._document_type

    def read(self, content: bytes) -> Node:
        try:
            self._parser.Parse(content, True)
        except expat.ExpatError as error:
            what = expat.errors.messages.get(error.code, "not well-formed")
            raise self._wrong(what, error.lineno, error.offset) from None
        except (LookupError, ValueError):  # an encoding that nobody knows, or that takes several bytes
            raise self._wrong("its encoding is not known") from None
        assert self._root is not None
        return self._root

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._read += 1
        if self._read > MOST:
            raise self._wrong(f"more than {MOST} elements")
        if len(self._open) == DEEPEST:
            raise self._wrong(f"nested deeper than {DEEPEST}")
        node = Node(name, attributes)
        if self._open:
            self._open[-1].children.append(node)
        else:
            self._root = node
        self._open.append(node)

    def _end(self, name: str) -> None:
        self._open.pop()

    def _text(self, text: str) -> None:
        self._open[-1].text += text

    def _document_type(self, *_: object) -> None:
        raise self._wrong("a document type is not read")

    def _wrong(self, what: str, line: int | None = None, column: int | None = None) -> WrongXml:
        line = self._parser.CurrentLineNumber if line is None else line
        column = self._parser.CurrentColumnNumber if column is None else column
        return WrongXml(f"line {line}, column {column + 1}: {what}")
