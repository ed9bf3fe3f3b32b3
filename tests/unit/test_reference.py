"""The reference: nothing is left out, every example is right, and the pages are what the docstrings say."""

from __future__ import annotations

from pathlib import Path

import pytest

from robotfabrik.activities.catalogue import CATALOGUE
from robotfabrik.authoring import blocks as words
from robotfabrik.authoring import entries, examples
from robotfabrik.authoring.docs import parse_doc
from robotfabrik.authoring.pages import MADE, as_text, pages, result_of
from robotfabrik.authoring.sections import KEYS, SECTIONS
from robotfabrik.authoring.words_types import TYPES
from robotfabrik.cli.main import main
from robotfabrik.expressions import FILTERS, FUNCTIONS
from robotfabrik.model.types import SCALARS
from robotfabrik.parsing.steps import BLOCK_KEYS
from tests.support.reference import problems, with_steps

ROOT = Path(__file__).resolve().parents[2]
ACTIVITIES, BLOCKS = entries.activities(), entries.blocks()[1:]
SECTION_ENTRIES, CALLS = entries.sections(), entries.functions()


def by_name(entry: entries.Entry) -> str:
    return f"{entry.kind} {entry.name}"


# --- nothing is left out


def test_every_control_step_is_described() -> None:
    assert list(words.BLOCKS) == list(BLOCK_KEYS)


def test_every_section_is_described() -> None:
    assert set(SECTIONS) == set(KEYS)


def test_every_type_is_described() -> None:
    assert {*SCALARS, "any", "list", "table", "record", "enumeration"} == set(TYPES)


@pytest.mark.parametrize("entry", [*entries.blocks(), *ACTIVITIES, *SECTION_ENTRIES], ids=by_name)
def test_every_parameter_and_key_is_explained(entry: entries.Entry) -> None:
    assert entry.doc.summary.endswith((".", "?"))
    assert [argument.name for argument in entry.arguments if not argument.meaning] == []
    known = {argument.name for argument in entry.arguments}
    assert set(entry.doc.meanings) <= known


def test_no_example_is_for_something_that_is_gone() -> None:
    assert set(examples.ACTIVITIES) <= set(CATALOGUE)
    assert set(examples.FUNCTIONS) <= {*FUNCTIONS, *(f"|{name}" for name in FILTERS)}


# --- the examples


@pytest.mark.parametrize("entry", [*ACTIVITIES, *BLOCKS], ids=by_name)
def test_the_example_of_a_step_is_right(entry: entries.Entry, tmp_path: Path) -> None:
    """Write an `Example:` into the docstring when the one made from the parameters' types is wrong."""
    assert entry.name in entry.example
    writing = entry.name in CATALOGUE and CATALOGUE[entry.name].effect in ("send", "write")
    assert problems(tmp_path, with_steps(entry.example, writing=writing)) == ""


def test_the_example_of_the_keys_of_every_step_is_right(tmp_path: Path) -> None:
    assert problems(tmp_path, with_steps(examples._as_step(entries.blocks()[0].example))) == ""


@pytest.mark.parametrize("entry", SECTION_ENTRIES, ids=by_name)
def test_the_example_of_a_section_is_right(entry: entries.Entry, tmp_path: Path) -> None:
    assert entry.example
    assert problems(tmp_path, entry.example) == ""


@pytest.mark.parametrize("entry", CALLS, ids=by_name)
def test_the_example_of_a_function_gives_something(entry: entries.Entry) -> None:
    assert entry.name in entry.example
    assert result_of(entry.example) is not None or entry.name == "last_completed"


def test_an_example_is_made_from_the_types_when_nobody_has_written_one(tmp_path: Path) -> None:
    for name in (
        "click",
        "type_into",
        "read_form",
        "extract_table_data",
        "delay",
        "log_message",
        "check_true",
    ):
        made = examples._made(CATALOGUE[name])
        assert problems(tmp_path, with_steps(made)) == "", made


# --- the form of a docstring


def test_a_docstring_is_taken_apart() -> None:
    doc = parse_doc(
        "Click an element, once\nit can be clicked.\n\nMore: about it.\n\n"
        "target: the element,\n    whatever it is.\nkind: single.\n\nExample:\n    click: a.b\n      c: d\n",
        ("target", "kind"),
    )
    assert doc.summary == "Click an element, once it can be clicked."
    assert doc.details == "More: about it."
    assert doc.meanings == {"target": "the element, whatever it is.", "kind": "single."}
    assert doc.example == "click: a.b\n  c: d"


# --- the pages and the command


def test_the_pages_are_what_the_docstrings_say() -> None:
    """Run `make reference` after a change."""
    folder = ROOT / "docs" / "reference"
    made = [path.name for path in folder.glob("*.md") if path.read_text(encoding="utf-8").startswith(MADE)]
    assert sorted(made) == sorted(pages())
    for name, text in pages().items():
        assert (folder / name).read_text(encoding="utf-8") == text, f"{name}: run make reference"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("click", ["target (element)", "kind (single | double | right, default single)", "Effect: read"]),
        ("extract_table_data", ["Result: typed by", "- extract_table_data: orders.list.orders"]),
        ("filter_data_table", ["where (condition on row)", "Result: typed by", "where: row.amount > 100}"]),
        ("path_exists", ["kind (any | file | folder, default any)"]),
        ("if", ["else_if: more conditions", "(control step)"]),
        ("once", ["(control step)", "key: what the effect is known by"]),
        ("kr", ["(filter)", "= 1 234,50 kr"]),
        ("join", ["(function)", "(filter)"]),
        ("queue", ["(section)", "reference (needed): expressions"]),
        ("else_if", ["if  (control step)"]),
        ("if_missing", ["keys of every step"]),
    ],
)
def test_help_explains(name: str, says: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help", name]) == 0
    said = capsys.readouterr().out
    assert [part for part in says if part not in said] == []


def test_help_lists_everything(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help"]) == 0
    said = capsys.readouterr().out
    assert [entry.title for entry in entries.everything() if f"\n  {entry.title}\n" not in said] == []


@pytest.mark.parametrize(("wrong", "right"), [("clik", "click"), ("onec", "once"), ("quue", "queue")])
def test_help_knows_what_was_meant(wrong: str, right: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help", wrong]) == 2
    assert f"Did you mean '{right}'?" in capsys.readouterr().err


def test_an_entry_fits_a_terminal() -> None:
    for entry in entries.everything():
        assert as_text(entry).strip()
