"""Photos of followers are fetched before they expire, however often WeChat fails, and reach the case."""

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.model import Case, CaseHistory, Photo
from dispatch.intake.channels.wechat.client import Download, Gone
from dispatch.intake.channels.wechat.media import Fetched, fetch_media, retry_waiting_media
from dispatch.intake.model import WechatMedia
from dispatch.kit.errors import DomainError, Unavailable
from dispatch.kit.files import media as media_store
from dispatch.kit.outbox import OutboxRow
from tests.factories.city import NOW, City
from tests.factories.wechat import Follower, wechat_server

WHOLE = "龙潭医院门前井盖不见了"


def jpeg() -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (640, 480), "teal").save(stream, "JPEG")
    return stream.getvalue()


GONE = Gone("media_gone", "没有", "gone")
DOWN = Unavailable("wechat_unavailable", "稍后", "later")


class FakeWechat:
    """WeChat's servers: each question is answered with the next of the given answers."""

    def __init__(self, *answers: bytes | DomainError) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def _next(self, asked: str) -> Download:
        self.asked.append(asked)
        answer = self.answers.pop(0)
        if isinstance(answer, DomainError):
            raise answer
        return Download(answer, "image/jpeg")

    def download_media(self, media_id: str) -> Download:
        return self._next(media_id)

    def download_picture(self, url: str) -> Download:
        return self._next(url)


@pytest.fixture
def follower(session: Session, city: City) -> Follower:
    return Follower(wechat_server(session, at=NOW))


@pytest.fixture
def waiting(session: Session) -> Callable[[], WechatMedia]:
    return lambda: session.scalars(select(WechatMedia)).one()


def case_of(session: Session) -> Case:
    return session.scalars(select(Case)).one()


def photos(session: Session) -> list[Photo]:
    return list(session.scalars(select(Photo).execution_options(populate_existing=True)))


def events(session: Session) -> int:
    return len(session.scalars(select(OutboxRow).where(OutboxRow.name == "wechat.media")).all())


def test_a_photo_fetched_before_the_report_goes_along_with_it(
    session: Session, follower: Follower, waiting: Callable[[], WechatMedia]
) -> None:
    follower.shows("m1")
    assert fetch_media(session, waiting().id, client=FakeWechat(jpeg()), at=NOW) == Fetched.DONE
    assert [photo.case_id for photo in photos(session)] == [None]
    follower.says(WHOLE)
    (photo,) = photos(session)
    assert (photo.case_id, photo.kind) == (case_of(session).id, "before")
    assert media_store().get(photo.key).startswith(b"\xff\xd8")


def test_a_photo_fetched_after_the_report_is_added_to_its_case(
    session: Session, follower: Follower, waiting: Callable[[], WechatMedia]
) -> None:
    follower.shows("m1")
    follower.says(WHOLE)
    fetch_media(session, waiting().id, client=FakeWechat(jpeg()), at=NOW)
    assert [photo.case_id for photo in photos(session)] == [case_of(session).id]
    last = session.scalars(select(CaseHistory).order_by(CaseHistory.id.desc())).first()
    assert last is not None
    assert (last.verb, last.note) == ("note", "市民发来照片")


def test_a_second_run_does_nothing(
    session: Session, follower: Follower, waiting: Callable[[], WechatMedia]
) -> None:
    follower.shows("m1")
    server = FakeWechat(jpeg())
    fetch_media(session, waiting().id, client=server, at=NOW)
    assert fetch_media(session, waiting().id, client=server, at=NOW) == Fetched.ALREADY
    assert fetch_media(session, 0, client=server, at=NOW) == Fetched.ALREADY
    assert (len(server.asked), len(photos(session))) == (1, 1)


def test_a_photo_of_a_cancelled_report_is_not_fetched(
    session: Session, follower: Follower, waiting: Callable[[], WechatMedia]
) -> None:
    follower.shows("m1")
    follower.says("取消")
    server = FakeWechat()
    assert fetch_media(session, waiting().id, client=server, at=NOW) == Fetched.NOT_WANTED
    assert server.asked == []


def test_where_media_may_not_be_asked_for_the_picture_address_serves(
    session: Session, follower: Follower, waiting: Callable[[], WechatMedia]
) -> None:
    follower.shows("m1")
    server = FakeWechat(GONE, jpeg())
    assert fetch_media(session, waiting().id, client=server, at=NOW) == Fetched.DONE
    assert server.asked == ["m1", "http://mmbiz.qpic.cn/m1"]


def test_where_only_the_address_is_no_good_the_media_are_asked_for_again(
    session: Session, follower: Follower, waiting: Callable[[], WechatMedia]
) -> None:
    follower.shows("m1")
    server = FakeWechat(DOWN, GONE)
    assert fetch_media(session, waiting().id, client=server, at=NOW) == Fetched.LATER


def test_after_a_failure_it_is_tried_again_with_growing_pauses(
    session: Session, follower: Follower, waiting: Callable[[], WechatMedia]
) -> None:
    follower.shows("m1")
    at = NOW
    pauses = []
    for _ in range(6):
        result = fetch_media(session, waiting().id, client=FakeWechat(DOWN, DOWN), at=at)
        assert result == Fetched.LATER
        following = waiting().next_attempt_at
        assert following is not None
        pauses.append((following - at).total_seconds() / 60)
        before = events(session)
        assert retry_waiting_media(session, at=following - timedelta(seconds=1)) == 0
        assert retry_waiting_media(session, at=following) == 1
        assert retry_waiting_media(session, at=following) == 0
        assert events(session) == before + 1
        session.expire_all()
        at = following
    assert pauses == [1, 3, 10, 30, 60, 60]
    assert (waiting().attempts, waiting().last_error) == (6, "稍后 / later")
    assert fetch_media(session, waiting().id, client=FakeWechat(jpeg()), at=at) == Fetched.DONE
    assert waiting().last_error is None


def test_three_days_on_it_is_given_up_and_the_case_says_so(
    session: Session, follower: Follower, waiting: Callable[[], WechatMedia]
) -> None:
    follower.shows("m1")
    follower.says(WHOLE)
    late = NOW + timedelta(days=3)
    assert fetch_media(session, waiting().id, client=FakeWechat(DOWN, DOWN), at=late) == (
        Fetched.GIVEN_UP
    )
    assert waiting().next_attempt_at is None
    last = session.scalars(select(CaseHistory).order_by(CaseHistory.id.desc())).first()
    assert last is not None
    assert "未能取回" in (last.note or "")


@pytest.mark.parametrize("answer", [b"<html>not a picture</html>", jpeg()[:200], b""])
def test_what_is_no_picture_is_given_up(
    session: Session,
    follower: Follower,
    waiting: Callable[[], WechatMedia],
    answer: bytes,
) -> None:
    follower.shows("m1")
    assert fetch_media(session, waiting().id, client=FakeWechat(answer), at=NOW) == (
        Fetched.GIVEN_UP
    )
    assert photos(session) == []


def test_a_message_with_an_address_only_is_fetched_from_there(
    session: Session, follower: Follower, waiting: Callable[[], WechatMedia]
) -> None:
    follower.sends("image", PicUrl="http://mmbiz.qpic.cn/only")
    server = FakeWechat(jpeg())
    assert fetch_media(session, waiting().id, client=server, at=NOW) == Fetched.DONE
    assert server.asked == ["http://mmbiz.qpic.cn/only"]
