"""What pages say of bulletins: the words for kinds and states, and the body as it is drawn."""

from typing import Final

from markupsafe import Markup

from dispatch.bulletins.model import Bulletin, BulletinKind, BulletinStatus
from dispatch.bulletins.writing.html import body

Pair = tuple[str, str]
KINDS: Final[dict[str, Pair]] = {
    BulletinKind.MONTHLY: ("月度通报", "monthly bulletin"),
    BulletinKind.WECHAT: ("微信周报", "weekly WeChat digest"),
    BulletinKind.HAZARDS: ("井线杆隐患表", "table of hazards"),
}
STATES: Final[dict[str, Pair]] = {
    BulletinStatus.MAKING: ("正在统计", "being counted"),
    BulletinStatus.DRAFT: ("草稿", "draft"),
    BulletinStatus.PUBLISHED: ("已发布", "published"),
}
FORMATS: Final[dict[str, str]] = {"pdf": "PDF", "docx": "Word", "xlsx": "Excel"}


def drawn(bulletin: Bulletin) -> Markup:
    """Title and body; every word in it was escaped when it was put together."""
    return Markup(body(bulletin.title, bulletin.content.get("blocks", [])))  # noqa: S704 - escaped by `body`
