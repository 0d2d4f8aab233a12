"""How far a right reaches: which cases each post sees, in lists, one by one and over the API."""

from dataclasses import dataclass
from itertools import count

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.model import Case, CaseAssignment, Channel
from dispatch.cases.policy import may_see, visible_to
from dispatch.cases.states import Stage
from dispatch.kit import clock
from dispatch.people.model import Role, User
from dispatch.people.policy import SYSTEM, Person
from dispatch.people.queries import person_of
from tests.factories.people import add_department, add_user, client_as

_serial = count(1)


@dataclass(frozen=True)
class World:
    """Some cases by what is said of them, and the units and staff that they refer to."""

    cases: dict[str, Case]
    units: dict[str, int]
    inspector: User


def _case(session: Session, **facts: object) -> Case:
    serial, now = next(_serial), clock.now()
    made = Case(
        public_id=f"20260101-{serial:04}",
        number=f"柳数管2026第0101{serial:04}号",
        stage=Stage.DISPATCHED,
        stage_since=now,
        channel=Channel.WEB,
        description="路口的井盖不见了",
        created_at=now,
        updated_at=now,
        **facts,
    )
    session.add(made)
    session.flush()
    return made


@pytest.fixture
def world(session: Session) -> World:
    """Cases of two districts, two units, two grids, and some tied to one inspector."""
    units = {name: add_department(session, name).id for name in ("works", "power")}
    inspector = add_user(session, Role.INSPECTOR, working_grids=["G1"])
    cases = {
        "yufeng": _case(session, district_code="450203", working_grid="G2"),
        "liunan": _case(session, district_code="450204", working_grid="G9"),
        "nowhere": _case(session),
        "of works": _case(session, district_code="450204", department_id=units["works"]),
        "of power": _case(session, district_code="450204", department_id=units["power"]),
        "works assists": _case(session, department_id=units["power"]),
        "works assisted": _case(session, department_id=units["power"]),
        "in grid": _case(session, district_code="450203", working_grid="G1"),
        "reported": _case(session, reported_by_id=inspector.id),
        "to check": _case(session, working_grid="G9", inspector_id=inspector.id),
    }
    for name, ended in (("works assists", None), ("works assisted", clock.now())):
        session.add(
            CaseAssignment(
                case_id=cases[name].id,
                department_id=units["works"],
                leads=False,
                method="assisting",
                reason="协助处理",
                at=clock.now(),
                ended_at=ended,
            )
        )
    session.flush()
    return World(cases, units, inspector)


def _seen(session: Session, world: World, person: Person) -> set[str]:
    ids = set(session.scalars(select(Case.id).where(visible_to(person))))
    return {name for name, case in world.cases.items() if case.id in ids}


def _seen_one_by_one(world: World, person: Person) -> set[str]:
    assisting = {"works assists": {world.units["works"]}}
    return {
        name
        for name, case in world.cases.items()
        if may_see(
            person,
            department_ids=frozenset({case.department_id or 0} | assisting.get(name, set())),
            district_code=case.district_code,
            working_grid=case.working_grid,
            staff_ids=frozenset({case.reported_by_id or 0, case.inspector_id or 0}),
        )
    }


ALL = {
    *("yufeng", "liunan", "nowhere", "of works", "of power"),
    *("works assists", "works assisted", "in grid", "reported", "to check"),
}
CENTRE = (Role.AGENT, Role.SHIFT_LEADER, Role.DISPATCHER, Role.SUPERVISOR, Role.ADMIN)


@pytest.mark.parametrize("role", CENTRE)
def test_posts_of_the_centre_see_the_city_or_their_district(
    session: Session, world: World, role: Role
) -> None:
    whole = Person(1, "city", frozenset({role}))
    district = Person(1, "district", frozenset({role}), district_code="450203")
    assert _seen(session, world, whole) == _seen_one_by_one(world, whole) == ALL
    expected = {"yufeng", "in grid"}
    assert _seen(session, world, district) == _seen_one_by_one(world, district) == expected


@pytest.mark.parametrize("role", [Role.MANAGER, Role.HANDLER])
def test_people_of_a_unit_see_what_it_leads_or_assists_now(
    session: Session, world: World, role: Role
) -> None:
    person = Person(1, "unit", frozenset({role}), department_id=world.units["works"])
    expected = {"of works", "works assists"}
    assert _seen(session, world, person) == _seen_one_by_one(world, person) == expected


def test_inspector_sees_the_own_grid_and_what_is_theirs(session: Session, world: World) -> None:
    person = person_of(world.inspector)
    expected = {"in grid", "reported", "to check"}
    assert _seen(session, world, person) == _seen_one_by_one(world, person) == expected


def test_two_posts_see_what_either_sees(session: Session, world: World) -> None:
    person = Person(
        1,
        "both",
        frozenset({Role.INSPECTOR, Role.HANDLER}),
        department_id=world.units["power"],
        working_grids=frozenset({"G2"}),
    )
    expected = {"of power", "works assists", "works assisted", "yufeng"}
    assert _seen(session, world, person) == _seen_one_by_one(world, person) == expected


@pytest.mark.parametrize(
    "person",
    [
        Person(1, "no post", frozenset()),
        Person(1, "manager of no unit", frozenset({Role.MANAGER})),
        Person(1, "inspector of no grid", frozenset({Role.INSPECTOR})),
        Person(1, "agent's unit does not widen", frozenset({Role.HANDLER}), district_code="450203"),
    ],
    ids=lambda person: person.name,
)
def test_without_a_scope_nothing_is_seen(session: Session, world: World, person: Person) -> None:
    assert _seen(session, world, person) == _seen_one_by_one(world, person) == set()


def test_platform_sees_everything(session: Session, world: World) -> None:
    assert _seen(session, world, SYSTEM) == ALL


def test_api_lists_what_is_seen_and_hides_the_rest_as_unknown(
    session: Session, world: World
) -> None:
    handler = add_user(session, Role.HANDLER, department_id=world.units["works"])
    client = client_as(session, handler)
    listed = {each["id"] for each in client.get("/api/v1/cases").json()["items"]}
    assert listed == {
        world.cases["of works"].public_id,
        world.cases["works assists"].public_id,
    }
    hidden = world.cases["of power"].public_id
    for path in ("", "/history", "/route", "/photos", "/reporters"):
        assert client.get(f"/api/v1/cases/{hidden}{path}").status_code == 404
    deed = client.post(f"/api/v1/cases/{hidden}/note", json={"note": "看一下"})
    assert deed.status_code == 404
