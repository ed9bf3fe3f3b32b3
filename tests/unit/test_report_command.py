"""`robotfabrik report`: figures without cases, what people tell for them, and mistakes in plain words."""

# ruff: noqa: F401, F811

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from robotfabrik.model.result import EffectResult, ItemResult
from robotfabrik.model.statistics import WRONG
from robotfabrik.model.work import Job, NewItem, Selection, Settlement, Space
from robotfabrik.store import SqlStore, open_store
from tests.unit.test_queue_commands import command
from tests.unit.test_run_command import project

FIRST = date(2022, 11, 1)
SECRET = "CANARY"


def worked(store: SqlStore, dataset: str = "default") -> None:
    """A job with a noted case and one left to a person, both full of what must not be told."""
    space = Space("test", dataset, "small")
    job = f"job-{dataset}"
    store.start_job(Job(job, "small", space, FIRST, "2022-11", "r1", "Small", SECRET, "o", "live"))
    ends: list[Any] = [("a", "successful", "noted"), ("b", "business", "listed")]
    for name, status, found in ends:
        store.add_item(space, NewItem(f"{SECRET}-{name}", f"{SECRET}-lock-{name}", {"n": SECRET}), job)
        item = store.claim(space, SECRET, job, 600, Selection(reference=f"{SECRET}-{name}"))
        assert item is not None
        store.progress(item, SECRET)
        exception, output = "BE1" if found == "listed" else None, {"columns": {"n": SECRET}}
        store.settle(
            item, Settlement(status, exception, SECRET, ("R.1",), output, found=found), FIRST
        )  # fmt: skip
    store.end_job(job, "successful", {})


def test_a_report_of_the_last_month_without_cases(command: Any, tmp_path: Path) -> None:
    assert command("report")[0] == 2  # there is no store yet
    with open_store(Path(".robotfabrik") / "store.db") as store:
        worked(store)
        worked(store, "other")
    activities = tmp_path / "activities.csv"
    activities.write_text(
        f"date,case_number,recipient,outcome\n2022-11-01,{SECRET}-lock-a,{SECRET},{WRONG}\n"
    )
    code, said, _ = command("report", "import-outcomes", str(activities), "--bot", "small")
    assert (code, said) == (0, "1 activities of small counted, of 2022-11\n")
    hours = ("report", "hours", "small", "--hours", "2.5", "--what", SECRET, "--date", "2022-11-03")
    assert command(*hours, "--by", SECRET)[:2] == (0, "2.5 hours on 2022-11-03 recorded for small\n")
    code, said, _ = command("report", "--to", "html", "--to", "xlsx", "--to", "json")
    assert code == 0
    paths = [Path(line) for line in said.splitlines()]
    assert [path.name for path in paths] == [f"statistik-2022-11.{kind}" for kind in ("html", "xlsx", "json")]
    book = load_workbook(paths[1])
    cells = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row]
    for told in (paths[0].read_text(), "\n".join(cells), paths[2].read_text()):
        assert SECRET not in told
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o600}
    figures = json.loads(command("report", "--month", "2022-11", "--dataset", "default", "--json")[1])
    (robot,) = figures["robots"]
    assert figures == {**json.loads(paths[2].read_text()), "robots": [robot]}
    assert robot["cases"]["flagged"] == {"part": 2, "whole": 2, "share": None}
    assert (robot["hours"], robot["months"][0]["month"]) == (2.5, "2022-11")
    assert robot["outcomes"][0] == {
        "rule": "", "outcomes": {WRONG: 1}, "right": {"part": 0, "whole": 1, "share": None},
    }  # fmt: skip


def test_what_a_run_did_is_in_the_report(command: Any) -> None:
    assert command("run", "small", "--date", "2022-11-01")[0] == 0
    assert command("run", "small", "--date", "2022-11-02", "--rehearse")[0] == 0
    (robot,) = json.loads(command("report", "--json")[1])["robots"]
    assert (robot["name"], robot["cases"]["clear"], robot["cases"]["all"]) == ("Provrobot", 3, 3)
    assert (robot["work"]["jobs"], robot["work"]["rehearsals"]) == (1, 1)
    assert robot["lead"]["count"] == 3


WRITTEN = (EffectResult("app.note", "written", {}),)


@pytest.mark.parametrize(
    ("status", "list", "effects", "found"),
    [
        ("successful", None, (), ""), ("successful", None, WRITTEN, "noted"),
        ("business", "manuell", (), "listed"), ("business", "manuell", WRITTEN, "listed"),
        ("business", None, (), ""), ("business", None, WRITTEN, "noted"), ("failed", None, WRITTEN, ""),
    ],
)  # fmt: skip
def test_what_an_item_s_end_says(status: Any, list: Any, effects: Any, found: str) -> None:
    assert ItemResult("r", status, list=list, effects=effects).found == found


def test_a_broken_bot_does_not_keep_the_figures_away(command: Any) -> None:
    with open_store(Path(".robotfabrik") / "store.db") as store:
        worked(store)
    Path("bots/small.yaml").write_text("bot: 1\n", encoding="utf-8")
    code, said, _ = command("report", "--to", "html", "--out", "here")
    assert (code, said) == (0, "here/statistik-2022-11.html\n")
    assert "Filen för small går inte att läsa" in Path("here/statistik-2022-11.html").read_text()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--bot", "smal"), "'small'"), (("--month", "november"), "no month"),
        (("--month", "2022-11", "--from", "2022-11-01"), "two periods"),
        (("--until", "2022-11-01"), "needs --from"),
        (("--from", "2022-11-02", "--until", "2022-11-01"), "before it begins"),
        (("hours", "small", "--hours", "0", "--what", "x"), "--hours is a number"),
        (("hours", "smal", "--hours", "1", "--what", "x"), "small"),
        (("hours", "small", "--hours", "1", "--what", " "), "--what is empty"),
        (("import-outcomes", "none.csv", "--bot", "small"), "none.csv"),
    ],
)  # fmt: skip
def test_wrong_usage_is_said_in_plain_words(command: Any, words: tuple[str, ...], says: str) -> None:
    with open_store(Path(".robotfabrik") / "store.db") as store:
        worked(store)
    code, _, errors = command("report", *words)
    assert code == 2
    assert says in errors


def test_a_month_without_runs_says_so(command: Any) -> None:
    with open_store(Path(".robotfabrik") / "store.db") as store:
        worked(store)
    (path,) = command("report", "--month", "2019-01", "--to", "html")[1].splitlines()
    assert "Inga körningar finns i perioden." in Path(path).read_text()
