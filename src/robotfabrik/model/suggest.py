"""Did you mean? One helper for every message about a name that is not known."""

from __future__ import annotations

from collections.abc import Iterable

from rapidfuzz.distance import OSA

_SHOWN = 12


def suggest(word: str, candidates: Iterable[str]) -> str | None:
    """The nearest candidate, or None. One edit is forgiven for every three letters, at most three."""
    folded = word.casefold()
    cutoff = min(3, len(word) // 3)
    best: tuple[int, str] | None = None
    for candidate in candidates:
        distance = OSA.distance(folded, candidate.casefold(), score_cutoff=cutoff)
        if distance <= cutoff and candidate != word and (best is None or distance < best[0]):
            best = distance, candidate
    return best[1] if best else None


def did_you_mean(word: str, candidates: Iterable[str]) -> str:
    """`Did you mean 'x'?`, or, when nothing is near, `Known: a, b, c.` (empty when nothing is known)."""
    known = list(dict.fromkeys(candidates))
    if near := suggest(word, known):
        return f"Did you mean '{near}'?"
    shown = ", ".join(known[:_SHOWN]) + (", …" if len(known) > _SHOWN else "")
    return f"Known: {shown}." if known else ""
