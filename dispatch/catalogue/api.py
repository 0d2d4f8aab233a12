"""The catalogue over HTTP, for everyone: written once for each version and kept by the browser."""

from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import Query, Request, Response
from sqlalchemy.orm import Session

from dispatch.catalogue.queries import Plain, contents
from dispatch.catalogue.schemas import CatalogueOut, catalogue_out
from dispatch.kit.http import Db
from dispatch.kit.reference import Cached
from dispatch.kit.routes import Router
from dispatch.kit.tags import etag_of, tagged

router = Router(prefix="/api/v1/catalogue", tags=["catalogue"])

Kind = Literal["part", "event"]
#: Which part of it: only what the city uses, which numbering, parts or events.
Choice = tuple[bool, str | None, Kind | None]


class _Written:
    """The catalogue at one version, and each choice from it as JSON, written when first asked for."""

    def __init__(self, session: Session) -> None:
        self._all = contents(session)
        self._known = {row.scheme for row in self._all.categories}
        self._texts: dict[Choice, tuple[bytes, str]] = {}

    def get(self, choice: Choice) -> tuple[bytes, str]:
        """The JSON text and its tag. A numbering that is not known holds nothing, and is not kept."""
        held = self._texts.get(choice)
        if held is None:
            text = catalogue_out(self._all, wanted=_wanted(choice)).model_dump_json().encode()
            held = text, etag_of(text)
            if choice[1] is None or choice[1] in self._known:
                self._texts[choice] = held
        return held


_written = Cached("catalogue", _Written)


@router.get("", response_model=CatalogueOut)
def show_catalogue(
    session: Db,
    request: Request,
    active: Annotated[bool, Query(description="仅本市在用的 / only what this city uses")] = True,
    scheme: Annotated[str | None, Query(max_length=40, description="编码体系 / numbering")] = None,
    kind: Annotated[Kind | None, Query(description="部件或事件 / parts or events")] = None,
) -> Response:
    """Classes, minor classes, filing conditions with their limits, and the limits of stages."""
    text, etag = _written.get(session).get((active, scheme, kind))
    return tagged(
        request,
        text,
        etag=etag,
        media_type="application/json",
        cache="public, max-age=60, must-revalidate",
    )


def _wanted(choice: Choice) -> Callable[[Plain], bool]:
    active, scheme, kind = choice

    def is_wanted(row: Plain) -> bool:
        return (
            (row.active or not active) and scheme in (None, row.scheme) and kind in (None, row.kind)
        )

    return is_wanted
