"""The catalogue's functions for the parts and forms of texts, and for patterns in them."""

from __future__ import annotations

import functools
import unicodedata
from typing import Any

import regex

from robotfabrik.expressions.runtime import within_size
from robotfabrik.model.errors import EvaluationError

SECONDS = 0.5
"""What one search for a pattern may take: some patterns take for ever with some texts."""
MAX_TEXT = 100_000
"""Characters that a pattern is looked for in."""
MAX_PATTERN = 1_000


# --- parts ---------------------------------------------------------------------------------------


def left(text: str, length: int) -> str:
    """The first characters of a text; the whole text when it is shorter."""
    return text[: _length(length)]


def right(text: str, length: int) -> str:
    """The last characters of a text; the whole text when it is shorter."""
    return text[len(text) - min(_length(length), len(text)) :]


def middle(text: str, start: int, length: int) -> str:
    """So many characters of a text from the one at `start`, where the first is 0."""
    return text[_length(start) :][: _length(length)]


def index_of(text: str, part: str) -> int | None:
    """Where a part begins in a text, the first character is 0; none when it is not there."""
    found = text.find(part)
    return None if found < 0 else found


def before(text: str, part: str) -> str | None:
    """What stands before a part of a text, or none when it is not there."""
    start, found, _ = text.partition(part) if part else (text, "", "")
    return start if found else None


def after(text: str, part: str) -> str | None:
    """What stands after a part of a text, or none when it is not there."""
    _, found, rest = text.partition(part) if part else (text, "", "")
    return rest if found else None


def between(text: str, start: str, end: str) -> str | None:
    """What stands between two parts of a text, or none when one is not there."""
    rest = after(text, start)
    return None if rest is None else before(rest, end)


def lines(text: str) -> list[str]:
    """The lines of a text."""
    return text.splitlines()


def words(text: str) -> list[str]:
    """The words of a text: what stands between blanks."""
    return text.split()


def pad_left(text: str, length: int, character: str = "0") -> str:
    """The text with a character before it until it is so long: pad_left('12', 4) is 0012."""
    return _padding(text, length, character) + text


def pad_right(text: str, length: int, character: str = " ") -> str:
    """The text with a character after it until it is so long."""
    return text + _padding(text, length, character)


def _padding(text: str, length: int, character: str) -> str:
    if len(character) != 1:
        raise EvaluationError("a text is filled with one character")
    within_size(_length(length))
    return character * (length - len(text))


def _length(number: int) -> int:
    if number < 0:
        raise EvaluationError("a place or length in a text is 0 or more")
    return number


# --- forms ---------------------------------------------------------------------------------------


def title_case(text: str) -> str:
    """Each word with a capital first letter and small ones after it: ÅSA bERG-ek becomes Åsa Berg-Ek."""
    found = regex.sub(r"\p{L}[\p{L}\p{M}']*", lambda word: word[0][:1].upper() + word[0][1:].lower(), text)
    return str(found)


def single_spaced(text: str) -> str:
    """Without blanks at its ends, and with one blank wherever there are blanks or line ends."""
    return " ".join(text.split())


def digits(text: str) -> str:
    """The digits of a text, nothing else."""
    return "".join(character for character in text if character in "0123456789")


def without_accents(text: str) -> str:
    """Letters without accents: é becomes e, å becomes a. For comparing, never for showing."""
    parts = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", "".join(c for c in parts if not unicodedata.combining(c)))


def same_text(first: str, second: str) -> bool:
    """Are two texts equal but for capital letters and blanks?"""
    return single_spaced(first).casefold() == single_spaced(second).casefold()


# --- patterns ------------------------------------------------------------------------------------


def is_match(text: str, pattern: str) -> bool:
    """Does the whole text fit a regular expression? is_match(number, '[A-Z]{2}-[0-9]{4}')"""
    return _search("fullmatch", pattern, text) is not None


def find(text: str, pattern: str) -> str | None:
    """The first part of a text that fits a regular expression, or its first group if it has one; or none."""
    found = _search("search", pattern, text)
    return None if found is None else found[1 if found.re.groups else 0]


def find_all(text: str, pattern: str) -> list[str]:
    """Every part of a text that fits a regular expression, or its first group if it has one."""
    found = _run(lambda compiled: list(compiled.finditer(text, timeout=SECONDS)), pattern, text)
    parts = [match[1 if match.re.groups else 0] for match in found]
    return [part for part in parts if part is not None]


def replace_matches(text: str, pattern: str, new: str) -> str:
    """The text with every part that fits a regular expression replaced by another text, taken as it is."""
    result = str(_run(lambda compiled: compiled.sub(lambda _: new, text, timeout=SECONDS), pattern, text))
    within_size(len(result))
    return result


def _search(how: str, pattern: str, text: str) -> Any:
    return _run(lambda compiled: getattr(compiled, how)(text, timeout=SECONDS), pattern, text)


def _run(search: Any, pattern: str, text: str) -> Any:
    if len(text) > MAX_TEXT:
        raise EvaluationError(f"a pattern is looked for in at most {MAX_TEXT} characters")
    try:
        return search(compiled(pattern))
    except TimeoutError:
        raise EvaluationError("looking for the pattern takes too long; write a simpler one") from None


@functools.lru_cache(maxsize=256)
def compiled(pattern: str) -> Any:
    if len(pattern) > MAX_PATTERN:
        raise EvaluationError(f"a pattern has at most {MAX_PATTERN} characters")
    try:
        return regex.compile(pattern)
    except (regex.error, ValueError, OverflowError) as wrong:
        raise EvaluationError(f"this is no regular expression: {wrong}") from None
