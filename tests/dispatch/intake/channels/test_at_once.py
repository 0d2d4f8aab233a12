"""Messages that come at the same moment on several threads, each in a transaction of its own."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.cases.model import Case, CaseHistory
from dispatch.intake.channels.camera.api import router as camera_router
from dispatch.intake.channels.wechat.api import router as wechat_router
from dispatch.intake.model import CameraScene, IntakeMessage, WechatConversation, WechatMedia
from dispatch.kit import clock, config, db, http
from tests.dispatch.intake.channels.conftest import add_places
from tests.factories.cameras import KEYS, Platform, add_cameras, alarm
from tests.factories.city import NOW, add_city
from tests.factories.servers import own_database, using_database
from tests.factories.wechat import Follower, Wechat, settings_with, words_of

T = TypeVar("T")
MANY = 8


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    """A client whose requests commit, to a database of this module's own."""
    with own_database("at_once") as url, using_database(url):
        with db.open_session() as session:
            city = add_city(session)
            add_places(session)
            add_cameras(session, city)
        app = FastAPI()
        app.include_router(camera_router)
        app.include_router(wechat_router)
        http.install_error_handlers(app)
        given = settings_with(camera_keys=KEYS)
        app.dependency_overrides[clock.now] = lambda: NOW
        app.dependency_overrides[config.settings] = lambda: given
        yield TestClient(app)


@pytest.fixture
def session(client: TestClient) -> Iterator[Session]:
    with Session(db.engine()) as opened:
        yield opened


def at_once(deeds: list[Callable[[], T]]) -> list[T]:
    with ThreadPoolExecutor(len(deeds)) as threads:
        return [each.result() for each in [threads.submit(deed) for deed in deeds]]


def test_a_scene_that_alarms_many_times_at_once_is_one_case(
    client: TestClient, session: Session
) -> None:
    platform = Platform(client, NOW, config.settings())
    sent = [alarm(NOW) for _ in range(MANY)]
    answers = [answer.json() for answer in at_once([partial(platform.send, body) for body in sent])]
    assert sorted(answer["status"] for answer in answers) == ["created"] + ["repeated"] * (MANY - 1)
    assert len({answer["id"] for answer in answers}) == 1
    scene = session.scalars(select(CameraScene)).one()
    assert scene.alarms == MANY
    versions = session.scalars(
        select(CaseHistory.version).where(CaseHistory.case_id == scene.case_id)
    ).all()
    assert len(versions) == len(set(versions))


def test_the_same_event_many_times_at_once_is_taken_once(
    client: TestClient, session: Session
) -> None:
    platform = Platform(client, NOW, config.settings())
    sent = alarm(NOW, type="1012")
    answers = at_once([partial(platform.send, sent)] * MANY)
    assert sorted(answer.status_code for answer in answers) == [200] * (MANY - 1) + [201]
    assert [answer.json()["duplicate"] for answer in answers].count(False) == 1
    logged = select(func.count()).where(IntakeMessage.dedupe_key == sent["event_id"])
    assert session.scalar(logged) == 1


def test_what_is_refused_is_kept_for_good(client: TestClient, session: Session) -> None:
    sent = alarm(NOW, camera_id="CAM-404")
    assert Platform(client, NOW, config.settings()).send(sent).status_code == 422
    kept = session.scalars(
        select(IntakeMessage).where(IntakeMessage.dedupe_key == sent["event_id"])
    ).one()
    assert (kept.status, kept.error_code) == ("failed", "unknown_camera")


def test_a_follower_s_messages_at_once_are_one_report(client: TestClient, session: Session) -> None:
    server = Wechat(client, NOW, config.settings())
    follower = Follower(server, openid="o-hasty")
    messages = [
        follower.xml("text", Content="龙潭医院门前井盖不见了"),
        follower.xml("text", Content="很危险"),
        *(follower.xml("image", MediaId=f"hasty-{number}") for number in range(3)),
    ]
    answers = at_once([partial(server.post, xml) for xml in messages * 2])
    assert all(words_of(answer) for answer in answers)
    conversation = session.scalars(
        select(WechatConversation).where(WechatConversation.openid == "o-hasty")
    ).one()
    assert conversation.case_id is not None
    case = session.get_one(Case, conversation.case_id)
    assert case.channel == "wechat"
    media = select(func.count()).where(WechatMedia.conversation_id == conversation.id)
    assert session.scalar(media) == 3
