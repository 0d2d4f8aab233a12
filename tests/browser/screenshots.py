"""Screenshots of every page in both sizes, from a running demonstration: `bin/screenshots`.

Start `bin/dev` first; its log-ins are read from `var/demo.json`. The pictures go to
`var/screenshots/<size>/`.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from tests.browser.chromium import SIZES, chromium
from tests.browser.pages import admin_pages

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "var/demo.json"
PUBLIC = {
    "home": "/",
    "report": "/report",
    "track-find": "/track",
    "nearby": "/nearby?q=文昌路",
    "nearby-parking": "/nearby?q=文昌路&kind=parking",
    "open-map": "/map",
    "open-data-set": "/data/cases",
    "open-map-list": "/map/list",
    "open-data": "/data",
    "bulletins": "/bulletins",
    "login": "/login",
    "error": "/not-there",
}
POSTS = (
    "agent",
    "shift_leader",
    "dispatcher",
    "department",
    "handler",
    "inspector",
    "supervisor",
    "admin",
)
REGISTRARS = ("agent", "inspector")
#: Pages of a post's own desk.
OWN = {
    "agent": (
        "/agent/call",
        "/agent/review",
        "/agent/wechat",
        "/agent/callbacks",
        "/agent/import",
        "/notices",
        "/password",
    ),
    "shift_leader": (
        "/dispatcher/file",
        "/dispatcher/disputes",
        "/dispatcher/handover",
        "/inspector/team",
    ),
    "dispatcher": (
        "/dispatcher/dispatch",
        "/dispatcher/returned",
        "/dispatcher/requests",
        "/dispatcher/urging",
    ),
    "department": (
        "/department",
        "/department/board",
        "/department/crews",
        "/department/daily",
        "/department/figures",
    ),
    "handler": ("/department/mine",),
    "inspector": (
        "/inspector/tasks",
        "/inspector/map",
        "/inspector/new",
        "/inspector/queue",
        "/inspector/me",
    ),
    "supervisor": (
        "/supervisor/wall",
        "/supervisor/bulletins",
        "/supervisor/hotspots",
        "/supervisor/evaluation",
        "/supervisor/evaluation/rules",
        "/supervisor/bulletins",
    ),
}
#: Lists of which the first row is opened too: the address of a row.
ROWS = {
    "/data": r"/data/[a-z_]+",
    "/bulletins": r"/bulletins/\d+",
    "/agent/wechat": r"/agent/wechat/\d+",
    "/agent/import": r"/agent/import/\d+",
    "/inspector/team": r"/inspector/team/\d+",
    "/inspector/tasks": r"/inspector/tasks/\d{8}-\d+",
    "/department": r"/department/cases/\d{8}-\d+",
    "/supervisor/bulletins": r"/supervisor/bulletins/\d+",
}


def _shoot(page: Page, folder: Path, name: str, *, whole: bool = False) -> None:
    drawing = page.locator("[data-map]:visible")
    if drawing.count():
        drawing.first.scroll_into_view_if_needed()
        page.locator("[data-drawn]").first.wait_for(timeout=30_000)
        page.evaluate("scrollTo(0, 0)")
    path = folder / f"{name}.png"
    page.screenshot(path=path, full_page=whole)
    sys.stdout.write(f"{path}\n")


def _with_first_row(page: Page, folder: Path, name: str, path: str) -> None:
    page.goto(path)
    _shoot(page, folder, name)
    row = re.search(f'href="({ROWS[path]})"', page.content()) if path in ROWS else None
    if row is not None:
        page.goto(row[1])
        _shoot(page, folder, f"{name}-row", whole=True)


def _by_night(page: Page) -> None:
    """Pages are light until somebody chooses otherwise, whatever the device prefers."""
    if page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches"):
        page.goto("/theme/dark")


def _citizen(page: Page, folder: Path) -> None:
    _by_night(page)
    for name, path in PUBLIC.items():
        _with_first_row(page, folder, name, path)
    page.goto("/report")
    page.fill("#description", "文昌路口人行道上的井盖不见了")
    page.locator("[data-next]").click()
    page.fill("#address", "文昌路与桂中大道路口")
    page.locator(".candidate").first.click()
    _shoot(page, folder, "report-where")
    for number in (3, 4):
        page.locator("[data-next]").click()
        page.locator("[name=asked]").wait_for(state="attached")
        _shoot(page, folder, f"report-step-{number}")
    page.locator("[type=submit]").click()
    page.wait_for_url("**/report/done/**")
    _shoot(page, folder, "report-done")
    page.locator("main a[href^='/track/']").first.click()
    _shoot(page, folder, "track", whole=True)


def _log_in(page: Page, user: dict[str, str]) -> None:
    page.context.clear_cookies()
    _by_night(page)
    page.goto("/login")
    spoken = page.evaluate("document.documentElement.lang.slice(0, 2)")
    page.goto(f"/language/{spoken}?next=/login")  # the visitor's, whatever the person has set
    page.fill("#username", user["username"])
    page.fill("#password", user["password"])
    page.press("#password", "Enter")
    page.wait_for_url(lambda address: "/login" not in address)


def _staff(page: Page, folder: Path, post: str) -> None:
    _shoot(page, folder, f"{post}-list")
    first = page.locator(".c-number a").first
    if first.count():
        page.goto(str(first.get_attribute("href")))
        _shoot(page, folder, f"{post}-case", whole=True)
    for path in OWN.get(post, ()):
        _with_first_row(page, folder, f"{post}-{path.rpartition('/')[2]}", path)
    if post in REGISTRARS:
        page.goto("/cases/new")
        _shoot(page, folder, f"{post}-new")


def _admin(page: Page, folder: Path) -> None:
    for path in admin_pages(page):
        _shoot(page, folder, re.sub(r"\W+", "-", path).strip("-")[:60])


def _closed(page: Page, folder: Path) -> None:
    page.goto("/cases?queue=all&stage=closed")
    found = re.search(r'href="(/cases/\d{8}-\d+)"', page.content())
    if found:
        page.goto(found[1])
        _shoot(page, folder, "case-closed", whole=True)
        page.goto(f"{found[1]}/print")
        _shoot(page, folder, "case-print", whole=True)


def _pages(browser: Browser, base: str, options: argparse.Namespace) -> Iterator[tuple[str, Page]]:
    for size in options.size:
        width, height = SIZES[size]
        context = browser.new_context(
            base_url=base,
            viewport={"width": width, "height": height},
            locale="en-GB" if options.english else "zh-CN",
            color_scheme="dark" if options.dark else "light",
            reduced_motion="reduce",
        )
        context.set_default_timeout(30_000)
        yield size, context.new_page()
        context.close()


def _go_through(page: Page, folder: Path, users: dict[str, Any], *, whose: list[str]) -> None:
    if "citizen" in whose:
        _citizen(page, folder)
    for post in (post for post in POSTS if post in whose):
        _log_in(page, users[post])
        _staff(page, folder, post)
        if post == "admin":
            _admin(page, folder)
    if "closed" in whose:
        if "admin" not in whose:
            _log_in(page, users["admin"])
        _closed(page, folder)


def main() -> None:
    """Go through every page as everybody."""
    parser = argparse.ArgumentParser(prog="bin/screenshots", description=__doc__)
    parser.add_argument("--demo", type=Path, default=DEMO, help="the file that bin/dev writes")
    parser.add_argument("--to", type=Path, default=ROOT / "var/screenshots")
    parser.add_argument("--english", action="store_true", help="the pages in English")
    parser.add_argument("--dark", action="store_true", help="the pages by night")
    parser.add_argument("--only", nargs="+", choices=("citizen", *POSTS, "closed"), help="whose")
    parser.add_argument("--size", nargs="+", choices=SIZES, default=list(SIZES))
    options = parser.parse_args()
    if not options.demo.is_file():
        sys.exit(f"{options.demo} 不存在;请先运行 bin/dev / is missing: run bin/dev first")
    demo: dict[str, Any] = json.loads(options.demo.read_text("utf-8"))
    with chromium() as browser:
        for size, page in _pages(browser, demo["base_url"], options):
            folder = options.to.resolve() / size
            folder.mkdir(parents=True, exist_ok=True)
            whose = options.only or ["citizen", *POSTS, "closed"]
            _go_through(page, folder, demo["users"], whose=whose)


if __name__ == "__main__":
    main()
