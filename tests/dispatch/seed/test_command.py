"""Seeding: what it leaves alone, what production gets, what it says when data is missing."""

from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.departments.model import Department
from dispatch.intake.model import Camera
from dispatch.kit.errors import NotFound
from dispatch.parts.model import Part
from dispatch.people.model import User
from dispatch.seed.command import seed
from dispatch.seed.files import rows_of, seed_folder


def _count(session: Session, model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_a_database_with_departments_of_its_own_keeps_them_and_is_told_what_lacks(
    session: Session,
) -> None:
    session.add(Department(code="own", name="本市自有部门", kind="bureau"))
    session.flush()
    told: list[tuple[str, int]] = []

    with pytest.raises(NotFound) as caught:
        seed(session, folder=seed_folder(), demo=False, tell=lambda *each: told.append(each))

    assert ("departments", 0) in told
    assert "water-group" in str(caught.value)
    assert _count(session, Department) == 1


def test_production_gets_no_people_and_nothing_made_up_to_mend(session: Session) -> None:
    counts = seed(session, folder=seed_folder(), demo=False).counts

    assert counts["routing_rules"] > 0
    assert not {"people", "parts", "facilities", "cameras"} & set(counts)
    assert _count(session, User) == _count(session, Part) == _count(session, Camera) == 0


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound) as caught:
        list(rows_of(tmp_path, "people.csv"))

    assert "people.csv" in str(caught.value)
