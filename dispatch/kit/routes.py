"""Routes that cost one call in the thread pool: handler, answer and commit, one after the other.

FastAPI makes three of it: the handler, the validation of its answer, the end of the session. Each
is a hand-over between the event loop and a thread, and under load that costs more than the query
between them (docs/performance.md). A dependency that has a `later` joins in: what it asks of the
database is asked in the same call, before the handler.
"""

import inspect
from collections.abc import Callable
from functools import cached_property, wraps
from typing import Annotated, Any, get_args

from fastapi import APIRouter, Depends, Response
from fastapi.params import Depends as Dependency
from fastapi.routing import APIRoute
from pydantic import TypeAdapter

from dispatch.kit.http import Db

Endpoint = Callable[..., Any]


class _Answer:
    """What a handler says it returns, as JSON; None where FastAPI has to make the answer."""

    def __init__(self, shape: Any, status: int | None) -> None:
        self._shape = shape
        self._status = status or 200

    @cached_property
    def _adapter(self) -> TypeAdapter[Any]:
        return TypeAdapter(self._shape)

    def made_of(self, value: Any) -> Response:
        """The answer, drawn by the type that the handler declares and mypy has checked."""
        body = self._adapter.dump_json(value, by_alias=True)
        return Response(body, status_code=self._status, media_type="application/json")


def _answer_of(signature: inspect.Signature, options: dict[str, Any]) -> _Answer | None:
    shape = signature.return_annotation
    given = {name for name in ("response_class", "response_model") if name in options}
    plain = all(type(options[name]).__name__ == "DefaultPlaceholder" for name in given)
    is_response = inspect.isclass(shape) and issubclass(shape, Response)
    sets_headers = any(each.annotation is Response for each in signature.parameters.values())
    if not plain or is_response or sets_headers or shape in (None, inspect.Signature.empty):
        return None
    return _Answer(shape, options.get("status_code"))


def _later(parameter: inspect.Parameter) -> inspect.Parameter | None:
    """The parameter as one that gets a question instead of the answer, if its dependency has that."""
    for each in get_args(parameter.annotation)[1:]:
        later = getattr(each.dependency, "later", None) if isinstance(each, Dependency) else None
        if later is not None:
            return parameter.replace(annotation=Annotated[Any, Depends(later)])
    return None


def in_one_call(endpoint: Endpoint, options: dict[str, Any]) -> Endpoint:
    """The handler with its answer and its commit; as it is where it has no session or awaits."""
    signature = inspect.signature(endpoint, eval_str=True)
    name = next((key for key, each in signature.parameters.items() if each.annotation == Db), None)
    if name is None or inspect.iscoroutinefunction(endpoint):
        return endpoint
    answer = _answer_of(signature, options)
    given = {key: (_later(each), each) for key, each in signature.parameters.items()}
    questions = tuple(key for key, (later, _) in given.items() if later)

    @wraps(endpoint)
    def handled(**values: Any) -> Any:
        for each in questions:
            values[each] = values[each]()
        found = endpoint(**values)
        if answer is not None and not isinstance(found, Response):
            found = answer.made_of(found)
        values[name].commit()
        return found

    parameters = [later or plain for later, plain in given.values()]
    handled.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    return handled


class Route(APIRoute):
    """A route whose handler is called once, see above."""

    def __init__(self, path: str, endpoint: Endpoint, **options: Any) -> None:
        super().__init__(path, in_one_call(endpoint, options), **options)


class Router(APIRouter):
    """The router of every slice and desk."""

    def __init__(self, **options: Any) -> None:
        super().__init__(route_class=Route, **options)
