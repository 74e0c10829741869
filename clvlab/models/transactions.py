"""How often customers will buy: fits of transaction models."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.errors import InputError
from clvlab.inference.factored import Groups
from clvlab.models import forecast
from clvlab.models.fit import Fit

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
        groups = Groups(self.columns(histories))
        table = fit._forecast(groups, horizon)
        return pd.DataFrame({k: v[groups.inverse] for k, v in table.items()}, index=histories.index)

    def prob_alive(self, histories: pd.DataFrame, *, ahead: float = 0.0) -> pd.DataFrame:
        """P(alive) of each customer some time after the end of the history, given that history alone.

        Parameters
        ----------
        ahead : float
            How much later than the end of the histories, in their unit (the fit's, where they carry none).

        Returns
        -------
        DataFrame, indexed like ``histories``
            ``prob_alive`` with ``_low`` and ``_high``, its 90 % credible interval (NaN without draws).

        Examples
        --------
        >>> import pandas as pd
        >>> from clvlab.models import BGNBD
        >>> known = BGNBD().at(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="week")
        >>> histories = pd.DataFrame({"frequency": [2], "recency": [30.43], "T": [38.86]}, index=["Ann"])
        >>> known.prob_alive(histories, ahead=39)["prob_alive"].round(3).to_dict()
        {'Ann': 0.567}
        """
        ahead = check_horizon(ahead)

        def later(process: forecast.Process, params: forecast.Params, block: forecast.Block) -> Float:
            return process.alive(params, block) * _stays(process, params, block, ahead)

        return self._described(histories, later, "prob_alive")

    def prob_dropout(self, histories: pd.DataFrame, horizon: float) -> pd.DataFrame:
        """Chance that a customer is alive now and drops out within the horizon: P(alive) less P(alive) then.

        Parameters
        ----------
        horizon : float
            In the histories' unit (the fit's, where they carry none).

        Returns
        -------
        DataFrame, indexed like ``histories``
            ``prob_dropout`` with ``_low`` and ``_high``, its 90 % credible interval (NaN without draws).
        """
        ahead = check_horizon(horizon)

        def leaves(process: forecast.Process, params: forecast.Params, block: forecast.Block) -> Float:
            return process.alive(params, block) * (1.0 - _stays(process, params, block, ahead))

        return self._described(histories, leaves, "prob_dropout")

    def _described(self, histories: pd.DataFrame, function: Any, name: str) -> pd.DataFrame:
        """A function of draws and groups at the point estimate, and its interval, by customer."""
        fit = self.in_unit_of(histories)
        process, groups = fit.process, Groups(fit.columns(histories))
        columns = {end: np.full(len(groups), np.nan) for end in ("", "_low", "_high")}
        for block in process.blocks(groups, len(next(iter(fit.posterior.values())))):
            over_draws = function(process, fit.posterior, block)
            point = over_draws if fit.point is None else function(process, fit.point, block)
            columns[""][block.rows] = point.mean(axis=0)
            if fit.draws is not None:
                columns["_low"][block.rows], columns["_high"][block.rows] = forecast.interval(over_draws)
        return pd.DataFrame({f"{name}{k}": v[groups.inverse] for k, v in columns.items()}, index=histories.index)

    def count_probabilities(self, histories: pd.DataFrame, horizon: float, observed: pd.Series) -> tuple[Float, Float]:
        """P(Y < y) and P(Y = y) of each customer's observed count y over ``horizon``, parameters integrated out."""
        fit = self.in_unit_of(histories)
        counts = observed.reindex(histories.index).to_numpy(dtype=float)
        groups = Groups({**self.columns(histories), "y": counts})
        seen = groups.values.pop("y")
        below, at = forecast.count_probabilities(fit.process, fit.posterior, groups, check_horizon(horizon), seen)
        return below[groups.inverse], at[groups.inverse]

    def count_scores(self, histories: pd.DataFrame, horizon: float, observed: pd.Series) -> tuple[Float, Float, Float]:
        """As ``count_probabilities``, and the continuous ranked probability score (purchases) of each customer."""
        fit = self.in_unit_of(histories)
        counts = observed.reindex(histories.index).to_numpy(dtype=float)
        groups = Groups({**self.columns(histories), "y": counts})
        seen = groups.values.pop("y")
        found = forecast.count_scores(fit.process, fit.posterior, groups, check_horizon(horizon), seen)
        below, at, crps = (each[groups.inverse] for each in found)
        return below, at, crps

    def new_customer(self, times: Any, *, of: Mapping[str, Any] | None = None) -> pd.DataFrame:
        """Expected purchases of a newly acquired customer by each time, after the first purchase.

        Parameters
        ----------
        times : array-like, shape (times,)
            Ages in the fit's unit.
        of : mapping, optional
            Attribute to value, of the covariates and the segment of the customer meant; unless given, one whose
            covariates are 0 or at their reference level, in a segment not seen before.

        Returns
        -------
        DataFrame, indexed by time
            ``expected_purchases`` with ``_low`` and ``_high``.
        """
        times = np.atleast_1d(np.asarray(times, dtype=float))
        reference = self.one_customer(of)

        def expected_under(params: forecast.Params) -> Float:
            natural = self.process.natural(params, reference)
            return np.asarray(self.model.formula.expected_purchases(times, **natural))

        over_draws = expected_under(self.posterior)
        low, high = forecast.interval(over_draws) if self.draws is not None else (np.nan, np.nan)
        expected = (over_draws if self.point is None else expected_under(self.point)).mean(axis=0)
        return pd.DataFrame(
            {"expected_purchases": expected, "expected_purchases_low": low, "expected_purchases_high": high},
            index=pd.Index(times, name="time"),
        )

    def expected_totals(self, histories: pd.DataFrame, horizons: Float) -> Float:
        """Expected purchases of all these customers together over each horizon (in the fit's unit)."""
        groups = Groups(self.columns(histories))
        params = self.point or forecast.thinned(self.posterior, forecast.PREDICTIVE_DRAWS)
        totals = np.zeros(len(horizons))
        for block in self.process.blocks(groups, len(next(iter(params.values())))):
            counts = groups.counts[block.rows]
            for i, horizon in enumerate(horizons):
                expected = forecast.expectations(self.process, params, block, horizon)["expected_purchases"]
                totals[i] += float(counts @ expected.mean(axis=0))
        return totals

    def expected_so_far(self, histories: pd.DataFrame, ends: Float) -> Float:
        """Repeat purchases these customers were to be expected to make by each time, seen from their first purchase.

        Parameters
        ----------
        ends : array, shape (times,)
            Relative to now, so 0 or negative, in the fit's unit.
        """
        columns = self.columns(histories)
        age = "T" if "T" in columns else "n"
        groups = Groups({name: columns[name] for name in (age, *self.link.columns)})
        params = self.point or forecast.thinned(self.posterior, forecast.PREDICTIVE_DRAWS)
        natural = self.process.natural(params, groups.values)
        ages = (np.maximum(groups.values[age] + end, 0.0) for end in ends)
        expected = (self.model.formula.expected_purchases(age, **natural).mean(axis=0) for age in ages)
        return np.array([groups.counts @ each for each in expected])

    def given(
        self, groups: Groups, *params: forecast.Params
    ) -> Iterator[tuple[NDArray[np.int64], list[forecast.Given]]]:
        """Some groups at a time under each set of parameter draws: their rows, and what to expect of them."""
        process = self.process
        draws = max(len(next(iter(each.values()))) for each in params)
        for block in process.blocks(groups, draws):
            yield block.rows, [forecast.Given(process, each, block) for each in params]

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
            ``frequency``, ``recency``, ``T``, ``log_gap_sum``, and the truth: ``alive`` (at T, where ``horizon`` is 0)
            and ``frequency_holdout``.

        Raises
        ------
        InputError
            Customers of this fit differ by covariates or segments.
        """
        self.check_alike()
        return histories_of(self, T, seed=seed, horizon=horizon)

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
        formula, forward = self.model.formula, self.process.forward
        rng = np.random.default_rng(seed)
        columns = self.columns(histories)
        history = {name: columns[name] for name in formula.HISTORY}
        state = {name: columns[name] for name in formula.STATE}
        params = forecast.thinned(self.posterior, draws)
        available = len(next(iter(params.values())))
        n, parts = len(histories), []
        for d in range(draws):
            drawn = {name: values[d % available] for name, values in params.items()}
            at = self.link.natural(drawn, columns)
            alive = rng.random(n) < formula.prob_alive(**history, **at)
            after = formula.given_alive(**state, **at)
            customer, time, _ = forward.simulate(rng, np.where(alive, horizon, 0.0), **after)
            parts.append((np.full(len(customer), d), customer, time))
        draw, customer, time = (np.concatenate(part) for part in zip(*parts, strict=True))
        return draw, customer, time

    def _forecast(self, groups: Groups, horizon: float) -> dict[str, Float]:
        """Every column of ``predict``, one value a group."""
        process, draws = self.process, self.posterior
        count = len(next(iter(draws.values())))
        names = [f"{name}{end}" for name in FORECASTS for end in ("", "_low", "_high")]
        table = {name: np.full(len(groups), np.nan) for name in [*names, "purchases_low", "purchases_high"]}
        for block in process.blocks(groups, count):
            over_draws = forecast.expectations(process, draws, block, horizon)
            point = over_draws
            if self.point is not None:
                point = forecast.expectations(process, self.point, block, horizon)
            for name in FORECASTS:
                table[name][block.rows] = point[name].mean(axis=0)
                if self.draws is not None:
                    ends = forecast.interval(over_draws[name])
                    table[f"{name}_low"][block.rows], table[f"{name}_high"][block.rows] = ends
            ends = forecast.count_interval(process, draws, block, horizon)
            table["purchases_low"][block.rows], table["purchases_high"][block.rows] = ends
        return table


def histories_of(fit: Fit, T: Any, *, seed: int, horizon: float) -> pd.DataFrame:
    """Histories of customers drawn from the latent story at the fit's ``params``, and what they did afterwards."""
    T = np.asarray(T, dtype=float)
    customer, time, alive_end = fit.model.formula.simulate(np.random.default_rng(seed), T + horizon, **fit.params)
    seen = time <= T[customer]
    later = np.bincount(customer[~seen], minlength=len(T))
    recency = np.zeros(len(T))
    np.maximum.at(recency, customer[seen], time[seen])
    # Purchases come in order of each customer's; the first gap is from acquisition.
    again = np.diff(customer, prepend=-1) == 0
    gap = np.where(again, np.diff(time, prepend=0.0), time)[seen]
    table = pd.DataFrame(
        {
            "frequency": np.bincount(customer[seen], minlength=len(T)).astype(float),
            "recency": recency,
            "T": T,
            "log_gap_sum": np.bincount(customer[seen], weights=np.log(gap), minlength=len(T)),
            "frequency_holdout": later.astype(float),
        },
        index=pd.RangeIndex(len(T), name="customer_id"),
    )
    if not horizon:
        table["alive"] = alive_end
    table.attrs = {"unit": fit.unit}
    return table


def check_horizon(horizon: float) -> float:
    """A horizon is a finite number of units, 0 or more."""
    if not (np.isfinite(horizon) and horizon >= 0):
        raise InputError(f"horizon must be 0 or more units of time; found {horizon!r}.")
    return float(horizon)


def _stays(process: forecast.Process, params: forecast.Params, block: forecast.Block, ahead: float) -> Float:
    """P(still alive after ``ahead``, given alive now) of each draw and group."""
    if not ahead:
        return np.ones((1, 1))
    stays = process.forward.prob_alive_later(ahead, **process.state(params, block))
    return forecast.spread(stays, block.level)
