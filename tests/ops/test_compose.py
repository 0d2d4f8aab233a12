"""The Compose file against the specification's schema, against the settings, and against the program."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from dispatch.kit.config import Settings

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docker-compose.yml"
APP = ("migrate", "web", "relay", "clock", "worker")
DEPENDENT = ("web", "relay", "clock", "worker")


@pytest.fixture(scope="module")
def text() -> str:
    return FILE.read_text("utf-8")


@pytest.fixture(scope="module")
def compose(text: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


def variables_of_settings() -> dict[str, bool]:
    """Every environment variable that the program reads, and whether it must be given."""
    return {
        str(field.validation_alias or f"DISPATCH_{name.upper()}"): field.is_required()
        for name, field in Settings.model_fields.items()
    }


def variables_of_example() -> set[str]:
    """Every variable that .env.example explains, set or commented."""
    text = (ROOT / ".env.example").read_text("utf-8")
    return set(re.findall(r"^(?:# )?([A-Z][A-Z0-9_]+)=", text, flags=re.MULTILINE))


def test_it_follows_the_specification(compose: dict[str, Any]) -> None:
    schema = json.loads((Path(__file__).parent / "compose-spec.json").read_text("utf-8"))
    jsonschema.Draft7Validator(schema).validate(compose)


def test_the_schema_would_notice_a_wrong_word(compose: dict[str, Any]) -> None:
    schema = json.loads((Path(__file__).parent / "compose-spec.json").read_text("utf-8"))
    wrong = compose | {"services": {"web": {"imagee": "x"}}}
    assert list(jsonschema.Draft7Validator(schema).iter_errors(wrong))


@pytest.mark.parametrize("service", APP)
def test_every_variable_given_is_one_that_the_program_reads(
    compose: dict[str, Any], service: str
) -> None:
    given = set(compose["services"][service]["environment"])
    given -= {name for name in given if name.startswith("MALLOC_")}  # the C library reads these
    assert given <= set(variables_of_settings())


@pytest.mark.parametrize("service", APP)
def test_every_required_setting_is_given(compose: dict[str, Any], service: str) -> None:
    given = set(compose["services"][service]["environment"])
    required = {name for name, must in variables_of_settings().items() if must}
    assert required | {"DATABASE_URL", "REDIS_URL", "DISPATCH_BASE_URL"} <= given


def test_secrets_come_from_the_environment_and_their_absence_is_explained(text: str) -> None:
    for name in ("POSTGRES_PASSWORD", "REDIS_PASSWORD", "DISPATCH_SECRET_KEY"):
        uses = re.findall(r"\$\{" + name + r"([^}]*)\}", text)
        assert uses
        assert all(use.startswith(":?") and len(use) > 10 for use in uses)


def test_the_example_explains_every_variable_of_the_file(text: str) -> None:
    used = set(re.findall(r"\$\{([A-Z0-9_]+)", text))
    assert used <= variables_of_example()


def test_the_example_explains_every_setting_and_nothing_else(text: str) -> None:
    compose_only = set(re.findall(r"\$\{([A-Z0-9_]+)", text)) - set(variables_of_settings())
    assert variables_of_example() - compose_only == set(variables_of_settings())


@pytest.mark.parametrize("service", DEPENDENT)
def test_nothing_runs_before_the_migrations_are_done(compose: dict[str, Any], service: str) -> None:
    waits = compose["services"][service]["depends_on"]
    assert waits["migrate"]["condition"] == "service_completed_successfully"
    assert waits["database"]["condition"] == waits["redis"]["condition"] == "service_healthy"


def test_the_migrations_run_once_and_after_the_database(compose: dict[str, Any]) -> None:
    migrate = compose["services"]["migrate"]
    assert migrate["restart"] == "no"
    assert migrate["depends_on"] == {"database": {"condition": "service_healthy"}}


def test_every_lasting_service_is_watched_and_started_again(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        if name != "migrate":
            assert service["restart"] == "unless-stopped", name
            assert service["healthcheck"]["test"][0] == "CMD", name


def test_what_must_outlive_a_container_lies_in_a_named_volume(compose: dict[str, Any]) -> None:
    services, volumes = compose["services"], compose["volumes"]
    mounted = {
        name: volume.split(":")[0]
        for name, service in services.items()
        for volume in service.get("volumes", [])
    }
    assert set(mounted) == set(services)
    assert set(mounted.values()) == set(volumes)


def test_redis_keeps_its_queue_on_disk(compose: dict[str, Any]) -> None:
    command = compose["services"]["redis"]["command"]
    assert "--appendonly yes" in command
    assert "noeviction" in command


def test_it_runs_what_the_procfile_runs(compose: dict[str, Any]) -> None:
    lines = (ROOT / "Procfile").read_text("utf-8").splitlines()
    procfile = dict(line.split(": ", 1) for line in lines)
    for name, command in procfile.items():
        words = [word for word in command.split() if not word.isdecimal()]
        assert set(words) <= set(compose["services"][name]["command"]), name
    assert set(procfile) == set(DEPENDENT)


@pytest.mark.parametrize("service", ["migrate", "relay", "clock", "worker"])
def test_the_commands_of_dispatch_exist(compose: dict[str, Any], service: str) -> None:
    described = compose["services"][service]
    for words in (described["command"], described.get("healthcheck", {}).get("test", [])[1:]):
        if words[:1] == ["dispatch"]:
            done = subprocess.run(
                [Path(sys.executable).parent / "dispatch", words[1], "--help"],
                capture_output=True,
                text=True,
                check=False,
                env=os.environ | {"COLUMNS": "200", "NO_COLOR": "1"},
            )
            assert done.returncode == 0, done.stderr
            assert all(word in done.stdout for word in words[2:] if word.startswith("--"))
