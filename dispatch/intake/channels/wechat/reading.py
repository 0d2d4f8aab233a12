"""What a follower's words say by themselves: whether they tell a problem, and whether they say where."""

import re
from dataclasses import dataclass

from sqlalchemy.orm import Session

from dispatch.cases.model import Channel
from dispatch.catalogue.reference import catalogue
from dispatch.intake.commands.understand import place
from dispatch.intake.schemas import Report
from dispatch.jurisdiction.reference import gazetteer

#: Words outside the catalogue tell a problem too, when there are this many beside the address.
ENOUGH = 4
_NO_WORD = re.compile(r"[\W_\d]+")


@dataclass(frozen=True)
class Reading:
    """`point` is (longitude, latitude) in CGCS2000 where the words name a place surely enough.

    `is_vague`: they name one, but it may be several or is too wide.
    """

    category_id: int | None = None
    point: tuple[float, float] | None = None
    is_vague: bool = False
    tells_a_problem: bool = False


def read_text(session: Session, text: str) -> Reading:
    """Read a text the way intake will read the report made of it."""
    if not text.strip():
        return Reading()
    suggestion = catalogue(session).suggester.suggest(text)
    placed = place(session, Report(channel=Channel.WECHAT, description=text))
    point = None
    if placed.is_sure and placed.longitude is not None and placed.latitude is not None:
        point = (placed.longitude, placed.latitude)
    return Reading(
        category_id=suggestion.category_id if suggestion else None,
        point=point,
        is_vague=point is None and placed.longitude is not None,
        tells_a_problem=suggestion is not None or len(_beside_address(session, text)) >= ENOUGH,
    )


def _beside_address(session: Session, text: str) -> str:
    best = gazetteer(session).geocode(text, limit=1).best
    left = text if best is None else "".join(piece.text for piece in best.unrecognised)
    return _NO_WORD.sub("", left)
