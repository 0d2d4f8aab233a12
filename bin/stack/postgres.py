"""The private PostgreSQL cluster: found, created and started apart from any server that is there."""

import os
import pwd
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from stack.places import SETUP_LOG, VAR, ServerHome, make_private, socket_folder, var_mark
from stack.report import Failure, say, warn
from stack.shell import run, succeeds

OLDEST = 14  # what Ubuntu 22.04 ships; nothing in the schema needs more (docs/operating.md)
RECOMMENDED = 15
ROLE = "dispatch"
_SOCKET = ".s.PGSQL.5432"
_FALLBACK = Path("/var/lib/city-dispatch")

_SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_connections": "200",
    "max_wal_size": "2GB",
    "wal_compression": "on",
    "random_page_cost": "1.1",
    "jit": "off",  # short queries; compiling them costs more than it saves
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_duration_statement": "1000",
}
_SETTINGS_THAT_MAY_LOSE_DATA = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}


@dataclass(frozen=True)
class Cluster:
    """A private cluster: its programs, its folders, and the user it runs as (None: as oneself)."""

    programs: Path
    home: ServerHome
    user: str | None
    durable: bool

    def command(self) -> list[str]:
        """The server in the foreground."""
        settings = _SETTINGS | ({} if self.durable else _SETTINGS_THAT_MAY_LOSE_DATA)
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        folders = ["-D", str(self.home.data), "-k", str(self.home.socket_dir)]
        return [str(self.programs / "postgres"), *folders, *options]

    def url(self, database: str = "dispatch") -> str:
        """The address for SQLAlchemy with psycopg 3."""
        folder = quote(str(self.home.socket_dir), safe="/")
        return f"postgresql+psycopg://{ROLE}@/{database}?host={folder}"

    def is_ready(self) -> bool:
        """Whether the server takes connections."""
        ask: list[str | Path] = [self.programs / "pg_isready", "-q", "-h", self.home.socket_dir]
        return succeeds([*ask, "-U", ROLE, "-d", "postgres"])

    def ensure_database(self, name: str = "dispatch") -> None:
        """Create the database unless it exists."""
        psql: list[str | Path] = [
            self.programs / "psql",
            "-X",
            "-q",
            "-At",
            "-v",
            "ON_ERROR_STOP=1",
        ]
        psql += ["-h", self.home.socket_dir, "-U", ROLE, "-d", "postgres", "-c"]
        advice = "请看 var/log/postgres.log。 / See var/log/postgres.log."
        if not run([*psql, f"SELECT 1 FROM pg_database WHERE datname = '{name}'"], advice=advice):  # noqa: S608  # our own names only
            run([*psql, f"CREATE DATABASE {name} TEMPLATE template0"], advice=advice, log=SETUP_LOG)


def find_programs(version: str | None = None) -> Path | None:
    """The folder of the newest installed PostgreSQL that has PostGIS, or of the given version."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_major, reverse=True)
    for folder in folders:
        major = folder.parent.name
        control = Path(f"/usr/share/postgresql/{major}/extension/postgis.control")
        fits = major == version if version else _major(folder) >= OLDEST
        if fits and (folder / "initdb").is_file() and control.is_file():
            return folder
    return _programs_on_path(version)


def prepare(name: str, *, durable: bool) -> Cluster:
    """Create the cluster `var/<name>` unless it exists; say what cannot work before it fails."""
    user = _unprivileged_user() if os.geteuid() == 0 else None
    data = _place(name, user=user) / "data"
    version_file = data / "PG_VERSION"
    made_by = version_file.read_text("utf-8").strip() if version_file.is_file() else None
    programs = find_programs(made_by)
    if programs is None:
        raise Failure(
            f"{data} 由 PostgreSQL {made_by} 建立,但该版本未安装 / was made by PostgreSQL {made_by}, "
            "which is not installed",
            advice=f"sudo apt-get install postgresql-{made_by}-postgis-3,或用 pg_upgrade 升级 / "
            "or upgrade the folder with pg_upgrade.",
        )
    if _major(programs) and _major(programs) < RECOMMENDED:
        warn(
            f"本发行版只有 PostgreSQL {_major(programs)};可以试用,正式运行请用 ≥ {RECOMMENDED}。 / Only "
            f"PostgreSQL {_major(programs)} here: fine for a trial, use >= {RECOMMENDED} in production."
        )
    longest = f"{_SOCKET}.lock"
    socket_dir = socket_folder(name, longest_file=longest, wanted=data.parent / "run")
    make_private(socket_dir, user=user)
    cluster = Cluster(programs, ServerHome(data, socket_dir), user, durable)
    if made_by is None:
        _initialise(cluster)
    return cluster


def _initialise(cluster: Cluster) -> None:
    data = cluster.home.data
    if data.exists():
        shutil.rmtree(data)  # half made: PG_VERSION is missing
    command: list[str | Path] = [
        cluster.programs / "initdb",
        "-D",
        data,
        "-U",
        ROLE,
        "--encoding=UTF8",
    ]
    command += ["--locale=C.UTF-8", "--auth-local=trust", "--auth-host=reject", "--data-checksums"]
    run(
        command,
        advice=f"请看 {SETUP_LOG}。 / See {SETUP_LOG}.",
        user=cluster.user,
        cwd=data.parent,
        log=SETUP_LOG,
    )


def _place(name: str, *, user: str | None) -> Path:
    """`var/<name>`, or a folder that the server's user can reach, with a link at `var/<name>`."""
    place = VAR / name
    if place.is_symlink():
        target = place.resolve()
        make_private(target, user=user)
        return target
    if user is None or _reaches(user, VAR):
        make_private(place, user=user)
        return place
    if place.is_dir():
        raise Failure(
            f"用户 {user} 进不了 {place} / user {user} cannot enter {place}",
            advice=f"chmod o+x {VAR.parent},或把项目移回原处 / or move the checkout back.",
        )
    elsewhere = _FALLBACK / f"{var_mark()}-{name}"
    _FALLBACK.mkdir(mode=0o755, parents=True, exist_ok=True)
    make_private(elsewhere, user=user)
    place.symlink_to(elsewhere)
    say(
        f"  用户 {user} 进不了 {VAR},数据库放在 {elsewhere} / user {user} cannot enter {VAR}; "
        f"the database lies in {elsewhere}"
    )
    return elsewhere


def _reaches(user: str, folder: Path) -> bool:
    return succeeds(["test", "-x", folder], user=user)


def _unprivileged_user() -> str:
    """The user that PostgreSQL runs as when we are root, who may not run it."""
    for name in ("postgres", "city-dispatch"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    run(
        [
            "useradd",
            "--system",
            "--no-create-home",
            "--shell",
            "/usr/sbin/nologin",
            "city-dispatch",
        ],
        advice="useradd --system city-dispatch",
    )
    return "city-dispatch"


def _major(programs: Path) -> int:
    name = programs.parent.name
    return int(name) if name.isdecimal() else 0


def _programs_on_path(version: str | None) -> Path | None:
    """On other systems: whatever PostgreSQL with PostGIS stands on PATH."""
    initdb = shutil.which("initdb")
    config = shutil.which("pg_config")
    if initdb is None or config is None:
        return None
    advice = "pg_config"
    shared = Path(run([config, "--sharedir"], advice=advice).strip())
    found = re.search(r"(\d+)", run([config, "--version"], advice=advice))
    major = found[1] if found else "0"
    fits = major == version if version else int(major) >= OLDEST
    has_postgis = (shared / "extension/postgis.control").is_file()
    return Path(initdb).parent if fits and has_postgis else None
