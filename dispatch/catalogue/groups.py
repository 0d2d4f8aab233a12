"""The groups that minor classes belong to: code → name in Chinese and English."""

from typing import Final

GROUPS: Final[dict[str, tuple[str, str]]] = {
    "manhole": ("井盖", "manholes"),
    "pole": ("杆件", "poles"),
    "lamp": ("路灯", "street lamps"),
    "line": ("线缆", "lines"),
    "road": ("道路", "roads"),
    "water": ("水务", "water"),
    "utility": ("公用设施", "utilities"),
    "traffic": ("交通设施", "traffic"),
    "greening": ("园林绿化", "greenery"),
    "sanitation": ("环境卫生", "sanitation"),
    "order": ("街面秩序", "street order"),
    "advertising": ("广告", "advertising"),
    "construction": ("施工管理", "construction"),
    "building": ("建筑", "buildings"),
    "amenity": ("便民设施", "amenities"),
    "environment": ("生态环境", "environment"),
    "emergency": ("突发事件", "emergencies"),
    "other": ("其他", "other"),
}


def group_name(code: str) -> str:
    """The Chinese name of a group; a group without one is called by its code."""
    return GROUPS.get(code, (code, code))[0]
