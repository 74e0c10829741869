"""Predictive checks: do customers buy as often as the model's simulated customers?"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.errors import InputError
from clvlab.inference.target import SEGMENT_SPREAD
from clvlab.models.description import Description
from clvlab.models.fit import Fit
from clvlab.models.forecast import thinned
from clvlab.models.model import Model
from clvlab.models.transactions import TransactionFit

Float = NDArray[np.float64]

MOST = 7  # this many repeat purchases and more share a cell
GREEN, AMBER = 0.125, 0.25  # one cell in eight outside its band, and two
PRIOR_CUSTOMERS = 1000  # a vague prior spreads far wider than so many customers vary, and some of its draws buy daily


def prior_predictive(
    model: Model[TransactionFit], histories: pd.DataFrame, *, draws: int = 200, seed: int = 0
) -> pd.DataFrame:
    """How often customers would buy according to the priors alone.

    Parameters
    ----------
    model : Model
        A transaction model.
    histories : DataFrame, one row per customer
        Replicated customers are watched as long as these (a sample of 1,000 of them, where there are more).
    draws : int
        Data sets, each simulated from the latent story at its own draw of the parameters.
    seed : int

    Returns
    -------
    DataFrame, indexed by frequency "0", "1", ..., "7+"
        Share of customers with so many repeat purchases: ``observed``; ``mean``, ``low`` and ``high`` (95 % band) over
        the replicated data sets; ``inside``, whether the band holds what was observed. ``attrs["light"]`` is green
        where at most one cell of the eight lies outside its band, amber at two, red above. A prior to be trusted is
        green, and its bands are wide.

    Examples
    --------
    >>> from clvlab.data import datasets
    >>> from clvlab.models import NBD
    >>> summary = datasets.cdnow_summary().head(200)
    >>> summary.attrs["unit"] = "week"
    >>> table = prior_predictive(NBD(), summary, draws=50)
    >>> table.attrs["light"]
    'green'
    """
    formula, age = _transactional(model)
    rng = np.random.default_rng(seed)
    likelihood, _, segments = model.likelihood(histories)
    link, groups = likelihood.link, likelihood.groups
    watched = np.arange(len(histories))
    if len(histories) > PRIOR_CUSTOMERS:
        watched = np.sort(rng.choice(len(histories), PRIOR_CUSTOMERS, replace=False))
    columns = {name: values[groups.inverse[watched]] for name, values in groups.values.items()}
    drawn = {name: prior.draw(rng, draws) for name, prior in model.priors_for(histories, link=link).items()}
    if segments is not None:
        apart = draws, len(segments.labels)
        moved = {
            which: np.abs(rng.normal(0.0, SEGMENT_SPREAD, (draws, 1))) * rng.standard_normal(apart)
            for which in link.differences
        }
        shared = {name: drawn[name][:, None] * np.ones(apart) for name in link.parameters}
        drawn |= link.of_segments(shared, moved)
    shares = np.array([_simulated(formula, link.natural(at, columns), columns[age], rng) for at in _each(drawn)])
    return _compared(histories, shares)


def posterior_predictive(fit: Fit, histories: pd.DataFrame, *, draws: int = 200, seed: int = 0) -> pd.DataFrame:
    """Whether customers simulated from a fit buy as often as these did.

    How often they buy is not when: an NBD, which knows no dropout, may match the counts of customers who have long left
    and forecast too much of them. Forecasts are judged on a holdout (``clv.compare``).

    Parameters
    ----------
    fit : Fit
        Of a transaction model. Without draws (parameters given, or intervals withheld) all data sets share ``params``.
    histories : DataFrame, one row per customer
        Usually those it was fitted to; replicated customers are watched as long as they were.
    draws : int
        Data sets, each simulated from the latent story at its own draw of the parameters.
    seed : int

    Returns
    -------
    DataFrame, indexed by frequency "0", "1", ..., "7+"
        As ``prior_predictive``.

    Examples
    --------
    >>> from clvlab.data import datasets
    >>> from clvlab.models import NBD
    >>> summary = datasets.cdnow_summary()
    >>> summary.attrs["unit"] = "week"
    >>> table = posterior_predictive(NBD().fit(summary), summary, draws=400)
    >>> table.columns.tolist(), table.attrs["light"]
    (['observed', 'mean', 'low', 'high', 'inside'], 'green')
    """
    formula, age = _transactional(fit.model)
    rng = np.random.default_rng(seed)
    fit = fit.in_unit_of(histories)
    columns = fit.columns(histories)
    drawn = {name: np.resize(values, (draws, *values.shape[1:])) for name, values in fit.posterior.items()}
    if fit.draws is not None:
        drawn = thinned(fit.posterior, draws)
    shares = np.array([_simulated(formula, fit.link.natural(at, columns), columns[age], rng) for at in _each(drawn)])
    return _compared(histories, shares)


def _transactional(model: Description) -> tuple[Any, str]:
    """The formula, and which column of a history is the customer's age."""
    age = next((name for name in ("T", "n") if name in model.formula.HISTORY), None)
    if age is None:
        raise InputError(f"Repeat purchases are counted under transaction models; {model.name} is none.")
    return model.formula, age


def _each(drawn: dict[str, Float]) -> Iterator[dict[str, Float]]:
    for d in range(len(next(iter(drawn.values())))):
        yield {name: values[d] for name, values in drawn.items()}


def _simulated(formula: Any, natural: dict[str, Any], age: Float, rng: np.random.Generator) -> Float:
    """Shares of customers with 0, 1, ..., ``MOST`` or more repeat purchases in one replicated data set."""
    customer, _, _ = formula.simulate(rng, age, **natural)
    return _shares(np.bincount(customer, minlength=len(age)))


def _shares(frequency: NDArray[Any]) -> Float:
    return np.bincount(np.minimum(frequency, MOST).astype(int), minlength=MOST + 1) / len(frequency)


def _compared(histories: pd.DataFrame, shares: Float) -> pd.DataFrame:
    low, high = np.quantile(shares, 0.025, axis=0, method="lower"), np.quantile(shares, 0.975, axis=0, method="higher")
    labels = [*(str(x) for x in range(MOST)), f"{MOST}+"]
    observed = _shares(histories["frequency"].to_numpy(dtype=float))
    table = pd.DataFrame(
        {"observed": observed, "mean": shares.mean(axis=0), "low": low, "high": high},
        index=pd.Index(labels, name="frequency"),
    )
    table["inside"] = table["observed"].between(table["low"], table["high"])
    outside = 1.0 - float(table["inside"].mean())
    table.attrs["light"] = "green" if outside <= GREEN else "amber" if outside <= AMBER else "red"
    return table
