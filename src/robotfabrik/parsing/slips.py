"""YAML slips in plain words: what somebody probably meant, and the corrected line.

`explain` turns an error of the YAML parser into a diagnostic. The other functions answer for text that
is good YAML but hardly what was meant; the reader and the builder ask them where they expect something
else. Each explanation is one function in `_EXPLANATIONS`; the first that recognises its slip wins.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

from robotfabrik.model.errors import Diagnostic
from robotfabrik.model.source import Source, Span
from robotfabrik.parsing.positions import LINE_END

if TYPE_CHECKING:
    from robotfabrik.parsing.nodes import MapNode, ScalarNode

BLOCK_HEADER = re.compile(r"[|>][-+0-9]*")
_DASH_STUCK = re.compile(r"-[^\W\d]")
_COLON_STUCK = re.compile(r"([^\W\d][\w.]*):([^\s/:].*)")
_NAME = re.compile(r"[^\W\d_A-ZÅÄÖ][\w.]*")
_LINE = re.compile(r"(?P<lead>\s*(?:- +)*)(?:(?P<key>[^\s:'\"{\[&*#|>][^:]*?)\s*:\s+)?(?P<value>.*)")
_EXPRESSION = re.compile(r"\$?\{\{.*?\}\}")
_COMMENT = re.compile(r"\s#.*$")
_CLOSING = {"[": "]", "{": "}"}
_FLOW_EDGE = re.compile(r"[\[{,]\s*|:\s+")


@dataclass(frozen=True, slots=True)
class Slip:
    """What somebody probably did wrong, and what to write instead."""

    message: str
    suggestion: str | None = None
    rule: str = "syntax"


def quoted(text: str) -> str:
    """`text` in the quotes that need no escapes, if there are such."""
    if '"' not in text and "\\" not in text:
        return f'"{text}"'
    return "'" + text.replace("'", "''") + "'"


def key_problem(text: str, style: str) -> Slip | None:
    """Why `text` cannot be a key, if it cannot."""
    if text == "<<" and style == "plain":
        return Slip("merge keys (`<<`) are not used here", "write the entries out", "key")
    if not text:
        return Slip("a key is missing before the colon", "write `key: value`", "key")
    if style == "plain" and _DASH_STUCK.match(text):
        return Slip("a space is missing after the dash", f"write `- {text[1:]}:`")
    if "\n" in text:
        return Slip("a key stands on one line", None, "key")
    if not text.isascii() and not unicodedata.is_normalized("NFC", text):
        return Slip(
            f"the letters of `{text}` are split in two (a letter and its ring or dots)",
            "type the key again: it looks the same but is not found under its name",
            "key",
        )
    return None


def key_that_is_no_text(raw: str, alias: bool) -> Slip:
    """Why a mapping, a list or an alias cannot be a key. `raw` is the line from where it starts."""
    if raw.startswith("{"):
        found = _EXPRESSION.match("{" + raw)
        expression = found[0] if found else "{{ … }}"
        return Slip(f"YAML reads `{expression}` as a mapping", f'quote it: "${expression}"')
    if alias:
        return Slip("a key is written out, not an alias", None, "key")
    return Slip("a key is a piece of text, not a list or a mapping", None, "key")


def looks_like_sentence(node: MapNode) -> str | None:
    """The corrected line when a one-entry mapping stands where text was meant, else None.

    `- Förslag: bifall.` is a mapping to YAML; the answer is `- "Förslag: bifall."`.
    """
    parts = node.sentence()
    if parts is None:
        return None
    key, value = parts
    line = key.span.source.line(key.span.line)
    lead = _LINE.match(line)
    dash = lead["lead"].lstrip() if lead and key.span.column == len(lead["lead"]) + 1 else ""
    return dash + quoted(f"{key.text}: {_as_written(value)}".rstrip())


def looks_like_entry(node: ScalarNode) -> str | None:
    """The corrected entry when text such as `key:value` stands where a mapping was meant, else None."""
    found = _COLON_STUCK.fullmatch(node.text) if node.style == "plain" else None
    return f"{found[1]}: {found[2]}" if found else None


def _as_written(value: ScalarNode) -> str:
    """A value with its quotes when it stands on one line, else its text on one line."""
    if value.style in ("single", "double"):
        start = value.span.column - 1
        raw = value.span.source.line(value.span.line)[start : start + value.span.length]
        if len(raw) > 1 and raw[0] == raw[-1]:
            return raw
    return " ".join(value.text.split())


@dataclass(frozen=True, slots=True)
class _Stumble:
    """Where the YAML parser gave up: lines and columns from 0."""

    problem: str
    context: str
    lines: list[str]
    line: int
    column: int
    start_line: int
    start_column: int

    @property
    def here(self) -> str:
        """The line where it gave up."""
        return self.lines[self.line]

    @property
    def rest(self) -> str:
        """That line from where it gave up."""
        return self.here[self.column :]

    @property
    def start(self) -> str:
        """The line where what it was reading began."""
        return self.lines[self.start_line]

    def above(self) -> int | None:
        """The nearest line above with something other than a comment on it."""
        for number in range(self.line - 1, -1, -1):
            text = self.lines[number].strip()
            if text and not text.startswith("#"):
                return number
        return None


@dataclass(frozen=True, slots=True)
class _Found:
    """A recognised slip and its place, from 0."""

    line: int
    column: int
    message: str
    suggestion: str | None = None
    length: int = 1


def explain(problem: yaml.YAMLError, source: Source) -> Diagnostic:
    """The diagnostic for what the YAML parser stumbled on."""
    stumble = _stumble(problem, source)
    for explanation in _EXPLANATIONS:
        if found := explanation(stumble):
            break
    else:
        found = _Found(stumble.line, stumble.column, f"this is not YAML: {_plain(stumble)}")
    span = Span(source, found.line + 1, found.column + 1, max(1, found.length))
    return Diagnostic(span, found.message, "syntax", found.suggestion)


def _stumble(problem: yaml.YAMLError, source: Source) -> _Stumble:
    """What the parser says, with marks past the end moved to the last line with text."""
    lines = LINE_END.split(source.text.removeprefix("\ufeff"))
    mark = getattr(problem, "problem_mark", None) or getattr(problem, "context_mark", None)
    context_mark = getattr(problem, "context_mark", None) or mark
    line, column = _inside(lines, mark)
    start_line, start_column = _inside(lines, context_mark)
    message = getattr(problem, "problem", None) or getattr(problem, "reason", None) or str(problem)
    context = getattr(problem, "context", None) or ""
    return _Stumble(message, context, lines, line, column, start_line, start_column)


def _inside(lines: list[str], mark: yaml.Mark | None) -> tuple[int, int]:
    line, column = (mark.line, mark.column) if mark else (0, 0)
    if line < len(lines) and (lines[line] or line == 0 or column):
        return line, min(column, len(lines[line]))
    line = min(line, len(lines) - 1)
    while line and not lines[line].strip():
        line -= 1
    return line, len(lines[line].rstrip())


def _plain(at: _Stumble) -> str:
    return f"{at.context}, {at.problem}" if at.context else at.problem


def _tab(at: _Stumble) -> _Found | None:
    tab = at.here.find("\t")
    if "\t" not in at.here[: at.column + 1] or not (
        "found a tab" in at.problem or "cannot start any token" in at.problem
    ):
        return None
    if at.here[:tab].strip():
        return _Found(at.line, tab, "a tab stands here; YAML wants spaces", "replace the tab with a space")
    message = "a tab indents this line; YAML wants spaces"
    return _Found(at.line, tab, message, "replace each tab with two spaces")


def _reserved_start(at: _Stumble) -> _Found | None:
    if "cannot start any token" not in at.problem or at.rest[:1] not in "@`%":
        return None
    return _quote_value(at, f"a value cannot start with `{at.rest[:1]}` in YAML")


def _star_or_ampersand(at: _Stumble) -> _Found | None:
    if "alphabetic or numeric" not in at.problem or at.context.endswith("directive"):
        return None
    char = at.start[at.start_column : at.start_column + 1]
    return _quote_value(at, f"a value cannot start with `{char}` in YAML", at.start_line, at.start_column)


def _tag_start(at: _Stumble) -> _Found | None:
    if "tag" not in at.context:
        return None
    message = "a value cannot start with `!` in YAML"
    return _quote_value(at, message, at.start_line, at.start_column)


def _unclosed_quote(at: _Stumble) -> _Found | None:
    if "quoted scalar" not in at.context or "unexpected" not in at.problem:
        return None
    mark = at.start[at.start_column : at.start_column + 1]
    if not mark.strip():
        return None
    text = at.start[at.start_column :].rstrip()
    before = at.start[: at.start_column]
    in_flow = before.count("{") + before.count("[") > before.count("}") + before.count("]")
    return _unclosed(at.start_line, at.start_column, text.rstrip(" ,]}") if in_flow else text)


def _unclosed(line: int, column: int, text: str) -> _Found:
    suggestion = f"close it on this line: {text}{text[0]}" if len(text) > 1 else "close it, or remove it"
    return _Found(line, column, f"this {text[0]} is never closed", suggestion)


def _escape(at: _Stumble) -> _Found | None:
    if "escape" not in at.problem and "hexdecimal" not in at.problem and "hexadecimal" not in at.problem:
        return None
    back = at.here.rfind("\\", 0, at.column + 1)
    column = back if back >= 0 else at.column
    escape = at.here[column : column + 2]
    if "Unicode" in at.problem:
        return _Found(at.line, column, "this escape is no character", "write the character itself", 2)
    message = f"`{escape}` means nothing inside double quotes"
    return _Found(at.line, column, message, "use single quotes, or write the backslash twice", 2)


def _expression_in_flow(at: _Stumble) -> _Found | None:
    """`[${{ x }}]`: inside `[…]` and `{…}` an expression needs quotes."""
    if "flow" not in at.context and "flow" not in at.problem:
        return None
    for number in dict.fromkeys((at.line, at.start_line)):
        for found in _EXPRESSION.finditer(at.lines[number]):
            if _is_open(at.lines[number][: found.start()]):
                continue
            start, stop = _flow_item(at.lines[number], found)
            item = at.lines[number][start:stop].rstrip()
            message = "inside `[…]` and `{…}` an expression must be quoted"
            return _Found(number, start, message, f"quote it: {quoted(item)}", len(item))
    return None


def _is_open(text: str) -> bool:
    """Whether a quotation mark in `text` is still open at its end."""
    mark = ""
    for number, char in enumerate(text):
        if mark:
            mark = "" if char == mark else mark
        elif char in "\"'" and (number == 0 or text[number - 1] in " [{,("):
            mark = char
    return bool(mark)


def _flow_item(line: str, found: re.Match[str]) -> tuple[int, int]:
    """The stretch of the flow item around an expression."""
    edges = [edge.end() for edge in _FLOW_EDGE.finditer(line, 0, found.start())]
    stop = found.end()
    while stop < len(line) and line[stop] not in ",]}":
        stop += 1
    return (edges[-1] if edges else found.start()), stop


def _unclosed_bracket(at: _Stumble) -> _Found | None:
    if "flow sequence" not in at.context and "flow mapping" not in at.context:
        return None
    bracket = at.start[at.start_column : at.start_column + 1]
    closing = _CLOSING.get(bracket)
    if closing is None:
        return None
    if at.start_line == at.line and closing in at.rest:
        message = "a comma is missing before this, or the text needs quotes"
        return _Found(at.line, at.column, message, "inside `[…]` and `{…}` quote text with , [ ] { } in it")
    return _unclosed_at(at.start_line, at.start_column, bracket)


def _unclosed_at(line: int, column: int, bracket: str) -> _Found:
    suggestion = f"add `{_CLOSING[bracket]}`, or quote the text"
    return _Found(line, column, f"this `{bracket}` is never closed", suggestion)


def _colon_in_sentence(at: _Stumble) -> _Found | None:
    """`text: Förslag: bifall.`: a second colon on one line."""
    if "mapping values are not allowed" not in at.problem:
        return None
    parts = _LINE.fullmatch(at.here)
    if not parts or parts["key"] is None or at.column <= parts.end("key"):
        return None
    value = _COMMENT.sub("", parts["value"]).rstrip()
    if _NAME.fullmatch(parts["key"]):
        corrected = f"{parts['lead'].lstrip()}{parts['key']}: {quoted(value)}"
    else:
        corrected = parts["lead"].lstrip() + quoted(f"{parts['key']}: {value}")
    return _Found(at.line, at.column, "a text with a colon in it must be quoted", f"write: {corrected}")


def _colon_below_text(at: _Stumble) -> _Found | None:
    """`key: value` on a line that YAML takes for the continuation of the text above."""
    above = at.above()
    if "mapping values are not allowed" not in at.problem or above is None:
        return None
    upper, lower = _LINE.fullmatch(at.lines[above]), _LINE.fullmatch(at.here)
    column = len(at.here) - len(at.here.lstrip())
    key = at.here[column : at.column]
    if upper and (stuck := _COLON_STUCK.fullmatch(upper["value"])) and upper["key"] is None:
        return _stuck_colon(above, len(upper["lead"]), stuck)
    if upper and _DASH_STUCK.match(upper["value"]):
        return _stuck_dash(above, len(upper["lead"]), upper["value"])
    if _DASH_STUCK.match(key):
        return _stuck_dash(at.line, column, at.here.strip())
    if upper and upper["key"] and lower and _NAME.fullmatch(key):
        message = f"`{key}` is indented deeper than `{upper['key']}`, which already has a value"
        return _Found(at.line, column, message, "give both the same indentation", len(key))
    message = f"the text that starts on line {above + 1} goes on here and has a colon in it"
    return _Found(at.line, at.column, message, "quote the text, or write it as a block after `>-`")


def _missing_colon(at: _Stumble) -> _Found | None:
    """A line without `key:` among entries."""
    if "could not find expected ':'" not in at.problem:
        return None
    column = at.start_column
    text = at.start[column:].rstrip()
    if stuck := _COLON_STUCK.fullmatch(text):
        return _stuck_colon(at.start_line, column, stuck)
    if _DASH_STUCK.match(text):
        return _stuck_dash(at.start_line, column, text)
    message = "this line is no `key: value`"
    suggestion = "add the colon; if it continues the text above, indent it deeper than its key"
    return _Found(at.start_line, column, message, suggestion, len(text))


def _stuck_colon(line: int, column: int, stuck: re.Match[str]) -> _Found:
    suggestion = f"write: {stuck[1]}: {stuck[2]}"
    return _Found(line, column + len(stuck[1]), "a space is missing after the colon", suggestion)


def _stuck_dash(line: int, column: int, text: str) -> _Found:
    return _Found(line, column, "a space is missing after the dash", f"write: - {text.strip()[1:]}")


def _after_quote(at: _Stumble) -> _Found | None:
    """`'it's'`, `"a" b`: text after a closing quotation mark."""
    before = at.here[: at.column].rstrip()
    if not _in_block(at) or not at.rest.strip() or before[-1:] not in ("'", '"'):
        return None
    parts = _LINE.fullmatch(at.here)
    value = _COMMENT.sub("", parts["value"]).rstrip() if parts else ""
    if not parts or value[:1] != before[-1] or len(before) == parts.start("value") + 1:
        return _opened_above(at, before[-1])
    inner = value[1:-1] if value[-1] == value[0] else value
    message = "text follows the closing quotation mark"
    return _Found(at.line, at.column, message, f"quote the whole: {quoted(inner)}", len(at.rest.rstrip()))


def _opened_above(at: _Stumble, mark: str) -> _Found:
    """A quotation mark that closes one on a line above: that one was meant to end there."""
    for number in range(at.line - 1, -1, -1):
        column = at.lines[number].rfind(mark)
        if column >= 0 and _is_open(at.lines[number]):
            return _unclosed(number, column, at.lines[number][column:].rstrip())
    return _Found(at.line, at.column, "text follows a closing quotation mark; perhaps one above is missing")


def _after_bracket(at: _Stumble) -> _Found | None:
    """`{{ x }} kr`, `[a] b`, `*a b`: text after what YAML takes for the whole value."""
    parts = _LINE.fullmatch(at.here)
    if not _in_block(at) or not parts or not at.here[: at.column].strip() or not at.rest.strip():
        return None
    start = parts["value"][:1]
    if at.column <= parts.start("value") or not start or start not in "[{*&":
        return None
    return _quote_value(at, f"YAML reads a value that starts with `{start}` in its own way")


def _in_block(at: _Stumble) -> bool:
    return (
        "did not find expected key" in at.problem
        or "expected '-' indicator" in at.problem
        or ("<block end>" in at.problem)
    )


def _no_key(at: _Stumble) -> _Found | None:
    if _in_block(at) and at.rest.startswith(":"):
        return _Found(at.line, at.column, "a key is missing before the colon", "write `key: value`")
    return None


def _dash_among_entries(at: _Stumble) -> _Found | None:
    if not _in_block(at) or not at.rest.startswith("-") or at.here[: at.column].strip():
        return None
    above = (line for line in at.lines[at.start_line : at.line] if line.lstrip().startswith("- "))
    if any(_indent(line) > at.column for line in above):
        return None
    message = "a list item stands where a `key: value` belongs"
    return _Found(at.line, at.column, message, "indent it below the key it belongs to, whose value is empty")


def _entry_among_items(at: _Stumble) -> _Found | None:
    if not _in_block(at) or "collection" not in at.context or at.here[: at.column].strip():
        return None
    if at.column != at.start_column:
        return None
    message = "the lines above are list items with a dash; this one has none"
    return _Found(at.line, at.column, message, f"write: - {at.rest.strip()}", len(at.rest.rstrip()))


def _indentation(at: _Stumble) -> _Found | None:
    """A line whose indentation fits no line above."""
    if not _in_block(at) or at.here[: at.column].strip() or not at.rest.strip():
        return None
    if at.line and not (blank := at.lines[at.line - 1]).strip() and len(blank) > at.column:
        message = f"line {at.line} holds only blanks, more than this line is indented by"
        return _Found(at.line - 1, 0, message, "remove the blanks on that line", len(blank))
    steps = sorted({_indent(at.lines[number]) for number in range(at.start_line, at.line)
                    if at.lines[number].strip()})  # fmt: skip
    near = sorted(sorted(steps, key=lambda step: abs(step - at.column))[:2])
    fits = " or ".join(map(str, near))
    message = f"no line above that this one could belong to is indented by {at.column}"
    return _Found(at.line, at.column, message, f"indent it by {fits}", len(at.rest.rstrip()))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _list_beside_key(at: _Stumble) -> _Found | None:
    if "sequence entries are not allowed" not in at.problem:
        return None
    message = "a list starts on the line below its key"
    return _Found(at.line, at.column, message, "move the `- …` to its own line, or quote the text")


def _question_mark(at: _Stumble) -> _Found | None:
    if "mapping keys are not allowed" not in at.problem:
        return None
    return _quote_value(at, "a value cannot start with `? ` in YAML")


def _after_block_header(at: _Stumble) -> _Found | None:
    """`when: > 0`: text beside `|` or `>`."""
    if "block scalar" not in at.context or not ("line break" in at.problem or "chomping" in at.problem):
        return None
    char = at.start[at.start_column : at.start_column + 1]
    message = f"after `{char}` the text starts on the next line"
    found = _quote_value(at, message, at.start_line, at.start_column)
    suggestion = f"{found.suggestion}; or move the text down"
    return _Found(found.line, found.column, message, suggestion, found.length)


def _loose_mark(at: _Stumble) -> _Found | None:
    if "node content" not in at.problem and "expected the node content" not in at.problem:
        return None
    mark = at.rest[:1]
    if mark == "," and "flow" in at.context:
        suggestion = "remove it, or write '' for an empty text"
        return _Found(at.line, at.column, "nothing stands before this comma", suggestion)
    if not mark.strip():
        column = max(at.here.rfind("[", 0, at.column), at.here.rfind("{", 0, at.column))
        return _unclosed_at(at.line, column, at.here[column]) if column >= 0 else None
    return _quote_value(at, f"a value cannot start with `{mark}` in YAML")


def _quote_value(at: _Stumble, message: str, line: int | None = None, column: int | None = None) -> _Found:
    """The advice to quote what stands from a place to the end of its line (or flow item)."""
    line = at.line if line is None else line
    column = at.column if column is None else column
    parts = _LINE.fullmatch(at.lines[line])
    if parts and parts["value"] and parts.start("value") <= column and "flow" not in at.context:
        shown = parts.start("value")
        value = _COMMENT.sub("", parts["value"]).rstrip()
    else:
        shown, value = column, re.split(r"[,\]}]", at.lines[line][column:])[0].rstrip()
    if not value:
        return _Found(line, column, message, "quote the text")
    return _Found(line, column, message, f"quote it: {quoted(value)}", len(value) - (column - shown))


_EXPLANATIONS: tuple[Callable[[_Stumble], _Found | None], ...] = (
    _tab,
    _reserved_start,
    _star_or_ampersand,
    _tag_start,
    _unclosed_quote,
    _escape,
    _expression_in_flow,
    _colon_in_sentence,
    _colon_below_text,
    _missing_colon,
    _after_block_header,
    _loose_mark,
    _unclosed_bracket,
    _after_quote,
    _after_bracket,
    _no_key,
    _dash_among_entries,
    _entry_among_items,
    _list_beside_key,
    _question_mark,
    _indentation,
)
