"""Drawing a sample that anybody can draw again, from the seed and the population."""

from __future__ import annotations

import hashlib
import math
import secrets
from collections.abc import Iterable
from decimal import Decimal

from robotfabrik.activities.api import Activity, Context, Texts, describe
from robotfabrik.model.errors import SystemException
from robotfabrik.model.types import DATE, NUMBER, TEXT, list_of, record_of
from robotfabrik.model.values import Record

DRAW = record_of({
    "seed": TEXT, "drawn_on": DATE, "about": TEXT, "share": NUMBER, "population": list_of(TEXT),
    "drawn": list_of(TEXT),
})  # fmt: skip


async def draw_sample(ctx: Context, key: str, population: Texts, share: Decimal, about: str = "") -> Record:
    """Draw a share of a population by lot, once: the same key gives the same draw for ever.

    The first time, a seed is drawn from the system's randomness, and kept with the population and what was
    drawn before anything is done with it. So a run that is resumed, a second one in the month, and a later
    one whose population or settings are others all get what was drawn then. Nothing is kept of an empty
    population. A rehearsal draws for itself.

    Gives `seed`, `drawn_on`, `about`, `share`, `population` (sorted, each once) and `drawn` (in the order of
    the lot). To draw again: for each reference make the SHA-256 of the seed, a line feed and the reference,
    as UTF-8; sort by it, as hexadecimal text; take the first ones, as many as the share of the population,
    rounded up.

    key: what the draw is known by in this process and data set, such as job.period.
    population: the references to draw from, without personal data; the same one twice counts once.
    share: how much of it, from 0 to 1, such as a config value of the type percent.
    about: what is kept with the draw, such as what the sample is of.
    """
    if not 0 <= share <= 1:
        raise SystemException("the share of a draw is at least 0 % and at most 100 %")
    references = sorted(set(population))

    def draw() -> dict[str, object]:
        seed = secrets.token_hex(16)
        drawn = lots(references, seed)[: number_of(references, share)]
        return {
            "seed": seed, "drawn_on": ctx.job["date"], "about": about, "share": share,
            "population": references, "drawn": drawn,
        }  # fmt: skip

    return await ctx.keep("draw", key, DRAW, draw, unless=not references)


def lots(references: Iterable[str], seed: str) -> list[str]:
    """The references in the order of the lot."""
    return sorted(references, key=lambda one: hashlib.sha256(f"{seed}\n{one}".encode()).hexdigest())


def number_of(references: list[str], share: Decimal) -> int:
    """How many a share is: rounded up, so that of a few at least one is drawn."""
    return math.ceil(share * len(references))


ACTIVITIES: tuple[Activity, ...] = (describe(draw_sample, "local", result_type=lambda arguments: DRAW),)
