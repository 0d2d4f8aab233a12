"""Every door of the administrator's desk, in the order in which addresses are tried."""

from typing import Final

from fastapi import APIRouter

from dispatch.web.admin import (
    audit,
    deliveries,
    departments,
    endpoint,
    home,
    intake,
    people,
    uploads,
)

ROUTERS: Final[tuple[APIRouter, ...]] = (
    home.router,
    people.router,
    departments.router,
    endpoint.router,
    uploads.router,
    deliveries.router,
    intake.router,
    audit.router,
)
