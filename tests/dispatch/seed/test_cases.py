"""The sample cases of a demonstration: taken in through intake, brought along, and left in order."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.cases.model import Case
from dispatch.exchange.model import Delivery
from dispatch.kit.outbox import OutboxRow
from dispatch.seed.cases import FILE, seed_cases
from tests.factories.city import NOW, City, add_city, spot


@pytest.fixture
def city(session: Session) -> City:
    return add_city(session)


def _folder(path: Path) -> Path:
    """Four reports: a clear one, one without a place, one in an unknown system, one of a machine abroad."""
    lon, lat = spot()
    point = {"type": "Point", "coordinates": [lon, lat]}
    abroad = {"type": "Point", "coordinates": [2.35, 48.85]}
    told = [
        (point, {"id": "S1", "channel": "web", "description": "路口的井盖不见了"}),
        (None, {"id": "S2", "channel": "phone", "description": "垃圾没人收"}),
        (point, {"id": "S3", "channel": "web", "description": "垃圾没人收", "crs": "wgs72"}),
        (abroad, {"id": "S4", "channel": "camera", "description": "垃圾", "category": "E0110"}),
    ]
    features = [{"geometry": geometry, "properties": each} for geometry, each in told]
    (path / FILE).write_text(json.dumps({"features": features}), "utf-8")
    return path


def test_sample_is_taken_in_once_and_leaves_no_event_waiting(
    session: Session, city: City, tmp_path: Path
) -> None:
    @contextmanager
    def opened() -> Iterator[Session]:
        with session.begin_nested():
            yield session

    found = seed_cases(opened, folder=_folder(tmp_path), at=NOW)
    again = seed_cases(opened, folder=tmp_path, at=NOW)

    assert (found.cases, found.refused) == (2, 2)
    assert again.cases == 0
    dispatched = session.scalars(select(Case).where(Case.department_id.is_not(None))).one()
    assert dispatched.department_id == city.works.id
    delivery = session.scalars(select(Delivery)).one()
    assert (delivery.case_id, delivery.status) == (dispatched.id, "delivered")
    waiting = select(func.count()).select_from(OutboxRow).where(OutboxRow.sent_at.is_(None))
    assert session.scalar(waiting) == 0
