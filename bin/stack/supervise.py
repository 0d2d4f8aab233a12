"""Runs the processes of the Procfile and the private servers under supervisord, which restarts the dead."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from stack import supervisor_rpc
from stack.places import LOG, ROOT, RUN, VAR, VENV, make_private, socket_folder
from stack.postgres import Cluster
from stack.redis_server import Redis
from stack.report import Failure
from stack.shell import tied_to_parent

CONFIG = RUN / "supervisord.conf"
_SOCKET = "supervisor.sock"
#: One arena serves one interpreter, and memory that is free goes back to the system.
_MEMORY = {"MALLOC_ARENA_MAX": "1", "MALLOC_TRIM_THRESHOLD_": "131072"}
_LOG_SIZE = "10MB"
STOP_SECONDS = 40


@dataclass(frozen=True)
class Program:
    """One program of the stack, as supervisord needs to know it."""

    name: str
    command: str
    priority: int
    stop_signal: str = "TERM"
    count: int = 1
    user: str | None = None
    starts_by_itself: bool = True
    socket: str | None = None  # an address that supervisord holds open over its processes' deaths
    env: Mapping[str, str] = field(default_factory=dict)

    def section(self) -> str:
        """This program's part of supervisord.conf."""
        kind = "fcgi-program" if self.socket else "program"
        end = "INT" if self.stop_signal == "INT" else "TERM"
        lines = {
            # If supervisord itself is killed, the kernel ends what it started.
            "command": f"setpriv --pdeathsig {end} -- {_escaped(self.command)}",
            "directory": "/"
            if self.user
            else _escaped(str(ROOT)),  # who may not enter must not try
            "process_name": "%(program_name)s-%(process_num)d" if self.count > 1 else self.name,
            "numprocs": str(self.count),
            "priority": str(self.priority),
            "autostart": str(self.starts_by_itself).lower(),
            "autorestart": "true",
            "startsecs": "1",
            "startretries": "1000",
            "stopsignal": self.stop_signal,
            "stopwaitsecs": str(STOP_SECONDS // 2),
            "stopasgroup": str(self.user is None).lower(),
            "killasgroup": "true",
            "redirect_stderr": "true",
            "stdout_logfile": f"log/{self.name}.log",  # from var/: a "%" in an absolute path fails here
            "stdout_logfile_maxbytes": _LOG_SIZE,
            "stdout_logfile_backups": "3",
        }
        if self.user:
            lines["user"] = self.user
        if self.socket:
            lines["socket"] = self.socket
        if self.env:
            lines["environment"] = ",".join(f'{name}="{value}"' for name, value in self.env.items())
        body = "\n".join(f"{name}={value}" for name, value in lines.items())
        return f"[{kind}:{self.name}]\n{body}\n"


def programs_of_servers(cluster: Cluster | None, redis: Redis | None) -> list[Program]:
    """The private servers: first to start, last to stop."""
    programs: list[Program] = []
    if cluster is not None:
        command = _quoted(cluster.command())
        programs.append(
            Program("postgres", command, priority=1, stop_signal="INT", user=cluster.user)
        )
    if redis is not None:
        programs.append(Program("redis", _quoted(redis.command()), priority=2))
    return programs


def programs_of_procfile(*, counts: Mapping[str, int], address: str) -> list[Program]:
    """The platform's own processes, as the Procfile names them; they start when they are told to."""
    programs = []
    for name, command in read_procfile().items():
        is_web = name == "web"
        programs.append(
            Program(
                name,
                _quoted(["/bin/sh", "-c", f"exec {command}"]),
                priority=20 if is_web else 10,
                count=counts.get(name, 1),
                starts_by_itself=False,
                socket=f"tcp://{address}" if is_web else None,
                env={**_MEMORY, "DISPATCH_WEB_FD": "0"} if is_web else _MEMORY,
            )
        )
    return programs


def read_procfile(file: Path = ROOT / "Procfile") -> dict[str, str]:
    """Process name -> command."""
    lines = file.read_text("utf-8").splitlines()
    matches = (re.fullmatch(r"([a-z]+):\s*(.+)", line) for line in lines)
    return {match[1]: match[2] for match in matches if match}


class Supervisor:
    """A supervisord of our own, and the few things that we ask of it."""

    def __init__(self, programs: list[Program], *, env: Mapping[str, str]) -> None:
        self._socket = socket_folder("supervisor", longest_file=f"{_SOCKET}.12345678") / _SOCKET
        make_private(self._socket.parent)
        self._env = dict(env)
        CONFIG.write_text(self._config(programs), encoding="utf-8")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it with the private servers; in a session of its own, so that Ctrl-C reaches only us."""
        self._stop_the_one_left_over()
        with (LOG / "supervisord.out").open("ab") as out:
            self._process = subprocess.Popen(
                tied_to_parent([VENV / "bin/supervisord", "--nodaemon", "--configuration", CONFIG]),
                env=self._env,
                cwd=VAR,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._wait_for_socket()

    def start_platform(self) -> None:
        """Start what the Procfile names, without waiting until each is up."""
        for name in read_procfile():
            supervisor_rpc.ask(self._socket, "startProcessGroup", name, False)

    def processes(self) -> list[supervisor_rpc.Process]:
        """How each process stands; empty when supervisord does not answer."""
        try:
            return supervisor_rpc.processes(self._socket)
        except OSError:
            return []

    def is_alive(self) -> bool:
        """Whether supervisord itself still runs."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """Stop everything in the opposite order of starting, and wait for it."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()  # what it started then ends by itself (see `section`)
            self._process.wait()

    def _wait_for_socket(self) -> None:
        for _ in range(200):
            if self.processes():
                return
            if not self.is_alive():
                break
            time.sleep(0.05)
        raise Failure("supervisord 没有启动 / did not start", advice=f"{LOG}/supervisord.out")

    def _stop_the_one_left_over(self) -> None:
        if not self._socket.exists():
            return
        if self.processes():
            supervisor_rpc.ask(self._socket, "shutdown")
        deadline = time.monotonic() + STOP_SECONDS
        while self.processes() and time.monotonic() < deadline:
            time.sleep(0.2)
        self._socket.unlink(missing_ok=True)

    def _config(self, programs: list[Program]) -> str:
        user = "user=root\n" if os.geteuid() == 0 else ""
        socket, log = _escaped(str(self._socket)), _escaped(str(LOG / "supervisord.log"))
        head = (
            f"[unix_http_server]\nfile={socket}\nchmod=0700\n\n"
            f"[supervisord]\nlogfile={log}\nlogfile_maxbytes={_LOG_SIZE}\nlogfile_backups=2\n"
            f"pidfile={_escaped(str(RUN / 'supervisord.pid'))}\nchildlogdir={_escaped(str(LOG))}\n"
            f"{user}\n[rpcinterface:supervisor]\n"
            "supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface\n\n"
            f"[supervisorctl]\nserverurl=unix://{socket}\n\n"  # for a person who looks in
        )
        return head + "\n".join(program.section() for program in programs)


def _escaped(text: str) -> str:
    return text.replace("%", "%%")


def _quoted(words: list[str]) -> str:
    # supervisord splits with shlex, and takes " ;" for the start of a comment.
    return " ".join("'" + word.replace("'", "'\"'\"'") + "'" for word in words)
