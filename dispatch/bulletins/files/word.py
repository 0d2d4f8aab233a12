"""A bulletin as Word: styles that an editor can go on with, page numbers, tables whose heads repeat."""

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import docx
from docx.document import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph

from dispatch.bulletins.writing.blocks import Block
from dispatch.bulletins.writing.html import is_number

#: The fonts that offices have (GB/T 9704): Word puts its own in their place where they are missing.
SONG, FANG, HEI, KAI = "宋体", "仿宋", "黑体", "楷体"
_PAGE: Final = {"top": 37, "bottom": 35, "left": 28, "right": 26}
_INDENT: Final = Pt(32)
_USABLE_MM: Final = 156
Draw = Callable[[Document, Mapping[str, Any]], None]


def word_of(title: str, blocks: Sequence[Block], *, issuer: str) -> bytes:
    """The bytes of the document."""
    made = docx.Document()
    _set_up(made)
    made.core_properties.title, made.core_properties.author = title, issuer
    made.core_properties.language = "zh-CN"
    heading = made.add_paragraph(style="Title")
    _say(heading, title, SONG, 22, bold=True)
    for block in blocks:
        _DRAWN[block["kind"]](made, block)
    held = io.BytesIO()
    made.save(held)
    return held.getvalue()


def _set_up(made: Document) -> None:
    section = made.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(_PAGE["top"]), Mm(_PAGE["bottom"])
    section.left_margin, section.right_margin = Mm(_PAGE["left"]), Mm(_PAGE["right"])
    normal: Any = made.styles["Normal"]
    normal.font.size = Pt(16)
    _font(normal.element.get_or_add_rPr(), FANG)
    normal.paragraph_format.line_spacing = Pt(28)
    normal.paragraph_format.space_after = Pt(0)
    for name, font, size in (("Title", SONG, 22), ("Heading 1", HEI, 16), ("Heading 2", KAI, 16)):
        style: Any = made.styles[name]
        style.font.size, style.font.bold = Pt(size), name == "Title"
        style.font.color.rgb = docx.shared.RGBColor(0, 0, 0)
        _font(style.element.get_or_add_rPr(), font)
    title: Any = made.styles["Title"]
    title.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    title.paragraph_format.space_after = Pt(18)
    borders = title.element.get_or_add_pPr().find(qn("w:pBdr"))
    if borders is not None:
        borders.getparent().remove(borders)
    _page_numbers(section.footer.paragraphs[0])


def _font(properties: Any, name: str) -> None:
    """A font for Latin and for Chinese letters: Word asks for each by its own name."""
    fonts = properties.find(qn("w:rFonts"))
    if fonts is None:
        fonts = OxmlElement("w:rFonts")
        properties.insert(0, fonts)
    for key in list(fonts.attrib):
        if key.endswith("Theme"):
            del fonts.attrib[key]
    for key in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
        fonts.set(qn(key), name)


def _say(paragraph: Paragraph, text: str, font: str, size: float, *, bold: bool = False) -> None:
    run = paragraph.add_run(text)
    run.font.size, run.bold = Pt(size), bold
    _font(run._element.get_or_add_rPr(), font)  # noqa: SLF001 - python-docx has no other way to East Asian fonts


def _page_numbers(paragraph: Paragraph) -> None:
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for kind, text in (("text", "— "), ("field", "PAGE"), ("text", " —")):
        if kind == "text":
            _say(paragraph, text, SONG, 14)
            continue
        field = OxmlElement("w:fldSimple")
        field.set(qn("w:instr"), text)
        paragraph._p.append(field)  # noqa: SLF001 - fields are not part of python-docx


def _words(made: Document, block: Mapping[str, Any]) -> None:
    paragraph = made.add_paragraph()
    paragraph.paragraph_format.first_line_indent = _INDENT
    _say(paragraph, block["text"], FANG, 16)


def _salute(made: Document, block: Mapping[str, Any]) -> None:
    _say(made.add_paragraph(), block["text"], FANG, 16)


def _heading(made: Document, block: Mapping[str, Any]) -> None:
    paragraph = made.add_paragraph(style="Heading 1")
    paragraph.paragraph_format.first_line_indent = _INDENT
    _say(paragraph, block["text"], HEI, 16)


def _sub(made: Document, block: Mapping[str, Any]) -> None:
    paragraph = made.add_paragraph(style="Heading 2")
    paragraph.paragraph_format.first_line_indent = _INDENT
    _say(paragraph, block["text"], KAI, 16)


def _note(made: Document, block: Mapping[str, Any]) -> None:
    paragraph = made.add_paragraph()
    paragraph.paragraph_format.space_before = Pt(12)
    paragraph.paragraph_format.line_spacing = Pt(18)
    _say(paragraph, block["text"], FANG, 10.5)


def _sign(made: Document, block: Mapping[str, Any]) -> None:
    for number, text in enumerate((block["issuer"], block["day"])):
        paragraph = made.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        paragraph.paragraph_format.keep_with_next = number == 0
        if number == 0:
            paragraph.paragraph_format.space_before = Pt(28)
        else:
            paragraph.paragraph_format.right_indent = Pt(32)
        _say(paragraph, text, FANG, 16)


def _table(made: Document, block: Mapping[str, Any]) -> None:
    caption = made.add_paragraph()
    caption.alignment = WD_ALIGN_PARAGRAPH.CENTER
    caption.paragraph_format.space_before = Pt(8)
    caption.paragraph_format.keep_with_next = True
    _say(caption, block["caption"], HEI, 12)
    rows = [block["heads"], *block["rows"]]
    drawn = made.add_table(rows=len(rows), cols=len(block["heads"]), style="Table Grid")
    drawn.alignment, drawn.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    whole = sum(block["widths"])
    for number, (row, line) in enumerate(zip(rows, drawn.rows, strict=True)):
        bold = number == 0 or (block["total"] and number == len(rows) - 1)
        _keep_whole(line, repeats=number == 0)
        for cell, value, width in zip(line.cells, row, block["widths"], strict=True):
            cell.width = Mm(_USABLE_MM * width / whole)
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.line_spacing = 1.1
            if number == 0:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
            elif is_number(value):
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            _say(paragraph, str(value), SONG, 10.5, bold=bold)


def _keep_whole(line: Any, *, repeats: bool) -> None:
    """A row is not torn by the end of a page; the first is said again on the next."""
    properties = line._tr.get_or_add_trPr()  # noqa: SLF001 - rows of python-docx know neither
    for name in ("w:cantSplit", *(("w:tblHeader",) if repeats else ())):
        properties.append(OxmlElement(name))


_DRAWN: Final[Mapping[str, Draw]] = {
    "salute": _salute,
    "heading": _heading,
    "sub": _sub,
    "paragraph": _words,
    "note": _note,
    "table": _table,
    "sign": _sign,
}
