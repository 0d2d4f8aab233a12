"""The city's own base map: what is taken, what is refused with its reason, and what browsers are allowed because of it."""

import json
from collections.abc import Iterator

import pytest
from pydantic import ValidationError

from dispatch.kit import config
from dispatch.kit.basemap import BaseMap, base_map
from dispatch.kit.security import content_policy

TIANDITU = {
    "urls": [
        "https://{s}.tianditu.gov.cn/vec_w/wmts?SERVICE=WMTS&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk=key",
        "https://{s}.tianditu.gov.cn/cva_w/wmts?SERVICE=WMTS&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk=key",
    ],
    "subdomains": ["t0", "t1"],
    "crs": "cgcs2000",
    "attribution": "天地图 GS(2024)0568号",
}


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    yield monkeypatch
    monkeypatch.undo()
    _forget()


def _forget() -> None:
    config.settings.cache_clear()
    base_map.cache_clear()


def test_without_a_setting_nothing_comes_from_elsewhere(given: pytest.MonkeyPatch) -> None:
    given.delenv("DISPATCH_BASE_MAP", raising=False)
    _forget()
    assert base_map() is None
    assert "http" not in content_policy()


def test_pictures_are_asked_for_at_each_subdomain_and_no_other_host_is_allowed(
    given: pytest.MonkeyPatch,
) -> None:
    given.setenv("DISPATCH_BASE_MAP", json.dumps(TIANDITU))
    _forget()
    found = base_map()
    assert found is not None
    shown = found.for_page()["urls"]
    assert [len(each) for each in shown] == [2, 2]
    assert shown[0][1].startswith("https://t1.tianditu.gov.cn/vec_w")
    rules = dict(part.split(" ", 1) for part in content_policy().split("; "))
    hosts = "https://t0.tianditu.gov.cn https://t1.tianditu.gov.cn"
    assert rules["img-src"] == f"'self' data: blob: {hosts}"
    assert rules["connect-src"] == f"'self' {hosts}"
    assert rules["script-src"] == rules["style-src"] == rules["font-src"] == "'self'"


def test_a_style_names_the_hosts_that_it_fetches_from(given: pytest.MonkeyPatch) -> None:
    style = {"style": "https://map.lz.example/style.json", "crs": "wgs84"}
    given.setenv("DISPATCH_BASE_MAP", json.dumps({**style, "hosts": ["https://tiles.lz.example"]}))
    _forget()
    found = base_map()
    assert found is not None
    assert found.origins == ("https://map.lz.example", "https://tiles.lz.example")
    assert found.for_page()["style"] == "https://map.lz.example/style.json"


@pytest.mark.parametrize("crs", ["gcj02", "bd09"])
def test_pictures_that_are_shifted_are_refused(crs: str) -> None:
    with pytest.raises(ValidationError, match="hundreds of metres"):
        BaseMap.model_validate({**TIANDITU, "crs": crs})


@pytest.mark.parametrize(
    "wrong",
    [
        {"crs": "wgs84"},
        {"crs": "wgs84", "style": "https://a.example/s.json", "urls": ["https://a.example/{z}"]},
        {"crs": "wgs84", "urls": ["javascript:alert(1)"]},
        {"crs": "wgs84", "urls": ["https://a.example/{z}"], "hosts": ["nowhere"]},
        {"urls": ["https://a.example/{z}"]},
        {"crs": "wgs84", "urls": ["https://a.example/{z}"], "key": "1"},
    ],
)
def test_what_makes_no_map_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        BaseMap.model_validate(wrong)
