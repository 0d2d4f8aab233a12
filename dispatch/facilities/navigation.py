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
    """The links. `apple`: for telephones that know no `geo:`."""

    amap: str
    baidu: str
    tencent: str
    geo: str
    apple: str


def links(lon: float, lat: float, name: str, *, on_foot: bool = False) -> Navigation:
    """The links to a WGS-84/CGCS2000 place, by car unless on foot. Apple's map of China is GCJ-02 too."""
    east, north = convert(lon, lat, source=Crs.CGCS2000, target=Crs.GCJ02)
    x, y = f"{east:.6f}", f"{north:.6f}"
    named = quote(name, safe="")
    amap, baidu, tencent, apple = _MODES[on_foot]
    return Navigation(
        amap=f"https://uri.amap.com/navigation?to={x},{y},{named}&mode={amap}&coordinate=gaode",
        baidu=(
            f"http://api.map.baidu.com/direction?destination=latlng:{y},{x}|name:{named}"
            f"&mode={baidu}&coord_type=gcj02&output=html&src={REFERER}"
        ),
        tencent=(
            f"https://apis.map.qq.com/uri/v1/routeplan?type={tencent}"
            f"&to={named}&tocoord={y},{x}&referer={REFERER}"
        ),
        geo=f"geo:{lat:.6f},{lon:.6f}",
        apple=f"https://maps.apple.com/?daddr={y},{x}&q={named}&dirflg={apple}",
    )


#: How each service calls going by car and on foot.
_MODES: Final = {False: ("car", "driving", "drive", "d"), True: ("walk", "walking", "walk", "w")}
