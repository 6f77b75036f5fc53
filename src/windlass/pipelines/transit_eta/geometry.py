"""Distances and directions on the earth, for arrays of points."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_EARTH = 6_371_000.0
"""Mean radius in metres."""


def metres(first: tuple[Floats, Floats], second: tuple[Floats, Floats]) -> Floats:
    """Distance between points (latitude, longitude in degrees) as the crow flies."""
    lat, lon = np.radians(first[0]), np.radians(first[1])
    other_lat, other_lon = np.radians(second[0]), np.radians(second[1])
    half = (
        np.sin((other_lat - lat) / 2) ** 2
        + np.cos(lat) * np.cos(other_lat) * np.sin((other_lon - lon) / 2) ** 2
    )
    found: Floats = 2 * _EARTH * np.arcsin(np.sqrt(np.minimum(half, 1)))
    return found


def direction(first: tuple[Floats, Floats], second: tuple[Floats, Floats]) -> Floats:
    """Direction from the first points to the second in radians, clockwise from north.

    Exact enough for the kilometres between stops.
    """
    north = second[0] - first[0]
    east = (second[1] - first[1] + 180) % 360 - 180
    found: Floats = np.arctan2(east * np.cos(np.radians(first[0])), north)
    return found
