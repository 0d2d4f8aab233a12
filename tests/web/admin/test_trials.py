"""Rules of time are tried before they take effect: what would move, whom it reaches, and what follows."""

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.states import Stage
from dispatch.catalogue.model import LimitRule
from dispatch.kit import clock, reference
from dispatch.kit.outbox import OutboxRow
from dispatch.ladders.model import LadderStep
from tests.factories.cases import add_case
from tests.factories.city import City
from tests.web.conftest import As, field, put_in_effect


@pytest.fixture
def admin(as_: As) -> TestClient:
    return as_("admin")


def form_of(client: TestClient, page: str) -> dict[str, str]:
    shown = client.get(page).text
    return {"csrf_token": field(shown, "csrf_token"), "seen": field(shown, "seen")}


def events(session: Session, name: str) -> list[OutboxRow]:
    return list(session.scalars(select(OutboxRow).where(OutboxRow.name == name)))


def a_rule(client: TestClient, city: City, page: str, **given: str) -> dict[str, str]:
    return {
        **form_of(client, page),
        "category_id": str(city.manhole.id),
        "limit_value": "1",
        "limit_unit": "hour",
        "valid_from": clock.city_date(clock.now()).isoformat(),
        "explanation": "会议纪要 3 号",
        "reason": "试行",
        **given,
    }


def test_limit_is_tried_put_into_effect_for_open_cases_and_taken_away(
    session: Session, city: City, admin: TestClient
) -> None:
    case = add_case(session, city, Stage.DISPATCHED, at=clock.now() - timedelta(minutes=90))
    page = "/admin/rules/limit-rules/new"
    given = a_rule(admin, city, page)

    shown = admin.post(page, data={**given, "do": "save"})
    assert shown.status_code == 200, "nothing takes effect untried"
    assert session.scalars(select(LimitRule)).all() == []
    for words in ("试算结果", "到期时间会变", "变为超期", case.public_id, "提前 1 小时"):
        assert words in shown.text, words
    tried = {**given, "tried": field(shown.text, "tried"), "do": "save", "reach": "open"}
    other = admin.post(page, data={**tried, "limit_value": "3"})
    assert "推后 1 小时" in other.text, "another limit than the one that was tried"
    late = {**a_rule(admin, city, page, valid_from="2999-01-01"), "reach": "open"}
    assert put_in_effect(admin, page, late).status_code == 422
    assert admin.post(page, data=tried).status_code == 303

    row = session.scalars(select(LimitRule)).one()
    assert row.for_open
    (event,) = events(session, "limits.changed")
    assert (event.payload["categories"], event.payload["note"]) == ([city.manhole.id], "试行")
    page = f"/admin/rules/limit-rules/{row.id}"
    reference.forget_all()
    gone = {**form_of(admin, page), "reason": "到期"}
    shown = admin.post(f"{page}/remove", data=gone)
    assert "若删除" in shown.text
    assert session.scalars(select(LimitRule)).all() == [row]
    sure = {**gone, "tried": f"end-{row.id}", "reach": "later"}
    assert admin.post(f"{page}/remove", data=sure).status_code == 303
    assert session.scalars(select(LimitRule)).all() == []
    assert len(events(session, "limits.changed")) == 1


def test_stage_limit_reaches_the_cases_in_it_where_that_is_chosen(
    session: Session, city: City, admin: TestClient
) -> None:
    add_case(session, city, Stage.REPORTED, at=clock.now())
    page = "/admin/rules/stage-limits/accept~normal"
    for reach, told in (("later", 0), ("open", 1)):
        given = {**form_of(admin, page), "limit_value": "40", "limit_unit": "minute"}
        given |= {"reason": "试行", "reach": reach}
        assert put_in_effect(admin, page, given).status_code == 303
        assert len(events(session, "stage_limits.changed")) == told


def test_step_says_what_has_reached_it_and_counts_from_then_on(
    session: Session, city: City, admin: TestClient
) -> None:
    case = add_case(session, city, Stage.DISPATCHED, at=clock.now() - timedelta(hours=9))
    page = "/admin/rules/ladder-steps/new"
    given = {
        **form_of(admin, page),
        "ladder": "hazard",
        "clock": "handle",
        "level": "2",
        "light": "red",
        "beyond": "0",
        "beyond_unit": "minute",
        "audience": "managers",
        "way": "in_app",
        "active": "yes",
        "reason": "启用",
    }

    shown = admin.post(page, data={**given, "do": "preview"}).text
    for words in ("已到这一级、未告知的", case.public_id, city.users["manager"].display_name):
        assert words in shown, words
    assert put_in_effect(admin, page, {**given, "reach": "gathered"}).status_code == 303

    row = session.scalars(select(LadderStep)).one()
    (event,) = events(session, "ladder.switched_on")
    assert event.payload["step_id"] == row.id
    first = row.counts_from
    assert first is not None
    # who is told and when is as before: it counts from when it did
    page = f"/admin/rules/ladder-steps/{row.id}"
    again = {**given, **form_of(admin, page), "repeat_minutes": "60", "reason": "重复"}
    assert put_in_effect(admin, page, again).status_code == 303
    session.refresh(row)
    assert (row.repeat_minutes, row.counts_from) == (60, first)
    later = {**again, **form_of(admin, page), "beyond": "30", "reach": "later"}
    assert put_in_effect(admin, page, later).status_code == 303
    session.refresh(row)
    assert row.counts_from is not None
    assert row.counts_from > first
    assert len(events(session, "ladder.switched_on")) == 1
