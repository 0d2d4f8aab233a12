"""What a check of a grid found, in both languages, worst first."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

EXAMPLES: Final = 10  # shown of each kind


class Severity(StrEnum):
    """An error stops the import, a warning wants a look, a note does not."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class FindingKind(StrEnum):
    """What may be wrong with a grid."""

    NO_CELLS = "no_cells"
    BAD_CODE = "bad_code"
    REPEATED_CODE = "repeated_code"
    UNKNOWN_COMMUNITY = "unknown_community"
    BROKEN_SHAPE = "broken_shape"
    REPAIRED_SHAPE = "repaired_shape"
    METRES = "metres"
    SWAPPED = "swapped"
    ELSEWHERE = "elsewhere"
    SHIFTED = "shifted"
    SHIFT_UNCHECKED = "shift_unchecked"
    OLD_DATUM = "old_datum"
    OVERLAP = "overlap"
    SLIT = "slit"
    GAP = "gap"
    OUTSIDE = "outside"
    OTHER_DISTRICT = "other_district"


@dataclass(frozen=True)
class Finding:
    """One kind of fault: how bad, in words, how many cells, and some of their codes or places."""

    kind: FindingKind
    severity: Severity
    zh: str
    en: str
    count: int
    examples: tuple[str, ...] = ()

    def __str__(self) -> str:
        some = f" [{', '.join(self.examples)}]" if self.examples else ""
        return f"{self.severity}: {self.zh} / {self.en}{some}"


@dataclass(frozen=True, eq=False)
class GridReport:
    """What was checked, the shapes as repaired (for `Grid.build`), and the findings."""

    cells: int
    area_m2: float
    codes: tuple[str, ...]
    polygons: NDArray[np.object_]
    findings: tuple[Finding, ...]

    @property
    def is_usable(self) -> bool:
        """Whether nothing stands against an import."""
        return all(finding.severity is not Severity.ERROR for finding in self.findings)

    def of(self, kind: FindingKind) -> Finding | None:
        """Return the finding of a kind, if there is one."""
        return next((finding for finding in self.findings if finding.kind is kind), None)


def some(texts: Sequence[str]) -> tuple[str, ...]:
    """Return the first few as examples."""
    return tuple(texts[:EXAMPLES])


def worst_first(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return errors before warnings before notes."""
    rank = list(Severity)
    return tuple(sorted(findings, key=lambda finding: rank.index(finding.severity)))
