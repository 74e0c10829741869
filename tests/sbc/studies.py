"""What is calibrated: each model with priors that make realistic customers, and how those are drawn.

Customers come from ``formula.simulate``, which lives the latent story; the likelihood has no part in it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import clvlab as clv
from clvlab.inference.priors import AboveOne, LogNormal, Normal, Prior
from clvlab.models.model import Model

Float = NDArray[np.float64]
Params = Mapping[str, float]
# (random numbers, customers, formula, parameters) to what the model's fit takes.
Draw = Callable[[np.random.Generator, int, Any, Params], pd.DataFrame]

SPREAD = 0.4
WEEKS = np.arange(10.0, 61.0, 10.0)  # ages at the end of the calibration period: six cohorts
OPPORTUNITIES = (4, 12)
PERIODS = (4, 12)
HORIZON = 39.0


class FixedScaleGammaGamma(clv.GammaGamma):
    """Gamma-Gamma whose prior of v is as stated.

    The model multiplies v's median by the customers' mean spend. A prior that looks at the data is nobody's to draw
    from, so the stated median is divided by that mean first.
    """

    def priors_for(self, histories: pd.DataFrame, unit: str | None = None, link: Any = None) -> dict[str, Prior]:
        """The priors as stated."""
        scaled = super().priors_for(histories, unit, link)
        return {**scaled, "v": scaled["v"].scaled(1.0 / float(self.usable(histories)[0]["monetary_value"].mean()))}


@dataclass(frozen=True)
class Study:
    """One model to calibrate.

    Attributes
    ----------
    model : Model
        With its priors.
    draw : callable
        Customers of the latent story, as the model's ``fit`` takes them.
    derived : str
        What the derived quantity is.
    derive : callable
        The derived quantity of (formula, parameters); parameters are numbers or arrays over draws.
    """

    model: Model
    draw: Draw
    derived: str
    derive: Callable[[Any, Mapping[str, Any]], Any]

    def spread(self, spread: float) -> "Study":
        """The same study with every prior as wide as ``spread``."""
        return replace(self, model=replace(self.model, priors={k: _wide(v, spread) for k, v in self._priors.items()}))

    @property
    def formula(self) -> Any:
        """The model's."""
        return self.model.formula

    @property
    def _priors(self) -> Mapping[str, Prior]:
        return self.model.priors

    def stated(self) -> dict[str, Prior]:
        """The prior of each parameter, in the formula's order, and of each coefficient; times are in weeks."""
        coefficients = [f"{name}:{column}" for name, columns in self.model.covariates.items() for column in columns]
        return {name: self._priors[name] for name in (*self.formula.PARAMETERS, *coefficients)}


def _wide(prior: Any, spread: float) -> Prior:
    if isinstance(prior, Normal):  # a coefficient keeps its own
        return prior
    if isinstance(prior, AboveOne):
        return AboveOne(replace(prior.excess, spread=spread))
    return replace(prior, spread=spread)


def _priors(**medians: float) -> dict[str, Prior]:
    return {name: LogNormal(median=median, spread=SPREAD) for name, median in medians.items()}


def _observed(T: Float, customer: NDArray[np.int64], time: Float) -> pd.DataFrame:
    """Histories of purchases in order of customer and time."""
    n = len(T)
    first = np.r_[True, customer[1:] != customer[:-1]] if len(customer) else np.zeros(0, dtype=bool)
    gaps = np.where(first, time, np.diff(time, prepend=0.0))
    recency = np.zeros(n)
    np.maximum.at(recency, customer, time)
    return pd.DataFrame(
        {
            "frequency": np.bincount(customer, minlength=n).astype(float),
            "recency": recency,
            "T": T,
            "log_gap_sum": np.bincount(customer, weights=np.log(gaps), minlength=n),
        }
    )


def weekly(rng: np.random.Generator, n: int, formula: Any, params: Params) -> pd.DataFrame:
    """Customers of 10, 20, ... 60 weeks of age; times of purchase are not rounded to days."""
    T = rng.choice(WEEKS, n)
    customer, time, _ = formula.simulate(rng, T, **params)
    return _observed(T, customer, time)


def weekly_of_two_channels(rng: np.random.Generator, n: int, formula: Any, params: Params) -> pd.DataFrame:
    """As ``weekly``, half of the customers of another channel, to whom the coefficients apply."""
    web = rng.integers(0, 2, n).astype(float)
    natural = {name: params[name] * np.exp(params.get(f"{name}:web", 0.0) * web) for name in formula.PARAMETERS}
    return weekly(rng, n, formula, natural).assign(web=web)


def by_opportunity(rng: np.random.Generator, n: int, formula: Any, params: Params) -> pd.DataFrame:
    """Customers who have had 4 to 12 opportunities to buy."""
    T = rng.integers(OPPORTUNITIES[0], OPPORTUNITIES[1] + 1, n).astype(float)
    customer, time, _ = formula.simulate(rng, T, **params)
    return _observed(T, customer, time)


def spending(rng: np.random.Generator, n: int, formula: Any, params: Params) -> pd.DataFrame:
    """Customers with one repeat purchase or more, three on average, drawn apart from spend."""
    x = 1 + rng.poisson(rng.gamma(1.0, 2.0, n))
    customer, spend = formula.simulate(rng, x, **params)
    total = np.bincount(customer, weights=spend, minlength=n)
    return pd.DataFrame({"frequency": x.astype(float), "monetary_value": total / x})


def spells(rng: np.random.Generator, n: int, formula: Any, params: Params) -> pd.DataFrame:
    """Customers under contract, watched for 4 to 12 periods."""
    period, lost = formula.simulate(rng, rng.integers(PERIODS[0], PERIODS[1] + 1, n), **params)
    return pd.DataFrame({"period": period.astype(int), "lost": lost.astype(int)})


def _new_customer(formula: Any, params: Mapping[str, Any]) -> Any:
    return formula.expected_purchases(HORIZON, **{name: params[name] for name in formula.PARAMETERS})


BUYS = f"expected purchases of a new customer over {HORIZON:.0f} weeks"
DROPOUT = _priors(r=0.6, alpha=6.0, a=0.8, b=2.5)
REGULAR = _priors(r=0.6, alpha=3.0, a=0.8, b=2.5)

STUDIES: dict[str, Study] = {
    "BGNBD": Study(clv.BGNBD(priors=DROPOUT), weekly, BUYS, _new_customer),
    "MBGNBD": Study(clv.MBGNBD(priors=DROPOUT), weekly, BUYS, _new_customer),
    "BGNBD-covariates": Study(
        clv.BGNBD(
            covariates={"alpha": ["web"], "a": ["web"]},
            priors={**DROPOUT, "alpha:web": Normal(0.0, 0.5), "a:web": Normal(0.0, 0.5)},
        ),
        weekly_of_two_channels,
        BUYS,
        _new_customer,
    ),
    "ParetoNBD": Study(clv.ParetoNBD(priors=_priors(r=0.6, alpha=6.0, s=0.6, beta=12.0)), weekly, BUYS, _new_customer),
    "ParetoGGG": Study(
        clv.ParetoGGG(priors=_priors(t=3.0, gamma=1.5, r=0.8, alpha=6.0, s=0.6, beta=12.0)),
        weekly,
        f"chance that a new customer does not buy in {HORIZON:.0f} weeks",
        lambda formula, params: np.squeeze(np.exp(formula.log_likelihood(0.0, 0.0, HORIZON, 0.0, **params))),
    ),
    "NBD": Study(clv.NBD(priors=_priors(r=0.6, alpha=8.0)), weekly, BUYS, _new_customer),
    "BGCNBD": Study(clv.BGCNBD(k=2, priors=REGULAR), weekly, BUYS, _new_customer),
    "MBGCNBD": Study(clv.MBGCNBD(k=2, priors=REGULAR), weekly, BUYS, _new_customer),
    "BGBB": Study(
        clv.BGBB(priors=_priors(alpha=1.2, beta=0.8, gamma=0.7, delta=2.8)),
        by_opportunity,
        "expected purchases of a new customer over 6 opportunities",
        lambda formula, params: formula.expected_purchases(6.0, **params),
    ),
    "GammaGamma": Study(
        FixedScaleGammaGamma(
            priors={**_priors(p=6.0, v=15.0), "q": AboveOne(LogNormal(median=2.7, spread=SPREAD))},
        ),
        spending,
        "mean spend of a new customer",
        lambda formula, params: formula.expected_spend(0.0, np.nan, **params),
    ),
    "ShiftedBetaGeometric": Study(
        clv.ShiftedBetaGeometric(priors=_priors(alpha=0.7, beta=3.8)),
        spells,
        "share of a cohort left after 24 periods",
        lambda formula, params: formula.survival(24.0, **params),
    ),
    "BetaDiscreteWeibull": Study(
        clv.BetaDiscreteWeibull(priors=_priors(alpha=0.7, beta=3.8, c=1.2)),
        spells,
        "share of a cohort left after 24 periods",
        lambda formula, params: formula.survival(24.0, **params),
    ),
}
