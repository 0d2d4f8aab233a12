"""The bell: who hears of what, once, not of their own deeds, and not of what they do not want."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.states import Stage
from dispatch.kit.outbox import OutboxRow
from dispatch.kit.sealing import seal
from dispatch.live import may_hear
from dispatch.notices.commands import mark_read, open_notice, set_preferences
from dispatch.notices.events import TOLD, Audience, Way
from dispatch.notices.model import Notice, NoticeRobot, StaffNotice
from dispatch.notices.queries import latest, unread_count
from tests.dispatch.notices.conftest import Fake, add_rule, planned, sent
from tests.factories.cases import add_case
from tests.factories.city import NOW, City

Ways = dict[Way, Fake]


def test_new_case_rings_for_its_units_managers_only_and_once(
    session: Session, city: City, ways: Ways
) -> None:
    case = add_case(session, city, Stage.DISPATCHED)
    planned(session, "case.dispatched", times=2)

    (line,) = latest(session, city["manager"])
    assert (line.subject, line.link) == (f"新派遣 {case.number}", f"/cases/{case.public_id}")
    assert unread_count(session, city["manager"]) == 1
    assert unread_count(session, city["stranger"]) == 0
    assert unread_count(session, city["handler"]) == 0


def test_live_event_is_for_those_who_are_told(session: Session, city: City, ways: Ways) -> None:
    add_case(session, city, Stage.DISPATCHED)
    planned(session, "case.dispatched")

    payload = session.scalars(select(OutboxRow.payload).where(OutboxRow.name == TOLD)).one()
    assert may_hear(city["manager"], payload)
    assert not may_hear(city["admin"], payload)


def test_nobody_is_told_of_their_own_deed(session: Session, city: City, ways: Ways) -> None:
    add_rule(session, "case.handled", Audience.MANAGERS, Way.IN_APP, subject="{number}")
    add_case(session, city, Stage.HANDLED)  # by the manager
    planned(session, "case.handled")

    assert unread_count(session, city["manager"]) == 0


def test_what_somebody_does_not_want_does_not_ring(
    session: Session, city: City, ways: Ways
) -> None:
    set_preferences(session, city["manager"], muted=["case.dispatched"])
    add_case(session, city, Stage.DISPATCHED)
    planned(session, "case.dispatched")
    assert unread_count(session, city["manager"]) == 0

    set_preferences(session, city["manager"], muted=[])
    planned(session, "case.dispatched")
    assert unread_count(session, city["manager"]) == 1


def test_reading_is_ones_own_affair(session: Session, city: City, ways: Ways) -> None:
    session.add_all(
        StaffNotice(
            user_id=city.users["manager"].id, event="case.urged", event_id=n, subject="督办"
        )
        for n in range(3)
    )
    session.flush()
    first, *_ = latest(session, city["manager"])

    assert open_notice(session, city["stranger"], first.id, at=NOW) is None
    assert open_notice(session, city["manager"], first.id, at=NOW) is not None
    assert unread_count(session, city["manager"]) == 2
    assert mark_read(session, city["manager"], at=NOW) == 2
    assert mark_read(session, city["manager"], at=NOW) == 0


def test_group_hears_through_its_robot_whose_address_is_nowhere_in_the_log(
    session: Session, city: City, ways: Ways
) -> None:
    add_rule(session, "case.dispatched", Audience.DEPARTMENT_GROUP, Way.ROBOT)
    url = "https://qyapi.example.com/cgi-bin/webhook/send?key=abc"
    session.add_all(
        [
            NoticeRobot(
                name="市政群", kind="wecom", department_id=city.works.id, url_sealed=seal(url)
            ),
            NoticeRobot(
                name="环卫群", kind="wecom", department_id=city.cleaners.id, url_sealed=seal(url)
            ),
        ]
    )
    add_case(session, city, Stage.DISPATCHED)
    planned(session, "case.dispatched")

    assert sent(session, Way.ROBOT, ways[Way.ROBOT]) == 1
    assert ways[Way.ROBOT].got[0].address == url
    (row,) = session.scalars(select(Notice))
    assert row.recipient == "市政群"
    assert "abc" not in f"{row.address}{row.answer}{row.extra}"
