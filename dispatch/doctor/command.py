"""`dispatch doctor`: the findings on the terminal, or as JSON for a machine."""

import json
from typing import Annotated

import typer

from dispatch.doctor.checks import CHECKS, NEEDS
from dispatch.doctor.findings import Examined, Standing, examine

MARKS = {
    Standing.WELL: ("✓", typer.colors.GREEN),
    Standing.DOUBTFUL: ("!", typer.colors.YELLOW),
    Standing.BROKEN: ("✗", typer.colors.RED),
}

Only = Annotated[list[str] | None, typer.Option(help=f"run only: {', '.join(CHECKS)}")]
Json = Annotated[bool, typer.Option("--json", help="machine-readable")]


def doctor(only: Only = None, *, as_json: Json = False) -> None:
    """检查数据库、Redis、队列、时钟、磁盘和照片存储 / examine everything and say what is wrong."""
    unknown = [name for name in only or () if name not in CHECKS]
    if unknown:
        raise typer.BadParameter(
            f"没有这项检查 / no such check: {', '.join(unknown)} ({', '.join(CHECKS)})"
        )
    examined = examine(CHECKS, only=only or (), needs=NEEDS)
    typer.echo(_as_json(examined) if as_json else _as_text(examined))
    if any(one.finding.standing is Standing.BROKEN for one in examined):
        raise typer.Exit(1)


def _as_text(examined: list[Examined]) -> str:
    return "\n".join(line for one in examined for line in _lines(one))


def _lines(one: Examined) -> list[str]:
    mark, colour = MARKS[one.finding.standing]
    found = one.finding
    words = found.zh if found.zh == found.en else f"{found.zh} / {found.en}"
    lines = [f"{typer.style(mark, fg=colour)} {one.name:<11} {words}"]
    if found.remedy_zh:
        lines.append(f"  {'':<11} → {found.remedy_zh} / {found.remedy_en}")
    return lines


def _as_json(examined: list[Examined]) -> str:
    rows = [
        {
            "check": one.name,
            "standing": one.finding.standing,
            "zh": one.finding.zh,
            "en": one.finding.en,
            "remedy_zh": one.finding.remedy_zh,
            "remedy_en": one.finding.remedy_en,
        }
        for one in examined
    ]
    return json.dumps(rows, ensure_ascii=False, indent=2)
