"""A test client for some routers, whose requests run in the test's own transaction."""

from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from dispatch.kit import http


def client_for(session: Session, *routers: APIRouter) -> TestClient:
    """A client of an app with these routers; what a request writes, the test sees and rolls back."""
    app = FastAPI()
    for router in routers:
        app.include_router(router)
    http.install_error_handlers(app)
    app.dependency_overrides[http._session] = lambda: session
    return TestClient(app)
