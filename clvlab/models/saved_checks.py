"""Checks of saved fits: the model's parameters, valid draws, known units and methods."""

import math
from collections.abc import Mapping

import numpy as np

from clvlab.data.units import days_in
from clvlab.errors import InputError
from clvlab.models.estimation import METHODS
from clvlab.models.fit import Fit

GIVEN = "given"  # the method of parameters that were stated


def check_saved(fit: Fit) -> None:
    """Refuse a fit with numbers that no estimation could have produced.

    Raises
    ------
    InputError
        Parameters that are not the model's, or not finite, or not above 0; draws that do not go with them; an unknown
        unit or method.
    """
    names = list(fit.link.names)
    if list(fit.params) != names and set(fit.params) != set(names):
        raise InputError(f"{fit.name} has the parameters {', '.join(names)}; found {', '.join(fit.params) or 'none'}.")
    positive = [name for name in names if name in fit.model.formula.PARAMETERS]
    _hold(fit.params, positive)
    if fit.method not in (*METHODS, GIVEN):
        raise InputError(f"A method is one of {', '.join((*METHODS, GIVEN))}; found {fit.method!r}.")
    if fit.unit is not None:
        days_in(fit.unit)
    for count in ("n_customers", "n_purchases"):
        value = getattr(fit, count)
        if value is not None and not (isinstance(value, int | float) and math.isfinite(value) and value >= 0):
            raise InputError(f"{count} is a number of 0 or more; found {value!r}.")
    if fit.covariance is not None and not all(kind.kind == "f" for kind in fit.covariance.dtypes):
        raise InputError("The covariance must hold numbers.")
    if fit.draws is None:
        return
    lacking = [name for name in names if name not in fit.draws]
    if lacking:
        raise InputError(f"The draws lack {', '.join(lacking)}.")
    for name, values in fit.draws.items():
        held = values.to_numpy()
        if held.ndim > 1 + (fit.segments is not None) or not held.size or not np.isfinite(held).all():
            raise InputError(f"Draws of {name} must be finite numbers, one or more, in a row.")
        if name in positive and not (held > 0).all():
            raise InputError(f"Draws of {name} must be above 0; the least is {held.min():g}.")


def _hold(params: Mapping[str, float], positive: list[str]) -> None:
    wrong = {name: value for name, value in params.items() if not math.isfinite(value)}
    wrong |= {name: params[name] for name in positive if not params[name] > 0}
    if wrong:
        shown = ", ".join(f"{name} = {value:g}" for name, value in wrong.items())
        raise InputError(f"Parameters must be finite, and above 0 but for coefficients; found {shown}.")
