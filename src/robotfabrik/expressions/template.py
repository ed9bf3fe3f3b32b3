"""Scalars of a definition: `${{ expr }}` in text, or an expression alone."""

from __future__ import annotations

import re

from robotfabrik.expressions.expression import Constant, Expression, Template, Value
from robotfabrik.expressions.syntax import STRING, Report, parse
from robotfabrik.model.errors import Diagnostic
from robotfabrik.model.source import Located
from robotfabrik.model.types import TEXT

_OPEN, _CLOSE = "${{", re.compile(rf"{STRING}|(\}}\}})")
_FORGOTTEN = re.compile(r"(?<!\$)\{\{.{0,200}?\}\}")
_ONE_BRACE = re.compile(r"\$\{(?!\{)(\s*[^\W\d]\w*\.[^{}]{1,200})\}(?!\})")


def parse_expression(located: Located, report: Report) -> Expression | None:
    """A bare expression, as in `when:`; None when problems were reported."""
    wrapped = located.text.strip()
    if wrapped.startswith(_OPEN) and wrapped.endswith("}}"):
        inner = wrapped[3:-2].strip()
        report(
            Diagnostic(
                located.span(), "here stands an expression without ${{ }}", "expression", f"Write {inner}"
            )
        )
        return None
    tree = parse(located, report)
    return Expression(tree) if tree else None


def parse_value(located: Located, report: Report) -> Value | None:
    """A scalar: one whole `${{ expr }}` is an expression, mixed with text a template, without any a text.

    A literal `${{` is written `${{ '${{' }}`.
    """
    text, at, sound = located.text, 0, True
    parts: list[str | Expression] = []
    while (start := text.find(_OPEN, at)) >= 0:
        end = next((found.start() for found in _CLOSE.finditer(text, start) if found[1]), -1)
        if end < 0:
            report(Diagnostic(located.span(start, start + 3), "'${{' is not closed with '}}'", "expression"))
            return None
        parts.append(_plain(located, at, start, report))
        tree = parse(located.part(start + 3, end), report)
        sound = sound and tree is not None
        if tree:
            parts.append(Expression(tree))
        at = end + 2
    parts.append(_plain(located, at, len(text), report))
    if not sound:
        return None
    expressions = [part for part in parts if isinstance(part, Expression)]
    if not expressions:
        return Constant(text, TEXT, located.span())
    if len(expressions) == 1 and not "".join(part for part in parts if isinstance(part, str)).strip():
        return expressions[0]
    return Template(located, tuple(part for part in parts if part))


def _plain(located: Located, start: int, end: int, report: Report) -> str:
    """Text outside the expressions, where a forgotten dollar sign or brace is worth a word."""
    for found in _FORGOTTEN.finditer(located.text, start, end):
        span = located.span(found.start(), found.end())
        message = "this is text, not an expression"
        report(Diagnostic(span, message, "forgotten-dollar", f"Write ${found[0]}", "warning"))
    for found in _ONE_BRACE.finditer(located.text, start, end):
        span = located.span(found.start(), found.end())
        hint = f"Write ${{{{ {found[1].strip()} }}}}"
        report(Diagnostic(span, "this is text, not an expression", "forgotten-dollar", hint, "warning"))
    return located.text[start:end]
