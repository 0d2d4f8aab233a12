"""The case page: facts corrected where they stand, the reporter revealed on the record, why, near, paper."""

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from dispatch.cases import queries
from dispatch.cases.commands import act
from dispatch.cases.model import Case, CaseHistory, Photo
from dispatch.cases.queries.search import case_with_number
from dispatch.cases.states import Stage, Verb
from dispatch.catalogue.model import Reason
from dispatch.crews.commands import add_crew
from dispatch.intake.model import DuplicateRule
from dispatch.kit import clock, reference
from dispatch.kit.audit import AuditEntry
from dispatch.web.staff.deeds import keys_for
from tests.factories.cases import add_case, report
from tests.factories.city import City, spot
from tests.factories.photos import picture
from tests.web.conftest import As, field


def _hidden(client: TestClient, case: Case) -> dict[str, str]:
    page = client.get(f"/cases/{case.public_id}").text
    return {name: field(page, name) for name in ("csrf_token", "expected_version")}


def _correct(client: TestClient, case: Case, **typed: str) -> tuple[int, str]:
    data = {**_hidden(client, case), **typed}
    answer = client.post(f"/cases/{case.public_id}/correct", data=data)
    return answer.status_code, answer.headers.get("location", answer.text)


@pytest.mark.parametrize(
    ("typed", "column", "value"),
    [
        ({"fact": "severity", "severity": "normal"}, "severity", "normal"),
        ({"fact": "description", "description": "井盖碎了"}, "description", "井盖碎了"),
        ({"fact": "part", "part_code": "4502030101000001"}, "part_code", "4502030101000001"),
        ({"fact": "part", "part_code": ""}, "part_code", None),
    ],
)
def test_a_fact_is_corrected_where_it_stands(
    session: Session,
    as_: As,
    city: City,
    typed: dict[str, str],
    column: str,
    value: str | None,
) -> None:
    case = add_case(session, city, Stage.ACCEPTED, at=clock.now())
    case.part_code, case.severity = "4502030101000009", "urgent"
    session.flush()
    status, location = _correct(as_("shift_leader"), case, **typed)
    assert (status, location) == (303, f"/cases/{case.public_id}?said=correct")
    session.refresh(case)
    assert getattr(case, column) == value
    changes = session.scalars(
        select(CaseHistory.changes)
        .where(CaseHistory.case_id == case.id)
        .order_by(CaseHistory.version.desc())
    ).first()
    assert changes is not None
    assert changes[column][1] == value


def test_the_place_is_moved_on_the_map(session: Session, as_: As, city: City) -> None:
    case = add_case(session, city, Stage.ACCEPTED, at=clock.now())
    longitude, latitude = spot(3, 3)
    typed = {"fact": "place", "longitude": f"{longitude}", "latitude": f"{latitude}"}
    assert _correct(as_("dispatcher"), case, **typed)[0] == 303
    session.refresh(case)
    assert case.longitude == pytest.approx(longitude)


def test_a_place_outside_the_city_keeps_the_form_open(
    session: Session, as_: As, city: City
) -> None:
    case = add_case(session, city, Stage.ACCEPTED, at=clock.now())
    typed = {"fact": "place", "address": "桥头", "longitude": "100", "latitude": "30"}
    status, page = _correct(as_("dispatcher"), case, **typed)
    assert status == 422
    assert 'value="桥头"' in page
    assert 'id="edit-place" data-verb="correct" open' in page


def test_the_number_of_another_platform_is_added_to_a_case_and_found_by_it(
    session: Session, as_: As, city: City
) -> None:
    session.execute(delete(DuplicateRule))
    reference.forget_all()
    case, other = (add_case(session, city, Stage.ACCEPTED, at=clock.now()) for _ in range(2))
    typed = {"fact": "foreign", "foreign_number": "GD2026-0719", "foreign_source": "12345"}
    assert _correct(as_("shift_leader"), case, **typed)[0] == 303
    assert case_with_number(session, "GD2026-0719", source="12345") == case.id
    assert "GD2026-0719 · 12345" in as_("shift_leader").get(f"/cases/{case.public_id}").text
    status, page = _correct(as_("shift_leader"), other, **typed)
    assert status == 409
    assert case.public_id in page
    nobody = {**typed, "foreign_number": "GD2026-0720", "foreign_source": ""}
    assert _correct(as_("shift_leader"), other, **nobody)[0] == 422


def test_posts_that_may_not_correct_see_no_pencil(session: Session, as_: As, city: City) -> None:
    case = add_case(session, city, Stage.DISPATCHED, at=clock.now())
    assert 'class="edit"' not in as_("manager").get(f"/cases/{case.public_id}").text
    assert 'class="edit"' in as_("agent").get(f"/cases/{case.public_id}").text


def test_words_that_are_too_long_are_told_at_their_field(
    session: Session, as_: As, city: City
) -> None:
    case = add_case(session, city, Stage.ACCEPTED, at=clock.now())
    status, page = _correct(as_("agent"), case, fact="description", description="长" * 2001)
    assert status == 422
    assert 'id="edit-description-description-problem"' in page


def test_the_reporter_is_shown_to_those_who_need_it_and_the_look_is_written_down(
    session: Session, as_: As
) -> None:
    found = report(session, contact_name="张三丰", contact_phone="13800001234", at=clock.now())
    case = session.get_one(Case, found.case_id)
    agent = as_("agent")
    hidden = _hidden(agent, case)
    answer = agent.post(f"/cases/{case.public_id}/reporters", data=hidden)
    assert "13800001234" in answer.text
    looks = session.scalars(
        select(AuditEntry.subject).where(AuditEntry.action == "reporter.revealed")
    ).all()
    assert list(looks) == [f"case:{case.public_id}"]
    supervisor = as_("supervisor")
    hidden = {"csrf_token": field(supervisor.get(f"/cases/{case.public_id}").text, "csrf_token")}
    refused = supervisor.post(f"/cases/{case.public_id}/reporters", data=hidden)
    assert refused.status_code == 403
    assert "13800001234" not in refused.text


def test_the_due_time_says_why(session: Session, as_: As, city: City) -> None:
    case = add_case(session, city, Stage.SUSPENDED, at=clock.now() - timedelta(hours=1))
    page = as_("supervisor").get(f"/cases/{case.public_id}").text
    for words in ("按立案条件", "开始计时", "起不计时:挂账", "恢复后继续"):
        assert words in page


def test_what_is_near_is_listed_as_far_as_one_may_see_it(
    session: Session, as_: As, city: City
) -> None:
    case = add_case(session, city, Stage.DISPATCHED, at=clock.now())
    longitude, latitude = spot()
    near = report(
        session,
        description="旁边有暴露垃圾",
        longitude=longitude + 0.0005,
        latitude=latitude,
        at=clock.now(),
    )
    address = f'href="/cases/{near.id}"'
    assert address in as_("agent").get(f"/cases/{case.public_id}").text
    assert address not in as_("manager").get(f"/cases/{case.public_id}").text


def test_before_and_after_lie_over_one_another(session: Session, as_: As, city: City) -> None:
    case = add_case(session, city, Stage.DISPATCHED, at=clock.now())
    manager = as_("manager")
    for verb, typed in (("make-safe", {}), ("report-done", {"result": "换好了"})):
        manager.post(
            f"/cases/{case.public_id}/{verb}",
            data={**_hidden(manager, case), **typed},
            files=[("photos", ("a.jpg", picture(), "image/jpeg"))],
        )
    address = f"/cases/{case.public_id}"
    assert "data-compare" not in manager.get(address).text
    session.execute(update(Photo).where(Photo.kind == "during").values(kind="before"))
    assert "data-compare" in manager.get(address).text


def test_what_was_typed_for_a_deed_that_is_gone_is_kept(
    session: Session, as_: As, city: City
) -> None:
    case = add_case(session, city, Stage.ACCEPTED, at=clock.now())
    leader = as_("shift_leader")
    hidden = _hidden(leader, case)
    act(
        session,
        case.id,
        Verb.VOID,
        by=city["shift_leader"],
        at=clock.now(),
        body={"reason": "误报"},
    )
    answer = leader.post(
        f"/cases/{case.public_id}/reject", data={**hidden, "reason": "不属于城管职责"}
    )
    assert answer.status_code == 409
    assert "<dd>不属于城管职责</dd>" in answer.text
    assert 'id="deed-reject"' not in answer.text


def test_a_part_of_the_page_is_told_where_to_go(session: Session, as_: As, city: City) -> None:
    case = add_case(session, city, Stage.DISPATCHED, at=clock.now())
    manager, asked = as_("manager"), {"HX-Request": "true"}
    done = manager.get(f"/cases/{case.public_id}?said=note", headers=asked)
    assert done.headers["HX-Replace-Url"] == f"/cases/{case.public_id}?said=note"
    hidden = _hidden(manager, case)
    gone = manager.post(
        f"/cases/{case.public_id}/return", data={**hidden, "reason": "不是我们的井"}, headers=asked
    )
    assert gone.headers["HX-Redirect"] == f"/cases?said=return&of={case.public_id}"


def test_paper_holds_the_case_and_masks_the_reporter(session: Session, as_: As) -> None:
    found = report(session, contact_name="张三丰", contact_phone="13800001234", at=clock.now())
    page = as_("agent").get(f"/cases/{found.id}/print").text
    assert "城市管理案件处置单" in page
    assert found.number in page
    assert "13800001234" not in page
    assert as_("stranger").get(f"/cases/{found.id}/print").status_code == 404


def test_no_key_opens_two_deeds() -> None:
    keys = keys_for(Verb)
    assert len(set(keys.values()) - {""}) == len([key for key in keys.values() if key])
    assert not {"n", "b", "i", "j", "/", "?"} & set(keys.values())


def test_who_else_is_here_is_told_to_those_who_may_see_the_case(
    session: Session, as_: As, city: City
) -> None:
    case = add_case(session, city, Stage.DISPATCHED, at=clock.now())
    address = f"/cases/{case.public_id}/here"
    manager, agent = as_("manager"), as_("agent")
    token = {"csrf_token": _hidden(manager, case)["csrf_token"]}
    assert (
        city.users["manager"].display_name
        not in manager.post(address, data={**token, "doing": "report-done"}).text
    )
    seen = agent.get(address).text
    assert city.users["manager"].display_name in seen
    assert "处理完毕" in seen
    assert as_("stranger").get(address).status_code == 404
    assert manager.post(address, data={**token, "gone": "1"}).status_code == 204
    assert city.users["manager"].display_name not in agent.get(address).text


def _deed(client: TestClient, case: Case, verb: Verb, **typed: str) -> tuple[int, str]:
    form = {**_hidden(client, case), **typed}
    answer = client.post(f"/cases/{case.public_id}/{verb}", data=form)
    return answer.status_code, answer.text


def test_a_unit_gives_its_case_to_a_crew_and_returns_it_with_a_reason_of_the_city(
    session: Session, as_: As, city: City
) -> None:
    crew = add_crew(session, name="一班", members=[city["handler"].id or 0], by=city["manager"])
    other = Reason(verb="return", code="other_owner", name="产权属其他单位", name_en="not ours")
    other.wants_note = True
    session.add(other)
    session.flush()
    case = add_case(session, city, Stage.DISPATCHED, at=clock.now())
    client = as_("manager")
    page = client.get(f"/cases/{case.public_id}").text
    assert f'value="crew:{crew.id}"' in page
    assert 'value="other_owner"' in page

    assert _deed(client, case, Verb.ASSIGN)[0] == 422
    assert _deed(client, case, Verb.ASSIGN, to=f"crew:{crew.id}")[0] == 303
    assert session.get_one(Case, case.id).crew_id == crew.id
    status, page = _deed(client, case, Verb.RETURN, reason_code="other_owner")
    assert status == 422
    assert "要写明情况" in page
    said = {"reason_code": "other_owner", "reason": "井盖无本单位标识"}
    assert _deed(client, case, Verb.RETURN, **said)[0] == 303
    link = queries.assignments_of(session, session.get_one(Case, case.id))[-1]
    assert (link.end_code, link.end_reason) == ("other_owner", "产权属其他单位:井盖无本单位标识")


def test_what_is_asked_for_stands_where_it_is_answered(
    session: Session, as_: As, city: City
) -> None:
    case = add_case(session, city, Stage.DISPATCHED, at=clock.now())
    until = clock.now() + timedelta(days=5)
    body = {"until": until.isoformat(), "reason": "需采购配件"}
    act(session, case.id, Verb.SUSPEND, by=city["manager"], at=clock.now(), body=body)
    page = as_("shift_leader").get(f"/cases/{case.public_id}").text
    form = page.split('id="deed-approve-suspension"')[1].split("</details>")[0]
    assert "需采购配件" in form


def test_a_shift_leader_dispatches_with_a_ruling(session: Session, as_: As, city: City) -> None:
    case = add_case(session, city, Stage.FILED, at=clock.now())
    leader = as_("shift_leader")
    assert 'id="dispatch-ruling"' in leader.get(f"/cases/{case.public_id}").text
    assert 'id="dispatch-ruling"' not in as_("dispatcher").get(f"/cases/{case.public_id}").text
    assert _deed(leader, case, Verb.DISPATCH, department=str(city.works.id))[0] == 422
    ruled = {"department": str(city.works.id), "ruling": "产权资料显示归市政"}
    assert _deed(leader, case, Verb.DISPATCH, **ruled)[0] == 303
    assert session.get_one(Case, case.id).settled_at is not None
