"""Makes this folder ready to use: virtual environment, packages, a browser, a font.

    python3 tools/setup.py          (Windows: py tools\\setup.py)

Needs Python 3.11 or newer and nothing else. It installs with pip, with apt-get where it may (root, or sudo
without a password), else with Playwright. What it cannot install it names, with the command that would.
Running it again does only what is missing.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 11)
EXTRAS = "dev,fake,postgresql"
ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / ".ready"  # the Makefile compares its time with those of pyproject.toml and requirements.txt
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts")


class Missing(Exception):
    """Something that cannot be installed from here. The text says which command would."""


def main(arguments: list[str]) -> int:
    """Exit code 1 when something is missing that the demo needs."""
    if sys.version_info < OLDEST:
        return fail(f"robotfabrik needs Python 3.11 or newer, and this is {sys.version.split()[0]}")
    if arguments == ["--probe"]:
        return probe()
    if arguments:
        return fail(f"usage: {Path(sys.executable).name} tools/setup.py")
    STAMP.unlink(missing_ok=True)
    try:
        environment()
        packages()
        driver()
        font()
        browser()
    except Missing as missing:
        return fail(str(missing))
    STAMP.touch()
    return 0


# --- the parts


def environment() -> None:
    """The virtual environment in .venv/, made anew when its Python is gone or too old."""
    old = f"import sys; sys.exit(sys.version_info < {OLDEST})"
    if not works(PYTHON, "-c", old) or not works(PYTHON, "-m", "pip", "--version"):
        if importlib.util.find_spec("ensurepip") is None:  # Debian keeps it in a package of its own
            package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
            if not apt(package):
                raise Missing(f"this Python makes no virtual environments: {sudo()}apt-get install {package}")
        call("the virtual environment", sys.executable, "-m", "venv", "--clear", str(VENV))
    say("environment", VENV.name)


def packages() -> None:
    """The package, editable, with everything at the versions of requirements.txt."""
    say("packages", "installing, a minute or two the first time …")
    quiet = ("--quiet", "--disable-pip-version-check", "--no-input")
    pip = (str(PYTHON), "-m", "pip", "install", *quiet, "--use-pep517")
    pins = ("-c", str(ROOT / "requirements.txt"))
    # The build tools are installed here, so that they are pinned too: ours, and setuptools for sources.
    call("the build tools", *pip, *pins, "hatchling", "editables", "setuptools")
    call("the packages", *pip, *pins, "--no-build-isolation", "-e", f"{ROOT}[{EXTRAS}]")


def driver() -> None:
    """Playwright comes with a Node.js, which needs a library that small machines lack."""
    command = (PYTHON, "-m", "playwright", "--version")
    if works(*command) or (apt("libatomic1") and works(*command)):
        return
    shown = " ".join(str(part) for part in command)
    library = f"{sudo()}apt-get install libatomic1"
    raise Missing(f"Playwright does not start: {shown} (on Debian and Ubuntu perhaps: {library})")


def font() -> None:
    """Without any font a browser shows boxes. Windows and macOS have some."""
    folders = [Path(folder).expanduser() for folder in FONT_FOLDERS]
    there = any(next(folder.rglob("*.[to]tf"), None) for folder in folders if folder.is_dir())
    if not sys.platform.startswith("linux") or there:
        return
    if apt("fonts-dejavu-core"):
        say("font", "fonts-dejavu-core")
    else:
        say("font", f"none found, so pictures of pages show boxes: {sudo()}apt-get install fonts-dejavu-core")


def browser() -> None:
    """A browser that starts: what the machine has, else Debian's, else Playwright's own download."""
    if starts():
        return
    if apt("chromium-headless-shell") and starts():
        return
    say("browser", "Playwright downloads one …")
    with_libraries = ["--with-deps"] if privilege() is not None else []
    run(str(PYTHON), "-m", "playwright", "install", *with_libraries, "chromium")
    if starts():
        return
    debian = f"{sudo()}apt-get install chromium-headless-shell, or " if shutil.which("apt-get") else ""
    raise Missing(
        "no browser that starts. Install one, then run this again: "
        f"{debian}Chrome or Edge, or {PYTHON} -m playwright install --with-deps chromium; "
        "or set ROBOTFABRIK_BROWSER to a browser's path"
    )


def starts() -> bool:
    return subprocess.run([str(PYTHON), __file__, "--probe"], stdin=subprocess.DEVNULL).returncode == 0


def probe() -> int:
    """In the virtual environment: does the browser that a run would take start, and show a page?"""
    from playwright.sync_api import Error, sync_playwright

    from robotfabrik.model.errors import UsageError
    from robotfabrik.sessions.browser import find_browser

    try:
        choice = find_browser()
    except UsageError:
        return 1
    where = f"{choice.path or choice.channel} ({choice.how})"
    try:
        with sync_playwright() as playwright:
            started = playwright.chromium.launch(**choice.launch_options())
            page = started.new_page()
            page.set_content("<button>Spara</button>")
            page.get_by_role("button", name="Spara").click()
            version = started.version
            started.close()
    except Error as error:
        say("browser", f"{where} does not start: {str(error).strip().splitlines()[0]}")
        return 1
    say("browser", f"{where} {version}")
    return 0


# --- installing


def apt(*names: str) -> bool:
    """Install packages of Debian or Ubuntu, if this user may; whether that worked."""
    rights = privilege()
    if rights is None:
        return False
    say("apt-get", f"installing {' '.join(names)} …")
    command = (*rights, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get")
    install = ("install", "-y", "-qq", "--no-install-recommends", *names)
    if run(*command, *install, quiet=True) == 0:
        return True
    run(*command, "update", "-qq", quiet=True)  # a new machine has no lists, an old one has stale ones
    return run(*command, *install) == 0


def privilege() -> tuple[str, ...] | None:
    """What to put before apt-get; none when there is no apt-get or it would ask for a password."""
    if not shutil.which("apt-get"):
        return None
    if is_root():
        return ()
    return ("sudo", "-n") if shutil.which("sudo") and works("sudo", "-n", "true") else None


def is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def sudo() -> str:
    return "" if is_root() else "sudo "


def works(*command: object) -> bool:
    """Does a command end well? It shows nothing."""
    try:
        done = subprocess.run([str(c) for c in command], stdin=subprocess.DEVNULL, capture_output=True)
    except OSError:
        return False
    return done.returncode == 0


def run(*command: str, quiet: bool = False) -> int:
    to = subprocess.DEVNULL if quiet else None
    return subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=to, stderr=to).returncode


def call(what: str, *command: str) -> None:
    """Run a command that must work; its own messages are shown."""
    if run(*command) != 0:
        raise Missing(f"{what} could not be installed; this failed: {' '.join(command)}")


def say(what: str, text: str) -> None:
    print(f"{what:<12} {text}", flush=True)


def fail(text: str) -> int:
    print(f"set-up: {text}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
