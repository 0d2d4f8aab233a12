"""Texts and rules of notices: who is told of what by which way, in which words, tried out before it is saved."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import Depends, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from dispatch.kit import audit, clock
from dispatch.kit.http import Db
from dispatch.kit.routes import Router
from dispatch.notices import commands, queries, texts
from dispatch.notices.commands import Draft, RuleChange, TemplateKey
from dispatch.notices.events import AUDIENCES, TELLINGS, WAYS, WAYS_TO, Audience, Way
from dispatch.notices.model import NoticeRule, NoticeTemplate
from dispatch.people.http import CurrentLogin, require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.people.queries import Login
from dispatch.web.admin.frame import (
    Asked,
    Filled,
    Tried,
    a_number,
    a_reason,
    admin_page,
    asked,
    attempt,
    filled,
    seen_in,
)
from dispatch.web.parts.forms import Form, Posted
from dispatch.web.parts.labels import CHANNELS
from dispatch.web.parts.page import go

router = Router(include_in_schema=False)
Editor = Annotated[Person, Depends(require(Permission.NOTICES_EDIT))]
Name = Annotated[str, Query(max_length=60)]

EVENTS: Final = [(name, each.name) for name, each in TELLINGS.items()]
TO: Final = [(each.value, AUDIENCES[each]) for each in Audience]
BY: Final = [(each.value, WAYS[each]) for each in Way]
LANGUAGES: Final = [("zh", ("中文", "Chinese")), ("en", ("英文", "English"))]


@dataclass(frozen=True)
class Line:
    """A rule with the languages that its text is written in."""

    rule: NoticeRule
    written: Sequence[str]


@router.get("/admin/notices")
def show_list(session: Db, request: Request, _person: Editor, login: CurrentLogin) -> Response:
    """Every rule, by event in the order of a case's life."""
    wanted = asked(request, "event", "audience", "way")
    return admin_page(
        request,
        session,
        login,
        "admin/notices/texts.html",
        asked=wanted,
        groups=_groups(session, wanted),
        events=EVENTS,
        audiences=TO,
        ways=BY,
        channels=CHANNELS,
        dead=queries.count_dead(session),
    )


def _groups(session: Session, wanted: Asked) -> list[tuple[tuple[str, str], list[Line]]]:
    written = queries.languages_written(session)
    found: dict[str, list[Line]] = {name: [] for name in TELLINGS}
    for rule in queries.all_rules(session):
        fits = all(
            wanted[name] in ("", getattr(rule, name)) for name in ("event", "audience", "way")
        )
        if fits and rule.event in found:
            key = (rule.event, rule.audience, rule.way)
            found[rule.event].append(Line(rule, sorted(written.get(key, ()), reverse=True)))
    return [(TELLINGS[name].name, lines) for name, lines in found.items() if lines]


@router.get("/admin/notices/text")
def show_text(
    session: Db,
    request: Request,
    _person: Editor,
    login: CurrentLogin,
    event: Name,
    audience: Name,
    way: Name,
    language: Name = "zh",
) -> Response:
    """A text with its rule, tried out on a sample."""
    key = TemplateKey(event, audience, way, language)
    return _page(session, request, login, key, _as_filled(session, key))


@router.post("/admin/notices/text")
def save_text(
    session: Db, request: Request, person: Editor, login: CurrentLogin, posted: Form
) -> Response:
    """Save a text as a new version, or only look what it would say."""
    key = _key(posted)
    draft = Draft(
        posted.get("subject"), posted.fields.get("body", "").strip(), posted.get("external_id")
    )
    if posted.get("do") == "preview":
        tried: Tried[Any] = attempt(session, lambda: commands.check_draft(session, key, draft))
        form = tried.again(posted)
        return _page(session, request, login, key, form, draft=draft, status=tried.status)
    tried = attempt(
        session,
        lambda: commands.save_template(
            session,
            key,
            draft,
            by=person,
            at=clock.now(),
            reason=a_reason(posted),
            seen=seen_in(posted),
        ),
    )
    if tried.error is not None:
        form = tried.again(posted)
        return _page(session, request, login, key, form, draft=draft, status=tried.status)
    return go(_address(key) + "&said=saved")


@router.post("/admin/notices/rule")
def save_rule(
    session: Db, request: Request, person: Editor, login: CurrentLogin, posted: Form
) -> Response:
    """Add or change the rule that sends this text."""
    key = _key(posted)

    def deed() -> NoticeRule:
        change = RuleChange(
            event=key.event,
            audience=key.audience,
            way=key.way,
            rank=int(a_number(posted, "rank", least=1, most=9)),
            otherwise=posted.get("otherwise") == "yes",
            case_channel=posted.get("case_channel") or None,
            urgent=posted.get("urgent") == "yes",
            active=posted.get("active") == "yes",
        )
        given = posted.get("rule_id")
        return commands.save_rule(
            session,
            change,
            rule_id=int(given) if given.isdigit() else None,
            by=person,
            reason=a_reason(posted),
        )

    tried = attempt(session, deed)
    if tried.error is not None:
        form = _as_filled(session, key)
        again = tried.again(posted)
        return _page(session, request, login, key, form, status=tried.status, ruling=again)
    return go(_address(key) + "&said=saved")


def _key(posted: Posted) -> TemplateKey:
    return TemplateKey(*(posted.get(name) for name in ("event", "audience", "way", "language")))


def _address(key: TemplateKey) -> str:
    return (
        f"/admin/notices/text?event={key.event}&audience={key.audience}"
        f"&way={key.way}&language={key.language}"
    )


def _as_filled(session: Session, key: TemplateKey) -> Filled:
    versions = _versions(session, key)
    now = next((each for each in versions if each.active), None)
    values = (
        {}
        if now is None
        else {"subject": now.subject, "body": now.body, "external_id": now.external_id}
    )
    return filled(values, seen=audit.version_of(session, commands.subject_of(key)))


def _versions(session: Session, key: TemplateKey) -> Sequence[NoticeTemplate]:
    return queries.versions_of(
        session, event=key.event, audience=key.audience, way=key.way, language=key.language
    )


def _ruling(session: Session, key: TemplateKey) -> Filled:
    rule = next(
        (
            each
            for each in queries.all_rules(session)
            if (each.event, each.audience, each.way) == (key.event, key.audience, key.way)
        ),
        None,
    )
    if rule is None:
        return filled({"rank": 1})
    names = ("rank", "otherwise", "case_channel", "urgent", "active")
    return filled({"rule_id": rule.id, **{name: getattr(rule, name) for name in names}})


def _page(
    session: Session,
    request: Request,
    login: Login,
    key: TemplateKey,
    form: Filled,
    *,
    draft: Draft | None = None,
    status: int = 200,
    ruling: Filled | None = None,
) -> Response:
    commands.check_key(key)
    given = form["case"].strip()
    values = _values(session, key, given)
    shown = draft or Draft(form["subject"], form["body"])
    said = texts.say(shown.subject, shown.body, values or texts.samples(key.language))
    usable = [
        each
        for name, each in texts.PLACEHOLDERS.items()
        if texts.may_say(name, event=key.event, audience=key.audience)
    ]
    return admin_page(
        request,
        session,
        login,
        "admin/notices/text.html",
        subject=commands.subject_of(key),
        status=status,
        key=key,
        filled=form,
        ruling=ruling or _ruling(session, key),
        shown=said,
        no_case=bool(given) and values is None,
        length=texts.sms_length(said.body) if key.way == Way.SMS else None,
        usable=usable,
        versions=_versions(session, key),
        telling=TELLINGS[key.event],
        audience=AUDIENCES[Audience(key.audience)],
        way=WAYS[Way(key.way)],
        ways=[(each.value, WAYS[each]) for each in WAYS_TO[Audience(key.audience)]],
        languages=LANGUAGES,
        channels=list(CHANNELS.items()),
        address=_address,
    )


def _values(session: Session, key: TemplateKey, public_id: str) -> dict[str, str] | None:
    if not public_id:
        return None
    return queries.preview_values(
        session,
        event=key.event,
        audience=key.audience,
        language=key.language,
        public_id=public_id,
        at=clock.now(),
    )
