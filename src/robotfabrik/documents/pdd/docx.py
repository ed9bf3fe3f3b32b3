"""The document as a Word file: real headings, lists, heading rows and alternative texts.

Contents and page numbers are Word's fields. The contents are filled in: nothing asks to be updated.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, Final

from docx import Document as new_document
from docx.document import Document as File
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Emu
from docx.table import Table as WordTable
from docx.table import _Cell
from docx.text.paragraph import Paragraph as WordParagraph

from robotfabrik.documents.pdd import chart
from robotfabrik.documents.pdd.docx_styles import set_page, set_styles
from robotfabrik.documents.pdd.model import (
    Block,
    Document,
    Figure,
    Items,
    Paragraph,
    Part,
    Rich,
    Section,
    Steps,
    Table,
    plain,
    walk,
)  # fmt: skip

Picture = Callable[[str, int, int], bytes]
"""Draws an SVG of this width and height as PNG."""

WIDTH: Final = Cm(17.4)
HEIGHT: Final = Cm(22.5)  # of a figure, so that its heading has room on the page
FIRST_PAGE: Final = 32  # lines of contents that fit below the title
SHORT: Final = 12  # rows of a table that is not cut at the end of a page
_ILLEGAL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_TAGS: Final = {"sv": "sv-SE", "en": "en-GB"}


def draw(document: Document, picture: Picture | None = None) -> bytes:
    """The file's bytes. Without `picture` the flow charts stand as numbered lists."""
    writer = _Writer(document, picture)
    writer.whole()
    buffer = BytesIO()
    writer.file.save(buffer)
    return buffer.getvalue()


class _Writer:
    def __init__(self, document: Document, picture: Picture | None) -> None:
        self.document, self.picture = document, picture
        self.file: File = new_document()
        self._ids = 0
        self._styles: dict[str, str] = {}

    def whole(self) -> None:
        """Title, contents, sections."""
        document = self.document
        set_page(self.file, document.compact)
        set_styles(self.file, document.compact, _TAGS[document.language])
        # Looked up once: the library looks through all styles whenever one is set by its name.
        self._styles = {style.name or "": style.style_id for style in self.file.styles}
        self._properties()
        self._footer()
        self._paragraph(document.subtitle, "Subtitle")
        self._paragraph(document.title, "Title")
        if document.facts:
            self._facts()
        if document.contents:
            self._contents()
        for section in walk(document.sections):
            self._section(section)

    # --- parts

    def _section(self, section: Section) -> None:
        heading = self._paragraph(section.heading, f"Heading {min(section.level, 4)}")
        heading.paragraph_format.page_break_before = section.break_before or None
        self._bookmark(heading, section)
        for at, block in enumerate(section.blocks):
            following = section.blocks[at + 1 : at + 3]
            self._block(block, heads=any(not isinstance(other, Paragraph) for other in following))

    def _block(self, block: Block, *, heads: bool) -> None:
        """`heads`: a paragraph stays on the page of what it introduces."""
        match block:
            case Paragraph():
                style = {"plain": "Body Text", "quote": "Quote", "note": "Note"}[block.kind]
                paragraph = self._paragraph("", style)
                self._fill(paragraph, block.text)
                paragraph.paragraph_format.keep_with_next = heads or None
            case Items():
                self._items(block)
            case Table():
                self._table(block)
            case Steps():
                self._steps(block)
            case Figure():
                self._figure(block)

    def _facts(self) -> None:
        table = self._grid(len(self.document.facts), 2, (1, 2), self.document.subtitle)
        for row, (name, value) in zip(table.rows, self.document.facts, strict=True):
            self._cell(row.cells[0], (Part(name, "strong"),))
            self._cell(row.cells[1], value)

    def _items(self, block: Items) -> None:
        number = self._numbering() if block.ordered else None
        for item in block.items:
            paragraph = self._paragraph("", "List Number" if block.ordered else "List Bullet")
            if number is not None:
                properties = paragraph._p.get_or_add_pPr().get_or_add_numPr()
                properties.get_or_add_numId().val = number
                properties.get_or_add_ilvl().val = 0
            self._fill(paragraph, item)

    def _numbering(self) -> int:
        """A numbering of its own, so that each list begins at 1."""
        part = self.file.part.numbering_part.element
        style = self.file.styles["List Number"].element
        abstract = part.num_having_numId(style.pPr.numPr.numId.val).abstractNumId.val
        number = part.add_num(abstract)
        number.add_lvlOverride(ilvl=0).add_startOverride(1)
        return int(number.numId)

    def _table(self, block: Table) -> None:
        headed = any(block.headings)
        columns = len(block.headings)
        widths = block.widths or _widths(block.headings, block.rows)
        table = self._grid(len(block.rows) + headed, columns, widths, block.title)
        short = len(block.rows) <= SHORT
        if headed:
            self._heading_row(table, block.headings)
        for row, cells in zip(table.rows[headed:], block.rows, strict=True):
            _whole_row(row)
            if block.blank:
                row.height = Cm(1.3)
            together = short and cells is not block.rows[-1]
            for at, (cell, value) in enumerate(zip(row.cells, cells, strict=True)):
                paragraph = self._cell(cell, value, strong=at == 0)
                paragraph.paragraph_format.keep_with_next = together or None
        self._after_table()

    def _steps(self, block: Steps) -> None:
        words = self.document.words
        headings = (words["number"], words["step"], words["where_done"], words["remarks"])
        table = self._grid(len(block.rows) + 1, 4, (5, 38, 13, 15), block.title)
        self._heading_row(table, headings)
        for row, step in zip(table.rows[1:], block.rows, strict=True):
            _whole_row(row)
            cells = row.cells
            self._cell(cells[0], (Part(step.number),))
            indent = Cm(0.4 * min(step.level, 6))
            text = (*((Part(f"{step.name} ", "strong"),) if step.name else ()), *step.text)
            if not step.number:
                text = tuple(Part(part.text, "strong") if part.style == "plain" else part for part in text)
            self._cell(cells[1], text).paragraph_format.left_indent = indent
            for line in step.details:
                paragraph = self._styled(cells[1].add_paragraph(), "Table Bullet")
                paragraph.paragraph_format.left_indent = Emu(indent + Cm(0.4))
                self._fill(paragraph, (Part("– "), *line))
            self._cell(cells[2], (Part(step.where),))
            self._cell(cells[3], (Part("; ".join(step.remarks)),))
        self._after_table()

    def _figure(self, block: Figure) -> None:
        lines = chart.lines(block)
        if self.picture is None:
            self._paragraph(block.title, "Caption")
            self._items(Items(tuple((Part(line),) for line in lines), ordered=True))
            return
        drawing = chart.draw(block, "flow")
        scale = min(WIDTH / drawing.width, HEIGHT / drawing.height, Cm(0.0235))
        paragraph = self._paragraph("", "Figure")
        image = BytesIO(self.picture(drawing.svg, drawing.width, drawing.height))
        shape = paragraph.add_run().add_picture(image, Emu(int(drawing.width * scale)))
        properties = shape._inline.docPr
        properties.set("descr", _clean(". ".join(lines)))
        properties.set("title", _clean(block.title))
        properties.set("name", _clean(block.title))
        properties.set("id", str(self._next()))
        self._paragraph(block.title, "Caption")

    def _contents(self) -> None:
        """A table of contents that Word can update; it is filled in with links to the headings."""
        heading = self._paragraph(self.document.words["contents"], "Contents Heading")
        shown = [section for section in walk(self.document.sections) if section.level <= 2]
        heading.paragraph_format.page_break_before = len(shown) > FIRST_PAGE or None
        for at, section in enumerate(shown):
            paragraph = self._paragraph("", f"toc {section.level}")
            if at == 0:
                _field_part(paragraph, "begin")
                _instruction(paragraph, r'TOC \o "1-2" \h \z \u')
                _field_part(paragraph, "separate")
            link = _element("w:hyperlink", anchor=self._anchor(section), history="1")
            run = paragraph.add_run(_clean(section.heading))
            link.append(run._r)
            paragraph._p.append(link)
            if at == len(shown) - 1:
                _field_part(paragraph, "end")
                paragraph.add_run().add_break(WD_BREAK.PAGE)

    # --- frame

    def _properties(self) -> None:
        document, properties = self.document, self.file.core_properties
        properties.title = _clean(f"{document.title} – {document.subtitle}")[:255]
        properties.subject = _clean(document.subtitle)[:255]
        properties.author = properties.last_modified_by = "robotfabrik"
        properties.keywords = _clean(", ".join(document.keywords))[:255]
        properties.language = _TAGS[document.language]
        properties.comments = ""
        properties.created = properties.modified = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
        properties.revision = 1

    def _footer(self) -> None:
        document = self.document
        paragraph = self._styled(self.file.sections[0].footer.paragraphs[0], "Footer")
        paragraph.add_run(_clean(f"{document.footer}\t\t{document.words['page']} "))
        _field(paragraph, "PAGE")
        paragraph.add_run(f" {document.words['of']} ")
        _field(paragraph, "NUMPAGES")

    # --- small ones

    def _paragraph(self, text: str, style: str) -> WordParagraph:
        return self._styled(self.file.add_paragraph(_clean(text)), style)

    def _styled(self, paragraph: WordParagraph, style: str) -> WordParagraph:
        paragraph._p.style = self._styles[style]
        return paragraph

    def _after_table(self) -> None:
        self._paragraph("", "After Table")

    def _grid(self, rows: int, columns: int, widths: Sequence[int], title: str) -> WordTable:
        table: WordTable = self.file.add_table(rows, columns, style="Table Grid")
        table.alignment = WD_TABLE_ALIGNMENT.LEFT
        table.autofit = False
        whole = sum(widths)
        for column, share in zip(table.columns, widths, strict=True):
            column.width = Emu(int(WIDTH * share / whole))
        for row in table.rows:
            for cell, share in zip(row.cells, widths, strict=True):
                cell.width = Emu(int(WIDTH * share / whole))
        properties = table._tbl.tblPr
        properties.append(_element("w:tblCaption", val=_clean(title)))
        return table

    def _next(self) -> int:
        self._ids += 1
        return self._ids

    def _anchor(self, section: Section) -> str:
        """A bookmark's name: letters, digits and _, at most 40 characters."""
        return f"_{section.number.replace('.', '_')}_" + re.sub(r"\W", "_", section.id)[:28]

    def _bookmark(self, paragraph: WordParagraph, section: Section) -> None:
        id = str(self._next())
        start = _element("w:bookmarkStart", id=id, name=self._anchor(section))
        paragraph._p.insert(1 if paragraph._p.pPr is not None else 0, start)
        paragraph._p.append(_element("w:bookmarkEnd", id=id))

    # --- cells and runs

    def _cell(self, cell: _Cell, text: Rich, *, strong: bool = False) -> WordParagraph:
        paragraph = self._styled(cell.paragraphs[0], "Table Text")
        self._fill(
            paragraph, tuple(Part(p.text, "strong") if strong and p.style == "plain" else p for p in text)
        )
        return paragraph

    def _fill(self, paragraph: WordParagraph, text: Rich) -> None:
        for part in text:
            run = paragraph.add_run(_clean(part.text))
            if part.style == "strong":
                run.bold = True
            elif part.style == "term":
                run.italic = True
            elif part.style == "code":
                run._r.style = self._styles["Code"]

    def _heading_row(self, table: WordTable, headings: Sequence[str]) -> None:
        row = table.rows[0]
        _whole_row(row)
        row._tr.get_or_add_trPr().append(_element("w:tblHeader"))
        for cell, heading in zip(row.cells, headings, strict=True):
            self._styled(cell.paragraphs[0], "Table Heading").add_run(_clean(heading))
            cell._tc.get_or_add_tcPr().append(_element("w:shd", val="clear", color="auto", fill="1F3A4D"))


def _widths(headings: Sequence[str], rows: Sequence[Sequence[Rich]]) -> list[int]:
    """Shares by content: room for the longest word, and some for long texts."""
    columns = [[heading, *(plain(row[at]) for row in rows)] for at, heading in enumerate(headings)]
    words = [max(len(word) for text in column for word in [*text.split(), ""]) for column in columns]
    texts = [max(map(len, column)) for column in columns]
    return [4 + max(word, min(16, text)) for word, text in zip(words, texts, strict=True)]


def _clean(text: str) -> str:
    """Without the characters that XML does not take."""
    return _ILLEGAL.sub("", text)


def _whole_row(row: Any) -> None:
    """A row is not cut at the end of a page."""
    row._tr.get_or_add_trPr().append(_element("w:cantSplit"))


def _element(tag: str, **attributes: str) -> Any:
    element = OxmlElement(tag)
    for name, value in attributes.items():
        element.set(qn(f"w:{name}"), value)
    return element


def _field(paragraph: WordParagraph, code: str) -> None:
    _field_part(paragraph, "begin")
    _instruction(paragraph, code)
    _field_part(paragraph, "separate")
    paragraph.add_run("1")
    _field_part(paragraph, "end")


def _field_part(paragraph: WordParagraph, kind: str) -> None:
    paragraph.add_run()._r.append(_element("w:fldChar", fldCharType=kind))


def _instruction(paragraph: WordParagraph, code: str) -> None:
    element = _element("w:instrText")
    element.set(qn("xml:space"), "preserve")
    element.text = f" {code} "
    paragraph.add_run()._r.append(element)
