"""Which browser to drive, and how it is started."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from robotfabrik.model.errors import UsageError

VARIABLE = "ROBOTFABRIK_BROWSER"
HEADLESS_SHELL = "chromium-headless-shell"
ON_PATH = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
    "msedge",
)
_USUAL_PLACES = {
    "win32": (
        ("PROGRAMFILES", "Google/Chrome/Application/chrome.exe"),
        ("PROGRAMFILES(X86)", "Google/Chrome/Application/chrome.exe"),
        ("LOCALAPPDATA", "Google/Chrome/Application/chrome.exe"),
        ("PROGRAMFILES(X86)", "Microsoft/Edge/Application/msedge.exe"),
        ("PROGRAMFILES", "Microsoft/Edge/Application/msedge.exe"),
    ),
    "darwin": (
        ("", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
        ("", "/Applications/Chromium.app/Contents/MacOS/Chromium"),
        ("", "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge"),
    ),
    "linux": (
        ("", "/opt/google/chrome/chrome"),
        ("", "/opt/microsoft/msedge/msedge"),
        ("", "/usr/lib/chromium/chromium"),
        ("", "/snap/bin/chromium"),
    ),
}
# Nothing that a robot does not need: no updates, no telemetry, no first-run pages, no GPU process.
_FLAGS = (
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-sync",
    "--disable-translate",
    "--metrics-recording-only",
    "--no-default-browser-check",
    "--no-first-run",
    "--no-pings",
)


@dataclass(frozen=True, slots=True)
class BrowserChoice:
    """A browser that can be started. `how` says where it was found."""

    kind: Literal["path", "channel", "download"]
    how: str
    path: str | None = None
    channel: str | None = None

    @property
    def is_headless_shell(self) -> bool:
        return self.path is not None and "headless" in Path(self.path).name

    def launch_options(self, *, headed: bool = False, rehearsal: bool = False) -> dict[str, Any]:
        """Arguments for Playwright's launch."""
        flags = [*_FLAGS]
        if _is_root():
            flags.append("--no-sandbox")
        if rehearsal:
            # Their requests pass by Playwright's interception; a rehearsal has none.
            flags.append("--disable-shared-workers")
        options: dict[str, Any] = {"args": flags, "headless": not headed}
        # The runner ends the browser itself: an interrupted item is finished or released first.
        options.update(handle_sigint=False, handle_sigterm=False, handle_sighup=False)
        if self.path:
            options["executable_path"] = self.path
        if self.channel:
            options["channel"] = self.channel
        return options


def find_browser(configured: str | None = None, *, headed: bool = False) -> BrowserChoice:
    """The browser to use; UsageError with the command that installs one when there is none.

    Order: configured, headless shell, Chromium, Chrome or Edge of the machine, Playwright's own download.
    """
    for choice in candidates(configured):
        if not (headed and choice.is_headless_shell):
            return choice
    raise UsageError(_how_to_install(headed))


def need_display() -> None:
    """UsageError when no window can be shown here."""
    displays = ("DISPLAY", "WAYLAND_DISPLAY")
    if sys.platform == "linux" and not any(os.environ.get(name) for name in displays):
        raise UsageError(
            "--headed shows the browser's window, and this machine has no display to show it on: "
            "leave it out, run in a desktop session, or put xvfb-run before the command"
        )


def candidates(configured: str | None = None) -> Iterator[BrowserChoice]:
    """Every browser that is there, best first."""
    if wanted := configured or os.environ.get(VARIABLE):
        yield _configured(wanted, "configured" if configured else VARIABLE)
        return
    for name in (HEADLESS_SHELL, *ON_PATH):
        if found := shutil.which(name):
            yield BrowserChoice("path", f"{name} on PATH", path=found)
    for variable, place in _USUAL_PLACES.get(sys.platform, ()):
        folder = os.environ.get(variable, "") if variable else ""
        if (folder or not variable) and (path := Path(folder, place)).is_file():
            yield BrowserChoice("path", "found in its usual place", path=str(path))
    yield from _downloads()


def _configured(wanted: str, how: str) -> BrowserChoice:
    if wanted in ("chrome", "msedge", "chrome-beta", "msedge-beta"):
        return BrowserChoice("channel", how, channel=wanted)
    found = shutil.which(wanted)
    if found is None:
        raise UsageError(f"the browser {wanted!r} ({how}) is not there or cannot be executed")
    return BrowserChoice("path", how, path=found)


def _downloads() -> Iterator[BrowserChoice]:
    folder = _download_folder()
    for kind, pattern in (("headless shell", "chromium_headless_shell-*"), ("Chromium", "chromium-*")):
        newest = max(folder.glob(f"{pattern}/INSTALLATION_COMPLETE"), default=None, key=_revision)
        if newest is None:
            continue
        names = {"headless_shell", "chrome-headless-shell", "chrome", "Chromium", "Google Chrome for Testing"}
        names |= {f"{name}.exe" for name in names}
        for path in sorted(newest.parent.rglob("*")):
            if path.name in names and path.is_file() and os.access(path, os.X_OK):
                yield BrowserChoice("download", f"Playwright's own {kind}", path=str(path))
                break


def _revision(marker: Path) -> int:
    number = marker.parent.name.rpartition("-")[2]
    return int(number) if number.isdigit() else 0


def _download_folder() -> Path:
    if (given := os.environ.get("PLAYWRIGHT_BROWSERS_PATH")) and given != "0":
        return Path(given)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", ""), "ms-playwright")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "ms-playwright"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ms-playwright"


def _how_to_install(headed: bool) -> str:
    own = "python -m playwright install chromium"
    what = "no browser with a window was found" if headed else "no browser was found"
    if sys.platform == "linux" and shutil.which("apt-get"):
        sudo = "" if _is_root() else "sudo "
        package = "chromium" if headed else HEADLESS_SHELL
        install = f"{sudo}apt-get install {package}"
        return f"{what}: install one with `{install}`, or `{own}`, or set {VARIABLE} to its path"
    return f"{what}: install Chrome or Edge, or run `{own}`, or set {VARIABLE} to a browser's path"


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def report(configured: str | None = None) -> list[str]:
    """What `robotfabrik doctor` says about browsers."""
    lines = []
    for purpose, headed in (("runs", False), ("runs with a window (--headed)", True)):
        try:
            choice = find_browser(configured, headed=headed)
            lines.append(f"browser for {purpose}: {choice.path or choice.channel} ({choice.how})")
        except UsageError as error:
            lines.append(f"browser for {purpose}: {error}")
    return lines
