"""A small city for tests: twenty-five unit grids, two units, three categories, and somebody at every post."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import shapely
from shapely import LineString, Point
from sqlalchemy import update
from sqlalchemy.orm import Session

from dispatch.catalogue.model import (
    Category,
    CategoryTerm,
    Condition,
    ConditionTerm,
    StageLimit,
)
from dispatch.departments.model import Department, DepartmentKind
from dispatch.intake.model import DuplicateRule, IntakePolicy, PolicyAction
from dispatch.jurisdiction.commands import store_places
from dispatch.jurisdiction.gazetteer import NamedPlace, PlaceKind
from dispatch.jurisdiction.model import Area, AreaKind
from dispatch.kit import reference
from dispatch.kit.reference import ReferenceSet
from dispatch.people.model import Role, User
from dispatch.people.policy import Person
from dispatch.people.queries import person_of
from dispatch.routing.model import RoutingRule
from geo.gazetteer import RoadClass
from geo.grid import Column, Grid
from tests.factories.people import add_user

#: A Monday morning in the city (10:00), with a working day on either side.
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
WEST, SOUTH, STEP = 109.40, 24.30, 0.001
WORKING_GRID = "450204G001"


@dataclass(frozen=True)
class City:
    """What the tests need to name."""

    works: Department
    cleaners: Department
    manhole: Category
    missing: Condition
    broken: Condition
    litter: Category
    exposed: Condition
    people: dict[str, Person]
    users: dict[str, User]

    def __getitem__(self, role: str) -> Person:
        return self.people[role]


def spot(column: int = 2, row: int = 2) -> tuple[float, float]:
    """A place in the middle of a unit grid, WGS-84 degrees."""
    return WEST + (column + 0.5) * STEP, SOUTH + (row + 0.5) * STEP


def add_names(session: Session) -> None:
    """Names that addresses can use: a hospital in the middle, a hotel in a corner, a road of 500 m."""
    west, row = WEST, SOUTH + 1.5 * STEP
    road = {"class": RoadClass.SECONDARY.value, "district": "", "row_id": "1", "ranges": []}
    sights = (("龙潭医院", "hospital", spot(2, 2)), ("柳州饭店", "hotel", spot(4, 4)))
    places = [
        NamedPlace(PlaceKind.PLACE, name, Point(place), data={"kind": kind, **_NOWHERE})
        for name, kind, place in sights
    ]
    line = LineString([(west, row), (west + 5 * STEP, row)])
    places.append(NamedPlace(PlaceKind.ROAD, "学院路", line, data=road))
    store_places(session, places, synthetic=True)
    session.flush()
    reference.forget_all()


_NOWHERE = {"district": "", "road": ""}


def add_city(session: Session) -> City:
    """Everything, flushed; the caches of this process forget what they held."""
    _add_grid(session)
    works, cleaners = _add_departments(session)
    manhole, litter = _add_catalogue(session)
    conditions = _add_conditions(session, manhole, litter)
    _add_rules(session, works, cleaners, manhole, litter)
    users = _add_people(session, works, cleaners)
    session.flush()
    reference.forget_all()
    return City(
        works=works,
        cleaners=cleaners,
        manhole=manhole,
        missing=conditions[0],
        broken=conditions[1],
        litter=litter,
        exposed=conditions[2],
        people={name: person_of(user) for name, user in users.items()},
        users=users,
    )


def _add_grid(session: Session) -> None:
    codes, shapes = [], []
    for row in range(5):
        for column in range(5):
            codes.append(f"450204001001{row * 5 + column + 1:03d}")
            west, south = WEST + column * STEP, SOUTH + row * STEP
            shapes.append(shapely.box(west, south, west + STEP, south + STEP))
    grid = Grid.build(codes, shapes, columns={Column.WORKING_GRID: [WORKING_GRID] * len(codes)})
    session.execute(
        update(ReferenceSet).where(ReferenceSet.name == "grid").values(blob=grid.to_bytes())
    )
    session.add_all(
        [
            Area(kind=AreaKind.DISTRICT, code="450204", name="柳南区"),
            Area(kind=AreaKind.STREET, code="450204001", name="河西街道"),
            Area(kind=AreaKind.COMMUNITY, code="450204001001", name="航一社区"),
        ]
    )


def _add_departments(session: Session) -> tuple[Department, Department]:
    works = Department(code="works", name="市政维护处", kind=DepartmentKind.BUREAU)
    cleaners = Department(
        code="cleaners", name="柳南区环卫所", kind=DepartmentKind.DISTRICT, district_code="450204"
    )
    session.add_all([works, cleaners])
    session.flush()
    return works, cleaners


def _category(code: str, name: str, group: str) -> Category:
    kind = "part" if code.startswith("P") else "event"
    return Category(
        scheme="T",
        code=code,
        kind=kind,
        major_code=code[1:3],
        major_name="公用设施",
        minor_code=code[3:],
        name=name,
        name_en=name,
        group=group,
        active=True,
    )


def _add_catalogue(session: Session) -> tuple[Category, Category]:
    manhole = _category("P0103", "雨水井盖", "manhole")
    litter = _category("E0110", "暴露垃圾", "sanitation")
    session.add_all([manhole, litter])
    session.flush()
    session.add_all(
        [
            CategoryTerm(term="井盖", category_id=manhole.id, weight=0.9),
            CategoryTerm(term="垃圾", category_id=litter.id, weight=0.9),
            ConditionTerm(term="不见了", key="missing"),
            ConditionTerm(term="破了", key="broken"),
        ]
    )
    limits = {"accept": 15, "verify": 30, "file": 15, "dispatch": 15, "check": 120, "close": 60}
    session.add_all(
        StageLimit(stage=stage, severity=severity, limit_value=value, limit_unit="minute")
        for stage, value in limits.items()
        for severity in ("urgent", "normal")
    )
    return manhole, litter


def _add_conditions(session: Session, manhole: Category, litter: Category) -> list[Condition]:
    rows = [
        (manhole, "missing", "丢失", "urgent", 2, "hour", True, False),
        (manhole, "broken", "破损", "normal", 4, "work_hour", False, True),
        (litter, "present", "有暴露垃圾", "normal", 4, "work_hour", False, True),
    ]
    made = [
        Condition(
            category_id=category.id,
            ordinal=number,
            key=key,
            tags=[key],
            text=text,
            severity=severity,
            limit_value=value,
            limit_unit=unit,
            hazard=hazard,
            is_default=default,
        )
        for number, (category, key, text, severity, value, unit, hazard, default) in enumerate(rows)
    ]
    session.add_all(made)
    session.flush()
    return made


def _add_rules(
    session: Session, works: Department, cleaners: Department, manhole: Category, litter: Category
) -> None:
    since = date(2016, 1, 1)
    session.add_all(
        [
            RoutingRule(
                category_id=manhole.id, department_id=works.id, valid_from=since, reason="市政"
            ),
            RoutingRule(
                category_id=litter.id,
                area_kind="district",
                area_code="450204",
                department_id=cleaners.id,
                valid_from=since,
                reason="区环卫",
            ),
            RoutingRule(kind="event", department_id=works.id, valid_from=since, reason="缺省"),
            IntakePolicy(min_confidence=0.0, action=PolicyAction.REVIEW),
            IntakePolicy(min_confidence=0.85, action=PolicyAction.DISPATCH),
            DuplicateRule(distance_m=20, hours=24),
        ]
    )


def _add_people(session: Session, works: Department, cleaners: Department) -> dict[str, User]:
    return {
        "agent": add_user(session, Role.AGENT),
        "shift_leader": add_user(session, Role.SHIFT_LEADER),
        "dispatcher": add_user(session, Role.DISPATCHER),
        "supervisor": add_user(session, Role.SUPERVISOR),
        "admin": add_user(session, Role.ADMIN),
        "inspector": add_user(session, Role.INSPECTOR, working_grids=[WORKING_GRID]),
        "manager": add_user(session, Role.MANAGER, department_id=works.id),
        "handler": add_user(session, Role.HANDLER, department_id=works.id, username="works-hand"),
        "stranger": add_user(session, Role.MANAGER, department_id=cleaners.id),
    }
