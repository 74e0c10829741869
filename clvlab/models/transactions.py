"""How often customers will buy: fits of transaction models."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.data.units import days_in
from clvlab.errors import InputError
from clvlab.formulas import bg_nbd
from clvlab.inference.factored import Groups
from clvlab.inference.priors import LogNormal
from clvlab.models import forecast
from clvlab.models.columns import columns_of
from clvlab.models.fit import Fit
from clvlab.models.model import Model

Float = NDArray[np.float64]
FORECASTS = ("prob_alive", "prob_purchase", "expected_purchases")


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class TransactionFit(Fit):
    """A fitted transaction model."""

    def predict(self, histories: pd.DataFrame, horizon: float) -> pd.DataFrame:
        """Forecast each customer's purchases over the coming ``horizon``.

        Parameters
        ----------
        histories : DataFrame, one row a customer
            As ``clv.histories`` makes it, in any unit it carries.
        horizon : float
            How far ahead, in the histories' unit (the fit's, where they carry none); 0 or more.

        Returns
        -------
        DataFrame, indexed like ``histories``
            ``prob_alive`` (at the end of the history), ``prob_purchase`` (at least one purchase in the horizon),
            ``expected_purchases`` (count), each with ``_low`` and ``_high``, the 90 % credible interval of that
            expectation (NaN where the fit carries no draws); ``purchases_low`` and ``purchases_high``, the 90 %
            predictive interval of the count itself.

        Examples
        --------
        >>> import pandas as pd
        >>> from clvlab.models import BGNBD
        >>> known = BGNBD().at(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="week")
        >>> histories = pd.DataFrame({"frequency": [2], "recency": [30.43], "T": [38.86]}, index=["Ann"])
        >>> known.predict(histories, horizon=39)["expected_purchases"].round(3).to_dict()
        {'Ann': 1.226}
        """
        horizon = check_horizon(horizon)
        fit = self.in_unit_of(histories)
        groups = Groups(columns_of(histories, self.model.formula.HISTORY))
        table = fit._forecast(groups, horizon)
        return pd.DataFrame({k: v[groups.inverse] for k, v in table.items()}, index=histories.index)

    def count_probabilities(self, histories: pd.DataFrame, horizon: float, observed: pd.Series) -> tuple[Float, Float]:
        """P(Y < y) and P(Y = y) of each customer's observed count y over ``horizon``, parameters integrated out."""
        fit = self.in_unit_of(histories)
        counts = observed.reindex(histories.index).to_numpy(dtype=float)
        groups = Groups({**columns_of(histories, self.model.formula.HISTORY), "y": counts})
        seen = groups.values.pop("y")
        below, at = forecast.count_probabilities(
            self.model.formula, fit.posterior, groups, check_horizon(horizon), seen
        )
        return below[groups.inverse], at[groups.inverse]

    def new_customer(self, times: Any) -> pd.DataFrame:
        """Expected purchases of a newly acquired customer by each time, after the first purchase.

        Parameters
        ----------
        times : array-like, shape (times,)
            Ages in the fit's unit.

        Returns
        -------
        DataFrame, indexed by time
            ``expected_purchases`` with ``_low`` and ``_high``.
        """
        times = np.atleast_1d(np.asarray(times, dtype=float))
        column = {name: values[:, None] for name, values in self.posterior.items()}
        over_draws = self.model.formula.expected_purchases(times, **column)
        low, high = forecast.interval(over_draws) if self.draws is not None else (np.nan, np.nan)
        expected = over_draws.mean(axis=0)
        if self.point is not None:
            expected = self.model.formula.expected_purchases(times, **self.params)
        return pd.DataFrame(
            {"expected_purchases": expected, "expected_purchases_low": low, "expected_purchases_high": high},
            index=pd.Index(times, name="time"),
        )

    def expected_total(self, histories: pd.DataFrame, horizon: float) -> float:
        """Expected purchases of all these customers together over ``horizon`` (in the fit's unit), at ``params``."""
        groups = Groups(columns_of(histories, self.model.formula.HISTORY))
        params = self.point or forecast.thinned(self.posterior, forecast.PREDICTIVE_DRAWS)
        total = 0.0
        for block in forecast.blocks(groups, len(next(iter(params.values())))):
            expected = forecast.expectations(self.model.formula, params, block, horizon)["expected_purchases"]
            total += float(groups.counts[block.rows] @ expected.mean(axis=0))
        return total

    def simulate_histories(self, T: Any, *, seed: int, horizon: float = 0.0) -> pd.DataFrame:
        """Customers drawn from the latent story at ``params``, watched for ``T`` and then for ``horizon``.

        Parameters
        ----------
        T : array-like, shape (customers,)
            Each customer's age at the end of the calibration period, in the fit's unit.
        seed : int
        horizon : float
            How much longer they are watched, in the fit's unit.

        Returns
        -------
        DataFrame, one row a customer
            ``frequency``, ``recency``, ``T``, and the truth: ``alive`` (at T) and ``frequency_holdout``.
        """
        T = np.asarray(T, dtype=float)
        customer, time, alive_end = self.model.formula.simulate(np.random.default_rng(seed), T + horizon, **self.params)
        seen = time <= T[customer]
        later = np.bincount(customer[~seen], minlength=len(T))
        recency = np.zeros(len(T))
        np.maximum.at(recency, customer[seen], time[seen])
        table = pd.DataFrame(
            {
                "frequency": np.bincount(customer[seen], minlength=len(T)).astype(float),
                "recency": recency,
                "T": T,
                "frequency_holdout": later.astype(float),
            },
            index=pd.RangeIndex(len(T), name="customer_id"),
        )
        if not horizon:
            table["alive"] = alive_end
        table.attrs = {"unit": self.unit}
        return table

    def simulate_futures(
        self, histories: pd.DataFrame, horizon: float, *, draws: int, seed: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], Float]:
        """Futures drawn from the latent story, each under its own draw of the parameters.

        Parameters
        ----------
        horizon : float
            In the fit's unit.
        draws : int
            How many futures of each customer.

        Returns
        -------
        draw, customer, time : arrays, shape (purchases,)
            Purchase times from now (units), with the future they belong to and the row of ``histories``.
        """
        formula = self.model.formula
        rng = np.random.default_rng(seed)
        columns = columns_of(histories, formula.HISTORY)
        params = forecast.thinned(self.posterior, draws)
        available = len(next(iter(params.values())))
        n, parts = len(histories), []
        for d in range(draws):
            at = {name: values[d % available] for name, values in params.items()}
            alive = rng.random(n) < formula.prob_alive(**columns, **at)
            after = formula.given_alive(columns["x"], columns["T"], **at)
            customer, time, _ = formula.simulate(rng, np.where(alive, horizon, 0.0), **after)
            parts.append((np.full(len(customer), d), customer, time))
        draw, customer, time = (np.concatenate(part) for part in zip(*parts, strict=True))
        return draw, customer, time

    def _forecast(self, groups: Groups, horizon: float) -> dict[str, Float]:
        """Every column of ``predict``, one value a group."""
        formula, draws = self.model.formula, self.posterior
        count = len(next(iter(draws.values())))
        names = [f"{name}{end}" for name in FORECASTS for end in ("", "_low", "_high")]
        table = {name: np.full(len(groups), np.nan) for name in [*names, "purchases_low", "purchases_high"]}
        for block in forecast.blocks(groups, count):
            over_draws = forecast.expectations(formula, draws, block, horizon)
            point = over_draws
            if self.point is not None:
                point = forecast.expectations(formula, self.point, block, horizon)
            for name in FORECASTS:
                table[name][block.rows] = point[name].mean(axis=0)
                if self.draws is not None:
                    ends = forecast.interval(over_draws[name])
                    table[f"{name}_low"][block.rows], table[f"{name}_high"][block.rows] = ends
            ends = forecast.count_interval(formula, draws, block, horizon)
            table["purchases_low"][block.rows], table["purchases_high"][block.rows] = ends
        return table


@dataclass(frozen=True, kw_only=True)
class BGNBD(Model):
    """BG/NBD of Fader, Hardie & Lee (2005): Poisson purchases; a chance to drop out after each repeat purchase.

    Parameters
    ----------
    priors : mapping, optional
        For r, alpha (a rate; prior in weeks), a, b.

    Examples
    --------
    >>> BGNBD().at(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="week")
    <BG/NBD by given: r 0.243, alpha 4.414, a 0.793, b 2.426 (a week)>
    """

    formula: ClassVar[ModuleType] = bg_nbd
    fit_class: ClassVar[type[Fit]] = TransactionFit
    default_priors: ClassVar[Mapping[str, LogNormal]] = {
        "r": LogNormal(median=1.0, spread=1.5),
        "alpha": LogNormal(median=10.0, spread=1.5),
        "a": LogNormal(median=1.0, spread=1.5),
        "b": LogNormal(median=2.0, spread=1.5),
    }

    def _check_informative(self, histories: pd.DataFrame) -> None:
        check_repeaters(histories, self.name)

    def _start(self, histories: pd.DataFrame) -> dict[str, float]:
        rate = histories["frequency"].sum() / histories["T"].sum()
        return {"r": 0.5, "alpha": 0.5 / rate, "a": 1.0, "b": 2.0}


def check_repeaters(histories: pd.DataFrame, name: str) -> None:
    """Refuse histories in which nobody bought twice: nothing there tells how often customers buy."""
    if not (histories["frequency"] > 0).any():
        raise InputError(
            f"{name} learns from repeat purchases; none of the {len(histories)} customers bought on a second day "
            "by the end of the calibration period. Choose a later end, or check that the customer column "
            "identifies customers rather than orders."
        )


def check_horizon(horizon: float) -> float:
    """A horizon is a finite number of units, 0 or more."""
    if not (np.isfinite(horizon) and horizon >= 0):
        raise InputError(f"horizon must be 0 or more units of time; found {horizon!r}.")
    return float(horizon)


def horizon_days(fit: Fit, horizon: float) -> float:
    """A horizon in days."""
    if fit.unit is None:
        raise InputError("The fit carries no unit of time; pass unit= to fit() or at().")
    return horizon * days_in(fit.unit)
