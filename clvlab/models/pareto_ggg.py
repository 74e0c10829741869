"""Pareto/GGG: each customer's own regularity, rate and lifetime, integrated out on nodes or drawn from them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.data.units import days_in
from clvlab.errors import InputError
from clvlab.formulas import gamma_gaps, pareto_ggg
from clvlab.formulas.pareto_ggg import Mixture
from clvlab.inference.factored import Groups
from clvlab.inference.likelihood import Likelihood
from clvlab.inference.mixed import MixedLikelihood
from clvlab.inference.priors import Prior
from clvlab.models.family import SHAPE, WEEKS, check_repeaters, purchase_rate
from clvlab.models.fit import Fit
from clvlab.models.forecast import crps_of_samples, interval, thinned
from clvlab.models.model import Model
from clvlab.models.node_forecasts import Given, future_counts
from clvlab.models.transactions import FORECASTS, check_horizon, histories_of

Float = NDArray[np.float64]
Rows = NDArray[np.int64]
Counts = NDArray[np.int64]
OverDraws = Callable[[Given], dict[str, Float]]

DRAWS = 200  # draws of the population that forecasts are made from
FUTURES = 5  # futures of each customer under each, for the distribution of a count
STORIES = 20  # times that all customers' past is lived again
BLOCK = 40  # distinct histories worked on at once


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class ParetoGGGFit(Fit):
    """A fitted Pareto/GGG.

    Expectations are computed; the distribution of a count is drawn, a thousand futures of each distinct history, so
    that the ends of its interval carry Monte Carlo error but are the same each time they are asked for.
    """

    def predict(self, histories: pd.DataFrame, horizon: float) -> pd.DataFrame:
        """Forecast each customer's purchases over the coming ``horizon``.

        Parameters
        ----------
        histories : DataFrame, one row a customer
            With frequency, recency, T and log_gap_sum.
        horizon : float
            In the histories' unit (the fit's, where they carry none).

        Returns
        -------
        DataFrame, indexed like ``histories``
            ``prob_alive``, ``prob_purchase``, ``expected_purchases``, each with ``_low`` and ``_high``, the 90 %
            credible interval of that expectation (NaN where the fit carries no draws); ``purchases_low`` and
            ``purchases_high``, the 90 % predictive interval of the count itself.

        Examples
        --------
        >>> params = {"t": 4.0, "gamma": 2.0, "r": 1.0, "alpha": 5.0, "s": 0.5, "beta": 4.0}
        >>> from clvlab.models import ParetoGGG
        >>> columns = {"frequency": [2], "recency": [8.0], "T": [9.0], "log_gap_sum": [2.7]}
        >>> known = ParetoGGG().at(unit="week", **params)
        >>> round(float(known.predict(pd.DataFrame(columns), horizon=4)["expected_purchases"].iloc[0]), 2)
        0.74
        """
        horizon = check_horizon(horizon)
        fit = self.in_unit_of(histories)
        groups = Groups(fit.columns(histories))
        table = fit._described(groups, lambda given: given.expectations(horizon), FORECASTS, counted=horizon)
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
        """
        ahead = check_horizon(ahead)
        return self._table(histories, lambda given: {"prob_alive": given.alive(ahead)}, "prob_alive")

    def prob_dropout(self, histories: pd.DataFrame, horizon: float) -> pd.DataFrame:
        """Chance that a customer is alive now and drops out within the horizon: P(alive) less P(alive) then."""
        ahead = check_horizon(horizon)

        def leaves(given: Given) -> dict[str, Float]:
            return {"prob_dropout": given.alive() - given.alive(ahead)}

        return self._table(histories, leaves, "prob_dropout")

    def new_customer(self, times: Any, *, of: Mapping[str, Any] | None = None) -> pd.DataFrame:
        """Expected purchases of a newly acquired customer by each time, after the first purchase.

        Parameters
        ----------
        times : array-like, shape (times,)
            Ages in the fit's unit.
        of : mapping, optional
            Attribute to value, of the covariates of the customer meant; unless given, their reference.

        Returns
        -------
        DataFrame, indexed by time
            ``expected_purchases`` with ``_low`` and ``_high``.
        """
        times = np.atleast_1d(np.asarray(times, dtype=float))
        just_bought = Groups({**dict.fromkeys(pareto_ggg.HISTORY, np.zeros(1)), **self.one_customer(of)})

        names = [f"expected_purchases{end}" for end in ("", "_low", "_high")]

        def by(time: float) -> dict[str, Float]:
            return self._described(just_bought, lambda given: given.expectations(time), ("expected_purchases",))

        rows = [by(float(time)) for time in times]
        columns = {name: [float(row[name][0]) for row in rows] for name in names}
        return pd.DataFrame(columns, index=pd.Index(times, name="time"))

    def count_probabilities(self, histories: pd.DataFrame, horizon: float, observed: pd.Series) -> tuple[Float, Float]:
        """P(Y < y) and P(Y = y) of each customer's observed count y, as shares of simulated futures.

        A share of 0 is given as half a future, so that its logarithm is finite.
        """
        below, at, _ = self.count_scores(histories, horizon, observed)
        return below, at

    def count_scores(self, histories: pd.DataFrame, horizon: float, observed: pd.Series) -> tuple[Float, Float, Float]:
        """As ``count_probabilities``, and the continuous ranked probability score, from simulated futures."""
        fit, horizon = self.in_unit_of(histories), check_horizon(horizon)
        columns = fit.columns(histories)
        groups = Groups({**columns, "y": observed.reindex(histories.index).to_numpy(dtype=float)})
        y = groups.values.pop("y")
        below, at, crps = (np.empty(len(groups)) for _ in range(3))
        for rows, (given,) in fit.given(groups, thinned(fit.posterior, DRAWS)):
            counts = fit._counts(given, groups, rows, horizon)
            below[rows] = (counts < y[rows]).mean(axis=0)
            at[rows] = np.maximum((counts == y[rows]).mean(axis=0), 0.5 / len(counts))
            crps[rows] = crps_of_samples(counts.astype(float), y[rows])
        return below[groups.inverse], at[groups.inverse], crps[groups.inverse]

    def expected_totals(self, histories: pd.DataFrame, horizons: Float) -> Float:
        """Expected purchases of all these customers together over each horizon (in the fit's unit), from futures."""
        totals = np.zeros(len(horizons))
        futures = self._futures_of(histories, float(np.max(horizons)), self.point, DRAWS * FUTURES, self.seed)
        for _, time in futures:
            totals += np.searchsorted(np.sort(time), horizons, side="right")
        return totals / (DRAWS * FUTURES)

    def expected_so_far(self, histories: pd.DataFrame, ends: Float) -> Float:
        """Repeat purchases these customers were to be expected to make by each time, seen from their first purchase."""
        age, columns = histories["T"].to_numpy(dtype=float), self.columns(histories)
        draws = self.point or thinned(self.posterior, STORIES)
        totals, rng = np.zeros(len(ends)), np.random.default_rng(self.seed)
        for d in range(STORIES):
            drawn = {name: values[d % len(values)] for name, values in draws.items()}
            customer, time, _ = pareto_ggg.simulate(rng, age, **self.link.natural(drawn, columns))
            totals += np.searchsorted(np.sort(time - age[customer]), ends, side="right")
        return totals / STORIES

    def given(self, groups: Groups, *params: Mapping[str, Float]) -> Iterator[tuple[Rows, list[Given]]]:
        """Some groups at a time under each set of parameter draws: their rows, and what to expect of them."""
        for rows in pareto_ggg.blocks(groups.values["x"], BLOCK):
            history = {name: groups.values[name][rows] for name in pareto_ggg.HISTORY}
            with np.errstate(all="ignore"):
                mixture = Mixture(history, self._natural(self.params, groups, rows))
            yield rows, [Given(mixture, self._natural(each, groups, rows)) for each in params]

    def simulate_histories(self, T: Any, *, seed: int, horizon: float = 0.0) -> pd.DataFrame:
        """Customers drawn from the latent story at ``params``, as ``TransactionFit.simulate_histories`` draws them."""
        self.check_alike()
        return histories_of(self, T, seed=seed, horizon=horizon)

    def simulate_futures(
        self, histories: pd.DataFrame, horizon: float, *, draws: int, seed: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], Float]:
        """Futures drawn from the latent story: (draw, customer, time from now) of each purchase."""
        parts = []
        for d, (customer, time) in enumerate(self._futures_of(histories, horizon, None, draws, seed)):
            parts.append((np.full(len(customer), d), customer, time))
        draw, customer, time = (np.concatenate(part) for part in zip(*parts, strict=True))
        return draw, customer, time

    def _futures_of(
        self, histories: pd.DataFrame, horizon: float, params: Mapping[str, Float] | None, draws: int, seed: int
    ) -> Iterator[tuple[NDArray[np.int64], Float]]:
        """Futures, one after the other: (customer, time from now) of each purchase."""
        columns = self.columns(histories)
        groups, rng = Groups(columns), np.random.default_rng(seed)
        # Under each draw of the population another draw of each customer, however few the former.
        people = min(draws, DRAWS)
        known = thinned(self.posterior if params is None else params, people)
        population = {name: np.resize(values, people) for name, values in known.items()}
        individuals = {name: np.empty((people, len(histories))) for name in ("k", "lambda", "tau")}
        for rows, (given,) in self.given(groups, population):
            local = np.full(len(groups), -1)
            local[rows] = np.arange(len(rows))
            who = np.flatnonzero(local[groups.inverse] >= 0)
            for start in range(0, len(who), BLOCK):
                members = who[start : start + BLOCK]
                drawn = given.individuals(rng, local[groups.inverse[members]])
                for name, values in drawn.items():
                    individuals[name][:, members] = values
        for d in range(draws):
            k, rate, tau = (individuals[name][d % people] for name in ("k", "lambda", "tau"))
            yield gamma_gaps.simulate_individuals(rng, horizon, columns["t_x"], columns["T"], k, rate, tau)

    def _table(self, histories: pd.DataFrame, function: OverDraws, name: str) -> pd.DataFrame:
        fit = self.in_unit_of(histories)
        groups = Groups(fit.columns(histories))
        table = fit._described(groups, function, (name,))
        return pd.DataFrame({k: v[groups.inverse] for k, v in table.items()}, index=histories.index)

    def _described(
        self, groups: Groups, function: OverDraws, names: tuple[str, ...], *, counted: float | None = None
    ) -> dict[str, Float]:
        """Functions of draws and histories at the point estimate, and their intervals, one value a group.

        With a horizon to be ``counted`` over, also the predictive interval of the count.
        """
        columns = [f"{name}{end}" for name in names for end in ("", "_low", "_high")]
        counts = [] if counted is None else ["purchases_low", "purchases_high"]
        table = {name: np.full(len(groups), np.nan) for name in [*columns, *counts]}
        draws = thinned(self.posterior, DRAWS)
        for rows, (given, known) in self.given(groups, draws, self.point or draws):
            over_draws = function(given)
            point = over_draws if self.point is None else function(known)
            for name in names:
                table[name][rows] = point[name].mean(axis=0)
                if self.draws is not None:
                    table[f"{name}_low"][rows], table[f"{name}_high"][rows] = interval(over_draws[name])
            if counted is not None:
                futures = self._counts(given, groups, rows, counted)
                ends = np.quantile(futures, [0.05, 0.95], axis=0, method="inverted_cdf")
                table["purchases_low"][rows], table["purchases_high"][rows] = ends
        return table

    def _counts(self, given: Given, groups: Groups, rows: Rows, horizon: float) -> Counts:
        """Counts of simulated futures, shape (futures, rows): each history's own, whatever stands beside it."""
        found = np.empty((self._draws * self._futures, len(rows)), dtype=np.int64)
        for local, row in enumerate(rows):
            rng = np.random.default_rng([self.seed, *_told(groups, row, self.unit)])
            same = np.full(self._futures, local)
            counts = future_counts(rng, given.mixture, same, given.individuals(rng, same), horizon)
            found[:, local] = counts.ravel()
        return found

    @property
    def _draws(self) -> int:
        """How many draws of the population forecasts are made from."""
        return min(DRAWS, len(next(iter(self.posterior.values()))))

    @property
    def _futures(self) -> int:
        """How many futures under each make a thousand."""
        return DRAWS * FUTURES // self._draws

    def _natural(self, params: Mapping[str, Any], groups: Groups, rows: Rows) -> dict[str, Any]:
        columns = {name: groups.values[name][rows] for name in self.link.columns}
        return self.link.natural({name: np.asarray(values)[..., None] for name, values in params.items()}, columns)


def _told(groups: Groups, row: np.int64, unit: str | None) -> list[int]:
    """A history in whole numbers that do not depend on the unit of time."""
    own = {name: float(values[row]) for name, values in groups.values.items()}
    days = 1.0 if unit is None else days_in(unit)
    own |= {"t_x": own["t_x"] * days, "T": own["T"] * days, "log_gap_sum": own["log_gap_sum"] + own["x"] * np.log(days)}
    return (np.round([*own.values()], 4) + 0.0).view(np.uint32).tolist()


@dataclass(frozen=True, kw_only=True)
class ParetoGGG(Model):
    """Pareto/GGG of Platzer & Reutterer (2016): Pareto/NBD whose customers each have their own regularity.

    Parameters
    ----------
    priors, covariates, method, options :
        As for ``Model``; the parameters are t and gamma (of regularity), r and alpha (of the rate), s and beta (of
        dropout); gamma, alpha and beta are rates.

    Notes
    -----
    The methods are ml, map, laplace and gibbs: the last is a sampler of its own (``clvlab.inference.gibbs``), which
    does without the likelihood and takes no covariates. Pooling is not offered.
    """

    formula: ClassVar[Any] = pareto_ggg
    fit_class: ClassVar[type[Fit]] = ParetoGGGFit
    likelihood_class: ClassVar[type[Likelihood]] = MixedLikelihood
    sampler: ClassVar[str] = "gibbs"
    default_priors: ClassVar[Mapping[str, Prior]] = {
        "t": SHAPE, "gamma": SHAPE, "r": SHAPE, "alpha": WEEKS, "s": SHAPE, "beta": WEEKS,
    }  # fmt: skip

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.pooled_by is not None:
            raise InputError(
                "Pareto/GGG is not pooled across segments. Let covariates tell them apart "
                f"(covariates={{'alpha': [{self.pooled_by!r}]}}), or pool BG/NBD or MBG/NBD."
            )

    def _check_informative(self, histories: pd.DataFrame) -> None:
        check_repeaters(histories, self.name)

    def _start(self, histories: pd.DataFrame) -> dict[str, float]:
        age = float(histories["T"].mean())
        rate = 0.5 / purchase_rate(histories)
        return {"t": 2.0, "gamma": 1.0, "r": 0.5, "alpha": rate, "s": 0.5, "beta": 0.5 * age}
