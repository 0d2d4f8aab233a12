"""The queues: which cases wait for whom, in the order in which a desk works them off."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.cases.deadlines import Light
from dispatch.cases.model import Case
from dispatch.cases.policy import visible_to
from dispatch.cases.states import OPEN, Stage
from dispatch.people.model import Role
from dispatch.people.policy import Person

R = Role


@dataclass(frozen=True)
class Queue:
    """A list with a name: the stages, whether only what waits for a review, the light, the order."""

    key: str
    name: tuple[str, str]
    stages: tuple[Stage, ...]
    roles: frozenset[Role]
    review: bool | None = None
    light: Light | None = None
    sort: str = "created_at"


def _queue(
    key: str, zh: str, en: str, *stages: Stage, roles: tuple[Role, ...], **more: object
) -> Queue:
    return Queue(key, (zh, en), stages, frozenset(roles), **more)  # type: ignore[arg-type]


_WORKING = tuple(stage for stage in Stage if stage in OPEN)
QUEUES: Final = (
    _queue("accept", "待受理", "To accept", Stage.REPORTED, roles=(R.AGENT, R.SHIFT_LEADER)),
    _queue(
        "review",
        "待复核",
        "To review",
        Stage.REPORTED,
        roles=(R.AGENT, R.SHIFT_LEADER),
        review=True,
    ),
    _queue("verify", "待核实", "To verify", Stage.VERIFYING, roles=(R.INSPECTOR, R.AGENT)),
    _queue("file", "待立案", "To file", Stage.ACCEPTED, roles=(R.SHIFT_LEADER,)),
    _queue("dispatch", "待派遣", "To dispatch", Stage.FILED, roles=(R.DISPATCHER,)),
    _queue(
        "handle",
        "处理中",
        "In work",
        Stage.DISPATCHED,
        roles=(R.MANAGER, R.HANDLER, R.DISPATCHER, R.SUPERVISOR),
        sort="due_at",
    ),
    _queue(
        "suspended",
        "挂账",
        "Suspended",
        Stage.SUSPENDED,
        roles=(R.MANAGER, R.HANDLER, R.DISPATCHER),
    ),
    _queue("check", "待核查", "To check", Stage.HANDLED, roles=(R.INSPECTOR, R.MANAGER)),
    _queue("close", "待结案", "To close", Stage.CHECKED, roles=(R.SHIFT_LEADER,)),
    _queue(
        "overdue",
        "超时",
        "Overdue",
        roles=(R.DISPATCHER, R.SUPERVISOR, R.MANAGER, R.SHIFT_LEADER),
        light=Light.RED,
        sort="due_at",
    ),
    _queue("open", "全部在办", "All open", *_WORKING, roles=tuple(Role), sort="-created_at"),
    _queue("all", "全部案件", "All cases", roles=tuple(Role), sort="-created_at"),
)
BY_KEY: Final = {queue.key: queue for queue in QUEUES}
#: Where each post lands after logging in.
HOME: Final[dict[Role, str]] = {
    R.AGENT: "accept",
    R.SHIFT_LEADER: "file",
    R.DISPATCHER: "dispatch",
    R.MANAGER: "handle",
    R.HANDLER: "handle",
    R.INSPECTOR: "check",
    R.SUPERVISOR: "overdue",
    R.ADMIN: "open",
}


@dataclass(frozen=True)
class RailItem:
    """A queue of somebody's, with how many wait in it (None: not counted)."""

    queue: Queue
    count: int | None


def home_of(person: Person) -> str:
    """The queue that a person lands on."""
    return next((HOME[role] for role in HOME if role in person.roles), "open")


def _counts(session: Session, person: Person) -> Mapping[tuple[Stage, bool], int]:
    review = Case.review_reason.is_not(None)
    rows = session.execute(
        select(Case.stage, review, func.count())
        .where(visible_to(person), Case.stage.in_(_WORKING))
        .group_by(Case.stage, review)
    )
    return {(Stage(stage), is_review): count for stage, is_review, count in rows}


def _count(queue: Queue, counts: Mapping[tuple[Stage, bool], int]) -> int | None:
    if queue.light is not None or not queue.stages:
        return None
    return sum(
        count
        for (stage, is_review), count in counts.items()
        if stage in queue.stages and queue.review in (None, is_review)
    )


def rail_of(session: Session, person: Person) -> list[RailItem]:
    """The queues of a person's posts, counted in one query over what is open."""
    counts = _counts(session, person)
    return [RailItem(each, _count(each, counts)) for each in QUEUES if each.roles & person.roles]
