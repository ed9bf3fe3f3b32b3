"""Long lists, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Paging:
    """Page `number` of a list of `total` rows, `size` a page; numbers outside are brought inside."""

    wanted: str
    size: int
    total: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def number(self) -> int:
        number = int(self.wanted) if self.wanted.isdigit() and len(self.wanted) < 9 else 1
        return min(max(number, 1), self.pages)

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.size
