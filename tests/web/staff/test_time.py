"""Time on the pages: why a case is due then, its ladder, and the rows that an administrator edits."""

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.model import Case
from dispatch.cases.states import Stage
from dispatch.catalogue.model import CalendarVersion, LimitRule, WorkCalendar
from dispatch.kit import clock, reference
from dispatch.ladders.commands import climb
from dispatch.ladders.model import Escalation, LadderStep
from tests.factories.cases import add_case
from tests.factories.city import City
from tests.web.conftest import As, field, put_in_effect


def overdue(session: Session, city: City) -> Case:
    """A missing cover, dispatched five hours ago with two to go, and a ladder that was climbed."""
    session.add(
        LadderStep(ladder="hazard", clock="handle", level=2, light="red", audience="managers")
    )
    session.flush()
    reference.forget_all()
    case = add_case(session, city, Stage.DISPATCHED, at=clock.now() - timedelta(hours=5))
    climb(session, at=clock.now())
    return case


@pytest.fixture
def admin(as_: As) -> TestClient:
    return as_("admin")


def test_case_says_why_it_is_due_in_both_languages(session: Session, city: City, as_: As) -> None:
    case = overdue(session, city)
    supervisor = as_("supervisor")

    page = supervisor.get(f"/cases/{case.public_id}").text
    assert "处理时限 2 小时,按立案条件“丢失”。" in page
    assert "因此到期时间为" in page
    supervisor.get("/language/en?back=/")
    english = supervisor.get(f"/cases/{case.public_id}").text
    assert "The limit is 2 hours, by the filing condition &#39;丢失&#39;." in english
    assert "It runs on continuously, day and night." in english


def test_department_reads_the_same_by_the_api(session: Session, city: City, as_: As) -> None:
    case = overdue(session, city)

    said = as_("manager").get(f"/api/v1/cases/{case.public_id}/due").json()
    assert said["agrees"] is True
    assert said["limit"]["words"] == {"zh": "2 小时", "en": "2 hours"}
    assert said["source"] == "condition"
    (stretch,) = said["stretches"]
    assert (stretch["counted_s"], stretch["department"]) == (7200, "市政维护处")
    assert all(line["zh"] and line["en"] for line in said["sentences"])
    assert as_("stranger").get(f"/api/v1/cases/{case.public_id}/due").status_code == 404


def test_manager_answers_for_the_step_that_told_them(session: Session, city: City, as_: As) -> None:
    case = overdue(session, city)
    step = session.scalars(select(Escalation)).one()
    manager, handler = as_("manager"), as_("handler")
    page = manager.get(f"/cases/{case.public_id}").text
    assert "督办阶梯" in page
    assert "我已知悉，正在处理" in page
    assert "我已知悉，正在处理" not in as_("supervisor").get(f"/cases/{case.public_id}").text

    form = {"csrf_token": field(page, "csrf_token")}
    theirs = {"csrf_token": field(handler.get(f"/cases/{case.public_id}").text, "csrf_token")}
    address = f"/cases/{case.public_id}/ladder/{step.id}"
    assert handler.post(address, data=theirs).status_code == 403
    assert manager.post(address, data=form).status_code == 303
    assert manager.post(address, data=form).status_code == 303

    session.refresh(step)
    assert step.acknowledged_by_id == city["manager"].id
    rungs = as_("supervisor").get(f"/api/v1/cases/{case.public_id}/ladder").json()["items"]
    assert [(each["level"], each["acknowledged_by"]) for each in rungs] == [
        (2, city["manager"].name)
    ]


def _form(client: TestClient, page: str) -> dict[str, str]:
    shown = client.get(page).text
    return {"csrf_token": field(shown, "csrf_token"), "seen": field(shown, "seen")}


def test_limit_is_set_for_a_unit(session: Session, city: City, admin: TestClient) -> None:
    page = "/admin/rules/limit-rules/new"
    given = {
        **_form(admin, page),
        "category_id": str(city.manhole.id),
        "condition_id": str(city.broken.id),
        "department_id": str(city.works.id),
        "limit_value": "6",
        "limit_unit": "work_hour",
        "valid_from": "2026-01-01",
        "explanation": "会议纪要 3 号",
        "reason": "试行",
    }
    wrong = (
        {"condition_id": str(city.exposed.id)},
        {"valid_to": "2025-01-01"},
        {"department_id": "999999"},
    )
    for each in wrong:
        assert admin.post(page, data={**given, **each}).status_code == 422, each
    assert put_in_effect(admin, page, given).status_code == 303

    row = session.scalars(select(LimitRule)).one()
    assert (row.department_id, row.area_class, row.limit_value) == (city.works.id, None, 6)
    assert "市政维护处" in admin.get("/admin/rules/limit-rules").text


def test_step_of_a_ladder_is_told_by_a_way_that_reaches(
    session: Session, city: City, admin: TestClient
) -> None:
    page = "/admin/rules/ladder-steps/new"
    given = {
        **_form(admin, page),
        "ladder": "ordinary",
        "clock": "handle",
        "level": "2",
        "light": "red",
        "beyond": "30",
        "beyond_unit": "minute",
        "audience": "managers",
        "way": "sms",
        "quiet_from": "21:00",
        "quiet_until": "07:30",
        "active": "yes",
        "reason": "试行",
    }
    for each in ({"way": "robot"}, {"quiet_until": ""}, {"light": "yellow"}, {"quiet_from": "x"}):
        assert admin.post(page, data={**given, **each}).status_code == 422, each
    assert put_in_effect(admin, page, given).status_code == 303

    row = session.scalars(select(LadderStep)).one()
    assert (row.way, f"{row.quiet_from:%H:%M}", row.repeat_minutes) == ("sms", "21:00", None)
    assert "21:00" in admin.get(f"/admin/rules/ladder-steps/{row.id}").text


def test_unit_has_a_calendar_of_its_own_with_versions(
    session: Session, city: City, admin: TestClient
) -> None:
    page = "/admin/rules/calendars/new"
    given = {
        **_form(admin, page),
        "code": "shifts",
        "name": "轮班",
        "department_id": str(city.works.id),
        "hours": "06:00-12:00 13:00-21:00",
        "weekdays": ["0", "6"],
        "reason": "轮班制",
    }
    for each in ({"code": "Shifts!"}, {"name": ""}, {"hours": "x"}, {"reason": ""}):
        assert put_in_effect(admin, page, {**given, **each}).status_code == 422, each
    assert put_in_effect(admin, page, given).status_code == 303
    assert put_in_effect(admin, page, {**given, "code": "other"}).status_code == 409

    row = session.get_one(WorkCalendar, "shifts")
    assert (row.keeps_holidays, row.weekdays) == (False, [0, 6])
    version = session.scalars(select(CalendarVersion)).one()
    assert (version.version, version.settled_at) == (1, None)
    shown = admin.get("/admin/rules/calendars/shifts").text
    assert "第 1 版" in shown
    assert "轮班制" in shown
