"""What a browser makes of a PDD's document: an accessible page, a tagged PDF, pictures for Word."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from docx import Document as open_docx
from PIL import Image
from pypdf import PdfReader

from robotfabrik.cli.docs import written
from robotfabrik.documents.pdd import html
from robotfabrik.documents.pdd.build import make_document
from robotfabrik.documents.statistics.files import write as write_statistics
from robotfabrik.documents.statistics.view import make_document as make_statistics
from robotfabrik.model.process import Process
from robotfabrik.model.statistics import Statistics
from robotfabrik.sessions.printing import Printer
from tests.support.documents import SHIPPED, SMALL, process_at
from tests.unit.test_report_measures import MEASURES
from tests.unit.test_statistics import FIRST, LAST, ROBOT


@pytest.fixture(scope="module")
def shipped() -> Process:
    return process_at(SHIPPED)


@pytest.fixture(scope="module")
def small() -> Process:
    return process_at(SMALL)


@pytest.fixture(scope="module")
def printer() -> Iterator[Printer]:
    with Printer() as opened:
        yield opened


@pytest.mark.parametrize("audience", ["all", "staff", "public"])
def test_the_page_is_accessible_and_quiet(audience: Any, small: Process, printer: Printer) -> None:
    context = printer.browser().new_context(viewport={"width": 1100, "height": 900})
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.set_content(html.draw(make_document(small, audience)).decode())
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
    options = {"runOnly": {"type": "tag", "values": tags}, "resultTypes": ["violations"]}
    found = Axe().run(page, options=options).response["violations"]
    assert [f"{v['id']}: {node['html'][:200]}" for v in found for node in v["nodes"]] == []
    assert asked == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()


def test_the_pdf_is_tagged_and_named_and_has_an_outline(shipped: Process, printer: Printer) -> None:
    reader = PdfReader(BytesIO(written(shipped, "all", "sv", "pdf", printer)))
    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    assert root["/Lang"] == "sv"
    assert reader.metadata is not None
    assert reader.metadata.title == "Folkbokföringsrobot – Processbeskrivning (PDD)"
    outline = [entry.title for entry in reader.outline if not isinstance(entry, list)]
    assert outline or reader.outline
    text = "\n".join(page.extract_text() for page in reader.pages)
    for shown in ("Steg för steg", "BR3.1", "Säkerställ att personuppgifter är uppdaterade", "Underskrift"):
        assert shown in text
    assert f"Sida 2 av {len(reader.pages)}" in text


def test_the_sheet_for_staff_fits_one_page(shipped: Process, printer: Printer) -> None:
    for language in ("sv", "en"):
        reader = PdfReader(BytesIO(written(shipped, "staff", language, "pdf", printer)))
        assert len(reader.pages) == 1
    width, height = reader.pages[0].mediabox[2:]
    assert (round(float(width)), round(float(height))) == (595, 842)


def test_word_gets_its_flow_charts_as_pictures(small: Process, printer: Printer) -> None:
    file = open_docx(BytesIO(written(small, "all", "sv", "docx", printer)))
    assert len(file.inline_shapes) == 2
    for shape in file.inline_shapes:
        part = file.part.related_parts[shape._inline.graphic.graphicData.pic.blipFill.blip.embed]
        image = Image.open(BytesIO(part.blob)).convert("L")
        assert image.width > 1200
        assert image.getextrema() == (pytest.approx(48, abs=20), 255)
        assert shape.width <= 17.5 * 360_000


def test_the_statistics_on_paper_can_be_read_and_have_page_numbers(printer: Printer, tmp_path: Path) -> None:
    """Text, not a picture of it, on A4, with the measures and a chart of them."""
    statistics = Statistics(FIRST, LAST, (replace(ROBOT, measures=MEASURES),))
    document = make_statistics(statistics, {}, (), datetime(2022, 12, 1))
    (path,) = write_statistics(tmp_path, "november", ["pdf"], document, {}, printer.pdf)
    pages = PdfReader(path).pages
    texts = [page.extract_text() for page in pages]
    assert all(f"Sida {number} av {len(pages)}" in text for number, text in enumerate(texts, 1))
    assert "november 2022" in texts[0]
    assert any("Digitala" in text and "80,0 %" in text for text in texts)
    assert [round(float(side)) for side in pages[0].mediabox[2:]] == [595, 842]
