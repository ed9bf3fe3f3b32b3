"""`robotfabrik audit`, `retain`, `backup` and `restore` as a person calls them."""

from __future__ import annotations

import json
import sqlite3
from datetime import date
from pathlib import Path

import pytest

from robotfabrik.cli.main import main
from robotfabrik.model.audit import Entry
from robotfabrik.store import open_store
from tests.support.small import BOT, call, pdd, work_in, write

PRIVATE = "20220101-1234"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose bot has run once."""
    files = {"pdd/small.yaml": pdd(["A1"]), "bots/small.yaml": f"{BOT}retention: {{items: 1d}}\n"}
    write(tmp_path, files)
    work_in(tmp_path, monkeypatch)
    monkeypatch.setenv("USER", "olle")
    monkeypatch.setenv("LOGNAME", "olle")
    assert main(["run", "small", "--date", "2022-11-01", "--json"]) == 0
    return tmp_path


def store(project: Path) -> Path:
    return project / ".robotfabrik" / "store.db"


def test_an_untouched_store_is_intact_and_a_changed_byte_is_named(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(capsys, "audit", "verify") == (0, "The audit is intact: 4 rows.\n", "")
    with sqlite3.connect(store(project)) as raw:
        raw.execute("UPDATE audit SET subject = replace(subject, 'small', 'smalk') WHERE seq = 2")
    raw.close()
    code, out, _ = call(capsys, "audit", "verify")
    assert (code, out) == (1, "row 2 was changed\nThe audit is not intact: 1 finding.\n")
    code, out, _ = call(capsys, "audit", "verify", "--json")
    assert (code, json.loads(out)) == (
        1, {"intact": False, "rows": 4, "findings": [{"row": 2, "message": "row 2 was changed"}]},
    )  # fmt: skip


def test_rows_are_listed_without_what_is_personal(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with open_store(store(project)) as opened:
        seq = opened.audit(Entry("test.done", "something", "Eva", "small", content={"note": PRIVATE}))
    code, out, _ = call(capsys, "audit", "list", "--bot", "small")
    assert (code, len(out.splitlines())) == (0, 4)
    assert PRIVATE not in out
    code, out, _ = call(capsys, "audit", "list", "--action", "job", "--person", "olle", "--json")
    (row,) = json.loads(out)["rows"]
    assert (row["action"], row["bot"], row["by"], row["detail"]["mode"]) == (
        "job.started", "small", "olle", "live",
    )  # fmt: skip
    assert call(capsys, "audit", "list", "--since", "2999-01-01")[1] == ""
    code, out, _ = call(capsys, "audit", "show", str(seq), "--by", "Åsa")
    assert code == 0
    assert PRIVATE in out
    last = call(capsys, "audit", "list")[1].splitlines()[-1]
    assert "content.opened" in last
    assert "by Åsa" in last
    assert call(capsys, "audit", "show", "99")[2] == "robotfabrik: the audit has no row 99\n"
    assert "--by is empty" in call(capsys, "audit", "show", "1", "--by", " ")[2]


def test_whoever_asks_for_evidence_is_told(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder,) = (project / ".robotfabrik" / "runs").iterdir()
    code, _, errors = call(capsys, "audit", "evidence", folder.name)
    assert (code, "no evidence" in errors) == (2, True)
    assert call(capsys, "audit", "evidence", "*")[0] == 2
    picture = folder / "evidence" / "1-1-portal.png"
    picture.write_bytes(b"x")
    assert call(capsys, "audit", "evidence", folder.name, "--by", "Eva")[:2] == (0, f"{picture}\n")
    (line,) = call(capsys, "audit", "list", "--action", "evidence", "--bot", "small")[1].splitlines()
    assert line.endswith(f"evidence.opened    {folder.name}  by Eva  files=1")


def test_heads_are_kept_each_day_and_looked_at(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = project / "heads.txt"
    assert "--export needs a file" in call(capsys, "audit", "head", "--export")[2]
    monkeypatch.setenv("ROBOTFABRIK_AUDIT_HEADS", str(file))
    for _ in range(2):
        assert call(capsys, "run", "small", "--date", "2022-11-01", "--json")[0] == 0
    (line,) = file.read_text().splitlines()  # the day's first job kept it
    assert line.startswith(f"{date.today()} 6 ")
    code, out, _ = call(capsys, "audit", "head", "--export")
    assert (code, out.split()[0]) == (0, "8")
    assert len(file.read_text().splitlines()) == 2
    assert call(capsys, "audit", "verify")[1] == f"The audit is intact: 8 rows, and agrees with {file}.\n"
    with sqlite3.connect(store(project)) as raw:
        raw.execute("DELETE FROM audit WHERE seq > 7")
    raw.close()
    code, out, _ = call(capsys, "audit", "verify")
    assert code == 1
    assert "row 8, the last one on" in out
    code, out, _ = call(capsys, "audit", "head", "--export", str(file))
    assert (code, len(file.read_text().splitlines())) == (1, 2)
    assert call(capsys, "audit", "verify", "--heads", "nowhere.txt")[0] == 2


def test_looking_makes_no_store(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in store(project).parent.glob("store.db*"):
        path.unlink()
    for command in (["audit", "verify"], ["audit", "list"], ["retain"], ["backup", "copy"]):
        code, _, errors = call(capsys, *command)
        assert (code, "there is no store yet" in errors) == (2, True)
    assert not store(project).exists()


def test_retain_says_what_it_deletes_and_what_nobody_has_decided(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with sqlite3.connect(store(project)) as raw:
        raw.execute("UPDATE items SET settled_at = settled_at - 200000, reason = 'x'")
    raw.close()
    expected = [
        "small",
        "  evidence  0 pictures and page texts, older than 30 days, {}",
        "  runs      kept: the bot's retention: says nothing of runs:",
        "  items     1 items' fields, results and reasons, older than 1 day, {}",
        "  audit     kept: the bot's retention: says nothing of audit:",
    ]
    code, out, _ = call(capsys, "retain", "--dry-run")
    assert (code, out.splitlines()) == (0, [line.format("would be deleted") for line in expected])
    code, out, _ = call(capsys, "retain", "small", "--by", "Eva")
    assert out.splitlines() == [line.format("deleted") for line in expected]
    code, out, _ = call(capsys, "retain", "--json")
    assert json.loads(out)["bots"][0]["deleted"]["items"] == 0
    assert "retention.applied" in call(capsys, "audit", "list", "--person", "Eva")[1]


def test_a_backup_and_back_again(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = project / "copy.db"
    assert call(capsys, "backup", str(file)) == (0, f"The store was copied to {file}.\n", "")
    assert "already" in call(capsys, "backup", str(file))[2]
    code, out, _ = call(capsys, "restore", str(file), "--by", "Eva")
    assert code == 0
    assert "row 4 of the audit" in out
    assert "Rehearse each bot first" in out
    assert call(capsys, "audit", "verify")[0] == 0
    code, _, errors = call(capsys, "restore", "bots/small.yaml")
    assert (code, "is no backup of a store" in errors) == (2, True)
