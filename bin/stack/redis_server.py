"""The private Redis (or Valkey): found and started on a unix socket, with its append-only file on."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from stack.places import RUN, VAR, ServerHome, make_private, socket_folder
from stack.report import Failure, warn
from stack.shell import run, succeeds

RECOMMENDED = 7
_SOCKET = "redis.sock"
_SERVER_IN_TOOLS = (Path("/usr/bin/redis-check-rdb"), Path("/usr/bin/valkey-check-rdb"))


@dataclass(frozen=True)
class Redis:
    """A private Redis: its program and its folders."""

    program: Path
    home: ServerHome
    durable: bool

    @property
    def socket(self) -> Path:
        """The socket that it listens on."""
        return self.home.socket_dir / _SOCKET

    def command(self) -> list[str]:
        """The server in the foreground."""
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.home.data),
            "appendonly": "yes" if self.durable else "no",
            "appendfsync": "everysec",
            "save": "900 1" if self.durable else "",
            "maxmemory-policy": "noeviction",  # a queue may not forget
            "daemonize": "no",
            "loglevel": "warning",
        }
        words = [part for name, value in options.items() for part in (f"--{name}", value)]
        return [str(self.program), *words]

    def url(self, database: int = 0) -> str:
        """The address for redis-py."""
        return f"unix://{quote(str(self.socket), safe='/')}?db={database}"

    def is_ready(self) -> bool:
        """Whether the server answers."""
        client = shutil.which("redis-cli") or shutil.which("valkey-cli")
        return client is not None and succeeds([client, "-s", self.socket, "ping"])


def find_program() -> Path | None:
    """The server's program, also where only the tools package is installed."""
    for name in ("redis-server", "valkey-server"):
        found = shutil.which(name)
        if found:
            return Path(found)
    return next((path for path in _SERVER_IN_TOOLS if path.is_file()), None)


def prepare(name: str, *, durable: bool) -> Redis:
    """Create the folders of `var/<name>`; say so where the version is older than it should be."""
    found = find_program()
    if found is None:
        raise Failure("没有 Redis / no Redis", advice="sudo apt-get install redis-tools")
    program = _under_its_server_name(found)
    banner = run([program, "--version"], advice="redis-server --version")
    version = re.search(r"v=(\d+)", banner)
    if version is None:
        raise Failure(
            f"{found} 不是服务器 / is not a server", advice="sudo apt-get install redis-server"
        )
    if int(version[1]) < RECOMMENDED:
        warn(
            f"本发行版只有 Redis {version[1]};可以试用,正式运行请用 ≥ {RECOMMENDED}。 / Only Redis "
            f"{version[1]} here: fine for a trial, use >= {RECOMMENDED} in production."
        )
    data = VAR / name
    data.mkdir(mode=0o700, exist_ok=True)
    socket_dir = socket_folder(name, longest_file=_SOCKET)
    make_private(socket_dir)
    return Redis(program, ServerHome(data, socket_dir), durable)


def _under_its_server_name(program: Path) -> Path:
    """One binary is server and checker by the name it is called with; the tools package has the checker's."""
    if program not in _SERVER_IN_TOOLS:
        return program
    link = RUN / program.name.replace("check-rdb", "server")
    link.unlink(missing_ok=True)
    link.symlink_to(program)
    return link
