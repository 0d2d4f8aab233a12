"""The administrator's pages about notices: texts are tried out and saved, rules, ways and robots changed, dead ones sent again."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.kit import reference
from dispatch.kit.audit import AuditEntry
from dispatch.kit.sealing import fingerprint
from dispatch.notices.model import Notice, NoticeChannel, NoticeRobot, NoticeRule, NoticeTemplate
from tests.web.conftest import As, field

TEXT = {"event": "case.closed", "audience": "reporter", "way": "sms", "language": "zh"}
ADDRESS = "/admin/notices/text?event=case.closed&audience=reporter&way=sms&language=zh"


@pytest.fixture
def admin(session: Session, as_: As) -> TestClient:
    session.add_all(
        [
            NoticeTemplate(**TEXT, body="编号 {number} 已办结:{link}", changed_by="种子"),
            NoticeRule(event="case.closed", audience="reporter", way="sms"),
            NoticeChannel(way="sms", max_length=3),
        ]
    )
    session.flush()
    reference.forget_all()
    return as_("admin")


def post(client: TestClient, address: str, page: str, **fields: str) -> int:
    shown = client.get(page).text
    token = field(shown, "csrf_token")
    seen = field(shown, "seen") if 'name="seen"' in shown else "0"
    answer = client.post(address, data={"csrf_token": token, "seen": seen, **fields})
    post.page = answer.text  # type: ignore[attr-defined]
    return answer.status_code


def texts(session: Session) -> list[NoticeTemplate]:
    return list(session.scalars(select(NoticeTemplate).order_by(NoticeTemplate.version)))


def test_list_names_event_audience_way_and_missing_languages(admin: TestClient) -> None:
    page = admin.get("/admin/notices").text

    assert "已结案" in page
    assert "市民(上报人)" in page
    assert "缺英文" in page


def test_text_is_tried_out_before_it_is_saved(session: Session, admin: TestClient) -> None:
    status = post(
        admin, "/admin/notices/text", ADDRESS, **TEXT, body="已办结 {number}", do="preview"
    )

    assert status == 200
    assert "已办结 20261123-0001" in post.page  # type: ignore[attr-defined]
    assert len(texts(session)) == 1


def test_saved_text_is_a_new_version_with_its_reason(session: Session, admin: TestClient) -> None:
    saved = {**TEXT, "body": "办结了:{number}", "reason": "更短", "do": "save"}

    assert post(admin, "/admin/notices/text", ADDRESS, **saved) == 303

    old, new = texts(session)
    assert (old.active, new.active, new.version, new.body) == (False, True, 2, "办结了:{number}")
    line = session.scalars(
        select(AuditEntry).where(AuditEntry.action == "notice_template_saved")
    ).one()
    assert line.details["reason"] == "更短"
    assert line.details["changes"]["body"] == ["编号 {number} 已办结:{link}", "办结了:{number}"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("{nummer}", "没有占位符 {nummer}"),
        ("{by}", "不能告知"),
        ("长" * 300, "最多 3 条"),
        ("", "请填写内容"),
    ],
)
def test_wrong_text_is_refused_and_kept_in_the_form(
    session: Session, admin: TestClient, body: str, said: str
) -> None:
    fields = {**TEXT, "body": body, "reason": "试", "do": "save"}

    assert post(admin, "/admin/notices/text", ADDRESS, **fields) == 422

    assert said in post.page  # type: ignore[attr-defined]
    assert body in post.page  # type: ignore[attr-defined]
    assert len(texts(session)) == 1


def test_without_a_reason_nothing_is_saved(session: Session, admin: TestClient) -> None:
    assert post(admin, "/admin/notices/text", ADDRESS, **TEXT, body="新", do="save") == 422
    assert len(texts(session)) == 1


def test_text_that_somebody_else_saved_meanwhile_is_not_overwritten(
    session: Session, admin: TestClient
) -> None:
    page = admin.get(ADDRESS).text
    token, seen = field(page, "csrf_token"), field(page, "seen")
    fields = {"csrf_token": token, "seen": seen, **TEXT, "reason": "试", "do": "save"}

    assert admin.post("/admin/notices/text", data={**fields, "body": "一"}).status_code == 303
    answer = admin.post("/admin/notices/text", data={**fields, "body": "二"})

    assert answer.status_code == 409
    assert [each.body for each in texts(session)][-1] == "一"


def test_rule_is_switched_off(session: Session, admin: TestClient) -> None:
    rule = session.scalars(select(NoticeRule)).one()
    fields = {**TEXT, "rule_id": str(rule.id), "rank": "2", "reason": "费用"}

    assert post(admin, "/admin/notices/rule", ADDRESS, **fields) == 303

    session.refresh(rule)
    assert (rule.active, rule.rank) == (False, 2)


def test_quiet_hours_are_set_with_both_ends_or_none(session: Session, admin: TestClient) -> None:
    page, fields = "/admin/notices/ways", {"max_attempts": "4", "max_length": "2", "reason": "夜"}

    assert post(admin, f"{page}/sms", page, quiet_from="21:00", **fields) == 422
    both = {"quiet_from": "21:00", "quiet_until": "07:30", "enabled": "yes"}
    assert post(admin, f"{page}/sms", page, **both, **fields) == 303

    row = session.get_one(NoticeChannel, "sms", populate_existing=True)
    assert f"{row.quiet_from:%H:%M}–{row.quiet_until:%H:%M}" == "21:00–07:30"


def test_robots_address_is_kept_sealed_and_never_shown(session: Session, admin: TestClient) -> None:
    page = "/admin/notices/robots"
    url = "https://oapi.example.com/robot/send?access_token=verysecret"
    fields = {"name": "指挥群", "kind": "dingtalk", "url": url, "enabled": "yes", "reason": "新群"}

    assert post(admin, page, page, **fields) == 303

    robot = session.scalars(select(NoticeRobot)).one()
    assert b"verysecret" not in robot.url_sealed
    assert "verysecret" not in admin.get(f"{page}/{robot.id}").text
    assert post(admin, f"{page}/{robot.id}/remove", page) == 303


def test_given_up_notice_is_shown_without_its_token_and_sent_again(
    session: Session, admin: TestClient
) -> None:
    notice = Notice(
        dedupe_key="1:sms:x",
        event="case.closed",
        audience="reporter",
        way="sms",
        recipient_hash=fingerprint("13812345678"),
        recipient="138****5678",
        address="13812345678",
        body="https://x/track/1?token=SECRET",
        status="dead",
        attempts=6,
        answer="HTTP 503",
    )
    session.add(notice)
    session.flush()
    page = "/admin/notices/log"

    shown = admin.get(f"{page}?status=dead").text
    assert "138****5678" in shown
    assert "13812345678" not in shown
    assert "SECRET" not in shown
    assert post(admin, f"{page}/{notice.id}/resend", page) == 303
    session.refresh(notice)
    assert (notice.status, notice.attempts) == ("pending", 0)


@pytest.mark.parametrize("path", ["", "/ways", "/robots", "/log"])
def test_pages_are_the_administrators_only_and_speak_english(
    admin: TestClient, as_: As, path: str
) -> None:
    assert as_("supervisor").get(f"/admin/notices{path}").status_code == 403
    admin.cookies.set("lang", "en")
    page = admin.get(f"/admin/notices{path}")
    assert page.status_code == 200
    assert 'lang="en"' in page.text
