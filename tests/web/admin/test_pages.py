"""Every page of the administrator's desk can be drawn, and says no more than its reader may know."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.intake.model import IntakeMessage
from dispatch.kit.audit import AuditEntry
from dispatch.web.admin.intake import MASK, masked
from tests.factories.city import City
from tests.web.conftest import As, field

PAGES = (
    "",
    "/people",
    "/people/new",
    "/departments",
    "/departments/new",
    "/working-grids",
    "/grids",
    "/places",
    "/parts",
    "/facilities",
    "/facilities/new",
    "/facilities/keys",
    "/cameras",
    "/cameras/new",
    "/cameras/types",
    "/uploads",
    *(f"/uploads/new?kind={kind}" for kind in ("grid", "parts", "facilities", "places", "people")),
    "/deliveries",
    "/deliveries?show=events",
    "/intake",
    "/audit",
    "/audit.csv",
)


@pytest.mark.parametrize("page", PAGES)
def test_the_page_is_drawn_for_the_administrator_only(as_: As, page: str) -> None:
    assert as_("admin").get(f"/admin{page}").status_code == 200
    assert as_("inspector").get(f"/admin{page}").status_code == 403


def test_a_unit_s_page_tells_what_it_has(as_: As, city: City) -> None:
    page = as_("admin").get(f"/admin/departments/{city.works.id}").text
    assert city.works.code in page


def test_a_raw_message_is_masked_until_somebody_looks(as_: As, session: Session) -> None:
    message = IntakeMessage(
        channel="web",
        payload={"description": "井盖", "contact_phone": "13800001234", "crs": "wgs84"},
    )
    session.add(message)
    session.flush()
    admin: TestClient = as_("admin")
    page = admin.get(f"/admin/intake/{message.id}").text
    assert "13800001234" not in page
    assert "wgs84" in page
    token = {"csrf_token": field(page, "csrf_token")}
    assert "13800001234" in admin.post(f"/admin/intake/{message.id}/reveal", data=token).text
    line = session.scalars(select(AuditEntry).where(AuditEntry.action == "message_revealed")).one()
    assert line.subject == f"message:{message.id}"


def test_masking_reaches_every_depth() -> None:
    given = {"reports": [{"phone": "1", "lon": 2}], "Name": "x", "empty": {"phone": ""}}
    assert masked(given) == {
        "reports": [{"phone": MASK, "lon": 2}],
        "Name": MASK,
        "empty": {"phone": ""},
    }
