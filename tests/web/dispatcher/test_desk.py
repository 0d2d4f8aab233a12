"""The hall works its line off: filing, dispatch, returns, disputes, requests, urging, handing over."""

from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from dispatch.cases.commands import act
from dispatch.cases.model import Case, CaseAssignment, CaseRequest
from dispatch.cases.states import Stage, Verb
from dispatch.intake.model import DuplicateRule
from dispatch.kit import clock, reference
from dispatch.routing.model import RoutingRule
from dispatch.units.model import Handover, Ruling
from tests.factories.cases import add_case, report
from tests.factories.city import City, spot
from tests.web.conftest import As

PAGES = {
    "shift_leader": (
        "/dispatcher/file",
        "/dispatcher/dispatch",
        "/dispatcher/returned",
        "/dispatcher/disputes",
        "/dispatcher/requests",
        "/dispatcher/urging",
        "/dispatcher/handover",
    ),
    "dispatcher": ("/dispatcher/dispatch", "/dispatcher/requests?kind=suspension"),
    "supervisor": ("/dispatcher/requests?kind=appeal", "/dispatcher/urging"),
    "admin": ("/dispatcher/disputes",),
}


@pytest.fixture(autouse=True)
def _no_two_are_one(session: Session, city: City) -> None:
    session.execute(delete(DuplicateRule))


def send(client: TestClient, address: str, *, page: str = "/cases", **form: Any) -> Response:
    """Post a form with the token that the page before it carries."""
    token = client.get(page).text.split('data-csrf="')[1].split('"')[0]
    return client.post(address, data={"csrf_token": token, **form})


def returned(session: Session, city: City, *, times: int) -> Case:
    """A case that units gave back so often."""
    now = clock.now()
    case = add_case(session, city, Stage.FILED, at=now - timedelta(hours=1))
    units = [(city.works.id, "manager"), (city.cleaners.id, "stranger")]
    for turn in range(times):
        unit, manager = units[turn % 2]
        act(
            session,
            case.id,
            Verb.DISPATCH,
            by=city["dispatcher"],
            at=now,
            body={"department": unit},
        )
        act(session, case.id, Verb.RETURN, by=city[manager], at=now, body={"reason": "不归我处"})
    return case


@pytest.mark.parametrize("post", PAGES)
def test_every_page_opens_when_there_is_nothing_and_when_there_is(
    session: Session, as_: As, city: City, post: str
) -> None:
    client = as_(post)
    for page in PAGES[post]:
        assert client.get(page).status_code == 200, page
    now = clock.now()
    late = add_case(session, city, Stage.DISPATCHED, at=now - timedelta(hours=30))
    act(session, late.id, Verb.URGE, by=city["dispatcher"], at=now, body={"text": "请尽快"})
    add_case(session, city, Stage.ACCEPTED, at=now)
    returned(session, city, times=2)
    for page in PAGES[post]:
        assert client.get(page).status_code == 200, page


@pytest.mark.parametrize(
    ("post", "page"),
    [
        ("manager", "/dispatcher/dispatch"),
        ("handler", "/dispatcher/requests"),
        ("inspector", "/dispatcher/file"),
        ("agent", "/dispatcher/dispatch"),
        ("manager", "/dispatcher/disputes"),
    ],
)
def test_others_do_not_sit_here(as_: As, city: City, post: str, page: str) -> None:
    assert as_(post).get(page).status_code == 403


def test_filed_with_one_form_and_the_next_is_at_hand(session: Session, as_: As, city: City) -> None:
    first, second = (add_case(session, city, Stage.ACCEPTED, at=clock.now()) for _ in range(2))
    leader = as_("shift_leader")
    page = leader.get("/dispatcher/file").text
    assert f'name="next" value="{second.public_id}"' in page
    answer = send(
        leader,
        f"/dispatcher/file/{first.public_id}/file",
        category=city.manhole.id,
        condition=city.broken.id,
        next=second.public_id,
    )
    assert answer.headers["location"].startswith(f"/dispatcher/file?case={second.public_id}")
    assert (first.stage, first.condition_id) == (Stage.FILED, city.broken.id)


def test_limits_of_each_condition_and_a_likely_duplicate_are_shown(
    session: Session, as_: As, city: City
) -> None:
    now = clock.now()
    earlier = add_case(session, city, Stage.ACCEPTED, at=now - timedelta(hours=1))
    found = report(session, at=now, longitude=spot()[0] + 0.00005, latitude=spot()[1])
    case = session.get_one(Case, found.case_id)
    act(session, case.id, Verb.ACCEPT, by=city["agent"], at=now)
    session.add(DuplicateRule(distance_m=20, hours=24))
    session.flush()
    reference.forget_all()
    leader = as_("shift_leader")
    page = leader.get(f"/dispatcher/file?case={case.public_id}").text
    assert "2 小时" in page
    assert "4 工作时" in page
    assert f'name="of" value="{earlier.public_id}"' in page
    send(leader, f"/dispatcher/file/{case.public_id}/link-duplicate", of=earlier.public_id)
    assert case.duplicate_of_id == earlier.id


def test_what_is_alike_is_filed_at_once(session: Session, as_: As, city: City) -> None:
    cases = [add_case(session, city, Stage.ACCEPTED, at=clock.now()) for _ in range(3)]
    leader = as_("shift_leader")
    key = f"{cases[0].category_id}-{cases[0].condition_id}"
    assert f"alike={key}" in leader.get("/dispatcher/file").text
    ids = [case.public_id for case in cases]
    answer = send(leader, "/dispatcher/file/bulk", case=ids, alike=key)
    assert "已办 3 件" in answer.text
    assert {case.stage for case in cases} == {Stage.FILED}


def test_dispatched_as_advised_with_the_reason_and_rivals_kept(
    session: Session, as_: As, city: City
) -> None:
    case = add_case(session, city, Stage.FILED, at=clock.now())
    dispatcher = as_("dispatcher")
    assert city.works.name in dispatcher.get("/dispatcher/dispatch").text
    send(dispatcher, f"/dispatcher/dispatch/{case.public_id}", assisting=city.cleaners.id)
    rows = session.scalars(
        select(CaseAssignment).where(CaseAssignment.case_id == case.id).order_by(CaseAssignment.id)
    ).all()
    assert [(row.department_id, row.leads, row.method) for row in rows] == [
        (city.works.id, True, "rule"),
        (city.cleaners.id, False, "assisting"),
    ]


def test_another_unit_than_advised_needs_a_reason(session: Session, as_: As, city: City) -> None:
    case = add_case(session, city, Stage.FILED, at=clock.now())
    dispatcher, address = as_("dispatcher"), f"/dispatcher/dispatch/{case.public_id}"
    refused = send(dispatcher, address, department=city.cleaners.id)
    assert (refused.status_code, "请写明理由" in refused.text) == (422, True)
    send(dispatcher, address, department=city.cleaners.id, reason="现场为环卫设施")
    row = session.scalars(select(CaseAssignment).where(CaseAssignment.case_id == case.id)).one()
    assert (row.department_id, row.method, row.reason) == (
        city.cleaners.id,
        "manual",
        "现场为环卫设施",
    )


def test_many_are_dispatched_as_advised(session: Session, as_: As, city: City) -> None:
    cases = [add_case(session, city, Stage.FILED, at=clock.now()) for _ in range(2)]
    ids = [case.public_id for case in cases]
    answer = send(as_("dispatcher"), "/dispatcher/dispatch/bulk", case=ids)
    assert "已办 2 件" in answer.text
    assert {case.department_id for case in cases} == {city.works.id}
    refused = send(as_("shift_leader"), "/dispatcher/dispatch/bulk", case=ids)
    assert "未办 2 件" in refused.text


def test_a_returned_case_shows_its_chain_and_who_it_goes_between(
    session: Session, as_: As, city: City
) -> None:
    for _ in range(2):
        returned(session, city, times=2)
    page = as_("dispatcher").get("/dispatcher/returned").text
    assert "不归我处" in page
    assert "⇄" in page
    assert "2 次，2 件" in page


def test_a_ruling_binds_and_becomes_a_rule_when_the_administrator_adopts_it(
    session: Session, as_: As, city: City
) -> None:
    case = returned(session, city, times=2)
    leader, address = as_("shift_leader"), f"/dispatcher/disputes/{case.public_id}"
    assert case.public_id in leader.get("/dispatcher/disputes").text
    form: dict[str, Any] = {"department": city.cleaners.id, "propose_for": "district"}
    refused = send(leader, address, **form)
    assert (refused.status_code, "认定依据" in refused.text) == (422, True)
    send(leader, address, **form, words="移交清单写明由环卫所管养")
    ruling = session.scalars(select(Ruling)).one()
    assert (case.department_id, case.stage) == (city.cleaners.id, Stage.DISPATCHED)
    assert ruling.parties == [city.works.id, city.cleaners.id]
    admin = as_("admin")
    assert "移交清单写明由环卫所管养" in admin.get("/dispatcher/disputes").text
    assert send(leader, f"/dispatcher/rulings/{ruling.id}", answer="adopt").status_code == 403
    send(admin, f"/dispatcher/rulings/{ruling.id}", answer="adopt")
    rule = session.get_one(RoutingRule, ruling.rule_id)
    assert (rule.category_id, rule.area_code, rule.department_id) == (
        case.category_id,
        "450204",
        city.cleaners.id,
    )
    again = send(admin, f"/dispatcher/rulings/{ruling.id}", answer="decline", words="不采纳")
    assert (again.status_code, "已经有人答复" in again.text) == (409, True)


@pytest.mark.parametrize(("answer", "status"), [("yes", "granted"), ("no", "refused")])
def test_a_request_is_answered_with_the_facts_in_view(
    session: Session, as_: As, city: City, answer: str, status: str
) -> None:
    now = clock.now()
    case = add_case(session, city, Stage.DISPATCHED, at=now)
    asked = {"until": (now + timedelta(days=2)).isoformat(), "reason": "要开挖路面"}
    act(session, case.id, Verb.EXTEND, by=city["manager"], at=now, body=asked)
    dispatcher = as_("dispatcher")
    page = dispatcher.get("/dispatcher/requests").text
    assert "要开挖路面" in page
    assert "0 次，最多 1 次" in page
    send(
        dispatcher,
        f"/dispatcher/requests/{case.public_id}/extension",
        answer=answer,
        note="抓紧",
    )
    found = session.scalars(select(CaseRequest).where(CaseRequest.case_id == case.id)).one()
    session.refresh(found)
    assert (found.status, found.decision_note) == (status, "抓紧")


def test_an_appeal_is_seen_by_the_leader_and_decided_by_the_supervisor(
    session: Session, as_: As, city: City
) -> None:
    case = add_case(session, city, Stage.HANDLED, at=clock.now())
    body = {"reason": "超时因停水"}
    act(session, case.id, Verb.APPEAL, by=city["manager"], at=clock.now(), body=body)
    address = f"/dispatcher/requests/{case.public_id}/appeal"
    assert "超时因停水" in as_("shift_leader").get("/dispatcher/requests?kind=appeal").text
    assert send(as_("shift_leader"), address, answer="yes").status_code == 403
    send(as_("supervisor"), address, answer="yes")
    assert case.exempt


def test_many_are_urged_with_the_same_words_and_answers_are_seen(
    session: Session, as_: As, city: City
) -> None:
    early = clock.now() - timedelta(hours=30)
    cases = [add_case(session, city, Stage.DISPATCHED, at=early) for _ in range(2)]
    ids = [case.public_id for case in cases]
    supervisor = as_("supervisor")
    empty = send(supervisor, "/dispatcher/urging", case=ids, text="")
    assert empty.status_code == 422
    send(supervisor, "/dispatcher/urging", case=ids, text="今天内办结")
    assert [case.urge_count for case in cases] == [1, 1]
    later = clock.now() + timedelta(minutes=1)
    body = {"note": "已到现场"}
    act(session, cases[0].id, Verb.NOTE, by=city["handler"], at=later, body=body)
    page = supervisor.get("/dispatcher/urging").text
    assert "已到现场" in page
    assert "没有回应" in page


def test_a_shift_is_handed_over_and_taken_by_another(session: Session, as_: As, city: City) -> None:
    case = add_case(session, city, Stage.DISPATCHED, at=clock.now() - timedelta(hours=30))
    leader = as_("shift_leader")
    form: dict[str, Any] = {"shift": "night", "note": "供电两件未签收", "watch": case.public_id}
    unknown = send(leader, "/dispatcher/handover", **form, other="20200101-0001")
    assert (unknown.status_code, "供电两件未签收" in unknown.text) == (422, True)
    send(leader, "/dispatcher/handover", **form, **{f"what-{case.public_id}": "是否围挡"})
    note = session.scalars(select(Handover)).one()
    assert note.watch == [{"case": case.public_id, "number": case.number, "what": "是否围挡"}]
    assert note.facts["overdue"] == 1
    own = send(leader, f"/dispatcher/handover/{note.id}/take")
    assert own.status_code == 409
    send(as_("dispatcher"), f"/dispatcher/handover/{note.id}/take", note="收到")
    assert (note.taken_by_id, note.taken_note) == (city["dispatcher"].id, "收到")
