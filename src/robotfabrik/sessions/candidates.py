"""What a message may show of the names that stand on a page: what could have been meant, and no person.

A name that is nearly the wanted one is the author's own word. Everything else may be about somebody: of
links, rows, options and texts no other word is shown, of buttons and fields none that is written like a name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from rapidfuzz import fuzz

Mask = Callable[[str], str]

# In a sentence of Swedish or English only names are capitalised, besides its first word.
_NAMES = re.compile(
    r"(?<![.!?:]\s)(?<!^)\b[A-ZÅÄÖ]\w*|\b[A-ZÅÄÖ]\w*(?=\s+[A-ZÅÄÖ])|\d[\d\s.,:-]{2,}\d|\S+@\S+", re.MULTILINE
)
_SEVERAL = re.compile(r"…(?:\s+…)+")
_WORD = re.compile(r"\S+")
# Often named after a person, or with what was written about one.
_PERSONAL = {
    "cell", "gridcell", "heading", "link", "listitem", "option", "row", "rowheader", "text", "treeitem",
}  # fmt: skip
_NEARLY = 70  # of 100: the same word with a slip
_ALIKE = 50  # worth naming when nothing comes nearer
_PART = 90  # the one name holds the other
_SLIP = 85  # what a part with a slip counts, of 100
_SHORTEST_PART = 4  # letters: shorter parts are in every other name
_MOST = 3


def without_names(text: str, keep: str = "") -> str:
    """A text without what is written as names, long numbers and addresses are; the words of `keep` stay."""
    known = set(keep.casefold().split())
    shown = _NAMES.sub(lambda found: found[0] if found[0].casefold() in known else "…", text)
    return _SEVERAL.sub("…", shown)


def nearest(wanted: str, kind: str, names: Iterable[str], mask: Mask) -> list[str]:
    """The names that come nearest to the wanted one, as a message may show them.

    `kind` is the role of what bears the names, `label`, `test_id` or `text`.
    """
    if kind in _PERSONAL and mask(wanted) != wanted:
        return []  # a person is looked for: what comes near is another one
    ranked = sorted(((_score(wanted, name), name) for name in names if name), key=lambda one: -one[0])
    certain = bool(ranked) and ranked[0][0] >= _PART
    enough = _NEARLY if certain or kind in _PERSONAL else _ALIKE
    shown = (_shown(wanted, name, kind, mask) for score, name in ranked if score >= enough)
    return [*dict.fromkeys(name for name in shown if any(c.isalnum() for c in name))][:_MOST]


def namesakes(wanted: str, names: Iterable[tuple[str, str]]) -> list[str]:
    """The kinds of what bears the wanted name, but for capital and small letters."""
    same = wanted.casefold()
    return [*dict.fromkeys(kind for kind, name in names if name.casefold() == same)][:_MOST]


def has_part(wanted: str, names: Iterable[str]) -> bool:
    """Does a longer name hold the wanted one, letter by letter?"""
    return any(wanted != name and wanted.casefold() in name.casefold() for name in names)


def _score(wanted: str, name: str) -> float:
    one, other = wanted.casefold(), name.casefold()
    score = fuzz.ratio(one, other)
    shorter, longer = sorted((one, other), key=len)
    whole = shorter == one or len(shorter) >= _SHORTEST_PART
    if whole and re.search(rf"(?<!\w){re.escape(shorter)}(?!\w)", longer):
        return max(score, _PART)
    if len(shorter) >= _SHORTEST_PART:
        return max(score, fuzz.partial_ratio(one, other) * _SLIP / 100)
    return score


def _shown(wanted: str, name: str, kind: str, mask: Mask) -> str:
    if kind in _PERSONAL:
        return _SEVERAL.sub("…", _WORD.sub(lambda found: _if_known(found[0], wanted), mask(name)))
    alike = fuzz.ratio(wanted.casefold(), name.casefold()) >= _NEARLY
    return mask(name) if alike else without_names(mask(name), keep=wanted)


def _if_known(word: str, wanted: str) -> str:
    """A word, when it is nearly one of the wanted ones."""
    known = wanted.casefold().split()
    return word if any(fuzz.ratio(word.casefold(), one) >= _NEARLY for one in known) else "…"
