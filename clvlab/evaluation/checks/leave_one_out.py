"""How well a fit predicts customers left out of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from clvlab.errors import InputError
from clvlab.inference.laplace import TRUSTED, smoothed
from clvlab.models.fit import Fit
from clvlab.shown import Shown

Float = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class LeaveOneOut(Shown):
    """How well each customer's history is predicted by a fit to all the others, by Pareto-smoothed importance sampling.

    Attributes
    ----------
    elpd : float
        Expected log predictive density, summed over customers; the larger the better.
    std_error : float
        Of ``elpd``, from how customers differ.
    p_loo : float
        Effective number of parameters.
    share_above : float
        Share of customers whose Pareto k exceeds .7: for them the approximation is not to be trusted.
    n_customers : int
    each : DataFrame, indexed like the histories that could be used
        elpd and pareto_k of a customer, and how many customers the row stands for.
    """

    elpd: float
    std_error: float
    p_loo: float
    share_above: float
    n_customers: int
    each: pd.DataFrame = field(repr=False)


def loo(fit: Fit, histories: pd.DataFrame) -> LeaveOneOut:
    """Leave out each customer in turn and compute the likelihood of that history under the fit to the others.

    No model is fitted again: posterior draws are weighed by one over the likelihood of the customer left out, the
    weights Pareto-smoothed. Customers with the same history are computed once and counted as often as they occur, in
    the sum and in its standard error.

    Parameters
    ----------
    fit : Fit
        With posterior draws: by Laplace or a sampler.
    histories : DataFrame
        Those it was fitted to.

    Source: Vehtari, Gelman & Gabry (2017), Practical Bayesian model evaluation using leave-one-out cross-validation
    and WAIC, Statistics and Computing 27.

    Examples
    --------
    >>> from clvlab.data import datasets
    >>> from clvlab.models import NBD
    >>> summary = datasets.cdnow_summary()
    >>> summary.attrs["unit"] = "week"
    >>> found = loo(NBD().fit(summary, method="laplace"), summary)
    >>> found.n_customers, found.share_above
    (2357, 0.0)
    """
    if fit.method not in ("nuts", "gibbs", "laplace"):
        raise InputError(
            f"Leaving customers out weighs draws from the posterior; this fit was made by {fit.method!r}. "
            f"Fit with method='laplace' or method={fit.model.sampler!r}."
        )
    fit = fit.in_unit_of(histories)
    used, weights = fit.model.rows(fit.model.usable(histories)[0])
    likelihood = fit.likelihood(histories)
    groups = likelihood.groups
    elpd, density, k_hat = (np.empty(len(groups)) for _ in range(3))
    for rows, terms in likelihood.over_draws(fit.posterior):
        density[rows] = special.logsumexp(terms, axis=0) - np.log(len(terms))
        for g, each in zip(rows, terms.T, strict=True):
            log_weights, k_hat[g] = smoothed(-each)
            elpd[g] = special.logsumexp(log_weights + each)
    n, total = groups.counts.sum(), float(groups.counts @ elpd)
    customers = np.ones(len(used)) if weights is None else weights
    each = {"elpd": elpd[groups.inverse], "pareto_k": k_hat[groups.inverse], "customers": customers}
    return LeaveOneOut(
        elpd=total,
        std_error=_of_sum(elpd, groups.counts),
        p_loo=float(groups.counts @ density) - total,
        share_above=float(groups.counts @ (k_hat > TRUSTED) / n),
        n_customers=int(n),
        each=pd.DataFrame(each, index=used.index),
    )


def compare_loo(found: Mapping[str, LeaveOneOut]) -> pd.DataFrame:
    """Which fit predicts customers best, and whether the difference is significant.

    The same customers are hard to foretell for every model, so differences are taken customer by customer: their
    standard error is usually far below that of either elpd.

    Parameters
    ----------
    found : mapping of name to LeaveOneOut
        Of the same customers.

    Returns
    -------
    DataFrame, one row per fit, best first
        elpd with std_error; difference (to the best: 0 or below) with difference_se, its standard error, paired over
        customers; p_loo; share_above. Below 4 a difference is small, and its standard error too optimistic, as it is
        of fewer than 100 customers or where ``share_above`` is not 0.

    Raises
    ------
    InputError
        The fits are not of the same customers.

    Source: Vehtari, Gelman & Gabry (2017), section 5.2; Sivula et al. (2025), Uncertainty in Bayesian leave-one-out
    cross-validation based model comparison, Bayesian Analysis.

    Examples
    --------
    >>> from clvlab.data import datasets
    >>> from clvlab.models import BGNBD, NBD
    >>> summary = datasets.cdnow_summary()
    >>> summary.attrs["unit"] = "week"
    >>> fits = {model.formula.NAME: model.fit(summary, method="laplace") for model in (NBD(), BGNBD())}
    >>> table = compare_loo({name: loo(fit, summary) for name, fit in fits.items()})
    >>> table.index.tolist(), bool(table["difference"].iloc[1] < -4 * table["difference_se"].iloc[1])
    (['BG/NBD', 'NBD'], True)
    """
    best = max(found, key=lambda name: found[name].elpd)
    rows = {}
    for name, own in found.items():
        if not own.each.index.equals(found[best].each.index):
            raise InputError(
                f"Fits are compared on the same customers; {name} was of {own.n_customers:,} and {best} of "
                f"{found[best].n_customers:,}, or in another order. Call loo with the same histories."
            )
        apart = (own.each["elpd"] - found[best].each["elpd"]).to_numpy()
        rows[name] = {
            "elpd": own.elpd,
            "std_error": own.std_error,
            "difference": own.elpd - found[best].elpd,
            "difference_se": _of_sum(apart, own.each["customers"].to_numpy()),
            "p_loo": own.p_loo,
            "share_above": own.share_above,
        }
    return pd.DataFrame.from_dict(rows, orient="index").sort_values("elpd", ascending=False, kind="stable")


def _of_sum(values: Float, counts: Float) -> float:
    """Standard error of the sum of values, each of so many customers."""
    n = counts.sum()
    return float(np.sqrt(n / (n - 1.0) * (counts @ (values - counts @ values / n) ** 2)))
