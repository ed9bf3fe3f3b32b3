"""`robotfabrik check`: what it prints in each format, when it ends with 1, and what an ignore is about."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from robotfabrik.cli.main import main
from robotfabrik.model.errors import Diagnostic
from robotfabrik.model.source import Source, Span
from robotfabrik.parsing.checks.catalogue import CHECKS
from robotfabrik.parsing.diagnostics import Collector, as_github
from robotfabrik.parsing.ignores import Ignores
from robotfabrik.parsing.loader import Loader

PROJECT = Path(__file__).parents[2]
HEAD = "pdd: 1\nid: a\nname: Prov\nversion: 0.1.0\nauthority: read\n"
RIGHT = HEAD + "process:\n  - delay: 1s\n"
WARNED = HEAD + "process:\n  - return: Klart\n  - delay: 1s\n"
WRONG = HEAD + "process:\n  - dely: 1s\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project where one stands."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pdd").mkdir()
    return tmp_path


def write(project: Path, text: str, name: str = "a.yaml") -> None:
    (project / "pdd" / name).write_text(text, encoding="utf-8")


# --- exit codes and formats


@pytest.mark.parametrize(
    ("text", "plain", "strict"),
    [(RIGHT, 0, 0), (WARNED, 0, 1), (WRONG, 1, 1)],
    ids=["right", "warned", "wrong"],
)
def test_exit_codes(project: Path, text: str, plain: int, strict: int) -> None:
    write(project, text)
    assert main(["check"]) == plain
    assert main(["check", "--strict"]) == strict


@pytest.mark.parametrize(("format", "shown"), [("text", ""), ("github", ""), ("json", "[]\n")])
def test_nothing_is_said_when_nothing_is_wrong(
    project: Path, format: str, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write(project, RIGHT)
    assert main(["check", "--format", format]) == 0
    assert capsys.readouterr().out == shown


def test_text_shows_the_line_and_counts(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(project, WARNED)
    main(["check"])
    assert capsys.readouterr().out == (
        "pdd/a.yaml:8:5: warning: this step is never reached: the one on line 7 always leaves"
        " [unreachable-step]\n"
        "   8 |   - delay: 1s\n"
        "     |     ^~~~~\n"
        "     = help: remove it, or say when: on the step above\n"
        "1 warning in 1 file\n"
    )


def test_json_is_one_list(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(project, WRONG)
    assert main(["check", "--format", "json"]) == 1
    (found,) = json.loads(capsys.readouterr().out)
    assert found == {
        "file": "pdd/a.yaml", "line": 7, "column": 5, "length": 4, "severity": "error",
        "rule": "unknown-activity", "message": "unknown activity: 'dely'",
        "suggestion": "Did you mean 'delay'?",
    }  # fmt: skip


def test_github_gets_a_command_a_line(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(project, WRONG)
    assert main(["check", "--format", "github"]) == 1
    assert capsys.readouterr().out == (
        "::error file=pdd/a.yaml,line=7,col=5,endColumn=9,title=robotfabrik unknown-activity"
        "::unknown activity: 'dely'%0ADid you mean 'delay'?\n"
    )


def test_github_obeys_nothing_of_a_file() -> None:
    span = Span(Source("a,b:c%.yaml", ""), 1, 1)
    found = Diagnostic(span, "100 %\r\n::error::x", "r", None, "info")
    assert as_github([found]) == (
        "::notice file=a%2Cb%3Ac%25.yaml,line=1,col=1,endColumn=2,title=robotfabrik r"
        "::100 %25%0D%0A::error::x\n"
    )


# --- several files


def test_two_pdds_of_one_name_are_told_apart(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(project, RIGHT)
    (project / "pdd" / "more").mkdir()
    write(project, RIGHT, "more/a.yaml")
    assert main(["check"]) == 1
    assert "the PDD 'a' already stands on pdd/a.yaml:2:5 [duplicate-id]" in capsys.readouterr().out


OBJECTS = """objects: 1
id: shop
screens:
  page:
    one: {role: button, name: Ett, submits: read}
    two: {role: button, name: Två, submits: read}
"""


def user(name: str, element: str) -> str:
    head = HEAD.replace("id: a", f"id: {name}")
    return f"{head}applications: {{shop: shop.yaml}}\nprocess:\n  - click: shop.page.{element}\n"


@pytest.mark.parametrize(
    ("given", "unused"),
    [
        (["pdd/shop.yaml"], []),
        (["pdd/a.yaml"], []),
        (["pdd/shop.yaml", "pdd/a.yaml"], ["shop.page.two"]),
        (["pdd"], []),
    ],
    ids=["repository alone", "one PDD alone", "one of two PDDs", "everything"],
)
def test_what_nobody_uses_is_asked_of_all_files_given(
    project: Path, given: list[str], unused: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    write(project, OBJECTS, "shop.yaml")
    write(project, user("a", "one"))
    write(project, user("b", "two"), "b.yaml")
    main(["check", "--format", "json", *given])
    found = [d["message"] for d in json.loads(capsys.readouterr().out)]
    assert found == [f"no PDD uses '{name}'" for name in unused]


def test_what_a_broken_pdd_may_use_is_not_called_unused(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(project, OBJECTS, "shop.yaml")
    write(project, user("a", "one"))
    write(project, user("b", "two") + "  - [\n", "b.yaml")
    main(["check", "--format", "json"])
    assert {d["rule"] for d in json.loads(capsys.readouterr().out)} == {"syntax"}


def test_one_slip_does_not_make_the_rest_unused(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the misspelt step saves, says and uses is still known to be meant."""
    text = HEAD + (
        "config:\n  limit: {type: integer, value: 3, description: Gräns}\n"
        "workflows:\n  tell:\n    inputs: {n: integer}\n    steps:\n      - log_message: Antal ${{ n }}\n"
        "process:\n  - assign: {count: 3}\n"
        "  - invoke_workflw: tell\n    with: {n: ${{ count + config.limit }}}\n"
    ).replace("${{ count + config.limit }}", '"${{ count + config.limit }}"')
    write(project, text)
    main(["check", "--format", "json"])
    assert [d["rule"] for d in json.loads(capsys.readouterr().out)] == ["unknown-activity"]


# --- ignores


def silenced(text: str, line: int, rule: str = "unused-config") -> bool:
    source = Source("a.yaml", text)
    ignores = Ignores(source, CHECKS)
    return ignores.silences(Diagnostic(Span(source, line, 1), "m", rule, None, "warning"))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1 # robotfabrik: ignore[unused-config] why\nb: 2\n", 1),
        ("# robotfabrik: ignore[unused-config] why\na: 1\n", 2),
        ("x:\n    # robotfabrik: ignore[wording, unused-config] why\n    a: 1\n", 3),
        ("a: |  # robotfabrik: ignore[unused-config] why\n  x\n\n  y\nb: 2\n", 4),
        ("# robotfabrik: ignore[unused-config] why\na: >-\n  x\n  y\n", 4),
        ("# robotfabrik: ignore[unused-config] why\na: 'x\n  y'\n", 3),
        ("å: 'é' # robotfabrik: ignore[unused-config] why\r\nb: 1\r\n", 1),
        ("\ufeffa: 1 #robotfabrik:ignore[unused-config] why\n", 1),
    ],
)
def test_where_an_ignore_holds(text: str, line: int) -> None:
    assert silenced(text, line)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1 # robotfabrik: ignore[unused-config] why\nb: 2\n", 2),
        ("# robotfabrik: ignore[unused-config] why\n\na: 1\n", 3),
        ("a: 'x # robotfabrik: ignore[unused-config] why'\n", 1),
        ("a: |\n  # robotfabrik: ignore[unused-config] why\n  x\n", 3),
        ("a: 1 # robotfabrik: ignore[wording] why\n", 1),
        ("a: 1 # robotfabrik: ignore unused-config why\n", 1),
        ("a: [ # robotfabrik: ignore[unused-config] why\n", 2),
    ],
)
def test_where_it_does_not(text: str, line: int) -> None:
    assert not silenced(text, line)


def test_an_ignored_error_of_judgement_lets_a_robot_run(project: Path) -> None:
    text = HEAD + (
        "texts:\n  svar:\n    text:\n      # robotfabrik: ignore[wording] myndighetens namn\n"
        "      - - Brottsoffermyndigheten svarar.\n"
        "process:\n  - compose_text: svar\n    save_as: svar\n  - log_message: ${{ svar.text }}\n"
    )
    write(project, text)
    collector = Collector()
    assert Loader(collector.report).process(Path("pdd/a.yaml")) is not None
    assert not collector.has_errors
    write(project, text.replace(" # robotfabrik", " # robotfabrk"))
    collector = Collector()
    Loader(collector.report).process(Path("pdd/a.yaml"))
    assert collector.has_errors


def test_no_ignore_silences_what_cannot_run() -> None:
    rules = [id for id, check in CHECKS.items() if check.severity == "error" and not check.ignorable]
    assert {"write-outside-once", "authority", "secret", "retry-write", "syntax"} <= {*rules}
    for rule in rules:
        assert not silenced(f"a: 1 # robotfabrik: ignore[{rule}] why\n", 1, rule)


def test_the_shipped_definitions_are_silent(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(PROJECT)
    assert main(["check", "--strict"]) == 0
    assert capsys.readouterr().out == ""


# --- files that are none


def test_what_is_no_file_is_told(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "pdd" / "circle.yaml").symlink_to("circle.yaml")
    (project / "pdd" / "folder.yaml").mkdir()
    os.mkfifo(project / "pdd" / "pipe.yaml")
    written = 'applications: {a: circle.yaml, b: folder.yaml, c: "x\\0y", d: pipe.yaml, e: ../..}\n'
    write(project, HEAD + written + "process:\n  - delay: 1s\n")
    assert main(["check", "--format", "json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert {d["rule"] for d in found} == {"file"}
    assert {d["line"] for d in found if d["file"] == "pdd/a.yaml"} == {6}


def test_a_file_whose_name_is_no_text(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path(os.fsdecode(b"pdd/\xff.yaml")).write_text(WRONG, encoding="utf-8")
    for format in ("text", "json", "github"):
        assert main(["check", "--format", format]) == 1
        assert "unknown activity" in capsys.readouterr().out
