"""Which step is meant by what a person writes, and beginning a process there."""

from __future__ import annotations

from pathlib import Path

import pytest

from robotfabrik.debugger.places import every_step, find, lines_of
from robotfabrik.debugger.start import beginning_at, given_variables
from robotfabrik.model.errors import DefinitionError, UsageError
from robotfabrik.model.process import Process
from tests.support.engine import QUEUE, WRITE, Application, define, only, perform

STEPS = """
- id: first
  name: Det första
  assign: {a: 1}
- if: a == 1
  then:
    - name: Det andra
      invoke_workflow: w
      save_as: {b: out}
    - {name: Det andra, assign: {c: 2}}
- sequence: [{assign: {d: 1}}, {assign: {e: 1}}]

# a comment
- for_each: "[1, 2]"
  as: x
  steps:
    -   assign: {f: x}
  collect: {all: f}
- use_excel_file: a.xlsx
  steps:
    - for_each_file: in
      steps:
        - assign: {_name: file.name}
"""
W = "w: {outputs: {out: integer}, steps: [{assign: {out: 2}}]}"


@pytest.fixture
def process(tmp_path: Path) -> Process:
    return define(tmp_path, STEPS, workflows=W)


def line(process: Process, text: str) -> int:
    """Where a text stands first."""
    lines = process.span.source.text.splitlines()
    return next(number for number, one in enumerate(lines, 1) if text in one)


def test_a_step_is_found_by_place_id_and_name(process: Process) -> None:
    for text in ("process.1", "first", "Det första", "det FÖRSTA"):
        assert find(process, text, "--break").index == "process.1"
    for place in ("process.2.then.2", "process.4.1", "w.1", "app.login.4"):
        assert find(process, place, "--break").index == place


def test_the_steps_of_effects_are_found(tmp_path: Path) -> None:
    process = define(tmp_path, WRITE, **QUEUE)
    assert find(process, "app.write_note.do.3", "--break").span.source.path.endswith("app.yaml")
    assert find(process, "app.write_note.verify.1", "--break")


def test_a_step_called_several_times_is_one_step(tmp_path: Path) -> None:
    process = define(tmp_path, "- invoke_workflow: w\n- invoke_workflow: w", workflows=W)
    assert [step.index for step in every_step(process)][:3] == ["process.1", "w.1", "process.2"]


@pytest.mark.parametrize(("text", "index"), [
    ("id: first", "process.1"),
    ("name: Det första", "process.1"),
    ("assign: {a: 1}", "process.1"),
    ("then:", "process.2"),
    ("save_as: {b: out}", "process.2.then.1"),
    ("name: Det andra, assign", "process.2.then.2"),
    ('for_each: "[1, 2]"', "process.4"),
    ("assign: {f: x}", "process.4.1"),
    ("collect: {all: f}", "process.4"),
    ("use_excel_file: a.xlsx", "process.5"),
    ("for_each_file: in", "process.5.1"),
    ("assign: {_name: file.name}", "process.5.1.1"),
])  # fmt: skip
def test_any_line_of_a_step_names_it(process: Process, text: str, index: str) -> None:
    number = line(process, text)
    for file in ("test.yaml", process.span.source.path):
        assert find(process, f"{file}:{number}", "--break").index == index
    assert find(process, f"test.yaml:{number}:3", "--break").index == index


def test_what_stands_between_steps_is_no_step(process: Process) -> None:
    with pytest.raises(
        UsageError, match=r"no step stands in that line; nearest: process\.4, .*test\.yaml:\d+"
    ):
        find(process, f"test.yaml:{line(process, '# a comment')}", "--break")
    with pytest.raises(UsageError, match="no step stands in that line"):
        find(process, f"test.yaml:{line(process, 'authority')}", "--break")


def test_every_step_stands_in_its_own_lines(process: Process) -> None:
    for step in every_step(process):
        lines = lines_of(step)
        assert lines.first <= step.span.line <= lines.last


@pytest.mark.parametrize(("text", "message"), [
    ("proces.1", r"there is no such step. Did you mean 'process.1'\?"),
    ("Det föresta", r"Did you mean 'Det första'\?"),
    ("process.99", "there is no such step. Did you mean"),
    ("something else", r"Write its place, such as process\.1, its id, its name, or FILE:LINE\.$"),
    ("tset.yaml:3", "no step of this process stands in such a file"),
])  # fmt: skip
def test_what_is_unknown_has_a_suggestion(process: Process, text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        find(process, text, "--break")


def test_several_steps_are_listed(process: Process) -> None:
    with pytest.raises(UsageError, match="2 steps; name one by its place") as raised:
        find(process, "Det andra", "--break")
    assert 'process.2.then.1 "Det andra", ' in str(raised.value)
    with pytest.raises(UsageError, match="3 steps"):  # in flow style they share a line
        find(process, f"test.yaml:{line(process, 'sequence: [')}", "--break")


# --- beginning there


async def test_what_stands_before_is_left_out_and_sets_none(tmp_path: Path) -> None:
    steps = "- assign: {a: 1}\n- if: a == 1\n  then: [assign: {b: 2}]\n- assign: {c: a is none and b is none}"
    process = define(tmp_path, steps, show="a b c")
    begun = beginning_at(process, find(process, "process.3", "--from"), {}, "--from")
    outcome = await perform(begun, Application())
    assert dict(only(outcome).columns) == {"a": None, "b": None, "c": True}


async def test_its_variables_are_given(tmp_path: Path) -> None:
    steps = "- assign: {a: 1}\n- read_form: app.case\n  save_as: ärende\n- assign: {c: a + ärende.amount}"
    process = define(tmp_path, steps, show="c")
    given = given_variables(["a = 2", "ärende=record(amount=a + 3)"])
    begun = beginning_at(process, find(process, "process.3", "--from"), given, "--from")
    assert dict(only(await perform(begun, Application())).columns) == {"c": 7}


def test_from_the_first_step_nothing_is_left_out(process: Process) -> None:
    assert beginning_at(process, find(process, "process.1", "--from"), {}, "--from") is process


@pytest.mark.parametrize(("place", "message"), [
    ("process.2.then.2", "it stands inside process.2: begin there"),
    ("w.1", "only a step that stands in 'process:' itself"),
    ("app.login.1", "only a step that stands in 'process:' itself"),
])  # fmt: skip
def test_only_a_step_of_the_process_itself_can_be_the_first(
    process: Process, place: str, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        beginning_at(process, find(process, place, "--from"), {}, "--from")


def test_a_variable_that_no_step_sets_is_a_slip(process: Process) -> None:
    given = given_variables(["aa=1"])
    with pytest.raises(
        UsageError, match=r"--set-var aa: no step before process\.3 sets it\. Did you mean 'a'\?"
    ):
        beginning_at(process, find(process, "process.3", "--from"), given, "--from")


def test_a_given_value_is_an_expression() -> None:
    with pytest.raises(UsageError, match="write --set-var NAME=EXPRESSION"):
        given_variables(["a"])
    with pytest.raises(DefinitionError) as raised:
        given_variables(["a=1 +"])
    assert raised.value.diagnostics[0].rule == "expression"
