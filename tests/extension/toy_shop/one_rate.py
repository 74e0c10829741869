"""NBD with r = 1."""

from typing import Any

import numpy as np

from clvlab.formulas import nbd
from clvlab.formulas.namespace import NUMPY, Namespace

NAME = "one rate"
PARAMETERS = ("alpha",)
TIME_POWERS = {"alpha": 1}
DIFFERENCES: dict[str, dict[str, float]] = {}
HISTORY = ("x", "T")
STATE = ("x", "T")
FORWARD = nbd  # a known customer's rate has a shape of its own, 1 + x


def log_likelihood(x: Any, T: Any, alpha: Any, *, xp: Namespace = NUMPY) -> Any:
    return xp.gammaln(1.0 + x) + xp.log(alpha) - (1.0 + x) * xp.log(alpha + T)


def prob_alive(x: Any, T: Any, alpha: Any) -> Any:
    return nbd.prob_alive(x, T, 1.0, alpha)


def given_alive(x: Any, T: Any, alpha: Any) -> Any:
    return nbd.given_alive(x, T, 1.0, alpha)


def expected_purchases(t: Any, alpha: Any) -> Any:
    return nbd.expected_purchases(t, 1.0, alpha)


def simulate(rng: np.random.Generator, duration: Any, alpha: Any) -> Any:
    return nbd.simulate(rng, duration, 1.0, alpha)
