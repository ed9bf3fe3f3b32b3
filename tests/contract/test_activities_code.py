"""invoke_code: functions of the project, typed by their annotations, checked without being imported."""

from __future__ import annotations

import contextlib
from decimal import Decimal
from pathlib import Path

import pytest

from robotfabrik.parsing.diagnostics import Collector, render
from robotfabrik.parsing.loader import Loader
from tests.support.engine import Application, columns, define, new_job, only, perform, run_steps

HEAD = """\
import asyncio, time
from datetime import date
from decimal import Decimal
from typing import Literal
from robotfabrik.code import Record, Throw, effect

"""
REST = """\
def premie(belopp: Decimal, dag: date | None = None, slag: Literal["hel", "halv"] = "hel") -> Decimal:
    return belopp * (2 if slag == "hel" else 1) + (dag.day if dag else 0)

async def senare(namn: str) -> str:
    await asyncio.sleep(0)
    return namn.upper()

def delar(namn: str) -> tuple[Record, ...]:
    return tuple(Record(del_=d, langd=len(d)) for d in namn.split())

def somnar() -> None:
    time.sleep(30)

def kastar(id: str) -> None:
    raise Throw(id, "så här är det")

def brister() -> int:
    return 1 // 0

def ljuger() -> int:
    return 1.5

def gommer() -> Record:
    return Record(a=[1])

@effect("write")
def skickar(text: str) -> None:
    with open(text, "a") as file:
        file.write("x")
"""


ONCE = {
    "queue": "{item: {a: text}, reference: [item.a], attempts: 1}",
    "dispatch": "- add_queue_item: {a: x}",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "kod.py").write_text(HEAD + REST, encoding="utf-8")
    return tmp_path


async def test_values_go_in_and_out_as_they_are(folder: Path) -> None:
    steps = """
        - {invoke_code: kod.py:premie, with: {belopp: "${{ 2.5 }}", dag: 2022-11-03}, save_as: a}
        - {invoke_code: kod.py:premie, with: {belopp: 10, slag: halv}, save_as: b}
        - {invoke_code: kod.py:senare, with: {namn: åsa}, save_as: c}
        - {invoke_code: kod.py:delar, with: {namn: Åsa Ek}, save_as: delar}
        - assign: {d: "[d.langd for d in delar]"}
        """
    found = columns(await run_steps(folder, steps, "a b c d"))
    assert found == {"a": Decimal("8.0"), "b": Decimal(10), "c": "ÅSA", "d": [3, 2]}


@pytest.mark.parametrize(
    ("step", "status", "said"),
    [
        ("{invoke_code: kod.py:kastar, with: {id: BE1}}", "business", "så här är det"),
        ("{invoke_code: kod.py:brister}", "failed", "ZeroDivisionError"),
        ("{invoke_code: kod.py:ljuger}", "failed", "must be integer, not of Python's type float"),
        (
            "{invoke_code: kod.py:gommer}",
            "failed",
            "'a' in the result of kod.py:gommer is of Python's type list",
        ),
        ("{invoke_code: kod.py:somnar, timeout: 50ms}", "failed", "took longer than 0.05 s"),
    ],
)
async def test_what_goes_wrong_in_a_function_has_a_name(
    folder: Path, step: str, status: str, said: str
) -> None:
    result = only(await run_steps(folder, f"- {step}\n", **ONCE))
    assert (result.status, said in result.reason) == (status, True), result.reason


async def test_an_error_names_its_line(folder: Path) -> None:
    line = (HEAD + REST).splitlines().index("    return 1 // 0") + 1
    result = only(await run_steps(folder, "- invoke_code: kod.py:brister", **ONCE))
    assert f"kod.py:{line})" in result.reason


def said(folder: Path, steps: str, code: str = HEAD + REST) -> str:
    (folder / "kod.py").write_text(code, encoding="utf-8")
    with contextlib.suppress(AssertionError):
        define(folder, steps)
    found = Collector()
    Loader(found.report).process(folder / "test.yaml")
    return render([one for one in found.diagnostics if one.severity == "error"])


def test_a_writing_function_stands_inside_once(folder: Path) -> None:
    assert "invoke_code writes: it must stand inside 'once'" in said(
        folder, "- {invoke_code: kod.py:skickar, with: {text: a}}"
    )


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (
            "{invoke_code: kod.py:premi, with: {belopp: 1}}",
            "kod.py has no function 'premi'|Did you mean 'premie'?",
        ),
        ("{invoke_code: kd.py:premie}", "there is no file kd.py|Did you mean 'kod.py'?"),
        ("{invoke_code: kod.premie}", "'kod.premie' names no function of a file|write FILE.py:FUNCTION"),
        ("{invoke_code: /kod.py:premie}", "the file lies in the project"),
        ("{invoke_code: kod.py:premie}", "kod.py:premie needs input 'belopp' (number)"),
        ("{invoke_code: kod.py:premie, with: {belop: 1}}", "'belop'|Did you mean 'belopp'?"),
        ("{invoke_code: kod.py:premie, with: {belopp: hundra}}", "'hundra'"),
        ("{invoke_code: kod.py:premie, with: {belopp: 1, slag: hlv}}", "'hlv'|Did you mean 'halv'?"),
        ("{invoke_code: kod.py:premie, with: {belopp: '${{ job.date }}'}}", "must be number, not date"),
    ],
)
def test_a_call_is_held_against_the_function(folder: Path, step: str, expected: str) -> None:
    found = said(folder, f"- {step}")
    assert all(part in found for part in expected.split("|")), found


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (
            "def f(a: float) -> None: ...",
            "kod.py:1:10: error: 'float' is no type of the language|write Decimal",
        ),
        ("def f(å, b: str) -> None: ...", "kod.py:1:7: error: the argument 'å' of f has no type"),
        ("def f():\n    return 1", "kod.py:1:1: error: f does not say what it gives"),
        ("def f(*a: str) -> None: ...", "every argument has a name"),
        ("def f(a: strr) -> None: ...", "Did you mean 'str'?"),
        ("def f(a: str | int) -> None: ...", "a value has one type"),
        ("@effect('wrte')\ndef f() -> None: ...", "effect is read, local or write|Did you mean 'write'?"),
        ("def f() -> None:\n    raise Throw('BE9')", "unknown exception: 'BE9'|kod.py:2:17"),
        ("def f(:", "this is no Python"),
    ],
)
def test_a_function_is_held_against_the_language(folder: Path, code: str, expected: str) -> None:
    found = said(folder, "- invoke_code: kod.py:f", code)
    assert all(part in found for part in expected.split("|")), found


def test_checking_imports_nothing(folder: Path) -> None:
    code = "raise SystemExit\ndef f() -> None: ..."
    assert said(folder, "- invoke_code: kod.py:f", code) == ""


def test_the_code_is_part_of_the_release(folder: Path) -> None:
    first = define(folder, "- {invoke_code: kod.py:brister, save_as: x}").release
    (folder / "kod.py").write_text(HEAD + REST + "# other", encoding="utf-8")
    assert define(folder, "- {invoke_code: kod.py:brister, save_as: x}").release != first


async def test_a_rehearsal_calls_nothing_that_writes(folder: Path) -> None:
    file = folder / "skickat"
    steps = f"""
        - once: spara
          key: [item.reference]
          writes: note
          content: {{text: hej}}
          verify: [{{invoke_code: kod.py:sedda, with: {{fil: "{file}"}}, save_as: matches}}]
          do: [{{invoke_code: kod.py:skickar, with: {{text: "{file}"}}}}]
        """
    seen = """
def sedda(fil: str) -> tuple[Record, ...]:
    from pathlib import Path
    sent = Path(fil).read_text() if Path(fil).exists() else ""
    return tuple(Record(id=str(n), text="hej") for n, _ in enumerate(sent))
"""
    (folder / "kod.py").write_text(HEAD + REST + seen, encoding="utf-8")
    process = define(folder, steps)
    result = only(await perform(process, Application(), job=new_job(process, rehearsal=True)))
    assert (result.status, file.exists()) == ("successful", False)
    result = only(await perform(process, Application()))
    assert (result.status, file.read_text()) == ("successful", "x"), result.reason
