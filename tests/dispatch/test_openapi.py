"""The OpenAPI document: valid, readable, honest about refusals and log-ins."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from openapi_spec_validator import validate

from dispatch.kit.openapi import api_routes
from dispatch.main import TAGS, build_app
from dispatch.people import matrix


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The document as a client generator gets it."""
    answer = TestClient(build_app()).get("/openapi.json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            yield method.upper(), path, operation


def test_document_is_valid(document: dict[str, Any]) -> None:
    validate(document)


def test_every_reference_leads_somewhere_and_no_name_is_a_module(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    referred = set(re.findall(r"#/components/schemas/([^\"]+)", json.dumps(document)))
    assert referred - set(schemas) == set()
    assert [name for name in schemas if "__" in name] == []
    assert len({schema["title"] for schema in schemas.values()}) == len(schemas)


def test_every_address_of_the_app_is_in_it(document: dict[str, Any]) -> None:
    app = build_app()
    served = {
        (method, route.path_format)
        for route in api_routes(app)
        if route.include_in_schema
        for method in route.methods or ()
    }
    assert served == {(method, path) for method, path, _ in _operations(document)}


def test_operations_have_readable_names_of_their_own(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in _operations(document)]
    assert [name for name, times in Counter(names).items() if times > 1] == []
    assert [name for name in names if not re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)+", name)] == []


def test_every_refusal_is_a_problem(document: dict[str, Any]) -> None:
    for method, path, operation in _operations(document):
        refusal = operation["responses"]["default"]["content"]["application/problem+json"]
        assert refusal["schema"] == {"$ref": "#/components/schemas/Problem"}, (method, path)
        assert "422" not in operation["responses"], (method, path)
    problem = document["components"]["schemas"]["Problem"]
    assert {"title", "status", "code", "errors"} <= set(problem["properties"])


def test_log_in_is_asked_for_exactly_where_a_right_is(document: dict[str, Any]) -> None:
    asked = {
        (method, path)
        for method, path, operation in _operations(document)
        if "security" in operation
    }
    app = build_app()
    shown = {(method, path) for method, path, _ in _operations(document)}
    rights = {(row.method, row.path) for row in matrix.rows(app) if not row.is_public}
    assert asked == rights & shown


def test_tags_are_known_and_in_both_languages(document: dict[str, Any]) -> None:
    known = {tag["name"] for tag in document["tags"]}
    used = {tag for _, _, operation in _operations(document) for tag in operation["tags"]}
    assert used <= known
    assert all(re.search(r"[\u4e00-\u9fff].* / [A-Z]", tag["description"]) for tag in TAGS)
