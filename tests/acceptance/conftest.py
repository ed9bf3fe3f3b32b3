"""Municipalities for the acceptance tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.towns import make_town


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A municipality of 40 households: one of every planted case, another seed than the shipped one."""
    return make_town(tmp_path_factory.mktemp("towns"), 11, 40)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home for a robot: its store and its runs."""
    return tmp_path / "home"
