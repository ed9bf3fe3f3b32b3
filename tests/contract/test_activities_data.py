"""Activities on tables: what they give, that nothing is changed, and what the checker knows of the result."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from robotfabrik.model.errors import Diagnostic
from robotfabrik.parsing.loader import Loader
from tests.support.engine import define, only, run_steps, values

PEOPLE = """
    - build_data_table:
        columns: {name: text, unit: text, amount: money?}
        rows: [[Åsa, Norr, 100 kr], [Bo, Syd, "0,5"], [Örjan, Norr, 20], [Ann, Syd, ""]]
      save_as: people
"""


async def table(folder: Path, step: str, show: str = "found") -> Any:
    steps = f'{PEOPLE}\n    - {step}\n      save_as: found\n    - assign: {{shown: "{show}"}}'
    return (await values(folder, steps, "shown"))["shown"]


@pytest.mark.parametrize(
    ("step", "names"),
    [
        ("filter_data_table: {table: people, where: row.unit == 'Norr'}", ["Åsa", "Örjan"]),
        ("filter_data_table: {table: '${{ people }}', where: row.unit == 'Norr', mode: remove}",
         ["Bo", "Ann"]),
        ("sort_data_table: {table: people, by: name}", ["Ann", "Bo", "Åsa", "Örjan"]),
        ("sort_data_table: {table: people, by: amount}", ["Bo", "Örjan", "Åsa", "Ann"]),
        ("sort_data_table: {table: people, by: [unit, name], descending: true}",
         ["Bo", "Ann", "Örjan", "Åsa"]),
        ("remove_duplicate_rows: {table: people, by: unit}", ["Åsa", "Bo"]),
        ("remove_duplicate_rows: people + people", ["Åsa", "Bo", "Örjan", "Ann"]),
        ("add_data_row: {table: people, row: {name: Eva}}", ["Åsa", "Bo", "Örjan", "Ann", "Eva"]),
        ("merge_data_tables: {table: people, other: people}", ["Åsa", "Bo", "Örjan", "Ann"] * 2),
    ],
)  # fmt: skip
async def test_rows(tmp_path: Path, step: str, names: list[str]) -> None:
    assert await table(tmp_path, step, "[x.name for x in found]") == names


async def test_the_table_itself_stays(tmp_path: Path) -> None:
    step = "add_data_column: {table: people, column: amount, value: 'default(row.amount, 0) * 2'}"
    found = await table(tmp_path, step, "[[x.amount for x in people], [x.amount for x in found]]")
    before = [Decimal(100), Decimal("0.5"), Decimal(20), None]
    assert found == [before, [Decimal(200), Decimal("1.0"), Decimal(40), 0]]


async def test_groups(tmp_path: Path) -> None:
    values = "{number: len(rows), total: 'sum([default(r.amount, 0) for r in rows])'}"
    step = f"group_data_table: {{table: people, by: unit, values: {values}}}"
    found = await table(tmp_path, step, "[[x.unit, text(x.number), text(x.total)] for x in found]")
    assert found == [["Norr", "2", "120"], ["Syd", "2", "0,5"]]


UNITS = "[record(unit='Norr', head='Kim'), record(unit='Väst', head='Lo')]"


@pytest.mark.parametrize(
    ("kind", "pairs"),
    [
        ("inner", ["Åsa Kim", "Örjan Kim"]),
        ("left", ["Åsa Kim", "Bo -", "Örjan Kim", "Ann -"]),
        ("full", ["Åsa Kim", "Bo -", "Örjan Kim", "Ann -", "- Lo"]),
    ],
)
async def test_joins(tmp_path: Path, kind: str, pairs: list[str]) -> None:
    step = f'join_data_tables: {{table: people, other: "{UNITS}", on: unit, kind: {kind}}}'
    shown = "[default(x.name, '-') + ' ' + default(x.head, '-') for x in found]"
    assert await table(tmp_path, step, shown) == pairs


async def test_a_join_keeps_columns_of_one_name_apart(tmp_path: Path) -> None:
    other = "[record(who='Åsa', amount=7)]"
    step = f'join_data_tables: {{table: people, other: "{other}", on: name, on_other: who}}'
    assert await table(tmp_path, step, "[[x.amount, x.amount_other] for x in found]") == [[100, 7]]


async def test_a_lookup_gives_one_row_or_none(tmp_path: Path) -> None:
    step = "lookup_data_table: {table: people, column: name, value: Bo, result: amount}"
    assert await table(tmp_path, step, "found") == Decimal("0.5")
    step = "lookup_data_table: {table: people, column: name, value: Kim}"
    assert await table(tmp_path, step, "found is none") is True
    steps = f"{PEOPLE}\n    - lookup_data_table: {{table: people, column: unit, value: Syd}}"
    result = only(await run_steps(tmp_path, steps))
    assert (result.status, "2 rows have this value in 'unit'" in result.reason) == ("failed", True)


async def test_conditions_see_the_variables_around(tmp_path: Path) -> None:
    steps = f"""{PEOPLE}
    - for_each: "['Norr', 'Syd']"
      as: unit
      steps:
        - filter_data_table: {{table: people, where: row.unit == unit}}
          save_as: some
      collect: {{numbers: len(some)}}
    """
    assert (await values(tmp_path, steps, "numbers"))["numbers"] == (2, 2)


async def test_a_table_as_text(tmp_path: Path) -> None:
    text = await table(tmp_path, "output_data_table_as_text: people", "found")
    assert text == "name;unit;amount\nÅsa;Norr;100\nBo;Syd;0,5\nÖrjan;Norr;20\nAnn;Syd;\n"


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        ("- {filter_data_table: {table: '${{ t }}', where: row.b > 0}}", "no field 'b'"),
        ("- {sort_data_table: {table: '${{ t }}', by: b}}", "no column 'b'"),
        ("- {filter_data_table: {table: '${{ first([]) }}', where: row.b > 0}}", "this is no table"),
        ("- {output_data_table_as_text: {table: '${{ t }}', delimiter: ab}}", "one character"),
    ],
)
async def test_what_is_wrong_is_said_plainly(tmp_path: Path, steps: str, reason: str) -> None:
    before = "- {invoke_workflow: w, save_as: {t: t}}\n"
    workflow = "w: {outputs: {t: any}, steps: [assign: {t: '[record(a=1)]'}]}"
    result = only(await run_steps(tmp_path, before + steps, workflows=workflow))
    assert (result.status, reason in result.reason) == ("failed", True), result.reason


# --- what the checker says


def problems(folder: Path, steps: str) -> list[str]:
    define(folder, "- log_message: hej")
    text = (folder / "test.yaml").read_text(encoding="utf-8")
    start = text.index("process:")
    (folder / "test.yaml").write_text(text[:start] + "process:\n" + steps, encoding="utf-8")
    found: list[Diagnostic] = []
    Loader(found.append).process(folder / "test.yaml")
    lines = (folder / "test.yaml").read_text(encoding="utf-8").splitlines()
    errors = [p for p in found if p.severity == "error"]
    return [f"{p.message} @ {lines[p.span.line - 1][p.span.column - 1 :]}" for p in errors]


@pytest.mark.parametrize(
    ("step", "problem"),
    [
        ("filter_data_table: {table: people, where: row.nam == 'Bo'}",
         "record has no field 'nam' @ nam == 'Bo'}"),
        ("filter_data_table: {table: people, where: row.name}",
         "a condition must be true or false, not text @ row.name}"),
        ("filter_data_table: {table: people, where: rad.name == 'Bo'}",
         "'rad' is not defined @ rad.name == 'Bo'}"),
        ("filter_data_table: {table: people.name, where: true}", "table has no fields @ name, where: true}"),
        ("filter_data_table: {table: 1 + 1, where: true}",
         "argument 'table' of filter_data_table must be a table, not integer @ 1 + 1, where: true}"),
        ("sort_data_table: {table: people, by: [name, ammount]}",
         "the table has no column 'ammount' @ ammount]}"),
        ("add_data_row: {table: people, row: {name: Eva, amount: mycket}}",
         "column 'amount' must be money or none, not text @ mycket}}"),
        ("add_data_row: {table: people, row: {nam: Eva}}", "the table has no column 'nam' @ nam: Eva}}"),
        ("join_data_tables: {table: people, other: people, on: name, on_other: nama}",
         "the table has no column 'nama' @ nama}"),
        ("group_data_table: {table: people, by: unit, values: {n: 'sum([r.amont for r in rows])'}}",
         "record has no field 'amont' @ amont for r in rows])'}}"),
        ("build_data_table: {columns: {a: integer}, rows: [[1, 2]]}",
         "this row has 2 values, but there are 1 columns @ [1, 2]]}"),
        ("build_data_table: {columns: {a: integr}}", "the type of a: there is no type 'integr' @ integr}}"),
        ("build_data_table: {columns: {a: integer}, rows: [[ett]]}",
         "column a must be a number, such as 1 234 or 0,5, not 'ett' @ ett]]}"),
    ],
)  # fmt: skip
def test_problems_have_their_column(tmp_path: Path, step: str, problem: str) -> None:
    assert problems(tmp_path, f"{PEOPLE}\n    - {step}\n") == [problem]


@pytest.mark.parametrize(
    ("step", "type_"),
    [
        ("add_data_column: {table: people, column: year, value: job.date.year}", "found[0].year + 'x'"),
        ("add_data_column: {table: people, column: year, value: job.date.year}", "found[0].name + 1"),
        ("group_data_table: {table: people, by: unit, values: {n: len(rows)}}", "found[0].n + 'x'"),
        ("lookup_data_table: {table: people, column: name, value: Bo, result: amount}", "found + 'x'"),
        ("filter_data_table: {table: people, where: true}", "found[0].name + 1"),
        ("merge_data_tables: {table: people, other: people}", "found[0].name + 1"),
        ("join_data_tables: {table: people, other: '[record(name=1, age=2)]', on: name}",
         "found[0].age + 'x'"),
        ("build_data_table: {columns: {n: integer}}", "found[0].n + 'x'"),
        ("add_data_row: {table: people, row: {name: Bo}}", "found[0].name + 1"),
    ],
)  # fmt: skip
def test_the_result_has_its_type(tmp_path: Path, step: str, type_: str) -> None:
    """A wrong use of the result is found, so its type is known."""
    steps = f'{PEOPLE}\n    - {step}\n      save_as: found\n    - assign: {{x: "{type_}"}}\n'
    (found,) = problems(tmp_path, steps)
    assert found.startswith("'+' does not take")
