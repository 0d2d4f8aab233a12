"""The OpenAPI document: readable operation names, refusals as problem details, who needs a log-in."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import orjson
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from pydantic import BaseModel, Field

REF = "#/components/schemas/{model}"


class ProblemField(BaseModel):
    """One part of the input that cannot be used."""

    field: str
    code: str
    message: str


class Problem(BaseModel):
    """A refusal (RFC 9457); some codes carry more members, such as `allowed` or `retry_after`."""

    type: str = "about:blank"
    title: str = Field(description="中文 / English")
    status: int
    code: str
    errors: list[ProblemField] | None = None


def operation_id(route: APIRoute) -> str:
    """The operation's name: what it is about and what it does, `people_log_in`."""
    return f"{route.tags[0]}_{route.name}" if route.tags else route.name


def dependencies(dependant: Dependant) -> Iterator[Callable[..., Any]]:
    """Every dependency of a route, however deep."""
    for each in dependant.dependencies:
        if each.call is not None:
            yield each.call
        yield from dependencies(each)


def api_routes(app: FastAPI) -> Iterator[RouteContext]:
    """Every address of the app that FastAPI serves, with the whole path."""
    for each in iter_route_contexts(app.routes):
        if isinstance(each.original_route, APIRoute):
            yield each


def document(
    app: FastAPI,
    *,
    tags: list[dict[str, str]],
    is_guarded: Callable[[Callable[..., Any]], bool],
    shapes: Sequence[type[BaseModel]] = (),
) -> dict[str, Any]:
    """The document. `is_guarded` tells a dependency that asks for a log-in.

    `shapes` are those of bodies that a handler reads itself and its route only refers to.
    """
    made = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        routes=app.routes,
        tags=tags,
    )
    components = made.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    every: tuple[type[BaseModel], ...] = (Problem, *shapes)
    for shape in every:
        schema = shape.model_json_schema(ref_template=REF)
        schemas.update(schema.pop("$defs", {}))
        schemas[shape.__name__] = schema
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    components["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer"},
        "cookie": {"type": "apiKey", "in": "cookie", "name": "dispatch_session"},
    }
    guarded = {
        (each.path_format, method.lower())
        for each in api_routes(app)
        if any(map(is_guarded, dependencies(each.dependant)))
        for method in each.methods or ()
    }
    for path, operations in made["paths"].items():
        for method, operation in operations.items():
            _finish(operation, is_guarded=(path, method) in guarded)
    return _with_short_names(made)


def _with_short_names(document: dict[str, Any]) -> dict[str, Any]:
    """Where two slices have a shape of one name, the slice goes before it: `RoutingRivalOut`.

    FastAPI writes the whole module instead and leaves the titles alike; generators stumble on both.
    """
    schemas: dict[str, Any] = document["components"]["schemas"]
    text = orjson.dumps(document).decode()
    for name in [name for name in schemas if "__" in name]:
        _, *module, own = name.split("__")
        short = module[0].capitalize() + own
        text = text.replace(f'"{REF.format(model=name)}"', f'"{REF.format(model=short)}"')
        text = text.replace(f'"{name}":', f'"{short}":')
    made: dict[str, Any] = orjson.loads(text)
    for name, schema in made["components"]["schemas"].items():
        schema["title"] = name
    return made


def _finish(operation: dict[str, Any], *, is_guarded: bool) -> None:
    operation["responses"].pop("422", None)
    operation["responses"]["default"] = {
        "description": "拒绝及原因 / A refusal and why",
        "content": {"application/problem+json": {"schema": {"$ref": REF.format(model="Problem")}}},
    }
    if is_guarded:
        operation["security"] = [{"bearer": []}, {"cookie": []}]
