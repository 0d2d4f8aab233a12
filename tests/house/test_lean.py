"""Each process carries only what it needs: what it imports, in an interpreter of its own."""

import subprocess
import sys

import pytest

from tests.house.tree import ROOT

#: Needed by imports at a terminal only (GDAL, PROJ), by commands only, or by nothing that serves.
NOT_FOR_SERVERS = frozenset(
    {"alembic", "docx", "holidays", "pyarrow", "pyogrio", "pyproj", "typer", "weasyprint"}
)
NOT_FOR_WEB = NOT_FOR_SERVERS | {"click", "httpx", "pygments", "rich", "rq"}
NOT_FOR_WORKERS = NOT_FOR_SERVERS | {"babel", "fastapi", "jinja2", "opening_hours", "starlette"}
NOT_FOR_SMALL = (
    NOT_FOR_WEB - {"rq"} | NOT_FOR_WORKERS | {"numpy", "pydantic", "shapely", "sqlalchemy"}
)
#: `dispatch --help` waits for no command.
NOT_FOR_HELP = NOT_FOR_SMALL - {"pygments", "rich", "typer"} | {"dispatch.kit.db", "rq"}


def loaded_by(module: str) -> set[str]:
    """What stands in memory after this module has been imported."""
    program = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("dispatch.main", NOT_FOR_WEB),
        ("workers.consumer", NOT_FOR_WORKERS),
        ("workers.relay", NOT_FOR_SMALL),
        ("workers.clock", NOT_FOR_SMALL),
        ("dispatch.cli", NOT_FOR_HELP),
    ],
)
def test_a_process_carries_only_what_it_needs(module: str, unwanted: frozenset[str]) -> None:
    found = loaded_by(module)
    assert module in found
    assert found & unwanted == set()
