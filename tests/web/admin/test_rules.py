"""The administrator's rules: tried over last month's cases before they hold, and every change told with its reason."""

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.model import Case, CaseAssignment
from dispatch.cases.states import Stage
from dispatch.catalogue.model import (
    CalendarDay,
    CalendarVersion,
    CitySetting,
    Condition,
    StageLimit,
    WorkCalendar,
)
from dispatch.intake.model import DuplicateRule
from dispatch.kit import clock, reference
from dispatch.kit.audit import AuditEntry
from dispatch.kit.clock import CITY_ZONE
from dispatch.routing.model import RoutingRule
from dispatch.web.admin.rules.tables import TABLES
from tests.factories.cases import add_case
from tests.factories.city import City
from tests.web.conftest import As, field, put_in_effect


@pytest.fixture
def admin(as_: As) -> TestClient:
    return as_("admin")


def fields_of(client: TestClient, page: str) -> dict[str, str]:
    shown = client.get(page).text
    return {"csrf_token": field(shown, "csrf_token"), "seen": field(shown, "seen")}


def test_rule_is_tried_then_takes_effect_and_what_was_decided_stays(
    session: Session, city: City, admin: TestClient
) -> None:
    dispatched = add_case(session, city, Stage.DISPATCHED, at=clock.now() - timedelta(days=3))
    case = add_case(session, city, Stage.FILED, at=clock.now() - timedelta(hours=2))
    decided = session.scalars(
        select(CaseAssignment).where(CaseAssignment.case_id == dispatched.id)
    ).one()
    rule = session.scalars(
        select(RoutingRule).where(RoutingRule.category_id == city.manhole.id)
    ).one()
    today = clock.now().astimezone(CITY_ZONE).date()
    page = f"/admin/rules/routing/{rule.id}"
    given = {
        "subject": f"category:{city.manhole.id}",
        "area": "",
        "department": str(city.cleaners.id),
        "valid_from": today.isoformat(),
        "why": "改由环卫负责",
        "reason": "会议纪要 12 号",
    }

    early = admin.post(page, data={**fields_of(admin, page), **given, "do": "save"})
    assert "会改派" in early.text, "nothing takes effect that was not tried"
    assert case.public_id in early.text
    assert rule.valid_to is None

    saved = admin.post(
        page,
        data={
            **fields_of(admin, page),
            **given,
            "do": "save",
            "tried": field(early.text, "tried"),
        },
    )
    assert saved.status_code == 303
    reference.forget_all()
    session.refresh(rule)
    assert rule.valid_to == today
    made = session.scalars(
        select(RoutingRule).where(RoutingRule.department_id == city.cleaners.id)
    ).all()
    assert [each.reason for each in made if each.category_id == city.manhole.id] == ["改由环卫负责"]
    session.refresh(decided)
    assert decided.department_id == city.works.id
    assert session.get_one(Case, dispatched.id).department_id == city.works.id
    line = session.scalars(select(AuditEntry).where(AuditEntry.action == "rule_added")).one()
    assert line.details["reason"] == "会议纪要 12 号"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"department": ""}, "请选择一个在用的部门"),
        ({"valid_from": "2020-01-01"}, "不能早于今天"),
        ({"area": "street:999"}, "没有这个区域"),
    ],
)
def test_rule_that_cannot_be_is_refused(
    city: City, admin: TestClient, wrong: dict[str, str], said: str
) -> None:
    page = "/admin/rules/routing/new"
    given = {"department": str(city.works.id), "valid_from": "2099-01-01", "do": "try", **wrong}

    answer = admin.post(page, data={**fields_of(admin, page), **given})

    assert answer.status_code == 422
    assert said in answer.text


def test_ending_a_rule_shows_first_who_then_decides(
    session: Session, city: City, admin: TestClient
) -> None:
    add_case(session, city, Stage.FILED, at=clock.now() - timedelta(hours=2))
    rule = session.scalars(
        select(RoutingRule).where(RoutingRule.category_id == city.manhole.id)
    ).one()
    page = f"/admin/rules/routing/{rule.id}"
    today = clock.now().astimezone(CITY_ZONE).date().isoformat()
    given = {**fields_of(admin, page), "end_on": today, "reason": "职责调整"}

    shown = admin.post(f"{page}/end", data=given)
    assert "由派遣员判断" in shown.text
    assert rule.valid_to is None

    ended = admin.post(f"{page}/end", data={**given, "tried": f"end-{rule.id}"})
    assert ended.status_code == 303
    session.refresh(rule)
    assert rule.valid_to is not None


def test_rows_of_rules_are_added_changed_and_removed_with_reasons(
    session: Session, city: City, admin: TestClient
) -> None:
    row = session.scalars(select(DuplicateRule)).one()
    page = f"/admin/rules/duplicates/{row.id}"
    form = fields_of(admin, page)
    values = {"distance_m": "35", "hours": "48"}

    assert admin.post(page, data={**form, **values}).status_code == 422, "no reason"
    assert admin.post(page, data={**form, **values, "reason": "误并"}).status_code == 303
    session.refresh(row)
    assert (row.distance_m, row.hours) == (35.0, 48.0)
    stale = admin.post(page, data={**form, "distance_m": "1", "hours": "1", "reason": "晚了"})
    assert stale.status_code == 409, "somebody else's change is not overwritten unseen"
    too_far = {**fields_of(admin, page), "distance_m": "99999", "hours": "1", "reason": "x"}
    assert admin.post(page, data=too_far).status_code == 422
    new = {**fields_of(admin, "/admin/rules/duplicates/new"), **values, "group": "line"}
    assert (
        admin.post("/admin/rules/duplicates/new", data={**new, "reason": "线缆"}).status_code == 303
    )
    gone = {**fields_of(admin, page), "reason": "合并"}
    assert admin.post(f"{page}/remove", data=gone).status_code == 303
    assert [each.group for each in session.scalars(select(DuplicateRule))] == ["line"]
    told = session.scalars(
        select(AuditEntry.action).where(AuditEntry.subject == f"rule-duplicates:{row.id}")
    ).all()
    assert list(told) == ["rule_changed", "rule_removed"]


def test_limits_settings_and_calendars_hold_what_they_can(
    session: Session, city: City, admin: TestClient
) -> None:
    session.add_all(
        [
            CitySetting(name="reopen_days", value=7, explanation="可重开天数"),
            CitySetting(name="filing_role", value="shift_leader"),
            WorkCalendar(
                code="city", name="工作时间", hours=[["08:00", "12:00"]], weekdays=[0, 1, 2, 3, 4]
            ),
        ]
    )
    session.flush()
    for page, wrong, right in (
        ("/admin/rules/settings/reopen_days", {"value": "400"}, {"value": "14"}),
        ("/admin/rules/settings/filing_role", {"value": "king"}, {"value": "agent"}),
        (
            "/admin/rules/stage-limits/accept~urgent",
            {"limit_value": "0", "limit_unit": "minute"},
            {"limit_value": "20", "limit_unit": "minute"},
        ),
        (
            f"/admin/rules/conditions/{city.missing.id}",
            {"text": "", "severity": "urgent", "limit_value": "2", "limit_unit": "hour"},
            {"text": "井盖丢失", "severity": "urgent", "limit_value": "1", "limit_unit": "hour"},
        ),
        (
            "/admin/rules/calendars/city",
            {"name": "工作时间", "hours": "14:00-12:00", "weekdays": "0"},
            {"name": "工作时间", "hours": "09:00-12:00 13:00-17:00", "weekdays": "0"},
        ),
    ):
        form = {**fields_of(admin, page), "reason": "试行"}
        assert admin.post(page, data={**form, **wrong}).status_code == 422, page
        is_tried = "/settings/" not in page and "/conditions/" not in page
        given = {**form, **right}
        done = put_in_effect(admin, page, given) if is_tried else admin.post(page, data=given)
        assert done.status_code == 303, page
    new = fields_of(admin, "/admin/rules/calendar-days/new")
    day = {"calendar_code": "city", "day": "2026-12-24", "reason": "停电", "why": "公告"}
    assert put_in_effect(admin, "/admin/rules/calendar-days/new", {**new, **day}).status_code == 303

    session.expire_all()
    assert str(session.get_one(CitySetting, "reopen_days").value) == "14"
    assert session.get_one(StageLimit, ("accept", "urgent")).limit_value == 20
    assert session.get_one(Condition, city.missing.id).limit_value == 1
    assert session.get_one(WorkCalendar, "city").hours == [["09:00", "12:00"], ["13:00", "17:00"]]
    assert session.scalars(select(CalendarDay.working)).all() == [False]
    versions = session.scalars(select(CalendarVersion).order_by(CalendarVersion.version)).all()
    assert [(each.version, each.reason, each.days) for each in versions] == [
        (1, "试行", {}),
        (2, "公告", {"2026-12-24": False}),
    ]
    assert {each.by for each in versions} == {city.users["admin"].display_name}
    month = admin.get("/admin/rules/calendars/city?month=2026-12").text
    assert "停电" in month


def test_every_table_is_listed_for_administrators_only_in_both_languages(
    session: Session, city: City, admin: TestClient, as_: As
) -> None:
    leader = as_("shift_leader")
    for key in (*TABLES, "routing", "calendars"):
        assert admin.get(f"/admin/rules/{key}").status_code == 200, key
        assert leader.get(f"/admin/rules/{key}").status_code == 403, key
    admin.cookies.set("lang", "en")
    for key in (*TABLES, "routing", "calendars"):
        assert 'lang="en"' in admin.get(f"/admin/rules/{key}").text
    assert admin.get("/admin/rules/nothing").status_code == 404
    assert admin.get("/admin/rules/policies/notanumber").status_code == 404
