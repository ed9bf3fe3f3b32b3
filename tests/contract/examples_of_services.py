"""A step with each activity that reaches beyond the application: code, the store, services, mail."""

from __future__ import annotations

from pathlib import Path

EXAMPLES: dict[str, str] = {
    "invoke_code": "- {invoke_code: kalkyl.py:dubbelt, with: {antal: 2}, save_as: x}",
}


def prepare(folder: Path) -> None:
    """What the examples need around them."""
    code = "def dubbelt(antal: int) -> int:\n    return 2 * antal\n"
    (folder / "kalkyl.py").write_text(code, encoding="utf-8")
