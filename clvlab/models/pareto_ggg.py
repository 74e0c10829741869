"""Pareto/GGG: each customer's own regularity, estimated and forecast by drawing every customer's latent story."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.errors import InputError
from clvlab.formulas import pareto_ggg
from clvlab.inference import gibbs
from clvlab.inference.priors import LogNormal, Prior
from clvlab.models import diagnostics
from clvlab.models.columns import columns_of
from clvlab.models.estimation import dataset
from clvlab.models.family import SHAPE, WEEKS, check_repeaters
from clvlab.models.fit import Fit
from clvlab.models.forecast import crps_of_samples
from clvlab.models.model import Model
from clvlab.models.transactions import check_horizon

Float = NDArray[np.float64]

POPULATIONS = 100  # population draws under which customers are drawn
FUTURES = 10  # futures of each drawn customer
SWEEPS = 60  # updates of a customer's own k, lambda and lifetime before they are used


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class ParetoGGGFit(Fit):
    """A fitted Pareto/GGG. Forecasts are simulated: each customer's story is drawn anew under draws of the population.

    Two forecasts of the same histories are equal to the last bit (the fit's seed), but carry Monte Carlo error: about
    3 % of a customer's standard deviation.
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
            ``prob_alive``, ``prob_purchase``, ``expected_purchases``; ``purchases_low`` and ``purchases_high``, the
            90 % predictive interval. ``_low`` and ``_high`` of the expectations are NaN: what is drawn is each
            customer's own rate, regularity and lifetime, not an expectation under each draw of the population.
        """
        counts, alive = self.in_unit_of(histories)._futures(histories, check_horizon(horizon))
        table = {
            "prob_alive": alive.mean(axis=0),
            "prob_purchase": (counts > 0).mean(axis=0),
            "expected_purchases": counts.mean(axis=0),
        }
        shown: dict[str, Any] = {}
        for name, values in table.items():
            shown |= {name: values, f"{name}_low": np.nan, f"{name}_high": np.nan}
        ordered = np.sort(counts, axis=0)
        for name, level in (("purchases_low", 0.05), ("purchases_high", 0.95)):
            shown[name] = ordered[int(np.ceil(level * len(counts))) - 1].astype(float)
        return pd.DataFrame(shown, index=histories.index)

    def count_probabilities(self, histories: pd.DataFrame, horizon: float, observed: pd.Series) -> tuple[Float, Float]:
        """P(Y < y) and P(Y = y) of each customer's observed count y, as shares of simulated futures.

        A share of 0 is given as half a future, so that its logarithm is finite.
        """
        counts, _ = self.in_unit_of(histories)._futures(histories, check_horizon(horizon))
        target = observed.reindex(histories.index).to_numpy(dtype=float)
        at = (counts == target).mean(axis=0)
        return (counts < target).mean(axis=0), np.maximum(at, 0.5 / len(counts))

    def count_scores(self, histories: pd.DataFrame, horizon: float, observed: pd.Series) -> tuple[Float, Float, Float]:
        """As ``count_probabilities``, and the continuous ranked probability score, from simulated futures."""
        counts, _ = self.in_unit_of(histories)._futures(histories, check_horizon(horizon))
        below, at = self.count_probabilities(histories, horizon, observed)
        return below, at, crps_of_samples(counts.astype(float), observed.reindex(histories.index).to_numpy(dtype=float))

    def expected_totals(self, histories: pd.DataFrame, horizons: Float) -> Float:
        """Expected purchases of all these customers together over each horizon (in the fit's unit)."""
        draws = POPULATIONS * FUTURES
        _, _, time = self.simulate_futures(histories, float(np.max(horizons)), draws=draws, seed=self.seed)
        return np.searchsorted(np.sort(time), horizons, side="right") / draws

    def expected_so_far(self, histories: pd.DataFrame, ends: Float) -> Float:
        """Repeat purchases these customers were to be expected to make by each time, seen from their first purchase."""
        age = histories["T"].to_numpy(dtype=float)
        totals = np.zeros(len(ends))
        rng = np.random.default_rng(self.seed)
        for draw in self._populations(20):
            customer, time, _ = pareto_ggg.simulate(rng, age, **draw)
            before_now = np.sort(time - age[customer])
            totals += np.searchsorted(before_now, ends, side="right")
        return totals / 20

    def simulate_futures(
        self, histories: pd.DataFrame, horizon: float, *, draws: int, seed: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], Float]:
        """Futures drawn from the latent story: (draw, customer, time from now) of each purchase."""
        columns, individuals = self._individuals(histories)
        rng = np.random.default_rng(seed)
        parts = []
        for d in range(draws):
            at = {name: values[d % len(values)] for name, values in individuals.items()}
            customer, time = pareto_ggg.simulate_individuals(
                rng, horizon, columns["t_x"], columns["T"], at["k"], at["lambda"], at["tau"]
            )
            parts.append((np.full(len(customer), d), customer, time))
        draw, customer, time = (np.concatenate(part) for part in zip(*parts, strict=True))
        return draw, customer, time

    def _futures(self, histories: pd.DataFrame, horizon: float) -> tuple[NDArray[np.int64], Float]:
        """Counts of simulated futures, (futures, customers), and whether each drawn customer is alive."""
        columns, individuals = self._individuals(histories)
        counts = [
            gibbs.future_counts(columns, individuals, horizon, seed=self.seed + future) for future in range(FUTURES)
        ]
        return np.concatenate(counts), individuals["z"]

    def _individuals(self, histories: pd.DataFrame) -> tuple[dict[str, Float], dict[str, Float]]:
        """Each customer's k, lambda, lifetime under each of some population draws: arrays (draws, customers)."""
        columns = columns_of(histories, pareto_ggg.HISTORY)
        populations = self._populations(POPULATIONS)
        params = {name: np.array([draw[name] for draw in populations]) for name in pareto_ggg.PARAMETERS}
        return columns, gibbs.individuals_given(columns, params, sweeps=SWEEPS, seed=self.seed)

    def _populations(self, count: int) -> list[dict[str, float]]:
        available = len(next(iter(self.posterior.values())))
        kept = np.linspace(0, available - 1, count).round().astype(int)
        return [{name: float(values[d]) for name, values in self.posterior.items()} for d in kept]


@dataclass(frozen=True, kw_only=True)
class ParetoGGG(Model):
    """Pareto/GGG of Platzer & Reutterer (2016): Pareto/NBD whose customers each have their own regularity.

    Parameters
    ----------
    priors : mapping, optional
        For t and gamma (of regularity), r and alpha (of the rate), s and beta (of dropout); alpha and beta in weeks.
    options : mapping
        draws, tune, chains of the sampler.

    Notes
    -----
    Estimated by a sampler of its own (``clvlab.inference.gibbs``), whatever the method named: the likelihood of a
    history has no closed form. Covariates and pooling are not offered.
    """

    formula: ClassVar[Any] = pareto_ggg
    fit_class: ClassVar[type[Fit]] = ParetoGGGFit
    default_priors: ClassVar[Mapping[str, Prior]] = {
        "t": SHAPE, "gamma": SHAPE, "r": SHAPE, "alpha": WEEKS, "s": SHAPE, "beta": WEEKS,
    }  # fmt: skip

    def fit(
        self,
        histories: pd.DataFrame,
        *,
        method: str | None = None,
        seed: int = 0,
        unit: str | None = None,
        **options: Any,
    ) -> ParetoGGGFit:
        """Draw from the posterior.

        Parameters
        ----------
        histories : DataFrame
            As ``clv.histories`` makes it, with log_gap_sum.
        method : {"gibbs"}, optional
            The only one.
        seed : int
        unit : str, optional
            Unit of time of the histories, where the frame does not carry it.
        **options
            draws (2,000 a chain), tune (2,000), chains (4).
        """
        if method not in (None, "gibbs") or self.method is not None or self.covariates or self.pooled_by:
            raise InputError(
                "Pareto/GGG is estimated by its own sampler only (method='gibbs' or none named), without covariates or "
                "pooling: its likelihood has no closed form. BG/CNBD-k and MBG/CNBD-k offer all methods."
            )
        settings = {"draws": 2000, "tune": 2000, "chains": 4}
        given = {**self.options, **options}
        if set(given) - set(settings):
            raise InputError(f"The sampler takes the options {', '.join(settings)}; found {', '.join(given)}.")
        settings |= given
        unit = unit or histories.attrs.get("unit")
        check_repeaters(histories, self.name)
        columns = columns_of(histories, pareto_ggg.HISTORY)
        priors = self.priors_for(histories, unit)
        if not all(isinstance(prior, LogNormal) for prior in priors.values()):
            raise InputError("The sampler takes log-normal priors only.")
        found = gibbs.sample(columns, priors, seed=seed, kept=1, **settings)["params"]  # type: ignore[arg-type]
        told = diagnostics.of_nuts({**_convergence(found), **settings})
        return ParetoGGGFit(
            model=self,
            method="gibbs",
            params={name: float(np.median(values)) for name, values in found.items()},
            draws=dataset({name: values.ravel() for name, values in found.items()}),
            diagnostics=replace(told, notes=("Point estimates are posterior medians.",)),
            unit=unit,
            n_customers=len(histories),
            n_purchases=float(histories["frequency"].sum()),
            end=histories.attrs.get("end"),
            seed=seed,
        )


def _convergence(draws: Mapping[str, Float]) -> dict[str, float]:
    """Worst R-hat and smallest effective sample sizes over parameters, draws of shape (chains, draws)."""
    import arviz as az
    import xarray as xr

    data = xr.Dataset({name: (("chain", "draw"), values) for name, values in draws.items()})
    worst = {"r_hat": az.rhat(data), "ess_bulk": az.ess(data, method="bulk"), "ess_tail": az.ess(data, method="tail")}
    values = {name: [float(found[parameter]) for parameter in draws] for name, found in worst.items()}
    return {
        "r_hat": max(values["r_hat"]),
        "ess_bulk": min(values["ess_bulk"]),
        "ess_tail": min(values["ess_tail"]),
        "divergences": 0,
    }
