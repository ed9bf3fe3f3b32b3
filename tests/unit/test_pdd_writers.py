"""The writers of a PDD's document: every format opens, says the same, and lets nothing through."""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from html.parser import HTMLParser
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from docx import Document as open_docx
from docx.oxml.ns import qn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from PIL import Image

from robotfabrik.documents.pdd import docx, html, markdown
from robotfabrik.documents.pdd.build import make_document
from robotfabrik.documents.pdd.model import Document, walk
from robotfabrik.model.process import Process
from tests.support.documents import SMALL, process_at, process_of

EVIL = "<script>alert(1)</script> | a ` b * c _ [d](http://x.se) \x0b\x00 {{ e }} ${{ f }} ‹ö› \U0001f600"


@pytest.fixture(scope="module")
def small() -> Process:
    return process_at(SMALL)


def picture(svg: str, width: int, height: int) -> bytes:
    etree.fromstring(svg)
    drawn = BytesIO()
    Image.new("L", (2, 2)).save(drawn, "png")
    return drawn.getvalue()


def parts(file: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(file)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def texts(document: Document) -> Iterator[tuple[str, str]]:
    """The text of the document in each format."""
    yield "md", markdown.draw(document).decode()
    yield "html", html.draw(document).decode()
    for name, part in parts(docx.draw(document, picture)).items():
        if name.endswith((".xml", ".rels")):
            yield f"docx {name}", part.decode("utf-8")


# --- web page


class _Page(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, Any]]] = []
        self.open: list[str] = []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, Any]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "br", "col", "path", "rect", "polygon"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, Any]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("audience", ["all", "staff", "public"])
def test_the_page_is_whole_and_asks_the_network_for_nothing(audience: Any, small: Process) -> None:
    text = html.draw(make_document(small, audience)).decode()
    page = _Page(text)
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for tag, attributes in page.tags:
        assert tag not in ("script", "link", "img", "iframe", "object", "embed", "form"), tag
        assert "src" not in attributes
        target = attributes.get("href") or attributes.get("xlink:href") or "#content"
        assert target[0] == "#"
        assert target[1:] in ids
    assert not re.search(r"url\(|@import|@font-face", text)
    assert "default-src 'none'" in text
    assert re.findall(r"https?://[^\"]*", text) == ["http://www.w3.org/2000/svg"] * text.count("<svg")


def test_the_page_has_one_order_of_headings_and_named_tables(small: Process) -> None:
    page = _Page(html.draw(make_document(small)).decode())
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels.count(1) == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))
    count = Counter(tag for tag, _ in page.tags)
    assert count["table"] == count["caption"]
    assert all("scope" in attributes for tag, attributes in page.tags if tag == "th")
    assert page.tags[0] == ("html", {"lang": "sv"})


# --- Word


def test_the_word_file_has_real_structure(small: Process) -> None:
    document = make_document(small)
    file = open_docx(BytesIO(docx.draw(document, picture)))
    headings = [p.text for p in file.paragraphs if p.style and (p.style.name or "").startswith("Heading")]
    assert headings == [section.heading for section in walk(document.sections)]
    for table in file.tables[1:]:  # the first holds the facts below the title
        first = table.rows[0]._tr.trPr
        shown = any(cell.text for cell in table.rows[0].cells)
        assert not shown or first.find(qn("w:tblHeader")) is not None or len(table.columns) == 2
    properties = file.core_properties
    assert properties.title == "Fakturarobot – Processbeskrivning (PDD)"
    assert (properties.language, properties.keywords) == ("sv-SE", "ekonomi")
    language = file.styles.element.find(f".//{qn('w:docDefaults')}//{qn('w:lang')}")
    assert language.get(qn("w:val")) == "sv-SE"
    assert [shape._inline.docPr.get("descr")[:22] for shape in file.inline_shapes] == [
        "Körningen startar. Läs", "Ett ärende tas ur kön.",
    ]  # fmt: skip


def test_the_word_file_is_sound(small: Process) -> None:
    found = parts(docx.draw(make_document(small), picture))
    trees = {name: etree.fromstring(part) for name, part in found.items() if name.endswith((".xml", ".rels"))}
    body = trees["word/document.xml"]
    marks = [mark.get(qn("w:name")) for mark in body.iter(qn("w:bookmarkStart"))]
    assert len(marks) == len(set(marks))
    assert all(re.fullmatch(r"\w{1,40}", mark) for mark in marks)
    assert {link.get(qn("w:anchor")) for link in body.iter(qn("w:hyperlink"))} <= set(marks)
    for tag, key in ((qn("w:bookmarkStart"), qn("w:id")), (qn("wp:docPr"), "id")):
        ids = [element.get(key) for element in body.iter(tag)]
        assert len(ids) == len(set(ids))
    kinds = Counter(field.get(qn("w:fldCharType")) for field in body.iter(qn("w:fldChar")))
    assert kinds["begin"] == kinds["separate"] == kinds["end"]
    styles = {style.get(qn("w:styleId")) for style in trees["word/styles.xml"].iter(qn("w:style"))}
    for tag in ("pStyle", "rStyle", "tblStyle"):
        assert {element.get(qn("w:val")) for element in body.iter(qn(f"w:{tag}"))} <= styles
    assert trees["word/settings.xml"].find(qn("w:updateFields")) is None  # it would make Word ask


def test_without_a_browser_the_flow_stands_as_a_list(small: Process) -> None:
    file = open_docx(BytesIO(docx.draw(make_document(small), None)))
    assert len(file.inline_shapes) == 0
    assert "Öppna fakturan → B2 Uppgift saknas" in [p.text for p in file.paragraphs]


def test_every_numbered_list_begins_at_one(small: Process) -> None:
    file = open_docx(BytesIO(docx.draw(make_document(small), None)))
    numbers = [p._p.pPr.numPr.numId.val for p in file.paragraphs if p.style and p.style.name == "List Number"]
    assert len(set(numbers)) == 3  # two flow charts as lists, and what caseworkers do


# --- all of them


def test_every_format_says_the_same(small: Process) -> None:
    document = make_document(small)
    rows = markdown.draw(document).decode().count("\n| ")
    page = html.draw(document).decode()
    tables = open_docx(BytesIO(docx.draw(document))).tables[1:]
    assert page.count("<tr") == sum(len(table.rows) for table in tables)
    assert rows >= page.count("<tr") - page.count("<caption")
    for section in walk(document.sections):
        assert section.title in page


def test_markdown_tables_have_as_many_cells_in_every_row(tmp_path: Path) -> None:
    text = (
        "pdd: 1\nid: evil\nname: 'A | B'\nversion: '1'\nauthority: read\n"
        "process:\n  - name: 'x | y ` z'\n    log_message: \"${{ 'a | b' }} | `c` \\n d\"\n"
    )
    lines = markdown.draw(make_document(process_of(tmp_path, text, "evil"))).decode().splitlines()
    steps = [line for line in lines if "x \\| y" in line and line.startswith("|")]
    assert steps
    assert all(len(re.findall(r"(?<!\\)\|", line)) == 5 for line in steps)


def test_nothing_that_an_author_writes_breaks_a_format(small: Process) -> None:
    written = {**small.document, "purpose": EVIL, "contacts": [{"role": EVIL, "name": EVIL}], "tags": [EVIL]}
    document = make_document(replace(small, name=EVIL, document=written))
    page = html.draw(document).decode()
    _Page(page)
    assert "<script>" not in page
    body = parts(docx.draw(document, picture))["word/document.xml"].decode()
    assert "&lt;script&gt;" in body
    assert "\x0b" not in body
    line = next(x for x in markdown.draw(document).decode().splitlines() if x.startswith("\\<script"))
    assert "\\[d\\](http" in line


def secretive(small: Process, word: str, amount: Decimal) -> Document:
    """The public document of a PDD with these secret values, which stand in its purpose too."""
    config = {
        **small.config,
        "sample": replace(small.config["sample"], value=word),
        "limit": replace(small.config["limit"], value=amount, secrecy=True),
    }
    written = {**small.document, "purpose": f"Urvalet är {word}, gränsen {amount} kr."}
    return make_document(replace(small, config=config, document=written), "public")


def holds(text: str, word: str, amount: Decimal) -> bool:
    grouped = f"{amount:,.2f}".replace(",", " ").replace(".", ",")
    forms = (word, str(amount), grouped, grouped.removesuffix(",00"))
    return any(form in text.replace("\u00a0", " ") for form in forms)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    word=st.text("abcdefghåäö0123456789-", min_size=6, max_size=14).map(lambda text: f"Zq{text}Xw"),
    amount=st.decimals(10_000, 9_999_999, places=2),
)
def test_no_secret_value_reaches_the_public(word: str, amount: Decimal, small: Process) -> None:
    """Not as a setting, nor where the value stands in another text."""
    document = secretive(small, word, amount)
    assert not holds(markdown.draw(document).decode(), word, amount)
    assert not holds(html.draw(document).decode(), word, amount)


def test_no_secret_value_reaches_the_public_in_any_format(small: Process) -> None:
    word, amount = "Stickprov-Qx7", Decimal("98765.50")
    for name, text in texts(secretive(small, word, amount)):
        assert not holds(text, word, amount), name
    assert holds(html.draw(make_document(small)).decode(), word, amount)  # it does stand in the internal one
