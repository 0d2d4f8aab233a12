"""A finding: how a part of the installation stands, in words, and what puts it right."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum


class Standing(StrEnum):
    """How a part stands; only `broken` makes the whole unwell."""

    WELL = "well"
    DOUBTFUL = "doubtful"
    BROKEN = "broken"


@dataclass(frozen=True)
class Finding:
    """What was found, in Chinese and English, and the remedy where one is needed."""

    standing: Standing
    zh: str
    en: str
    remedy_zh: str = ""
    remedy_en: str = ""


@dataclass(frozen=True)
class Examined:
    """A finding with the name of its check."""

    name: str
    finding: Finding


Check = Callable[[], Finding]


def well(zh: str, en: str) -> Finding:
    """All in order."""
    return Finding(Standing.WELL, zh, en)


def doubtful(zh: str, en: str, *, do: tuple[str, str]) -> Finding:
    """It works, but somebody should look; `do` says what, in Chinese and English."""
    return Finding(Standing.DOUBTFUL, zh, en, *do)


def broken(zh: str, en: str, *, do: tuple[str, str]) -> Finding:
    """It does not work; `do` says what puts it right, in Chinese and English."""
    return Finding(Standing.BROKEN, zh, en, *do)


def examine(
    checks: dict[str, Check],
    *,
    only: Iterable[str] = (),
    needs: dict[str, str] | None = None,
) -> list[Examined]:
    """Run the checks, or those named; what needs a broken part is not examined until that is mended.

    A check that fails unexpectedly is a finding like any other.
    """
    examined: dict[str, Finding] = {}
    for name in list(only) or list(checks):
        needed = (needs or {}).get(name, "")
        cause = examined.get(needed)
        if cause is not None and cause.standing is Standing.BROKEN:
            examined[name] = _not_examined(needed)
        else:
            examined[name] = _run(checks[name])
    return [Examined(name, finding) for name, finding in examined.items()]


def _not_examined(needed: str) -> Finding:
    mend = (f"先修好 {needed}", f"put {needed} right first")
    return broken("未检查", "not examined", do=mend)


def _run(check: Check) -> Finding:
    try:
        return check()
    except Exception as error:  # noqa: BLE001  # the doctor must finish its round
        first_line = (str(error).splitlines() or [""])[0]
        return broken(
            f"检查时出错:{type(error).__name__} {first_line}",
            f"the check itself failed: {type(error).__name__} {first_line}",
            do=("请先排除上面的问题,再运行一次", "put right what stands above, then run it again"),
        )
