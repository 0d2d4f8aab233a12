"""进度: a follower hears of their own cases, in plain words, and of nobody else's."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.commands import act
from dispatch.cases.model import Case
from dispatch.cases.states import Stage, Verb
from dispatch.intake.channels.wechat import words
from dispatch.intake.commands import triage
from tests.factories.city import NOW, City
from tests.factories.wechat import Follower, number_in, pin, wechat_server


@pytest.fixture
def follower(session: Session, city: City) -> Follower:
    return Follower(wechat_server(session, at=NOW))


def report(follower: Follower, text: str = "龙潭医院门前井盖不见了") -> str:
    return number_in(follower.says(text))


def test_without_cases_the_follower_hears_how_to_report(follower: Follower) -> None:
    assert follower.says("进度") == words.NO_CASES


def test_a_new_report_is_being_accepted(follower: Follower) -> None:
    number = report(follower)
    told = follower.says("进度")
    assert number in told
    assert words.STAGE_WORDS[Stage.REPORTED] in told
    assert "/track/" in told


def test_a_dispatched_case_names_the_unit_and_the_hour(
    session: Session, follower: Follower
) -> None:
    report(follower)
    case = session.scalars(select(Case)).one()
    triage(session, case.id, at=NOW)
    assert case.stage == Stage.DISPATCHED
    told = follower.says("进度")
    assert "已派给市政维护处,预计今天 12:00 前处理" in told
    follower.server.at = NOW + timedelta(hours=3)
    assert "有所延后" in follower.says("查进度")


def test_only_the_latest_three_are_told(follower: Follower) -> None:
    for place in ("龙潭医院", "鱼峰公园"):
        for thing in ("井盖不见了", "垃圾没人收"):
            report(follower, f"{place}门前{thing}")
            follower.server.at += timedelta(minutes=20)
    assert follower.says("进度").count("案件 ") == 3


@pytest.mark.parametrize(
    "form", ["{number}", "进度 {number}", "查询\uff1a{number}", "{id}", "进度{id}"]
)
def test_one_case_by_its_number(session: Session, follower: Follower, form: str) -> None:
    number = report(follower)
    case = session.scalars(select(Case)).one()
    told = follower.says(form.format(number=number, id=case.public_id))
    assert number in told
    assert words.STAGE_WORDS[Stage.REPORTED] in told


def test_another_follower_hears_nothing_of_it(follower: Follower) -> None:
    number = report(follower)
    other = Follower(follower.server, openid="o-other")
    assert other.says(number) == words.NOT_YOURS
    assert other.says("进度") == words.NO_CASES


def test_a_linked_report_tells_of_the_case_it_belongs_to(
    session: Session, follower: Follower
) -> None:
    follower.says("井盖不见了")
    main = number_in(follower.stands_at(*pin()))
    other = Follower(follower.server, openid="o-other")
    other.says("这里的井盖不见了")
    other.stands_at(*pin())
    told = other.says("进度")
    assert words.STAGE_WORDS[Stage.DUPLICATE] in told
    assert f"合并到案件 {main}" in told


def test_a_rejected_case_is_said_to_be_so(session: Session, follower: Follower, city: City) -> None:
    report(follower)
    case = session.scalars(select(Case)).one()
    act(session, case.id, Verb.REJECT, by=city["agent"], at=NOW, body={"reason": "私人物业"})
    assert "未予受理" in follower.says("进度")


def test_there_are_words_for_every_stage() -> None:
    assert set(words.STAGE_WORDS) == set(Stage)
