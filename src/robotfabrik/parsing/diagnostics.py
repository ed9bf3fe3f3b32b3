"""Diagnostics for people and for machines: collected, put in order, shown under the line they are about.

pdd/invoices.yaml:12:9: error: a space is missing after the colon [syntax]
  12 |     sheet:Fakturor
     |          ^
     = help: write: sheet: Fakturor
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, get_args

from wcwidth import wcswidth, wcwidth

from robotfabrik.model.errors import Diagnostic, Severity
from robotfabrik.model.source import Source, Span
from robotfabrik.parsing.positions import LINE_END

WINDOW = 120
_TAB = 4
_ELLIPSIS = "…"
_UNSHOWN = "\ufffd"
_INVISIBLE = frozenset("\u2028\u2029\ufeff\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_NOUNS: dict[Severity, str] = {"info": "note"}
_LEVELS: dict[Severity, str] = {"info": "notice"}  # GitHub's word; the others are its own
_STYLES = {"error": "1;31", "warning": "1;33", "info": "1;36", "place": "1", "gutter": "34", "help": "36"}


class Collector:
    """Gathers what is found, in the order it is found."""

    def __init__(self) -> None:
        self._found: list[Diagnostic] = []

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Everything so far."""
        return tuple(self._found)

    @property
    def has_errors(self) -> bool:
        """Whether anything so far is more than a warning."""
        return self.has("error")

    def has(self, severity: Severity) -> bool:
        """Whether anything of this severity has been found so far."""
        return any(diagnostic.severity == severity for diagnostic in self._found)

    def report(self, diagnostic: Diagnostic) -> None:
        """Take one finding; fits wherever a `report` function is asked for."""
        self._found.append(diagnostic)

    def error(self, span: Span, message: str, rule: str, suggestion: str | None = None) -> None:
        """Report an error at `span`."""
        self.report(Diagnostic(span, message, rule, suggestion))

    def warning(self, span: Span, message: str, rule: str, suggestion: str | None = None) -> None:
        """Report a warning at `span`."""
        self.report(Diagnostic(span, message, rule, suggestion, "warning"))


def in_order(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """By file, line and column; the same finding at the same place once."""
    unique = {(*_place(found), found.severity, found.rule, found.message): found for found in diagnostics}
    return [unique[key] for key in sorted(unique)]


def _place(found: Diagnostic) -> tuple[str, int, int]:
    return found.span.source.path, found.span.line, found.span.column


def render(diagnostics: Iterable[Diagnostic], *, colour: bool = False) -> str:
    """Every finding with its line and a caret under it, and a line that counts them; '' for none."""
    ordered = in_order(diagnostics)
    if not ordered:
        return ""
    lines = _Lines()
    blocks = [_block(found, lines, _Paint(colour)) for found in ordered]
    return "\n".join([*blocks, summary(ordered)]) + "\n"


def summary(diagnostics: Iterable[Diagnostic]) -> str:
    """`3 errors, 1 warning in 2 files`; `no problems` for none."""
    ordered = in_order(diagnostics)
    counts = [_count(ordered, severity) for severity in get_args(Severity)]
    found = ", ".join(filter(None, counts))
    if not found:
        return "no problems"
    files = len({diagnostic.span.source.path for diagnostic in ordered})
    return f"{found} in {_plural(files, 'file')}"


def _count(diagnostics: list[Diagnostic], severity: Severity) -> str:
    number = sum(found.severity == severity for found in diagnostics)
    return _plural(number, _NOUNS.get(severity, severity)) if number else ""


def _plural(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def as_json(diagnostics: Iterable[Diagnostic]) -> list[dict[str, Any]]:
    """Every finding as plain values: file, line, column, length, severity, rule, message, suggestion."""
    return [
        {
            "file": found.span.source.path,
            "line": found.span.line,
            "column": found.span.column,
            "length": found.span.length,
            "severity": found.severity,
            "rule": found.rule,
            "message": found.message,
            "suggestion": found.suggestion,
        }
        for found in in_order(diagnostics)
    ]


def as_github(diagnostics: Iterable[Diagnostic]) -> str:
    """Every finding as a workflow command of GitHub Actions, a line each; '' for none."""
    return "".join(f"{_command(found)}\n" for found in in_order(diagnostics))


def _command(found: Diagnostic) -> str:
    span = found.span
    properties = {
        "file": span.source.path, "line": span.line, "col": span.column,
        "endColumn": span.column + span.length, "title": f"robotfabrik {found.rule}",
    }  # fmt: skip
    written = ",".join(f"{name}={_escaped(str(value), ':,')}" for name, value in properties.items())
    text = f"{found.message}\n{found.suggestion}" if found.suggestion else found.message
    return f"::{_LEVELS.get(found.severity, found.severity)} {written}::{_escaped(text)}"


def _escaped(text: str, also: str = "") -> str:
    """A per cent sign, line ends, and what would end a property are written by their number."""
    return "".join(f"%{ord(char):02X}" if char in f"%\r\n{also}" else char for char in text)


class _Lines:
    """The lines of each file, split once."""

    def __init__(self) -> None:
        self._lines: dict[int, tuple[Source, list[str]]] = {}

    def of(self, span: Span) -> str:
        """The line of a span; empty past the end."""
        source = span.source
        if id(source) not in self._lines:
            self._lines[id(source)] = source, LINE_END.split(source.text.removeprefix("\ufeff"))
        lines = self._lines[id(source)][1]
        return lines[span.line - 1] if 0 < span.line <= len(lines) else ""


class _Paint:
    """Terminal colours, or none."""

    def __init__(self, on: bool) -> None:
        self._on = on

    def __call__(self, style: str, text: str) -> str:
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if self._on else text


def _block(found: Diagnostic, lines: _Lines, paint: _Paint) -> str:
    """The lines that show one finding."""
    place = paint("place", f"{_shown(str(found.span))}:")
    head = f"{place} {paint(found.severity, found.severity + ':')} {_shown(found.message)} [{found.rule}]"
    rows = [head]
    number = f"{found.span.line:>4}"
    gutter = " " * len(number)
    if line := lines.of(found.span):
        text, caret = snippet(line, found.span.column, found.span.length)
        rows.append(f"{paint('gutter', number + ' |')} {text}".rstrip())
        rows.append(f"{paint('gutter', gutter + ' |')} {paint(found.severity, caret)}")
    if found.suggestion:
        rows.append(f"{paint('gutter', gutter + ' =')} {paint('help', 'help:')} {_shown(found.suggestion)}")
    return "\n".join(rows)


def snippet(line: str, column: int, length: int, window: int = WINDOW) -> tuple[str, str]:
    """A line as it is shown, and the carets below it.

    `column` counts characters from 1. A line wider than `window` is cut around the carets.
    """
    start = min(column - 1, len(line))
    stop = min(start + length, len(line))
    before, marked, after = (_shown(line[:start]), "", "")
    marked = _shown(line[start:stop], _width(before))
    after = _shown(line[stop:], _width(before) + _width(marked))
    if _width(before + marked + after) > window:
        before, marked, after = _windowed(before, marked, after, window)
    indent = " " * _width(before)
    return before + marked + after, indent + "^" + "~" * (_width(marked) - 1)


def _windowed(before: str, marked: str, after: str, window: int) -> tuple[str, str, str]:
    """The three parts cut to `window` columns: the marked part first, then what is around it."""
    marked = _cut(marked, window - 2)
    room = window - _width(marked) - 2
    left = min(_width(before), max(room // 2, room - _width(after)))
    right = room - left
    if _width(before) > left:
        before = _ELLIPSIS + _cut(before[::-1], left)[::-1]
    if _width(after) > right:
        after = _cut(after, right) + _ELLIPSIS
    return before, marked, after


def _cut(text: str, width: int) -> str:
    """The longest beginning of `text` that is at most `width` columns wide."""
    used = 0
    for number, char in enumerate(text):
        used += max(0, wcwidth(char))
        if used > width:
            return text[:number]
    return text


def _shown(text: str, column: int = 0) -> str:
    """`text` without tabs, and with a sign for each character that a terminal would obey."""
    if text.isprintable() and text.isascii():
        return text
    shown: list[str] = []
    for char in text:
        if char == "\t":
            at = column + _width("".join(shown))
            shown.append(" " * (_TAB - at % _TAB))
        else:
            shown.append(_UNSHOWN if wcwidth(char) < 0 or char in _INVISIBLE else char)
    return "".join(shown)


def _width(text: str) -> int:
    """How many columns of a terminal `text` takes."""
    return max(0, wcswidth(text))
