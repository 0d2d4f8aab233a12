"""The rules of evaluation: weights and bands as versions, the last of which holds."""

from collections.abc import Mapping
from datetime import date
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from dispatch.kit import clock
from dispatch.kit.clock import city_date
from dispatch.kit.errors import DomainError, NotFound, invalid
from dispatch.kit.http import Db, status_of
from dispatch.kit.routes import Router
from dispatch.people.http import CurrentLogin
from dispatch.people.queries import Login
from dispatch.supervision.commands.evaluate import add_rule
from dispatch.supervision.policy import require_city
from dispatch.supervision.queries.scores import versions
from dispatch.supervision.scoring import SHAPES, Evaluated
from dispatch.web.parts.forms import Form
from dispatch.web.parts.page import go
from dispatch.web.parts.shell import desk_page
from dispatch.web.supervisor.evaluation import (
    NAMES,
    Editor,
    Pair,
    kind_of,
    number_of,
    words_of,
)

router = Router(prefix="/supervisor/evaluation/rules", include_in_schema=False)


def _rules_page(
    session: Session,
    request: Request,
    login: Login,
    of: Evaluated,
    *,
    error: DomainError | None = None,
    typed: Mapping[str, str] | None = None,
) -> Response:
    kept = versions(session, of)
    shown: dict[str, Pair] = {}
    for rule in kept:
        for each in rule.components:
            part, whole = each.get("part", ""), each.get("whole", "")
            of_words, among = (words_of(name) if name else ("", "") for name in (part, whole))
            zh, en = SHAPES[each["shape"]]
            shown[each["key"]] = (
                zh.format(part=of_words[0], whole=among[0]),
                en.format(part=of_words[1], whole=among[1]),
            )
    return desk_page(
        request,
        session,
        login,
        "supervisor/rules.html",
        current="evaluation",
        status=status_of(error) if error else 200,
        evaluated=of,
        kinds=NAMES,
        versions=kept,
        formulas=shown,
        tomorrow=city_date(clock.now()).replace(day=1),
        error=(error.zh, error.en) if error else None,
        typed=typed or {},
    )


@router.get("")
def show_rules(
    session: Db,
    request: Request,
    _person: Editor,
    login: CurrentLogin,
    of: Evaluated = Evaluated.DEPARTMENT,
) -> Response:
    """The weights and bands that hold, those before, and a form for the next version."""
    return _rules_page(session, request, login, of)


@router.post("")
def write_rule(
    session: Db, request: Request, person: Editor, login: CurrentLogin, posted: Form
) -> Response:
    """A new version: the same components with other weights and bands."""
    require_city(person)
    of = kind_of(posted)
    try:
        kept = versions(session, of)
        if not kept:
            raise NotFound("no_rule", "还没有可修改的评价办法", "There is no rule to change yet")
        components = [
            {**each, "weight": number_of(posted, f"weight-{each['key']}")}
            for each in kept[0].components
        ]
        bands = [(name, number_of(posted, f"band-{name}")) for name, _ in kept[0].bands]
        try:
            since = date.fromisoformat(posted.get("valid_from"))
        except ValueError:
            raise invalid("valid_from", "请填写起用日期", "Give the first day") from None
        add_rule(
            session,
            of,
            valid_from=since,
            components=components,
            bands=bands,
            note=posted.get("note"),
            by=person,
            at=clock.now(),
        )
    except DomainError as error:
        return _rules_page(session, request, login, of, error=error, typed=posted.fields)
    return go(f"/supervisor/evaluation/rules?{urlencode({'of': of.value})}")
