"""The styles and the page of the Word file."""

from __future__ import annotations

from typing import Any, Final

from docx.document import Document as File
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.styles.style import ParagraphStyle

FONT: Final = "Calibri"
MONO: Final = "Consolas"
DEEP: Final = RGBColor(0x1F, 0x3A, 0x4D)
SOFT: Final = RGBColor(0x4A, 0x57, 0x63)
_INK: Final = RGBColor(0x1B, 0x25, 0x30)


def set_page(file: File, compact: bool) -> None:
    """A4, upright."""
    section = file.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    side, top = (Cm(1.8), Cm(1.2)) if compact else (Cm(1.8), Cm(2))
    section.left_margin = section.right_margin = side
    section.top_margin = section.bottom_margin = top
    section.footer_distance = Cm(0.6) if compact else Cm(1)


def set_styles(file: File, compact: bool, language: str) -> None:
    """Every style that the document uses; `compact` sets it close."""
    base = 9.0 if compact else 10.5
    _language(file, language)
    normal = file.styles["Normal"]
    _font(normal, base, _INK)
    normal.paragraph_format.space_after = Pt(2 if compact else 6)
    normal.paragraph_format.line_spacing = 1.0 if compact else 1.1
    close, wide = ((10.5, 5), (9.5, 4), (9, 3), (9, 3)), ((18, 20), (13.5, 14), (11.5, 10), (10.5, 8))
    headings = close if compact else wide
    for level, (size, above) in enumerate(headings, 1):
        style = file.styles[f"Heading {level}"]
        _font(style, size, DEEP, bold=True)
        _spaced(style, above, 1 if compact else 4, keep=True)
    _font(file.styles["Title"], 16 if compact else 28, DEEP, bold=True)
    _spaced(file.styles["Title"], 0, 2 if compact else 14)
    _without_border(file.styles["Title"])
    _font(file.styles["Subtitle"], 10 if compact else 13, SOFT)
    file.styles["Subtitle"].font.italic = False
    _spaced(file.styles["Subtitle"], 0 if compact else 30, 0)
    for name in ("Body Text", "List Bullet", "List Number"):
        _font(file.styles[name], base, _INK)
        _spaced(file.styles[name], 0, 1 if compact else 5)
    _font(file.styles["Quote"], base, _INK)
    file.styles["Quote"].font.italic = False
    file.styles["Quote"].paragraph_format.left_indent = Cm(0.4 if compact else 0.8)
    _spaced(file.styles["Quote"], 0, 2 if compact else 6)
    _font(file.styles["Caption"], 9, SOFT)
    _font(file.styles["Footer"], 8.5, SOFT)
    small = 8.5 if compact else 9.0
    _new(file, "Note", base, SOFT, italic=True)
    _spaced(_new(file, "Table Text", small, _INK), 0 if compact else 1, 0 if compact else 1)
    heading = _new(file, "Table Heading", small, RGBColor(0xFF, 0xFF, 0xFF), bold=True)
    _spaced(heading, 1, 1, keep=True)
    bullet = _new(file, "Table Bullet", small, _INK)
    _spaced(bullet, 0, 0)
    bullet.paragraph_format.first_line_indent = Cm(-0.25)
    _spaced(_new(file, "After Table", 4 if compact else 6, _INK), 0, 0)
    _spaced(_new(file, "Figure", base, _INK), 4, 2, keep=True)
    _spaced(_new(file, "Contents Heading", 16, DEEP, bold=True), 18, 6, keep=True)
    for level in (1, 2):
        style = _new(file, f"toc {level}", base - 0.5, _INK, bold=level == 1)
        style.paragraph_format.left_indent = Cm(0.8 * (level - 1))
        _spaced(style, 2 if level == 1 else 0, 0)
        style.paragraph_format.line_spacing = 1.0
    _table(file.styles["Table Grid"])
    code: Any = file.styles.add_style("Code", WD_STYLE_TYPE.CHARACTER)
    code.font.name, code.font.size = MONO, Pt(small - 0.5)


def _new(
    file: File, name: str, size: float, colour: RGBColor, *, bold: bool = False, italic: bool = False
) -> ParagraphStyle:
    style: Any = file.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH, builtin=name.startswith("toc"))
    style.base_style = file.styles["Normal"]
    _font(style, size, colour, bold=bold)
    style.font.italic = italic
    found: ParagraphStyle = style
    return found


def _font(style: Any, size: float, colour: RGBColor, *, bold: bool = False) -> None:
    font = style.font
    font.name, font.size, font.bold, font.color.rgb = FONT, Pt(size), bold, colour
    fonts = style.element.rPr.rFonts
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)  # a theme's font would win over the one named here
    fonts.set(qn("w:cs"), FONT)


def _spaced(style: Any, before: float, after: float, *, keep: bool = False) -> None:
    style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(after)
    if keep:
        style.paragraph_format.keep_with_next = True


def _table(style: Any) -> None:
    """Thin grey lines, and room around the text."""
    properties = style.element.find(qn("w:tblPr"))
    for line in properties.find(qn("w:tblBorders")):
        line.set(qn("w:color"), "C9D2DA")
    margins = properties.find(qn("w:tblCellMar"))
    for side, width in (("top", "40"), ("left", "85"), ("bottom", "40"), ("right", "85")):
        margin = margins.find(qn(f"w:{side}"))
        margin.set(qn("w:w"), width)
        margin.set(qn("w:type"), "dxa")


def _without_border(style: Any) -> None:
    border = style.element.pPr.find(qn("w:pBdr"))
    if border is not None:
        style.element.pPr.remove(border)


def _language(file: File, language: str) -> None:
    """The language that the text is proofread in, and read aloud."""
    defaults = file.styles.element.find(qn("w:docDefaults"))
    properties = defaults.find(qn("w:rPrDefault")).find(qn("w:rPr"))
    found = properties.find(qn("w:lang"))
    if found is None:
        found = OxmlElement("w:lang")
        properties.append(found)
    found.set(qn("w:val"), language)
    themed = file.settings.element.find(qn("w:themeFontLang"))
    if themed is not None:
        themed.set(qn("w:val"), language)
