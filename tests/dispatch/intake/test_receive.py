"""What becomes of a report: its category, its reasons for review, its number, and its second coming."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from dispatch.cases.model import Case, CaseHistory, CaseReporter, Channel
from dispatch.cases.states import Stage
from dispatch.catalogue.model import Category, CitySetting, StageLimit
from dispatch.intake.model import IntakeMessage
from dispatch.intake.schemas import Receipt
from dispatch.kit import reference
from dispatch.kit.errors import Conflict, InvalidInput
from dispatch.kit.outbox import OutboxRow
from dispatch.parts.model import Part
from tests.factories.cases import report
from tests.factories.city import NOW, SOUTH, STEP, WEST, City, add_city, add_names, spot

OUTSIDE = (WEST + 1, SOUTH + 1)


@pytest.fixture
def city(session: Session) -> City:
    made = add_city(session)
    add_names(session)
    return made


def case_of(session: Session, receipt: Receipt) -> Case:
    return session.get_one(Case, receipt.case_id, populate_existing=True)


# --- machines ------------------------------------------------------------------------------------


def alarm(session: Session, **given: Any) -> Receipt:
    return report(
        session,
        **{"channel": Channel.CAMERA, "category": "T:P0103", "confidence": 0.9, **given},
    )


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"longitude": OUTSIDE[0], "latitude": OUTSIDE[1]}, "outside_jurisdiction"),
        ({"longitude": 500.0}, "invalid_input"),
        ({"longitude": None}, "invalid_input"),
        ({"longitude": None, "latitude": None, "description": "告警"}, "no_place"),
        ({"category": "P9999"}, "no_category"),
        ({"category": None, "description": "告警"}, "no_category"),
    ],
)
def test_machine_is_told_what_to_mend_and_makes_no_case(
    session: Session, city: City, given: dict[str, Any], code: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        alarm(session, **given)

    assert refused.value.code == code
    assert refused.value.fields
    assert session.scalar(select(func.count()).select_from(Case)) == 0


def test_machine_is_taken_at_its_word_and_its_confidence(session: Session, city: City) -> None:
    case = case_of(session, alarm(session))

    assert (case.category_id, case.category_source) == (city.manhole.id, "given")
    assert case.category_confidence == 0.9
    history = session.scalars(select(CaseHistory).where(CaseHistory.case_id == case.id)).one()
    assert (history.actor, history.role, history.actor_id) == ("视频智能识别", "camera", None)


# --- the category --------------------------------------------------------------------------------


def test_category_given_by_a_person_is_certain_and_the_words_choose_its_condition(
    session: Session, city: City
) -> None:
    case = case_of(session, report(session, category="P0103", description="这个破了"))

    assert (case.category_id, case.category_source, case.category_confidence) == (
        city.manhole.id,
        "given",
        1.0,
    )
    assert (case.condition_id, case.severity, case.hazard) == (city.broken.id, "normal", False)
    assert (case.limit_value, case.limit_unit, case.group) == (4, "work_hour", "manhole")


def test_condition_given_goes_before_the_words(session: Session, city: City) -> None:
    case = case_of(
        session,
        report(session, category="P0103", condition_id=city.missing.id, description="破了"),
    )

    assert case.condition_id == city.missing.id
    assert (case.severity, case.hazard) == ("urgent", True)


def test_condition_alone_names_its_category(session: Session, city: City) -> None:
    case = case_of(session, report(session, condition_id=city.exposed.id, description="来看看"))

    assert (case.category_id, case.condition_id) == (city.litter.id, city.exposed.id)


def test_condition_of_another_category_is_not_taken_over(session: Session, city: City) -> None:
    case = case_of(
        session, report(session, category="P0103", condition_id=city.exposed.id, description="看")
    )

    assert (case.category_id, case.condition_id) == (city.manhole.id, city.broken.id)


def test_words_suggest_category_and_condition_with_confidence_and_reason(
    session: Session, city: City
) -> None:
    case = case_of(session, report(session, description="路口的井盖不见了"))

    assert (case.category_id, case.category_source) == (city.manhole.id, "suggested")
    assert case.condition_id == city.missing.id
    assert case.category_confidence is not None
    assert 0.85 <= case.category_confidence < 1
    assert case.category_reason == "依据词语：井盖、不见了"


def test_text_without_known_words_is_kept_without_a_category(session: Session, city: City) -> None:
    receipt = report(session, description="你好")

    case = case_of(session, receipt)
    assert receipt.review_reason == "no_category"
    assert (case.category_id, case.condition_id, case.severity) == (None, None, "normal")


@pytest.mark.parametrize("given", ["P9999", "OLD:P0103"])
def test_category_that_the_city_does_not_use_is_kept_with_the_reason(
    session: Session, city: City, given: str
) -> None:
    session.add(
        Category(
            scheme="OLD",
            code="P0103",
            kind="part",
            major_code="01",
            major_name="",
            minor_code="03",
            name="旧井盖",
            group="manhole",
        )
    )
    session.flush()
    reference.forget_all()

    receipt = report(session, category=given, description="路口的井盖不见了")

    case = case_of(session, receipt)
    assert receipt.review_reason == "unknown_category"
    assert (case.category_id, case.category_source) == (city.manhole.id, "suggested")
    assert case.category_reason is not None
    assert given in case.category_reason
    assert "井盖" in case.category_reason


def add_part(session: Session, city: City, *, east_m: float) -> Part:
    longitude, latitude = spot()
    part = Part(
        code="4502040103000001",
        category_id=city.manhole.id,
        name="雨水井盖",
        owner_id=city.works.id,
        geom=f"SRID=4490;POINT({longitude + east_m / 101_400} {latitude})",
    )
    session.add(part)
    session.flush()
    return part


def test_part_code_names_the_category(session: Session, city: City) -> None:
    part = add_part(session, city, east_m=300)

    case = case_of(session, report(session, part_code=part.code, description="巡查发现破了"))

    assert (case.category_id, case.category_source) == (city.manhole.id, "part")
    assert (case.category_confidence, case.condition_id) == (1.0, city.broken.id)
    assert case.part_code == part.code
    assert case.category_reason == f"部件 {part.code}"


def test_nearest_part_is_offered_to_the_agent_and_no_more(session: Session, city: City) -> None:
    part = add_part(session, city, east_m=6)

    receipt = report(session, description="这里坏了")

    case = case_of(session, receipt)
    assert receipt.review_reason == "no_category"
    assert (case.category_id, case.category_source) == (city.manhole.id, "part")
    assert case.category_confidence == pytest.approx(0.4)
    assert case.category_reason is not None
    assert part.code in case.category_reason
    assert "6 米" in case.category_reason


def test_part_out_of_reach_is_not_offered(session: Session, city: City) -> None:
    add_part(session, city, east_m=30)

    case = case_of(session, report(session, description="这里坏了"))

    assert case.category_id is None


# --- what is kept --------------------------------------------------------------------------------


def test_message_history_event_and_reporter_are_kept_with_the_case(
    session: Session, city: City
) -> None:
    receipt = report(
        session,
        payload={"description": "井盖不见了", "extra": [1, 2]},
        raw=b"as it came",
        contact_name="张三",
        contact_phone="13800001234",
    )

    message = session.scalars(select(IntakeMessage)).one()
    assert message.payload == {"description": "井盖不见了", "extra": [1, 2]}
    assert (message.raw, message.status, message.case_id) == (
        b"as it came",
        "done",
        receipt.case_id,
    )
    history = session.scalars(select(CaseHistory)).one()
    assert (history.verb, history.version, history.to_stage) == ("report", 1, Stage.REPORTED)
    assert (history.actor, history.role) == ("市民", "reporter")
    event = session.scalars(select(OutboxRow)).one()
    assert event.name == "case.reported"
    assert event.payload["public_id"] == receipt.id
    assert event.payload["district_code"] == "450204"
    reporter = session.scalars(select(CaseReporter)).one()
    assert (reporter.name, reporter.phone) == ("张三", "13800001234")


def test_nameless_report_leaves_no_row_of_a_reporter(session: Session, city: City) -> None:
    report(session)

    assert session.scalar(select(func.count()).select_from(CaseReporter)) == 0


def test_acceptance_is_due_by_the_city_s_limit_in_its_own_unit(
    session: Session, city: City
) -> None:
    assert case_of(session, report(session)).stage_due_at == NOW + timedelta(minutes=15)

    session.execute(
        update(StageLimit)
        .where(StageLimit.stage == "accept")
        .values(limit_value=3, limit_unit="work_hour")
    )
    reference.forget_all()

    # from 10:00 two hours remain until noon; the third is worked from 14:00
    later = case_of(session, report(session, longitude=spot(4, 4)[0], latitude=spot(4, 4)[1]))
    assert later.stage_due_at == NOW + timedelta(hours=5)


# --- numbers -------------------------------------------------------------------------------------


def test_number_and_id_tell_the_day_in_the_city(session: Session, city: City) -> None:
    late = datetime(2026, 11, 23, 17, 30, tzinfo=UTC)  # the 24th, half past one, in the city

    first, second = report(session), report(session, description="你好")
    next_day = report(session, at=late, description="你好")

    assert (first.id, first.number) == ("20261123-0001", "柳数管2026第11230001号")
    assert second.number == "柳数管2026第11230002号"
    assert (next_day.id, next_day.number) == ("20261124-0001", "柳数管2026第11240001号")


def test_prefix_of_the_number_is_a_setting_of_the_city(session: Session, city: City) -> None:
    session.add(CitySetting(name="case_number_prefix", value="试城管"))
    session.flush()
    reference.forget_all()

    assert report(session).number == "试城管2026第11230001号"


# --- the same message again ----------------------------------------------------------------------


def test_same_key_and_content_get_the_same_receipt(session: Session, city: City) -> None:
    first = report(session, dedupe_key="k1", payload={"a": 1, "b": 2})
    again = report(session, dedupe_key="k1", payload={"b": 2, "a": 1}, at=NOW + timedelta(hours=1))

    assert again.repeated
    assert not first.repeated
    assert (again.id, again.number, again.token) == (first.id, first.number, first.token)
    assert session.scalar(select(func.count()).select_from(Case)) == 1


def test_same_key_with_another_content_is_a_conflict(session: Session, city: City) -> None:
    report(session, dedupe_key="k1", payload={"a": 1})

    with pytest.raises(Conflict, match="idempotency_key_reused"):
        report(session, dedupe_key="k1", payload={"a": 2})


def test_same_key_of_another_sender_or_channel_is_another_message(
    session: Session, city: City
) -> None:
    ids = {
        report(session, dedupe_key="k1", payload={}).id,
        report(session, dedupe_key="k1", payload={}, source="user:7").id,
        report(session, dedupe_key="k1", payload={}, channel=Channel.PHONE).id,
    }

    assert len(ids) == 3


def test_reports_without_a_key_are_never_the_same(session: Session, city: City) -> None:
    assert report(session, payload={}).id != report(session, payload={}).id


# --- on the spot ---------------------------------------------------------------------------------


def test_what_the_inspector_mended_on_the_spot_waits_to_be_closed(
    session: Session, city: City
) -> None:
    receipt = report(
        session,
        channel=Channel.INSPECTOR,
        reported_by=city["inspector"],
        handled_on_the_spot=True,
        category="E0110",
        description="垃圾已清",
    )

    case = case_of(session, receipt)
    assert receipt.stage == case.stage == Stage.CHECKED
    assert case.clock_started_at is None
    names = session.scalars(select(OutboxRow.name).order_by(OutboxRow.id)).all()
    assert names == ["case.reported", "case.handled_on_the_spot"]
    rows = session.scalars(select(CaseHistory).order_by(CaseHistory.version)).all()
    assert [(row.verb, row.actor_id) for row in rows] == [
        ("report", city["inspector"].id),
        ("handle-on-the-spot", city["inspector"].id),
    ]


def test_mended_on_the_spot_is_not_tied_to_an_open_case(session: Session, city: City) -> None:
    report(session)

    receipt = report(
        session,
        channel=Channel.INSPECTOR,
        reported_by=city["inspector"],
        handled_on_the_spot=True,
    )

    assert (receipt.stage, receipt.duplicate_of) == (Stage.CHECKED, None)


def test_spot_factory_lies_where_the_tests_say() -> None:
    assert spot(0, 0) == (WEST + STEP / 2, SOUTH + STEP / 2)
