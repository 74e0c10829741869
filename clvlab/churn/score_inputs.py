"""Checks of what survival scores are given: one finite number per customer; anything else is refused."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from clvlab.errors import InputError

Float = NDArray[np.float64]
Bool = NDArray[np.bool_]


def numbers(values: ArrayLike, name: str) -> Float:
    """An array of finite numbers."""
    try:
        found = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise InputError(f"The {name} must be an array of numbers; found {type(values).__name__}.") from None
    bad = np.argwhere(~np.isfinite(found))
    if len(bad):
        rows = ", ".join(str(row) for row in np.unique(bad[:, 0])[:5]) if found.ndim else "0"
        raise InputError(f"The {name} must be finite; found {len(bad)} missing or infinite (rows such as {rows}).")
    return found


def customers(duration: ArrayLike, event: ArrayLike, who: str = "customers") -> tuple[Float, Bool]:
    """How long each customer was followed, and whether they left then; somebody did."""
    time, left = numbers(duration, f"durations of {who}"), numbers(event, f"events of {who}")
    if time.ndim != 1 or time.shape != left.shape or not len(time):
        raise InputError(
            f"Durations and events of {who} must be arrays of one value per customer; found shapes {time.shape} and "
            f"{left.shape}."
        )
    if (time < 0).any():
        raise InputError(
            f"Durations of {who} must not be negative; found {int((time < 0).sum())}, the lowest {time.min():g} in row "
            f"{int(time.argmin())}."
        )
    if not np.isin(left, (0.0, 1.0)).all():
        raise InputError(f"Events of {who} must be true or false; found {left[~np.isin(left, (0.0, 1.0))][0]:g}.")
    if not left.any():
        raise InputError(f"None of the {len(left)} {who} left: scoring needs customers with the event. Follow longer.")
    return time, left == 1.0


def risks(risk: ArrayLike, duration: Float) -> Float:
    """One risk a customer."""
    found = numbers(risk, "risks")
    if found.shape != duration.shape:
        raise InputError(f"Risks must be one value per customer, shape {duration.shape}; found shape {found.shape}.")
    return found


def chances(survival: ArrayLike, shape: tuple[int, ...], of: str) -> Float:
    """Chances of staying, within 0 and 1."""
    found = numbers(survival, "chances of staying")
    if found.shape != shape:
        raise InputError(f"Chances of staying must be {of}, shape {shape}; found shape {found.shape}.")
    if found.size and (found.min() < 0 or found.max() > 1):
        raise InputError(
            f"Chances of staying must lie between 0 and 1; found values from {found.min():g} to {found.max():g}."
        )
    return found


def rising_times(times: ArrayLike, duration: Float, *, first: float) -> Float:
    """Times that rise, from ``first`` to before the last follow-up."""
    found = numbers(times, "times")
    if found.ndim != 1 or not len(found) or (np.diff(found) <= 0).any():
        raise InputError(f"Times must be an array that rises, each once; found {np.asarray(times).tolist()}.")
    if found[0] < first or found[-1] >= duration.max():
        raise InputError(
            f"Times must lie from {first:g} to before the last follow-up of the customers, {duration.max():g}; found "
            f"{found[0]:g} to {found[-1]:g}."
        )
    return found
