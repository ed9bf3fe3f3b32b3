"""Tests beside a PDD: what they are compared with, what they reach, how a user runs them."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from robotfabrik.cli.main import main
from robotfabrik.model.errors import SystemException
from robotfabrik.model.process import Process
from robotfabrik.model.values import Credential, Secret
from robotfabrik.testing import Coverage, names_of, run_case
from robotfabrik.testing.windows import is_own
from robotfabrik.wiring import TestWindows
from tests.support.engine import define

SRC = str(Path(__file__).parents[2] / "src")
RULES = """
BR1:
  name: Storlek
  inputs: {belopp: money}
  outputs: {stor: boolean}
  table: |
    | belopp  || stor |
    | < 1000  || nej  |
    | >= 1000 || ja   |
"""
QUEUE = "{item: {number: text, amount: money}, reference: [item.number]}"
STEPS = """
- click: {target: app.cases.list.details, row: {number: "${{ item.number }}"}}
  if_missing: BE6
- evaluate_business_rule: BR1
  with: {belopp: "${{ item.amount }}"}
  save_as: {stor: stor}
- name: Bara stora belopp skrivs
  if: stor
  then:
    - when: item.amount > 5000
      throw: BE1
    - once: app.write_note
      key: [item.reference]
      with: {text: "Belopp ${{ item.amount | kr }}"}
"""


def robot(folder: Path, tests: str, steps: str = STEPS, **sections: str) -> Process:
    return define(folder, steps, rules=RULES, queue=QUEUE, tests=tests, **sections)


def run(process: Process) -> tuple[dict[str, list[str]], Coverage]:
    """What each test says, by its name, and what they all reach."""
    coverage = Coverage(process)
    said = {}
    for name, case in zip(names_of(process.tests), process.tests, strict=True):
        outcome = asyncio.run(run_case(process, case, TestWindows(), coverage))
        said[name] = [line.strip() for problem in outcome.problems for line in problem.lines()]
    return said, coverage


# --- what is compared


def test_a_rule_says_what_it_gave_and_by_which_row(tmp_path: Path) -> None:
    examples = "|\n      | belopp || stor |\n      | 999 || nej |\n      | 1000 || ja |\n      | 1 || ja |"
    process = robot(tmp_path, f"- rule: BR1\n  examples: {examples}")
    said, coverage = run(process)
    assert said == {"rule BR1": ["stor of BR1 is another one by BR1.1", "expected: ja", "actual:   nej"]}
    assert coverage.figures()["rules"].percent == 100


def test_a_text_shows_both_texts_one_under_the_other(tmp_path: Path) -> None:
    texts = "brev:\n  inputs: {namn: text}\n  rubrik: Hej\n  text: [['Hej ${{ namn }}.'], [Välkommen.]]"
    tests = "- {text: brev, given: {namn: Anna}, expect: {text: Hej., rubrik: Hej, contains: Adjö}}"
    said, _ = run(robot(tmp_path, tests, texts=texts))
    shown = ["| Hej Anna.", "|", "| Välkommen."]
    assert said["text brev"] == [
        "the text is another one", "expected:", "| Hej.", "actual:", *shown,
        "the text does not contain a part that it should", "expected:", "| Adjö", "actual:", *shown,
    ]  # fmt: skip


PROCESS = """
- name: Stort
  given: {item: {number: A1, amount: 2000}, missing: []}
  expect: {status: successful, rules: [BR1.2], once: {app.write_note: {text: Belopp 2 000 kr}}}
- name: Saknas
  given: {item: {number: A1, amount: 2000}, missing: [app.cases.list.details]}
  expect: {status: business, throws: BE6, once: {}}
"""


def test_an_application_in_memory_has_everything_but_what_is_missing(tmp_path: Path) -> None:
    said, _ = run(robot(tmp_path, PROCESS))
    assert said == {"Stort": [], "Saknas": []}


def test_what_differs_is_told_with_both_sides(tmp_path: Path) -> None:
    tests = """
    - name: Litet
      given: {item: {number: A1, amount: 1}, missing: []}
      expect: {status: business, throws: BE1, rules: [], once: {app.write_note: [{text: a}, {text: b}]}}
    """
    said, _ = run(robot(tmp_path, tests))
    assert said["Litet"] == [
        "it ends otherwise", "expected: business", "actual:   successful",
        "it throws something else", "expected: BE1", "actual:   nothing",
        "other rules decide", "expected: none", "actual:   BR1.1",
        "app.write_note happens another number of times", "expected: 2", "actual:   0",
    ]  # fmt: skip


def test_an_effect_with_the_key_of_an_earlier_one_does_not_happen(tmp_path: Path) -> None:
    steps = """
- for_each: "['sökanden', 'medsökanden', 'sökanden']"
  as: roll
  steps:
    - once: app.write_note
      key: [item.reference, roll]
      with: {text: "Om ${{ roll }}"}
"""
    twice = "once: {app.write_note: [{text: Om sökanden}, {text: Om medsökanden}]}"
    tests = f"- name: en\n  given: {{item: {{number: A1, amount: 1}}}}\n  expect: {{{twice}}}"
    said, _ = run(robot(tmp_path, tests, steps))
    assert said == {"en": []}


def test_a_test_without_an_application_says_how_to_give_one(tmp_path: Path) -> None:
    tests = "- {name: Inget, given: {item: {number: A1, amount: 1}}, expect: {status: successful}}"
    said, _ = run(robot(tmp_path, tests))
    assert "mock the workflow" in said["Inget"][2]


def test_an_application_in_memory_invents_no_reading(tmp_path: Path) -> None:
    steps = "- get_text: app.case.name\n  save_as: namn"
    tests = "- {name: Läser, given: {item: {number: A1, amount: 1}, missing: []}, expect: {}}"
    said, _ = run(robot(tmp_path, tests, steps))
    assert "the test reads app.case.name: mock the workflow" in said["Läser"][0]


@pytest.mark.parametrize("missing", ["app.case.amount", "app.case"])
def test_a_screen_is_not_read_when_a_part_of_it_is_missing(tmp_path: Path, missing: str) -> None:
    steps = "- read_form: app.case\n  if_missing: BE6\n  save_as: a"
    item = "item: {number: A1, amount: 1}"
    tests = f"- {{name: Läser, given: {{{item}, missing: [{missing}]}}, expect: {{throws: BE6}}}}"
    said, _ = run(robot(tmp_path, tests, steps))
    assert said == {"Läser": []}


def test_what_no_step_looks_for_is_not_missing(tmp_path: Path) -> None:
    tests = "- {name: A, given: {item: {number: A1, amount: 1}, missing: [app.case.link]}, expect: {}}"
    said, _ = run(robot(tmp_path, tests))
    assert said["A"] == ["'missing' names app.case.link, but no step looks for it"]


def test_an_element_that_is_missing_does_not_appear(tmp_path: Path) -> None:
    steps = """
    - element_exists: app.case.flag
      save_as: flagga
    - check_app_state: app.case.name
      appears: [{throw: BE1}]
      vanishes: [{when: not flagga, throw: BE6}]
    """
    item = "item: {number: A1, amount: 1}"
    tests = (
        f"- {{name: A, given: {{{item}, missing: [app.case.name, app.case.flag]}}, expect: {{throws: BE6}}}}"
    )
    said, coverage = run(robot(tmp_path, tests, steps))
    assert said == {"A": []}
    assert [part.what for part in coverage.unreached() if part.kind == "branches"] == [
        "'appears' is never taken: check_app_state",
        "its 'when' is never false: throw",
    ]


def test_a_step_may_name_the_rule_that_it_carries_out(tmp_path: Path) -> None:
    steps = "- rule: BR1.2\n  when: item.amount > 5\n  log_message: Stort\n- rule: BR1\n  log_message: Klart"
    tests = """
    - {name: Litet, given: {item: {number: A1, amount: 1}}, expect: {rules: [BR1]}}
    - {name: Stort, given: {item: {number: A1, amount: 9}}, expect: {rules: [BR1.2, BR1]}}
    """
    said, coverage = run(robot(tmp_path, tests, steps))
    assert said == {"Litet": [], "Stort": []}
    assert coverage.figures()["rules"].reached == 1


# --- what is reached


def test_coverage_names_the_outermost_that_no_test_reaches(tmp_path: Path) -> None:
    tests = "- {name: Litet, given: {item: {number: A1, amount: 1}, missing: []}, expect: {}}"
    _, coverage = run(robot(tmp_path, tests))
    figures = {kind: (f.reached, f.total) for kind, f in coverage.figures().items()}
    assert figures == {"rules": (1, 2), "steps": (3, 5), "branches": (1, 3)}
    assert [part.what for part in coverage.unreached()] == [
        "row BR1.2 never decides",
        "'then' is never taken: Bara stora belopp skrivs",
    ]


def test_an_else_that_is_not_written_is_a_branch_too(tmp_path: Path) -> None:
    tests = "- {name: Stort, given: {item: {number: A1, amount: 2000}, missing: []}, expect: {}}"
    _, coverage = run(robot(tmp_path, tests))
    assert "'else' is never taken: Bara stora belopp skrivs" in [part.what for part in coverage.unreached()]


BRANCHES = """
- try:
    - when: item.number == 'fel'
      throw: SE4
  catch:
    SE4: []
- switch: ${{ item.number }}
  cases: {a: [{log_message: a}], b: []}
  default: [{log_message: annat}]
"""


def test_branches_of_try_and_switch(tmp_path: Path) -> None:
    tests = "- {name: A, given: {item: {number: a, amount: 1}}, expect: {}}"
    _, coverage = run(robot(tmp_path, tests, BRANCHES))
    whats = [part.what for part in coverage.unreached() if part.kind != "rules"]
    assert sorted(whats) == [
        "'case b' is never taken: switch",
        "'catch SE4' is never taken: try",
        "'default' is never taken: switch",
        "this step never runs: throw",
    ]
    tests += "\n- {name: B, given: {item: {number: fel, amount: 1}}, expect: {}}"
    tests += "\n- {name: C, given: {item: {number: b, amount: 1}}, expect: {}}"
    _, coverage = run(robot(tmp_path, tests, BRANCHES))
    assert [part for part in coverage.unreached() if part.kind != "rules"] == []


def test_blocks_on_files_are_called_as_they_are_written(tmp_path: Path) -> None:
    steps = """
        - when: item.amount > 5
          use_excel_file: a.xlsx
          steps:
            - for_each_file: in
              steps: [{for_each_row: "[1]", as: n, steps: [{log_message: "nr ${{ n }}"}]}]
        """
    tests = "- {name: A, given: {item: {number: a, amount: 1}}, expect: {}}"
    _, coverage = run(robot(tmp_path, tests, steps))
    assert [part.what for part in coverage.unreached() if part.kind == "steps"] == [
        "this step never runs: use_excel_file",
        "this step never runs: for_each_file",
        "this step never runs: for_each_row",
        "this step never runs: log_message",
    ]


# --- the command


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    robot(tmp_path / "pdd", PROCESS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_command_counts_and_places(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["test", "--coverage", "--fail-under", "rules=50", "--fail-under", "90"]) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "2 passed, 0 failed"
    assert said[1].startswith("pdd/test.yaml: rules 50 % (1 of 2), steps ")
    assert "row BR1.1 never decides" in said[2]
    assert said[-1].startswith("coverage: ")
    assert said[-1].endswith("% is less than 90 %")


def test_one_test_can_be_chosen(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["test", "-k", "sakna", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [(test["name"], test["passed"]) for test in answer["tests"]] == [("Saknas", True)]
    assert main(["test", "-k", "sakns"]) == 2
    assert "Did you mean 'Saknas'?" in capsys.readouterr().err


def test_json_says_what_differs_and_where(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = project / "pdd" / "test.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("2 000 kr", "3 000 kr"), encoding="utf-8")
    assert main(["test", "--json", "--coverage"]) == 1
    answer = json.loads(capsys.readouterr().out)
    (failed,) = [test for test in answer["tests"] if not test["passed"]]
    (problem,) = failed["problems"]
    assert (problem["expected"], problem["actual"]) == ("Belopp 3 000 kr", "Belopp 2 000 kr")
    assert path.read_text(encoding="utf-8").splitlines()[failed["line"] - 1].strip() == "- name: Stort"
    assert answer["coverage"]["total"]["rules"] == {"reached": 1, "total": 2, "percent": 50.0}


@pytest.mark.parametrize("wrong", ["x", "rows=5", "101", "rules="])
def test_a_wrong_limit_is_told(project: Path, wrong: str) -> None:
    with pytest.raises(SystemExit):
        main(["test", "--fail-under", wrong])


# --- pytest


def run_pytest(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTEST_ADDOPTS": "",
        "PYTHONPATH": SRC,
    }
    plugin = ("-p", "robotfabrik.pytest_plugin", "-p", "no:cacheprovider")
    command = [sys.executable, "-m", "pytest", *plugin, *arguments]
    return subprocess.run(command, cwd=folder, env=environment, text=True, capture_output=True, check=False)


def test_pytest_runs_them_and_shows_no_traceback(project: Path) -> None:
    path = project / "pdd" / "test.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("throws: BE6, once", "throws: BE1, once"), encoding="utf-8")
    (project / "other").mkdir()
    (project / "other" / "data.yaml").write_text("pdd: 1\nid: wrong\n", encoding="utf-8")  # not in pdd/
    (project / "pdd" / "list.yaml").write_text("- 1\n", encoding="utf-8")
    ended = run_pytest(project, "-v")
    assert "pdd/test.yaml::Stort PASSED" in ended.stdout
    assert "pdd/test.yaml::Saknas FAILED" in ended.stdout
    assert "1 failed, 1 passed" in ended.stdout
    assert "expected: BE1" in ended.stdout
    assert "Traceback" not in ended.stdout + ended.stderr
    assert "def " not in ended.stdout


def test_pytest_shows_what_is_wrong_in_a_pdd_that_is_named(project: Path) -> None:
    (project / "other.yaml").write_text("# a robot\npdd: 1\nid: other\n", encoding="utf-8")
    ended = run_pytest(project, "other.yaml")
    assert "other.yaml:2:1: error: a PDD needs 'name:'" in ended.stdout
    assert "Traceback" not in ended.stdout


def test_the_plugin_brings_nothing_in_before_a_pdd_is_found(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import sys\ndef test_it():\n"
        "    found = [m for m in sys.modules if m.startswith('robotfabrik')]\n"
        "    assert sorted(found) == ['robotfabrik', 'robotfabrik.pytest_plugin']\n",
        encoding="utf-8",
    )
    assert run_pytest(tmp_path).returncode == 0


# --- over an application


@pytest.mark.parametrize(
    ("address", "own"),
    [
        ("/srv/pages", True),
        ("http://localhost:8000/", True),
        ("http://127.0.0.1/", True),
        ("https://example.se/", False),
        ("https://localhost.example.se/", False),
    ],
)
def test_only_on_this_machine_a_test_writes(address: str, own: bool) -> None:
    assert is_own(address) is own


def test_an_application_that_does_not_open_is_told(tmp_path: Path) -> None:
    class Closed:
        def address(self, written: str) -> str:
            return written

        def credential(self, name: str | None) -> Credential:
            return Credential("robot", Secret("robot"))

        def sessions(self, process: Process, mask: object, rehearsal: bool) -> Closed:
            assert rehearsal
            return self

        async def open(self, *arguments: object) -> None:
            raise SystemException("nothing answers")

        async def close(self) -> None:
            pass

    tests = "- {name: A, given: {application: {app: 'https://example.se'}}, expect: {status: successful}}"
    process = robot(tmp_path, tests)
    outcome = asyncio.run(run_case(process, process.tests[0], Closed(), Coverage(process)))
    (problem,) = outcome.problems
    assert problem.actual == "failed (could not log in: nothing answers)"


def test_dispatch_is_tried_without_an_application(tmp_path: Path) -> None:
    dispatch = """
    - {invoke_workflow: listed, save_as: {rows: rows}}
    - for_each: rows
      as: r
      where: r.number != 'A2'
      steps:
        - add_queue_item: {number: "${{ r.number }}", amount: "${{ 500 }}"}
    """
    workflows = """
    listed:
      outputs: {rows: list}
      steps:
        - {extract_table_data: app.cases.list, save_as: read}
        - assign: {rows: read}
    """
    tests = """
    - name: Rätt
      given: {workflows: {listed: &two {rows: [{number: A1}, {number: A2}]}}}
      expect: {items: [A1]}
    - name: Fel
      given: {workflows: {listed: *two}}
      expect: {items: [A1, A2]}
    """
    said, _ = run(robot(tmp_path, tests, dispatch=dispatch, workflows=workflows))
    assert said["Rätt"] == []
    assert said["Fel"] == ["dispatch adds other items", "expected: A1, A2", "actual:   A1"]


def test_the_document_says_what_a_test_gives_and_expects(tmp_path: Path) -> None:
    tests = """
    - name: Saknas
      given: {item: {number: A1, amount: 1}, missing: [app.case.link]}
      expect: {once: {}}
    - name: Hela jobbet
      given: {application: {app: 'http://localhost/'}}
      expect: {items: [A1, A2], once: {app.write_note: [{text: ett}, {text: två}]}}
    """
    robot(tmp_path, tests)
    written = tmp_path / "test.md"
    assert main(["docs", str(tmp_path / "test.yaml"), "--to", "md", "--out", str(written)]) == 0
    text = written.read_text(encoding="utf-8")
    for part in ("saknas på skärmen: app.case.link", "i en webbläsare: app", "kön fylls med A1, A2"):
        assert part in text
    assert "ett" in text
    assert "två" in text
