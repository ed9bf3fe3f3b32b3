"""Did you mean? One helper for every message about a name that is not known."""

from __future__ import annotations

from collections.abc import Iterable

from rapidfuzz.distance import OSA

_SHOWN = 12


def nearest(word: str, candidates: Iterable[str]) -> list[str]:
    """The candidates that are nearest, all as near as each other. One edit is forgiven for every three
    letters (and in two), at most three."""
    folded = word.casefold()
    cutoff = min(3, max(len(word) // 3, len(word) > 1))
    found: list[str] = []
    for candidate in dict.fromkeys(candidates):
        distance = OSA.distance(folded, candidate.casefold(), score_cutoff=cutoff)
        if distance > cutoff or candidate == word:
            continue
        if distance < cutoff:
            found.clear()
            cutoff = distance
        found.append(candidate)
    return found


def suggest(word: str, candidates: Iterable[str]) -> str | None:
    """The nearest candidate, or None."""
    return next(iter(nearest(word, candidates)), None)


def did_you_mean(word: str, candidates: Iterable[str]) -> str:
    """`Did you mean 'x'?`, or, when nothing is near, `Known: a, b, c.` (empty when nothing is known)."""
    known = list(dict.fromkeys(candidates))
    near = nearest(word, known)
    if near and len(near) <= _SHOWN:
        *some, last = (f"'{name}'" for name in near)
        return f"Did you mean {', '.join(some)} or {last}?" if some else f"Did you mean {last}?"
    shown = ", ".join(known[:_SHOWN]) + (", …" if len(known) > _SHOWN else "")
    return f"Known: {shown}." if known else ""
