"""Imports go one way, as the design says; heavy and foreign packages stay where they belong."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

SRC = Path(__file__).parents[1] / "src" / "robotfabrik"
MODULES = sorted(path.relative_to(SRC) for path in SRC.rglob("*.py"))

MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "model": (),
    "timing": ("model",),
    "expressions": ("model", "timing"),
    "activities/api.py": ("model", "expressions"),
    "activities/catalogue.py": ("activities",),
    "activities": (
        "activities.api", "activities.content", "activities.csvtext", "activities.imap",
        "activities.jsontext", "activities.kinds", "activities.letter", "activities.reading",
        "activities.rows", "activities.saving", "activities.schemas", "activities.targets", "activities.smtp",
        "activities.typesetting", "activities.workbook", "activities.xmltree", "code", "expressions", "model",
    ),
    "parsing": ("model", "timing", "expressions", "activities.api", "activities.catalogue"),
    "engine": ("model", "expressions", "activities.api"),
    "sessions": ("model", "activities.api", "engine.ports"),
    "store": ("model", "engine.ports"),
    "dispatch": ("model", "timing", "engine.ports"),
    "scheduling": ("model", "timing", "engine.periods"),
    "runs": ("model", "engine"),
    "debugger": ("model", "expressions", "activities.api", "parsing.diagnostics", "engine"),
    "documents": ("model", "expressions", "engine", "runs"),
    "deployment": ("model",),
    "vault": ("model",),
    "alerting": ("model", "timing", "deployment", "activities.api", "activities.smtp"),
    "code.py": ("model",),
    "testing": ("model", "expressions", "activities", "engine", "runs.files", "store.memory"),
    "authoring": ("model", "expressions", "activities", "parsing", "testing.outcome"),
    "pytest_plugin.py": ("*",),
    "__init__.py": (),
    "wiring.py": ("*",),
    "watching.py": ("*",),
    "cli": ("*",),
}
"""What each part may import of the others, besides itself. The longest matching name counts."""

ONLY = {
    "yaml": ("parsing",),
    "playwright": ("sessions",),
    "sqlalchemy": ("store",),
    "psycopg": ("store",),
    "procrastinate": ("dispatch",),
    "openpyxl": ("documents", "activities"),
    "docx": ("documents",),
    "pypdf": ("activities",),
    "typst": ("activities",),
    "regex": ("expressions",),
    "httpx": ("activities",),
    "holidays": ("timing",),
    "imap_tools": ("activities",),
    "apprise": ("alerting",),
    "apscheduler": ("scheduling",),
    "cryptography": ("vault",),
    "keyring": ("vault",),
}
LAZY = {"keyring", "pandas", "pyautogui"}


@cache
def imports(path: Path, *, inside_functions: bool = True) -> list[tuple[str, int]]:
    """The modules that a file imports, in full, with the line."""
    tree = ast.parse((SRC / path).read_text(encoding="utf-8"))
    found: list[tuple[str, int]] = []
    for node in ast.walk(tree) if inside_functions else _outside_functions(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import"
            found += [(f"{node.module}.{alias.name}", node.lineno) for alias in node.names]
    return found


def _outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield child
            yield from _outside_functions(child)


def part(path: Path) -> str:
    """The part of the design that a module belongs to."""
    name = path.as_posix()
    found = [key for key in MAY_IMPORT if name == key or name.startswith(f"{key}/")]
    assert found, f"{name} belongs to no part of the design"
    return max(found, key=len)


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_imports_go_one_way(path: Path) -> None:
    own = part(path)
    allowed = (*MAY_IMPORT[own], own) if not own.endswith(".py") else MAY_IMPORT[own]
    for module, line in imports(path):
        if module == "robotfabrik" or not module.startswith("robotfabrik."):
            continue
        inner = module.removeprefix("robotfabrik.")
        fits = "*" in allowed or any(inner == name or inner.startswith(f"{name}.") for name in allowed)
        assert fits, f"{path}:{line}: {own} must not import {inner}"


def test_the_activities_do_not_know_each_other() -> None:
    own = MAY_IMPORT["activities"]
    for path in (SRC / "activities").glob("*.py"):
        if path.name in ("__init__.py", "api.py", "catalogue.py"):
            continue
        for module, line in imports(path.relative_to(SRC)):
            inner = module.removeprefix("robotfabrik.")
            if module.startswith("robotfabrik.activities"):
                assert inner.startswith(own), f"{path.name}:{line}: {inner}"


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_foreign_packages_stay_in_their_place(path: Path) -> None:
    for module, line in imports(path):
        package = module.split(".")[0]
        assert package != "fake_procapita", f"{path}:{line}: no back door to the case system"
        if package in ONLY:
            there = " and ".join(ONLY[package])
            assert path.parts[0] in ONLY[package], f"{path}:{line}: only {there} imports {package}"
    for module, line in imports(path, inside_functions=False):
        assert module.split(".")[0] not in LAZY, f"{path}:{line}: {module} is imported where it is used"


def test_no_robot_or_municipality_is_known_outside_the_definitions() -> None:
    """Nothing in the engine or its adapters knows a certain robot or case system."""
    for path in MODULES:
        if path.parts[0] in ("model", "activities", "engine", "sessions", "store", "runs", "dispatch"):
            text = (SRC / path).read_text(encoding="utf-8").casefold()
            for word in ("procapita", "folkbokforing", "folkbokföring"):
                assert word not in text, f"{path}: {word}"
