"""Municipalities for the acceptance tests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.fake import ROOT


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A municipality of 40 households: one of every planted case, another seed than the shipped one."""
    folder = tmp_path_factory.mktemp("towns") / "small"
    command = [sys.executable, str(ROOT / "fixtures" / "generate.py"), "--seed", "11", "--households", "40"]
    subprocess.run([*command, "--out", str(folder)], check=True, capture_output=True)
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home for a robot: its store and its runs."""
    return tmp_path / "home"
