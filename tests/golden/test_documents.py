"""The documents of a small PDD, and of the shipped one for staff, word for word.

ROBOTFABRIK_UPDATE_GOLDEN=1 writes them anew; read what changed before it is committed.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from robotfabrik.documents.pdd import markdown
from robotfabrik.documents.pdd.build import make_document
from tests.support.documents import SHIPPED, SMALL, process_at

HERE = Path(__file__).parent / "documents"
UPDATE = os.environ.get("ROBOTFABRIK_UPDATE_GOLDEN") == "1"
_RELEASE = re.compile(r"\b[0-9a-f]{16}\b")  # another one with every change of the files


@pytest.mark.parametrize(
    ("path", "audience", "language"),
    [
        (SMALL, "all", "sv"),
        (SMALL, "all", "en"),
        (SMALL, "public", "sv"),
        (SHIPPED, "staff", "sv"),
    ],
    ids=lambda value: value.stem if isinstance(value, Path) else value,
)
def test_the_document_word_for_word(path: Path, audience: Any, language: Any) -> None:
    text = markdown.draw(make_document(process_at(path), audience, language)).decode()
    text = _RELEASE.sub("0123456789abcdef", text)
    expected = HERE / f"{path.stem}-{audience}-{language}.md"
    if UPDATE:
        expected.write_text(text, encoding="utf-8")
    assert text == expected.read_text(encoding="utf-8")
