"""Bulletins from the case to the sentence, each figure held against plain SQL over the history."""

import io
from datetime import date, datetime, timedelta
from typing import Any

import docx
import pypdfium2
import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from dispatch.bulletins.commands import publish, write
from dispatch.bulletins.files.excel import excel_of
from dispatch.bulletins.files.pdf import pdf_of
from dispatch.bulletins.files.word import word_of
from dispatch.bulletins.model import Bulletin, BulletinKind, BulletinRule
from dispatch.bulletins.queries import figures, listing
from dispatch.bulletins.states import Days, before, latest_due, month_of, week_of, year_before
from dispatch.bulletins.writing.html import body
from dispatch.bulletins.writing.scrub import scrub
from dispatch.cases.commands import act
from dispatch.cases.model import CaseRating, Channel
from dispatch.cases.states import Stage, Verb
from dispatch.intake.model import IntakeMessage
from dispatch.kit.clock import CITY_ZONE
from dispatch.kit.errors import Conflict, InvalidInput
from tests.factories.cases import add_case
from tests.factories.city import NOW, City, add_city, spot

MONTH = month_of(date(2026, 11, 1))
#: The month is over, and the bulletin is due.
LATER = datetime(2026, 12, 5, 1, 0, tzinfo=NOW.tzinfo)


@pytest.fixture
def city(session: Session) -> City:
    return add_city(session)


@pytest.fixture
def rules(session: Session) -> None:
    for kind in BulletinKind:
        session.add(
            BulletinRule(
                kind=kind,
                enabled=True,
                day=1 if kind is BulletinKind.WECHAT else 5,
                hour=9,
                begins=2,
                title="关于{month}份运行情况的通报",
                issuer="柳州市城市管理信息中心",
                addressees="各城区政府：",
                most=3,
            )
        )
    session.flush()


@pytest.fixture
def cases(session: Session, city: City) -> None:
    """Six reports of November, of which one is rejected, one returned and one has no department."""
    ways = (
        (Channel.WECHAT, Stage.CLOSED),
        (Channel.WECHAT, Stage.DISPATCHED),
        (Channel.PHONE, Stage.CLOSED),
        (Channel.INSPECTOR, Stage.HANDLED),
        (Channel.WEB, Stage.REJECTED),
        (Channel.PHONE, Stage.ACCEPTED),
    )
    for number, (channel, stage) in enumerate(ways):
        east, north = spot(number % 5, number // 5)
        made = add_case(session, city, stage, channel=channel, longitude=east, latitude=north)
        if number == 1:
            act(
                session,
                made.id,
                Verb.RETURN,
                by=city["manager"],
                at=NOW + timedelta(minutes=5),
                body={"reason": "不属于我单位"},
            )
        if number == 0:
            session.add(
                CaseRating(
                    case_id=made.id, report_id=made.public_id, round=0, score=5, fixed=True, at=NOW
                )
            )
    for minutes in (1, 2, 3):
        session.add(IntakeMessage(channel="wechat", received_at=NOW + timedelta(minutes=minutes)))
        session.flush()


def written(session: Session, kind: BulletinKind, days: Days, city: City) -> Bulletin:
    made = write.ask(session, kind, days, by=city["supervisor"], at=LATER)
    assert write.write(session, made.id, at=LATER)
    return made


def words_of(found: Bulletin) -> str:
    return "\n".join(block.get("text", "") for block in found.content["blocks"])


def messages(session: Session, days: Days) -> int:
    """The messages that came by WeChat, by their times alone."""
    return int(
        session.scalar(
            text(
                "SELECT count(*) FROM intake_messages WHERE channel = 'wechat'"
                " AND received_at >= :since AND received_at < :until"
            ),
            {"since": days.since, "until": days.until},
        )
        or 0
    )


def plain(session: Session, verb: str) -> int:
    """The cases reported in the month to whose present round the deed was done, from the history alone."""
    return int(
        session.scalar(
            text(
                "SELECT count(DISTINCT h.case_id) FROM case_history h WHERE h.verb = :verb AND h.case_id IN"
                " (SELECT case_id FROM case_history WHERE verb = 'report' AND at >= :since AND at < :until)"
            ),
            {"verb": verb, "since": MONTH.since, "until": MONTH.until},
        )
        or 0
    )


@pytest.mark.usefixtures("rules", "cases")
def test_monthly_bulletin_tells_the_centres_figures_in_its_words_and_order(
    session: Session, city: City
) -> None:
    found = written(session, BulletinKind.MONTHLY, MONTH, city)
    counts = found.content["figures"]["total"]
    assert (counts["received"], counts["filed"], counts["closed"]) == (
        plain(session, "report"),
        plain(session, "file"),
        plain(session, "close"),
    )
    words = words_of(found)
    assert found.title == "关于2026年11月份运行情况的通报"
    assert "共受理各类城市管理问题6件，立案4件，结案2件" in words
    assert "市容巡查员上报1件，立案1件，结案0件" in words
    assert "受理市民来电2个，立案1件，结案1件" in words
    came = messages(session, MONTH)
    assert came >= 3
    assert f"应答市民咨询投诉类信息{came}条，受理城市管理问题2件，立案2件，结案1件" in words
    headings = [each["text"] for each in found.content["blocks"] if each["kind"] == "heading"]
    assert headings[:4] == [
        "一、案件来源及处置情况",
        "二、部、事件问题立案及处置情况",
        "三、部、事件高发问题情况",
        "四、“井线杆”安全隐患案件处置情况",
    ]
    assert "高发部件问题有效立案4件，占部件总立案数100.00%。其中，雨水井盖4件。" in words


@pytest.mark.usefixtures("rules", "cases")
def test_hazards_ratings_and_first_contact_agree_with_plain_sql(
    session: Session, city: City
) -> None:
    figures_ = written(session, BulletinKind.MONTHLY, MONTH, city).content["figures"]
    filed, handled = session.execute(
        text(
            "SELECT count(*), count(*) FILTER (WHERE stage IN ('handled', 'checked', 'closed'))"
            " FROM cases WHERE hazard AND \"group\" IN ('manhole', 'pole', 'lamp', 'line')"
            " AND id IN (SELECT case_id FROM case_history WHERE verb = 'file')"
        )
    ).one()
    rows = figures_["hazards"]["rows"]
    assert (
        (sum(r["filed"] for r in rows), sum(r["handled"] for r in rows))
        == (filed, handled)
        == (4, 3)
    )
    assert sum(each["manhole"] for each in rows) == 4
    assert [(each["rated"], each["fixed"]) for each in figures_["ratings"]] == [(1, 1)]
    first = {each["unit"]: (each["first"], each["kept"]) for each in figures_["first_contact"]}
    returned = session.scalar(
        text("SELECT count(*) FROM case_assignments WHERE end_verb = 'return'")
    )
    assert first == {"市政维护处": (4, 4 - (returned or 0))}


@pytest.mark.usefixtures("rules", "cases")
def test_what_is_published_stands_and_a_correction_names_what_differs(
    session: Session, city: City
) -> None:
    found = written(session, BulletinKind.MONTHLY, MONTH, city)
    publish.edit(session, found.id, remarks="7日检查四城区。", examples=[], by=city["supervisor"])
    publish.publish(session, found.id, by=city["supervisor"], at=LATER)
    assert "四、现场检查情况\n7日检查四城区。" in words_of(found)
    with pytest.raises(Conflict):
        publish.edit(session, found.id, remarks="", examples=[], by=city["supervisor"])
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(text("UPDATE bulletins SET title = 'x' WHERE id = :id"), {"id": found.id})

    open_case = session.scalar(text("SELECT id FROM cases WHERE stage = 'handled'"))
    act(session, open_case, Verb.CHECK, by=city["inspector"], at=LATER, body={"passed": True})
    act(
        session, open_case, Verb.CLOSE, by=city["shift_leader"], at=LATER, body={"outcome": "fixed"}
    )
    fix = write.correct(session, found.id, reason="补录结案", by=city["supervisor"], at=LATER)
    assert write.write(session, fix.id, at=LATER + timedelta(minutes=1))
    table = next(each for each in fix.content["blocks"] if each["kind"] == "table")
    assert fix.title.endswith("（更正）")
    assert ["案件来源及处置情况", "市容巡查员", "结案", 0, 1] in table["rows"]
    assert ["案件来源及处置情况", "合计", "结案", 2, 3] in table["rows"]
    assert "补录结案" in words_of(fix)
    assert session.get_one(Bulletin, found.id).content["figures"]["total"]["closed"] == 2


@pytest.mark.usefixtures("rules", "cases")
def test_weekly_digest_quotes_nobodys_number_and_waits_for_an_editor(
    session: Session, city: City
) -> None:
    week = week_of(NOW.astimezone(CITY_ZONE).date(), begins=2)
    session.execute(
        text(
            "UPDATE cases SET description = '井盖坏了，我叫王小明，电话13877201234' WHERE channel = 'wechat'"
        )
    )
    found = written(session, BulletinKind.WECHAT, week, city)
    assert (
        f"信息{messages(session, week)}条，立案2件，已办结回复1件，其余案件正在处理中。"
        in words_of(found)
    )
    assert [each["unit"] for each in found.content["examples"]] == ["市政维护处"]
    assert "13877201234" not in words_of(found)
    assert "王小明" not in words_of(found)
    publish.edit(
        session,
        found.id,
        remarks="",
        examples=[{"title": "", "said": "", "answer": ""}],
        by=city["supervisor"],
    )
    assert "案例一" not in words_of(found)


@pytest.mark.usefixtures("rules", "cases")
def test_files_carry_the_same_words_and_numbers(session: Session, city: City) -> None:
    found = written(session, BulletinKind.MONTHLY, MONTH, city)
    blocks: list[Any] = found.content["blocks"]
    pdf = pypdfium2.PdfDocument(pdf_of(found.title, blocks, issuer="中心"))
    told = "".join(page.get_textpage().get_text_range() for page in pdf).replace("\r\n", "")
    assert "共受理各类城市管理问题6件" in told.replace("\n", "")
    word = docx.Document(io.BytesIO(word_of(found.title, blocks, issuer="中心")))
    assert any("共受理各类城市管理问题6件" in each.text for each in word.paragraphs)
    assert [cell.text for cell in word.tables[0].rows[-1].cells] == [
        "合计",
        "6",
        "4",
        "66.67%",
        "2",
        "50.00%",
    ]
    book = CalamineWorkbook.from_filelike(io.BytesIO(excel_of(found.title, blocks, issuer="中心")))
    last = book.get_sheet_by_index(1).to_python()[-1]
    assert last == ["合计", 6.0, 4.0, pytest.approx(0.6667), 2.0, 0.5]


@pytest.mark.usefixtures("rules", "cases")
def test_a_bulletin_is_begun_once_when_its_time_has_come(session: Session, city: City) -> None:
    early = LATER - timedelta(hours=1)
    kinds = {session.get_one(Bulletin, each).kind for each in write.plan_due(session, at=early)}
    assert BulletinKind.MONTHLY not in kinds
    kinds = {session.get_one(Bulletin, each).kind for each in write.plan_due(session, at=LATER)}
    assert kinds == {BulletinKind.MONTHLY, BulletinKind.HAZARDS}
    assert write.plan_due(session, at=LATER) == []
    with pytest.raises(Conflict):
        write.ask(session, BulletinKind.MONTHLY, MONTH, by=city["supervisor"], at=LATER)
    with pytest.raises(InvalidInput):
        write.ask(session, BulletinKind.MONTHLY, MONTH, by=city["supervisor"], at=NOW)
    assert listing.due(session, at=LATER) == []


def test_messages_are_counted_between_two_moments_without_an_index_of_times(
    session: Session,
) -> None:
    for hour in range(0, 48, 5):
        at = MONTH.since + timedelta(hours=hour)
        session.add(IntakeMessage(channel="wechat" if hour % 2 else "web", received_at=at))
        session.flush()
    day = Days(MONTH.first, MONTH.first)
    assert figures.wechat_messages(session, day) == 2  # at 5 and 15 o'clock
    assert figures.wechat_messages(session, before(day)) == 0


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("找我13877201234或0772-2831234", "找我×××或×××"),
        ("桂B12345占道，3栋2单元门口", "×××占道，×××门口"),
        ("柳石路22号旁25平方厘米", "柳石路22号旁25平方厘米"),
    ],
)
def test_what_points_at_a_person_is_taken_out(words: str, left: str) -> None:
    assert scrub(words) == left


def test_spans_of_days_and_when_they_are_due() -> None:
    assert month_of(date(2026, 2, 9)) == Days(date(2026, 2, 1), date(2026, 2, 28))
    assert week_of(date(2021, 8, 31), begins=2) == Days(date(2021, 8, 25), date(2021, 8, 31))
    assert before(MONTH) == month_of(date(2026, 10, 3))
    assert year_before(month_of(date(2024, 2, 5))) == month_of(date(2023, 2, 1))
    five = datetime(2026, 12, 5, 9, tzinfo=CITY_ZONE)
    assert latest_due(BulletinKind.MONTHLY, day=5, hour=9, begins=0, at=five) == MONTH
    assert latest_due(BulletinKind.MONTHLY, day=5, hour=10, begins=0, at=five) == before(MONTH)
    wednesday = datetime(2021, 9, 1, 9, tzinfo=CITY_ZONE)
    assert latest_due(BulletinKind.WECHAT, day=1, hour=9, begins=2, at=wednesday).first == date(
        2021, 8, 25
    )


def test_words_in_a_bulletin_cannot_become_markup() -> None:
    drawn = body("<b>", [{"kind": "paragraph", "text": "<script>"}])
    assert "<script>" not in drawn
    assert "<b>" not in drawn
