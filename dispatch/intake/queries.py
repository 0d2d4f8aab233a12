"""Look-ups of intake: policies, likely duplicates, and the message a case came from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session, defer

from dispatch.cases.model import Case
from dispatch.cases.states import OPEN, Stage
from dispatch.catalogue.reference import CategoryFacts, city_setting
from dispatch.intake import phrases
from dispatch.intake.model import DuplicateRule, IntakeMessage, IntakePolicy, IntakeStatus
from dispatch.kit import spatial
from dispatch.kit.db import SRID
from dispatch.kit.reference import Cached
from geo.sphere import sphere_distance_m

#: Where an earlier case can still take in another report.
_JOINABLE = tuple(sorted(OPEN - {Stage.CHECKED}))


@dataclass(frozen=True)
class PolicyFacts:
    """A policy row in memory."""

    id: int
    channel: str | None
    category_id: int | None
    group: str | None
    min_confidence: float
    action: str
    explanation: str


@dataclass(frozen=True)
class DuplicateFacts:
    """A duplicate rule in memory."""

    category_id: int | None
    group: str | None
    distance_m: float
    hours: float


@dataclass(frozen=True)
class _Rules:
    policies: tuple[PolicyFacts, ...]
    duplicates: tuple[DuplicateFacts, ...]


@dataclass(frozen=True)
class Likely:
    """An earlier case that may be the same thing: how far away in metres, and since when."""

    case_id: int
    public_id: str
    number: str
    distance_m: float
    created_at: datetime

    @property
    def words(self) -> str:
        """Why the later report is tied to this case."""
        return phrases.ALIKE(number=self.number, metres=f"{self.distance_m:.0f}")


def _load(session: Session) -> _Rules:
    policies = session.execute(
        select(
            IntakePolicy.id,
            IntakePolicy.channel,
            IntakePolicy.category_id,
            IntakePolicy.group,
            IntakePolicy.min_confidence,
            IntakePolicy.action,
            IntakePolicy.explanation,
        )
    ).mappings()
    duplicates = session.execute(
        select(
            DuplicateRule.category_id,
            DuplicateRule.group,
            DuplicateRule.distance_m,
            DuplicateRule.hours,
        )
    ).mappings()
    return _Rules(
        tuple(PolicyFacts(**row) for row in policies),
        tuple(DuplicateFacts(**row) for row in duplicates),
    )


def _load_english(session: Session) -> dict[str, str]:
    asked = select(IntakePolicy.explanation, IntakePolicy.explanation_en)
    rows = session.execute(asked.where(IntakePolicy.explanation_en != "").distinct())
    return {row.explanation: row.explanation_en for row in rows}


_rules = Cached("policies", _load)
_english = Cached("policies", _load_english)


def english_explanations(session: Session) -> Mapping[str, str]:
    """What policies say of themselves, Chinese → English, as far as somebody has written it."""
    return _english.get(session)


def policy_for(
    session: Session, *, channel: str, category: CategoryFacts, confidence: float
) -> PolicyFacts | None:
    """The policy that holds: the narrowest subject, then the narrowest channel, then the highest bar."""
    fitting = [
        row
        for row in _rules.get(session).policies
        if row.channel in (None, channel)
        and row.category_id in (None, category.id)
        and row.group in (None, category.group)
        and row.min_confidence <= confidence
    ]
    return max(
        fitting,
        key=lambda row: (
            row.category_id is not None,
            row.group is not None,
            row.channel is not None,
            row.min_confidence,
            -row.id,
        ),
        default=None,
    )


def duplicate_rule_for(session: Session, category: CategoryFacts) -> DuplicateFacts | None:
    """How near in space and time counts as the same thing for this category."""
    fitting = [
        row
        for row in _rules.get(session).duplicates
        if row.category_id in (None, category.id) and row.group in (None, category.group)
    ]
    return max(
        fitting,
        key=lambda row: (row.category_id is not None, row.group is not None),
        default=None,
    )


def precise_m(session: Session) -> float:
    """The largest radius of uncertainty, in metres, with which a place from words ties two reports.

    A landmark does. Two reports of one road meet in its middle and may be a kilometre apart.
    """
    return float(city_setting(session, "duplicate_place_radius_m", 150.0))


def is_comparable(session: Session, *, radius_m: float | None, confidence: float | None) -> bool:
    """Whether a report's place and category are sure enough to tie it to another without a hand.

    A report that is tied wrongly is not looked at again, so a doubtful one stands alone.
    """
    sure = city_setting(session, "duplicate_confidence", 0.55)
    return (radius_m or 0.0) <= precise_m(session) and (confidence or 0.0) >= sure


#: Written out and prepared once: intake asks it for every report.
_NEAR = text(
    f"""
SELECT id, public_id, number, created_at, longitude, latitude FROM cases
WHERE geom && ST_MakeEnvelope(:west, :south, :east, :north, {SRID})
  AND category_id = :category AND created_at >= :since AND stage = ANY(:stages)
  AND coalesce(place_radius_m, 0) <= :precise AND id < :before
LIMIT 50
"""  # noqa: S608 - a constant of our own is put in; every value is bound
)
_NO_CASE = 2**62


def likely_duplicates(
    session: Session,
    *,
    category: CategoryFacts,
    longitude: float,
    latitude: float,
    at: datetime,
    before_case: int | None = None,
) -> Sequence[Likely]:
    """Open cases of the same minor class near in space and time, the nearest first, then the earliest.

    The place is CGCS2000 degrees, `at` when it was reported; cases whose own place is vague are no
    match. `before_case` leaves out that case and those after it.
    """
    rule = duplicate_rule_for(session, category)
    if rule is None:
        return ()
    box = spatial.around(longitude, latitude, rule.distance_m)
    rows = session.execute(
        _NEAR,
        {
            "west": box.west,
            "south": box.south,
            "east": box.east,
            "north": box.north,
            "category": category.id,
            "since": at - timedelta(hours=rule.hours),
            "stages": list(_JOINABLE),
            "precise": precise_m(session),
            "before": _NO_CASE if before_case is None else before_case,
        },
    )
    found = [
        Likely(
            row.id,
            row.public_id,
            row.number,
            sphere_distance_m(longitude, latitude, row.longitude, row.latitude),
            row.created_at,
        )
        for row in rows
    ]
    return sorted(
        (each for each in found if each.distance_m <= rule.distance_m),
        key=lambda each: (round(each.distance_m), each.case_id),
    )


def message_by_key(
    session: Session, *, channel: str, source: str, dedupe_key: str
) -> IntakeMessage | None:
    """The message that was stored under this key."""
    return session.scalar(
        select(IntakeMessage).where(
            IntakeMessage.channel == channel,
            IntakeMessage.source == source,
            IntakeMessage.dedupe_key == dedupe_key,
        )
    )


def failed_messages(
    session: Session, *, channel: str | None, limit: int
) -> Sequence[IntakeMessage]:
    """Messages that could not be used, the latest first."""
    query = select(IntakeMessage).where(IntakeMessage.status == IntakeStatus.FAILED)
    if channel is not None:
        query = query.where(IntakeMessage.channel == channel)
    return session.scalars(query.order_by(IntakeMessage.id.desc()).limit(limit)).all()


def case_number(session: Session, case_id: int | None) -> str | None:
    """The number of the case that a message made."""
    return session.scalar(select(Case.number).where(Case.id == case_id))


@dataclass(frozen=True)
class MessageFilter:
    """Which messages are looked for; what is None or empty does not matter."""

    channel: str = ""
    status: IntakeStatus | None = None
    error_code: str = ""
    since: datetime | None = None
    until: datetime | None = None


def messages_found(
    session: Session, wanted: MessageFilter, *, before: int | None, limit: int
) -> Sequence[IntakeMessage]:
    """The intake log, newest first, without the bytes of the bodies."""
    asked = (
        select(IntakeMessage)
        .options(defer(IntakeMessage.raw), defer(IntakeMessage.payload))
        .order_by(IntakeMessage.id.desc())
        .limit(limit)
    )
    if wanted.channel:
        asked = asked.where(IntakeMessage.channel == wanted.channel)
    if wanted.status is not None:
        asked = asked.where(IntakeMessage.status == wanted.status)
    if wanted.error_code:
        asked = asked.where(
            IntakeMessage.status == IntakeStatus.FAILED,
            IntakeMessage.error_code == wanted.error_code,
        )
    if wanted.since is not None:
        asked = asked.where(IntakeMessage.received_at >= wanted.since)
    if wanted.until is not None:
        asked = asked.where(IntakeMessage.received_at < wanted.until)
    if before is not None:
        asked = asked.where(IntakeMessage.id < before)
    return session.scalars(asked).all()


def message_by_id(session: Session, message_id: int) -> IntakeMessage | None:
    """One message, whole."""
    return session.get(IntakeMessage, message_id)


def failures_since(session: Session, since: datetime) -> dict[str, int]:
    """How many messages failed since a moment, by reason."""
    rows = session.execute(
        select(IntakeMessage.error_code, func.count())
        .where(IntakeMessage.status == IntakeStatus.FAILED, IntakeMessage.received_at >= since)
        .group_by(IntakeMessage.error_code)
    )
    return {row[0] or "": row[1] for row in rows}
