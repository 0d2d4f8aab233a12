"""A bulletin as HTML: the same body for the page and for the PDF; every word is escaped."""

import re
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any, Final

from dispatch.bulletins.writing.blocks import Block

#: Where a title may go on in the next line: after a month, 的 or what closes a quotation, before what opens one.
_PHRASES: Final = re.compile(r"(?<=月份)|(?<=的)|(?<=[”》）])|(?=[“《（])")


def _in_phrases(title: str) -> str:
    """A title of which no word is torn by the end of a line."""
    return "".join(
        f'<span class="paper-phrase">{escape(each)}</span>'
        for each in _PHRASES.split(title)
        if each
    )


def body(title: str, blocks: Sequence[Block]) -> str:
    """The title and everything below it. Widths of columns are classes (`w32`), for there is no inline style."""
    drawn = "\n".join(_DRAWN[block["kind"]](block) for block in blocks)
    return f'<h1 class="paper-title">{_in_phrases(title)}</h1>\n{drawn}'


def _line(tag: str, name: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda block: f'<{tag} class="{name}">{escape(block["text"])}</{tag}>'


def _table(block: Mapping[str, Any]) -> str:
    columns = "".join(f'<col class="w{width}">' for width in block["widths"])
    heads = "".join(f'<th scope="col">{escape(head)}</th>' for head in block["heads"])
    last = len(block["rows"]) - 1
    rows = "\n".join(
        _row(row, is_total=block["total"] and number == last)
        for number, row in enumerate(block["rows"])
    )
    caption = escape(block["caption"])
    return (
        f'<div class="paper-table" tabindex="0" role="region" aria-label="{caption}">'
        f"<table><caption>{caption}</caption><colgroup>{columns}</colgroup>"
        f"<thead><tr>{heads}</tr></thead>\n<tbody>{rows}</tbody></table></div>"
    )


def _row(row: Sequence[Any], *, is_total: bool) -> str:
    cells = "".join(_cell(cell, first=number == 0) for number, cell in enumerate(row))
    return f'<tr class="total">{cells}</tr>' if is_total else f"<tr>{cells}</tr>"


def _cell(cell: Any, *, first: bool) -> str:
    text = escape(str(cell))
    if first:
        return f'<th scope="row">{text}</th>'
    return f'<td class="number">{text}</td>' if is_number(cell) else f"<td>{text}</td>"


def is_number(cell: Any) -> bool:
    """Whether a cell stands right: a count, a share, or the dash of a share that there is none of."""
    return isinstance(cell, int) or (
        isinstance(cell, str) and (cell == "—" or cell.rstrip("%").replace(".", "", 1).isdigit())
    )


def _sign(block: Mapping[str, Any]) -> str:
    return (
        f'<p class="paper-sign"><span>{escape(block["issuer"])}</span>'
        f"<span>{escape(block['day'])}</span></p>"
    )


_DRAWN: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "salute": _line("p", "paper-salute"),
    "heading": _line("h2", "paper-heading"),
    "sub": _line("h3", "paper-sub"),
    "paragraph": _line("p", "paper-words"),
    "note": _line("p", "paper-note"),
    "table": _table,
    "sign": _sign,
}
