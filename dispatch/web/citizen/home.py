"""The first page that a citizen sees: report, follow, find."""

from fastapi import Request
from fastapi.responses import HTMLResponse

from dispatch.kit.routes import Router
from dispatch.web.parts.page import show

router = Router(include_in_schema=False)


@router.get("/")
def home(request: Request) -> HTMLResponse:
    """Large and calm."""
    return show(request, "citizen/home.html")
