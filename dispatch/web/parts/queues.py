"""The queues: which cases wait for whom, in the order in which a desk works them off."""

from dataclasses import dataclass
from typing import Final

from dispatch.cases.deadlines import Light
from dispatch.cases.queries import CaseFilter
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
    icon: str
    review: bool | None = None
    light: Light | None = None
    sort: str = "created_at"
    is_counted: bool = True

    @property
    def address(self) -> str:
        """Where the list is."""
        return f"/cases?queue={self.key}"

    @property
    def wanted(self) -> CaseFilter:
        """What belongs into it."""
        return CaseFilter(stages=self.stages, review=self.review, light=self.light)


def _queue(
    key: str, zh: str, en: str, icon: str, *stages: Stage, roles: tuple[Role, ...], **more: object
) -> Queue:
    return Queue(key, (zh, en), stages, frozenset(roles), icon, **more)  # type: ignore[arg-type]


_WORKING = tuple(stage for stage in Stage if stage in OPEN)
_DESK = (R.AGENT, R.SHIFT_LEADER)
QUEUES: Final = (
    _queue("accept", "待受理", "To accept", "inbox", Stage.REPORTED, roles=_DESK),
    _queue("review", "待复核", "To review", "eye", Stage.REPORTED, roles=_DESK, review=True),
    _queue(
        "verify", "待核实", "To verify", "map-pin", Stage.VERIFYING, roles=(R.INSPECTOR, R.AGENT)
    ),
    _queue("file", "待立案", "To file", "gavel", Stage.ACCEPTED, roles=(R.SHIFT_LEADER,)),
    _queue("dispatch", "待派遣", "To dispatch", "send", Stage.FILED, roles=(R.DISPATCHER,)),
    _queue(
        "handle",
        "处理中",
        "In work",
        "tools",
        Stage.DISPATCHED,
        roles=(R.MANAGER, R.HANDLER, R.DISPATCHER, R.SUPERVISOR),
        sort="due_at",
    ),
    _queue(
        "suspended",
        "挂账",
        "Suspended",
        "clock-pause",
        Stage.SUSPENDED,
        roles=(R.MANAGER, R.HANDLER, R.DISPATCHER),
    ),
    _queue(
        "check",
        "待核查",
        "To check",
        "clipboard-check",
        Stage.HANDLED,
        roles=(R.INSPECTOR, R.MANAGER),
    ),
    _queue("close", "待结案", "To close", "checks", Stage.CHECKED, roles=(R.SHIFT_LEADER,)),
    _queue(
        "overdue",
        "超时",
        "Overdue",
        "urgent",
        *_WORKING,
        roles=(R.DISPATCHER, R.SUPERVISOR, R.LEADER, R.MANAGER, R.SHIFT_LEADER),
        light=Light.RED,
        sort="due_at",
    ),
    _queue(
        "open",
        "全部在办",
        "All open",
        "list-details",
        *_WORKING,
        roles=tuple(Role),
        sort="-created_at",
    ),
    _queue(
        "all",
        "全部案件",
        "All cases",
        "archive",
        roles=tuple(Role),
        sort="-created_at",
        is_counted=False,
    ),
)
BY_KEY: Final = {queue.key: queue for queue in QUEUES}
#: The queue that each post works off first.
FIRST: Final[dict[Role, str]] = {
    R.AGENT: "accept",
    R.SHIFT_LEADER: "file",
    R.DISPATCHER: "dispatch",
    R.MANAGER: "handle",
    R.HANDLER: "handle",
    R.INSPECTOR: "check",
    R.SUPERVISOR: "overdue",
    R.LEADER: "overdue",
    R.ADMIN: "open",
}


def first_queue(person: Person) -> Queue:
    """The queue that a person works off first."""
    return BY_KEY[next((FIRST[role] for role in FIRST if role in person.roles), "open")]
