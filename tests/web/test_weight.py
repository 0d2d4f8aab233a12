"""What a first visit costs: the citizens' pages with everything they load, compressed, without the map."""

import gzip
import re
from typing import Final

import pytest
from fastapi.testclient import TestClient

from dispatch.web.parts.static import FOLDER

MOST: Final = 300_000
_LOADED = re.compile(r'(?:href|src)="/static/([^"?]+)(?:\?[^"]*)?"')
_IMPORTED = re.compile(r'(?:^import .*?from|^import) "\./([^"]+)"', re.MULTILINE)


def _weight(path: str) -> int:
    """The bytes of a file as they travel, with those of the modules that it imports at once."""
    file = FOLDER / path
    if not file.is_file():
        pytest.skip("the assets are not built")
    own = len(gzip.compress(file.read_bytes(), 5))
    if file.suffix != ".js":
        return own
    others = _IMPORTED.findall(file.read_text("utf-8"))
    inner = [(file.parent / each).relative_to(FOLDER).as_posix() for each in others]
    return own + sum(_weight(each) for each in inner)


@pytest.mark.parametrize("address", ["/", "/report", "/track", "/nearby"])
def test_a_first_visit_is_light(visitor: TestClient, address: str) -> None:
    page = visitor.get(address).text
    parts = {path: _weight(path) for path in set(_LOADED.findall(page))}
    parts |= {"vendor/icons.svg": _weight("vendor/icons.svg")}
    assert "vendor/tabler.min.css" in parts
    assert len(gzip.compress(page.encode(), 5)) + sum(parts.values()) < MOST
