"""The control steps on files: `use_excel_file` and `for_each_file`."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent, indent

import pytest
from openpyxl import load_workbook

from robotfabrik.activities.catalogue import CATALOGUE
from robotfabrik.model.process import WORKBOOK
from tests.contract.examples_of_data import BOOK, EXAMPLES
from tests.support.engine import Application, only, read, run_steps, values

WORKBOOKS = [activity.name for activity in CATALOGUE.values() if activity.block == "use_excel_file"]


def found(folder: Path, name: str) -> dict[str, object]:
    """The cells of a workbook's first sheet."""
    sheet = load_workbook(folder / "files" / name).worksheets[0]
    return {cell.coordinate: cell.value for row in sheet.iter_rows() for cell in row if cell.value}


async def failure(folder: Path, steps: str) -> str:
    result = only(await run_steps(folder, steps))
    assert result.status == "failed", result
    return result.reason


# --- use_excel_file


def test_the_block_gives_the_workbook_to_all_activities_on_workbooks() -> None:
    module = CATALOGUE["read_range"].run.__module__
    assert [name for name, one in CATALOGUE.items() if one.run.__module__ == module] == WORKBOOKS
    assert {CATALOGUE[name].first for name in WORKBOOKS} == {"file"}


@pytest.mark.parametrize("name", WORKBOOKS)
async def test_inside_the_block_the_file_may_be_left_out(tmp_path: Path, name: str) -> None:
    written = EXAMPLES[name] if EXAMPLES[name] == BOOK else BOOK + EXAMPLES[name].removeprefix(BOOK)
    left_out = written.replace("file: b.xlsx, ", "").replace(f"{name}: b.xlsx", f"{name}: ")
    assert "b.xlsx" not in left_out
    steps = "- use_excel_file: b.xlsx\n  steps:\n" + indent(left_out, "    ")
    assert only(await run_steps(tmp_path, steps)).status == "successful"
    assert [path.name for path in (tmp_path / "files").iterdir()] == ["b.xlsx"]


async def test_the_innermost_block_counts_and_an_activitys_own_file_before_it(tmp_path: Path) -> None:
    steps = """
        - use_excel_file: outer.xlsx
          steps:
            - write_cell: {cell: A1, value: först}
            - use_excel_file: inner.xlsx
              steps:
                - write_cell: {cell: A1, value: inre}
                - write_cell: {file: own.xlsx, cell: A1, value: egen}
            - write_cell: {cell: A2, value: sist}
        """
    assert only(await run_steps(tmp_path, steps)).status == "successful"
    assert found(tmp_path, "outer.xlsx") == {"A1": "först", "A2": "sist"}
    assert found(tmp_path, "inner.xlsx") == {"A1": "inre"}
    assert found(tmp_path, "own.xlsx") == {"A1": "egen"}


async def test_the_name_is_worked_out_once(tmp_path: Path) -> None:
    steps = """
        - assign: {name: "'a'"}
        - use_excel_file: ${{ name }}.xlsx
          steps:
            - assign: {name: "'b'"}
            - write_cell: {cell: A1, value: "${{ name }}"}
        """
    assert await values(tmp_path, steps, "name") == {"name": "b"}
    assert found(tmp_path, "a.xlsx") == {"A1": "b"}


async def test_the_outer_workbook_counts_again_after_a_failure(tmp_path: Path) -> None:
    steps = """
        - use_excel_file: outer.xlsx
          steps:
            - try:
                - use_excel_file: inner.xlsx
                  steps: [throw: BE1]
              catch:
                BE1: [{write_cell: {cell: A1, value: fångad}}]
        """
    assert only(await run_steps(tmp_path, steps)).status == "successful"
    assert found(tmp_path, "outer.xlsx") == {"A1": "fångad"}


async def test_the_block_holds_in_loops_branches_and_effects_inside(tmp_path: Path) -> None:
    steps = """
        - use_excel_file: a.xlsx
          steps:
            - for_each: "[1, 2]"
              as: n
              steps:
                - if: n > 1
                  then: [{write_cell: {cell: "A${{ n }}", value: x}}]
            - type_into: {target: app.cases.open, text: "1"}
            - once: anteckning
              key: [item.reference]
              writes: note
              content: {text: hej}
              verify:
                - write_cell: {cell: B1, value: tittat}
                - {extract_table_data: app.journal.list, save_as: matches}
              do:
                - click: app.journal.new
                - write_cell: {cell: B2, value: skrivet}
                - type_into: {target: app.journal.text, text: hej}
                - click: app.journal.save
        """
    assert only(await run_steps(tmp_path, steps)).status == "successful"
    assert found(tmp_path, "a.xlsx") == {"A2": "x", "B1": "tittat", "B2": "skrivet"}


def test_no_step_can_set_what_the_block_keeps() -> None:
    assert not WORKBOOK.isidentifier()


async def test_a_block_that_is_left_out_gives_none(tmp_path: Path) -> None:
    steps = """
        - when: 1 == 2
          use_excel_file: a.xlsx
          steps: [{read_cell: {cell: A1}, save_as: x}]
        """
    assert await values(tmp_path, steps, "x") == {"x": None}


@pytest.mark.parametrize("step", ["use_excel_file", "for_each_file"])
async def test_a_name_that_is_none_is_said(tmp_path: Path, step: str) -> None:
    reason = await failure(tmp_path, f"- assign: {{a: none}}\n- {step}: ${{{{ a }}}}\n  steps: []")
    assert "AttributeError" not in reason
    assert "name" in reason


def test_what_only_the_block_asks_for_is_not_unused(tmp_path: Path) -> None:
    steps = """
        - assign: {a: "'a.xlsx'", folder: "'in'"}
        - use_excel_file: ${{ a }}
          steps: [{write_cell: {cell: A1, value: x}}]
        - for_each_file: ${{ folder }}
          steps: []
        """
    _, problems = read(tmp_path, steps)
    assert [p.message for p in problems if p.rule in ("unused-variable", "overwritten-value")] == []


# --- for_each_file


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """A project with a folder of files."""
    for name in ("in/b.pdf", "in/a.pdf", "in/c.txt", "in/deep/d.pdf", "in/.hidden.pdf"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x" * (name != "in/b.pdf"))
    return tmp_path


@pytest.mark.parametrize(("folder", "names"), [
    ("in", ["a.pdf", "b.pdf", "c.txt"]),
    ("{folder: in, pattern: '*.pdf'}", ["a.pdf", "b.pdf"]),
    ("{folder: in, pattern: '*.pdf', deep: true}", ["a.pdf", "b.pdf", "d.pdf"]),
    ("${{ 'i' + 'n' }}/deep", ["d.pdf"]),
])  # fmt: skip
async def test_the_files_of_a_folder(inbox: Path, folder: str, names: list[str]) -> None:
    steps = f"- {{for_each_file: {folder}, steps: [], collect: {{names: file.name}}}}"
    if folder.startswith("$"):
        steps = f"- for_each_file: {folder}\n  steps: []\n  collect: {{names: file.name}}"
    assert await values(inbox, steps, "names") == {"names": tuple(names)}


async def test_for_each_file_is_a_loop_like_for_each(inbox: Path) -> None:
    steps = """
        - for_each_file: {folder: in, deep: true}
          as: one
          where: one.size > 0
          index: n
          steps:
            - {when: one.extension == 'txt', continue: }
            - {when: n > 2, break: }
          collect: {found: one.path + text(n)}
        """
    assert await values(inbox, steps, "found") == {"found": ("in/a.pdf0",)}
    steps = "- {for_each_file: in, max_iterations: 2, steps: []}"
    assert "3 turns, at most 2 are allowed" in await failure(inbox, steps)


async def test_what_the_turns_do_to_the_folder_changes_no_later_turn(tmp_path: Path) -> None:
    steps = dedent("""
        - {write_text_file: {path: in/1.txt, text: a}}
        - {write_text_file: {path: in/2.txt, text: b}}
        - for_each_file: in
          steps:
            - copy_file: {source: "${{ file.path }}", destination: "in/x${{ file.name }}"}
            - delete_file: ${{ file.path }}
          collect: {names: file.name}
        """)
    assert await values(tmp_path, steps, "names") == {"names": ("1.txt", "2.txt")}
    left = sorted(path.name for path in (tmp_path / "files/in").iterdir())
    assert left == ["x1.txt", "x2.txt"]


async def test_a_folder_that_is_not_there_fails_at_the_step(tmp_path: Path) -> None:
    assert "there is no in (step at" in await failure(tmp_path, "- {for_each_file: in, steps: []}")
    steps = "- try: [{for_each_file: in, steps: []}]\n  catch: {system: [assign: {caught: true}]}"
    assert await values(tmp_path, steps, "caught", Application()) == {"caught": True}


async def test_every_workbook_of_a_folder(tmp_path: Path) -> None:
    steps = """
        - {write_cell: {file: in/a.xlsx, cell: B2, value: "${{ 3 }}"}}
        - {write_cell: {file: in/b.xlsx, cell: B2, value: "${{ 4 }}"}}
        - for_each_file: {folder: in, pattern: "*.xlsx"}
          steps:
            - use_excel_file: ${{ file.path }}
              steps:
                - {read_cell: {cell: B2, type: integer}, save_as: number}
          collect: {numbers: number}
        - assign: {total: sum(numbers)}
        """
    assert await values(tmp_path, steps, "total") == {"total": 7}
