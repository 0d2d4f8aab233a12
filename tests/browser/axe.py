"""What axe finds wrong on a page that is open, told in few words; and whether the page is too wide."""

from pathlib import Path
from typing import Final

import axe_playwright_python
from playwright.sync_api import Page

#: WCAG 2.2 A and AA, and what axe's makers hold to be good besides.
TAGS: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
_SCRIPT = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
#: Only what is wrong is told in full and brought over: that halves the time of a page.
_RUN = """async ({tags, more}) => {
    const rules = Object.fromEntries(more.map((name) => [name, {enabled: true}]));
    const found = await axe.run({runOnly: tags, rules, resultTypes: ["violations"]});
    return found.violations
        .filter(({impact}) => impact === "serious" || impact === "critical")
        .flatMap(({id, nodes}) => nodes.map((node) =>
            `${id} ${node.html.slice(0, 160)} ${(node.failureSummary ?? "").slice(0, 240)}`));
}"""
_TOO_WIDE = "document.documentElement.scrollWidth - window.innerWidth"


def faults(
    page: Page, name: str, *, tags: tuple[str, ...] = TAGS, rules: tuple[str, ...] = ()
) -> list[str]:
    """What is serious, each after the page's name; `rules` are looked at besides those of the tags."""
    wide = page.evaluate(_TOO_WIDE)
    page.evaluate(_SCRIPT)
    found: list[str] = page.evaluate(_RUN, {"tags": tags, "more": rules})
    if wide > 0:
        found.append(f"{wide} pixels wider than the screen")
    return [f"{name}: {each}" for each in found]
