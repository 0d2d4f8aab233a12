"""The page of people: somebody is added with a password for once, changed, locked out, never the last."""

import re

from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.kit import audit
from dispatch.people.model import Role, User
from tests.factories.city import City
from tests.factories.people import add_user
from tests.web.conftest import As, field


def _form(client: TestClient, path: str) -> dict[str, str]:
    page = client.get(path).text
    return {"csrf_token": field(page, "csrf_token"), "seen": field(page, "seen")}


def test_somebody_new_gets_a_password_that_must_be_changed(as_: As, session: Session) -> None:
    admin = as_("admin")
    form = _form(admin, "/admin/people/new")
    form |= {"username": "wang.li", "display_name": "王丽", "roles": "agent"}
    page = admin.post("/admin/people/new", data=form)
    assert page.status_code == 200
    password = re.search(r'id="once" readonly value="([^"]+)"', page.text)
    assert password
    user = session.scalars(select(User).where(User.username == "wang.li")).one()
    assert user.must_change_password
    assert password[1] not in user.password_hash


def test_a_form_with_faults_says_so_beside_the_fields_and_keeps_what_was_typed(as_: As) -> None:
    admin = as_("admin")
    form = _form(admin, "/admin/people/new") | {"username": "王丽", "display_name": "王丽"}
    page = admin.post("/admin/people/new", data=form)
    assert page.status_code == 422
    assert 'id="username-problem"' in page.text
    assert 'value="王丽"' in page.text


def test_the_last_administrator_stays(as_: As, city: City) -> None:
    admin = as_("admin")
    user = city.users["admin"]
    path = f"/admin/people/{user.id}"
    form = _form(admin, path) | {"display_name": "换岗", "roles": "agent"}
    page = admin.post(path, data=form)
    assert page.status_code == 409
    assert "最后一位管理员" in page.text
    locked = admin.post(f"{path}/active", data={**_form(admin, path), "on": ""})
    assert locked.status_code == 409
    assert user.active


def test_who_is_slower_sees_what_the_other_changed(as_: As, session: Session) -> None:
    admin = as_("admin")
    user = add_user(session, Role.AGENT, username="zhao")
    path = f"/admin/people/{user.id}"
    early = _form(admin, path)
    both = {"display_name": "赵一", "roles": "agent"}
    assert admin.post(path, data=early | both).status_code == 303
    page = admin.post(path, data=early | both | {"display_name": "赵二"})
    assert page.status_code == 409
    assert "赵一" in page.text
    assert "赵二" in page.text
    again = {"csrf_token": early["csrf_token"], "seen": field(page.text, "seen")}
    assert admin.post(path, data=again | both | {"display_name": "赵二"}).status_code == 303
    assert [each.action for each in audit.changes_of(session, f"user:{user.id}")] == [
        "user_edited",
        "user_edited",
    ]


def test_only_administrators_come_in(as_: As, city: City) -> None:
    for post in set(city.users) - {"admin"}:
        assert as_(post).get("/admin/people").status_code == 403


def test_nobody_works_with_a_password_that_was_handed_out(
    as_: As, session: Session, city: City
) -> None:
    city.users["agent"].must_change_password = True
    session.flush()
    agent = as_("agent")
    answer = agent.get("/cases")
    assert (answer.status_code, answer.headers["location"]) == (303, "/password")
    assert agent.get("/password").status_code == 200
