"""Pages name only icons and vendor files that the assets build makes."""

import json
import re

from tests.house.tree import ROOT, files, name_of

ASSETS = ROOT / "dispatch/web/assets"
_ICON = re.compile(r"icons\.svg#([a-z0-9-]+)|\bicon\(\s*[\"']([a-z0-9-]+)[\"']")
_VENDOR = re.compile(r"vendor/([\w.-]+)")


def pages() -> dict[str, str]:
    wanted = (".html", ".js", ".mjs", ".css", ".py")
    return {
        name_of(path): path.read_text("utf-8")
        for path in files()
        if name_of(path).startswith("dispatch/web/")
        and path.suffix in wanted
        and ASSETS not in path.parents
    }


def known_icons() -> list[str]:
    lines = (ASSETS / "icons.txt").read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_every_icon_of_a_page_is_in_the_sprite() -> None:
    known = set(known_icons())
    used = {
        f"{name}: {icon}"
        for name, text in pages().items()
        for found in _ICON.finditer(text)
        if (icon := found[1] or found[2]) not in known
    }
    assert used == set()


def test_the_list_of_icons_is_in_order_and_without_doubles() -> None:
    assert known_icons() == sorted(set(known_icons()))


def test_every_vendor_file_of_a_page_is_built() -> None:
    script = (ASSETS / "build.mjs").read_text("utf-8")
    missing = {
        f"{name}: {file}"
        for name, text in pages().items()
        for file in _VENDOR.findall(text)
        if f'"{file}"' not in script
    }
    assert missing == set()


def test_the_lock_file_belongs_to_the_list_of_packages() -> None:
    wanted = json.loads((ASSETS / "package.json").read_text("utf-8"))["dependencies"]
    locked = json.loads((ASSETS / "package-lock.json").read_text("utf-8"))["packages"]
    assert locked[""]["dependencies"] == wanted
    for name, version in wanted.items():
        assert locked[f"node_modules/{name}"]["version"] == version
