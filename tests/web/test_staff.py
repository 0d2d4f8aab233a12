"""The staff's pages: log in, land on one's queue, see the list and the case, do deeds by forms."""

import re

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.commands import act
from dispatch.cases.model import Case, CaseHistory, Photo
from dispatch.cases.states import Stage, Verb
from dispatch.kit import clock, ratelimit
from dispatch.kit.redis import client as redis
from tests.factories.cases import add_case, report
from tests.factories.city import City, spot
from tests.factories.people import PASSWORD
from tests.factories.photos import picture
from tests.web.conftest import As, field

POSTS = (
    "agent",
    "shift_leader",
    "dispatcher",
    "supervisor",
    "admin",
    "inspector",
    "manager",
    "handler",
)


@pytest.fixture(autouse=True)
def fresh_counts() -> None:
    """No guess of another test is counted."""
    redis().flushdb()
    ratelimit.limiter.cache_clear()


def _log_in(client: TestClient, username: str, password: str = PASSWORD, back: str = "") -> str:
    token = field(client.get("/login").text, "form_token")
    form = {"username": username, "password": password, "form_token": token, "next": back}
    answer = client.post("/login", data=form)
    return answer.headers.get("location", f"{answer.status_code} {answer.text}")


@pytest.mark.parametrize(
    ("post", "page"),
    [
        ("agent", "/agent/accept"),
        ("shift_leader", "/dispatcher/file"),
        ("dispatcher", "/dispatcher/dispatch"),
        ("manager", "/department"),
        ("handler", "/department/mine"),
        ("inspector", "/inspector/tasks"),
        ("supervisor", "/cases?queue=overdue"),
        ("admin", "/admin"),
    ],
)
def test_everybody_lands_on_the_page_of_their_post(
    visitor: TestClient, city: City, post: str, page: str
) -> None:
    home = _log_in(visitor, city.users[post].username)
    assert home == page
    assert visitor.get(home).status_code == 200
    assert visitor.get("/login").headers["location"] == home


def test_whoever_is_not_logged_in_is_taken_there_and_back(visitor: TestClient, city: City) -> None:
    answer = visitor.get("/cases/new?x=1")
    assert answer.headers["location"] == "/login?next=/cases/new%3Fx%3D1"
    assert _log_in(visitor, city.users["agent"].username, back="/cases/new?x=1") == "/cases/new?x=1"


def test_a_wrong_password_keeps_the_name(visitor: TestClient, city: City) -> None:
    said = _log_in(visitor, city.users["agent"].username, "wrong")
    assert said.startswith("401")
    assert f'value="{city.users["agent"].username}"' in said


def test_a_log_in_from_another_site_is_refused(visitor: TestClient, city: City) -> None:
    form = {"username": city.users["agent"].username, "password": PASSWORD}
    assert visitor.post("/login", data=form).status_code == 403


def test_logging_out_ends_the_session(as_: As) -> None:
    client = as_("agent")
    token = field(client.get("/cases").text, "csrf_token")
    assert client.post("/logout").status_code == 403
    assert client.post("/logout", data={"csrf_token": token}).headers["location"] == "/"
    assert client.get("/cases").headers["location"] == "/login?next=/cases"


@pytest.mark.parametrize("post", POSTS)
def test_every_post_sees_its_list_and_the_cases_in_it(
    session: Session, as_: As, city: City, post: str
) -> None:
    case = add_case(session, city, Stage.DISPATCHED, at=clock.now())
    client = as_(post)
    page = client.get("/cases", params={"queue": "open"}).text
    assert f'id="case-{case.public_id}"' in page
    assert '<span class="sign">井</span>' in page
    shown = client.get(f"/cases/{case.public_id}")
    assert shown.status_code == 200
    assert case.number in shown.text


def test_a_stranger_s_case_does_not_exist_for_a_department(
    session: Session, as_: As, city: City
) -> None:
    case = add_case(session, city, Stage.DISPATCHED, at=clock.now())
    client = as_("stranger")
    assert case.public_id not in client.get("/cases", params={"queue": "open"}).text
    assert client.get(f"/cases/{case.public_id}").status_code == 404


def test_filters_narrow_the_list_and_a_cursor_goes_on(
    session: Session, as_: As, city: City
) -> None:
    for row in range(55):
        place = spot(row % 5, row // 11)
        report(
            session,
            description=f"暴露垃圾 {row}",
            longitude=place[0] + row * 1e-6,
            latitude=place[1],
            channel="wechat" if row == 7 else "web",
            at=clock.now(),
        )
    client = as_("agent")
    first = client.get("/cases", params={"queue": "all"}).text
    following = re.search(r'href="(/cases\?[^"]*cursor=[^"]+)"', first)
    assert following
    second = client.get(following[1].replace("&amp;", "&")).text
    ids = [set(re.findall(r'id="case-([\d-]+)"', page)) for page in (first, second)]
    assert len(ids[0]) == 50
    assert ids[1]
    assert not ids[0] & ids[1]
    found = client.get("/cases", params={"channel": "wechat"}).text
    assert "暴露垃圾 7" in found
    assert len(re.findall(r'id="case-', found)) == 1
    assert "没有符合筛选条件" in client.get("/cases", params={"q": "没有这样的话"}).text


def _do(
    client: TestClient, case: Case, verb: Verb, photos: int = 0, /, **typed: str
) -> tuple[int, str]:
    page = client.get(f"/cases/{case.public_id}").text
    hidden = {name: field(page, name) for name in ("csrf_token", "expected_version")}
    files = [("photos", ("a.jpg", picture(), "image/jpeg"))] * photos
    answer = client.post(
        f"/cases/{case.public_id}/{verb}", data={**hidden, **typed}, files=files or None
    )
    return answer.status_code, answer.headers.get("location", answer.text)


def test_a_case_goes_from_hand_to_hand_by_forms(session: Session, as_: As, city: City) -> None:
    case = add_case(session, city, Stage.REPORTED, at=clock.now())
    steps: list[tuple[str, Verb, dict[str, str], Stage]] = [
        ("agent", Verb.ACCEPT, {}, Stage.ACCEPTED),
        ("shift_leader", Verb.FILE, {"condition": str(city.missing.id)}, Stage.FILED),
        ("dispatcher", Verb.DISPATCH, {"department": str(city.works.id)}, Stage.DISPATCHED),
        ("manager", Verb.REPORT_DONE, {"result": "已换新井盖"}, Stage.HANDLED),
        ("inspector", Verb.CHECK, {"passed": "yes"}, Stage.CHECKED),
        ("shift_leader", Verb.CLOSE, {"outcome": "fixed"}, Stage.CLOSED),
    ]
    for post, verb, typed, stage in steps:
        photos = 1 if verb is Verb.REPORT_DONE else 0
        status, location = _do(as_(post), case, verb, photos, **typed)
        assert (status, location) == (303, f"/cases/{case.public_id}?said={verb}")
        session.refresh(case)
        assert case.stage == stage
    kinds = session.scalars(select(Photo.kind).where(Photo.case_id == case.id)).all()
    assert list(kinds) == ["after"]
    verbs = session.scalars(
        select(CaseHistory.verb).where(CaseHistory.case_id == case.id).order_by(CaseHistory.version)
    )
    assert [verb for _, verb, _, _ in steps] == list(verbs)[1:]
    page = as_("supervisor").get(f"/cases/{case.public_id}").text
    for words in ("已换新井盖", "处理后", "结案结果", "已解决", "市政维护处"):
        assert words in page


def test_only_the_deeds_of_this_stage_and_post_are_offered(
    session: Session, as_: As, city: City
) -> None:
    case = add_case(session, city, Stage.DISPATCHED, at=clock.now())

    def offered(post: str) -> set[str]:
        page = as_(post).get(f"/cases/{case.public_id}").text
        return set(re.findall(r'id="deed-([\w-]+)"', page))

    assert {"return", "extend", "suspend", "report-done", "make-safe"} <= offered("manager")
    assert offered("handler") == {"acknowledge", "start", "make-safe", "report-done", "note"}
    assert offered("admin") == set()


def test_a_refused_deed_keeps_what_was_typed(session: Session, as_: As, city: City) -> None:
    case = add_case(session, city, Stage.DISPATCHED, at=clock.now())
    typed = {"reason": "等厂家发货", "until": "2020-01-01T08:00"}
    status, page = _do(as_("manager"), case, Verb.EXTEND, **typed)
    assert status == 422
    assert "等厂家发货" in page
    assert 'value="2020-01-01T08:00"' in page
    assert 'id="extend-until-problem"' in page
    session.refresh(case)
    assert case.open_requests == []


def test_a_lost_race_shows_what_the_other_did(session: Session, as_: As, city: City) -> None:
    case = add_case(session, city, Stage.DISPATCHED, at=clock.now())
    client = as_("manager")
    page = client.get(f"/cases/{case.public_id}").text
    hidden = {name: field(page, name) for name in ("csrf_token", "expected_version")}
    note = {"note": "现场有人看守"}
    act(session, case.id, Verb.NOTE, by=city["handler"], at=clock.now(), body=note)
    answer = client.post(
        f"/cases/{case.public_id}/report-done", data={**hidden, "result": "换好了新井盖"}
    )
    assert answer.status_code == 409
    assert "现场有人看守" in answer.text
    assert "换好了新井盖" in answer.text
    session.refresh(case)
    assert case.stage == Stage.DISPATCHED
    again = field(answer.text, "expected_version")
    assert int(again) == case.version


def test_a_case_that_was_given_back_leaves_the_department_s_sight(
    session: Session, as_: As, city: City
) -> None:
    case = add_case(session, city, Stage.DISPATCHED, at=clock.now())
    client = as_("manager")
    _, location = _do(client, case, Verb.RETURN, reason="不是我们的井")
    assert location == f"/cases?said=return&of={case.public_id}"
    assert case.public_id in client.get(location).text


def test_a_deed_from_another_site_is_refused(session: Session, as_: As, city: City) -> None:
    case = add_case(session, city, Stage.REPORTED, at=clock.now())
    answer = as_("agent").post(f"/cases/{case.public_id}/accept", data={"note": "forged"})
    assert answer.status_code == 403
    session.refresh(case)
    assert case.stage == Stage.REPORTED


def test_the_dispatcher_sees_whom_the_rules_suggest(session: Session, as_: As, city: City) -> None:
    case = add_case(session, city, Stage.FILED, at=clock.now())
    page = as_("dispatcher").get(f"/cases/{case.public_id}").text
    assert f'<option value="{city.works.id}" selected>' in page
    assert "规则建议" in page


def test_conditions_follow_the_category(as_: As, city: City) -> None:
    page = as_("agent").get("/cases/conditions", params={"category": city.manhole.id}).text
    assert f'value="{city.missing.id}"' in page
    assert f'value="{city.exposed.id}"' not in page


def test_script_in_a_case_is_shown_as_text(session: Session, as_: As) -> None:
    found = report(session, description="<img src=x onerror=alert(1)>井盖不见了", at=clock.now())
    for path in (f"/cases/{found.id}", "/cases?queue=all"):
        page = as_("agent").get(path).text
        assert "<img src=x" not in page
        assert "&lt;img src=x" in page


def test_reporters_are_masked(session: Session, as_: As) -> None:
    found = report(
        session,
        description="井盖不见了",
        contact_name="张三丰",
        contact_phone="13800001234",
        at=clock.now(),
    )
    page = as_("agent").get(f"/cases/{found.id}").text
    assert "13800001234" not in page
    assert "138****1234" in page


def _register(client: TestClient, **typed: str) -> tuple[int, str]:
    page = client.get("/cases/new").text
    hidden = {name: field(page, name) for name in ("csrf_token", "key")}
    answer = client.post("/cases/new", data={**hidden, **typed})
    return answer.status_code, answer.headers.get("location", answer.text)


def test_an_agent_registers_what_a_caller_says(session: Session, as_: As) -> None:
    longitude, latitude = (f"{each}" for each in spot())
    client = as_("agent")
    status, page = _register(client, channel="phone", description="", contact_name="李四")
    assert status == 422
    assert 'value="李四"' in page
    status, location = _register(
        client,
        channel="phone",
        description="井盖不见了",
        contact_name="李四",
        longitude=longitude,
        latitude=latitude,
    )
    case = session.scalars(select(Case)).one()
    assert (status, location) == (303, f"/cases/{case.public_id}?said=report")
    assert case.channel == "phone"
    assert client.get(location).status_code == 200


def test_an_inspector_registers_only_their_own_channel(session: Session, as_: As) -> None:
    longitude, latitude = (f"{each}" for each in spot())
    typed = {"description": "井盖不见了", "longitude": longitude, "latitude": latitude}
    assert _register(as_("inspector"), **typed)[0] == 303
    assert session.scalars(select(Case.channel)).one() == "inspector"
    assert _register(as_("inspector"), channel="media", **typed)[0] == 422
    assert as_("manager").get("/cases/new").status_code == 403


@pytest.mark.parametrize("path", ["/", "/report", "/track", "/nearby", "/login", "/cases"])
def test_pages_hold_no_inline_style_or_script(as_: As, path: str) -> None:
    page = as_("agent").get(path, follow_redirects=True).text
    assert " style=" not in page
    assert "<style" not in page
    assert re.findall(r"<script(?![^>]*\bsrc=)", page) == []
    assert re.findall(r'\son\w+="', page) == []
    outside = re.findall(r'(?:src|href)="(?:https?:)?//[^"]+', page)
    assert outside == []


def test_static_files_are_kept_for_a_year_by_their_version(visitor: TestClient) -> None:
    found = re.search(r'href="(/static/app\.css\?v=\w+)"', visitor.get("/").text)
    assert found
    assert "immutable" in visitor.get(found[1]).headers["cache-control"]
    assert "immutable" not in visitor.get("/static/app.css").headers["cache-control"]


def test_programs_still_get_problem_details(visitor: TestClient) -> None:
    answer = visitor.get("/api/v1/cases", headers={"Accept": "text/html"})
    assert answer.headers["content-type"] == "application/problem+json"
    answer = visitor.get("/cases", headers={"Accept": "*/*"})
    assert answer.status_code == 401
