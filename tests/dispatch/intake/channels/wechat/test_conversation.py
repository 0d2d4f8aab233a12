"""A follower's messages become one report, in whatever order they come, and are never lost."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session

from dispatch.cases.model import Case, CaseHistory, CasePlace, CaseReporter
from dispatch.intake.channels.wechat import words
from dispatch.intake.channels.wechat.finishing import finish_idle_conversations
from dispatch.intake.model import IntakeMessage, WechatConversation, WechatMedia
from dispatch.jurisdiction.model import Place
from dispatch.kit import reference
from dispatch.kit.outbox import OutboxRow
from tests.factories.city import NOW, City, spot
from tests.factories.wechat import Follower, Wechat, number_in, pin, wechat_server

HERE = pin()


@pytest.fixture
def server(session: Session, city: City) -> Wechat:
    return wechat_server(session, at=NOW)


@pytest.fixture
def follower(server: Wechat) -> Follower:
    return Follower(server)


def cases(session: Session) -> list[Case]:
    return list(session.scalars(select(Case).order_by(Case.id)))


def only_case(session: Session) -> Case:
    (case,) = cases(session)
    return case


def notes(session: Session, case: Case) -> list[str]:
    rows = select(CaseHistory.note).where(
        CaseHistory.case_id == case.id, CaseHistory.verb == "note"
    )
    return [note or "" for note in session.scalars(rows.order_by(CaseHistory.version))]


def test_text_then_photo_then_location_is_one_report(
    session: Session, follower: Follower, city: City
) -> None:
    assert "地点" in follower.says("井盖不见了")
    assert "照片共 1 张" in follower.shows("m1")
    reply = follower.stands_at(*HERE, label="柳南区航一路")
    case = only_case(session)
    assert number_in(reply) == case.number
    assert f"/track/{case.public_id}?token=" in reply
    assert (case.channel, case.stage, case.category_id) == ("wechat", "reported", city.manhole.id)
    assert case.grid_code == "450204001001013"
    reporter = session.scalars(select(CaseReporter)).one()
    assert reporter.openid == follower.openid
    place = session.scalars(select(CasePlace)).one()
    assert (place.text, place.crs) == ("柳南区航一路", "gcj02")
    assert "case.reported" in session.scalars(select(OutboxRow.name)).all()


def test_the_location_of_wechat_is_latitude_first_in_gcj02(
    session: Session, follower: Follower
) -> None:
    follower.says("井盖不见了")
    follower.stands_at(*HERE)
    where = session.execute(select(func.ST_X(Case.geom), func.ST_Y(Case.geom))).one()
    assert tuple(where) == pytest.approx(spot(2, 2), abs=1e-7)


def test_a_text_that_says_what_and_where_is_a_report_at_once(
    session: Session, follower: Follower
) -> None:
    assert number_in(follower.says("龙潭医院门前井盖不见了")) == only_case(session).number


def test_a_place_that_may_be_several_is_asked_for_more_exactly(
    session: Session, follower: Follower
) -> None:
    session.add(
        Place(
            kind="place",
            name="龙潭医院",
            data={"kind": "hospital", "district": "", "road": ""},
            geom=f"SRID=4490;POINT({spot(4, 4)[0]} {spot(4, 4)[1]})",
        )
    )
    session.flush()
    reference.forget_all()
    assert "更具体的地点" in follower.says("龙潭医院门前井盖不见了")
    assert number_in(follower.stands_at(*HERE)) == only_case(session).number


def test_words_in_two_texts_are_put_together(session: Session, follower: Follower) -> None:
    assert "什么问题" in follower.says("龙潭医院门前")
    follower.says("井盖不见了")
    assert only_case(session).description == "龙潭医院门前\n井盖不见了"


def test_what_was_said_to_the_microphone_counts(session: Session, follower: Follower) -> None:
    follower.speaks("龙潭医院门前井盖不见了。")
    assert only_case(session).description == "龙潭医院门前井盖不见了。"


def test_a_voice_that_was_not_understood_is_asked_for_again(
    session: Session, follower: Follower
) -> None:
    assert follower.speaks("") == words.VOICE_UNCLEAR
    assert cases(session) == []
    assert session.scalars(select(IntakeMessage.status)).all() == ["ignored"]


def test_a_link_is_a_text(session: Session, follower: Follower) -> None:
    follower.sends(
        "link", Title="井盖不见了", Description="龙潭医院门前", Url="https://x.example/1"
    )
    assert "https://x.example/1" in only_case(session).description


def test_a_problem_that_the_catalogue_does_not_know_is_a_problem_too(
    session: Session, follower: Follower
) -> None:
    follower.stands_at(*HERE)
    follower.says("有一匹马在路上跑来跑去")
    assert only_case(session).review_reason == "no_category"


MESSAGES = {
    "what": lambda follower: follower.says("井盖不见了"),
    "more": lambda follower: follower.says("很危险,请快来"),
    "where": lambda follower: follower.says("就在龙潭医院门前"),
    "point": lambda follower: follower.stands_at(*HERE, label="航一路"),
    "photo": lambda follower: follower.shows("m1"),
    "photo2": lambda follower: follower.shows("m2"),
    "voice": lambda follower: follower.speaks("已经好几天了"),
}


@settings(
    max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    order=st.permutations(sorted(MESSAGES)),
    repeated=st.sets(st.sampled_from(sorted(MESSAGES))),
)
def test_in_any_order_and_with_retries_there_is_one_report(
    session: Session,
    connection: Connection,
    city: City,
    order: list[str],
    repeated: set[str],
) -> None:
    session.commit()  # requests commit too: what they do is taken back on the connection
    with connection.begin_nested() as kept:
        follower = Follower(wechat_server(session, at=NOW))
        for name in order:
            first = MESSAGES[name](follower)
            if name in repeated:
                assert follower.again() == first
        finish_idle_conversations(session, at=follower.server.at + timedelta(hours=1))
        case = only_case(session)
        said = "\n".join([case.description, *notes(session, case)])
        for part in ("井盖不见了", "很危险,请快来", "龙潭医院门前", "已经好几天了"):
            assert said.count(part) == 1
        media = session.scalars(select(WechatMedia.media_id)).all()
        assert sorted(media) == ["m1", "m2"]
        waiting = session.scalars(select(OutboxRow).where(OutboxRow.name == "wechat.media")).all()
        assert len(waiting) == 2
        assert session.scalar(select(func.count()).select_from(WechatConversation)) == 1
        session.rollback()
        kept.rollback()
    session.expire_all()


def test_a_retry_is_answered_alike_and_doubles_nothing(
    session: Session, follower: Follower
) -> None:
    first = follower.says("龙潭医院门前井盖不见了")
    assert [follower.again(), follower.again()] == [first, first]
    assert only_case(session).reporters_count == 1
    keys = session.scalars(select(IntakeMessage.dedupe_key).order_by(IntakeMessage.id)).all()
    assert len(keys) == 2  # the message, and the report made of it


def test_a_repeated_event_is_heard_once(session: Session, follower: Follower) -> None:
    first = follower.does("subscribe")
    assert follower.again() == first == words.GREETING
    assert session.scalar(select(func.count()).select_from(IntakeMessage)) == 1


def test_what_comes_right_after_the_report_is_added_to_its_case(
    session: Session, follower: Follower
) -> None:
    number = number_in(follower.says("龙潭医院门前井盖不见了"))
    assert number in follower.shows("late")
    assert number in follower.says("旁边还有碎玻璃")
    assert number in follower.stands_at(*HERE, label="航一路 3 号")
    case = only_case(session)
    assert notes(session, case) == ["市民补充:旁边还有碎玻璃", "市民补充了位置:航一路 3 号"]
    labels = session.scalars(select(CasePlace.text).order_by(CasePlace.id)).all()
    assert labels[-1] == "航一路 3 号"
    conversation = session.scalars(select(WechatConversation)).one()
    assert conversation.case_id == case.id
    assert session.scalars(select(WechatMedia.conversation_id)).all() == [conversation.id]


def test_a_whole_report_about_another_place_is_another_report(
    session: Session, follower: Follower
) -> None:
    follower.says("龙潭医院门前井盖不见了")
    follower.says("鱼峰公园门口垃圾没人收")
    assert len(cases(session)) == 2


def test_after_asking_for_a_new_report_words_are_not_added_to_the_old_one(
    session: Session, follower: Follower
) -> None:
    follower.says("龙潭医院门前井盖不见了")
    assert follower.says("新上报") == words.STARTED
    follower.says("垃圾没人收")
    follower.stands_at(*HERE)
    assert [case.description for case in cases(session)] == ["龙潭医院门前井盖不见了", "垃圾没人收"]


def test_ten_minutes_after_the_report_a_new_one_begins(
    session: Session, follower: Follower
) -> None:
    follower.says("龙潭医院门前井盖不见了")
    follower.server.at += timedelta(minutes=11)
    assert "地点" in follower.says("垃圾没人收")
    assert len(cases(session)) == 1


def test_the_same_thing_from_another_follower_is_linked(
    session: Session, follower: Follower
) -> None:
    follower.says("井盖不见了")
    first = number_in(follower.stands_at(*HERE))
    other = Follower(follower.server, openid="o-other")
    other.says("这里的井盖不见了")
    reply = other.stands_at(*HERE)
    assert first in reply
    assert "合并" in reply
    assert [case.stage for case in cases(session)] == ["reported", "duplicate"]


def test_an_unfinished_report_goes_to_an_agent_after_the_quiet_time(
    session: Session, follower: Follower
) -> None:
    follower.says("井盖不见了")
    follower.shows("m1")
    assert finish_idle_conversations(session, at=follower.server.at + timedelta(minutes=14)) == 0
    assert finish_idle_conversations(session, at=follower.server.at + timedelta(minutes=15)) == 1
    case = only_case(session)
    assert (case.stage, case.review_reason) == ("reported", "no_place")
    assert finish_idle_conversations(session, at=follower.server.at + timedelta(hours=1)) == 0


def test_even_a_photo_alone_is_not_lost(session: Session, follower: Follower) -> None:
    assert "什么问题" in follower.shows("m1")
    finish_idle_conversations(session, at=follower.server.at + timedelta(hours=1))
    assert only_case(session).description == words.NO_TEXT


def test_a_message_after_the_quiet_time_begins_anew_even_if_the_clock_is_late(
    session: Session, follower: Follower
) -> None:
    follower.says("井盖不见了")
    follower.server.at += timedelta(hours=2)
    follower.says("垃圾没人收")
    follower.stands_at(*HERE)
    assert [case.description for case in cases(session)] == ["井盖不见了", "垃圾没人收"]


def test_finish_reports_what_there_is(session: Session, follower: Follower) -> None:
    follower.says("井盖不见了")
    reply = follower.says("完成")
    assert "坐席" in reply
    assert only_case(session).review_reason == "no_place"
    assert follower.says("完成") == words.NOTHING_OPEN


def test_finish_without_anything_reports_nothing(session: Session, follower: Follower) -> None:
    assert follower.says("提交") == words.NOTHING_OPEN
    follower.says("新上报")
    assert follower.says("提交") == words.STARTED
    finish_idle_conversations(session, at=follower.server.at + timedelta(hours=1))
    assert cases(session) == []


def test_cancel_drops_the_report_and_keeps_the_messages(
    session: Session, follower: Follower
) -> None:
    follower.says("井盖不见了")
    assert follower.says("取消") == words.CANCELLED
    assert follower.says("取消") == words.NOTHING_OPEN
    finish_idle_conversations(session, at=follower.server.at + timedelta(hours=1))
    assert cases(session) == []
    kept = session.scalars(select(IntakeMessage).order_by(IntakeMessage.id)).first()
    assert kept is not None
    assert "井盖不见了" in (kept.raw or b"").decode()


def test_a_case_cannot_be_cancelled(session: Session, follower: Follower) -> None:
    number = number_in(follower.says("龙潭医院门前井盖不见了"))
    assert number in follower.says("取消")
    assert only_case(session).stage == "reported"


@pytest.mark.parametrize("word", ["帮助", "?", "\uff1f", " 帮助。", "\uff28ELP\uff01"])
def test_help(follower: Follower, word: str) -> None:
    assert follower.says(word) == words.HELP


@pytest.mark.parametrize("word", ["你好", "谢谢!", "OK", "…"])
def test_small_talk_is_no_report(session: Session, follower: Follower, word: str) -> None:
    assert follower.says(word) == words.HELP
    assert session.scalars(select(WechatConversation)).all() == []


def test_small_talk_in_a_report_is_answered_with_what_is_missing(follower: Follower) -> None:
    follower.says("井盖不见了")
    assert "地点" in follower.says("好的")


@pytest.mark.parametrize(
    ("event", "key", "reply"),
    [
        ("subscribe", "", words.GREETING),
        ("CLICK", "HELP", words.HELP),
        ("CLICK", "PROGRESS", words.NO_CASES),
        ("CLICK", "REPORT", words.STARTED),
        ("CLICK", "something", words.HELP),
        ("VIEW", "https://x.example", ""),
        ("LOCATION", "", ""),
        ("SCAN", "1", ""),
        ("unsubscribe", "", ""),
    ],
)
def test_events(follower: Follower, event: str, key: str, reply: str) -> None:
    assert follower.does(event, key) == reply


def test_videos_and_unknown_kinds_are_answered(session: Session, follower: Follower) -> None:
    assert follower.sends("video", MediaId="v") == words.NO_VIDEO
    assert follower.sends("card") == words.UNKNOWN_KIND
    assert follower.sends("location", Location_X="north") == words.UNKNOWN_KIND
    assert set(session.scalars(select(IntakeMessage.status))) == {"ignored"}


def test_more_photos_than_a_case_takes_are_refused(session: Session, follower: Follower) -> None:
    replies = [follower.shows(f"m{number}") for number in range(8)]
    assert "照片共 6 张" in replies[5]
    assert "最多" in replies[6]
    assert session.scalar(select(func.count()).select_from(WechatMedia)) == 6


def test_an_abroad_location_does_not_lose_the_report(session: Session, follower: Follower) -> None:
    follower.says("井盖不见了")
    follower.stands_at(2.35, 48.85)
    assert only_case(session).review_reason == "outside_jurisdiction"


def test_coordinates_that_are_no_place_do_not_lose_the_report(
    session: Session, follower: Follower
) -> None:
    follower.says("井盖不见了")
    follower.stands_at(999.0, 999.0)
    assert only_case(session).review_reason == "bad_coordinates"


def test_a_fault_of_the_program_keeps_the_message_for_later(
    session: Session, follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object, **_more: object) -> None:
        raise RuntimeError("planted")

    monkeypatch.setattr("dispatch.intake.channels.wechat.gathering.draft_of", broken)
    assert follower.says("龙潭医院门前井盖不见了") == words.KEPT_FOR_LATER
    kept = session.scalars(select(IntakeMessage)).one()
    assert (kept.status, kept.error_code) == ("failed", "internal_error")
    assert cases(session) == []
