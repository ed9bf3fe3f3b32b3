"""`robotfabrik doctor`"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from pathlib import Path
from typing import Any

from robotfabrik import __version__
from robotfabrik.model.errors import UsageError
from robotfabrik.parsing.loader import definitions_in
from robotfabrik.sessions import browser
from robotfabrik.wiring import CREDENTIAL_VARIABLE, STORE_VARIABLE, Project


def add(commands: Any) -> None:
    command = commands.add_parser("doctor", help="say what was found on this machine, and what is missing")
    command.set_defaults(run=doctor)


def doctor(given: argparse.Namespace) -> int:
    """Exit code 1 when something is missing that a run needs."""
    system = f"{platform.system()} {platform.release()}"
    print(f"robotfabrik {__version__}, Python {platform.python_version()}, {system}")
    sound = _browser()
    project = Project(Path.cwd())
    store = f"from {STORE_VARIABLE}" if os.environ.get(STORE_VARIABLE) else project.home / "store.db"
    print(f"store     {store}")
    bots = [path.stem for path in definitions_in(project.root / "bots")]
    print(f"bots      {', '.join(bots) or 'none here: no file in bots/'}")
    known = sorted(name for name in os.environ if name.startswith(CREDENTIAL_VARIABLE))
    print(f"accounts  {', '.join(known) or f'none: no variable {CREDENTIAL_VARIABLE}… is set'}")
    return 0 if sound else 1


def _browser() -> bool:
    try:
        lines = browser.report()
    except UsageError as error:
        print(f"browser   MISSING: {error}", file=sys.stdout)
        return False
    for number, line in enumerate(lines):
        print(f"{'browser   ' if number == 0 else '          '}{line}")
    try:
        browser.find_browser()
    except UsageError:
        return False
    return True
