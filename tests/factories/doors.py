"""The whole application's doors in tests: what is sent, and how a refusal must look."""

from typing import Any

from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.model import Case
from dispatch.kit.db import Json
from tests.factories.city import spot


def told(**given: Any) -> Json:
    """The body of a report: a missing cover in the middle of the city; None leaves a field out."""
    longitude, latitude = spot()
    point = {"longitude": longitude, "latitude": latitude}
    body = {"description": "路口的井盖不见了", **point, **given}
    return {name: value for name, value in body.items() if value is not None}


def send(client: TestClient, *, key: str | None = None, **given: Any) -> Response:
    """Report it as a citizen."""
    headers = {"Idempotency-Key": key} if key else {}
    return client.post("/api/v1/reports", json=told(**given), headers=headers)


def do(client: TestClient, case: Case, verb: str, **body: Any) -> Response:
    """Do a deed to a case."""
    return client.post(f"/api/v1/cases/{case.public_id}/{verb}", json=body)


def case_of(session: Session, answer: Response) -> Case:
    """The case that an answer names, as it is now."""
    session.expire_all()
    return session.scalars(select(Case).where(Case.public_id == answer.json()["id"])).one()


def problem_in(answer: Response, status: int, code: str) -> Json:
    """The problem that an answer must be, with its title in both languages."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: Json = answer.json()
    assert (body["type"], body["status"], body["code"]) == ("about:blank", status, code)
    zh, _, en = body["title"].partition(" / ")
    assert zh
    assert en
    return body
