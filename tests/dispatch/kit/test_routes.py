"""A handler, its answer and its commit in one call: what is kept, what is taken back, what is said."""

import threading
from collections.abc import Callable, Iterator
from typing import Annotated

import pytest
from fastapi import Depends, FastAPI, Request, Response
from fastapi.testclient import TestClient
from pydantic import BaseModel
from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from dispatch.kit import http
from dispatch.kit.errors import Conflict, NotAllowed
from dispatch.kit.http import Db, asked_of, install_error_handlers
from dispatch.kit.routes import Router

router = Router(prefix="/things")


class Thing(BaseModel):
    """What these handlers answer."""

    name: str
    thread: int = 0


def _add(session: Session, name: str) -> None:
    session.execute(text("INSERT INTO things (name) VALUES (:name)"), {"name": name})


@router.post("/{name}", status_code=201)
def add(session: Db, name: str) -> Thing:
    _add(session, name)
    return Thing(name=name, thread=threading.get_ident())


@router.post("/{name}/refused")
def refuse(session: Db, name: str) -> Thing:
    _add(session, name)
    raise Conflict("taken", "已有", "Taken")


@router.post("/{name}/with-header")
def with_header(session: Db, name: str, response: Response) -> Thing:
    _add(session, name)
    response.headers["x-name"] = name
    response.status_code = 202
    return Thing(name=name)


@router.post("/{name}/own-answer")
def own_answer(session: Db, name: str) -> Response:
    _add(session, name)
    return Response("own", status_code=203)


class _Asked:
    """Says who asks; for these routes it says so in the handler's own call."""

    def __call__(self) -> int:
        return threading.get_ident()

    @staticmethod
    async def later(request: Request, session: Db, refuse: bool = False) -> Callable[[], int]:
        def ask() -> int:
            if refuse:
                raise NotAllowed("not_allowed", "没有权限", "Not allowed")
            return threading.get_ident()

        asked_of(request).append((session, ask))
        return ask


@router.post("/{name}/asked")
def asked(session: Db, name: str, who: Annotated[int, Depends(_Asked())], size: int) -> Thing:
    _add(session, name * size)
    return Thing(name=name, thread=who)


class _Watched(Session):
    committed_in = 0

    def commit(self) -> None:
        super().commit()
        self.committed_in = threading.get_ident()


@pytest.fixture
def watched(connection: Connection) -> Iterator[_Watched]:
    connection.execute(text("CREATE TEMPORARY TABLE things (name text)"))
    with _Watched(connection, join_transaction_mode="create_savepoint") as made:
        yield made


@pytest.fixture
def client(watched: _Watched) -> TestClient:
    app = FastAPI()
    install_error_handlers(app)
    app.include_router(router)

    def lent() -> Iterator[Session]:
        try:
            yield watched
        except BaseException:
            watched.rollback()
            raise

    app.dependency_overrides[http._session] = lent
    return TestClient(app)


def kept(session: Session) -> list[str]:
    return list(session.scalars(text("SELECT name FROM things")))


def test_answer_is_drawn_and_kept_in_the_thread_of_the_handler(
    client: TestClient, watched: _Watched
) -> None:
    answer = client.post("/things/lamp")

    assert (answer.status_code, answer.json()["name"]) == (201, "lamp")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["thread"] == watched.committed_in
    assert kept(watched) == ["lamp"]


def test_what_is_refused_is_taken_back(client: TestClient, watched: _Watched) -> None:
    assert client.post("/things/lamp/refused").status_code == 409
    assert kept(watched) == []


def test_handler_may_set_headers_and_status(client: TestClient, watched: _Watched) -> None:
    answer = client.post("/things/pole/with-header")

    assert (answer.status_code, answer.headers["x-name"]) == (202, "pole")
    assert kept(watched) == ["pole"]


def test_handler_may_answer_by_itself(client: TestClient, watched: _Watched) -> None:
    answer = client.post("/things/line/own-answer")

    assert (answer.status_code, answer.text) == (203, "own")
    assert kept(watched) == ["line"]


def test_failing_commit_is_no_answer(
    client: TestClient, watched: _Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise Conflict("lost", "没有保存", "Not stored")

    monkeypatch.setattr(watched, "commit", fail)

    assert client.post("/things/lamp").status_code == 409
    assert kept(watched) == []


def test_who_asks_is_looked_up_in_the_handlers_own_call(
    client: TestClient, watched: _Watched
) -> None:
    answer = client.post("/things/lamp/asked", params={"size": 2})

    assert answer.json()["thread"] == watched.committed_in
    assert kept(watched) == ["lamplamp"]


@pytest.mark.parametrize("size", ["2", "wide"])
def test_whoever_may_not_come_in_hears_nothing_about_the_input(
    client: TestClient, watched: _Watched, size: str
) -> None:
    answer = client.post("/things/lamp/asked", params={"refuse": True, "size": size})

    assert answer.status_code == 403
    assert kept(watched) == []


def test_whoever_may_come_in_hears_what_is_wrong_with_the_input(client: TestClient) -> None:
    assert client.post("/things/lamp/asked", params={"size": "wide"}).status_code == 422
