"""The reference of the checker says what the checker does: every rule, no other, each shown by an example.

ROBOTFABRIK_UPDATE_GOLDEN=1 writes docs/reference/checks.md anew.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from robotfabrik.cli.main import main
from robotfabrik.parsing.checks.catalogue import CHECKS, GROUPS
from robotfabrik.parsing.checks.reading import READING

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "reference" / "checks.md"
HEADING = re.compile(r"^\S+:\d+:\d+: (error|warning|info): .* \[([\w-]+)\]$", re.MULTILINE)
INTRODUCTION = """\
# Checks

What `robotfabrik check` finds. This page is made from the rules themselves, and a test fails when it differs. How to use the checker stands in [writing a PDD](../writing-a-pdd.md#the-checker); `robotfabrik help RULE` prints one line of this page.

An *error* makes `check` end with 1, and nothing runs. A *warning* makes it end with 1 when `--strict` is given. An *info* never does. The column *ignore* says whether `# robotfabrik: ignore[rule] reason` silences a finding.
"""  # noqa: E501


def written() -> Iterator[str]:
    yield INTRODUCTION
    for title, group in GROUPS.items():
        yield f"## {title}\n"
        yield "| rule | severity | ignore | finds |\n|---|---|---|---|"
        for check in group:
            ignore = "yes" if check.ignorable else "no"
            finds = check.finds.replace("|", r"\|")
            yield f"| `{check.id}` | {check.severity} | {ignore} | {finds} |"
        yield ""


def shown() -> set[tuple[str, str]]:
    """The severity and rule of everything that a golden file shows."""
    outputs = [path.read_text(encoding="utf-8") for path in HERE.rglob("*.out")]
    return {(found[1], found[2]) for text in outputs for found in HEADING.finditer(text)}


def test_the_page_is_made_from_the_rules() -> None:
    page = "\n".join(written())
    if os.environ.get("ROBOTFABRIK_UPDATE_GOLDEN") == "1":
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(page, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page


def test_every_finding_is_of_a_rule_of_the_page_and_as_severe_as_that_says() -> None:
    assert {(severity, rule) for severity, rule in shown() if rule not in CHECKS} == set()
    assert {(severity, rule) for severity, rule in shown() if CHECKS[rule].severity != severity} == set()


def test_every_rule_has_an_example() -> None:
    assert CHECKS.keys() - {rule for _, rule in shown()} == set()


def test_every_rule_but_those_of_reading_has_a_file_of_its_own() -> None:
    files = {path.stem for path in (HERE / "checks").glob("*.yaml")}
    assert files == CHECKS.keys() - READING.keys()


def test_help_explains_a_rule(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help", "retry-write"]) == 0
    assert capsys.readouterr().out.startswith("retry-write  (error)\n\n`retry:` or `continue_on_error:`")
