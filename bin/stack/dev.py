"""`bin/dev`: sets up what is missing, starts everything, waits until it is ready, and stops it cleanly."""

import argparse
import json
import os
import shlex
import signal
import socket
import time
import urllib.error
import urllib.request
from pathlib import Path

from stack import assets, keys, lock, logs, packages, postgres, python_env, redis_server
from stack.places import LOG, ROOT, SETUP_LOG, VAR, VENV, make_var
from stack.report import BOLD, DIM, RESET, Failure, say, step, warn
from stack.shell import run
from stack.supervise import Supervisor, programs_of_procfile, programs_of_servers

DEMO = VAR / "demo.json"
_COUNTS = {"web": 2}  # the worker counts its own
_READY_SECONDS = 180
_GRACE_SECONDS = 5  # a program that is still being started over after this will not come up


def main(arguments: list[str]) -> int:
    """Run the platform until Ctrl-C."""
    options = _options(arguments)
    make_var()
    address = f"{options.host}:{_free_port(options.host, options.port)}"
    signal.signal(signal.SIGTERM, _stop)
    # a shell that starts us in the background lets us ignore Ctrl-C; whoever sends it means it
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with lock.only_one(f"http://{address}"):
        return _run(address, show_logs=not options.quiet, demo=not options.empty)


def _run(address: str, *, show_logs: bool, demo: bool) -> int:
    started = time.monotonic()
    SETUP_LOG.unlink(missing_ok=True)
    own_database, own_redis = "DATABASE_URL" not in os.environ, "REDIS_URL" not in os.environ
    say(f"{BOLD}城市管理案件调度平台 / city dispatch{RESET}  {DIM}{ROOT}{RESET}")
    packages.ensure(servers=own_database, redis=own_redis, browser=False)
    python_env.ensure(with_tests=False)
    assets.ensure()
    cluster = redis = None
    with step("数据文件夹 / data folders (var/)"):
        cluster = postgres.prepare("pg", durable=True) if own_database else None
        redis = redis_server.prepare("redis", durable=True) if own_redis else None
    env = _environment(address, cluster, redis)
    servers = programs_of_servers(cluster, redis)
    platform = programs_of_procfile(counts=_COUNTS, address=address)
    supervisor = Supervisor([*servers, *platform], env=env)
    follower = logs.Follower([program.name for program in platform])
    try:
        with step("数据库与队列 / PostgreSQL and Redis"):
            supervisor.start()
            _wait_for_servers(supervisor, cluster, redis)
        _fill_database(cluster, env, demo=demo)
        with step("网页、转发、时钟、工人 / web, relay, clock, workers"):
            supervisor.start_platform()
            _wait_until_ready(supervisor, address)
        _welcome(address, seconds=time.monotonic() - started)
        if show_logs:
            follower.start()
        return _watch(supervisor)
    except KeyboardInterrupt:
        return 0
    finally:
        _stop_all(supervisor, follower)


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bin/dev",
        description="Set up and run the whole platform. DATABASE_URL and REDIS_URL replace the "
        "private servers. Ctrl-C stops everything; the data stays in var/.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8000, help="first port to try")
    parser.add_argument("--quiet", action="store_true", help="do not show the processes' logs")
    parser.add_argument(
        "--empty", action="store_true", help="do not fill in the demonstration city"
    )
    return parser.parse_args(arguments)


def _free_port(host: str, first: int) -> int:
    for port in range(first, first + 100):
        with socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind((host, port))
            except PermissionError:
                continue
            except OSError as error:
                if error.errno in {98, 13}:  # in use, not allowed
                    continue
                raise Failure(f"{host}: {error.strerror}", advice="--host 127.0.0.1") from error
            return port
    raise Failure(
        f"{first}–{first + 99} 端口都被占用 / all ports are taken",
        advice="bin/dev --port 9000",
    )


def _environment(
    address: str, cluster: postgres.Cluster | None, redis: redis_server.Redis | None
) -> dict[str, str]:
    """What the platform's processes see; what the person has set wins."""
    defaults = keys.ensure() | {
        "DISPATCH_ENVIRONMENT": "development",
        "DISPATCH_BASE_URL": f"http://{address.replace('0.0.0.0', '127.0.0.1')}",  # noqa: S104
        "DISPATCH_COOKIE_SECURE": "false",
        "DISPATCH_RATE_EXEMPT": "127.0.0.0/8",  # `dispatch simulate` plays a city from here
        "DISPATCH_VAR_DIR": str(VAR),
        "PYTHONUNBUFFERED": "1",
        "LC_ALL": "C.UTF-8",
    }
    if cluster is not None:
        defaults["DATABASE_URL"] = cluster.url()
    if redis is not None:
        defaults["REDIS_URL"] = redis.url()
    _write_shell_file(defaults)
    return {**defaults, **os.environ, "PATH": python_env.path_with_venv()}


def _write_shell_file(values: dict[str, str]) -> None:
    """`. var/dev.env` gives another terminal the same settings."""
    file = VAR / "dev.env"
    file.touch(mode=0o600)
    lines = [f"export {name}='{value}'" for name, value in values.items() if name != "LC_ALL"]
    lines.append(f"export PATH='{VENV / 'bin'}':\"$PATH\"")
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _wait_for_servers(
    supervisor: Supervisor,
    cluster: postgres.Cluster | None,
    redis: redis_server.Redis | None,
) -> None:
    for name, server in (("postgres", cluster), ("redis", redis)):
        began = time.monotonic()
        while server is not None and not server.is_ready():
            waited = time.monotonic() - began
            states = {process.name: process.state for process in supervisor.processes()}
            gave_up = waited > _GRACE_SECONDS and states.get(name) in {"BACKOFF", "FATAL", None}
            if gave_up or waited > _READY_SECONDS:
                raise Failure(
                    f"{name} 没有就绪 / is not ready\n{_tail(LOG / f'{name}.log')}",
                    advice=f"请看 {LOG / f'{name}.log'} / see there.",
                )
            time.sleep(0.1)


def _fill_database(cluster: postgres.Cluster | None, env: dict[str, str], *, demo: bool) -> None:
    if cluster is not None:
        cluster.ensure_database()
    advice = (
        f"请看 {SETUP_LOG};`. var/dev.env && dispatch doctor` 说明问题所在。 / See {SETUP_LOG}."
    )
    dispatch = VENV / "bin/dispatch"
    with step("数据库结构 / migrations"):
        run([dispatch, "migrate"], advice=advice, env=env, cwd=ROOT, log=SETUP_LOG)
    if not demo:
        return
    with step("演示数据 / seed data, when empty"):
        seed = ["seed", "--if-empty", "--demo"]
        run([dispatch, *seed], advice=advice, env=env, cwd=ROOT, log=SETUP_LOG)


def _wait_until_ready(supervisor: Supervisor, address: str) -> None:
    url = f"http://{address.replace('0.0.0.0', '127.0.0.1')}/readyz"  # noqa: S104
    deadline = time.monotonic() + _READY_SECONDS
    answer = ""
    while time.monotonic() < deadline and supervisor.is_alive():
        ready, answer = _ask(url)
        if ready:
            return
        time.sleep(0.2)
    states = "\n".join(f"    {one.name}: {one.state}" for one in supervisor.processes())
    raise Failure(
        f"{url} 没有变绿 / did not turn green\n    {answer}\n{states}\n{_tail(LOG / 'web.log')}",
        advice=f"请看 {LOG} 中的日志。 / See the logs in {LOG}.",
    )


def _ask(url: str) -> tuple[bool, str]:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310  # our own address
            return answer.status == 200, ""
    except urllib.error.HTTPError as error:
        return False, error.read().decode(errors="replace")
    except OSError as error:
        return False, str(error)


def _tail(path: Path, lines: int = 20) -> str:
    if not path.is_file():
        return ""
    last = path.read_text("utf-8", errors="replace").splitlines()[-lines:]
    return "\n".join(f"    {line}" for line in last)


def _welcome(address: str, *, seconds: float) -> None:
    base = f"http://{address.replace('0.0.0.0', '127.0.0.1')}"  # noqa: S104
    say(f"\n{BOLD}✓ 就绪 / ready{RESET} {DIM}({seconds:.1f} s){RESET}\n")
    for label, path in (
        ("市民上报 / report", "/"),
        ("工作人员 / staff", "/login"),
        ("接口描述 / OpenAPI", "/openapi.json"),
        ("健康 / health", "/readyz"),
    ):
        say(f"  {label:<20} {BOLD}{base}{path}{RESET}")
    if DEMO.is_file():
        say(f"\n  演示账号 / demo log-ins  {DIM}({DEMO}){RESET}")
        for role, user in json.loads(DEMO.read_text("utf-8")).get("users", {}).items():
            extra = f"  {user['department']}" if user.get("department") else ""
            say(f"    {role:<14} {user['username']:<29} {user['password']}{extra}")
    say(
        "\n  先试试 / try first: 打开首页上报“潭中东路学院路路口井盖缺失”,再用 agent 登录看它如何立案、派遣。"
        "\n                      Report a missing manhole cover on the first page, then log in as"
        "\n                      agent and follow how it is filed and dispatched."
        f"\n  另一终端 / elsewhere: . {shlex.quote(str(VAR))}/dev.env && dispatch --help"
        f"\n  日志 / logs: {LOG}    停止 / stop: {BOLD}Ctrl-C{RESET}\n"
    )


def _watch(supervisor: Supervisor) -> int:
    """Wait for Ctrl-C; supervisord restarts what dies, and we tell of it."""
    started: dict[str, int] = {}
    while supervisor.is_alive():
        for process in supervisor.processes():
            before = started.get(process.name)
            started[process.name] = process.started
            if before and process.started != before:
                warn(f"{process.name} 意外结束,已重新启动 / ended and was started again")
        time.sleep(2)
    warn("supervisord 意外结束,其它进程也随之停止。 / supervisord ended; so does the rest.")
    return 1


def _stop_all(supervisor: Supervisor, follower: logs.Follower) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an impatient second Ctrl-C must not cut it short
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    say()
    with step("停止 / stopping"):
        supervisor.stop()
    follower.stop()
    say(f"数据保留在 / the data stays in {VAR}")


def _stop(*_: object) -> None:
    raise KeyboardInterrupt
