"""What can be made out of a report: its place, its category, its condition, each with its reason."""

from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from dispatch.cases.placing import area_columns, point_of
from dispatch.catalogue.reference import CategoryFacts, ConditionFacts, catalogue, city_setting
from dispatch.intake.schemas import Report
from dispatch.jurisdiction.reference import gazetteer, locate
from dispatch.kit.db import Json
from dispatch.kit.errors import InvalidInput
from dispatch.parts.model import Part
from dispatch.parts.queries import nearest_among, part_by_code
from geo.gazetteer import Verdict


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
    """What it is about, and how that was found."""

    category: CategoryFacts | None = None
    condition: ConditionFacts | None = None
    source: str | None = None
    confidence: float | None = None
    reason: str | None = None


def place(session: Session, report: Report) -> Placed:
    """The point given; without one, or with one outside the city, what the words tell."""
    problem = None
    if report.longitude is not None and report.latitude is not None:
        try:
            point = point_of(session, report.longitude, report.latitude, report.crs)
        except InvalidInput:
            if report.by_machine:
                raise
            problem = "bad_coordinates"
        else:
            if point.location is not None:
                return Placed(
                    point.longitude,
                    point.latitude,
                    confidence=1.0,
                    areas=area_columns(point.location),
                )
            problem = "outside_jurisdiction"
            if report.by_machine:
                return Placed(point.longitude, point.latitude, problem=problem)
    return _by_words(session, report, problem)


def _by_words(session: Session, report: Report, problem: str | None) -> Placed:
    """Geocode the address; without one the description. A point given outside the city stays a doubt."""
    phrase = report.address or report.description
    found = gazetteer(session).geocode(phrase, limit=3)
    if not found.candidates:
        return Placed(problem=problem or "no_place")
    best = found.candidates[0]
    location = locate(session, best.lon, best.lat)
    if location is None:
        return Placed(problem=problem or "outside_jurisdiction")
    sure = found.verdict is Verdict.CONFIDENT and best.radius_m <= city_setting(
        session, "place_radius_m", 600.0
    )
    return Placed(
        best.lon,
        best.lat,
        confidence=best.confidence,
        radius_m=best.radius_m,
        areas=area_columns(location),
        explanation={
            "text": best.text,
            "kind": best.kind,
            "radius_m": best.radius_m,
            "confidence": best.confidence,
            "verdict": found.verdict,
            "words": best.explanation,
            "rivals": [
                {"text": each.text, "longitude": each.lon, "latitude": each.lat}
                for each in found.candidates[1:]
            ],
        },
        problem=problem or (None if sure else "place_uncertain"),
    )


def classify(session: Session, report: Report, at: Placed) -> Classed:
    """The category given, else that of the part, else what the words say, else what stands there."""
    known = catalogue(session)
    if report.category:
        category = known.find(report.category)
        if category is not None:
            return _with_condition(
                session,
                report,
                category,
                source="given",
                confidence=1.0 if report.confidence is None else report.confidence,
                reason=None,
            )
    if report.part_code:
        part = part_by_code(session, report.part_code)
        if part is not None:
            return _by_part(session, report, part, confidence=1.0, reason=f"部件 {part.code}")
    suggestion = known.suggester.suggest(report.description)
    if suggestion is not None:
        category = known.by_id[suggestion.category_id]
        words = "、".join((*suggestion.words, *suggestion.condition_words))
        return Classed(
            category,
            category.condition_for(suggestion.condition_key),
            source="suggested",
            confidence=suggestion.confidence,
            reason=f"依据词语:{words}",
        )
    return _by_nearest_part(session, report, at)


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


def _by_nearest_part(session: Session, report: Report, at: Placed) -> Classed:
    """No word is known: the part that stands there is offered, with little confidence."""
    if not at.is_sure or at.longitude is None or at.latitude is None or report.by_machine:
        return Classed()
    parts = [each.id for each in catalogue(session).by_id.values() if each.kind == "part"]
    near = nearest_among(
        session,
        parts,
        lon=at.longitude,
        lat=at.latitude,
        within_m=city_setting(session, "part_suggest_distance_m", 10.0),
    )
    if near is None:
        return Classed()
    return _by_part(
        session,
        report,
        near.part,
        confidence=city_setting(session, "part_suggest_confidence", 0.4),
        reason=f"最近的部件 {near.part.code}({near.part.name}),距 {near.distance_m:.0f} 米",
    )
