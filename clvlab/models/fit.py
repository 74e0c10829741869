"""A fitted model: an immutable result that carries its uncertainty as draws."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from clvlab.data.units import days_in
from clvlab.errors import FitError, InputError
from clvlab.inference.likelihood import Likelihood
from clvlab.models.columns import columns_of
from clvlab.models.diagnostics import Diagnostics
from clvlab.models.forecast import interval

Float = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Fit:
    """The result of ``Model.fit`` or ``Model.at``.

    Attributes
    ----------
    params : dict
        Point estimates: the maximum of the likelihood, or the posterior mean.
    log_likelihood : float
        At ``params``, summed over customers.
    draws : xarray.Dataset or None
        Over ``draw``, one variable a parameter. None where parameters were given or intervals are withheld
        (``diagnostics`` says why).
    covariance : DataFrame or None
        Of the log parameters, after maximum likelihood.
    n_customers, n_purchases : int, float
        Whom it was fitted to, and their repeat purchases.
    unit : str or None
        Unit of time of the parameters and of every forecast.
    idata : xarray.DataTree or None
        Over (chain, draw), after NUTS. Not saved.
    """

    model: Any
    method: str
    params: dict[str, float]
    unit: str | None = None
    log_likelihood: float = np.nan
    n_customers: int = 0
    n_purchases: float = 0.0
    draws: xr.Dataset | None = None
    covariance: pd.DataFrame | None = None
    diagnostics: Diagnostics = field(default_factory=Diagnostics)
    idata: Any = None
    end: str | None = None
    seed: int = 0

    @property
    def name(self) -> str:
        """The model's name."""
        return str(self.model.name)

    @property
    def aic(self) -> float:
        """Akaike's criterion, after maximum likelihood."""
        return 2.0 * len(self.params) - 2.0 * self._maximum_log_likelihood("aic")

    @property
    def bic(self) -> float:
        """Schwarz's criterion, where n is customers, after maximum likelihood."""
        return len(self.params) * float(np.log(self.n_customers)) - 2.0 * self._maximum_log_likelihood("bic")

    @property
    def standard_errors(self) -> dict[str, float]:
        """Of the parameters on their own scale, by the delta method; empty where withheld."""
        if self.covariance is None:
            return {}
        on_log_scale = np.sqrt(np.diag(self.covariance))
        return {name: self.params[name] * float(s) for name, s in zip(self.params, on_log_scale, strict=True)}

    def summary(self) -> pd.DataFrame:
        """One row a parameter: estimate, standard error (or posterior standard deviation), 90 % interval."""
        table = pd.DataFrame({"estimate": self.params}, dtype=float)
        table.index.name = "parameter"
        if self.draws is None:
            return table.assign(std_error=np.nan, low=np.nan, high=np.nan)
        if self.covariance is not None:
            table["std_error"] = pd.Series(self.standard_errors)
        else:
            table["std_error"] = [float(self.draws[name].std(ddof=1)) for name in table.index]
        ends = [interval(self.draws[name].to_numpy()) for name in table.index]
        table["low"], table["high"] = ([float(end[side]) for end in ends] for side in (0, 1))
        return table

    def score(self, histories: pd.DataFrame) -> float:
        """Total log-likelihood of any histories at ``params``."""
        fit = self.in_unit_of(histories)
        usable, _ = self.model.usable(histories)
        likelihood = Likelihood(self.model.formula, columns_of(usable, self.model.formula.HISTORY))
        return likelihood.value(np.log(list(fit.params.values())))

    def in_unit_of(self, histories: pd.DataFrame) -> Self:
        """This fit in the unit the histories carry, if they carry one."""
        unit = histories.attrs.get("unit")
        return self if unit is None or self.unit is None else self.to_unit(unit)

    def to_unit(self, unit: str) -> Self:
        """The same fit with time measured in ``unit``: forecasts over the same days do not change."""
        if self.unit is None:
            raise InputError("This fit carries no unit of time; pass unit= to fit() or at() to convert it.")
        factor = days_in(self.unit) / days_in(unit)
        if factor == 1.0:
            return replace(self, unit=unit)
        powers = {name: self.model.formula.TIME_POWERS.get(name, 0) for name in self.params}
        scaled = {name: value * factor ** powers[name] for name, value in self.params.items()}
        draws = None
        if self.draws is not None:
            draws = self.draws.assign({name: self.draws[name] * factor**power for name, power in powers.items()})
        # A density of purchase times loses log(factor) a purchase; spend has no time in it.
        shift = self.n_purchases * np.log(factor) if any(powers.values()) else 0.0
        value = self.log_likelihood - shift
        return replace(self, unit=unit, params=scaled, draws=draws, log_likelihood=value)

    def save(self, path: str | Path) -> None:
        """Write parameters, draws and diagnostics as JSON: no data, no pickle. ``load_fit`` reads it."""
        content = {
            "clvlab": 1,
            "model": type(self.model).__name__,
            "method": self.method,
            "unit": self.unit,
            "end": self.end,
            "seed": self.seed,
            "n_customers": self.n_customers,
            "n_purchases": self.n_purchases,
            "params": self.params,
            "log_likelihood": _json_number(self.log_likelihood),
            "draws": None if self.draws is None else {k: self.draws[k].to_numpy().tolist() for k in self.params},
            "covariance": None if self.covariance is None else self.covariance.to_numpy().tolist(),
            "diagnostics": {
                "values": {k: _json_number(v) for k, v in self.diagnostics.values.items()},
                "messages": list(self.diagnostics.messages),
            },
        }
        Path(path).write_text(json.dumps(content, allow_nan=False), encoding="utf-8")

    @cached_property
    def posterior(self) -> dict[str, Float]:
        """Parameter draws as arrays; a single draw at ``params`` where there are none."""
        if self.draws is None:
            return {name: np.array([value]) for name, value in self.params.items()}
        return {name: self.draws[name].to_numpy() for name in self.params}

    @property
    def point(self) -> dict[str, Float] | None:
        """What point forecasts are made at: ``params``; None after NUTS, where they are means over draws."""
        if self.method == "nuts":
            return None
        return {name: np.array([value]) for name, value in self.params.items()}

    def _maximum_log_likelihood(self, what: str) -> float:
        if self.method != "ml":
            raise FitError(f"{what} compares maxima of likelihoods; this fit was made by {self.method!r}.")
        return self.log_likelihood

    def __repr__(self) -> str:
        params = ", ".join(f"{name} {value:.4g}" for name, value in self.params.items())
        timed = bool(self.unit and self.model.formula.TIME_POWERS)
        unit = f" (a {self.unit})" if timed else ""
        customers = f", {self.n_customers:,} customers" if self.n_customers else ""
        return f"<{self.name} by {self.method}{customers}: {params}{unit}>"


def dataset(draws: Mapping[str, Float]) -> xr.Dataset:
    """Draws over one dimension, ``draw``."""
    count = len(next(iter(draws.values())))
    return xr.Dataset({k: ("draw", np.asarray(v)) for k, v in draws.items()}, coords={"draw": np.arange(count)})


def _json_number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
