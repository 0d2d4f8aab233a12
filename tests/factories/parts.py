"""Parts for tests."""

from sqlalchemy.orm import Session

from dispatch.catalogue.model import Category
from dispatch.parts.model import Part


def add_category(session: Session, code: str = "P0103", *, name: str = "雨水井盖") -> Category:
    """An active class of parts or events, by the first letter of its code; flushed."""
    made = Category(
        scheme="T",
        code=code,
        kind="part" if code.startswith("P") else "event",
        major_code=code[1:3],
        major_name="公用设施",
        minor_code=code[3:],
        name=name,
        group="manhole",
        sign="井",
        active=True,
    )
    session.add(made)
    session.flush()
    return made


def add_part(
    session: Session,
    category: Category,
    serial: int,
    *,
    lon: float,
    lat: float,
    owner_id: int | None = None,
) -> Part:
    """A part at a CGCS2000 place, flushed."""
    made = Part(
        code=f"450202{category.code[1:]}{serial:06d}",
        category_id=category.id,
        name=category.name,
        owner_id=owner_id,
        synthetic=True,
        geom=f"SRID=4490;POINT({lon} {lat})",
    )
    session.add(made)
    session.flush()
    return made
