"""The JSON Schema for editors: it is valid, takes what is right, refuses slips, knows every key."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from robotfabrik.activities.catalogue import CATALOGUE
from robotfabrik.authoring import schema as schemas
from robotfabrik.authoring.sections import KEYS, KINDS
from robotfabrik.cli.main import main
from robotfabrik.parsing.document import DATA_PROTECTION, DOCUMENT
from robotfabrik.parsing.steps import BLOCK_KEYS, COMMON

ROOT = Path(__file__).resolve().parents[2]
WHOLE = schemas.schema()
EVERYTHING = Draft202012Validator(WHOLE)


class Editor(yaml.CSafeLoader):
    """Reads YAML as editors do (YAML 1.2): no dates, and no is a text."""


Editor.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":timestamp", ":bool"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Editor.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), list("tf"))


def read(text: str) -> Any:
    return yaml.load(text, Editor)


def complaints(definition: Any, validator: Draft202012Validator = EVERYTHING) -> list[str]:
    return [f"{list(error.absolute_path)}: {error.message}" for error in validator.iter_errors(definition)]


SHIPPED = [
    *sorted((ROOT / "pdd").rglob("*.yaml")), *sorted((ROOT / "bots").glob("*.yaml")), ROOT / "schedule.yaml",
    *sorted((ROOT / "src/robotfabrik/authoring/project").rglob("*.yaml")),
    ROOT / "tests/golden/definitions/small.yaml",
    ROOT / "tests/golden/definitions/objects/portal.yaml",
]  # fmt: skip


@pytest.mark.parametrize("kind", [None, *KINDS])
def test_the_schema_is_a_schema(kind: str | None) -> None:
    Draft202012Validator.check_schema(schemas.schema(kind))


def test_the_command_prints_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out) == WHOLE
    assert main(["schema", "bot"]) == 0
    assert json.loads(capsys.readouterr().out)["$ref"] == "#/$defs/bot"


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_what_is_shipped_is_right(path: Path) -> None:
    definition = read(path.read_text(encoding="utf-8"))
    assert complaints(definition) == []
    own = Draft202012Validator(schemas.schema(next(iter(definition))))
    assert complaints(definition, own) == []


PDD = read("""
pdd: 1
id: orders
name: Beställningsrobot
version: 1.0.0
authority: note
process:
  - click: orders.list.go
    timeout: 5s
  - if: number > 3
    then:
      - throw: BE1
""")


def test_the_small_pdd_is_right() -> None:
    assert complaints(PDD) == []


TABLES = read("""
- build_data_table:
    columns: {number: text, amount: {header: Belopp, as: money?, private: ja}}
    rows: [[B1, 5], [B2, ""]]
- build_data_table: {columns: {number: text}}
- add_data_row: {table: rows, row: {number: B1, amount: }}
- filter_data_table: {table: "${{ rows }}", where: row.amount > 100, mode: remove}
- group_data_table: {table: rows, by: [number, unit], values: {total: "sum([r.amount for r in rows])"}}
- remove_duplicate_rows: rows
""")


@pytest.mark.parametrize("step", TABLES, ids=lambda step: next(iter(step)))
def test_steps_on_tables_are_right(step: Any) -> None:
    assert complaints({**PDD, "process": [step]}) == []


FILES = read("""
- use_excel_file: orders.xlsx
  steps:
    - read_range:
    - read_range: other.xlsx
    - write_cell: {cell: A1, value: x}
- for_each_file: inbox
  steps: []
- for_each_file: {folder: inbox, pattern: "*.pdf", deep: true}
  as: invoice
  where: invoice.size > 0
  index: n
  max_iterations: 100
  steps: []
  collect: {names: invoice.name}
- for_each_file:
  steps: []
""")


@pytest.mark.parametrize("step", FILES)
def test_blocks_on_files_are_right(step: Any) -> None:
    assert complaints({**PDD, "process": [step]}) == []


SLIPS: dict[str, Any] = {
    "an unknown key": lambda d: d.update(aplications={}),
    "a missing key": lambda d: d.pop("authority"),
    "a wrong word": lambda d: d.update(authority="write"),
    "a text where a list stands": lambda d: d.update(process="click"),
    "no known kind": lambda d: d.pop("pdd"),
    "an unknown activity": lambda d: d["process"].append({"clik": "orders.list.go"}),
    "two activities": lambda d: d["process"].append({"click": "a.b", "delay": "2s"}),
    "no activity": lambda d: d["process"].append({"name": "Klicka"}),
    "a key of another block": lambda d: d["process"].append({"click": "a.b", "then": []}),
    "a duration without unit": lambda d: d["process"][0].update(timeout=5),
    "an unknown argument": lambda d: d["process"].append({"click": {"taget": "a.b"}}),
    "a missing argument": lambda d: d["process"].append({"type_into": {"target": "a.b"}}),
    "an unknown choice": lambda d: d["process"].append({"click": {"target": "a.b", "kind": "tripple"}}),
    "columns without their name": lambda d: d["process"].append({"build_data_table": {"number": "text"}}),
    "an unknown key of a column": lambda d: d["process"].append(
        {"build_data_table": {"columns": {"number": {"heder": "Nummer"}}}}
    ),
    "a row that is no list": lambda d: d["process"].append(
        {"build_data_table": {"columns": {"number": "text"}, "rows": ["B1"]}}
    ),
    "a condition that is a list": lambda d: d["process"].append(
        {"filter_data_table": {"table": "rows", "where": ["row.amount > 1"]}}
    ),
    "a workbook that is a list": lambda d: d["process"].append({"use_excel_file": ["a.xlsx"], "steps": []}),
    "a workbook and its sheet": lambda d: d["process"].append({"use_excel_file": "a.xlsx", "sheet": "b"}),
    "a wrong order of files": lambda d: d["process"].append(
        {"for_each_file": {"folder": "in", "order_by": "path"}, "steps": []}
    ),
    "if without then": lambda d: d["process"].append({"if": "1 == 1"}),
    "a loop without a name": lambda d: d["process"].append({"for_each": "item.rows", "steps": []}),
    "a loop without an end": lambda d: d["process"].append({"while": "1 == 1", "steps": []}),
    "an effect without a key": lambda d: d["process"].append({"once": "orders.note"}),
    "try alone": lambda d: d["process"].append({"try": [{"click": "a.b"}]}),
    "a slip in a branch": lambda d: d["process"][1]["then"].append({"throw": "BE1", "wen": "x"}),
    "a rule without a table": lambda d: d.update(rules={"BR1": {"name": "a", "inputs": {}, "outputs": {}}}),
    "an exception of no kind": lambda d: d.update(exceptions={"BE1": {"name": "a"}}),
    "a queue without a reference": lambda d: d.update(queue={"item": {"a": "text"}}),
    "a test of nothing": lambda d: d.update(tests=[{"name": "a"}]),
    "a wrong status": lambda d: d.update(tests=[{"name": "a", "expect": {"status": "ok"}}]),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_refused(slip: str) -> None:
    wrong = copy.deepcopy(PDD)
    SLIPS[slip](wrong)
    assert complaints(wrong) != []


@pytest.mark.parametrize(
    "text",
    [
        "objects: 1\nid: a\nscreens: {s: {e: {lable: x}}}",
        "objects: 1\nid: a\nscreens: {s: {e: {role: buton}}}",
        "objects: 1\nid: a\nscreens: {s: {t: {table: {role: table}, columns: {a: {as: text}}}}}",
        "objects: 1\nid: a\nscreens: {}\nworkflows: {w: {steps: [{clik: a}]}}",
        "objects: 1\nid: a\nscreens: {}\nworkflows: {e: {writes: note, do: []}}",
        "bot: 1\nid: a\npdd: a.yaml",
        "bot: 1\nid: a\npdd: a.yaml\napplications: {}\nmode: liv",
        "bot: 1\nid: a\npdd: a.yaml\napplications: {a: {adress: x}}",
        "schedule: 2",
    ],
)
def test_slips_in_other_kinds_are_refused(text: str) -> None:
    assert complaints(read(text)) != []


# --- nothing is left out


def test_every_section_and_key_is_described() -> None:
    """A key that the parser takes and nobody has described, in shape and in words, is named here."""
    shapes = {**schemas.SHAPES, "document": DOCUMENT, "data_protection": DATA_PROTECTION}
    assert set(KEYS) == set(shapes)
    assert [f"{name}.{key}" for name, keys in KEYS.items() for key in keys if key not in shapes[name]] == []
    definitions = {**WHOLE["$defs"], "step": None}
    for name in KEYS:
        if name != "step":
            parts = definitions[name]["properties"]
            assert [key for key in KEYS[name] if "description" not in parts.get(key, {})] == [], name


def test_every_block_key_and_activity_is_known() -> None:
    parts = WHOLE["$defs"]["step"]["properties"]
    keys = [*COMMON, *BLOCK_KEYS, *(key for keys in BLOCK_KEYS.values() for key in keys)]
    assert [key for key in keys if key not in COMMON and key not in schemas.BLOCK_SHAPES] == []
    assert [key for key in (*keys, *CATALOGUE) if not parts.get(key, {}).get("description")] == []


def test_an_activity_shows_its_parameters() -> None:
    click = WHOLE["$defs"]["step"]["properties"]["click"]
    named = next(shape for shape in click["anyOf"] if shape.get("type") == "object")
    assert set(CATALOGUE["click"].parameters) <= set(named["properties"])
    assert named["properties"]["kind"]["description"]
