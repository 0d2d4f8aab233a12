"""Chromium, as the distribution has it, quiet and able to draw maps without a graphics card."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

QUIET = (
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
#: Both sizes that pages are made for.
SIZES = {"desk": (1366, 768), "phone": (390, 844)}


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser that `CHROMIUM` names, else the machine's own."""
    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or "chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(QUIET))
        yield browser
        browser.close()
