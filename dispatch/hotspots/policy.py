"""How a search is set: over how many days, how near, how sure; the city's own values are rows of its settings."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from dispatch.catalogue.reference import city_setting

#: Years that parts of a group are made to last, where the city has said nothing else.
LIFE: Final = {"manhole": 15, "pole": 20, "lamp": 15, "line": 20, "traffic": 10, "amenity": 8}
OTHER_LIFE: Final = 15


@dataclass(frozen=True)
class Rules:
    """`share`: how many of the findings may be false; `least`: repeats with fewer cases are none."""

    days: int = 28
    metres: float = 400.0
    share: float = 0.05
    least: int = 3
    part_days: int = 365
    returns_days: int = 90
    renewal_days: int = 730
    most: int = 50


def rules_of(session: Session) -> Rules:
    """The rules of this city."""
    return Rules(
        days=int(city_setting(session, "hotspot_days", Rules.days)),
        metres=float(city_setting(session, "hotspot_metres", Rules.metres)),
        share=float(city_setting(session, "hotspot_false_share", Rules.share)),
        least=int(city_setting(session, "hotspot_least_cases", Rules.least)),
    )
