"""What stands beside a call by itself: places, categories, likely duplicates, knowledge, the caller's cases."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from dispatch.cases import present
from dispatch.cases.model import Channel
from dispatch.cases.placing import point_of
from dispatch.cases.schemas import CaseOut
from dispatch.catalogue.reference import CategoryFacts, ConditionFacts, catalogue
from dispatch.hotline.queries.callers import cases_of_caller, digits_of
from dispatch.hotline.queries.knowledge import snippets_for
from dispatch.hotline.queries.places import Found, Near, cases_near, places_for
from dispatch.hotline.reference import SnippetFacts
from dispatch.intake.commands.understand import place
from dispatch.intake.schemas import Report
from dispatch.jurisdiction.reference import gazetteer, locate
from dispatch.kit.errors import InvalidInput
from dispatch.people.policy import Person
from geo.crs import Crs

MOST_SUGGESTED: Final = 4
#: The keys that link the caller's report to the first, second, third card.
LINK_KEYS: Final = ("F8", "F9", "F10")


@dataclass(frozen=True)
class Suggested:
    """A category that words of the caller speak for."""

    category: CategoryFacts
    score: float
    words: tuple[str, ...]


@dataclass(frozen=True)
class Card:
    """A case that may be the same thing, as it is drawn."""

    case: CaseOut
    near: Near
    key: str


@dataclass(frozen=True)
class Spot:
    """The place that is meant now: a point marked by hand, or what the words surely say."""

    longitude: float
    latitude: float
    is_marked: bool
    where: str
    words: str


@dataclass(frozen=True)
class Side:
    """Everything beside the form."""

    places: list[Found]
    spot: Spot | None
    suggested: list[Suggested]
    category: CategoryFacts | None
    is_chosen: bool
    condition: ConditionFacts | None
    cards: list[Card]
    snippets: list[SnippetFacts]
    earlier: list[CaseOut]
    asked_for: str


def side_of(session: Session, person: Person, fields: Mapping[str, str], *, at: datetime) -> Side:
    """What can be told from what has been typed so far."""
    words = " ".join(filter(None, (fields.get("description"), fields.get("address"))))
    suggested = _suggested(session, fields.get("description", ""))
    chosen = catalogue(session).find(fields["category"]) if fields.get("category") else None
    category = chosen or (suggested[0].category if suggested else None)
    spot = spot_of(session, fields)
    phone = digits_of(fields.get("contact_phone", ""))
    earlier = cases_of_caller(session, person, phone) if phone else ()
    return Side(
        places=places_for(session, fields.get("address", "")),
        spot=spot,
        suggested=suggested,
        category=category,
        is_chosen=chosen is not None,
        condition=_condition(session, fields, category),
        cards=_cards(session, person, spot, category, at=at),
        snippets=snippets_for(session, words, category),
        earlier=present.cases_out(session, earlier, person=person, at=at),
        asked_for=phone,
    )


def _suggested(session: Session, description: str) -> list[Suggested]:
    known = catalogue(session)
    ranking = known.suggester.ranking(description, most=MOST_SUGGESTED)
    return [Suggested(known.by_id[each.category_id], each.score, each.words) for each in ranking]


def _condition(
    session: Session, fields: Mapping[str, str], category: CategoryFacts | None
) -> ConditionFacts | None:
    """The condition chosen, else the one that the words point to."""
    if category is None:
        return None
    given = next((c for c in category.conditions if str(c.id) == fields.get("condition")), None)
    key = catalogue(session).suggester.condition_key(fields.get("description", ""), category.id)
    return given or category.condition_for(key)


def spot_of(session: Session, fields: Mapping[str, str]) -> Spot | None:
    """Where it is: the point that was marked, else what the words surely say."""
    marked = _marked(session, fields)
    if marked is not None or not (fields.get("address") or fields.get("description")):
        return marked
    report = Report(
        channel=Channel.PHONE,
        description=fields.get("description", ""),
        address=fields.get("address") or None,
    )
    read = place(session, report)
    if not read.is_sure or read.longitude is None or read.latitude is None:
        return None
    return _spot(session, read.longitude, read.latitude, is_marked=False)


def _marked(session: Session, fields: Mapping[str, str]) -> Spot | None:
    try:
        longitude, latitude = float(fields["longitude"]), float(fields["latitude"])
        point = point_of(session, longitude, latitude, Crs.WGS84)
    except (KeyError, ValueError, InvalidInput):
        return None
    return _spot(session, point.longitude, point.latitude, is_marked=True)


def _spot(session: Session, longitude: float, latitude: float, *, is_marked: bool) -> Spot:
    found = locate(session, longitude, latitude)
    where = f"{found.district} · {found.street} · {found.community}" if found else ""
    words = gazetteer(session).reverse(longitude, latitude).text if found else ""
    return Spot(longitude, latitude, is_marked, where, words)


def _cards(
    session: Session,
    person: Person,
    spot: Spot | None,
    category: CategoryFacts | None,
    *,
    at: datetime,
) -> list[Card]:
    if spot is None:
        return []
    near = cases_near(session, spot.longitude, spot.latitude, category=category, at=at)
    shown = present.cases_out(session, [each.case for each in near], person=person, at=at)
    return [Card(case, each, key) for case, each, key in zip(shown, near, LINK_KEYS, strict=False)]
