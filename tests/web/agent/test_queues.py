"""The queues of the agents: one key, one deed, the next; decisions on alarms can be taken back."""

import json

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.model import Case, CaseReporter, Channel
from dispatch.cases.states import Stage
from dispatch.hotline.commands.callbacks import plan_callbacks
from dispatch.hotline.commands.imports import start_import, take_rows
from dispatch.hotline.model import Callback, CallbackRule
from dispatch.intake.channels.camera.commands import take_body
from dispatch.kit import clock, reference
from dispatch.kit.audit import AuditEntry
from tests.factories.cameras import add_cameras, alarm, picture
from tests.factories.cases import add_case, report
from tests.factories.city import City, spot
from tests.factories.wechat import Follower, wechat_server
from tests.web.conftest import As, field


def doubtful(session: Session, *, column: int = 2) -> Case:
    made = report(
        session,
        at=clock.now(),
        channel=Channel.APP,
        longitude=spot(column, 2)[0],
        review_reason="place_conflict",
        stands_alone=True,
    )
    return session.get_one(Case, made.case_id)


def token(page: str) -> dict[str, str]:
    return {name: field(page, name) for name in ("csrf_token", "expected_version", "next")}


def test_a_deed_is_done_and_the_next_one_slides_in(session: Session, as_: As, city: City) -> None:
    first, second = doubtful(session, column=0), doubtful(session, column=4)
    agent = as_("agent")
    page = agent.get("/agent/accept").text
    assert f'action="/agent/accept/{first.public_id}/accept"' in page
    answer = agent.post(f"/agent/accept/{first.public_id}/accept", data=token(page))
    assert (first.stage, first.review_reason) == (Stage.ACCEPTED, None)
    page = agent.get(answer.headers["location"]).text
    assert f'action="/agent/accept/{second.public_id}/accept"' in page
    agent.post(
        f"/agent/accept/{second.public_id}/reject", data={**token(page), "reason": "不归城管"}
    )
    assert second.stage == Stage.REJECTED


def test_who_comes_second_is_told_so(session: Session, as_: As, city: City) -> None:
    case = doubtful(session)
    agent, leader = as_("agent"), as_("shift_leader")
    page, other = agent.get("/agent/accept").text, leader.get("/agent/accept").text
    leader.post(f"/agent/accept/{case.public_id}/accept", data=token(other))
    answer = agent.post(f"/agent/accept/{case.public_id}/accept", data=token(page))
    assert answer.status_code == 409
    assert "刚被他人更新" in answer.text


def test_an_open_case_nearby_takes_the_report_in(session: Session, as_: As, city: City) -> None:
    there = add_case(session, city, Stage.DISPATCHED, at=clock.now())
    case = doubtful(session)
    agent = as_("agent")
    page = agent.get("/agent/accept").text
    assert f'value="{there.public_id}"' in page
    agent.post(
        f"/agent/accept/{case.public_id}/link-duplicate",
        data={**token(page), "of": there.public_id},
    )
    assert (case.stage, case.duplicate_of_id) == (Stage.DUPLICATE, there.id)


@pytest.fixture
def watched(session: Session, city: City) -> Case:
    """A case of an alarm that is not sure enough, with its picture and box."""
    add_cameras(session, city)
    reference.forget_all()
    now = clock.now()
    sent = alarm(now, confidence=0.4, picture=picture(), box=[0.25, 0.25, 0.75, 0.75])
    take_body(session, "generic", json.dumps(sent).encode(), at=now)
    return session.scalars(select(Case)).one()


def test_the_picture_comes_with_its_box_and_three_facts(as_: As, watched: Case) -> None:
    page = as_("agent").get("/agent/review").text
    assert '<rect class="box" x="16.0" y="12.0" width="32.0" height="24.0"' in page
    for words in ("暴露垃圾", "40%", "航一路口"):
        assert words in page


@pytest.mark.parametrize(("verb", "body"), [("accept", {}), ("reject", {"reason": "误报"})])
def test_a_decision_stands_in_the_strip_and_can_be_taken_back(
    as_: As, watched: Case, verb: str, body: dict[str, str]
) -> None:
    agent = as_("agent")
    form = {**token(agent.get("/agent/review").text), **body}
    answer = agent.post(f"/agent/review/{watched.public_id}/{verb}", data=form)
    assert watched.stage in (Stage.ACCEPTED, Stage.REJECTED)
    page = agent.get(answer.headers["location"]).text
    undo = f"/agent/review/{watched.public_id}/take-back"
    assert f'action="{undo}"' in page
    answer = agent.post(undo, data=token(page))
    assert watched.stage == Stage.REPORTED
    page = agent.get(answer.headers["location"]).text
    assert f'action="/agent/review/{watched.public_id}/accept"' in page


def test_a_deed_that_is_none_of_the_queue_s_is_not_found(as_: As, watched: Case) -> None:
    agent = as_("agent")
    form = token(agent.get("/agent/review").text)
    answer = agent.post(f"/agent/review/{watched.public_id}/note", data={**form, "note": "?"})
    assert answer.status_code == 404


def test_a_call_back_shows_whom_to_ring_and_keeps_what_they_said(
    session: Session, as_: As, city: City
) -> None:
    session.add(CallbackRule(share=1, after_hours=0, most_attempts=2, pause_hours=1))
    session.flush()
    reference.forget_all()
    case = add_case(session, city, Stage.CLOSED, at=clock.now())
    session.add(CaseReporter(case_id=case.id, name="王女士", phone="13800001234"))
    session.flush()
    plan_callbacks(session, [case.id], at=clock.now())
    callback = session.scalars(select(Callback)).one()
    agent = as_("agent")
    page = agent.get("/agent/callbacks").text
    assert "13800001234" in page
    revealed = select(AuditEntry.subject).where(AuditEntry.action == "reporter.revealed")
    assert session.scalars(revealed).all() == [f"case:{case.public_id}"]
    form = {"csrf_token": field(page, "csrf_token"), "outcome": "reached"}
    address = f"/agent/callbacks/{callback.id}"
    refused = agent.post(address, data={**form, "note": "说得很清楚"})
    assert refused.status_code == 422
    assert "说得很清楚" in refused.text
    agent.post(address, data={**form, "fixed": "no", "score": "2", "note": "又坏了"})
    assert (case.stage, case.reopen_count) == (Stage.FILED, 1)
    assert "现在没有要回访的案件" in agent.get("/agent/callbacks").text


def test_a_conversation_is_read_answered_and_reported(
    session: Session, as_: As, city: City
) -> None:
    Follower(wechat_server(session, at=clock.now())).says("我们门口有好多垃圾")
    agent: TestClient = as_("agent")
    page = agent.get("/agent/wechat").text
    assert "我们门口有好多垃圾" in page
    assert "没有说明地点" in page
    form = {"csrf_token": field(page, "csrf_token")}
    address = page.split('action="')[1:]
    base = next(each for each in address if each.startswith("/agent/wechat/")).split("/answer")[0]
    answer = agent.post(f"{base}/answer", data={**form, "key": "one", "text": "请问在哪里?"})
    assert "请问在哪里?" in agent.get(answer.headers["location"]).text
    agent.post(f"{base}/finish", data=form)
    assert session.scalars(select(Case)).one().channel == Channel.WECHAT
    again = agent.post(f"{base}/finish", data=form)
    assert again.status_code == 409


def test_a_list_goes_from_file_to_report(session: Session, as_: As, city: City) -> None:
    agent = as_("agent")
    form = {"csrf_token": field(agent.get("/agent/import").text, "csrf_token")}
    rows = "工单编号,诉求内容,事发地址\nLZ-1,井盖不见了,学院路\nLZ-2,,学院路\n"
    answer = agent.post(
        "/agent/import",
        data={**form, "new_source": "12345", "channel": "transfer"},
        files={"file": ("转办.csv", rows.encode(), "text/csv")},
    )
    address = answer.headers["location"]
    page = agent.get(address).text
    assert "2 行中有 1 行不能导入" in page
    chosen = {"foreign_number": "工单编号", "description": "诉求内容", "address": "事发地址"}
    agent.post(address, data={**form, **chosen, "start": "1"})
    assert "导入中" in agent.get(address).text


def test_what_is_no_list_is_refused_where_it_was_given(as_: As) -> None:
    agent = as_("agent")
    form = {"csrf_token": field(agent.get("/agent/import").text, "csrf_token")}
    answer = agent.post(
        "/agent/import",
        data={**form, "new_source": "12345", "channel": "transfer"},
        files={"file": ("x.xlsx", b"PK\x03\x04", "application/octet-stream")},
    )
    assert answer.status_code == 422
    assert "文件不能读取" in answer.text


def test_the_other_platform_s_number_stands_on_the_case_and_is_searched_for(
    session: Session, as_: As, city: City
) -> None:
    agent = as_("agent")
    form = {"csrf_token": field(agent.get("/agent/import").text, "csrf_token")}
    rows = "工单编号,诉求内容,事发地址\nLZ-2026-77,这里很乱,学院路\n"
    answer = agent.post(
        "/agent/import",
        data={**form, "new_source": "12345", "channel": "transfer"},
        files={"file": ("转办.csv", rows.encode(), "text/csv")},
    )
    address = answer.headers["location"]
    batch_id = int(address.rpartition("/")[2])
    start_import(session, batch_id, at=clock.now())
    take_rows(session, batch_id, at=clock.now())
    case = session.scalars(select(Case)).one()
    assert "LZ-2026-77" in agent.get(f"/cases/{case.public_id}").text
    assert case.public_id in agent.get("/cases?q=LZ-2026-77").text
