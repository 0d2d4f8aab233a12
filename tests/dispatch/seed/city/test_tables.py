"""What the seeded demonstration city holds."""

from itertools import pairwise

import pytest
from opening_hours import OpeningHours
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.catalogue.model import Category, Condition
from dispatch.departments.model import Department, DepartmentName
from dispatch.facilities.model import Facility
from dispatch.intake.model import CameraType
from dispatch.jurisdiction.model import Area, AreaKind, UnitGrid
from dispatch.parts.model import Part
from dispatch.people.model import Role, User
from dispatch.people.passwords import verify
from dispatch.seed.command import STEPS, Seeded, seed
from dispatch.seed.files import seed_folder
from dispatch.seed.people import DEMO_PASSWORD, demo_log_ins

LEAST = {
    "unit_grids": 29_011, "places": 600, "categories": 330, "conditions": 536, "vocabulary": 600,
    "stage_limits": 12, "calendar": 2, "settings": 5, "departments": 35, "routing_rules": 100,
    "policies": 20, "duplicate_rules": 10, "camera_types": 30, "notice_templates": 80,
    "notice_rules": 40, "notice_channels": 5, "knowledge": 18, "text_modules": 25,
    "callback_rules": 5, "import_sources": 2, "reasons": 7, "crews": 60, "parts": 60_000, "facilities": 700,
    "cameras": 200, "people": 200, "consent_texts": 1, "shifts": 20,
    "ladder_steps": 40, "area_classes": 10, "limit_rules": 3, "calendars": 1,
    "open_datasets": 4, "bulletin_rules": 3, "evaluation_rules": 8,
}  # fmt: skip


def _count(session: Session, model: type, *where: object) -> int:
    return session.scalar(select(func.count()).select_from(model).where(*where)) or 0  # type: ignore[arg-type]


@pytest.mark.parametrize("name", list(LEAST))
def test_every_set_has_as_much_as_a_city_needs(report: Seeded, name: str) -> None:
    assert report.counts[name] >= LEAST[name]


def test_every_step_is_asked_about() -> None:
    assert {step.name for step in STEPS} == set(LEAST)


def test_a_second_run_adds_nothing(city: Session) -> None:
    again = seed(city, folder=seed_folder(), demo=True)

    assert not again.anything


def test_both_numberings_stand_beside_each_other(city: Session) -> None:
    schemes = set(city.scalars(select(Category.scheme).distinct()))
    active = set(city.scalars(select(Category.scheme).where(Category.active).distinct()))

    assert schemes == {"GB30428.2", "CJT214", "local_ext"}
    assert active == {"GB30428.2", "local_ext"}
    assert 180 <= _count(city, Category, Category.active) <= 230


def test_every_active_category_has_exactly_one_default_condition(city: Session) -> None:
    defaults = (
        select(Category.code, func.count(Condition.id).filter(Condition.is_default))
        .outerjoin(Condition, Condition.category_id == Category.id)
        .where(Category.active)
        .group_by(Category.id)
    )

    assert {code for code, count in city.execute(defaults) if count != 1} == set()


def test_missing_covers_are_urgent_hazards(city: Session) -> None:
    missing = (
        select(Condition.severity, Condition.hazard)
        .join(Category)
        .where(
            Category.active,
            Category.group == "manhole",
            Condition.key == "missing",
            Category.code != "P0497",
        )
    )

    assert set(city.execute(missing)) == {("urgent", True)}


def test_there_are_98_working_grids_each_with_an_inspector(city: Session) -> None:
    grids = set(city.scalars(select(UnitGrid.working_grid_code).distinct()))
    rows = city.scalars(
        select(User.working_grids).where(User.roles.contains([Role.INSPECTOR.value]))
    )

    assert len(grids) == 98
    assert {code for held in rows for code in held} == grids


def test_every_role_has_a_log_in_that_works(city: Session) -> None:
    found = demo_log_ins(city)
    hashes = dict(city.execute(select(User.username, User.password_hash)).all())

    assert set(found) == set(Role)
    assert all(each.password == DEMO_PASSWORD for each in found.values())
    assert verify(hashes[found[Role.HANDLER].username], DEMO_PASSWORD)
    assert found[Role.HANDLER].department == found[Role.MANAGER].department is not None


def test_every_department_has_somebody_to_handle_and_a_name_for_today(city: Session) -> None:
    units = city.scalars(select(Department).where(Department.kind != "centre")).all()
    staffed = set(
        city.scalars(select(User.department_id).where(User.roles.contains([Role.HANDLER.value])))
    )
    today = select(DepartmentName.department_id, DepartmentName.name).where(
        DepartmentName.valid_from <= func.current_date(), DepartmentName.valid_to.is_(None)
    )
    names = dict(city.execute(today).all())

    assert {unit.code for unit in units if unit.id not in staffed} == set()
    assert {unit.code for unit in units if names[unit.id] != unit.name} == set()


def test_names_of_a_department_follow_each_other_without_a_gap(city: Session) -> None:
    rows = city.scalars(
        select(DepartmentName).order_by(DepartmentName.department_id, DepartmentName.valid_from)
    ).all()
    pairs = [(a, b) for a, b in pairwise(rows) if a.department_id == b.department_id]

    assert len(pairs) >= 10
    assert all(a.valid_to == b.valid_from for a, b in pairs)


def test_a_parts_code_tells_its_district_and_class_and_it_stands_in_a_grid(city: Session) -> None:
    codes = select(Part.code, Category.code).join(Category, Category.id == Part.category_id)
    wrong = [
        code for code, category in city.execute(codes)
        if len(code) != 16 or code[6:10] != category[1:] or code[:6] not in _districts(city)
    ]  # fmt: skip

    assert wrong == []
    assert _count(city, Part, Part.grid_code.is_(None)) <= 5  # a few stand on the outermost edge
    assert _count(city, Part, Part.synthetic.is_(False)) == 0


def _districts(session: Session) -> set[str]:
    key = "districts"
    if key not in session.info:
        session.info[key] = set(
            session.scalars(select(Area.code).where(Area.kind == AreaKind.DISTRICT))
        )
    found: set[str] = session.info[key]
    return found


def test_opening_hours_can_be_read(city: Session) -> None:
    for hours in city.scalars(select(Facility.opening_hours).distinct()):
        OpeningHours(hours)
    kinds = dict(city.execute(select(Facility.kind, func.count()).group_by(Facility.kind)).all())

    assert kinds["toilet"] >= 400
    assert kinds["parking"] >= 300


def test_every_camera_type_leads_to_a_category_in_use_and_its_condition(city: Session) -> None:
    rows = city.execute(
        select(CameraType.source, Category.active, Condition.category_id == Category.id)
        .join(Category, Category.id == CameraType.category_id)
        .join(Condition, Condition.id == CameraType.condition_id)
    )
    found = list(rows)

    assert {source for source, _, _ in found} == {"generic", "hikvision", "gat1400"}
    assert len(found) == _count(city, CameraType)
    assert all(active and right for _, active, right in found)
