"""Did you mean? One helper for every message about a name that is not known."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rapidfuzz.distance import OSA

_SHOWN = 12


def nearest(word: str, candidates: Iterable[str]) -> list[str]:
    """The candidates that are nearest, all as near as each other.

    One edit is forgiven for every three letters, at most three; in two letters a swapped or missing one, in
    one letter one too few.
    """
    folded = word.casefold()
    cutoff = min(3, max(len(word) // 3, 1))
    found: list[str] = []
    for candidate in dict.fromkeys(candidates):
        distance = OSA.distance(folded, candidate.casefold(), score_cutoff=cutoff)
        if distance > cutoff or candidate == word or _another_letter(word, candidate):
            continue
        if distance < cutoff:
            found.clear()
            cutoff = distance
        found.append(candidate)
    # a letter too many, too few or swapped is likelier than another one
    return sorted(found, key=lambda name: len(name) == len(word) and sorted(name) != sorted(word))


def _another_letter(word: str, candidate: str) -> bool:
    """Of one or two letters one is another: that is a different name."""
    if len(word) == 1:
        return len(candidate) != 2 or word.casefold() not in candidate.casefold()
    return len(word) == len(candidate) == 2 and sorted(word.casefold()) != sorted(candidate.casefold())


def suggest(word: str, candidates: Iterable[str]) -> str | None:
    """The nearest candidate, or None."""
    return next(iter(nearest(word, candidates)), None)


def did_you_mean(word: str, candidates: Iterable[str]) -> str:
    """`Did you mean 'x'?`, or, when nothing is near, `Known: a, b, c.`

    Of more than a dozen only those are named that share a word with it. Empty when that leaves nothing.
    """
    known = list(dict.fromkeys(candidates))
    near = nearest(word, known)
    if near and len(near) <= _SHOWN:
        *some, last = (f"'{name}'" for name in near)
        return f"Did you mean {', '.join(some)} or {last}?" if some else f"Did you mean {last}?"
    if len(known) > _SHOWN:
        known = [name for name in known if _words(name) & _words(word)]
    return f"Known: {', '.join(known)}." if 0 < len(known) <= _SHOWN else ""


def _words(name: str) -> set[str]:
    return {part for part in re.split(r"[\W_]+", name.casefold()) if len(part) > 2}
