"""A conversation in an agent's hand: answered once, finished, linked, split into two cases, put away."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.model import Case, CaseHistory
from dispatch.cases.states import Stage
from dispatch.hotline.commands import talks
from dispatch.hotline.model import WechatReply
from dispatch.hotline.queries.talks import lines_of, open_talks
from dispatch.intake.model import WechatConversation
from dispatch.kit.errors import Conflict, InvalidInput
from dispatch.notices.model import Notice
from tests.factories.cases import report
from tests.factories.city import NOW, City
from tests.factories.wechat import Follower, pin, wechat_server


@pytest.fixture
def follower(session: Session, city: City) -> Follower:
    return Follower(wechat_server(session, at=NOW))


def talk(session: Session) -> WechatConversation:
    return session.scalars(select(WechatConversation).order_by(WechatConversation.id)).all()[0]


def test_an_answer_is_sent_once_and_stands_in_the_dialogue(
    session: Session, city: City, follower: Follower
) -> None:
    follower.says("我们门口有好多垃圾")
    one, at = talk(session), follower.server.at + timedelta(minutes=3)
    for _ in range(2):
        talks.answer(session, one.id, "请问在哪里?", key="k", by=city["agent"], at=at)
    assert len(session.scalars(select(WechatReply)).all()) == 1
    notice = session.scalars(select(Notice)).one()
    assert (notice.body, notice.address) == ("请问在哪里?", "o-citizen")
    assert [line.who for line in lines_of(session, one)] == ["citizen", "platform", "agent"]
    assert one.last_at == at


def test_what_is_incomplete_can_be_reported_by_the_agent(
    session: Session, city: City, follower: Follower
) -> None:
    follower.says("我们门口有好多垃圾")
    receipt = talks.finish_talk(session, talk(session).id, by=city["agent"], at=follower.server.at)
    case = session.get_one(Case, receipt.case_id)
    assert (case.channel, case.category_id, case.review_reason) == (
        "wechat",
        city.litter.id,
        "no_place",
    )
    assert open_talks(session) == []
    with pytest.raises(Conflict):
        talks.finish_talk(session, talk(session).id, by=city["agent"], at=follower.server.at)


def test_an_unfinished_one_is_linked_to_a_case_that_is_there(
    session: Session, city: City, follower: Follower
) -> None:
    there = session.get_one(Case, report(session).case_id)
    follower.says("井盖没了好几天了")
    talks.link_talk(
        session, talk(session).id, there.public_id, by=city["agent"], at=follower.server.at
    )
    made = session.get_one(Case, talk(session).case_id)
    assert (made.stage, made.duplicate_of_id) == (Stage.DUPLICATE, there.id)
    assert there.reporters_count == 2


def test_two_problems_in_one_conversation_become_two_cases(
    session: Session, city: City, follower: Follower
) -> None:
    follower.says("井盖不见了")
    follower.stands_at(*pin())
    first = session.get_one(Case, talk(session).case_id)
    follower.says("还有路边好多垃圾")
    one = talk(session)
    key = one.texts[-1]["key"]
    receipt = talks.split_talk(session, one.id, {key}, by=city["agent"], at=follower.server.at)
    second = session.get_one(Case, receipt.case_id)
    assert (second.category_id, second.duplicate_of_id) == (city.litter.id, None)
    assert "垃圾" in second.description
    session.refresh(one)
    assert [item["text"] for item in one.texts] == ["井盖不见了"]
    notes = session.scalars(select(CaseHistory.note).where(CaseHistory.case_id == first.id)).all()
    assert any(second.number in (note or "") for note in notes)


@pytest.mark.parametrize("everything", [True, False])
def test_a_split_needs_something_on_either_side(
    session: Session, city: City, follower: Follower, *, everything: bool
) -> None:
    follower.says("我们门口有好多垃圾")
    one = talk(session)
    keys = {item["key"] for item in one.texts} if everything else set[str]()
    with pytest.raises(InvalidInput):
        talks.split_talk(session, one.id, keys, by=city["agent"], at=follower.server.at)


def test_what_is_no_report_is_put_away(session: Session, city: City, follower: Follower) -> None:
    follower.says("我们门口有好多垃圾")
    talks.put_talk_away(session, talk(session).id, by=city["agent"], at=follower.server.at)
    assert open_talks(session) == []
    assert session.scalars(select(Case)).all() == []
