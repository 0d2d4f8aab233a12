"""A city's own grid from its files: read it, and say in words what is wrong with it."""

from geo.gridfiles.check import check_grid
from geo.gridfiles.reading import GridSource, read_grid_file
from geo.gridfiles.report import Finding, FindingKind, GridReport, Severity

__all__ = [
    "Finding",
    "FindingKind",
    "GridReport",
    "GridSource",
    "Severity",
    "check_grid",
    "read_grid_file",
]
