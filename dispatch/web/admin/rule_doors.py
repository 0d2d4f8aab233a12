"""The doors of what an administrator decides by rules: notices, and the rules of the city."""

from typing import Final

from fastapi import APIRouter

from dispatch.web.admin.notices import log, opt_outs, texts, ways
from dispatch.web.admin.rules import calendars, consent, routing, rows

#: `/admin/rules/{key}` comes last: the tables with pages of their own stand before it.
ROUTERS: Final[tuple[APIRouter, ...]] = (
    texts.router,
    ways.router,
    log.router,
    opt_outs.router,
    calendars.router,
    routing.router,
    consent.router,
    rows.router,
)
