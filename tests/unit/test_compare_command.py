"""`robotfabrik compare`: what a robot said beside what people decided, and when nothing may be compared."""

from __future__ import annotations

import json
import stat
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from robotfabrik.parsing.diagnostics import Collector
from robotfabrik.parsing.loader import Loader
from tests.support.small import call, work_in, write

BOT = """\
bot: 1
id: {id}
pdd: ../pdd/{id}.yaml
mode: live
environment: test
date: 2022-11-01
applications: {{}}
"""
HEAD = """\
pdd: 1
id: {id}
name: {id}
version: 0.1.0
authority: read
period: month
applications: {{}}
exceptions: {{BE1: {{kind: business, name: Uppgift saknas}}}}
reading: {{missing: BE1, unreadable: BE1}}
config: {{filen: {{type: text, value: "{id}.csv", description: Vilken fil som läses}}}}
"""
SAYS = HEAD.format(id="says") + """\
queue:
  item: {case: text, month: text, result: "bifall | avslag | manuell?", amount: money?, rule: "B | A1 | M4?"}
  reference: [item.case, item.month]
dispatch:
  - read_csv:
      file: ${{ config.filen }}
      columns:
        case: text
        month: text
        result: bifall | avslag | manuell?
        amount: money?
        rule: B | A1 | M4?
    save_as: rows
  - bulk_add_queue_items: rows
process:
  - {when: item.result is none, throw: BE1}
report:
  columns: {Ärende: item.case, Avser: item.month, Förslag: item.result, Belopp: item.amount, Regel: item.rule}
"""
COMPARE = """\
compare:
  with: decided
  key: [Ärende]
  month: Avser
  by: [Regel]
  fields: {Förslag: Resultat}
  amounts: {Belopp: Summa}
  left: [manuell]
  only: {Status: Gällande}
  show: [Beslut]
"""
DECIDED = HEAD.format(id="decided") + """\
queue:
  item: {number: text, case: text, month: text, result: text?, amount: money?, status: text}
  reference: [item.number, item.status]
  attempts: 1
dispatch:
  - read_csv:
      file: ${{ config.filen }}
      columns: {number: text, case: text, month: text, result: text?, amount: money?, status: text}
    save_as: rows
  - bulk_add_queue_items: rows
process:
  - {when: item.result is none, throw: BE1}
  - {when: item.amount == 13, name: Kan inte läsas, check_true: item.amount == 0}
report:
  columns:
    Beslut: item.number
    Ärende: item.case
    Avser: item.month
    Resultat: item.result
    Summa: item.amount
    Status: item.status
"""
SAID = """\
case,month,result,amount,rule
A1,2022-11,bifall,1000,B
A2,2022-11,bifall,2000,B
A3,2022-11,avslag,0,A1
A4,2022-11,manuell,,M4
A5,2022-11,manuell,,M4
A6,2022-11,bifall,600,B
A7,2022-11,,,
A8,2022-12,bifall,800,B
"""
RESULTS = """\
number,case,month,result,amount,status
B1,A1,2022-11,bifall,1000,Gällande
B2,A2,2022-11,bifall,2000,Avvisat
B3,A2,2022-11,bifall,2350,Gällande
B4,A3,2022-11,bifall,500.50,Gällande
B5,A4,2022-11,delavslag,300,Gällande
B6,A6,2022-11,bifall,600,Förslag
B7,A9,2022-11,bifall,900,Gällande
B8,A8,2022-12,bifall,1,Gällande
"""


@pytest.fixture
def command(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    root = tmp_path / "project"
    files = {
        "bots/says.yaml": BOT.format(id="says"), "pdd/says.yaml": SAYS + COMPARE, "says.csv": SAID,
        "bots/decided.yaml": BOT.format(id="decided"), "pdd/decided.yaml": DECIDED, "decided.csv": RESULTS,
    }  # fmt: skip
    write(root, files)
    work_in(root, monkeypatch)
    return partial(call, capsys)


def test_live_results_beside_what_people_decided(command: Any) -> None:
    assert command("run", "says", "--json")[0] == 0
    code, said, _ = command("compare", "says", "--month", "2022-11", "--json")
    found = json.loads(said)
    assert (code, found["of"], found["month"]) == (0, "live", "2022-11")
    assert found["agreement"] == [
        {"by": ["A1"], "compared": 1, "agreed": 0, "share": 0.0},
        {"by": ["B"], "compared": 2, "agreed": 1, "share": 0.5},
    ]
    assert found["amounts"] == {"Belopp": {"count": 2, "sum": "850.50", "largest": "500.50"}}
    assert found["left"] == [
        {"by": ["BE1"], "decided": None, "count": 1},
        {"by": ["M4"], "decided": ["delavslag"], "count": 1},
        {"by": ["M4"], "decided": None, "count": 1},
    ]
    assert (found["waiting_cases"], found["unseen_cases"]) == ([["A6"]], [["A9"]])
    assert found["disagreements"] == [
        {
            "key": ["A2"], "by": ["B"], "differs": ["Belopp"],
            "said": {"Förslag": "bifall", "Belopp": "2000"},
            "decided": {"Resultat": "bifall", "Summa": "2350", "Beslut": "B3"},
        },
        {
            "key": ["A3"], "by": ["A1"], "differs": ["Förslag", "Belopp"],
            "said": {"Förslag": "avslag", "Belopp": "0"},
            "decided": {"Resultat": "bifall", "Summa": "500.50", "Beslut": "B4"},
        },
    ]  # fmt: skip
    folder = Path(found["folder"])
    files = [folder / f"compare.{kind}" for kind in ("html", "xlsx", "json")]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert "A3" in files[0].read_text()
    cells = {cell.value for sheet in load_workbook(files[1]) for row in sheet.iter_rows() for cell in row}
    assert {"Alla skillnader", "A2"} <= cells
    assert "disagreements" not in (figures := json.loads(files[2].read_text()))
    assert figures.items() <= found.items()
    assert "A2" not in files[2].read_text()


def test_what_was_rehearsed_before_people_decided(command: Any) -> None:
    """The first rehearsal counts: a later one sees what people have done since."""
    assert command("run", "says", "--rehearse")[0] == 0
    Path("says.csv").write_text(SAID.replace("A1,2022-11,bifall,1000,B", "A1,2022-11,manuell,,M4"))
    assert command("run", "says", "--rehearse")[0] == 0
    code, said, _ = command("compare", "says", "--month", "2022-11")
    assert code == 0
    assert "says (rehearsed results) against decided, 2022-11:\n3 compared, 1 agree (33%), 2 differ" in said
    lines = [" ".join(line.split()) for line in said.splitlines()]
    assert "B 2 1 50%" in lines
    assert "Belopp: 2 differ, by 850.50 together, by 500.50 at most" in lines
    assert "M4 delavslag 1" in lines
    # Live results come before rehearsed ones, unless somebody asks for these.
    assert command("run", "says")[0] == 0
    of = [json.loads(command("compare", "says", *more, "--json")[1])["of"] for more in ((), ("--rehearsed",))]
    assert of == ["live", "rehearsal"]


def test_what_people_decided_is_read_anew_each_time(command: Any) -> None:
    assert command("run", "says")[0] == 0
    assert json.loads(command("compare", "says", "--json")[1])["waiting"] == 1
    Path("decided.csv").write_text(RESULTS.replace("600,Förslag", "600,Gällande"))
    found = json.loads(command("compare", "says", "--json")[1])
    assert (found["waiting"], found["compared"], found["agreed"]) == (0, 4, 2)
    # Another month has other cases, and is read as its last day when the bot's own day lies elsewhere.
    found = json.loads(command("compare", "says", "--month", "2022-12", "--json")[1])
    assert (found["compared"], found["amounts"]["Belopp"]["sum"]) == (1, "-799")
    assert "2022-12-31" in found["job"]


def test_half_a_reading_compares_nothing(command: Any) -> None:
    assert command("run", "says")[0] == 0
    Path("decided.csv").write_text(RESULTS.replace("B1,A1,2022-11,bifall,1000", "B1,A1,2022-11,bifall,13"))
    code, said, _ = command("compare", "says", "--json")
    assert (code, json.loads(said)["reading"]["failed"]) == (1, 1)
    code, said, _ = command("compare", "says")
    assert (code, "nothing is compared" in said) == (1, True)


def test_mistakes_are_said_in_one_line(command: Any) -> None:
    assert "its PDD has no `compare:`" in command("compare", "decided")[2]
    Path("pdd/says.yaml").write_text(SAYS + COMPARE.replace("Summa", "Suma"))
    code, _, errors = command("compare", "says")
    assert (code, "no such column. Did you mean 'Summa'" in errors) == (2, True)
    Path("pdd/says.yaml").write_text(SAYS + COMPARE.replace("with: decided", "with: decide"))
    assert "there is no bot 'decide'" in command("compare", "says")[2]


@pytest.mark.parametrize(
    ("old", "new", "rule", "says"),
    [
        ("by: [Regel]", "by: [Rgel]", "unknown-value", "unknown column: 'Rgel'"),
        ("  key: [Ärende]\n", "", "missing-key", "compare needs 'key:'"),
        ("key: [Ärende]", "key: []", "missing-value", "key: names no column"),
        ("by: [Regel]", "by: [Ärende]", "personal-analytics", "column 'Ärende' is text, which could hold"),
        ("  left:", "  lft:", "unknown-key", "unknown key in compare: 'lft'"),
    ],
)
def test_the_section_is_checked(tmp_path: Path, old: str, new: str, rule: str, says: str) -> None:
    path = tmp_path / "says.yaml"
    path.write_text(SAYS + COMPARE.replace(old, new))
    collector = Collector()
    Loader(collector.report).process(path)
    found = [(each.rule, each.message) for each in collector.diagnostics if each.severity == "error"]
    assert [(each, says in message) for each, message in found] == [(rule, True)]
