"""Every page's door, in the order in which addresses are tried."""

from typing import Final

from fastapi import APIRouter

from dispatch.web import tiles
from dispatch.web.admin.doors import ROUTERS as ADMIN
from dispatch.web.admin.rule_doors import ROUTERS as RULES
from dispatch.web.agent import accept, call, callbacks, imports, review, wechat
from dispatch.web.citizen import alike, data, done, home, nearby, open_map, photos, report, track
from dispatch.web.citizen import bulletins as published
from dispatch.web.department import board, crews, daily, figures, inbox, mine
from dispatch.web.department import cases as unit_cases
from dispatch.web.dispatcher import dispatch as to_dispatch
from dispatch.web.dispatcher import disputes, handover, requests, returned, urging
from dispatch.web.dispatcher import file as to_file
from dispatch.web.inspector import app, pack, team
from dispatch.web.parts import choices
from dispatch.web.staff import (
    bulk,
    case,
    cases,
    export,
    here,
    ladder,
    lists,
    login,
    password,
    register,
    shell,
    suggest,
)
from dispatch.web.supervisor import bulletins, evaluation, hotspots, rules, wall
from dispatch.web.supervisor import figure as supervised

#: `/cases/new` stands before `/cases/{case_id}`.
ROUTERS: Final[tuple[APIRouter, ...]] = (
    tiles.router,
    home.router,
    report.router,
    alike.router,
    photos.router,
    done.router,
    track.router,
    nearby.router,
    open_map.router,
    data.router,
    published.router,
    bulletins.router,
    hotspots.router,
    choices.router,
    accept.router,
    call.router,
    review.router,
    wechat.router,
    callbacks.router,
    imports.router,
    login.router,
    password.router,
    to_file.router,
    to_dispatch.router,
    returned.router,
    disputes.router,
    requests.router,
    urging.router,
    handover.router,
    inbox.router,
    board.router,
    mine.router,
    crews.router,
    daily.router,
    figures.router,
    unit_cases.router,
    app.router,
    pack.router,
    team.router,
    shell.router,
    cases.router,
    suggest.router,
    export.router,
    lists.router,
    bulk.router,
    register.router,
    here.router,
    ladder.router,
    case.router,
    wall.router,
    supervised.router,
    evaluation.router,
    rules.router,
    *ADMIN,
    *RULES,
)
