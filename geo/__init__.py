"""A pure library for places: coordinate systems, grids, addresses. Knows no case, no database, no web."""
