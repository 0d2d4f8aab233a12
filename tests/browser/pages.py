"""The addresses of the administrator's desk, for whoever goes through all of them."""

import re
from collections.abc import Iterator
from typing import Final

from playwright.sync_api import Page

ADMIN: Final = (
    "/admin",
    "/admin/people",
    "/admin/people/new",
    "/admin/departments",
    "/admin/departments/new",
    "/admin/working-grids",
    "/admin/grids",
    "/admin/places",
    "/admin/parts",
    "/admin/facilities",
    "/admin/facilities/new",
    "/admin/facilities/keys",
    "/admin/cameras",
    "/admin/cameras/new",
    "/admin/cameras/types",
    "/admin/uploads",
    "/admin/uploads/new?kind=grid",
    "/admin/uploads/new?kind=people",
    "/admin/rules/calendars",
    "/admin/rules/calendars/new",
    "/admin/rules/ladder-steps",
    "/admin/rules/limit-rules/new",
    "/admin/rules/policies",
    "/admin/rules/routing",
    "/admin/rules/routing/new",
    "/admin/rules/snippets",
    "/admin/rules/text-modules",
    "/admin/rules/callbacks",
    "/admin/rules/consent",
    "/admin/notices",
    "/admin/notices/ways",
    "/admin/notices/robots",
    "/admin/notices/opt-outs",
    "/admin/notices/log",
    "/admin/deliveries",
    "/admin/deliveries?show=events",
    "/admin/intake",
    "/admin/audit",
)
#: Lists of which the first row is opened too: the address of a row.
ROWS: Final = {
    "/admin/people": r"/admin/people/\d+",
    "/admin/departments": r"/admin/departments/\d+",
    "/admin/working-grids": r"/admin/working-grids/\w+",
    "/admin/grids": r"/admin/areas/[\w/-]+",
    "/admin/parts": r"/admin/parts/(?!new)[\w-]+",
    "/admin/facilities": r"/admin/facilities/(?!new|keys)[\w-]+",
    "/admin/cameras": r"/admin/cameras/\d+",
    "/admin/uploads": r"/admin/uploads/\d+",
    "/admin/rules/calendars": r"/admin/rules/(?!calendars|routing)[\w-]+",
    "/admin/rules/routing": r"/admin/rules/routing/\d+",
    "/admin/rules/snippets": r"/admin/rules/snippets/\d+",
    "/admin/rules/text-modules": r"/admin/rules/text-modules/\d+",
    "/admin/rules/callbacks": r"/admin/rules/callbacks/\d+",
    "/admin/notices": r"/admin/notices/text[^\"]*",
    "/admin/deliveries": r"/admin/deliveries/\d+",
    "/admin/intake": r"/admin/intake/\d+",
}


def admin_pages(page: Page) -> Iterator[str]:
    """Open every page of the desk and the first row of every list that has one; the address of each."""
    for path in ADMIN:
        page.goto(path)
        row = re.search(f'href="({ROWS[path]})"', page.content()) if path in ROWS else None
        yield path
        if row is not None:
            opened = row[1].replace("&amp;", "&")
            page.goto(opened)
            yield opened
