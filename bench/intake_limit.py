"""The limit of intake on this machine: pgbench running the very statement that stores a report.

Usage: `python -m bench.intake_limit [--clients 8] [--seconds 10]`, with DATABASE_URL set to a
migrated database with the durability that is to be measured. It writes cases into that database:
use one of its own. Prints transactions a second and the mean latency.
"""

import argparse
import re
import subprocess
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import make_url

from dispatch.intake.commands.store import statement
from dispatch.kit.config import settings

#: What a typical report binds; the place is drawn for each one, so that the spatial index works too.
VALUES: dict[str, str] = {
    "channel": "'web'",
    "source": "''",
    "payload": '\'{"description": "路口的井盖不见了", "longitude": 109.4, "latitude": 24.3}\'',
    "at": "now()",
    "at_text": "now()::text",
    "day": "to_char(now(), 'YYYYMMDD')",
    "number_start": "'柳数管' || to_char(now(), 'YYYY') || '第' || to_char(now(), 'MMDD')",
    "stage_due_at": "now() + interval '15 minutes'",
    "description": "'路口的井盖不见了,很危险,请尽快处理'",
    "longitude": "(109.3 + random() * 0.3)",
    "latitude": "(24.2 + random() * 0.25)",
    "place_confidence": "1.0",
    "grid_code": "'450204001001001'",
    "working_grid": "'450204G001'",
    "community_code": "'450204001001'",
    "street_code": "'450204001'",
    "district_code": "'450204'",
    "category_source": "'suggested'",
    "category_confidence": "0.9",
    "category_reason": "'依据词语 井盖、不见了'",
    "group": "'manhole'",
    "severity": "'urgent'",
    "limit_value": "2",
    "limit_unit": "'hour'",
    "hazard": "true",
    "place_source": "'reporter'",
    "given_longitude": "109.4",
    "given_latitude": "24.3",
    "crs": "'wgs84'",
    "explanation": "'{}'",
    "contact_phone": "'13800000000'",
    "actor": "'市民'",
    "role": "'reporter'",
    "changes": "'{}'",
}


def script() -> str:
    """The statement of intake with the values above in the place of its parameters."""
    bare = re.sub(
        r"(?<!:):([a-z_]+)", lambda found: VALUES.get(found.group(1), "NULL"), statement().text
    )
    return re.sub(r"\s+", " ", bare).strip() + ";\n"


def main() -> None:
    """Run pgbench and pass on what it says."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--clients", type=int, default=8)
    asked.add_argument("--seconds", type=int, default=10)
    given = asked.parse_args()
    url = make_url(settings().sqlalchemy_url).set(drivername="postgresql")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "report.sql"
        file.write_text(script(), "utf-8")
        command = [
            "pgbench", "-n", "-M", "prepared", "-c", str(given.clients), "-j", "2",
            "-T", str(given.seconds), "-f", str(file),
            "-h", str(url.query.get("host", url.host or "")),
            "-p", str(url.query.get("port", url.port or 5432)),
            "-U", str(url.username or ""), str(url.database),
        ]  # fmt: skip
        print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {given.clients} clients")
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
