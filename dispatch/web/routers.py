"""Every page's door, in the order in which addresses are tried."""

from typing import Final

from fastapi import APIRouter

from dispatch.web import tiles
from dispatch.web.agent import call
from dispatch.web.citizen import home, nearby, report, track
from dispatch.web.parts import choices
from dispatch.web.staff import case, cases, login, register, shell

#: `/cases/new` stands before `/cases/{case_id}`.
ROUTERS: Final[tuple[APIRouter, ...]] = (
    tiles.router,
    home.router,
    report.router,
    track.router,
    nearby.router,
    choices.router,
    call.router,
    login.router,
    shell.router,
    cases.router,
    register.router,
    case.router,
)
