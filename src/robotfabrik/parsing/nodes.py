"""YAML text as a tree of frozen nodes: every scalar is text, everything has a position.

    Node ── ScalarNode    text, its style, and where each of its characters stands
         ├─ MapNode       entries in the order of the file; keys are text and stand once
         └─ ListNode      items

Built on PyYAML's events (libyaml, or pure Python where that is missing); none of YAML's types,
tags or merge keys. What is wrong is reported, never raised.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NoReturn, TypeAlias, cast

import yaml

from robotfabrik.model.errors import Diagnostic
from robotfabrik.model.source import Located, Source, Span
from robotfabrik.parsing import slips
from robotfabrik.parsing.positions import Aligned, Page, Style

Report: TypeAlias = Callable[[Diagnostic], None]

MAX_DEPTH = 100
MAX_NODES = 100_000
_MAX_CHARACTERS_REPORTED = 20

_STYLES: dict[str | None, Style] = {
    None: "plain", "": "plain", "'": "single", '"': "double", "|": "literal", ">": "folded",
}  # fmt: skip
_PROPERTIES = re.compile(r"(?:(?:&[-\w]+|![^\s,\[\]{}]*)(?:\s|(?<=\s)#[^\r\n]*)*)+")
_FORBIDDEN = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_CHARACTER_NAMES = {
    "\x00": "a NUL character",
    "\x0c": "a form feed",
    "\x85": "an invisible line end (U+0085)",
    "\u2028": "an invisible line separator (U+2028)",
    "\u2029": "an invisible paragraph separator (U+2029)",
    "\ufeff": "an invisible byte order mark (U+FEFF)",
}


@dataclass(frozen=True, slots=True, eq=False)
class ScalarNode:
    """A piece of text. `span` covers it with its quotes; `located` knows each character."""

    span: Span
    located: Located
    style: Style

    @property
    def text(self) -> str:
        """The decoded text."""
        return self.located.text

    @property
    def empty(self) -> bool:
        """Whether nothing was written (`key:`), unlike the empty text `''`."""
        return self.style == "plain" and not self.located.text


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One `key: value` of a mapping."""

    key: ScalarNode
    value: Node


@dataclass(frozen=True, slots=True, eq=False)
class MapNode:
    """A mapping. `span` is its first key, or the `{…}` of a flow mapping on its first line."""

    span: Span
    entries: tuple[Entry, ...]
    flow: bool = False
    _by_key: dict[str, Entry] = field(default_factory=dict, repr=False)

    def get(self, name: str) -> Node | None:
        """The value of key `name`, or None."""
        entry = self._by_key.get(name)
        return entry.value if entry else None

    def entry(self, name: str) -> Entry | None:
        """The entry of key `name`, or None."""
        return self._by_key.get(name)

    def keys(self) -> tuple[str, ...]:
        """The keys in the order of the file."""
        return tuple(self._by_key)

    def sentence(self) -> tuple[ScalarNode, ScalarNode] | None:
        """The two halves when this may be a sentence with a colon that was not quoted."""
        if len(self.entries) != 1 or self.flow:
            return None
        key, value = self.entries[0].key, self.entries[0].value
        return (key, value) if key.style == "plain" and isinstance(value, ScalarNode) else None


@dataclass(frozen=True, slots=True, eq=False)
class ListNode:
    """A list. `span` is its first dash, or the `[…]` of a flow list on its first line."""

    span: Span
    items: tuple[Node, ...]
    flow: bool = False


Node: TypeAlias = ScalarNode | MapNode | ListNode


def _both(one: Node, other: Node) -> Node:
    """What stands under a key that stands twice, so that nothing of it is unknown elsewhere."""
    if isinstance(one, MapNode) and isinstance(other, MapNode):
        entries = {entry.key.text: entry for entry in (*other.entries, *one.entries)}
        return MapNode(one.span, tuple(entries.values()), one.flow, entries)
    if isinstance(one, ListNode) and isinstance(other, ListNode):
        return ListNode(one.span, (*one.items, *other.items), one.flow)
    return one


def load(path: Path, report: Report, shown: str | None = None) -> Source | None:
    """The file at `path` as UTF-8 text; None, with a diagnostic, when it is something else.

    OSError when it cannot be read. `shown` is the path that people see.
    """
    shown = shown or str(path)
    data = path.read_bytes()
    try:
        return Source(shown, data.decode("utf-8-sig"))
    except UnicodeDecodeError as problem:
        report(_encoding_diagnostic(shown, data, problem))
        return None


def read(source: Source, report: Report) -> Node | None:
    """The tree of `source`. None when it is no YAML or holds nothing; every problem is reported.

    A tree can come back although something was reported (a duplicate key, a tag).
    """
    text = source.text.removeprefix("\ufeff")
    if not _characters_are_fine(source, text, report):
        return None
    try:
        return _Builder(source, text, report).document()
    except _Stopped:
        return None
    except yaml.YAMLError as problem:
        report(slips.explain(problem, source))
        return None


class _Stopped(Exception):
    """The rest of the file is not worth reading; it has been reported."""


class _Builder:
    """Turns the events of one file into nodes."""

    def __init__(self, source: Source, text: str, report: Report) -> None:
        self._source, self._page, self._report = source, Page(text), report
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
        self._next = cast("Callable[[], Any]", loader.get_event)
        self._anchors: dict[str, _Anchor] = {}
        self._open: set[str] = set()
        self._count = 0
        self._deepest = 0

    def document(self) -> Node | None:
        """The one document of the file."""
        self._next()
        event = self._next()
        if isinstance(event, yaml.StreamEndEvent):
            self._stop(Span(self._source, 1, 1), "the file is empty", "document")
        if event.version or event.tags:
            self._tell(self._span(event), "YAML directives (`%…`) are not used here", "document",
                       "remove the line")  # fmt: skip
        node = self._node(self._next(), 0)
        self._next()
        event = self._next()
        if not isinstance(event, yaml.StreamEndEvent):
            self._stop(self._span(event), "a second document starts here; a file holds one", "document",
                       "remove the `---`, or move what follows to a file of its own")  # fmt: skip
        return node

    def _node(self, event: Any, depth: int) -> Node:
        """The node that starts with `event`."""
        self._count += 1
        kind = type(event)
        if kind is yaml.AliasEvent:
            return self._alias(event, depth)
        if event.tag is not None:
            self._tell_tag(event)
        if event.anchor is not None:
            return self._anchored(event, depth)
        return self._content(event, depth)

    def _content(self, event: Any, depth: int) -> Node:
        if type(event) is yaml.ScalarEvent:
            return self._scalar(event)
        if depth >= MAX_DEPTH:
            self._stop(self._span(event), f"more than {MAX_DEPTH} levels inside each other", "nesting",
                       "move the inner levels to a workflow or an entry of their own")  # fmt: skip
        if depth >= self._deepest:
            self._deepest = depth + 1
        if type(event) is yaml.MappingStartEvent:
            return self._map(event, depth + 1)
        return self._list(event, depth + 1)

    def _scalar(self, event: Any) -> ScalarNode:
        first, last, text = event.start_mark, event.end_mark, event.value
        if event.anchor is not None or event.tag is not None:
            return self._scalar_with_properties(event)
        return self._scalar_at(first.index, first.line, first.column, last, text, _STYLES[event.style])

    def _scalar_with_properties(self, event: Any) -> ScalarNode:
        """A scalar whose mark stands at its anchor or tag."""
        start, end = event.start_mark.index, event.end_mark.index
        found = _PROPERTIES.match(self._page.text, start, end)
        start = found.end() if found else start
        line, column = self._page.at(start)
        return self._scalar_at(start, line - 1, column - 1, event.end_mark, event.value,
                               _STYLES[event.style])  # fmt: skip

    def _scalar_at(
        self, start: int, line: int, column: int, last: Any, text: str, style: Style
    ) -> ScalarNode:
        length = last.index - start
        one_line = line == last.line
        locate: Callable[[int], tuple[int, int]]
        if one_line and style == "plain":
            locate = partial(_on_line, line + 1, column + 1)
        elif one_line and length == len(text) + 2:  # quoted, and nothing was decoded
            locate = partial(_on_line, line + 1, column + 2)
        else:
            locate = Aligned(self._page, start, last.index, style, text)
        if not one_line:
            length = self._to_line_end(start, style)
        span = Span(self._source, line + 1, column + 1, length or 1)
        return ScalarNode(span, Located(text, self._source, locate), style)

    def _map(self, event: Any, depth: int) -> MapNode:
        entries: dict[str, Entry] = {}
        following = self._next()
        first = following
        while type(following) is not yaml.MappingEndEvent:
            key = self._key(following, depth)
            value = self._node(self._next(), depth)
            if key is not None and self._is_new(key, entries):
                entries[key.text] = Entry(key, value)
            elif key is not None:
                earlier = entries[key.text]
                entries[key.text] = Entry(earlier.key, _both(earlier.value, value))
            following = self._next()
        span = self._flow_span(event, following) if event.flow_style else self._span(first)
        return MapNode(span, tuple(entries.values()), bool(event.flow_style), entries)

    def _list(self, event: Any, depth: int) -> ListNode:
        items = []
        following = self._next()
        while type(following) is not yaml.SequenceEndEvent:
            items.append(self._node(following, depth))
            following = self._next()
        span = self._flow_span(event, following) if event.flow_style else self._span(event)
        return ListNode(span, tuple(items), bool(event.flow_style))

    def _key(self, event: Any, depth: int) -> ScalarNode | None:
        """The key that starts with `event`; None, reported, when it cannot be one."""
        if type(event) is not yaml.ScalarEvent:
            self._tell_key(event)
            self._node(event, depth)
            return None
        key = self._node(event, depth)
        assert isinstance(key, ScalarNode)
        problem = slips.key_problem(key.text, key.style)
        if problem:
            self._tell(key.span, problem.message, problem.rule, problem.suggestion)
            return None
        return key

    def _is_new(self, key: ScalarNode, entries: dict[str, Entry]) -> bool:
        earlier = entries.get(key.text)
        if earlier is None:
            return True
        line = earlier.key.span.line
        where = "on this line" if line == key.span.line else f"on line {line}"
        self._tell(key.span, f"`{key.text}` already stands {where}", "duplicate-key", "keep one of them")
        return False

    def _anchored(self, event: Any, depth: int) -> Node:
        """A node with an `&anchor`, remembered with its size for its aliases."""
        name = event.anchor
        if name in self._anchors or name in self._open:
            self._tell(self._span(event), f"the anchor `&{name}` is already in use", "alias",
                       "give it another name")  # fmt: skip
        outer, self._deepest = self._deepest, depth
        before = self._count
        self._open.add(name)
        node = self._content(event, depth)
        self._open.discard(name)
        self._anchors[name] = _Anchor(node, self._count - before + 1, self._deepest - depth)
        self._deepest = max(outer, self._deepest)
        return node

    def _alias(self, event: Any, depth: int) -> Node:
        """The node that an `*alias` names: the same object."""
        name, span = event.anchor, self._span(event)
        if name in self._open:
            self._stop(span, f"`*{name}` stands inside `&{name}` itself, so it would never end", "alias")
        if name not in self._anchors:
            self._tell(span, f"nothing above is called `&{name}`", "alias",
                       f"if the text should start with `*`, quote it: '*{name}'")  # fmt: skip
            nothing = Located("", self._source, partial(_on_line, span.line, span.column))
            return ScalarNode(span, nothing, "plain")
        anchor = self._anchors[name]
        self._count += anchor.size - 1
        if self._count > MAX_NODES:
            self._stop(span, f"with its aliases the file grows to more than {MAX_NODES:,} values", "alias")
        if depth + anchor.height > MAX_DEPTH:
            self._stop(span, f"with this alias there are more than {MAX_DEPTH} levels", "nesting")
        self._deepest = max(self._deepest, depth + anchor.height)
        return anchor.node

    def _span(self, event: Any) -> Span:
        """The span of an event: to its end, or one character when that is on another line."""
        first, last = event.start_mark, event.end_mark
        length = last.column - first.column if first.line == last.line else 1
        return Span(self._source, first.line + 1, first.column + 1, max(1, length))

    def _flow_span(self, event: Any, end: Any) -> Span:
        first = event.start_mark
        if first.line == end.end_mark.line:
            length = end.end_mark.column - first.column
        else:
            length = self._to_line_end(first.index, "plain")
        return Span(self._source, first.line + 1, first.column + 1, max(1, length))

    def _to_line_end(self, start: int, style: Style) -> int:
        """How many characters of a scalar stand on its first line: of a block, its header."""
        line = self._page.line_from(start)
        header = slips.BLOCK_HEADER.match(line) if style in ("literal", "folded") else None
        return len(header[0]) if header else len(line.rstrip())

    def _tell_tag(self, event: Any) -> None:
        first = event.start_mark
        raw = self._page.line_from(first.index)
        tag = raw.split()[0] if raw.strip() else "!"
        self._tell(Span(self._source, first.line + 1, first.column + 1, len(tag)),
                   f"YAML tags are not used here: `{tag}`", "tag",
                   "remove it, or quote the text if it should start with `!`")  # fmt: skip

    def _tell_key(self, event: Any) -> None:
        raw = self._page.line_from(event.start_mark.index)
        problem = slips.key_that_is_no_text(raw, isinstance(event, yaml.AliasEvent))
        self._tell(self._span(event), problem.message, problem.rule, problem.suggestion)

    def _tell(self, span: Span, message: str, rule: str, suggestion: str | None = None) -> None:
        self._report(Diagnostic(span, message, rule, suggestion))

    def _stop(self, span: Span, message: str, rule: str, suggestion: str | None = None) -> NoReturn:
        self._tell(span, message, rule, suggestion)
        raise _Stopped


@dataclass(frozen=True, slots=True)
class _Anchor:
    """A node with a name, how many nodes it holds when written out, and how many levels."""

    node: Node
    size: int
    height: int


def _on_line(line: int, column: int, offset: int) -> tuple[int, int]:
    """The place of a character in text that stands on one line as it is."""
    return line, column + offset


def _characters_are_fine(source: Source, text: str, report: Report) -> bool:
    """Whether `text` holds only characters that YAML allows and people can see."""
    page = Page(text)
    fine = True
    for number, found in enumerate(_FORBIDDEN.finditer(text)):
        if number == _MAX_CHARACTERS_REPORTED:
            break
        fine = False
        name = _CHARACTER_NAMES.get(found[0], f"a control character (U+{ord(found[0]):04X})")
        line, column = page.at(found.start())
        report(Diagnostic(Span(source, line, column), f"{name} stands here", "character", "remove it"))
    return fine


def _encoding_diagnostic(shown: str, data: bytes, problem: UnicodeDecodeError) -> Diagnostic:
    """Where bytes stop being UTF-8, and what they probably are."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        span = Span(Source(shown, ""), 1, 1)
        return Diagnostic(span, "the file is UTF-16, not UTF-8", "encoding", "save it as UTF-8")
    guess = data.decode("cp1252", "replace")
    before = problem.object[: problem.start].decode("utf-8", "replace")
    line, column = Page(before).at(len(before))
    span = Span(Source(shown, guess), line, column)
    letter = data[problem.start : problem.start + 1].decode("cp1252", "replace")
    message = f"the file is not UTF-8: `{letter}` here is written the old Windows way"
    return Diagnostic(span, message, "encoding", "save it as UTF-8")
