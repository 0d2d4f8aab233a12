"""Every door of the administrator's desk, in the order in which addresses are tried."""

from typing import Final

from fastapi import APIRouter

from dispatch.web.admin import departments, home, people

ROUTERS: Final[tuple[APIRouter, ...]] = (home.router, people.router, departments.router)
