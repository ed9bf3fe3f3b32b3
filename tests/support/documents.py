"""PDDs for tests of the documents that are made of them."""

from __future__ import annotations

from pathlib import Path

from robotfabrik.documents.pdd.model import Document, Section, walk
from robotfabrik.model.process import Process
from robotfabrik.parsing.diagnostics import Collector, render
from robotfabrik.parsing.loader import Loader

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "pdd" / "folkbokforing.yaml"
SMALL = ROOT / "tests" / "golden" / "documents" / "fakturor.yaml"
BARE = "pdd: 1\nid: bare\nname: Prov\nversion: '1'\nauthority: read\nprocess:\n  - delay: 1s\n"


def process_at(path: Path) -> Process:
    """The process of a PDD that has no errors."""
    collector = Collector()
    process = Loader(collector.report).process(path)
    assert process is not None, render(collector.diagnostics)
    assert not collector.has_errors, render(collector.diagnostics)
    return process


def process_of(folder: Path, text: str, id: str = "bare") -> Process:
    """The process of a PDD that a test writes itself."""
    path = folder / f"{id}.yaml"
    path.write_text(text, encoding="utf-8")
    return process_at(path)


def section(document: Document, id: str) -> Section:
    """The section with this id."""
    return next(found for found in walk(document.sections) if found.id == id)
