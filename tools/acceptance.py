"""Runs every test, the long ones too, and writes what the acceptance tests gave to docs/acceptance.md.

    python tools/acceptance.py [pytest's own options]

Exit code: pytest's.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "acceptance.md"
HEAD = """# Acceptance

`make acceptance` runs every test, the long ones too, and writes this page: the robot in a real browser over
the bundled case system, what it wrote compared with the facit.

{date}, commit {commit}: {passed} of {total} acceptance tests passed{others}.

| test | result | seconds | figures |
|---|---|---|---|
"""


def main(options: list[str]) -> int:
    commit = _git("rev-parse", "--short", "HEAD") + (" with changes" if _git("status", "--porcelain") else "")
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "tests", "-n", "auto", f"--junitxml={report}", *options]
        everything = {**os.environ, "ROBOTFABRIK_MISSPELL": "all"}
        code = subprocess.run(command, cwd=ROOT, env=everything, check=False).returncode
        if report.exists():
            PAGE.write_text(_page(ElementTree.parse(report).getroot(), commit), "utf-8")
            print(f"written to {PAGE.relative_to(ROOT)}", file=sys.stderr)
    return code


def _page(report: ElementTree.Element, commit: str) -> str:
    cases = list(report.iter("testcase"))
    ours = sorted((c for c in cases if ".acceptance." in f".{c.get('classname')}."), key=_name)
    rows = [
        f"| {_name(case)} | {_result(case)} | {float(case.get('time', 0)):.0f} | {_figures(case)} |"
        for case in ours
    ]
    rest = [case for case in cases if case not in ours]
    sound = sum(_result(case) == "passed" for case in rest)
    others = f", {sound} of {len(rest)} other tests too" if rest else ""
    passed = sum(_result(case) == "passed" for case in ours)
    head = HEAD.format(
        date=date.today().isoformat(), commit=commit, passed=passed, total=len(ours), others=others
    )
    return head + "\n".join(rows) + "\n"


def _name(case: ElementTree.Element) -> str:
    module = (case.get("classname") or "").rpartition(".")[2].removeprefix("test_")
    return f"{module}: {(case.get('name') or '').removeprefix('test_')}".replace("_", " ")


def _result(case: ElementTree.Element) -> str:
    ended = {child.tag for child in case} & {"failure", "error", "skipped"}
    return "**failed**" if ended - {"skipped"} else "skipped" if ended else "passed"


def _figures(case: ElementTree.Element) -> str:
    """What a test counted, as it recorded it (`record_property("figures", …)`)."""
    found = [p.get("value") or "" for p in case.iter("property") if p.get("name") == "figures"]
    return "; ".join(found)


def _git(*arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=ROOT, check=False, capture_output=True, text=True
    ).stdout.strip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
