"""The shell: the rail of each post with its counts, the bell, and a failure as a page."""

import re

from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.commands import act
from dispatch.cases.states import Stage, Verb
from dispatch.kit import clock, reference
from dispatch.notices.model import NoticeRule, StaffNotice
from dispatch.people.model import Role
from dispatch.people.policy import Person
from dispatch.web.parts.rail import GROUPS, MOST, Item, current_of, rail_of
from tests.factories.cases import add_case
from tests.factories.city import City
from tests.web.conftest import As, field


def _keys(person: Person, session: Session) -> list[str]:
    return [
        item.entry.key for group in rail_of(session, person, at=clock.now()) for item in group.items
    ]


def test_everybody_sees_the_pages_of_their_posts_alone(session: Session, city: City) -> None:
    for role in Role:
        person = Person(id=1, name="某人", roles=frozenset({role}), department_id=city.works.id)
        entries = [each for _, group in GROUPS for each in group if role in each.roles]
        first = {each.name: each.key for each in reversed(entries)}
        wanted = [each.key for each in entries if first[each.name] == each.key]
        assert _keys(person, session) == wanted


def test_a_queue_with_a_page_of_its_own_is_in_the_rail_once(session: Session, city: City) -> None:
    keys = _keys(city["dispatcher"], session)
    assert "to-dispatch" in keys
    assert "dispatch" not in keys
    rail = rail_of(session, city["dispatcher"], at=clock.now())
    assert current_of(rail, "/cases", "queue=dispatch") == "to-dispatch"


def test_no_two_pages_of_the_rail_share_a_key() -> None:
    keys = [each.key for _, entries in GROUPS for each in entries]
    assert len(keys) == len(set(keys))


def test_the_rail_counts_what_waits_and_comes_again_by_itself(
    session: Session, as_: As, city: City
) -> None:
    case = add_case(session, city, Stage.ACCEPTED, at=clock.now())
    leader = as_("shift_leader")

    def count() -> str:
        part = leader.get("/shell/rail?current=to-file", headers={"HX-Request": "true"}).text
        assert "<html" not in part
        found = re.search(
            r'/dispatcher/file" aria-current="page".*?class="count[^"]*">([^<]+)<', part
        )
        assert found
        return found[1]

    assert count() == "1"
    body = {"condition": city.missing.id}
    act(session, case.id, Verb.FILE, by=city["shift_leader"], at=clock.now(), body=body)
    assert count() == "0"


def test_a_great_count_is_said_as_more_than(city: City) -> None:
    entry = GROUPS[0][1][0]
    assert Item(entry, "1", MOST).count_words == "999+"
    assert Item(entry, "1", 12).count_words == "12"


def test_a_page_below_an_entry_belongs_to_it(session: Session, city: City) -> None:
    rail = rail_of(session, city["shift_leader"], at=clock.now())
    assert current_of(rail, "/cases", "queue=close&sort=due_at") == "close"
    assert current_of(rail, "/cases", "q=井盖") == ""


def _told(session: Session, city: City, post: str, **more: str) -> StaffNotice:
    notice = StaffNotice(
        user_id=city.users[post].id, event="case.dispatched", subject="新派遣的案件", **more
    )
    session.add(notice)
    session.flush()
    return notice


def test_the_bell_counts_what_is_unread_and_leads_there(
    session: Session, as_: As, city: City
) -> None:
    case = add_case(session, city, Stage.DISPATCHED, at=clock.now())
    link = f"/cases/{case.public_id}"
    notice = _told(session, city, "manager", link=link)
    _told(session, city, "manager")
    _told(session, city, "agent")
    manager = as_("manager")
    assert 'data-unread="2"' in manager.get("/shell/bell").text
    assert manager.get(f"/notices/{notice.id}").headers["location"] == link
    assert 'data-unread="1"' in manager.get(link).text
    token = field(manager.get("/notices").text, "csrf_token")
    assert manager.post("/notices/read", data={"csrf_token": token}).status_code == 303
    assert "data-unread" not in manager.get("/shell/bell").text
    unread = select(StaffNotice.user_id).where(StaffNotice.read_at.is_(None))
    assert list(session.scalars(unread)) == [city.users["agent"].id]


def test_a_notice_of_somebody_else_does_not_exist(session: Session, as_: As, city: City) -> None:
    notice = _told(session, city, "agent")
    assert as_("manager").get(f"/notices/{notice.id}").status_code == 404


def test_whoever_reads_pages_gets_a_page_of_a_failure_with_its_number(app: FastAPI) -> None:
    @app.get("/broken")
    def broken() -> None:
        raise RuntimeError("broken on purpose")

    client = TestClient(app, base_url="https://testserver", raise_server_exceptions=False)
    page = client.get("/broken", headers={"Accept": "text/html", "Accept-Language": "zh-CN"})
    assert page.status_code == 500
    assert "text/html" in page.headers["content-type"]
    assert page.headers["x-request-id"] in page.text
    assert "content-security-policy" in page.headers
    program = client.get("/broken", headers={"Accept": "application/json"})
    assert program.json()["request_id"] == program.headers["x-request-id"]


def test_everybody_chooses_what_rings_for_them(session: Session, as_: As) -> None:
    for event, audience in (("case.urged", "managers"), ("case.filed", "dispatchers")):
        session.add(NoticeRule(event=event, audience=audience, way="in_app"))
    session.flush()
    reference.forget_all()
    manager = as_("manager")
    page = manager.get("/notices").text
    assert 'value="case.urged" checked' in page
    assert 'value="case.filed"' not in page, "no rule tells managers of it"

    token = field(page, "csrf_token")
    assert manager.post("/notices/muted", data={"csrf_token": token}).status_code == 303
    assert 'value="case.urged" checked' not in manager.get("/notices").text
    wanted = {"csrf_token": token, "told": "case.urged"}
    assert manager.post("/notices/muted", data=wanted).status_code == 303
    assert 'value="case.urged" checked' in manager.get("/notices").text
