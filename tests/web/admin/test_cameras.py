"""Cameras: a trial says what would become of an alarm, and nothing of it stays."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.cases.model import Case
from dispatch.intake.model import Camera, IntakeMessage
from dispatch.kit.audit import AuditEntry
from dispatch.kit.outbox import OutboxRow
from tests.factories.cameras import add_cameras
from tests.factories.city import City
from tests.web.conftest import As, field


def _count(session: Session) -> tuple[int, ...]:
    return tuple(
        session.scalar(select(func.count()).select_from(model)) or 0
        for model in (Case, IntakeMessage, OutboxRow)
    )


def _camera(session: Session, code: str) -> Camera:
    found = (Camera.source == "generic", Camera.code == code)
    return session.scalars(select(Camera).where(*found)).one()


def test_a_trial_alarm_tells_its_way_and_leaves_nothing(
    as_: As, session: Session, city: City
) -> None:
    add_cameras(session, city)
    camera = _camera(session, "CAM-1")
    before = _count(session)
    admin = as_("admin")
    page = admin.get(f"/admin/cameras/{camera.id}").text
    form = {"csrf_token": field(page, "csrf_token"), "type": "1005"}

    tried = admin.post(f"/admin/cameras/{camera.id}/try", data=form)

    assert tried.status_code == 200
    assert city.litter.name in tried.text
    assert _count(session) == before
    line = session.scalars(select(AuditEntry).where(AuditEntry.action == "camera_tried")).one()
    assert line.actor == city.users["admin"].username


def test_a_camera_is_moved_and_a_wrong_place_is_refused_beside_its_field(
    as_: As, session: Session, city: City
) -> None:
    add_cameras(session, city)
    camera = _camera(session, "CAM-1")
    admin = as_("admin")
    path = f"/admin/cameras/{camera.id}"
    page = admin.get(path).text
    form = {name: field(page, name) for name in ("csrf_token", "seen")}
    form |= {"name": "路口东", "address": "", "longitude": "109.4031", "latitude": "24.3021"}
    wrong = admin.post(path, data=form | {"latitude": "北"})
    assert wrong.status_code == 422
    assert 'id="latitude-problem"' in wrong.text
    assert admin.post(path, data=form).status_code == 303
    session.refresh(camera)
    assert (camera.name, camera.enabled) == ("路口东", False)
    assert "109.403100" in admin.get(path).text
