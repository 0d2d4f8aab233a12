"""Before a report is sent: how it is understood, and which open cases may be the same thing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from dispatch.cases.model import Case
from dispatch.cases.queries.public import first_photos
from dispatch.cases.states import Stage
from dispatch.catalogue.reference import CategoryFacts, ConditionFacts, catalogue
from dispatch.intake.commands.understand import Classed, Placed, classify, place
from dispatch.intake.queries import Likely, likely_duplicates, precise_m
from dispatch.intake.schemas import Report

#: How many cases somebody is asked to compare with.
MOST = 4
#: How many kinds are offered beside the first.
RIVALS = 3


@dataclass(frozen=True)
class Alike:
    """An open case nearby that may be the same thing."""

    public_id: str
    case_id: int
    category: CategoryFacts | None
    stage: Stage
    distance_m: float
    created_at: datetime
    reporters: int
    has_photo: bool


@dataclass(frozen=True)
class Understood:
    """A report that is still being written, as the platform reads it."""

    placed: Placed
    classed: Classed
    rivals: tuple[CategoryFacts, ...]
    alike: tuple[Alike, ...]

    @property
    def condition(self) -> ConditionFacts | None:
        """The filing condition, with the limit that is promised."""
        return self.classed.condition


def understand(session: Session, report: Report, *, at: datetime) -> Understood:
    """Read a report as intake will read it, without storing anything."""
    placed = place(session, report)
    classed = classify(session, report, placed)
    rivals = _rivals(session, report.description, classed.category)
    kinds = [each for each in (classed.category, *rivals) if each is not None]
    return Understood(placed, classed, rivals, _alike(session, placed, kinds, at=at))


def _rivals(
    session: Session, words: str, chosen: CategoryFacts | None
) -> tuple[CategoryFacts, ...]:
    known = catalogue(session)
    suggestion = known.suggester.suggest(words)
    if suggestion is None:
        return ()
    ids = (suggestion.category_id, *(category for category, _ in suggestion.rivals))
    found = (known.by_id[each] for each in ids if chosen is None or each != chosen.id)
    return tuple(found)[:RIVALS]


def _alike(
    session: Session, placed: Placed, kinds: Sequence[CategoryFacts], *, at: datetime
) -> tuple[Alike, ...]:
    """The nearest of each kind that the words may mean; a vague place is like nothing."""
    if placed.longitude is None or placed.latitude is None:
        return ()
    if (placed.radius_m or 0.0) > precise_m(session):
        return ()
    found = [
        each
        for kind in kinds
        for each in likely_duplicates(
            session,
            category=kind,
            longitude=placed.longitude,
            latitude=placed.latitude,
            at=at,
        )
    ]
    nearest = sorted(found, key=lambda each: (each.distance_m, each.case_id))[:MOST]
    photos = first_photos(session, [each.case_id for each in nearest])
    return tuple(_shown(session, each, has_photo=each.case_id in photos) for each in nearest)


def _shown(session: Session, likely: Likely, *, has_photo: bool) -> Alike:
    case = session.get_one(Case, likely.case_id)
    return Alike(
        public_id=likely.public_id,
        case_id=likely.case_id,
        category=catalogue(session).by_id.get(case.category_id or 0),
        stage=Stage(case.stage),
        distance_m=likely.distance_m,
        created_at=likely.created_at,
        reporters=case.reporters_count,
        has_photo=has_photo,
    )
