"""A fitted model: an immutable result with its uncertainty as draws."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Self, cast

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from clvlab.data.units import days_in
from clvlab.errors import FitError, InputError
from clvlab.formulas.namespace import Number
from clvlab.formulas.protocols import TransactionFormula
from clvlab.inference.likelihood import Likelihood
from clvlab.inference.link import Link
from clvlab.models.columns import columns_of
from clvlab.models.covariates import Encoding, Segments
from clvlab.models.description import Description
from clvlab.models.diagnostics import Diagnostics
from clvlab.models.estimation import METHODS
from clvlab.models.forecast import Process
from clvlab.models.outlook import interval
from clvlab.models.saving import FORMAT, note_to_json, number_to_json
from clvlab.models.segments import by_segment
from clvlab.models.units import PERIODS, needed_unit, unit_of
from clvlab.shown import Shown

Float = NDArray[np.float64]
SEGMENT = "segment"


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Fit(Shown):
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
        Over (chain, draw), after NUTS, as ArviZ takes it; with each customer's log-likelihood where that is not too
        much to keep. Not saved.
    chosen : tuple of str
        Constants of the formula, such as k, that were chosen from these data by likelihood.
    """

    model: Description
    method: str
    params: dict[str, float]
    unit: str | None = None
    log_likelihood: float = np.nan
    n_customers: int = 0
    n_purchases: float = 0.0
    draws: xr.Dataset | None = None
    covariance: pd.DataFrame | None = None
    diagnostics: Diagnostics = field(default_factory=Diagnostics)
    encoding: Encoding = field(default_factory=lambda: Encoding({}))
    segments: Segments | None = None
    idata: xr.DataTree | None = None
    end: str | None = None
    seed: int = 0
    chosen: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The model's name."""
        return str(self.model.name)

    @property
    def n_parameters(self) -> int:
        """How many values were learned from the data: parameters, and constants that were not given but chosen."""
        return len(self.params) + len(self.chosen)

    @property
    def aic(self) -> float:
        """Akaike's criterion, after maximum likelihood."""
        return 2.0 * self.n_parameters - 2.0 * self._maximum_log_likelihood("aic")

    @property
    def bic(self) -> float:
        """Schwarz's criterion, where n is customers, after maximum likelihood."""
        return self.n_parameters * float(np.log(self.n_customers)) - 2.0 * self._maximum_log_likelihood("bic")

    @property
    def standard_errors(self) -> dict[str, float]:
        """Of the parameters on their own scale, by the delta method; empty where withheld."""
        if self.covariance is None:
            return {}
        estimated = zip(self.params, np.sqrt(np.diag(self.covariance)), strict=True)
        # Parameters are estimated by their logarithm, coefficients as they are.
        return {name: float(s) * (1.0 if ":" in name else self.params[name]) for name, s in estimated}

    def summary(self) -> pd.DataFrame:
        """One row per parameter: estimate, standard error (or posterior standard deviation), 90 % interval."""
        table = pd.DataFrame({"estimate": self.params}, dtype=float)
        table.index.name = "parameter"
        if self.draws is None:
            return table.assign(std_error=np.nan, low=np.nan, high=np.nan)
        if self.covariance is not None:
            table["std_error"] = pd.Series(self.standard_errors)
        else:
            table["std_error"] = [float(self._shared(name).std(ddof=1)) for name in table.index]
        ends = [interval(self._shared(name)) for name in table.index]
        table["low"], table["high"] = ([float(end[side]) for end in ends] for side in (0, 1))
        return table

    def by_segment(self, histories: pd.DataFrame, *, unit: str | None = None) -> pd.DataFrame:
        """Each segment's parameters, and how much of them it borrowed from the others.

        Parameters
        ----------
        histories : DataFrame
            Those the fit was made to.

        Returns
        -------
        DataFrame, one row per segment
            ``customers`` the segment was learned from; each parameter (posterior mean) with ``_low`` and ``_high``; and
            for each difference ``borrowed: rate`` and so on, from 0 (the segment's own data alone) to 1 (nothing but
            the population).

        Raises
        ------
        InputError
            The model was not pooled.
        """
        return by_segment(self.in_unit_of(histories, unit), histories)

    def refit(self, histories: pd.DataFrame, *, unit: str | None = None) -> Self:
        """The same model fitted to other histories, by the same method, from the same seed."""
        return cast(Self, self.model.fit(histories, method=self.method, seed=self.seed, unit=unit))

    def score(self, histories: pd.DataFrame, *, unit: str | None = None) -> float:
        """Total log-likelihood of any histories at ``params``.

        Parameters
        ----------
        unit : str, optional
            Unit of time of histories that have lost their own.
        """
        likelihood = self.likelihood(histories)  # it names broken rows; units are in the parameters
        fit = self.in_unit_of(histories, unit)
        values: dict[str, Number] = dict(fit.params)
        if fit.segments is not None:
            values = {name: draws.mean(axis=0) for name, draws in fit.posterior.items()}
        return likelihood.total(values)

    def likelihood(self, histories: pd.DataFrame) -> Likelihood:
        """The log-likelihood of these histories, in their unit, as a function of what this fit estimated."""
        rows, weights = self.model.rows(self.model.usable(histories)[0])
        return self.model.likelihood_class(self.model.formula, self.columns(rows), self.link, weights)

    def columns(self, histories: pd.DataFrame) -> dict[str, Float]:
        """What the model needs of each customer: the history in the formula's notation, covariates, segment."""
        return columns_of(histories, self.model.formula.HISTORY) | self.attributes(histories)

    def attributes(self, frame: pd.DataFrame) -> dict[str, Float]:
        """What the model's link needs of each customer: covariates, segment."""
        own = {} if self.segments is None else {SEGMENT: self.segments.codes(frame).astype(float)}
        return self.encoding.columns(frame) | own

    def one_customer(self, of: Mapping[str, object] | None = None) -> dict[str, Float]:
        """Covariates and segment of one customer: of these attributes, or the reference in a segment never seen."""
        if of is not None:
            return self.attributes(pd.DataFrame([dict(of)]))
        reference = {name: np.zeros(1) for name in self.link.columns}
        if self.segments is not None:
            reference[SEGMENT] = np.full(1, float(len(self.segments.labels)))
        return reference

    def check_alike(self) -> None:
        """Refuse to simulate customers who differ by covariates or segments."""
        if self.link.columns:
            raise InputError(
                "Customers are simulated at parameters they all share; in this fit they differ by "
                f"{', '.join(self.link.columns)}. Simulate each kind of customer from at() with its own parameters."
            )

    @property
    def link(self) -> Link:
        """How estimated values become each customer's parameters."""
        return self.model.link(self.encoding, self.segments)

    @property
    def process(self) -> Process:
        """The formula behind its link."""
        return Process(cast(TransactionFormula, self.model.formula), self.link)

    def in_unit_of(self, histories: pd.DataFrame, unit: str | None = None) -> Self:
        """This fit in the unit of the histories: the one they carry, or ``unit`` where they have lost it.

        A fit without a unit (by ``at``) takes histories as they are, and so do models without time in them
        (Gamma-Gamma) and those that count periods (BG/BB, contracts).

        Raises
        ------
        InputError
            The fit has a unit of time and the histories have none; or they carry another than ``unit``.
        """
        if self.unit is None or not self.model.formula.TIME_POWERS:
            found = unit_of(histories, unit)
        else:
            found = needed_unit(histories, unit, f"A forecast of {self.name} by {self.unit}")
        return self if found is None or self.unit is None else self.to_unit(found)

    def to_unit(self, unit: str) -> Self:
        """The same fit with time measured in ``unit``: forecasts over the same days do not change.

        Raises
        ------
        InputError
            The fit carries no unit, or counts periods of one unit, which are not those of another.
        """
        if self.unit is None:
            raise InputError("This fit carries no unit of time; pass unit= to fit() or at() to convert it.")
        factor = days_in(self.unit) / days_in(unit)
        if factor == 1.0:
            return replace(self, unit=unit)
        if PERIODS & set(self.model.formula.HISTORY):
            raise InputError(
                f"{self.name} counts whole periods, here of one {self.unit} each, and what happens in a {self.unit} "
                f"does not show what happens in a {unit}. Give it histories by {self.unit}, or fit it to histories by "
                f"{unit}."
            )
        powers = {name: self.model.formula.TIME_POWERS.get(name, 0) for name in self.params}
        scaled = {name: value * factor ** powers[name] for name, value in self.params.items()}
        draws = None
        if self.draws is not None:
            # A coefficient and a segment's spread have no unit; a population's level has its parameter's.
            each = {str(name): powers.get(str(name).removesuffix(":population"), 0) for name in self.draws.data_vars}
            draws = self.draws.assign({name: self.draws[name] * factor**power for name, power in each.items()})
        # A density of purchase times loses log(factor) a purchase; spend has no time in it.
        shift = self.n_purchases * np.log(factor) if any(powers.values()) else 0.0
        value = self.log_likelihood - shift
        return replace(self, unit=unit, params=scaled, draws=draws, log_likelihood=value)

    def settled(self) -> Self:
        """This fit without draws that no forecast can be made from; called once, when it is made."""
        return self

    def save(self, path: str | Path) -> None:
        """Write parameters, draws and diagnostics as JSON: no data, no pickle. ``load_fit`` reads it."""
        content = {
            "clvlab": FORMAT,
            "model": type(self.model).__name__,
            "method": self.method,
            "unit": self.unit,
            "end": self.end,
            "seed": self.seed,
            "chosen": list(self.chosen),
            "n_customers": self.n_customers,
            "n_purchases": self.n_purchases,
            "params": self.params,
            "description": self.model.described(),
            "levels": {name: list(levels) for name, levels in self.encoding.levels.items()},
            "segments": None if self.segments is None else list(self.segments.labels),
            "log_likelihood": number_to_json(self.log_likelihood),
            "draws": None if self.draws is None else {str(k): v.to_numpy().tolist() for k, v in self.draws.items()},
            "covariance": None if self.covariance is None else self.covariance.to_numpy().tolist(),
            "diagnostics": {
                "values": {k: number_to_json(v) for k, v in self.diagnostics.values.items()},
                "messages": [note_to_json(note) for note in self.diagnostics.messages],
                "notes": [note_to_json(note) for note in self.diagnostics.notes],
            },
        }
        Path(path).write_text(json.dumps(content, allow_nan=False), encoding="utf-8")

    @cached_property
    def posterior(self) -> dict[str, Float]:
        """Parameter draws as arrays; a single draw at ``params`` where there are none."""
        if self.draws is None:
            return {name: np.array([value]) for name, value in self.params.items()}
        return {name: self.draws[name].to_numpy() for name in self.link.names}

    @property
    def point(self) -> dict[str, Float] | None:
        """What point forecasts are made at: ``params``; None where they are means over posterior draws."""
        if self.method in METHODS and METHODS[self.method].mean:
            return None
        return {name: np.array([value]) for name, value in self.params.items()}

    def _shared(self, name: str) -> Float:
        """Draws of a value all customers share; of a pooled parameter, the population's level."""
        if self.draws is None:
            raise FitError("This fit carries no draws.")
        return np.asarray(self.draws[f"{name}:population" if f"{name}:population" in self.draws else name])

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
