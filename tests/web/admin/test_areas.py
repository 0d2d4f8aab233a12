"""Areas: a new name is understood at once, a virtual district has the streets that were chosen."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.jurisdiction.model import Area, AreaKind, UnitGrid
from dispatch.jurisdiction.reference import gazetteer, locate
from dispatch.kit import audit
from tests.factories.jurisdiction import middle, store_small_city
from tests.web.conftest import As, field


@pytest.fixture
def admin(as_: As, session: Session) -> TestClient:
    store_small_city(session)
    return as_("admin")


def _form(client: TestClient, path: str) -> dict[str, str]:
    page = client.get(path).text
    return {"csrf_token": field(page, "csrf_token"), "seen": field(page, "seen")}


def test_a_renamed_area_is_called_so_everywhere(admin: TestClient, session: Session) -> None:
    path = "/admin/areas/street/450202001"
    form = _form(admin, path)
    assert admin.post(path, data=form | {"name": "解放街道"}).status_code == 303
    found = locate(session, *middle(0, 0))
    assert found is not None
    assert found.street == "解放街道"
    assert gazetteer(session) is not None
    line = audit.changes_of(session, "area:street:450202001")[0]
    assert line.details["changes"] == {"name": ["城中街道", "解放街道"]}
    assert admin.post(path, data=form | {"name": "再改街道"}).status_code == 409
    assert admin.post(path, data=_form(admin, path) | {"name": "短"}).status_code == 422
    assert admin.get("/admin/areas/street/nothing").status_code == 404
    assert admin.get("/admin/areas/planet/450202001").status_code == 404


def test_a_virtual_district_has_its_streets_and_loses_them(
    admin: TestClient, session: Session
) -> None:
    new = "/admin/areas/virtual_district/new"
    form = _form(admin, new) | {"code": "vd02", "name": "高铁片区"}
    taken = admin.post(new, data=form | {"streets": "450202001"})
    assert taken.status_code == 422
    assert "VD01" in taken.text

    done = admin.post(new, data=form | {"streets": "450203001"})
    assert done.headers["location"] == "/admin/areas/virtual_district/VD02?said=added"
    found = locate(session, *middle(2, 0))
    assert found is not None
    assert (found.virtual_district_code, found.virtual_district) == ("VD02", "高铁片区")
    assert _size(session, "VD02") == pytest.approx(2 * 0.0001)

    path = "/admin/areas/virtual_district/VD02"
    outline = admin.get(f"{path}/map.geojson").json()
    assert len(outline["features"]) == 1
    assert admin.post(path, data=_form(admin, path) | {"name": "高铁片区"}).status_code == 303
    found = locate(session, *middle(2, 0))
    assert found is not None
    assert found.virtual_district_code is None
    assert _cells(session, "VD02") == 0


def test_a_street_that_belongs_in_part_stays_as_it_was(admin: TestClient, session: Session) -> None:
    path = "/admin/areas/virtual_district/VD01"
    before = _cells(session, "VD01")
    form = _form(admin, path) | {"name": "柳东新区", "streets": "450202001"}
    assert admin.post(path, data=form).status_code == 303
    assert _cells(session, "VD01") == before == 2


def _cells(session: Session, code: str) -> int:
    return session.scalar(select(func.count()).where(UnitGrid.virtual_district_code == code)) or 0


def _size(session: Session, code: str) -> float:
    of = (Area.kind == AreaKind.VIRTUAL_DISTRICT, Area.code == code)
    return session.scalar(select(func.ST_Area(Area.geom)).where(*of)) or 0.0
