"""What can be made out of a report: its place, its category, its condition, each with its reason."""

from dataclasses import dataclass, field, replace

from sqlalchemy.orm import Session

from dispatch.cases.commands.effects_desk import condition_given
from dispatch.cases.placing import Point, area_columns, point_of
from dispatch.catalogue.reference import CategoryFacts, ConditionFacts, catalogue, city_setting
from dispatch.intake import phrases
from dispatch.intake.schemas import Report, StaffReportIn
from dispatch.jurisdiction.reference import Location, gazetteer, locate
from dispatch.kit.db import Json
from dispatch.kit.errors import InvalidInput, invalid
from dispatch.parts.model import Part
from dispatch.parts.queries import nearest_among, part_by_code
from geo.gazetteer import Candidate, Verdict
from geo.sphere import sphere_distance_m


@dataclass(frozen=True)
class Placed:
    """Where it is. `problem` says why it is not sure; `radius_m` how far off the point may be."""

    longitude: float | None = None
    latitude: float | None = None
    confidence: float | None = None
    radius_m: float | None = None
    areas: Json = field(default_factory=lambda: area_columns(None))
    explanation: Json = field(default_factory=dict)
    problem: str | None = None

    @property
    def is_sure(self) -> bool:
        """Whether the point can be relied on without a person's eye."""
        return self.longitude is not None and self.problem is None


@dataclass(frozen=True)
class Classed:
    """What it is about, and how that was found; `problem` says why a person must look at it."""

    category: CategoryFacts | None = None
    condition: ConditionFacts | None = None
    source: str | None = None
    confidence: float | None = None
    reason: str | None = None
    problem: str | None = None


def place(session: Session, report: Report) -> Placed:
    """The point given; without one, or with one that is no place in the city, what the words tell."""
    if report.longitude is None or report.latitude is None:
        return _by_words(session, report, None)
    try:
        point = point_of(session, report.longitude, report.latitude, report.crs)
    except InvalidInput:
        if report.by_machine:
            raise
        problem = "bad_coordinates"
    else:
        if point.location is not None:
            return _pinned(session, report, point, point.location)
        problem = "outside_jurisdiction"
        if report.by_machine:
            return Placed(point.longitude, point.latitude, problem=problem)
    return _swapped(session, report) or _by_words(session, report, problem)


def _pinned(session: Session, report: Report, point: Point, location: Location) -> Placed:
    """A point in the city: certain, unless a person's own address surely lies elsewhere."""
    away = None if report.by_machine else _contradiction(session, report.address, point)
    return Placed(
        point.longitude,
        point.latitude,
        confidence=1.0 if away is None else None,
        areas=area_columns(location),
        explanation=away or {},
        problem=None if away is None else "place_conflict",
    )


def _contradiction(session: Session, address: str | None, point: Point) -> Json | None:
    """Where an address surely lies, when that is too far from the point for both to be right."""
    if not address:
        return None
    found = gazetteer(session).geocode(address, limit=1)
    if found.best is None or found.verdict is not Verdict.CONFIDENT:
        return None
    distance = sphere_distance_m(point.longitude, point.latitude, found.best.lon, found.best.lat)
    if distance - found.best.radius_m <= city_setting(session, "place_conflict_m", 300.0):
        return None
    return {**_told(found.best, found.verdict), "distance_m": round(distance)}


def _swapped(session: Session, report: Report) -> Placed | None:
    """The point with longitude and latitude the other way round, if that lies in the city."""
    try:
        point = point_of(session, report.latitude or 0, report.longitude or 0, report.crs)
    except InvalidInput:
        return None
    if point.location is None:
        return None
    return Placed(
        point.longitude,
        point.latitude,
        areas=area_columns(point.location),
        explanation={"words": "经度和纬度写反了,已按对调后的位置定位"},
        problem="swapped_coordinates",
    )


def _by_words(session: Session, report: Report, problem: str | None) -> Placed:
    """Geocode the address; without one, or with one that says nothing, the description.

    A point given outside the city stays a doubt, and so does an address that could not be read.
    """
    found, unread = gazetteer(session).geocode(report.address or report.description, limit=3), False
    if report.address and not found.candidates:
        found, unread = gazetteer(session).geocode(report.description, limit=3), True
    if not found.candidates:
        return Placed(problem=problem or "no_place")
    best = found.candidates[0]
    location = locate(session, best.lon, best.lat)
    if location is None:
        return Placed(problem=problem or "outside_jurisdiction")
    sure = (
        not unread
        and found.verdict is Verdict.CONFIDENT
        and best.radius_m <= city_setting(session, "place_radius_m", 600.0)
    )
    return Placed(
        best.lon,
        best.lat,
        confidence=best.confidence,
        radius_m=best.radius_m,
        areas=area_columns(location),
        explanation={
            **_told(best, found.verdict),
            "rivals": [
                {"text": each.text, "longitude": each.lon, "latitude": each.lat}
                for each in found.candidates[1:]
            ],
        },
        problem=problem or (None if sure else "place_uncertain"),
    )


def _told(best: Candidate, verdict: Verdict) -> Json:
    return {
        "text": best.text,
        "kind": best.kind,
        "radius_m": best.radius_m,
        "confidence": best.confidence,
        "verdict": verdict,
        "words": best.explanation,
    }


def classify(session: Session, report: Report, at: Placed) -> Classed:
    """The category given, else that of the part, else what the words say, else what stands there."""
    category = _given(session, report)
    if category is not None:
        confidence = 1.0 if report.confidence is None else report.confidence
        return _with_condition(
            session, report, category, source="given", confidence=confidence, reason=None
        )
    found = _by_part_code(session, report) or _by_description(session, report)
    found = found or _by_nearest_part(session, report, at) or Classed(problem="no_category")
    if not report.category:
        return found
    if found.reason is None:
        reason = phrases.UNKNOWN(given=report.category)
    else:
        reason = phrases.UNKNOWN_BUT(given=report.category, found=found.reason)
    return replace(found, problem="unknown_category", reason=reason)


def _given(session: Session, report: Report) -> CategoryFacts | None:
    """The category in use that was named, by itself or through its condition."""
    known = catalogue(session)
    if report.category:
        found = known.find(report.category)
    else:
        condition = known.conditions.get(report.condition_id or 0)
        found = known.by_id[condition.category_id] if condition is not None else None
    return found if found is not None and found.active else None


def _by_part_code(session: Session, report: Report) -> Classed | None:
    part = part_by_code(session, report.part_code) if report.part_code else None
    if part is None:
        return None
    return _by_part(session, report, part, confidence=1.0, reason=phrases.PART(code=part.code))


def _by_description(session: Session, report: Report) -> Classed | None:
    known = catalogue(session)
    suggestion = known.suggester.suggest(report.description)
    if suggestion is None:
        return None
    category = known.by_id[suggestion.category_id]
    words = "、".join((*suggestion.words, *suggestion.condition_words))
    return Classed(
        category,
        category.condition_for(suggestion.condition_key),
        source="suggested",
        confidence=suggestion.confidence,
        reason=phrases.WORDS(words=words),
    )


def _with_condition(
    session: Session,
    report: Report,
    category: CategoryFacts,
    *,
    source: str,
    confidence: float,
    reason: str | None,
) -> Classed:
    """The condition given, else the one the words point to, else the category's default."""
    known = catalogue(session)
    given = known.conditions.get(report.condition_id or 0)
    if given is not None and given.category_id == category.id:
        condition: ConditionFacts | None = given
    else:
        key = known.suggester.condition_key(report.description, category.id)
        condition = category.condition_for(key)
    return Classed(category, condition, source=source, confidence=confidence, reason=reason)


def _by_part(
    session: Session, report: Report, part: Part, *, confidence: float, reason: str
) -> Classed:
    category = catalogue(session).by_id[part.category_id]
    return _with_condition(
        session, report, category, source="part", confidence=confidence, reason=reason
    )


def _by_nearest_part(session: Session, report: Report, at: Placed) -> Classed | None:
    """No word is known: the part that stands there is offered to the agent, and no more than that."""
    if not at.is_sure or at.longitude is None or at.latitude is None or report.by_machine:
        return None
    parts = [each.id for each in catalogue(session).by_id.values() if each.kind == "part"]
    near = nearest_among(
        session,
        parts,
        lon=at.longitude,
        lat=at.latitude,
        within_m=city_setting(session, "part_suggest_distance_m", 10.0),
    )
    if near is None:
        return None
    offered = _by_part(
        session,
        report,
        near.part,
        confidence=city_setting(session, "part_suggest_confidence", 0.4),
        reason=phrases.NEAR_PART(
            code=near.part.code, part=near.part.name, metres=f"{near.distance_m:.0f}"
        ),
    )
    return replace(offered, problem="no_category")


def condition_of(session: Session, given: StaffReportIn) -> int | None:
    """The id of the condition named, of the category named with it; InvalidInput for another's."""
    known, named = catalogue(session), given.condition
    if named in (None, ""):
        return None
    category = known.find(given.category) if given.category else None
    if category is None and isinstance(named, int) and named in known.conditions:
        category = known.by_id[known.conditions[named].category_id]
    if category is None:
        raise invalid("condition", "请先选类别", "Choose the category first")
    return condition_given(category, named).id
