"""How well fits describe the data they were made on, before any holdout: AIC, BIC, likelihood ratios, LOO."""

from itertools import permutations

import pandas as pd

from clvlab.errors import FitError, InputError
from clvlab.evaluation.checks.leave_one_out import loo
from clvlab.evaluation.checks.likelihood_ratios import likelihood_ratio
from clvlab.evaluation.result import Comparison
from clvlab.models.transactions import TransactionFit

LOO = {"laplace", "nuts"}


def criteria(comparison: Comparison) -> pd.DataFrame:
    """Criteria of each transaction model's fit at the last calibration end.

    Returns
    -------
    DataFrame, indexed by competitor
        method, parameters (how many), log_likelihood; aic and bic (maximum likelihood; lower is better); elpd and its
        standard error (posterior fits: expected log predictive density by leave-one-out, higher is better) and
        share_above (of customers whose weights are too uneven for it to be trusted). Comparable among models of the
        same purchases.
    """
    rows: dict[str, dict[str, object]] = {}
    for key, forecast in comparison.forecasts.items():
        fit = forecast.fit
        if not isinstance(fit, TransactionFit):
            continue
        row: dict[str, object] = {
            "method": fit.method,
            "parameters": len(fit.params),
            "log_likelihood": fit.log_likelihood,
        }
        if fit.method == "ml":
            row |= {"aic": fit.aic, "bic": fit.bic}
        if fit.method in LOO:
            found = loo(fit, comparison.split.calibration)
            row |= {"elpd": found.elpd, "elpd_se": found.std_error, "share_above": found.share_above}
        rows[key] = row
    columns = ["method", "parameters", "log_likelihood", "aic", "bic", "elpd", "elpd_se", "share_above"]
    return pd.DataFrame.from_dict(rows, orient="index").reindex(columns=columns).rename_axis("competitor")


def likelihood_ratios(comparison: Comparison) -> pd.DataFrame:
    """Likelihood-ratio tests between those competitors that are nested: small, large, statistic, freedom, p_value."""
    every = {key: forecast.fit for key, forecast in comparison.forecasts.items()}
    fits = {key: fit for key, fit in every.items() if isinstance(fit, TransactionFit) and fit.method == "ml"}
    rows = []
    for small, large in permutations(fits, 2):
        try:
            found = likelihood_ratio(fits[small], fits[large])
        except (InputError, FitError):  # not nested
            continue
        rows.append({"small": small, "large": large, **vars(found)})
    return pd.DataFrame(rows)
