"""The web application: every slice's door in one frame."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

import anyio.to_thread
from fastapi import APIRouter, FastAPI
from fastapi.concurrency import run_in_threadpool
from starlette.middleware.gzip import GZipMiddleware

from dispatch import health, live, me
from dispatch.cases import api as cases
from dispatch.catalogue import api as catalogue
from dispatch.exchange import api as exchange
from dispatch.facilities import api as facilities
from dispatch.intake import api as intake
from dispatch.intake import media
from dispatch.intake.channels.camera import api as camera
from dispatch.intake.channels.wechat import api as wechat
from dispatch.jurisdiction import api as jurisdiction
from dispatch.kit import logging, openapi
from dispatch.kit.config import settings
from dispatch.kit.doors import RateLimit, door
from dispatch.kit.frame import Frame
from dispatch.kit.http import install_error_handlers
from dispatch.kit.security import BodyLimit, room
from dispatch.ladders import api as ladders
from dispatch.notices import api as notices
from dispatch.parts import api as parts
from dispatch.patrol import api as patrol
from dispatch.people import api as people
from dispatch.people.http import AskedLater, current_login
from dispatch.routing import api as routing
from dispatch.warm import warm_up
from dispatch.web.parts.errors import failure_page, install_pages, refusal
from dispatch.web.parts.static import files as static_files
from dispatch.web.routers import ROUTERS as PAGES

#: Every door of the platform.
ROUTERS: tuple[APIRouter, ...] = (
    intake.router,
    media.router,
    cases.router,
    ladders.router,
    routing.router,
    exchange.router,
    jurisdiction.router,
    catalogue.router,
    parts.router,
    facilities.router,
    wechat.router,
    camera.router,
    notices.router,
    patrol.router,
    people.router,
    me.router,
    live.router,
    health.router,
    *PAGES,
)

TAGS = [
    {"name": "reports", "description": "市民上报 / Reports from citizens"},
    {"name": "cases", "description": "案件 / Cases"},
    {"name": "routing", "description": "派遣规则 / Who is responsible, and why"},
    {"name": "exchange", "description": "交换与投递 / Deliveries to departments"},
    {"name": "jurisdiction", "description": "网格与地址 / Grid and addresses"},
    {"name": "catalogue", "description": "立案标准 / Classes, conditions, limits"},
    {"name": "parts", "description": "部件 / The inventory of parts"},
    {"name": "facilities", "description": "公共设施 / Public facilities"},
    {"name": "channels", "description": "接入渠道 / Channels for machines"},
    {"name": "patrol", "description": "巡查考勤与轨迹 / Shifts and tracks of inspectors"},
    {"name": "people", "description": "人员与登录 / People and log-in"},
    {"name": "platform", "description": "平台状态 / State of the platform"},
]

#: How often a minute one address may knock where no log-in is needed; settings can change each.
DOORS = (
    door("report_writing", "POST", r"/report/(photos|alike)", 300),
    door("report", "POST", r"/(api/v1/reports|report|track)(/|$)", 60),
    door("follow", "GET", r"/(api/v1/reports|track)/", 240),
    door("locate_many", "POST", r"/api/v1/grid/locate", 60),
    door("geocode", "GET", r"/api/v1/geocode", 300),
    door(
        "lookup",
        "GET",
        r"(/api/v1/(grid/locate|facilities|catalogue)|/nearby|/map|/data|/bulletins)",
        600,
    ),
    door("session", "POST", r"/(api/v1/session|login)$", 60),
    door("tiles", "GET", r"/tiles/", 3000),
    door("wechat", "GET POST", r"/channels/wechat", 6000),
    door("sms", "POST", r"/channels/sms", 6000),
    door("camera", "POST", r"/channels/camera/", 6000),
    door("open311", "GET POST", r"/open311/", 240),
)

#: Photos: six of 20 MB, and what is around them. A camera's picture comes as base64.
ROOMS = (
    room(r"/api/v1/(reports|cases|photos)|/(report|cases|inspector)\b", megabytes=125),
    room(r"/agent/import$", megabytes=20),
    room(r"/channels/camera/|/VIID/", megabytes=30),
    room(r"/api/v1/grid/locate", megabytes=4),
    room(r"/admin/uploads/new", megabytes=101),
)
OTHERWISE = room(r"/", megabytes=1)


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    """Threads for the handlers while the server runs; those who watch live are sent home at its end."""
    logging.configure()
    anyio.to_thread.current_default_thread_limiter().total_tokens = min(
        settings().web_threads, settings().database_pool_size
    )
    await run_in_threadpool(warm_up)
    async with live.watching() as watchers:
        yield {"watchers": watchers}


class App(FastAPI):
    """FastAPI with this platform's OpenAPI document."""

    def openapi(self) -> dict[str, Any]:
        """The document, made once."""
        if not self.openapi_schema:
            self.openapi_schema = openapi.document(
                self,
                tags=TAGS,
                is_guarded=lambda call: call is current_login or isinstance(call, AskedLater),
                shapes=(intake.ReportIn, intake.StaffReportIn),
            )
        return self.openapi_schema


def build_app() -> FastAPI:
    """The application, with every router, refusal and layer of the frame."""
    made = App(
        title="城市管理案件调度平台 / City case dispatch",
        version=version("city-dispatch"),
        description="从上报到结案 / From a report to a closed case",
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=openapi.operation_id,
        lifespan=lifespan,
    )
    install_error_handlers(made)
    install_pages(made)
    for router in ROUTERS:
        made.include_router(router)
    made.mount("/static", static_files(), name="static")
    made.add_middleware(BodyLimit, rooms=ROOMS, otherwise=OTHERWISE)
    made.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=5)
    made.add_middleware(RateLimit, doors=DOORS, refuse=refusal)
    made.add_middleware(Frame, page=failure_page)
    return made


app = build_app()
