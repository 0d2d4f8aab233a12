"""System packages: what is missing, which of the distribution's packages bring it, and installing them."""

import contextlib
import ctypes.util
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from stack import postgres, redis_server
from stack.places import SETUP_LOG
from stack.report import Failure, say, step
from stack.shell import run

_POSTGIS = re.compile(r"^postgresql-(\d+)-postgis-3$")
_CREATE_NO_CLUSTER = Path("/etc/postgresql-common/createcluster.d/city-dispatch-setup.conf")
_START_NO_SERVICE = Path("/usr/sbin/policy-rc.d")
BROWSERS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


def ensure(*, servers: bool, redis: bool, browser: bool) -> None:
    """Install what the machine lacks; nothing is asked of the system when nothing is missing."""
    missing = _missing(servers=servers, redis=redis, browser=browser)
    if not missing:
        return
    if shutil.which("apt-get") is None:
        raise Failure(
            f"缺少 / missing: {', '.join(missing)}",
            advice="本机没有 apt-get,请用系统自己的方式安装 PostgreSQL ≥ 15 + PostGIS、Redis ≥ 7。 / "
            "No apt-get here: install PostgreSQL >= 15 with PostGIS and Redis >= 7 by your "
            "system's own means, or set DATABASE_URL and REDIS_URL.",
        )
    prefix = _root_prefix(missing)
    with step("系统软件包目录 / package lists"):
        _apt(prefix, "update")
    names = [name for want in missing for name in _package_names(want)]
    say(f"  将安装 / installing: {' '.join(names)}")
    with step("系统软件包 / system packages"), _quiet_services(prefix):
        _apt(prefix, "install", "--no-install-recommends", "--yes", *names)
    left = _missing(servers=servers, redis=redis, browser=browser)
    if left:
        raise Failure(
            f"安装后仍缺少 / still missing after the installation: {', '.join(left)}",
            advice=f"请看 {SETUP_LOG}。 / See {SETUP_LOG}.",
        )


def browser() -> str | None:
    """The browser that the browser tests drive, if there is one."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def _missing(*, servers: bool, redis: bool, browser: bool) -> list[str]:
    wants = {
        "venv": not _can_make_environments(),
        "postgresql": servers and postgres.find_programs() is None,
        "redis": redis and redis_server.find_program() is None,
        "browser": browser and _needs_browser(),
        "fonts": not _has_chinese_font(),
        "pango": not _has_pango(),
    }
    return [name for name, is_missing in wants.items() if is_missing]


def _can_make_environments() -> bool:
    try:
        __import__("ensurepip")
    except ImportError:
        return False
    return True


def _needs_browser() -> bool:
    # Ubuntu ships Chromium as a snap only; there Playwright brings the browser (see gate.py).
    return browser() is None and "ubuntu" not in Path("/etc/os-release").read_text("utf-8").lower()


def _has_chinese_font() -> bool:
    folder = Path("/usr/share/fonts")
    return any(folder.rglob("*CJK*")) if folder.is_dir() else False


def _has_pango() -> bool:
    """Whether bulletins can be set as PDF: WeasyPrint loads Pango when it is imported."""
    return all(
        ctypes.util.find_library(name) for name in ("pango-1.0", "pangoft2-1.0", "harfbuzz-subset")
    )


def _package_names(want: str) -> list[str]:
    match want:
        case "venv":
            return [f"python{sys.version_info.major}.{sys.version_info.minor}-venv"]
        case "postgresql":
            version = _newest_postgis()
            return [f"postgresql-{version}", f"postgresql-{version}-postgis-3"]
        case "redis":
            # The program without the service: `redis-tools` holds the same binary, and nothing
            # is registered to start with the machine.
            return ["redis-tools"]
        case "browser":
            return ["chromium"]
        case "pango":
            return ["libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0"]
        case _:
            return ["fonts-noto-cjk"]


def _newest_postgis() -> int:
    offered = run(
        ["apt-cache", "pkgnames", "postgresql-"],
        advice="sudo apt-get update",
    ).split()
    versions = [int(found[1]) for name in offered if (found := _POSTGIS.match(name))]
    usable = [version for version in versions if version >= postgres.OLDEST]
    if not usable:
        raise Failure(
            f"本发行版没有 PostgreSQL ≥ {postgres.OLDEST} 的 PostGIS / this distribution offers no "
            f"PostGIS for PostgreSQL >= {postgres.OLDEST}",
            advice="请在 DATABASE_URL 中给出一个数据库。 / Give a database in DATABASE_URL.",
        )
    installed = [version for version in usable if Path(f"/usr/lib/postgresql/{version}").is_dir()]
    return max(installed or usable)


def _root_prefix(missing: list[str]) -> list[str]:
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        raise Failure(
            f"缺少 / missing: {', '.join(missing)}",
            advice="需要 root 或 sudo 才能安装系统软件包。 / Run as root or install sudo.",
        )
    say("  需要 sudo 安装系统软件包 / sudo is needed to install system packages")
    return ["sudo"]


def _apt(prefix: list[str], *arguments: str) -> None:
    run(
        [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet", *arguments],
        advice=f"请看 {SETUP_LOG};多为网络或锁,稍后重试。 / See {SETUP_LOG}; mostly the network or "
        "another apt at work: try again.",
        log=SETUP_LOG,
    )


@contextlib.contextmanager
def _quiet_services(prefix: list[str]) -> Iterator[None]:
    """While packages are unpacked: no default cluster is created and no service is started."""
    files = {
        _CREATE_NO_CLUSTER: ("create_main_cluster = false\n", "644"),
        _START_NO_SERVICE: ("#!/bin/sh\nexit 101\n", "755"),
    }
    ours = [path for path in files if not path.exists()]
    try:
        for path in ours:
            text, mode = files[path]
            script = (
                f'mkdir -p "{path.parent}" && printf %s "$1" > "{path}" && chmod {mode} "{path}"'
            )
            run([*prefix, "sh", "-c", script, "sh", text], advice="需要 root。 / Root is needed.")
        yield
    finally:
        for path in ours:
            run([*prefix, "rm", "-f", str(path)], advice=f"rm {path}")
