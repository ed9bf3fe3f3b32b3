"""The page that the measurements write: one section may be written anew by itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path


def put(page: str, heading: str, section: Sequence[str]) -> str:
    """The page with this section in the place of the old one, or behind all others."""
    text = "\n".join((heading, "", *section)) + "\n"
    found = re.search(rf"^{re.escape(heading)}\n.*?(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    if found is None:
        return f"{page.rstrip()}\n\n{text}"
    behind = page[found.end() :]
    return page[: found.start()] + text + ("\n" + behind if behind else "")


def write(file: Path, heading: str, section: Sequence[str]) -> None:
    """Put the section in the page's file, and show it."""
    page = file.read_text("utf-8") if file.exists() else ""
    file.write_text(put(page, heading, section), "utf-8")
    print("\n".join(section))
