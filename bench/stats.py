"""The ratio of paired measurements, with its interval."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

# Student's t, 97.5 %, for 1 to 30 degrees of freedom; beyond them the normal distribution's is near enough.
_T = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
    2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ratio:
    """The geometric mean of the pairs' ratios, and its 95 % interval."""

    mean: float
    low: float
    high: float
    pairs: int

    def __str__(self) -> str:
        return f"{self.mean:.3f} ({self.low:.3f} – {self.high:.3f})"


def ratio(above: Sequence[float], below: Sequence[float]) -> Ratio:
    """Of pairs measured next to each other: t interval of the mean of log(above / below).

    Logarithms, since half and double are equally far from one; pairs, since what slows the machine for a
    while slows both of a pair.
    """
    logs = [math.log(a / b) for a, b in zip(above, below, strict=True)]
    mean = statistics.fmean(logs)
    if len(logs) < 2:
        return Ratio(math.exp(mean), 0.0, math.inf, len(logs))
    half = _t(len(logs) - 1) * statistics.stdev(logs) / math.sqrt(len(logs))
    return Ratio(math.exp(mean), math.exp(mean - half), math.exp(mean + half), len(logs))


def _t(degrees: int) -> float:
    return _T[degrees - 1] if degrees <= len(_T) else 1.96 + 2.5 / degrees
