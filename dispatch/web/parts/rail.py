"""The left rail: every desk's own pages and the queues as one table, counted in one round trip.

A desk adds its pages to `PAGES` and, if its people shall land on one, changes their row in `HOME`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import parse_qs, urlsplit

from sqlalchemy.orm import Session

from dispatch.cases.queries import CaseFilter, count_up_to
from dispatch.hotline.queries.callbacks import count_callbacks
from dispatch.hotline.queries.talks import count_open_talks
from dispatch.hotline.queries.waiting import count_alarms, count_to_accept
from dispatch.people.model import Role
from dispatch.people.policy import Person
from dispatch.units.queries.asking import count_appeals, count_to_answer
from dispatch.units.queries.rulings import count_proposed, count_untaken
from dispatch.units.queries.waiting import (
    count_disputes,
    count_returned,
    count_to_dispatch,
    count_to_file,
)
from dispatch.units.queries.work import waiting_for
from dispatch.web.parts.queues import BY_KEY, QUEUES, Queue, first_queue

R = Role
Pair = tuple[str, str]
#: A count that is no filter of cases: a query of a slice (never of a desk).
Counter = Callable[[Session, Person, datetime], int]
#: Counts stop here, so that they cost the same in every city; the rail shows 999+.
MOST: Final = 1000


@dataclass(frozen=True)
class Entry:
    """A page in the rail. `cases` or `counter` say what its number counts; neither: no number."""

    key: str
    name: Pair
    address: str
    icon: str
    roles: frozenset[Role]
    cases: CaseFilter | None = None
    counter: Counter | None = None


@dataclass(frozen=True)
class Item:
    """An entry as one person sees it: the key that opens it, and how many wait (None: not counted)."""

    entry: Entry
    digit: str
    count: int | None

    @property
    def count_words(self) -> str:
        """The number as it is shown."""
        return f"{MOST - 1}+" if self.count is not None and self.count >= MOST else f"{self.count}"


@dataclass(frozen=True)
class Group:
    """Entries under a heading."""

    name: Pair
    items: tuple[Item, ...]


def page(
    key: str,
    name: Pair,
    address: str,
    icon: str,
    *roles: Role,
    cases: CaseFilter | None = None,
    counter: Counter | None = None,
) -> Entry:
    """An entry; `icon` is one of `assets/icons.txt`."""
    return Entry(key, name, address, icon, frozenset(roles), cases, counter)


AGENTS: Final = (R.AGENT, R.SHIFT_LEADER)
#: Those who dispatch and those who lead the shift.
HALL: Final = (R.SHIFT_LEADER, R.DISPATCHER)
#: The desks' own pages, in the order in which a person with several posts sees them.
PAGES: Final[tuple[Entry, ...]] = (
    page("call", ("来电登记", "New call"), "/agent/call", "phone", *AGENTS),
    page(
        "agent-accept",
        ("逐件受理", "One by one"),
        "/agent/accept",
        "inbox",
        *AGENTS,
        counter=count_to_accept,
    ),
    page(
        "agent-review",
        ("视频复核", "Camera review"),
        "/agent/review",
        "device-cctv",
        *AGENTS,
        counter=count_alarms,
    ),
    page(
        "agent-wechat",
        ("微信会话", "WeChat"),
        "/agent/wechat",
        "brand-wechat",
        *AGENTS,
        counter=count_open_talks,
    ),
    page(
        "agent-callbacks",
        ("回访", "Call-backs"),
        "/agent/callbacks",
        "message-circle",
        *AGENTS,
        counter=count_callbacks,
    ),
    page("agent-import", ("导入转办件", "Import"), "/agent/import", "upload", *AGENTS),
    page(
        "to-file",
        ("待立案", "To file"),
        "/dispatcher/file",
        "gavel",
        R.SHIFT_LEADER,
        counter=count_to_file,
    ),
    page(
        "to-dispatch",
        ("待派遣", "To dispatch"),
        "/dispatcher/dispatch",
        "send",
        R.DISPATCHER,
        counter=count_to_dispatch,
    ),
    page(
        "returned",
        ("回退案件", "Returned"),
        "/dispatcher/returned",
        "arrow-back-up",
        *HALL,
        counter=count_returned,
    ),
    page(
        "disputes",
        ("责权争议", "Disputes"),
        "/dispatcher/disputes",
        "building",
        *HALL,
        counter=count_disputes,
    ),
    page(
        "requests",
        ("申请审批", "Requests"),
        "/dispatcher/requests",
        "hourglass",
        *HALL,
        counter=count_to_answer,
    ),
    page(
        "appeals",
        ("申诉裁定", "Appeals"),
        "/dispatcher/requests?kind=appeal",
        "flag",
        R.SUPERVISOR,
        counter=count_appeals,
    ),
    page("urging", ("督办", "Urging"), "/dispatcher/urging", "bell", *HALL, R.SUPERVISOR),
    page(
        "handover",
        ("交接班", "Hand over"),
        "/dispatcher/handover",
        "history",
        *HALL,
        R.AGENT,
        counter=count_untaken,
    ),
    page("unit-mine", ("我的任务", "My tasks"), "/department/mine", "clipboard-check", R.HANDLER),
    page(
        "unit-inbox",
        ("收件箱", "Inbox"),
        "/department",
        "inbox",
        R.MANAGER,
        R.HANDLER,
        counter=waiting_for,
    ),
    page("unit-board", ("看板", "Board"), "/department/board", "dashboard", R.MANAGER, R.HANDLER),
    page(
        "unit-daily", ("今日清单", "Today"), "/department/daily", "file-text", R.MANAGER, R.HANDLER
    ),
    page(
        "unit-figures",
        ("本单位数据", "Figures"),
        "/department/figures",
        "list-details",
        R.MANAGER,
        R.HANDLER,
    ),
    page("unit-crews", ("班组", "Crews"), "/department/crews", "users", R.MANAGER),
    page("patrol", ("外业巡查", "On patrol"), "/inspector/tasks", "clipboard-check", R.INSPECTOR),
    page(
        "patrol-team",
        ("巡查队伍", "Inspectors"),
        "/inspector/team",
        "route",
        R.SHIFT_LEADER,
        R.SUPERVISOR,
    ),
    page(
        "wall",
        ("一屏通览", "Wall screen"),
        "/supervisor/wall",
        "dashboard",
        R.SUPERVISOR,
        R.LEADER,
        R.SHIFT_LEADER,
        R.DISPATCHER,
        R.ADMIN,
    ),
    page(
        "evaluation",
        ("综合评价", "Evaluation"),
        "/supervisor/evaluation",
        "clipboard-list",
        R.SUPERVISOR,
        R.LEADER,
        R.SHIFT_LEADER,
        R.ADMIN,
        R.MANAGER,
    ),
    page(
        "bulletins",
        ("通报", "Bulletins"),
        "/supervisor/bulletins",
        "file-text",
        R.SUPERVISOR,
        R.LEADER,
        R.SHIFT_LEADER,
        R.ADMIN,
    ),
    page(
        "hotspots",
        ("热点与重复", "Hot spots"),
        "/supervisor/hotspots",
        "zoom-in",
        R.SUPERVISOR,
        R.LEADER,
        *HALL,
    ),
)
#: What an administrator sets up.
SETTINGS: Final[tuple[Entry, ...]] = (
    page("admin", ("管理首页", "Overview"), "/admin", "settings", R.ADMIN),
    page("people", ("人员与岗位", "People"), "/admin/people", "users", R.ADMIN),
    page("units", ("部门", "Departments"), "/admin/departments", "building", R.ADMIN),
    page("beats", ("责任网格", "Working grids"), "/admin/working-grids", "map-2", R.ADMIN),
    page("grids", ("单元网格与区域", "Grids and areas"), "/admin/grids", "map", R.ADMIN),
    page("places", ("地名", "Places"), "/admin/places", "map-search", R.ADMIN),
    page("parts", ("部件", "Parts"), "/admin/parts", "list-details", R.ADMIN),
    page("facilities", ("公共设施", "Facilities"), "/admin/facilities", "toilet-paper", R.ADMIN),
    page("cameras", ("摄像机", "Cameras"), "/admin/cameras", "device-cctv", R.ADMIN),
    page("uploads", ("导入记录", "Uploads"), "/admin/uploads", "upload", R.ADMIN),
    page("sent", ("推送记录", "Deliveries"), "/admin/deliveries", "send", R.DISPATCHER, R.ADMIN),
    page(
        "messages",
        ("接入日志", "Intake log"),
        "/admin/intake",
        "file-text",
        R.SHIFT_LEADER,
        R.SUPERVISOR,
        R.ADMIN,
    ),
    page("audit", ("审计日志", "Audit log"), "/admin/audit", "history", R.ADMIN),
    page(
        "rule-proposals",
        ("规则建议", "Proposed rules"),
        "/dispatcher/disputes",
        "gavel",
        R.ADMIN,
        counter=count_proposed,
    ),
    page("rules", ("规则", "Rules"), "/admin/rules", "adjustments", R.ADMIN),
    page("time", ("时限与督办", "Time and lights"), "/admin/rules/limit-rules", "clock", R.ADMIN),
    page("spoken", ("话术与回访", "Scripts"), "/admin/rules/snippets", "phone", R.ADMIN),
    page("notices", ("通知", "Notices"), "/admin/notices", "message", R.ADMIN),
)


def _entry_of(queue: Queue) -> Entry:
    counted = queue.wanted if queue.is_counted else None
    return Entry(queue.key, queue.name, queue.address, queue.icon, queue.roles, counted)


GROUPS: Final[tuple[tuple[Pair, tuple[Entry, ...]], ...]] = (
    (("工作台", "Desk"), PAGES),
    (("案件队列", "Queues"), tuple(_entry_of(each) for each in QUEUES)),
    (("设置", "Settings"), SETTINGS),
)
#: What the desk of each post is called, the first that fits a person naming their desk.
DESKS: Final[dict[Role, Pair]] = {
    R.AGENT: ("坐席台", "Call desk"),
    R.SHIFT_LEADER: ("值班长台", "Shift leader"),
    R.DISPATCHER: ("派遣台", "Dispatch desk"),
    R.MANAGER: ("部门台", "Department"),
    R.HANDLER: ("部门台", "Department"),
    R.INSPECTOR: ("巡查", "Inspection"),
    R.SUPERVISOR: ("监督台", "Supervision"),
    R.LEADER: ("领导督查", "City leader"),
    R.ADMIN: ("管理台", "Administration"),
}
#: Where a post lands after logging in, where that is not the queue that it works off first.
HOME: Final[dict[Role, str]] = {
    R.AGENT: "/agent/accept",
    R.SHIFT_LEADER: "/dispatcher/file",
    R.DISPATCHER: "/dispatcher/dispatch",
    R.MANAGER: "/department",
    R.HANDLER: "/department/mine",
    R.INSPECTOR: "/inspector/tasks",
    R.ADMIN: "/admin",
}


def home_of(person: Person) -> str:
    """The page that a person lands on."""
    own = next((HOME[role] for role in HOME if role in person.roles), None)
    return own or first_queue(person).address


def desk_of(person: Person) -> Pair:
    """What the person's desk is called."""
    return next((DESKS[role] for role in DESKS if role in person.roles), ("案件", "Cases"))


def _seen_by(person: Person) -> list[tuple[Pair, list[Entry]]]:
    """By group. A desk's own page stands for the queue of the same name."""
    found: list[tuple[Pair, list[Entry]]] = []
    names: set[Pair] = set()
    for name, entries in GROUPS:
        own = [each for each in entries if each.roles & person.roles and each.name not in names]
        names.update(each.name for each in own)
        if own:
            found.append((name, own))
    return found


def _counts(
    session: Session, person: Person, entries: Sequence[Entry], *, at: datetime
) -> dict[str, int]:
    filters = {each.key: each.cases for each in entries if each.cases is not None}
    counts = count_up_to(session, person, filters, at=at, most=MOST)
    others = {each.key: each.counter(session, person, at) for each in entries if each.counter}
    return counts | others


def rail_of(session: Session, person: Person, *, at: datetime) -> list[Group]:
    """What a person finds in the rail. The first nine have a digit as their key."""
    seen = _seen_by(person)
    flat = [each for _, entries in seen for each in entries]
    counts = _counts(session, person, flat, at=at)
    digit = {each.key: str(n) for n, each in enumerate(flat[:9], 1)}
    return [
        Group(
            name,
            tuple(Item(each, digit.get(each.key, ""), counts.get(each.key)) for each in entries),
        )
        for name, entries in seen
    ]


def current_of(groups: Sequence[Group], path: str, query: str) -> str:
    """The key of the entry that an address belongs to: its own, or the nearest above it; or nothing."""
    asked = parse_qs(query)
    best, length = "", 0
    for entry in (item.entry for group in groups for item in group.items):
        own = urlsplit(entry.address)
        fits = (
            path == own.path if own.query else path == own.path or path.startswith(own.path + "/")
        )
        if fits and parse_qs(own.query).items() <= asked.items() and len(entry.address) > length:
            best, length = entry.key, len(entry.address)
    return best or _page_of_queue(groups, next(iter(asked.get("queue", ())), ""))


def _page_of_queue(groups: Sequence[Group], queue: str) -> str:
    """The key of the page that stands for a queue."""
    name = BY_KEY[queue].name if queue in BY_KEY else None
    keys = (item.entry.key for group in groups for item in group.items if item.entry.name == name)
    return next(keys, "")
