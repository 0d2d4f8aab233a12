"""A kept message is played again once what stood in its way is mended."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.model import Case
from dispatch.intake.channels.replay import replay
from dispatch.intake.model import CameraType, IntakeMessage
from dispatch.kit import config
from dispatch.kit.errors import Conflict, InvalidInput, NotFound
from tests.factories.cameras import add_cameras, alarm, camera_platform
from tests.factories.city import NOW, City
from tests.factories.wechat import APP_ID, KEY, TOKEN, Follower, wechat_server


def entry(session: Session) -> IntakeMessage:
    found = session.scalars(select(IntakeMessage).order_by(IntakeMessage.id)).first()
    assert found is not None
    return found


def test_an_alarm_of_an_unknown_type_is_played_after_the_type_is_known(
    session: Session, city: City
) -> None:
    add_cameras(session, city)
    camera_platform(session, at=NOW).send(alarm(NOW, type="404"))
    with pytest.raises(InvalidInput):
        replay(session, entry(session).id, at=NOW)
    assert entry(session).status == "failed"
    session.add(
        CameraType(source="generic", type_code="404", label="暴露垃圾", category_id=city.litter.id)
    )
    session.flush()
    (played,) = replay(session, entry(session).id, at=NOW)
    case = session.scalars(select(Case)).one()
    assert (played.status, played.case_id) == ("done", case.id)
    assert played.replay_of_id == entry(session).id
    assert (entry(session).status, entry(session).case_id) == ("done", case.id)
    with pytest.raises(Conflict):
        replay(session, entry(session).id, at=NOW)


def test_an_ignored_alarm_can_be_played_too(session: Session, city: City) -> None:
    add_cameras(session, city)
    camera_platform(session, at=NOW).raises(type="9")
    kind = session.scalars(
        select(CameraType).where(CameraType.source == "generic", CameraType.type_code == "9")
    ).one()
    kind.category_id = city.litter.id
    session.flush()
    (played,) = replay(session, entry(session).id, at=NOW)
    assert played.case_id is not None


def test_a_message_that_failed_by_a_fault_is_heard_again(
    session: Session, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object, **_more: object) -> None:
        raise RuntimeError("planted")

    follower = Follower(wechat_server(session, at=NOW))
    with monkeypatch.context() as patched:
        patched.setattr("dispatch.intake.channels.wechat.gathering.draft_of", broken)
        follower.says("龙潭医院门前井盖不见了")
    (played,) = replay(session, entry(session).id, at=follower.server.at)
    case = session.scalars(select(Case)).one()
    assert (played.case_id, case.description) == (case.id, "龙潭医院门前井盖不见了")


def test_a_message_that_no_key_opened_is_opened_with_the_right_one(
    session: Session, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = wechat_server(
        session, at=NOW, wechat_encoding_aes_key="A" * 43, wechat_previous_aes_key=""
    )
    follower = Follower(wrong)
    assert (
        wrong.post_safe(follower.xml("text", Content="龙潭医院门前井盖不见了")).status_code == 422
    )
    for name, value in (("TOKEN", TOKEN), ("APP_ID", APP_ID), ("ENCODING_AES_KEY", KEY)):
        monkeypatch.setenv(f"DISPATCH_WECHAT_{name}", value)
    config.settings.cache_clear()
    try:
        replay(session, entry(session).id, at=NOW)
    finally:
        monkeypatch.undo()
        config.settings.cache_clear()
    assert session.scalars(select(Case.description)).all() == ["龙潭医院门前井盖不见了"]


def test_a_message_that_holds_no_form_is_not_played(session: Session, city: City) -> None:
    session.add(IntakeMessage(channel="web", status="failed", raw=b"x"))
    session.flush()
    with pytest.raises(Conflict):
        replay(session, entry(session).id, at=NOW)
    with pytest.raises(NotFound):
        replay(session, 0, at=NOW)
