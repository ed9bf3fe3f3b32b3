"""Masking of personal data in logs, messages and exceptions.

Two nets: patterns that are personal wherever they stand (identity numbers, e-mail, telephone and account
numbers, the query of a URL), and the private values that this run has read. Masking too much is harmless.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from pathlib import PurePath
from typing import Any

from robotfabrik.model.values import Secret

MASK = "•••"
SHORTEST = 3  # letters or digits of a value that is masked; shorter ones are in every other word
_NAME_LIKE = 6  # words: a value this short is a name or an address, and its words are masked on their own
_PHRASE = 8  # letters of a line or sentence of a longer text that is masked on its own
_DIGITS = 4  # digits of a number that is recognised with other separators

_PATTERNS = re.compile(
    r"""
    (?<=[\w/])\?[^\s"'<>]+                                              # a URL's query
  | [\w.%+\-]+@[\w\-]+(?:\.[\w\-]+)+                                    # e-mail
  | (?<!\d)(?:18|19|20)?\d{2}(?:0\d|1[0-2])[0-9]\d\s?[-+‐-―−]?\s?(?:\d{4}|[A-Z]\d{3})(?!\d)   # personnummer
  | (?<![\w+])(?:\+|00)\d{1,3}(?:[\s\-()]*\d){7,12}(?!\d)               # telephone, international
  | (?<![\w.,:-])0\d{1,3}\s?[-/\s]\s?\d{2,3}(?:[\s-]?\d{2,3}){1,3}(?!\d)  # telephone, 070-123 45 67
  | (?<![\w-])\d{4}(?:-\d)?[,\s-]{1,2}\d{1,4}(?:[\s-]?\d{1,4}){2,4}(?!\d)  # clearing number and account
  | (?<![\w-])\d{3,4}-\d{4}(?![\d-])                                    # bankgiro
  | (?<![\w-])\d{1,3}(?:\s\d{2}){1,3}-\d(?!\d)                          # plusgiro
  | \b[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){3,7}(?:\s?[A-Z0-9]{1,3})?\b       # IBAN
  | (?<!\d)\d{9,}(?!\d)                                                 # any other long number
    """,
    re.VERBOSE,
)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?:[ T]\d{2}(?::?\d{2}){0,2})?")
_DIGIT_RUN = re.compile(rf"\d(?:[\s.‐-―−-]?\d){{{_DIGITS - 1},}}")
_ID = re.compile(r"[^\W\d]\w*(?:\.\w+)+")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_PIECES = re.compile(r"[\n\r]+|(?<=[.!?])\s+")


def mask_patterns(text: str) -> str:
    """`text` without what is personal by its form."""
    return _PATTERNS.sub(_unless_date, text)


def _unless_date(found: re.Match[str]) -> str:
    return found[0] if _DATE.fullmatch(found[0]) else MASK


class Masker:
    """Masks the private values of an item, and what is personal by its form.

    Values are kept in a trie, so that adding one costs nothing and masking does not get slower with
    their number. Case, Unicode form (NFC or NFD) and a number's separators do not matter. `ids` are what the
    definitions call elements, such as app.journal.save: nothing inside one is a value.
    """

    def __init__(self, ids: Collection[str] = ()) -> None:
        self._ids = ids
        self._trie: dict[str, Any] = {}
        self._numbers: set[str] = set()

    def add(self, value: Any) -> None:
        """Mask this value from now on; records, lists and secrets with all that they hold."""
        for text in _texts(value):
            for form in _forms(text):
                self._add_form(form)
            digits = re.sub(r"\D", "", text)
            letters = sum(c.isalpha() for c in text)
            if len(digits) >= _DIGITS and letters <= 3:
                self._numbers.add(digits)
                if len(digits) == 12:
                    self._numbers.add(digits[2:])

    def add_name(self, name: str) -> None:
        """Mask a file's name from now on: as a whole, since its words may be anything."""
        stem = PurePath(name).stem
        for whole in (name, stem) if len(_WORD.findall(stem)) > 1 else (name,):
            if _weight(form := _nfc(whole).strip()) >= SHORTEST:
                self._add_form(form)

    def _add_form(self, form: str) -> None:
        for cased in {form, form.lower(), form.upper(), form.casefold()}:
            node = self._trie
            for character in _fold(_nfc(cased)):
                node = node.setdefault(character, {})
            node[""] = True

    def __call__(self, text: str) -> str:
        return self.mask(text)

    def mask(self, text: str) -> str:
        """`text` with every private value and personal form replaced by •••."""
        return mask_patterns(self._mask_numbers(self._mask_values(_nfc(text))))

    def _mask_values(self, text: str) -> str:
        trie = self._trie
        folded = _fold(text)
        ids = [found.span() for found in _ID.finditer(text) if found[0] in self._ids] if self._ids else []
        parts: list[str] = []
        kept = at = 0
        masked_to = 0
        while at < len(folded):
            node = trie.get(folded[at])
            end = 0 if node is None else _longest(node, folded, at + 1)
            if end and not any(first <= at and end <= last for first, last in ids):
                # Values may overlap: all that any of them covers is masked.
                if at >= masked_to:
                    parts += [text[kept:at], MASK]
                masked_to = max(masked_to, end)
                kept = masked_to
            at += 1
        parts.append(text[kept:])
        return "".join(parts)

    def _mask_numbers(self, text: str) -> str:
        if not self._numbers:
            return text

        def masked(found: re.Match[str]) -> str:
            digits = re.sub(r"\D", "", found[0])
            return MASK if any(number in digits for number in self._numbers) else found[0]

        return _DIGIT_RUN.sub(masked, text)


def _longest(node: dict[str, Any], text: str, at: int) -> int:
    """The end of the longest value that goes on at `at`; 0 when there is none."""
    end = at if "" in node else 0
    while at < len(text) and (next_node := node.get(text[at])) is not None:
        node, at = next_node, at + 1
        if "" in node:
            end = at
    return end


def _texts(value: Any) -> Iterator[str]:
    """The texts in a value."""
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, Secret):
        yield value.reveal()
    elif isinstance(value, str):
        yield value
    elif isinstance(value, date):
        yield value.isoformat()
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, Iterable):
        for part in value:
            yield from _texts(part)
    else:
        yield str(value)


def _forms(text: str) -> Iterator[str]:
    """The value and those of its pieces that say something by themselves."""
    text = _nfc(text).strip()
    if _weight(text) >= SHORTEST:
        yield text
        if (collapsed := " ".join(text.split())) != text:
            yield collapsed
    words = _WORD.findall(text)
    if len(words) < _NAME_LIKE:
        yield from (word for word in words if sum(c.isalpha() for c in word) >= SHORTEST)
    else:
        yield from (piece for part in _PIECES.split(text) if _weight(piece := part.strip()) >= _PHRASE)


def _weight(text: str) -> int:
    return sum(c.isalnum() for c in text)


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _fold(text: str) -> str:
    """Lower case, character by character: the result is as long as the text."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
