"""Distances on the sphere: quick, within 0.5 % of the ellipsoid, and light to import."""

import math
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

MEAN_RADIUS_M: Final = 6_371_008.8  # IUGG mean radius


def sphere_distance_m(lon: float, lat: float, to_lon: float, to_lat: float) -> float:
    """Return the distance of two places in metres on the sphere: within 0.5 %, below 1 µs."""
    phi, psi = math.radians(lat), math.radians(to_lat)
    half = math.sin((psi - phi) / 2.0) ** 2
    half += math.cos(phi) * math.cos(psi) * math.sin(math.radians(to_lon - lon) / 2.0) ** 2
    return 2.0 * MEAN_RADIUS_M * math.asin(math.sqrt(min(1.0, half)))


def sphere_distances_m(
    lon: ArrayLike, lat: ArrayLike, to_lon: ArrayLike, to_lat: ArrayLike
) -> Floats:
    """Return `sphere_distance_m` for arrays that broadcast against each other."""
    lam, phi, mu, psi = (np.radians(np.asarray(v, dtype=float)) for v in (lon, lat, to_lon, to_lat))
    half = np.sin((psi - phi) / 2.0) ** 2
    half += np.cos(phi) * np.cos(psi) * np.sin((mu - lam) / 2.0) ** 2
    metres: Floats = 2.0 * MEAN_RADIUS_M * np.arcsin(np.sqrt(np.minimum(1.0, half)))
    return metres
