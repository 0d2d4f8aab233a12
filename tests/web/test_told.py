"""What the platform wrote beside a case is read back and said in English; words of people are left alone."""

from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from dispatch.cases.phrases import PHRASES as OF_CASES
from dispatch.cases.states import Stage
from dispatch.catalogue.model import Category, Condition
from dispatch.intake.phrases import PHRASES as OF_INTAKE
from dispatch.kit import reference
from dispatch.kit.phrases import Phrase
from dispatch.routing.model import RoutingRule
from dispatch.routing.phrases import PHRASES as OF_ROUTING
from dispatch.web.parts.told import teller
from tests.factories.cases import add_case
from tests.factories.city import City
from tests.web.conftest import As

SAMPLES = {"code": "4502040103000001", "metres": "12", "rule": "491"}


@pytest.mark.parametrize("phrase", [*OF_ROUTING, *OF_INTAKE, *OF_CASES], ids=lambda each: each.zh)
def test_what_is_written_is_read_back_by_the_same_phrase(
    phrase: Phrase, session: Session, city: City
) -> None:
    gaps = (
        "code",
        "metres",
        "rule",
        "part",
        "area",
        "subject",
        "why",
        "words",
        "given",
        "found",
        "calendar",
    )
    values: dict[str, Any] = {name: SAMPLES.get(name, f"某{name}") for name in gaps}
    written = phrase(**values, number="柳数管2026第11220001号", name="派遣员01")

    zh, en = teller(session)(written)

    assert zh == written
    assert en != written
    assert en.startswith(phrase.en.split("{")[0])


def _with_english(session: Session, city: City) -> None:
    session.execute(
        update(RoutingRule).where(RoutingRule.reason == "区环卫").values(reason_en="the cleaners'")
    )
    session.execute(
        update(Category).where(Category.id == city.litter.id).values(name_en="exposed litter")
    )
    reference.forget_all()


@pytest.mark.parametrize(
    ("written", "zh", "en"),
    [
        (
            "规则 7(柳南区·暴露垃圾):区环卫",
            "规则 7(柳南区·暴露垃圾):区环卫",
            "rule 7 (柳南区 · exposed litter 暴露垃圾): the cleaners'",
        ),
        (
            "规则 7(全市·advertising 类)",
            "规则 7(全市·广告类)",
            "rule 7 (the whole city · advertising)",
        ),
        (
            "规则 7(全市·广告类)",
            "规则 7(全市·广告类)",
            "rule 7 (the whole city · advertising)",
        ),
        (
            "依据词语:井盖、不见了",
            "依据词语:井盖、不见了",
            "because of the words 井盖, 不见了",
        ),
        (
            "依据词语：井盖、不见了",
            "依据词语：井盖、不见了",
            "because of the words 井盖, 不见了",
        ),
        ("现场已围挡，等待材料", "现场已围挡，等待材料", "现场已围挡，等待材料"),
        ("部件 已更换", "部件 已更换", "部件 已更换"),
        ("", "", ""),
    ],
)
def test_names_in_a_sentence_are_those_of_the_catalogue(
    session: Session, city: City, written: str, zh: str, en: str
) -> None:
    _with_english(session, city)

    assert teller(session)(written) == (zh, en)


def test_an_english_page_says_why_in_english(session: Session, city: City, as_: As) -> None:
    session.execute(update(RoutingRule).values(reason_en="their duty"))
    session.execute(update(Condition).values(text_en="lies in the open"))
    reference.forget_all()
    case = add_case(session, city, Stage.FILED)
    browser = as_("dispatcher")
    browser.cookies.set("lang", "en")

    page = browser.get(f"/dispatcher/dispatch?case={case.public_id}").text

    assert ": their duty" in page
    assert "lies in the open" in page
