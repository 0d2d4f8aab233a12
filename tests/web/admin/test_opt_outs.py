"""What people answer to an SMS: TD ends it for their number, once and for all gateways' retries, until they want it again."""

from collections.abc import Iterator
from datetime import timedelta

import orjson
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.kit import clock, config
from dispatch.kit.audit import AuditEntry
from dispatch.notices.commands.uplink import Uplink, command_in, sign
from dispatch.notices.events import Way
from dispatch.notices.model import NoticeOptOut
from dispatch.notices.queries import has_opted_out
from tests.factories.city import City
from tests.web.conftest import As, field

PHONE, KEY = "13812345678", "uplink-secret"


@pytest.fixture
def _gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("DISPATCH_SMS_SECRET", KEY)
    config.settings.cache_clear()
    yield
    config.settings.cache_clear()


def _send(
    client: TestClient, text: str, *, key: str = KEY, late: int = 0, number: str = PHONE
) -> int:
    body = orjson.dumps({"id": "u1", "from": number, "text": text})
    stamp = str(int((clock.now() - timedelta(seconds=late)).timestamp()))
    headers = {"X-Timestamp": stamp, "X-Signature": sign(key, stamp, body)}
    return client.post("/channels/sms", content=body, headers=headers).status_code


@pytest.mark.parametrize(
    ("text", "does"),
    [
        ("TD", Uplink.OPTED_OUT),
        (" ｔｄ。", Uplink.OPTED_OUT),
        ("【柳州数字城管】退订", Uplink.OPTED_OUT),
        ("“恢复通知”", Uplink.OPTED_IN),
        ("退订了怎么恢复", Uplink.IGNORED),
        ("井盖还没修", Uplink.IGNORED),
        ("", Uplink.IGNORED),
    ],
)
def test_only_a_word_alone_commands(text: str, does: Uplink) -> None:
    assert command_in(text) is does


@pytest.mark.usefixtures("_gateway")
def test_number_that_answers_td_gets_nothing_until_it_asks_again(
    session: Session, city: City, visitor: TestClient
) -> None:
    assert _send(visitor, "TD", number="+86 138 1234 5678") == 200
    assert _send(visitor, "TD") == 200, "sent twice"
    assert has_opted_out(session, way=Way.SMS, address=PHONE)
    kept = session.scalars(select(NoticeOptOut)).one()
    assert (kept.recipient, kept.source) == ("138****5678", "sms")
    assert _send(visitor, "井盖还没修") == 200
    assert has_opted_out(session, way=Way.SMS, address=PHONE)
    assert _send(visitor, "恢复") == 200
    assert not has_opted_out(session, way=Way.SMS, address=PHONE)


@pytest.mark.usefixtures("_gateway")
def test_stranger_and_old_message_are_refused(
    session: Session, city: City, visitor: TestClient
) -> None:
    assert _send(visitor, "TD", key="guess") == 403
    assert _send(visitor, "TD", late=400) == 403
    assert _send(visitor, "TD", number="nobody") == 422
    assert session.scalar(select(NoticeOptOut.way)) is None


def test_nothing_is_taken_where_no_gateway_is(visitor: TestClient) -> None:
    assert _send(visitor, "TD") == 503


def test_administrator_writes_one_down_finds_it_and_takes_it_back(
    session: Session, city: City, as_: As
) -> None:
    admin, page = as_("admin"), "/admin/notices/opt-outs"
    form = {"csrf_token": field(admin.get(page).text, "csrf_token"), "number": PHONE}
    assert admin.post(page, data=form).status_code == 422, "no reason"
    assert admin.post(page, data={**form, "number": "x", "reason": "来电"}).status_code == 422
    assert admin.post(page, data={**form, "reason": "来电要求"}).status_code == 303
    assert "没有符合条件的记录" in admin.get(f"{page}?q=13800000000").text
    shown = admin.get(f"{page}?q=138-1234-5678").text
    assert "138****5678" in shown
    assert PHONE not in shown
    given = {**form, "way": "sms", "mark": field(shown, "mark")}
    assert admin.post(f"{page}/restore", data={**given, "reason": "本人要求"}).status_code == 303
    assert admin.post(f"{page}/restore", data={**given, "reason": "再来"}).status_code == 404
    assert not has_opted_out(session, way=Way.SMS, address=PHONE)
    told = session.scalars(
        select(AuditEntry.action).where(AuditEntry.subject == "notice-opt-out:sms:138****5678")
    ).all()
    assert list(told) == ["notice_opted_out", "notice_opted_in"]
    assert as_("agent").get(page).status_code == 403
