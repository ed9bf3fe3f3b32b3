"""Writes docs/reference/ from the docstrings: `make reference`, or `python tools/reference.py`."""

from __future__ import annotations

from pathlib import Path

from robotfabrik.authoring.pages import pages

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "reference"


def main() -> None:
    """Write every page."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
