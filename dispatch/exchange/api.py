"""The exchange's doors: a department's inbox, dead letters, and its webhook's settings."""

from typing import Annotated

from fastapi import Depends, Query
from sqlalchemy.orm import Session

from dispatch.cases.present import cases_out
from dispatch.departments.model import DepartmentEndpoint
from dispatch.exchange import commands, queries, webhook
from dispatch.exchange.commands.endpoint import department_or_refusal, no_endpoint
from dispatch.exchange.model import Delivery
from dispatch.exchange.schemas import (
    DeliveryOut,
    EndpointIn,
    EndpointOut,
    InboxItemOut,
    ResendDeadIn,
    ResentOut,
    TrialOut,
)
from dispatch.kit import clock
from dispatch.kit.db import open_session
from dispatch.kit.errors import NotAllowed
from dispatch.kit.http import Db
from dispatch.kit.paging import Cursor, Limit, Page, cut, decode_id
from dispatch.kit.routes import Router
from dispatch.people.http import require
from dispatch.people.model import Role
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person

router = Router(prefix="/api/v1", tags=["exchange"])

Unit = Annotated[Person, Depends(require(Permission.INBOX_READ))]
Manager = Annotated[Person, Depends(require(Permission.DELIVERIES_MANAGE))]
Admin = Annotated[Person, Depends(require(Role.ADMIN))]


@router.get("/inbox", summary="部门收件箱 / A department's inbox")
def show_inbox(
    person: Unit, session: Db, limit: Limit = 50, cursor: Cursor = None
) -> Page[InboxItemOut]:
    if person.department_id is None:
        raise NotAllowed(
            "no_department",
            "您不属于任何部门,没有收件箱;请联系管理员",
            "You belong to no department and have no inbox; ask an administrator",
        )
    rows = queries.inbox_of(session, person.department_id, before=decode_id(cursor), limit=limit)
    shown, following = cut(rows, limit, key=lambda row: row.delivery.id)
    cases = cases_out(session, [row.case for row in shown], person=person, at=clock.now())
    items = [
        InboxItemOut(
            id=row.delivery.id,
            delivered_at=row.delivery.delivered_at or row.delivery.created_at,
            leads=row.assignment.leads,
            reason=row.assignment.reason,
            ended_at=row.assignment.ended_at,
            case=case,
        )
        for row, case in zip(shown, cases, strict=True)
    ]
    return Page(items=items, next_cursor=following)


@router.get("/deliveries/dead", summary="推送失败的消息 / Messages that were given up")
def show_dead(
    _person: Manager,
    session: Db,
    department_id: Annotated[int | None, Query()] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[DeliveryOut]:
    rows = queries.dead_letters(
        session, department_id=department_id, before=decode_id(cursor), limit=limit
    )
    shown, following = cut(rows, limit, key=lambda row: row.delivery.id)
    items = [
        _delivery_out(row.delivery, number=row.number, code=row.department_code) for row in shown
    ]
    return Page(items=items, next_cursor=following)


@router.post("/deliveries/dead", summary="全部重发 / Send all of them again")
def resend_dead(body: ResendDeadIn, person: Manager, session: Db) -> ResentOut:
    return ResentOut(
        resent=commands.resend_dead(
            session, department_id=body.department_id, by=person, at=clock.now()
        )
    )


@router.post("/deliveries/{delivery_id}/resend", summary="重发 / Send one again")
def resend(delivery_id: int, person: Manager, session: Db) -> DeliveryOut:
    delivery = commands.resend(session, delivery_id, by=person, at=clock.now())
    number, code = queries.names_of(session, delivery)
    return _delivery_out(delivery, number=number, code=code)


@router.get(
    "/departments/{department_id}/endpoint", summary="部门推送地址 / A department's webhook"
)
def show_endpoint(department_id: int, _person: Admin, session: Db) -> EndpointOut:
    endpoint = queries.endpoint_of(session, department_id)
    if endpoint is None:
        raise no_endpoint()
    return _endpoint_out(session, endpoint)


@router.put("/departments/{department_id}/endpoint", summary="设置推送地址 / Set the webhook")
def set_endpoint(department_id: int, body: EndpointIn, person: Admin, session: Db) -> EndpointOut:
    change = commands.EndpointChange(**body.model_dump())
    return _endpoint_out(session, commands.set_endpoint(session, department_id, change, by=person))


@router.post("/departments/{department_id}/endpoint/test", summary="测试推送 / Send a test message")
def try_endpoint(department_id: int, _person: Admin) -> TrialOut:
    at = clock.now()
    with open_session() as session:  # ended before the other system is waited for
        message = commands.trial_message(session, department_id, at=at)
    outcome = webhook.send(message, at=at)
    return TrialOut(
        delivered=outcome.error is None,
        status=outcome.status,
        error=outcome.error,
        seconds=outcome.seconds,
    )


def _delivery_out(delivery: Delivery, *, number: str, code: str) -> DeliveryOut:
    return DeliveryOut(
        id=delivery.id,
        case_number=number,
        department=code,
        status=delivery.status,
        attempts=delivery.attempts,
        created_at=delivery.created_at,
        next_attempt_at=delivery.next_attempt_at,
        last_error=delivery.last_error,
    )


def _endpoint_out(session: Session, endpoint: DepartmentEndpoint) -> EndpointOut:
    department = department_or_refusal(session, endpoint.department_id)
    return EndpointOut(
        department_id=department.id,
        url=endpoint.url,
        enabled=endpoint.enabled,
        timeout_s=endpoint.timeout_s,
        rate_per_minute=endpoint.rate_per_minute,
        max_attempts=endpoint.max_attempts,
        secret=webhook.secret_of(department.code, endpoint.secret_version),
        secret_version=endpoint.secret_version,
        failures=endpoint.failures,
        open_until=endpoint.open_until,
    )
