"""A bulletin as PDF, by WeasyPrint: the page's own body under the style of paper, with embedded fonts."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from weasyprint import CSS, HTML

from dispatch.bulletins.writing.blocks import Block
from dispatch.bulletins.writing.html import body

STYLE = Path(__file__).with_name("paper.css")


def pdf_of(title: str, blocks: Sequence[Block], *, issuer: str) -> bytes:
    """The bytes of the document; nothing is fetched, tagged for readers aloud."""
    widths = sorted({width for block in blocks for width in block.get("widths", ())})
    columns = " ".join(f".w{width} {{ width: {width}%; }}" for width in widths)
    page = (
        f'<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="author" content="{escape(issuer)}"></head><body>{body(title, blocks)}</body></html>'
    )
    made = HTML(string=page, url_fetcher=_nothing).write_pdf(
        stylesheets=[CSS(filename=STYLE, url_fetcher=_nothing_but_own), CSS(string=columns)],
        pdf_tags=True,
    )
    return bytes(made)


def _nothing(url: str) -> dict[str, object]:
    raise ValueError(f"a bulletin fetches nothing: {url}")


def _nothing_but_own(url: str) -> dict[str, object]:
    if url != STYLE.as_uri():
        raise ValueError(f"a bulletin fetches nothing: {url}")
    return {"file_obj": STYLE.open("rb"), "mime_type": "text/css"}
