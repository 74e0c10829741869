"""What accelerated failure time models share: parameters, the scaled log of time, how customers are observed."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Float = NDArray[np.float64]

PARAMETERS = ("scale", "shape")
TIME_POWERS = {"scale": 1}
DIFFERENCES = {"time": {"scale": 1.0}, "shape": {"shape": 1.0}}
HISTORY = ("entry", "time", "event")


def scaled_log(t: ArrayLike, scale: ArrayLike, shape: ArrayLike) -> Float:
    """Log time in units of a model's spread, shape (log t - log scale): minus infinity at 0."""
    with np.errstate(divide="ignore"):
        found: Float = np.asarray(shape) * (np.log(np.asarray(t, dtype=float)) - np.log(scale))
        return found


def watched(latent: Float, until: ArrayLike, entry: ArrayLike) -> tuple[Float, NDArray[np.bool_], NDArray[np.bool_]]:
    """What is seen of each customer's time to the event from ``entry`` to ``until``: time, event, seen."""
    end, begin = np.asarray(until, dtype=float), np.asarray(entry, dtype=float)
    return np.minimum(latent, end), latent <= end, latent > begin
