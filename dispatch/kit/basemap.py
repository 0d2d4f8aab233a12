"""The city's own base map, if it has one: which pictures or style, in which system, and which hosts they come from."""

from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

from dispatch.kit.config import settings
from geo.crs import Crs

#: The systems in which the platform's own layers lie on the pictures.
FITTING: Final = frozenset({Crs.WGS84, Crs.CGCS2000})


class BaseMap(BaseModel):
    """Pictures laid one over another (`urls`, XYZ or WMTS templates in Web Mercator) or a MapLibre `style`.

    A template that lists `{s}` is asked for at each of `subdomains`. `hosts` are further origins that a
    style fetches its tiles, signs and letters from.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    urls: tuple[str, ...] = ()
    subdomains: tuple[str, ...] = ()
    style: str | None = None
    crs: Crs
    attribution: str = ""
    tile_size: int = Field(default=256, ge=128, le=1024)
    max_zoom: int = Field(default=18, ge=1, le=22)
    hosts: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _fits(self) -> "BaseMap":
        if self.crs not in FITTING:
            raise ValueError(
                f"底图坐标系 {self.crs} 与平台图层相差数百米,不能叠加;请用 cgcs2000 或 wgs84 的底图(如天地图) / "
                f"a base map in {self.crs} lies hundreds of metres beside the platform's layers:"
                " use one in cgcs2000 or wgs84"
            )
        if bool(self.urls) == bool(self.style):
            raise ValueError("urls 与 style 须且只须填一项 / give either urls or style")
        for each in (*self._addresses(), *self.hosts):
            if urlsplit(each).scheme not in ("http", "https") or not urlsplit(each).hostname:
                raise ValueError(f"地址 {each} 无效 / {each} is no http(s) address")
        return self

    def _addresses(self) -> tuple[str, ...]:
        templates = (self.style,) if self.style else self.urls
        return tuple(
            template.replace("{s}", each) for template in templates for each in self._s(template)
        )

    def _s(self, template: str) -> tuple[str, ...]:
        return self.subdomains if "{s}" in template else ("",)

    @property
    def origins(self) -> tuple[str, ...]:
        """Where a browser must be allowed to fetch from."""
        parts = [urlsplit(each) for each in (*self._addresses(), *self.hosts)]
        return tuple(dict.fromkeys(f"{each.scheme}://{each.netloc}" for each in parts))

    def for_page(self) -> dict[str, Any]:
        """What the map on a page is told."""
        if self.style:
            return {"style": self.style, "attribution": self.attribution}
        return {
            "urls": [
                [template.replace("{s}", each) for each in self._s(template)]
                for template in self.urls
            ],
            "attribution": self.attribution,
            "tile_size": self.tile_size,
            "max_zoom": self.max_zoom,
        }


@lru_cache
def base_map() -> BaseMap | None:
    """The base map of this installation; raises what is wrong with the setting."""
    given = settings().base_map
    return BaseMap.model_validate_json(given) if given else None
