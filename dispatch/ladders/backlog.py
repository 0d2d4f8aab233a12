"""What has reached a step before it is in use: looked at before it takes effect, and told of to each person once."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from dispatch.departments.reference import department_name
from dispatch.kit import outbox
from dispatch.kit.audit import Actor
from dispatch.ladders.bounds import STAGE_OF, Stretch, bounds_of, known_limits, own_calendars
from dispatch.ladders.model import BeyondUnit, Clock, Ladder, LadderStep, Light
from dispatch.ladders.queries import REACHED, limits_of_open, without_compiling
from dispatch.ladders.reference import StepFacts, ladders
from dispatch.notices.events import ESCALATED, TOLD, Audience, Way
from dispatch.notices.model import StaffNotice
from dispatch.notices.readers import Member, concern_of, members_of
from dispatch.notices.values import CLOCKS

#: A step is in use from now on, and those whom it names are to be told of what it finds, gathered.
SWITCHED_ON: Final = "ladder.switched_on"
#: What makes it another step for those it tells.
TELLING: Final = (
    "ladder",
    "clock",
    "level",
    "light",
    "beyond",
    "beyond_unit",
    "audience",
    "way",
    "active",
)
MOST_NAMED: Final = 50
SOON: Final = timedelta(hours=24)
_GROUPS = text(
    f"""
SELECT department_id, district_code, inspector_id, working_grid, count(DISTINCT id) AS cases
FROM (
  SELECT id, department_id, district_code,
    CASE WHEN :of_grids THEN inspector_id END AS inspector_id,
    CASE WHEN :of_grids THEN working_grid END AS working_grid
  FROM ({REACHED}) AS found) AS each_once
GROUP BY 1, 2, 3, 4
"""  # noqa: S608 - our own words
)
_NAMED = text(
    f"SELECT public_id, department_id, stage_since FROM ({REACHED}) AS found"  # noqa: S608
    f" ORDER BY since, id LIMIT {MOST_NAMED}"
)


@dataclass(frozen=True)
class Share:
    """How many of the cases concern one person."""

    member: Member
    cases: int


@dataclass(frozen=True)
class Backlog:
    """The cases that have reached a step of which nobody was told: how many, whose, the oldest by name.

    `soon`: how many more will within a day, as things are. `is_group`: a chat group would be told.
    """

    cases: int
    shares: Sequence[Share]
    named: Sequence[tuple[str, str]]
    soon: int
    is_group: bool

    @property
    def most(self) -> int:
        """How many concern the one with most of them."""
        return max((each.cases for each in self.shares), default=0)


def step_in(values: Mapping[str, Any]) -> StepFacts:
    """A step as a form or a row has it."""
    return StepFacts(
        values.get("id") or 0,
        Ladder(values["ladder"]),
        Clock(values["clock"]),
        values["level"],
        Light(values["light"]),
        values["beyond"],
        BeyondUnit(values["beyond_unit"]),
        Audience(values["audience"]),
        Way(values["way"]),
        values["repeat_minutes"],
        values["quiet_from"],
        values["quiet_until"],
    )


def backlog_of(session: Session, step: StepFacts, *, at: datetime) -> Backlog:
    """What a step finds that takes effect now, set-wise: its time depends on how many kinds there are."""
    without_compiling(session)
    limits = known_limits(session, *limits_of_open(session))
    asked = _asked(session, step, Stretch(None, at), limits=limits, at=at)
    groups = session.execute(_GROUPS, asked).all()
    named = session.execute(_NAMED, {key: asked[key] for key in ("bounds", "calendars", "at")})
    later = _asked(session, step, Stretch(at, at + SOON), limits=limits, at=at)
    return Backlog(
        sum(each.cases for each in groups),
        _shares(session, step, groups),
        [(row.public_id, department_name(session, row.department_id) or "") for row in named],
        sum(each.cases for each in session.execute(_GROUPS, later)),
        not members_of(session, step.audience),
    )


def _asked(
    session: Session, step: StepFacts, stretch: Stretch, *, limits: set[Any], at: datetime
) -> dict[str, Any]:
    found = bounds_of(session, step, stretch, limits=limits)
    return {
        "bounds": json.dumps([each.row() for each in found]),
        "calendars": json.dumps(own_calendars(session)),
        "at": at,
        "of_grids": step.audience is Audience.INSPECTOR,
    }


def _shares(session: Session, step: StepFacts, groups: Sequence[Row[Any]]) -> list[Share]:
    concerns = [
        (
            concern_of(
                step.audience,
                department_id=each.department_id,
                district_code=each.district_code,
                inspector_id=each.inspector_id,
                working_grid=each.working_grid,
            ),
            each.cases,
        )
        for each in groups
    ]
    found = [
        Share(member, sum(cases for about, cases in concerns if about & member.concerns))
        for member in members_of(session, step.audience)
    ]
    return sorted((each for each in found if each.cases), key=lambda each: -each.cases)


def switch_on(
    session: Session,
    row: LadderStep,
    before: Mapping[str, Any],
    *,
    gathered: bool,
    by: Actor,
    at: datetime,
) -> None:
    """A step that is in use anew counts for what reaches it from now on; for the rest one notice, if wanted."""
    is_other = any(before.get(name) != getattr(row, name) for name in TELLING)
    if not row.active or not is_other:
        return
    row.counts_from = at
    session.flush()
    if gathered:
        payload = {"step_id": row.id, "by": by.name, "at": at.isoformat()}
        outbox.publish(session, outbox.Event(SWITCHED_ON, payload))


def tell_gathered(session: Session, step_id: int, *, event_id: int, at: datetime) -> int:
    """One line behind the bell of each person whom a step names, with how many cases it finds; how many lines."""
    step = ladders(session).by_id.get(step_id)
    if step is None:
        return 0
    rows = [
        _line(step, each, event_id=event_id, at=at)
        for each in backlog_of(session, step, at=at).shares
    ]
    if not rows:
        return 0
    rung = session.scalars(
        insert(StaffNotice)
        .on_conflict_do_nothing(index_elements=["event_id", "user_id"])
        .returning(StaffNotice.user_id),
        rows,
    ).all()
    payload = {"user_ids": sorted(rung), "about": ESCALATED, "urgent": False}
    outbox.publish(session, outbox.Event(TOLD, payload))
    return len(rung)


def _line(step: StepFacts, share: Share, *, event_id: int, at: datetime) -> dict[str, Any]:
    english = share.member.language == "en"
    clock = CLOCKS[step.clock][english]
    near = step.light is Light.YELLOW
    if english:
        subject = f"{share.cases} cases at step {step.level}: {clock}"
        state = "near their limit" if near else "overdue"
        body = f"They were {state} before this step was in use; they are not told one by one."
    else:
        subject = f"{share.cases} 件案件已到第 {step.level} 级督办：{clock}"
        state = "即将到期" if near else "超期"
        body = f"这些案件在启用这一级之前已{state}，不再逐件告知，请一并处理。"
    return {
        "user_id": share.member.user_id,
        "event": ESCALATED,
        "event_id": event_id,
        "case_id": None,
        "subject": subject,
        "body": body,
        "link": _link(step),
        "urgent": False,
        "created_at": at,
    }


def _link(step: StepFacts) -> str:
    """The list of what is meant, as near as a list can say it."""
    if step.clock is Clock.HANDLE:
        return f"/cases?light={step.light}"
    if step.clock is Clock.MAKE_SAFE:
        return "/cases?stage=dispatched&hazard=1"
    return f"/cases?stage={STAGE_OF[step.clock]}"
