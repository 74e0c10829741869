"""How likely customers were still active on a day, by a Pareto/NBD of all customers."""

import numpy as np
import pandas as pd

from clvlab.customers.programmes.lives import Float, Lives, Whole
from clvlab.errors import FitError, InputError
from clvlab.formulas import pareto_nbd
from clvlab.models.family import ParetoNBD

WEEK = 7.0


def parameters(lives: Lives) -> Float | None:
    """Parameters of a Pareto/NBD (weeks) of all customers' purchases until now; None where there is no fit.

    Members are followed like others: cut at their day of joining, on which they were active, they would make leaving
    look rarer than it is, and the others more often left.
    """
    until = np.full(lives.n, lives.end)
    some = np.flatnonzero(until > lives.first)
    if not len(some):
        return None
    x, t_x, T = lives.history(some, until[some])
    frame = pd.DataFrame({"frequency": x, "recency": t_x / WEEK, "T": T / WEEK}, index=lives.ids[some])
    try:
        fit = ParetoNBD().fit(frame, method="map", unit="week")  # draws are not needed
    except (FitError, InputError):
        return None
    found = np.array([float(fit.params[name]) for name in pareto_nbd.PARAMETERS])
    return found if np.isfinite(found).all() else None


def prob_active(lives: Lives, params: Float | None, who: Whole, day: Whole) -> Float:
    """P(still active at the end of a day | purchases until then); 1 without parameters."""
    if params is None:
        return np.ones(len(who))
    x, t_x, T = (each / scale for each, scale in zip(lives.history(who, day), (1.0, WEEK, WEEK), strict=True))
    return np.clip(pareto_nbd.prob_alive(x, t_x, np.maximum(T, t_x), *params), 0.0, 1.0)
