"""How the server was started."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from fake_procapita.chaos import Chaos

IDLE_SECONDS = 20 * 60


@dataclass(frozen=True)
class Settings:
    data: Path
    today: date
    host: str = "127.0.0.1"
    port: int = 8000
    fresh: bool = False
    idle_seconds: float = IDLE_SECONDS
    chaos: Chaos = field(default_factory=Chaos)
