"""Which browser is taken, and what is said when there is none."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from playwright.async_api import Error

from robotfabrik.model.errors import UsageError
from robotfabrik.sessions import browser
from robotfabrik.sessions.browser import find_browser, need_display, report
from robotfabrik.sessions.failures import why_not_started

pytestmark = pytest.mark.skipif(os.name == "nt", reason="makes executables with a mode")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without any browser; its PATH is tmp_path/bin."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "downloads"))
    monkeypatch.delenv(browser.VARIABLE, raising=False)
    monkeypatch.setattr(browser, "_USUAL_PLACES", {})
    monkeypatch.setattr(browser.sys, "platform", "linux")
    return tmp_path


def executable(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_the_headless_shell_goes_first(machine: Path) -> None:
    executable(machine / "bin/google-chrome")
    shell = executable(machine / "bin/chromium-headless-shell")
    assert find_browser().path == str(shell)
    assert find_browser().how == "chromium-headless-shell on PATH"


def test_a_window_needs_a_display(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(UsageError, match="this machine has no display to show it on"):
        need_display()
    monkeypatch.setenv("DISPLAY", ":0")
    need_display()


def test_a_display_that_does_not_answer_is_said() -> None:
    error = Error("BrowserType.launch: closed\nCall log:\n - [err] Missing X server or $DISPLAY\n")
    assert "does not answer" in why_not_started(error)
    assert why_not_started(Error("BrowserType.launch: closed\nCall log:")) == "BrowserType.launch: closed"


def test_a_window_needs_a_whole_browser(machine: Path) -> None:
    executable(machine / "bin/chromium-headless-shell")
    with pytest.raises(UsageError, match="no browser with a window"):
        find_browser(headed=True)
    chrome = executable(machine / "bin/google-chrome")
    assert find_browser(headed=True).path == str(chrome)
    assert find_browser(headed=True).launch_options(headed=True)["headless"] is False


def test_configured_goes_before_all(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    executable(machine / "bin/chromium-headless-shell")
    mine = executable(machine / "own/browser")
    assert find_browser(str(mine)).path == str(mine)
    monkeypatch.setenv(browser.VARIABLE, str(mine))
    assert find_browser().how == browser.VARIABLE
    assert find_browser("msedge").launch_options()["channel"] == "msedge"
    with pytest.raises(UsageError, match="is not there"):
        find_browser(str(machine / "nowhere"))


def test_usual_places(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chrome = executable(machine / "Program Files/Google/Chrome/Application/chrome.exe")
    monkeypatch.setattr(browser.sys, "platform", "win32")
    monkeypatch.setenv("PROGRAMFILES", str(machine / "Program Files"))
    monkeypatch.delenv("PROGRAMFILES(X86)", raising=False)
    places = (("PROGRAMFILES(X86)", "x.exe"), ("PROGRAMFILES", "Google/Chrome/Application/chrome.exe"))
    monkeypatch.setattr(browser, "_USUAL_PLACES", {"win32": places})
    assert find_browser().path == str(chrome)


def test_playwrights_own_download_is_last(machine: Path) -> None:
    for revision in ("999", "1200"):
        folder = machine / f"downloads/chromium_headless_shell-{revision}"
        executable(folder / "chrome-linux/headless_shell")
        (folder / "INSTALLATION_COMPLETE").touch()
    executable(machine / "downloads/chromium-1300/chrome-linux/chrome")  # not complete
    choice = find_browser()
    assert choice.kind == "download"
    assert "1200" in str(choice.path)
    executable(machine / "bin/chromium")
    assert find_browser().kind == "path"


def test_nothing_found_names_the_command(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="python -m playwright install chromium"):
        find_browser()
    executable(machine / "bin/apt-get")
    monkeypatch.setattr(browser, "_is_root", lambda: False)
    with pytest.raises(UsageError, match="`sudo apt-get install chromium-headless-shell`"):
        find_browser()
    assert [line for line in report() if "no browser" in line] == report()


def test_root_needs_no_sandbox(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    executable(machine / "bin/chromium")
    for root in (True, False):
        monkeypatch.setattr(browser, "_is_root", lambda root=root: root)
        assert ("--no-sandbox" in find_browser().launch_options()["args"]) is root
    assert "--disable-shared-workers" in find_browser().launch_options(rehearsal=True)["args"]
    assert find_browser().launch_options()["handle_sigint"] is False
