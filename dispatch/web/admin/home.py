"""The start page: what needs somebody's attention, what there is to set up, and how the data stand."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from dispatch.departments.queries import count_left_alone
from dispatch.departments.reference import departments
from dispatch.exchange.queries import OutboxState, count_dead, count_events
from dispatch.facilities.queries import count_silent_feeds
from dispatch.intake.channels.camera.registry import count_silent_cameras
from dispatch.intake.queries import failures_since
from dispatch.jurisdiction.model import AreaKind
from dispatch.jurisdiction.queries import area_counts, count_grids, sets
from dispatch.kit import clock
from dispatch.kit.checkup import Checkup, last
from dispatch.kit.clock import CITY_ZONE
from dispatch.kit.http import Db
from dispatch.kit.redis import RedisError, client
from dispatch.kit.routes import Router
from dispatch.people.http import CurrentLogin, require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.people.queries import counts_by_department, grids_covered
from dispatch.routing.queries import count_rules_by_department
from dispatch.uploads.queries import count_waiting
from dispatch.web.admin.frame import admin_page
from dispatch.web.admin.sections import SECTIONS

router = Router(include_in_schema=False)
Admin = Annotated[Person, Depends(require(Permission.ADMIN_DESK))]
Pair = tuple[str, str]

#: A feed that has spoken before is missed after this long, a camera after so many days.
FEED_SILENCE: Final = timedelta(hours=1)
CAMERA_SILENCE: Final = timedelta(days=7)
RECENTLY: Final = timedelta(hours=24)


@dataclass(frozen=True)
class Matter:
    """Something that needs a look: how much of it, what it is, and where to go."""

    count: int
    words: Pair
    address: str
    is_urgent: bool = False


@router.get("/admin")
def show(session: Db, request: Request, _person: Admin, login: CurrentLogin) -> Response:
    """What needs attention first."""
    at = clock.now()
    return admin_page(
        request,
        session,
        login,
        "admin/home.html",
        matters=[each for each in _matters(session, at=at) if each.count],
        checkup=_checkup(),
        sections=SECTIONS,
        areas=area_counts(session),
        kinds=AreaKind,
        unit_grids=count_grids(session),
        sets=sets(session),
    )


def _matters(session: Session, *, at: datetime) -> Iterator[Matter]:
    yield from _of_exchange(session, at=at)
    yield from _of_sources(session, at=at)
    yield from _of_setup(session, at=at)


def _of_exchange(session: Session, *, at: datetime) -> Iterator[Matter]:
    dead = "条推送已放弃重试，等待处理", "messages to departments' systems were given up"
    yield Matter(count_dead(session), dead, "/admin/deliveries?status=dead", is_urgent=True)
    alone = "个部门系统连续失败，推送暂停", "departments' systems keep failing and are left alone"
    yield Matter(count_left_alone(session, at=at), alone, "/admin/departments", is_urgent=True)
    events = count_events(session)[OutboxState.DEAD]
    words = "个内部事件没有处理完", "events of the platform were not worked off"
    yield Matter(events, words, "/admin/deliveries?show=events", is_urgent=True)


def _of_sources(session: Session, *, at: datetime) -> Iterator[Matter]:
    failed = sum(failures_since(session, at - RECENTLY).values())
    words = "条接入报文在 24 小时内未能处理", "messages of the last 24 hours could not be used"
    yield Matter(failed, words, "/admin/intake?status=failed")
    feeds = count_silent_feeds(session, since=at - FEED_SILENCE)
    words = "个设施数据源超过 1 小时没有上报", "feeds of facilities have been silent for an hour"
    yield Matter(feeds, words, "/admin/facilities/keys")
    cameras = count_silent_cameras(session, since=at - CAMERA_SILENCE)
    words = "个摄像机 7 天没有告警，可能离线", "cameras have raised no alarm for 7 days"
    yield Matter(cameras, words, "/admin/cameras?state=silent")


def _of_setup(session: Session, *, at: datetime) -> Iterator[Matter]:
    today = at.astimezone(CITY_ZONE).date()
    units = [each for each in departments(session).values() if each.active]
    people, rules = counts_by_department(session), count_rules_by_department(session, on=today)
    alone = sum(1 for each in units if not people.get(each.id))
    words = "个部门没有人员", "departments have nobody"
    yield Matter(alone, words, "/admin/departments?lack=people")
    without = sum(1 for each in units if not rules.get(each.id))
    words = "个部门没有派遣规则", "departments have no routing rule"
    yield Matter(without, words, "/admin/departments?lack=rules")
    grids = area_counts(session).get(AreaKind.WORKING_GRID, 0)
    free = max(0, grids - len(grids_covered(session)))
    words = "个责任网格没有巡查员", "working grids have no inspector"
    yield Matter(free, words, "/admin/working-grids?lack=inspector")
    words = "个上传文件检查完毕，等待决定", "uploaded files were checked and wait for a decision"
    yield Matter(count_waiting(session), words, "/admin/uploads")


def _checkup() -> Checkup | None:
    try:
        return last(client())
    except RedisError:
        return None
