"""The shell, the worker and the manifest: installable, whole, and without anything of any person."""

import json
import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from PIL import Image
from sqlalchemy.orm import Session

from dispatch.web.parts.static import FOLDER
from tests.factories.city import City
from tests.web.conftest import As

VIEWS = ("tasks", "tasks/20261123-0001", "map", "new", "queue", "me")
_APP = re.compile(r"const APP = (\{.*\});")


def _worker(client: TestClient) -> tuple[dict[str, list[str]], str]:
    answer = client.get("/inspector/worker.js")
    assert answer.status_code == 200
    found = _APP.match(answer.text)
    assert found
    told: dict[str, list[str]] = json.loads(found[1])
    return told, answer.text


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_is_the_same_shell_without_a_person(as_: As, city: City, view: str) -> None:
    page = as_("inspector").get(f"/inspector/{view}")
    assert page.status_code == 200
    assert page.text == as_("inspector").get("/inspector/shell").text
    assert city["inspector"].name not in page.text
    assert "csrf" not in page.text.replace('name="csrf_token" value=""', "")


def test_the_app_is_for_inspectors_and_others_are_turned_away(as_: As, visitor: TestClient) -> None:
    assert as_("agent").get("/inspector/tasks").status_code == 403
    answer = visitor.get("/inspector/tasks")
    assert answer.headers["location"] == "/login?next=/inspector/tasks"
    assert as_("inspector").get("/inspector").headers["location"] == "/inspector/tasks"


def test_the_worker_may_serve_the_app_and_nothing_else(visitor: TestClient) -> None:
    answer = visitor.get("/inspector/worker.js")
    assert answer.headers["service-worker-allowed"] == "/inspector"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "no-cache"


def test_the_worker_keeps_every_file_that_the_app_loads(visitor: TestClient, as_: As) -> None:
    told, _ = _worker(visitor)
    kept = {address.partition("?")[0] for address in told["files"]}
    page = as_("inspector").get("/inspector/tasks").text
    named = {f"/static/{each}" for each in re.findall(r'"/static/([^"?#]+)', page)}
    modules = {
        f"/static/inspector/{path.name}"
        for path in (FOLDER / "inspector").glob("*.js")
        if path.name not in {"worker.js", "team.js"}
    }
    wanted = {
        each for each in named | modules if (FOLDER / each.removeprefix("/static/")).is_file()
    }
    assert wanted <= kept
    assert all(visitor.get(address).status_code == 200 for address in told["files"])


def test_a_changed_file_makes_another_version(
    visitor: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, _ = _worker(visitor)
    monkeypatch.setattr("dispatch.web.inspector.app.static", lambda path: f"/static/{path}?v=other")
    after, _ = _worker(visitor)
    assert before["version"] != after["version"]


@pytest.mark.parametrize(
    ("language", "name"), [("zh-CN", "城市管理巡查"), ("en-GB", "City patrol")]
)
def test_the_manifest_makes_it_installable(visitor: TestClient, language: str, name: str) -> None:
    answer = visitor.get("/inspector/manifest.webmanifest", headers={"Accept-Language": language})
    assert answer.headers["content-type"].startswith("application/manifest+json")
    manifest = answer.json()
    assert (manifest["name"], manifest["display"]) == (name, "standalone")
    assert manifest["start_url"].startswith(manifest["scope"])
    assert {each["purpose"] for each in manifest["icons"]} == {"any", "maskable"}
    for icon in manifest["icons"]:
        file = FOLDER / Path(icon["src"].partition("?")[0]).relative_to("/static")
        with Image.open(file) as picture:
            assert f"{picture.width}x{picture.height}" == icon["sizes"]


def test_the_team_is_for_leaders(as_: As, session: Session, city: City) -> None:
    page = as_("shift_leader").get("/inspector/team")
    assert page.status_code == 200
    assert city["inspector"].name in page.text
    assert as_("inspector").get("/inspector/team").status_code == 403
    own = as_("supervisor").get(f"/inspector/team/{city['inspector'].id}")
    assert "今日还没有轨迹" in own.text
    assert as_("supervisor").get(f"/inspector/team/{city['agent'].id}").status_code == 404
