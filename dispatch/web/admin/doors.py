"""Every door of the administrator's desk, in the order in which addresses are tried."""

from typing import Final

from fastapi import APIRouter

from dispatch.web.admin import (
    areas,
    audit,
    cameras,
    deliveries,
    departments,
    endpoint,
    facilities,
    grids,
    home,
    intake,
    parts,
    people,
    uploads,
    working_grids,
)

ROUTERS: Final[tuple[APIRouter, ...]] = (
    home.router,
    people.router,
    departments.router,
    endpoint.router,
    uploads.router,
    working_grids.router,
    grids.router,
    areas.router,
    parts.router,
    facilities.router,
    cameras.router,
    deliveries.router,
    intake.router,
    audit.router,
)
