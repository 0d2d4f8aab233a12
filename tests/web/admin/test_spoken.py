"""What agents say and inspectors agree to: tried before it is saved, refused where it cannot work, and used at once."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.states import Stage
from dispatch.hotline.model import CallbackRule, ModuleUse, Snippet, TextModule
from dispatch.hotline.queries.knowledge import snippets_for
from dispatch.hotline.reference import modules_for
from dispatch.kit import clock, reference
from dispatch.kit.audit import AuditEntry
from dispatch.patrol.commands import add_text, give_consent
from dispatch.patrol.model import ConsentText
from dispatch.people.policy import SYSTEM
from tests.factories.cases import add_case
from tests.factories.city import City
from tests.web.conftest import As, field


@pytest.fixture
def admin(as_: As) -> TestClient:
    return as_("admin")


def form_of(client: TestClient, page: str) -> dict[str, str]:
    shown = client.get(page).text
    return {"csrf_token": field(shown, "csrf_token"), "seen": field(shown, "seen")}


def test_knowledge_is_tried_on_what_a_caller_says_and_then_stands_beside_the_call(
    session: Session, city: City, admin: TestClient
) -> None:
    page = "/admin/rules/snippets/new"
    given = {
        **form_of(admin, page),
        "kind": "not_ours",
        "title": "共享单车乱停",
        "text": "请来电人在单车应用里报停放问题。",
        "words": "共享单车、单车  小黄车",
        "active": "yes",
    }
    nobody = admin.post(page, data={**given, "reason": "新增", "do": "save"})
    assert nobody.status_code == 422
    assert "该找哪个单位" in nobody.text
    tried = admin.post(
        page, data={**given, "unit": "运营企业", "said": "路边好多小黄车", "do": "preview"}
    )
    assert "● 会出现" in tried.text
    assert "共享单车乱停" in tried.text
    assert session.scalar(select(Snippet.id)) is None, "a preview saves nothing"

    saved = admin.post(page, data={**given, "unit": "运营企业", "reason": "来电多", "do": "save"})

    assert saved.status_code == 303
    reference.forget_all()
    [found] = snippets_for(session, "小黄车倒了一地", None)
    assert (found.title, found.words) == ("共享单车乱停", ("共享单车", "单车", "小黄车"))
    own = admin.get(saved.headers["location"]).text
    assert "原因：来电多" in own
    assert "归属：<ins>不归我们" in own


def test_text_module_has_its_own_word_and_only_placeholders_that_are_filled(
    session: Session, city: City, admin: TestClient
) -> None:
    session.add(TextModule(use=ModuleUse.CALLBACK, word="开场", title="开场白", text="您好"))
    session.flush()
    page = "/admin/rules/text-modules/new"
    given = {
        **form_of(admin, page),
        "use": "callback",
        "word": "开场",
        "title": "开场",
        "text": "关于{what}（{number}）",
        "ordinal": "1",
        "active": "yes",
        "reason": "统一话术",
        "do": "save",
    }
    assert "已有同样的短语" in admin.post(page, data=given).text
    unknown = admin.post(page, data={**given, "word": "说明", "text": "{phone}"})
    assert "{phone}" in unknown.text
    assert unknown.status_code == 422
    tried = admin.post(page, data={**given, "word": "说明", "do": "preview"})
    assert "关于雨水井盖（柳数管2026第11210001号）" in tried.text
    assert admin.post(page, data={**given, "word": "说明"}).status_code == 303
    reference.forget_all()
    assert [each.word for each in modules_for(session, ModuleUse.CALLBACK)] == ["开场", "说明"]


def test_call_back_rule_tells_how_many_calls_it_would_bring(
    session: Session, city: City, admin: TestClient
) -> None:
    add_case(session, city, Stage.CLOSED, at=clock.now(), contact_phone="13800001234")
    rule = CallbackRule(share=0.1, after_hours=2, most_attempts=3, pause_hours=4)
    session.add(rule)
    session.flush()
    page = f"/admin/rules/callbacks/{rule.id}"
    form = form_of(admin, page)
    given = {**form, "share": "100", "after_hours": "1", "most_attempts": "2", "pause_hours": "3"}
    tried = admin.post(page, data={**given, "active": "yes", "do": "preview"}).text
    assert "<dt>其中归这条规则</dt><dd>1</dd>" in tried
    assert admin.post(page, data={**given, "share": "101", "do": "save"}).status_code == 422
    kept = {**given, "active": "yes", "reason": "加大抽查", "do": "save"}
    assert admin.post(page, data=kept).status_code == 303
    session.refresh(rule)
    assert rule.share == 1.0
    again = {**form_of(admin, "/admin/rules/callbacks/new"), **kept, "seen": "0"}
    twin = admin.post("/admin/rules/callbacks/new", data=again)
    assert f"已有规则 {rule.id}" in twin.text


def test_new_consent_is_looked_at_published_and_asked_of_everybody_again(
    session: Session, city: City, admin: TestClient, as_: As
) -> None:
    add_text(session, zh="记录位置", en="positions are kept", by=SYSTEM, at=clock.now())
    give_consent(session, city["inspector"], version=1, at=clock.now())
    page = "/admin/rules/consent"
    form = form_of(admin, page)
    assert "1 人同意" in admin.get(page).text
    given = {
        **form,
        "zh": "记录位置\r\n保存 15 天",
        "en": "positions, 15 days",
        "reason": "缩短保存",
    }
    shown = admin.post(page, data={**given, "do": "preview"}).text
    assert "记录位置\n保存 15 天" in shown
    assert admin.post(page, data={**given, "en": ""}).status_code == 422
    assert admin.post(page, data={**given, "do": "save"}).status_code == 303
    assert session.get_one(ConsentText, 2).zh == "记录位置\n保存 15 天"
    late = admin.post(page, data={**given, "zh": "另一稿", "do": "save"})
    assert late.status_code == 409
    assert "第 2 版" in late.text
    line = session.scalars(
        select(AuditEntry)
        .where(AuditEntry.subject == "patrol:consent")
        .order_by(AuditEntry.id.desc())
    ).first()
    assert line is not None
    assert line.details["reason"] == "缩短保存"
    assert line.details["changes"]["version"] == [1, 2]
    assert as_("shift_leader").get(page).status_code == 403
