"""Bulletins at the supervisors' desk: have one written, look at it, edit, publish, correct, take it away."""

from datetime import date, timedelta
from typing import Annotated, Any, Final

from fastapi import Depends, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from dispatch.bulletins.commands import publish as publishing
from dispatch.bulletins.commands import write as writing
from dispatch.bulletins.model import Bulletin, BulletinKind, BulletinStatus
from dispatch.bulletins.queries import listing
from dispatch.bulletins.states import Days, before, month_of, week_of
from dispatch.kit import clock, paging
from dispatch.kit.errors import DomainError, NotFound, invalid
from dispatch.kit.http import Db, status_of
from dispatch.kit.routes import Router
from dispatch.people.http import CurrentLogin, require
from dispatch.people.permissions import Permission, roles_for
from dispatch.people.policy import Person
from dispatch.people.queries import Login
from dispatch.supervision.policy import district_of, require_city
from dispatch.web.parts import bulletins as words
from dispatch.web.parts.forms import Form, Posted
from dispatch.web.parts.page import go
from dispatch.web.parts.sending import send
from dispatch.web.parts.shell import desk_page


def _of_city(login: CurrentLogin) -> None:
    """Bulletins are the whole city's: who is bound to a district reads them when they are published."""
    if district_of(login.person) is not None:
        require_city(login.person)


router = Router(
    prefix="/supervisor/bulletins", include_in_schema=False, dependencies=[Depends(_of_city)]
)

Reader = Annotated[Person, Depends(require(Permission.BULLETINS_READ))]
Editor = Annotated[Person, Depends(require(Permission.BULLETINS_EDIT))]
ROWS: Final = 30


def _list(
    session: Session,
    request: Request,
    login: Login,
    *,
    kind: str = "",
    cursor: str | None = None,
    error: DomainError | None = None,
) -> Response:
    asked = BulletinKind(kind) if kind in words.KINDS else None
    rows = listing.bulletins_found(session, kind=asked, after=_position(cursor), limit=ROWS + 1)
    shown, following = paging.cut(rows, ROWS, key=lambda each: (each.last.isoformat(), each.id))
    last = before(month_of(clock.city_date(clock.now())))
    return desk_page(
        request,
        session,
        login,
        "supervisor/bulletins.html",
        status=status_of(error) if error else 200,
        rows=shown,
        following=following,
        kind=asked.value if asked else "",
        kinds=words.KINDS,
        states=words.STATES,
        formats=words.FORMATS,
        rules=listing.rules(session),
        error=(error.zh, error.en) if error else None,
        existing=error.extra.get("id") if error else None,
        month=f"{last.first:%Y-%m}",
        day=clock.city_date(clock.now()) - timedelta(days=7),
        may_edit=login.person.has(*roles_for(Permission.BULLETINS_EDIT)),
    )


def _position(cursor: str | None) -> tuple[date, int] | None:
    key = paging.decode(cursor, parts=2)
    if key is None:
        return None
    try:
        return date.fromisoformat(str(key[0])), int(key[1])
    except (ValueError, TypeError):
        raise paging.bad_cursor() from None


@router.get("")
def bulletins(
    session: Db,
    request: Request,
    _person: Reader,
    login: CurrentLogin,
    kind: Annotated[str, Query(max_length=20)] = "",
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> Response:
    """Every bulletin, those of the latest days first, and a form for another."""
    return _list(session, request, login, kind=kind, cursor=cursor)


def _days(session: Session, kind: BulletinKind, posted: Posted) -> Days:
    try:
        if kind is BulletinKind.WECHAT:
            rule = listing.rule_of(session, kind)
            return week_of(date.fromisoformat(posted.get("day")), begins=rule.begins)
        return month_of(date.fromisoformat(f"{posted.get('month')}-01"))
    except ValueError:
        raise invalid("month", "请选择月份或日期", "Choose a month or a day") from None


@router.post("")
def ask(
    session: Db, request: Request, person: Editor, login: CurrentLogin, posted: Form
) -> Response:
    """Have a bulletin written."""
    try:
        with session.begin_nested():
            if posted.get("kind") not in words.KINDS:
                raise invalid("kind", "请选择种类", "Choose a kind")
            kind = BulletinKind(posted.get("kind"))
            made = writing.ask(
                session, kind, _days(session, kind, posted), by=person, at=clock.now()
            )
    except DomainError as error:
        return _list(session, request, login, error=error)
    return go(f"/supervisor/bulletins/{made.id}")


def _one(
    session: Session,
    request: Request,
    login: Login,
    found: Bulletin,
    *,
    error: DomainError | None = None,
) -> Response:
    waits = found.status == BulletinStatus.MAKING
    root = found.corrects_id or found.id
    return desk_page(
        request,
        session,
        login,
        "supervisor/bulletin.html",
        current="bulletins",
        status=status_of(error) if error else 200,
        # it is counted in seconds; a page that only waits looks again by itself
        headers={"Refresh": "3"} if waits else None,
        bulletin=found,
        body=words.drawn(found),
        examples=found.content.get("examples", []),
        original=listing.bulletin_by_id(session, root) if found.corrects_id else None,
        corrections=listing.corrections_of(session, root, published_only=False),
        kinds=words.KINDS,
        states=words.STATES,
        formats=words.FORMATS,
        is_draft=found.status == BulletinStatus.DRAFT,
        is_published=found.status == BulletinStatus.PUBLISHED,
        error=(error.zh, error.en) if error else None,
        may_edit=login.person.has(*roles_for(Permission.BULLETINS_EDIT)),
    )


@router.get("/{bulletin_id}")
def bulletin(
    session: Db, request: Request, _person: Reader, login: CurrentLogin, bulletin_id: int
) -> Response:
    """One bulletin as it will look, and what can be done with it."""
    return _one(session, request, login, listing.bulletin_by_id(session, bulletin_id))


@router.get("/{bulletin_id}/files/{kind}")
def file(session: Db, _person: Reader, bulletin_id: int, kind: str) -> Response:
    """Its PDF, Word or Excel."""
    found = listing.bulletin_by_id(session, bulletin_id)
    if kind not in found.files:
        raise NotFound("no_such_file", "没有这个文件", "There is no such file")
    return send(found.files[kind], kind, title=found.title, public=False)


@router.post("/{bulletin_id}")
def edit(
    session: Db,
    request: Request,
    person: Editor,
    login: CurrentLogin,
    bulletin_id: int,
    posted: Form,
) -> Response:
    """Change the centre's own words in a draft, or do the deed that the pressed button names."""
    deeds: dict[str, Any] = {
        "edit": lambda: publishing.edit(
            session,
            bulletin_id,
            remarks=posted.get("remarks"),
            examples=_examples(posted),
            by=person,
        ),
        "publish": lambda: publishing.publish(session, bulletin_id, by=person, at=clock.now()),
        "recount": lambda: writing.recount(session, bulletin_id, by=person),
        "discard": lambda: publishing.discard(session, bulletin_id, by=person),
        "correct": lambda: writing.correct(
            session, bulletin_id, reason=posted.get("reason"), by=person, at=clock.now()
        ),
    }
    deed = posted.get("deed")
    try:
        with session.begin_nested():
            if deed not in deeds:
                raise invalid("deed", "没有这个操作", "There is no such deed")
            done = deeds[deed]()
    except DomainError as error:
        found = listing.bulletin_by_id(session, bulletin_id)
        return _one(session, request, login, found, error=error)
    if done is None:
        return go("/supervisor/bulletins")
    return go(f"/supervisor/bulletins/{done.id}")


def _examples(posted: Posted) -> list[dict[str, str]]:
    names = ("title", "said", "answer")
    columns = [posted.lists.get(name, []) for name in names]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=False)]
