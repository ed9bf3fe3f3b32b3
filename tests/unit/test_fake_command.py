"""Starting the fake, its state over restarts, and the export."""

from __future__ import annotations

import csv
import hashlib
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.fake import ROOT, running_fake
from tests.support.fake_data import write
from tests.support.fake_http import logged_in


@pytest.fixture
def town(tmp_path: Path) -> Path:
    return write(tmp_path / "town")


def command(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "fake_procapita", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
    )


def refused(*words: str) -> str:
    result = command(*words)
    assert result.returncode == 2
    assert "Traceback" not in result.stderr
    return result.stderr


def test_a_wrong_start_says_what_is_wrong(town: Path, tmp_path: Path) -> None:
    start = ("--port", "0", "--data")
    assert "is no folder" in refused(*start, str(tmp_path / "nowhere"), "--today", "2022-11-01")
    assert "municipality.json is missing" in refused(*start, str(tmp_path), "--today", "2022-11-01")
    assert "'2022-13-01' is no date" in refused(*start, str(town), "--today", "2022-13-01")
    assert "unknown profile sloow" in refused(*start, str(town), "--today", "2022-11-01", "--chaos", "sloow")
    assert "kir-down" in refused(*start, str(town), "--today", "2022-11-01", "--chaos", "sloow")


def test_a_missing_or_broken_file_is_named(town: Path) -> None:
    (town / "members.csv").unlink()
    assert "members.csv" in refused("--port", "0", "--data", str(town), "--today", "2022-11-01")
    (town / "municipality.json").write_text("{", "utf-8")
    assert "municipality.json" in refused("--port", "0", "--data", str(town), "--today", "2022-11-01")


def test_a_busy_port_is_told(town: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert f"cannot listen on 127.0.0.1:{port}" in refused(
            "--port", port, "--data", str(town), "--today", "2022-11-01"
        )


def test_the_data_is_never_changed(town: Path) -> None:
    def digest() -> dict[str, str]:
        return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in town.iterdir() if p.is_file()}

    before = digest()
    with running_fake(town, "2022-11-01", fresh=False) as fake, logged_in(fake.url) as browser:
        assert "Anteckningen är sparad." in browser.write_note().text
    assert digest() == before
    assert {p.name for p in town.iterdir()} - before.keys() == {".state"}


def test_the_journal_goes_on_under_a_later_date_even_after_a_crash(town: Path) -> None:
    with running_fake(town, "2022-11-01", fresh=False) as fake:
        with logged_in(fake.url) as browser:
            browser.write_note(rubrik="Första")
        fake.kill()
        fake.restart(today="2022-12-01")
        with logged_in(fake.url) as browser:
            assert "2022-12-01" in browser.page.text
            browser.write_note(rubrik="Andra")
        assert [(n["date"], n["rubrik"]) for n in fake.export_notes()] == [
            ("2022-11-01", "Första"),
            ("2022-12-01", "Andra"),
        ]
        fake.restart(fresh=True)
        assert fake.export_notes() == []


def test_changed_data_is_not_mixed_in(town: Path) -> None:
    with running_fake(town, "2022-11-01", fresh=False):
        pass
    with (town / "notes.csv").open("a", encoding="utf-8") as file:
        file.write("N000009,EB-2020-00001,2022-04-03,10:00,Övrigt,R,T,anna.berg,S,Låst\n")
    assert "--fresh" in refused("--port", "0", "--data", str(town), "--today", "2022-11-01")
    with running_fake(town, "2022-11-01") as fake:
        assert len(fake.export_notes(everything=True)) == 4


def test_export_holds_what_was_written(town: Path, tmp_path: Path) -> None:
    out = tmp_path / "notes.csv"
    assert "has no state" in refused("export", "notes", "--data", str(town), "--out", str(out))
    with running_fake(town, "2022-11-01", fresh=False) as fake, logged_in(fake.url) as browser:
        browser.write_note(text='Åäö "citat", komma\r\n\r\n  indraget ', notify="ja", signature="Signatur.")
        assert command("export", "notes", "--data", str(town), "--out", str(out)).returncode == 0
        with out.open(encoding="utf-8", newline="") as file:
            assert list(csv.DictReader(file)) == [
                {
                    "case_number": "EB-2020-00001",
                    "date": "2022-11-01",
                    "type": "Kontroll",
                    "rubrik": "Kontroll i KIR",
                    "text": 'Åäö "citat", komma\n\n  indraget ',
                    "signature": "Signatur.",
                    "notified": "ja",
                }
            ]
        assert (
            command("export", "activities", "--data", str(town), "--out", str(out), "--all").returncode == 0
        )
        with out.open(encoding="utf-8", newline="") as file:
            assert [row["type"] for row in csv.DictReader(file)] == ["Bokning", "Journalanteckning"]
