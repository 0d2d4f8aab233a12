"""What a list of cases is narrowed to, as conditions that the indexes can answer."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, and_, func, not_, or_
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import TextClause

from dispatch.cases.deadlines import PAUSED_IN, Light
from dispatch.cases.indexes import IS_OPEN
from dispatch.cases.model import Case
from dispatch.cases.queries import search
from dispatch.cases.states import FINAL, OPEN, Stage
from dispatch.catalogue.reference import catalogue
from dispatch.jurisdiction.model import AreaKind
from dispatch.jurisdiction.reference import area_names
from dispatch.kit import spatial
from dispatch.kit.clock import CITY_ZONE
from dispatch.kit.spatial import Box

Condition = ColumnElement[bool] | TextClause


@dataclass(frozen=True)
class CaseFilter:
    """What a list is narrowed to; what is None does not matter.

    `since` and `until` bound the time of the report (until: not any more). `text` is read by
    `search.read`; only with `phones` may its digits be a reporter's.
    """

    stages: tuple[Stage, ...] = ()
    department_id: int | None = None
    district_code: str | None = None
    street_code: str | None = None
    grid: str | None = None
    category: str | None = None
    group: str | None = None
    light: Light | None = None
    channel: str | None = None
    text: str | None = None
    box: Box | None = None
    review: bool | None = None
    hazard: bool | None = None
    request: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    phones: bool = False

    @property
    def is_open(self) -> bool:
        """Whether only cases in work can be in it: the few that every order is cheap for."""
        if self.light not in (None, Light.DONE):
            return True
        return bool(self.stages) and OPEN.issuperset(self.stages)


def midnight(day: date) -> datetime:
    """When a day of the city begins."""
    return datetime.combine(day, time.min, CITY_ZONE)


def span_of(
    *, days: int | None, since: date | None, until: date | None, at: datetime
) -> tuple[datetime | None, datetime | None]:
    """From when to before when: the last `days`, today among them; else from one day to another, both in."""
    if days is not None:
        return midnight(at.astimezone(CITY_ZONE).date() - timedelta(days=days - 1)), None
    return (
        midnight(since) if since else None,
        midnight(until + timedelta(days=1)) if until else None,
    )


def light_is(light: Light, at: datetime) -> Condition:
    """A light of a case in work, the same rule as `deadlines.light_of`; no clock has stopped after `at`."""
    started = Case.clock_started_at.is_not(None)
    if light is Light.NONE:
        return not_(started)
    paused = and_(Case.remaining_s.is_not(None), Case.stage.in_(PAUSED_IN))
    if light is Light.PAUSED:
        return and_(started, paused)
    until = func.coalesce(Case.clock_stopped_at, at)
    running = and_(started, not_(paused))
    if light is Light.RED:
        return and_(running, Case.due_at <= at, Case.due_at <= until)
    in_time = or_(Case.due_at.is_(None), Case.due_at > until)
    if light is Light.YELLOW:
        return and_(running, in_time, Case.warn_at <= until)
    return and_(running, in_time, or_(Case.warn_at.is_(None), Case.warn_at > until))


def _place(session: Session, wanted: CaseFilter) -> list[Condition]:
    found: list[Condition] = []
    if wanted.district_code is not None:
        real = (AreaKind.DISTRICT, wanted.district_code) in area_names(session)
        column = Case.district_code if real else Case.virtual_district_code
        found.append(column == wanted.district_code)
    if wanted.street_code is not None:
        found.append(Case.street_code == wanted.street_code)
    if wanted.grid is not None:
        found.append(or_(Case.grid_code == wanted.grid, Case.working_grid == wanted.grid))
    if wanted.box is not None:
        found.append(spatial.inside(Case.geom, wanted.box))
    return found


def _subject(session: Session, wanted: CaseFilter) -> list[Condition]:
    found: list[Condition] = []
    if wanted.category is not None:
        given = wanted.category
        every = catalogue(session).by_id.values()
        found.append(
            Case.category_id.in_([each.id for each in every if given in (each.code, each.name)])
        )
    if wanted.group is not None:
        found.append(Case.group == wanted.group)
    if wanted.channel is not None:
        found.append(Case.channel == wanted.channel)
    if wanted.hazard is not None:
        found.append(Case.hazard.is_(wanted.hazard))
    return found


def _stage(wanted: CaseFilter) -> list[Condition]:
    """Said once: the planner would take two ways of saying it for two coincidences."""
    light = wanted.light
    within = None if light is None else FINAL if light is Light.DONE else OPEN
    stages = within if not wanted.stages else frozenset(wanted.stages)
    if within is not None and stages is not None:
        stages &= within
    if stages is None:
        return []
    return [IS_OPEN if stages == OPEN else Case.stage.in_(sorted(stages))]


def _standing(wanted: CaseFilter, at: datetime) -> list[Condition]:
    found = _stage(wanted)
    if wanted.department_id is not None:
        found.append(Case.department_id == wanted.department_id)
    if wanted.light is not None and wanted.light is not Light.DONE:
        found.append(light_is(wanted.light, at))
    if wanted.review is not None:
        found.append(Case.review_reason.is_not(None) == wanted.review)
    if wanted.request is not None:
        found.append(Case.open_requests.contains([wanted.request]))
    return found


def conditions(session: Session, wanted: CaseFilter, *, at: datetime) -> list[Condition]:
    """The conditions of a filter."""
    found = [*_standing(wanted, at), *_place(session, wanted), *_subject(session, wanted)]
    if wanted.since is not None:
        found.append(Case.created_at >= wanted.since)
    if wanted.until is not None:
        found.append(Case.created_at < wanted.until)
    if wanted.text:
        asked = search.read(wanted.text, at=at, phones=wanted.phones)
        found.append(search.matches(session, asked))
    return found
