"""What a file is, by what stands in it: its name is what somebody called it."""

from __future__ import annotations

import zipfile
from pathlib import Path

_BEGINNINGS = {b"%PDF-": "pdf", b"\xff\xd8\xff": "jpg", b"\x89PNG\r\n\x1a\n": "png", b"PK\x03\x04": "zip"}
_PARTS = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx"}


def of(path: Path) -> str:
    """pdf, jpg, png, docx, xlsx or zip; unknown for everything else, and for what cannot be opened."""
    with path.open("rb") as content:
        beginning = content.read(8)
    kind = next((kind for start, kind in _BEGINNINGS.items() if beginning.startswith(start)), "unknown")
    if kind == "pdf":
        return kind if _opens(path) else "unknown"
    return _packed(path) if kind == "zip" else kind


def _opens(path: Path) -> bool:
    from pypdf import PdfReader

    try:
        reader = PdfReader(path)
        return not reader.is_encrypted and len([page.extract_text() for page in reader.pages]) > 0
    except Exception:  # a damaged file fails in many ways
        return False


def _packed(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except Exception:  # so does this one
        return "unknown"
    return next((kind for part, kind in _PARTS.items() if part in names), "zip")
