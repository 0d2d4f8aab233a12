"""Setting up where a department's own system takes its cases, and trying it."""

from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from urllib.parse import urlsplit

import orjson
from sqlalchemy.orm import Session

from dispatch.departments.model import Department, DepartmentEndpoint
from dispatch.exchange.webhook import Message, secret_of
from dispatch.kit import audit
from dispatch.kit.errors import InvalidInput, NotFound, invalid
from dispatch.kit.reach import may_reach
from dispatch.people.policy import Person

LONGEST_URL = 2000
EDITED = (
    "url",
    "enabled",
    "timeout_s",
    "rate_per_minute",
    "max_attempts",
    "secret_version",
)


@dataclass(frozen=True)
class EndpointChange:
    """What an administrator sets."""

    url: str
    enabled: bool
    timeout_s: float
    rate_per_minute: int
    max_attempts: int
    new_secret: bool = False


def set_endpoint(
    session: Session, department_id: int, change: EndpointChange, *, by: Person
) -> DepartmentEndpoint:
    """Set up or change a department's webhook. Its circuit is closed again. Raises InvalidInput, NotFound."""
    department = department_or_refusal(session, department_id)
    _check_url(change.url)
    endpoint = session.get(DepartmentEndpoint, department_id, with_for_update=True)
    before = {} if endpoint is None else audit.snapshot(endpoint, EDITED)
    if endpoint is None:
        endpoint = DepartmentEndpoint(department_id=department_id, url=change.url, secret_version=1)
        session.add(endpoint)
    elif change.new_secret:
        endpoint.secret_version += 1
    endpoint.url = change.url
    endpoint.enabled = change.enabled
    endpoint.timeout_s = change.timeout_s
    endpoint.rate_per_minute = change.rate_per_minute
    endpoint.max_attempts = change.max_attempts
    endpoint.failures, endpoint.open_until = 0, None
    session.flush()
    audit.changed(
        session,
        "endpoint.set",
        subject=f"department:{department.code}",
        by=by,
        changes=audit.differences(before, audit.snapshot(endpoint, EDITED)),
    )
    return endpoint


def trial_message(session: Session, department_id: int, *, at: datetime) -> Message:
    """A message that says nothing but that it is a test, signed like any other."""
    department = department_or_refusal(session, department_id)
    endpoint = session.get(DepartmentEndpoint, department_id)
    if endpoint is None:
        raise no_endpoint()
    return Message(
        delivery_id=f"test-{int(at.timestamp())}",
        event="test",
        url=endpoint.url,
        secret=secret_of(department.code, endpoint.secret_version),
        body=orjson.dumps({"event": "test", "at": at.isoformat(), "department": department.code}),
        timeout_s=endpoint.timeout_s,
    )


def department_or_refusal(session: Session, department_id: int) -> Department:
    """The department of this id. Raises NotFound."""
    found = session.get(Department, department_id)
    if found is None:
        raise NotFound(
            "department_not_found",
            f"没有编号为 {department_id} 的部门",
            f"There is no department {department_id}",
        )
    return found


def no_endpoint() -> NotFound:
    """The refusal where a department has no webhook."""
    return NotFound(
        "no_endpoint",
        "该部门没有设置推送地址,请先设置",
        "This department has no webhook; set one up first",
    )


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise _bad_url() from None
    plain = url.isascii() and url.isprintable() and " " not in url and len(url) <= LONGEST_URL
    if parts.scheme not in {"http", "https"} or not host or not plain or parts.username:
        raise _bad_url()
    try:
        literal = ip_address(host)
    except ValueError:
        return
    if not may_reach(str(literal)):
        raise invalid(
            "url",
            "推送地址在内网;如确为部门系统,请把该网段加入 DISPATCH_WEBHOOK_NETWORKS",
            "The address is private; if it is a department's system, add its network to "
            "DISPATCH_WEBHOOK_NETWORKS",
            code="private_address",
        )


def _bad_url() -> InvalidInput:
    return invalid(
        "url",
        "推送地址应为 http:// 或 https:// 开头的完整网址,不含用户名和密码",
        "The address must be a whole http:// or https:// URL without a user name",
    )
