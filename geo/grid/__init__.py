"""The city's grid: which unit grid a place lies in, and what that unit grid belongs to."""

from geo.grid.model import Column, Grid, GridRow

__all__ = ["Column", "Grid", "GridRow"]
