"""Evaluation (综合评价): scores of a month, each opening into its formula and its cases; publishing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import Depends, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from dispatch.cases import present
from dispatch.cases.states import VERB_LABELS, Verb
from dispatch.departments.reference import department_name
from dispatch.jurisdiction.reference import area_names
from dispatch.kit import clock, paging
from dispatch.kit.clock import city_date
from dispatch.kit.errors import DomainError, NotAllowed, NotFound, invalid
from dispatch.kit.http import Db, status_of
from dispatch.kit.routes import Router
from dispatch.people.http import CurrentLogin, require
from dispatch.people.model import Role
from dispatch.people.permissions import GRANTS, Permission
from dispatch.people.policy import CITY_WIDE, Person
from dispatch.people.queries import Login
from dispatch.supervision.commands.evaluate import add_entry, end_entry, publish
from dispatch.supervision.measures import BY_NAME, POSTS, RATES, Span, Subject
from dispatch.supervision.policy import district_of, require_city, sees_city, sees_subject
from dispatch.supervision.queries.narrowed import people_of
from dispatch.supervision.queries.scores import (
    SUBJECTS,
    Row,
    cases_of_person,
    entries,
    published,
    ranking,
    results_of,
    standing,
)
from dispatch.supervision.scoring import SHAPES, Evaluated, Part
from dispatch.web.parts.forms import Form, Posted
from dispatch.web.parts.page import go
from dispatch.web.parts.shell import desk_page

router = Router(prefix="/supervisor/evaluation", include_in_schema=False)

Reader = Annotated[Person, Depends(require(Permission.EVALUATION_READ))]
Publisher = Annotated[Person, Depends(require(Permission.EVALUATION_PUBLISH))]
Editor = Annotated[Person, Depends(require(Permission.EVALUATION_EDIT))]
Pair = tuple[str, str]
E = Evaluated
NAMES: Final[Mapping[Evaluated, Pair]] = {
    E.DEPARTMENT: ("专业部门", "Departments"),
    E.DISTRICT: ("城区", "Districts"),
    E.STREET: ("街道", "Streets"),
    E.COMMUNITY: ("社区", "Communities"),
    E.WORKING_GRID: ("责任网格", "Working grids"),
    E.UNIT_GRID: ("单元网格", "Unit grids"),
    E.INSPECTOR: ("监督员", "Inspectors"),
    E.AGENT: ("坐席员", "Agents"),
    E.SHIFT_LEADER: ("值班长", "Shift leaders"),
    E.DISPATCHER: ("派遣员", "Dispatchers"),
}
#: What the table of a kind shows beside the score.
COLUMNS: Final = ("filed", "to_handle", "done", "on_time", "overdue", "reworked", "returned")
_SUFFIXES: Final[Mapping[str, Pair]] = {
    "_on_time": ("，按时", ", on time"),
    "_right": ("，准确", ", right"),
}
#: Long lists of grids are cut here; the best and the worst are what one looks for.
MOST: Final = 300
#: So many are ranked where only those of a district are shown.
EVERYBODY: Final = 40_000


@dataclass(frozen=True)
class Month:
    """A month as its address names it."""

    span: Span

    @property
    def key(self) -> str:
        """`2026-11`."""
        return f"{self.span.since:%Y-%m}"

    @property
    def before(self) -> str:
        """The month before."""
        return f"{self.span.since - timedelta(days=1):%Y-%m}"

    @property
    def after(self) -> str | None:
        """The month after, unless it is still to come."""
        return f"{self.span.until:%Y-%m}" if self.span.until <= _today() else None

    @property
    def is_over(self) -> bool:
        """Whether it can be published."""
        return self.span.until <= _today()


def _today() -> date:
    return city_date(clock.now())


def month_of(given: str) -> Month:
    """The month that was asked for; nothing: the present one."""
    try:
        first = date.fromisoformat(f"{given}-01") if given else _today().replace(day=1)
    except ValueError:
        raise invalid("month", "月份应如 2026-11", "A month is written like 2026-11") from None
    return Month(Span(first, (first + timedelta(days=32)).replace(day=1)))


def name_of(session: Session, row: Row) -> str:
    """Whom a row is about."""
    if row.subject is Subject.DEPARTMENT:
        return department_name(session, int(row.key)) or row.key
    if row.subject is not None:
        return area_names(session).get((row.subject.value, row.key), row.key)
    return row.name


def _own(person: Person, evaluated: Evaluated) -> str | None:
    """The only key that somebody may see: a unit its own; the posts of the centre see more. Raises NotAllowed."""
    if person.has(*CITY_WIDE):
        return None
    if evaluated is E.DEPARTMENT and person.has(Role.MANAGER):
        return str(person.department_id)
    raise NotAllowed(
        "not_your_figures", "只能查看本单位的评价", "You may look at your own unit's score only"
    )


def _sees(session: Session, person: Person, subject: Subject | None, key: str) -> bool:
    """Whether a row is somebody's to look at: a district sees its own areas, units and people."""
    if subject is not None:
        return sees_subject(session, person, subject, key)
    district = district_of(person)
    return sees_city(person) or (district is not None and key in people_of(session, district))


def _may(person: Person, permission: Permission) -> bool:
    """Publishing and points are the city's, whoever else holds the post."""
    return sees_city(person) and bool(person.roles & GRANTS[permission])


def words_of(name: str) -> Pair:
    """A count as people call it: a measure, or a deed of a post."""
    if name in BY_NAME:
        return BY_NAME[name].words
    stem, more = name, ("", "")
    for suffix, pair in _SUFFIXES.items():
        if name.endswith(suffix):
            stem, more = name.removesuffix(suffix), pair
    zh, en = VERB_LABELS[Verb(stem.replace("_", "-"))]
    return zh + more[0], en + more[1]


def formula(part: Part) -> Pair:
    """A component in words."""
    of, among = (words_of(name) if name else ("", "") for name in (part.component.part, part.component.whole))  # fmt: skip
    zh, en = SHAPES[part.component.shape]
    return zh.format(part=of[0], whole=among[0]), en.format(part=of[1], whole=among[1])


def _address(row: Row, name: str, span: Span) -> str | None:
    """Where the cases behind a count are."""
    days = {"since": span.since.isoformat(), "until": span.until.isoformat()}
    if row.subject is not None and name in BY_NAME:
        asked = {"of": name, "subject": row.subject.value, "key": row.key, **days}
        return f"/supervisor/figure?{urlencode(asked)}"
    stem = name.removesuffix("_on_time").removesuffix("_right").replace("_", "-")
    if row.subject is None and stem in POSTS[row.evaluated.value]:
        asked = {"of": row.evaluated.value, "key": row.key, "verb": stem, "month": f"{span.since:%Y-%m}"}  # fmt: skip
        return f"/supervisor/evaluation/deeds?{urlencode(asked)}"
    return None


@router.get("")
def show_evaluation(
    session: Db,
    request: Request,
    person: Reader,
    login: CurrentLogin,
    of: Evaluated = E.DEPARTMENT,
    month: Annotated[str, Query(max_length=7)] = "",
) -> Response:
    """A month's scores of a kind, the best first."""
    asked = month_of(month)
    is_bound = district_of(person) is not None
    found = ranking(
        session,
        of,
        asked.span,
        at=clock.now(),
        most=EVERYBODY if is_bound else MOST,
        shown=COLUMNS,
        key=_own(person, of),
    )
    seen = found.rows
    if is_bound:
        seen = [row for row in seen if _sees(session, person, row.subject, row.key)]
    count, rows = len(seen) if is_bound else found.count, seen[:MOST]
    period = published(session, of, asked.span)
    frozen = results_of(session, period, [row.key for row in rows]) if period else {}
    return desk_page(
        request,
        session,
        login,
        "supervisor/evaluation.html",
        current="evaluation",
        evaluated=of,
        kinds=NAMES if person.has(*CITY_WIDE) else {E.DEPARTMENT: NAMES[E.DEPARTMENT]},
        month=asked,
        rows=[(name_of(session, row), row) for row in rows],
        left_out=max(0, count - MOST) if len(rows) == MOST else 0,
        columns=COLUMNS if of in SUBJECTS else (),
        measures=BY_NAME,
        address=_address,
        period=period,
        frozen=frozen,
        may_publish=_may(person, Permission.EVALUATION_PUBLISH),
        may_edit=_may(person, Permission.EVALUATION_EDIT),
    )


def _score_page(
    session: Session,
    request: Request,
    login: Login,
    of: Evaluated,
    key: str,
    asked: Month,
    *,
    error: DomainError | None = None,
    typed: Mapping[str, str] | None = None,
) -> Response:
    person = login.person
    own = _own(person, of)
    row = (
        standing(session, of, key, asked.span, at=clock.now())
        if own is None or own == key
        else None
    )
    if row is None or not _sees(session, person, row.subject, key):
        raise NotFound(
            "no_score", "这一周期没有该对象的数据", "There are no figures of this one in the period"
        )
    period = published(session, of, asked.span)
    frozen = results_of(session, period, [key]).get(key) if period else None
    names = [*BY_NAME] if row.subject is not None else [*row.score.figures]
    return desk_page(
        request,
        session,
        login,
        "supervisor/score.html",
        current="evaluation",
        status=status_of(error) if error else 200,
        evaluated=of,
        kind=NAMES[of],
        month=asked,
        row=row,
        name=name_of(session, row),
        formulas=[formula(each) for each in row.score.parts],
        address=_address,
        counts=[
            (words_of(each), row.score.figures[each], _address(row, each, asked.span), each)
            for each in names
        ],
        means=BY_NAME,
        rates=[
            (rate.words, row.score.figures.rate(rate.name), words_of(rate.part), words_of(rate.whole))
            for rate in RATES.values()
        ]
        if row.subject is not None
        else [],
        entries=[each for each in entries(session, of, asked.span) if each.key == key],
        given=[each.component for each in row.score.parts if each.component.shape == "given"],
        period=period,
        frozen=frozen,
        may_edit=_may(person, Permission.EVALUATION_EDIT),
        error=(error.zh, error.en) if error else None,
        typed=typed or {},
    )  # fmt: skip


@router.get("/score")
def show_score(
    session: Db,
    request: Request,
    _person: Reader,
    login: CurrentLogin,
    of: Evaluated,
    key: Annotated[str, Query(max_length=32)],
    month: Annotated[str, Query(max_length=7)] = "",
) -> Response:
    """A score opened: its formula with the numbers, every count with its cases, what was published."""
    return _score_page(session, request, login, of, key, month_of(month))


@router.get("/deeds")
def show_deeds(
    session: Db,
    request: Request,
    person: Reader,
    login: CurrentLogin,
    of: Evaluated,
    key: Annotated[str, Query(max_length=20, pattern="^[0-9]+$")],
    verb: Verb,
    month: Annotated[str, Query(max_length=7)] = "",
    cursor: Annotated[str, Query(max_length=400)] = "",
) -> Response:
    """The cases on which somebody did a deed in a month."""
    _own(person, of)
    if not _sees(session, person, None, key):
        require_city(person)
    asked = month_of(month)
    rows, more = cases_of_person(
        session, int(key), verb, asked.span, before=paging.decode_id(cursor or None), limit=50
    )
    return desk_page(
        request,
        session,
        login,
        "supervisor/deeds.html",
        current="evaluation",
        evaluated=of,
        kind=NAMES[of],
        key=key,
        verb=VERB_LABELS[verb],
        month=asked,
        rows=present.cases_out(session, rows, person=person, at=clock.now()),
        following=request.url.include_query_params(cursor=paging.encode(more)) if more else None,
        first=request.url.remove_query_params("cursor") if cursor else None,
    )


@router.post("/publish")
def publish_period(session: Db, person: Publisher, posted: Form) -> Response:
    """Freeze a month."""
    require_city(person)
    of, asked = kind_of(posted), month_of(posted.get("month"))
    publish(session, of, asked.span, note=posted.get("note"), by=person, at=clock.now())
    return go(f"/supervisor/evaluation?{urlencode({'of': of.value, 'month': asked.key})}")


def kind_of(posted: Posted) -> Evaluated:
    """Whom a form is about."""
    given = posted.get("of")
    if given not in set(Evaluated):
        raise invalid("of", "请选择评价对象", "Choose whom to evaluate")
    return Evaluated(given)


def number_of(posted: Posted, name: str) -> float:
    """A number of a form."""
    try:
        return float(posted.get(name))
    except ValueError:
        raise invalid(name, "请填写数字", "Give a number") from None


@router.post("/entries")
def bring_points(
    session: Db, request: Request, person: Editor, login: CurrentLogin, posted: Form
) -> Response:
    """A bonus or malus, or a component that is scored elsewhere; or take one back."""
    require_city(person)
    of, asked, key = kind_of(posted), month_of(posted.get("month")), posted.get("key")
    try:
        if posted.get("end").isdecimal():
            end_entry(session, int(posted.get("end")), by=person, at=clock.now())
        else:
            add_entry(
                session,
                of,
                key,
                asked.span,
                component=posted.get("component"),
                value=number_of(posted, "value"),
                reason=posted.get("reason"),
                by=person,
                at=clock.now(),
            )
    except DomainError as error:
        return _score_page(
            session, request, login, of, key, asked, error=error, typed=posted.fields
        )
    back = urlencode({"of": of.value, "key": key, "month": asked.key})
    return go(f"/supervisor/evaluation/score?{back}")
