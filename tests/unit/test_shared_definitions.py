"""What the robots of an application share: exceptions, readings and texts of its repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from robotfabrik.cli.main import main
from robotfabrik.model.process import Process
from robotfabrik.parsing.loader import Loader

REPOSITORY = """objects: 1
id: portal
name: Portal
reading: {missing: BE6, unreadable: BE6}
exceptions:
  BE2: {kind: business, name: Inte entydigt}
  BE6: {kind: business, name: Uppgift saknas, action: Läs själv}
  BE9: {kind: business, name: Annat nummer}
texts:
  stannade:
    inputs: {antal: integer}
    rubrik: ${{ job.robot }} stannade
    text: ["${{ antal }} ärenden är kvar."]
  hej:
    inputs: {}
    text: [Hej.]
screens:
  case:
    save: {role: button, name: Spara, writes: note}
    note: {label: Anteckning}
    notes:
      table: {role: table, name: Anteckningar}
      columns: {id: Id, text: Text}
workflows:
  open_case:
    inputs: {number: text}
    steps:
      - when: number == ''
        throw: BE2
  tell:
    inputs: {left: integer}
    steps:
      - compose_text: stannade
        with: {antal: "${{ left }}"}
        save_as: message
      - once: write
        key: [job.id]
        with: {text: "${{ message.text }}"}
  write:
    writes: note
    inputs: {text: text}
    verify:
      - extract_table_data: case.notes
        save_as: matches
    do:
      - type_into: {target: case.note, text: "${{ text }}"}
      - click: case.save
"""
PDD = """pdd: 1
id: a
name: Prov
version: 0.1.0
authority: note
applications: {portal: objects/portal.yaml}
queue: {item: {number: text}, reference: [item.number]}
exceptions:
  BE7: {kind: business, name: Egen}
dispatch:
  - add_queue_item: {number: "1"}
process:
  - invoke_workflow: portal.open_case
    with: {number: "${{ item.number }}"}
  - when: item.number == 'x'
    throw: BE7
outage:
  - invoke_workflow: portal.tell
    with: {left: "${{ len(job.unhandled) }}"}
tests:
  - text: portal.stannade
    given: {antal: 3}
    expect: {text: 3 ärenden är kvar.}
  - name: Inget nummer
    given: {item: {number: ""}}
    expect: {throws: BE2, once: {}}
  - name: Stannat
    given: {outage: {unhandled: [{item: {number: A}, state: waiting}]}}
    expect: {once: {portal.write: {text: 1 ärenden är kvar.}}}
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pdd" / "objects").mkdir(parents=True)
    (tmp_path / "pdd" / "objects" / "portal.yaml").write_text(REPOSITORY, encoding="utf-8")
    (tmp_path / "pdd" / "a.yaml").write_text(PDD, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def process() -> Process:
    found = Loader(lambda problem: None).process(Path("pdd/a.yaml"))
    assert found is not None
    return found


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def add_application(project: Path, shared: str) -> Path:
    """Let the PDD work in another application too; its file."""
    other = f"objects: 1\nid: other\nname: Other\n{shared}screens: {{s: {{x: {{label: X}}}}}}\n"
    (project / "pdd" / "objects" / "other.yaml").write_text(other, encoding="utf-8")
    file = project / "pdd" / "a.yaml"
    change(file, "portal.yaml}", "portal.yaml, other: objects/other.yaml}")
    return file


def checked(capsys: pytest.CaptureFixture[str]) -> str:
    main(["check"])
    return capsys.readouterr().out


def test_a_pdd_has_the_exceptions_and_texts_that_it_uses() -> None:
    found = process()
    assert list(found.exceptions) == ["BE7", "BE2", "BE6"]  # not BE9: nothing of it throws that
    assert found.reading == {"missing": "BE6", "unreadable": "BE6"}
    assert list(found.texts) == ["portal.stannade"]


def test_what_no_pdd_uses_is_said_of_the_repository(capsys: pytest.CaptureFixture[str]) -> None:
    shown = checked(capsys)
    assert "portal.yaml:8:3: warning: no PDD throws BE9 [unthrown-exception]" in shown
    assert "portal.yaml:14:3: warning: no PDD uses the text 'portal.hej' [unused-text]" in shown
    assert "2 warnings" in shown


def test_its_tests_name_them_and_they_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["test"]) == 0
    assert "3 passed" in capsys.readouterr().out


@pytest.mark.parametrize(("fields", "said"), [
    ("number: text", ["needs the field 'left' (integer), which it does not have"]),
    ("number: text, left: text", ["needs the field 'left' (integer), where it has text"]),
    ("number: text, left: integer, more: text?", []),
])  # fmt: skip
def test_a_workflow_says_which_fields_of_a_record_it_needs(
    project: Path, capsys: pytest.CaptureFixture[str], fields: str, said: list[str]
) -> None:
    repository, pdd = project / "pdd/objects/portal.yaml", project / "pdd/a.yaml"
    change(repository, "inputs: {number: text}", "inputs: {listed: {number: text, left: integer}}")
    change(repository, "number == ''", "listed.number == '' and listed.left > 3")
    change(pdd, "item: {number: text}", f"item: {{{fields}}}")
    change(pdd, 'with: {number: "${{ item.number }}"}', 'with: {listed: "${{ item }}"}')
    shown = checked(capsys)
    assert [line for line in said if line in shown] == said
    assert bool(said) == ("needs the field" in shown)


def test_a_pdd_may_say_the_same_id_anew(project: Path) -> None:
    change(project / "pdd" / "a.yaml", "  BE7: {", "  BE6: {kind: business, name: Läs om}\n  BE7: {")
    assert process().exceptions["BE6"].name == "Läs om"


def test_two_applications_that_mean_different_things(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = add_application(project, "exceptions:\n  BE2: {kind: business, name: Annat}\n")
    shown = checked(capsys)
    assert "two applications declare BE2" in shown
    assert "say in exceptions: what BE2 is here" in shown
    change(file, "  BE7: {", "  BE2: {kind: business, name: Här}\n  BE7: {")
    assert "two applications" not in checked(capsys)


def test_two_applications_that_say_different_things_of_a_reading(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shared = "exceptions:\n  BE60: {kind: business, name: Annat}\nreading: {missing: BE60}\n"
    file = add_application(project, shared)
    assert "two applications say what a reading is that is missing: BE6 and BE60" in checked(capsys)
    change(file, "exceptions:\n", "reading: {missing: BE60}\nexceptions:\n")
    assert "two applications" not in checked(capsys)
    assert process().reading == {"missing": "BE60", "unreadable": "BE6"}


def test_a_workflow_that_only_invokes_one_that_throws_runs_too(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inner = """  refuse:
    inputs: {number: text}
    steps:
      - when: number == ''
        throw: BE2
"""
    given = "      - when: number == ''\n        throw: BE2\n"
    invoked = '      - invoke_workflow: refuse\n        with: {number: "${{ number }}"}\n'
    change(project / "pdd" / "objects" / "portal.yaml", given, invoked + inner)
    assert main(["test"]) == 0, capsys.readouterr().out


def test_wrong_words_are_told_where_they_stand(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = project / "pdd" / "objects" / "portal.yaml"
    change(file, "name: Annat nummer", "name: Misstänkt nummer")
    change(file, "text: [Hej.]", "text: [Hej]")
    change(file, "missing: BE6", "missing: BE66")
    shown = checked(capsys)
    assert "portal.yaml:8:31: error: 'Misstänkt' accuses" in shown
    assert "a sentence ends with a full stop" in shown
    assert "portal.yaml:4:20: error: unknown exception: 'BE66'" in shown


@pytest.mark.parametrize(("written", "expected"), [("", []), (", writes: note", ["write-outside-once"])])
def test_what_closes_a_notice_writes_nothing(tmp_path: Path, written: str, expected: list[str]) -> None:
    head = "objects: 1\nid: app\nname: App\nnotices: [notice.close]\nscreens:\n"
    close = f"  notice: {{close: {{role: button, name: OK{written}}}}}\n"
    (tmp_path / "app.yaml").write_text(head + close, encoding="utf-8")
    found: list[str] = []
    loader = Loader(lambda problem: found.append(problem.rule))
    repository = loader.repository(tmp_path / "app.yaml", "app")
    assert repository is not None
    assert found == expected
    assert [element.id for element in repository.notices] == ["app.notice.close"]
