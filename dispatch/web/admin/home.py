"""The start page: what needs somebody's attention, and what there is to set up."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from dispatch.departments import queries as departments
from dispatch.exchange import queries as exchange
from dispatch.facilities import queries as facilities
from dispatch.health import CHECKS
from dispatch.intake import queries as intake
from dispatch.jurisdiction import queries as jurisdiction
from dispatch.kit import clock
from dispatch.kit.http import Db
from dispatch.parts import queries as parts
from dispatch.people import queries as people
from dispatch.people.http import CurrentLogin, require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.routing import queries as routing
from dispatch.web.admin.frame import admin_page

router = APIRouter(include_in_schema=False)
Admin = Annotated[Person, Depends(require(Permission.ADMIN_DESK))]
Pair = tuple[str, str]
