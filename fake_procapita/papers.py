"""What an uploaded file is, by its content: the case system takes PDF, JPEG, PNG and docx."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass

from pypdf import PdfReader

PDF = "application/pdf"
NO_PREVIEW = "Förhandsgranskning visas bara för PDF."
_PICTURES = {b"\xff\xd8\xff": ("jpg", "image/jpeg"), b"\x89PNG\r\n\x1a\n": ("png", "image/png")}
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@dataclass(frozen=True, slots=True)
class Paper:
    """A file that the case system takes; a docx has as many pages as somebody's printer makes of it."""

    suffix: str
    media: str
    pages: str
    text: str = NO_PREVIEW


def read(content: bytes) -> Paper | None:
    """The paper that the file is; none when it is of another kind, damaged or encrypted."""
    for beginning, (suffix, media) in _PICTURES.items():
        if content.startswith(beginning):
            return Paper(suffix, media, "1")
    return _docx(content) if content.startswith(b"PK") else _pdf(content)


def _pdf(content: bytes) -> Paper | None:
    try:
        reader = PdfReader(io.BytesIO(content))
        pages = [] if reader.is_encrypted else [page.extract_text() for page in reader.pages]
    except Exception:  # a damaged file fails in many ways, some of them when its text is read
        return None
    return Paper("pdf", PDF, str(len(pages)), "\n".join(pages)) if pages else None


def _docx(content: bytes) -> Paper | None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            there = "word/document.xml" in archive.namelist()
    except Exception:  # so does this one
        return None
    return Paper("docx", _DOCX, "") if there else None
