"""Texts that reach a person's file: no word that accuses, and every sentence ends.

The list of stems is domain knowledge (the sources: flagged is not suspected); quoted data is not looked at.
"""

from __future__ import annotations

import re

from robotfabrik.expressions import Constant, Template
from robotfabrik.model.errors import Diagnostic
from robotfabrik.model.process import Evaluable, Text
from robotfabrik.parsing.checks.place import Report

FORBIDDEN = re.compile(r"\b(fusk|bedräg|misstänk|brott|felaktig|undanhåll)\w*|\bFUT\b", re.IGNORECASE)


def check(text: Text, report: Report) -> None:
    """The written parts of a text's rubrik and sentences."""
    for sentence in (s for paragraph in text.paragraphs for s in paragraph):
        written = _written(sentence.text)
        _forbidden(sentence.text, written, report)
        if written and not written.rstrip().endswith((".", "?", "!", ":", "}")):
            report(Diagnostic(sentence.text.span, "a sentence ends with a full stop", "punctuation"))
    if text.rubrik is not None:
        _forbidden(text.rubrik, _written(text.rubrik), report)


def _forbidden(value: Evaluable, written: str, report: Report) -> None:
    if found := FORBIDDEN.search(written):
        message = f"'{found[0]}' accuses: a flag is no suspicion"
        report(Diagnostic(value.span, message, "wording", "say what was read, and where"))


def _written(value: Evaluable) -> str:
    """The text as written; expressions stand for data as }."""
    if isinstance(value, Template):
        return "".join(part if isinstance(part, str) else "}" for part in value.parts)
    return value.value if isinstance(value, Constant) and isinstance(value.value, str) else "}"
