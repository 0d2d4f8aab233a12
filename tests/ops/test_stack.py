"""The parts of bin/dev and bin/test that can be tried without starting anything."""

import json
import stat
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest
from stack import gate, keys, lock, packages, places, postgres, redis_server, supervise
from stack.report import Failure

from dispatch.kit.config import Settings
from dispatch.kit.redis import Redis

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def cluster(tmp_path: Path) -> postgres.Cluster:
    home = places.ServerHome(tmp_path / "data", Path("/tmp/a folder/100 %"))
    return postgres.Cluster(Path("/usr/lib/postgresql/15/bin"), home, None, durable=True)


def test_secrets_are_drawn_once_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    file = tmp_path / "secrets.env"
    first = keys.ensure(file)
    assert keys.ensure(file) == first
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(first["DISPATCH_SECRET_KEY"]) >= 48


def test_a_secret_that_a_newer_version_needs_is_added_without_changing_the_others(
    tmp_path: Path,
) -> None:
    file = tmp_path / "secrets.env"
    file.write_text("DISPATCH_SECRET_KEY=the old one\n", "utf-8")
    drawn = keys.ensure(file)
    assert drawn["DISPATCH_SECRET_KEY"] == "the old one"
    assert len(drawn["DISPATCH_WECHAT_ENCODING_AES_KEY"]) == 43


def test_every_secret_is_a_setting_that_the_program_reads(tmp_path: Path) -> None:
    fields = {f"DISPATCH_{name.upper()}" for name in Settings.model_fields}
    assert set(keys.ensure(tmp_path / "secrets.env")) <= fields


def test_addresses_of_sockets_survive_odd_folder_names(cluster: postgres.Cluster) -> None:
    folder = cluster.url().partition("host=")[2]
    assert unquote(folder) == "/tmp/a folder/100 %"
    home = places.ServerHome(Path("/x"), Path("/tmp/a folder/100 %"))
    client = Redis.from_url(redis_server.Redis(Path("/r"), home, durable=True).url(3))
    assert client.connection_pool.connection_kwargs["path"] == "/tmp/a folder/100 %/redis.sock"
    assert client.connection_pool.connection_kwargs["db"] == 3


def test_the_private_cluster_never_loses_what_it_has_committed(cluster: postgres.Cluster) -> None:
    assert not any(word.startswith("fsync=off") for word in cluster.command())
    assert "listen_addresses=" in cluster.command()


def test_only_the_cluster_of_the_tests_trades_safety_for_speed(cluster: postgres.Cluster) -> None:
    fast = postgres.Cluster(cluster.programs, cluster.home, None, durable=False)
    assert "fsync=off" in fast.command()


def test_a_long_checkout_path_moves_the_socket_to_a_short_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(places, "RUN", Path("/home/" + "x" * 90 + "/var/run"))
    folder = places.socket_folder("redis", longest_file="redis.sock")
    assert len(str(folder / "redis.sock")) < 107
    assert folder.parent == Path("/tmp")


def test_a_blank_in_the_checkout_path_moves_the_socket_where_clients_do_not_trip(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(places, "RUN", Path("/home/me/my city/var/run"))
    assert places.socket_folder("redis", longest_file="redis.sock").parent == Path("/tmp")
    monkeypatch.setattr(places, "RUN", Path("/home/me/city/var/run"))
    assert places.socket_folder("redis", longest_file="redis.sock").parent == places.RUN


def test_a_folder_of_somebody_else_is_not_used_for_sockets(tmp_path: Path) -> None:
    strangers = tmp_path / "run"
    strangers.symlink_to("/usr")
    with pytest.raises(Failure, match="somebody else"):
        places.make_private(strangers)


def test_the_procfile_names_every_process_of_the_platform() -> None:
    assert list(supervise.read_procfile()) == ["web", "relay", "clock", "worker"]


def test_the_web_goes_on_listening_while_one_of_its_processes_dies() -> None:
    programs = supervise.programs_of_procfile(counts={"web": 2}, address="127.0.0.1:8000")
    web = next(program for program in programs if program.name == "web").section()
    assert "[fcgi-program:web]" in web
    assert "socket=tcp://127.0.0.1:8000" in web
    assert 'DISPATCH_WEB_FD="0"' in web


def test_whatever_dies_is_started_again(cluster: postgres.Cluster) -> None:
    programs = supervise.programs_of_servers(cluster, None)
    programs += supervise.programs_of_procfile(counts={}, address="127.0.0.1:8000")
    for program in programs:
        assert "autorestart=true" in program.section()
        assert "--pdeathsig" in program.section()


def test_a_second_start_is_refused_and_told_where_the_first_one_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "FILE", tmp_path / "dev.lock")
    with lock.only_one("http://127.0.0.1:8000"):
        holder = json.loads(lock.FILE.read_text("utf-8"))
        with pytest.raises(Failure, match=f"8000.*{holder['pid']}"), lock.only_one("other"):
            pass
    with lock.only_one("http://127.0.0.1:8001"):
        pass


def test_pytest_s_closing_line_is_counted_whatever_it_says() -> None:
    line = "= 1 failed, 41 passed, 2 skipped, 1 error in 3.21s (0:00:03) ="
    assert {word: int(number) for number, word in gate._COUNTS.findall(line)} == {
        "failed": 1,
        "passed": 41,
        "skipped": 2,
        "error": 1,
    }


def test_one_failing_part_fails_the_gate(capsys: pytest.CaptureFixture[str]) -> None:
    good = {"passed": 3, "exit": 0}
    assert gate._verdict([], dict(good), seconds=1) == 0
    assert gate._verdict(["mypy"], dict(good), seconds=1) == 1
    assert gate._verdict([], {"passed": 3, "failed": 1, "exit": 1}, seconds=1) == 1
    assert gate._verdict([], {"exit": 0}, seconds=1) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "0 passed, 0 failed, 0 skipped"


def test_the_set_up_program_needs_nothing_that_is_not_there_yet() -> None:
    """It runs before anything is installed: an isolated Python must be able to import all of it."""
    code = "import stack.dev, stack.gate, stack.assets, stack.__main__"
    command = [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, 'bin'); {code}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (
            "postgresql-15\npostgresql-15-postgis-3\npostgresql-15-postgis-3-scripts",
            15,
        ),  # Debian 12
        ("postgresql-17-postgis-3\npostgresql-17-postgis-3-scripts", 17),  # Debian 13
        ("postgresql-14-postgis-3\npostgresql-14-pgrouting", 14),  # Ubuntu 22.04
        ("postgresql-16-postgis-3\npostgresql-16-postgis-3-scripts", 16),  # Ubuntu 24.04
        ("postgresql-98-postgis-3\npostgresql-99-postgis-3", 99),  # several, none of them installed
    ],
)
def test_each_distribution_s_own_postgis_is_chosen(
    monkeypatch: pytest.MonkeyPatch, offered: str, chosen: int
) -> None:
    monkeypatch.setattr(packages, "run", lambda *_given, **_named: offered)

    assert packages._package_names("postgresql") == [
        f"postgresql-{chosen}",
        f"postgresql-{chosen}-postgis-3",
    ]


def test_a_distribution_without_a_postgis_that_serves_is_told_of(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(packages, "run", lambda *_given, **_named: "postgresql-13-postgis-3")

    with pytest.raises(Failure, match="PostGIS"):
        packages._package_names("postgresql")


def _python(folder: Path, name: str, *, fits: bool) -> Path:
    made = folder / name
    answer = 'echo "$0"' if fits else "exit 1"
    made.write_text(f'#!/bin/sh\n[ "$1" = -c ] && {"exit 0" if fits else "exit 1"}\n{answer}\n')
    made.chmod(0o755)
    return made


def test_the_first_python_that_is_new_enough_does_the_set_up(tmp_path: Path) -> None:
    """Ubuntu 22.04: its own Python is too old, a newer one stands beside it."""
    _python(tmp_path, "python3", fits=False)
    newer = _python(tmp_path, "python3.11", fits=True)
    starter = (ROOT / "bin/stack/run.sh").read_text("utf-8")
    (tmp_path / "run.sh").write_text(starter.replace("/usr/bin/python3 ", ""), encoding="utf-8")
    for name in ("python3.12", "python3.13", "python3.14"):
        _python(tmp_path, name, fits=False)

    done = subprocess.run(
        ["/bin/sh", tmp_path / "run.sh", "dev"],
        check=False,
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )

    assert (done.returncode, done.stdout.strip()) == (0, str(newer))
