"""Adding people and what is asked of their post."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.kit import clock
from dispatch.kit.audit import AuditEntry
from dispatch.kit.errors import Conflict, InvalidInput, NotFound
from dispatch.people import commands, queries
from dispatch.people.model import Role
from dispatch.people.policy import SYSTEM, Person
from tests.factories.people import add_department, add_user, open_login


def test_added_user_is_written_to_the_audit_log(session: Session) -> None:
    user = commands.add_user(
        session,
        username="inspector77",
        display_name="采集员七十七",
        roles=[Role.INSPECTOR, Role.INSPECTOR],
        working_grids=["G02", "G01", "G02"],
        password="a long pass phrase",
        by=SYSTEM,
    )
    assert user.roles == ["inspector"]
    assert user.working_grids == ["G01", "G02"]
    line = session.scalars(select(AuditEntry)).one()
    assert (line.action, line.subject, line.actor) == ("user_added", f"user:{user.id}", "平台")


def test_name_that_is_taken_is_a_conflict(session: Session) -> None:
    add_user(session, username="agent01")
    with pytest.raises(Conflict, match="username_taken"):
        commands.add_user(
            session, username="agent01", display_name="x", roles=[Role.AGENT], by=SYSTEM
        )


@pytest.mark.parametrize("role", [Role.MANAGER, Role.HANDLER])
def test_post_in_a_department_needs_the_department(session: Session, role: Role) -> None:
    with pytest.raises(InvalidInput) as refused:
        commands.add_user(session, username="m", display_name="m", roles=[role], by=SYSTEM)
    assert refused.value.fields[0].name == "department"
    unit = add_department(session)
    added = commands.add_user(
        session, username="m", display_name="m", roles=[role], department_id=unit.id, by=SYSTEM
    )
    assert added.password_hash == ""


def test_user_without_any_post_is_refused(session: Session) -> None:
    with pytest.raises(InvalidInput):
        commands.add_user(session, username="m", display_name="m", roles=[], by=SYSTEM)


def test_unknown_name_is_said_so(session: Session) -> None:
    with pytest.raises(NotFound, match="no_such_user"):
        commands.named_user(session, "nobody")


def test_login_query_knows_roles_unit_and_grids(session: Session) -> None:
    unit = add_department(session)
    user = add_user(
        session,
        Role.INSPECTOR,
        Role.HANDLER,
        department_id=unit.id,
        district_code="450203",
        working_grids=["G1"],
    )
    opened = open_login(session, user)
    login = queries.login_by_secret(session, opened.secret, at=clock.now())
    assert login is not None
    assert login.person == Person(
        id=user.id,
        name="试用人员",
        roles=frozenset({Role.INSPECTOR, Role.HANDLER}),
        department_id=unit.id,
        district_code="450203",
        working_grids=frozenset({"G1"}),
        username=user.username,
    )
    assert queries.login_by_secret(session, opened.secret + "x", at=clock.now()) is None


def test_users_are_listed_by_post_and_page(session: Session) -> None:
    for name in ("a1", "a2", "a3"):
        add_user(session, Role.AGENT, username=name)
    add_user(session, Role.ADMIN, username="b1")
    add_user(session, Role.AGENT, username="a9", active=False)
    names = [user.username for user in session.scalars(queries.users(role=Role.AGENT, active=True))]
    assert names == ["a1", "a2", "a3"]
    assert [u.username for u in session.scalars(queries.users(after="a3"))] == ["a9", "b1"]
