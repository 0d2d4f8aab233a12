"""Links that open a map app with the way to a place, each in the system and order that app expects.

Amap and Tencent take GCJ-02, Baidu takes GCJ-02 when told so, `geo:` is WGS-84. Amap puts the
longitude first, all others the latitude.
"""

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from geo.crs import Crs, convert

#: How the platform names itself to the map services.
REFERER: Final = "city-dispatch"


@dataclass(frozen=True)
class Navigation:
    """The four links."""

    amap: str
    baidu: str
    tencent: str
    geo: str


def links(lon: float, lat: float, name: str) -> Navigation:
    """The links to a WGS-84/CGCS2000 place."""
    east, north = convert(lon, lat, source=Crs.CGCS2000, target=Crs.GCJ02)
    x, y = f"{east:.6f}", f"{north:.6f}"
    named = quote(name, safe="")
    return Navigation(
        amap=(f"https://uri.amap.com/navigation?to={x},{y},{named}&mode=car&coordinate=gaode"),
        baidu=(
            f"http://api.map.baidu.com/direction?destination=latlng:{y},{x}|name:{named}"
            f"&mode=driving&coord_type=gcj02&output=html&src={REFERER}"
        ),
        tencent=(
            "https://apis.map.qq.com/uri/v1/routeplan?type=drive"
            f"&to={named}&tocoord={y},{x}&referer={REFERER}"
        ),
        geo=f"geo:{lat:.6f},{lon:.6f}",
    )
