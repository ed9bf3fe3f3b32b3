"""`robotfabrik docs`: where it writes, and what it says when it cannot."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from robotfabrik.cli.main import main
from robotfabrik.sessions import browser
from tests.support.documents import BARE


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bare.yaml").write_text(BARE, encoding="utf-8")
    return tmp_path


@pytest.fixture
def no_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(configured: str | None = None) -> Iterator[Any]:
        yield from ()

    monkeypatch.setattr(browser, "candidates", none)


def test_the_default_name_says_the_robot_and_for_whom(bare: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["docs", "bare.yaml", "--to", "md"]) == 0
    assert main(["docs", "bare.yaml", "--for", "public"]) == 0
    assert capsys.readouterr().out.split() == ["bare.md", "bare-public.html"]
    assert (bare / "bare.md").read_text("utf-8").startswith("# Prov\n")
    assert "<title>Prov" in (bare / "bare-public.html").read_text("utf-8")


def test_an_existing_file_is_written_anew_and_folders_are_made(bare: Path) -> None:
    for language, title in (("sv", "Processbeskrivning"), ("en", "Process definition document")):
        assert main(["docs", "bare.yaml", "--to", "md", "--lang", language, "--out", "a/b.md"]) == 0
        assert title in (bare / "a" / "b.md").read_text("utf-8")


def test_a_wrong_pdd_is_told_at_its_place(bare: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (bare / "bare.yaml").write_text(BARE.replace("delay", "dealy"), encoding="utf-8")
    assert main(["docs", "bare.yaml"]) == 2
    told = capsys.readouterr().err
    assert "bare.yaml:7:5: error: unknown activity: 'dealy'" in told
    assert not (bare / "bare.html").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["none.yaml"], "there is no file 'none.yaml'"),
        (["bare.yaml", "--out", "."], "'.' is a folder: --out names the file to write"),
        (["bare.yaml", "--out", "bare.yaml/x.html"], "bare.yaml: "),
    ],
)
def test_what_cannot_be_done_is_one_plain_line(
    arguments: list[str], told: str, bare: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["docs", *arguments]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"robotfabrik: {told}")
    assert said.count("\n") == 1


def test_pdf_without_a_browser_says_what_helps(
    bare: Path, no_browser: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["docs", "bare.yaml", "--to", "pdf"]) == 2
    assert "no browser was found: install" in capsys.readouterr().err
    assert not (bare / "bare.pdf").exists()


def test_word_without_a_browser_is_written_and_says_what_differs(
    bare: Path, no_browser: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["docs", "bare.yaml", "--to", "docx"]) == 0
    assert "the flow charts stand as lists, since no browser was found" in capsys.readouterr().err
    assert (bare / "bare.docx").read_bytes()[:2] == b"PK"
