"""What the phone takes along: the person's own tasks, the forms and the ground, fetched again only when changed."""

from collections.abc import Callable

import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session

from dispatch.cases.commands import act
from dispatch.cases.states import Stage, Verb
from dispatch.intake.model import DuplicateRule
from dispatch.kit import clock, reference
from dispatch.parts.model import Part
from dispatch.people.model import Role
from tests.dispatch.patrol.conftest import add_unit_grids
from tests.factories.cases import add_case, report
from tests.factories.city import City, add_names, spot
from tests.factories.people import add_user, client_as
from tests.web.conftest import As

PACK = "/inspector/pack"


@pytest.fixture(autouse=True)
def _no_two_reports_are_one(session: Session, city: City) -> None:
    session.execute(delete(DuplicateRule))
    reference.forget_all()


def test_the_session_says_who_and_how_they_stand(as_: As, city: City) -> None:
    told = as_("inspector").get(f"{PACK}/session").json()
    assert (told["id"], told["working_grids"]) == (city["inspector"].id, ["450204G001"])
    assert told["csrf"]
    assert told["patrol"]["rules"]["walk_kmh"] == 4.5


def test_tasks_are_the_cases_to_verify_and_to_check(as_: As, session: Session, city: City) -> None:
    now = clock.now()
    checks = add_case(session, city, Stage.HANDLED, at=now)
    verifies = add_case(session, city, Stage.VERIFYING, at=now)
    for other in (Stage.REPORTED, Stage.DISPATCHED, Stage.CLOSED):
        add_case(session, city, other, at=now)
    tasks = {each["id"]: each for each in as_("inspector").get(f"{PACK}/tasks").json()["items"]}
    assert {id_: each["verb"] for id_, each in tasks.items()} == {
        checks.public_id: "check",
        verifies.public_id: "verify",
    }
    shown = tasks[checks.public_id]
    assert (shown["department"], shown["result"]) == ("市政维护处", "已换新井盖")
    assert shown["version"] == checks.version
    longitude, latitude = spot()
    assert shown["navigation"]["geo"] == f"geo:{latitude:.6f},{longitude:.6f}"
    assert shown["due"] > shown["since"]


def test_nobody_sees_the_tasks_of_other_working_grids(session: Session, city: City) -> None:
    add_case(session, city, Stage.HANDLED, at=clock.now())
    elsewhere = add_user(session, Role.INSPECTOR, working_grids=["450203G001"])
    assert client_as(session, elsewhere).get(f"{PACK}/tasks").json()["items"] == []


def test_a_task_that_is_done_is_no_task_any_more(as_: As, session: Session, city: City) -> None:
    case = add_case(session, city, Stage.HANDLED, at=clock.now())
    client = as_("inspector")
    first = client.get(f"{PACK}/tasks")
    held = {"If-None-Match": first.headers["etag"]}
    assert client.get(f"{PACK}/tasks", headers=held).status_code == 304
    act(session, case.id, Verb.CHECK, by=city["inspector"], at=clock.now(), body={"passed": True})
    assert client.get(f"{PACK}/tasks", headers=held).json()["items"] == []


def test_the_forms_hold_every_category_with_its_conditions(as_: As, city: City) -> None:
    book = as_("inspector").get(f"{PACK}/forms").json()
    manhole = next(each for each in book["categories"] if each["name"] == "雨水井盖")
    assert manhole["code"] == "T:P0103"
    assert [each["text"] for each in manhole["conditions"]] == ["丢失", "破损"]
    assert {each["code"] for each in book["groups"]} == {"manhole", "sanitation"}


def test_the_ground_holds_grids_roads_places_and_parts(
    as_: As, session: Session, city: City
) -> None:
    add_unit_grids(session)
    add_names(session)
    longitude, latitude = spot(1, 1)
    for code, east in (("4502040103000001", 0.0), ("4502040103000002", 1.0)):
        session.add(
            Part(
                code=code,
                category_id=city.manhole.id,
                name="雨水井盖",
                geom=f"SRID=4490;POINT({longitude + east} {latitude})",
            )
        )
    session.flush()
    ground = as_("inspector").get(f"{PACK}/ground").json()
    assert len(ground["grids"]) == 25
    assert [each["properties"]["name"] for each in ground["roads"]] == ["学院路"]
    assert [each["properties"]["name"] for each in ground["places"]] == ["龙潭医院", "柳州饭店"]
    assert [part[0] for part in ground["parts"]] == ["4502040103000001"]
    assert ground["box"]["west"] == pytest.approx(109.397)


def test_without_a_working_grid_the_ground_is_empty(session: Session, city: City) -> None:
    nowhere = add_user(session, Role.INSPECTOR)
    ground = client_as(session, nowhere).get(f"{PACK}/ground").json()
    assert (ground["box"], ground["grids"], ground["parts"]) == (None, [], [])


def test_many_tasks_cost_no_more_questions_than_few(
    as_: As, session: Session, city: City, count_queries: Callable[[], int]
) -> None:
    client = as_("inspector")
    add_case(session, city, Stage.VERIFYING, at=clock.now())
    client.get(f"{PACK}/tasks")
    before = count_queries()
    client.get(f"{PACK}/tasks")
    few = count_queries() - before
    for _ in range(6):
        case = report(session, at=clock.now())
        act(session, case.case_id, Verb.REQUEST_VERIFICATION, by=city["agent"], at=clock.now())
    before = count_queries()
    assert len(client.get(f"{PACK}/tasks").json()["items"]) == 7
    # one more where the versions of reference data are due to be looked at
    assert count_queries() - before <= few + 1
