"""Municipalities for tests and measurements."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.support.fake import ROOT

SHIPPED = ROOT / "fixtures" / "default"
"""Seed 1, 400 households."""


def make_town(folder: Path, seed: int, households: int, profile: str = "") -> Path:
    """A municipality in a folder of its own; the same arguments make the same one."""
    town = folder / f"{profile or 'm'}{seed}-{households}"
    command = [sys.executable, str(ROOT / "fixtures" / "generate.py"), "--seed", str(seed)]
    command += ["--households", str(households), "--out", str(town)]
    command += ["--profile", profile] if profile else []
    subprocess.run(command, check=True, capture_output=True)
    return town
