"""What intervals are given, as arrays of one shape; and roots of functions that fall or rise, one per group."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import elementwise

from clvlab.errors import InputError

Float = NDArray[np.float64]
Interval = tuple[Float, Float, Float]  # value, low, high
ROUNDING = 1e-13  # a variance that is less than this part of the mean square is 0


def together(*given: ArrayLike) -> tuple[Float, ...]:
    """As arrays of numbers of one shape."""
    return tuple(np.broadcast_arrays(*(np.asarray(each, dtype=float) for each in given)))


def tail(level: float) -> float:
    """The chance beyond each end of an interval.

    Raises
    ------
    InputError
        The level is not between 0 and 1.
    """
    if not 0.0 < level < 1.0:
        raise InputError(f"level= is the confidence of an interval, between 0 and 1, such as 0.95; found {level!r}.")
    return (1.0 - level) / 2.0


def refuse(wrong: NDArray[np.bool_], rule: str, **given: Float) -> None:
    """Raise, with the rule and the first values that break it, where any does."""
    if wrong.any():
        first = int(np.flatnonzero(wrong)[0])
        found = ", ".join(f"{name} {values.flat[first]:g}" for name, values in given.items())
        raise InputError(f"{rule}; found {found}.")


def root(function: Callable[..., Float], low: Float, high: Float, *given: Float) -> Float:
    """Where a function of (x, *given) changes sign between two ends, one value per group; NaN where it does not."""
    found = elementwise.find_root(function, (low, high), args=given)
    return np.asarray(np.where(found.success, found.x, np.nan), dtype=float)
