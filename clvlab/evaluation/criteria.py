"""How well fits describe the data they were made on, before any holdout: AIC, BIC, likelihood ratios, LOO."""

from itertools import permutations
from typing import TYPE_CHECKING, Any

import pandas as pd

from clvlab.errors import FitError, InputError
from clvlab.evaluation import checks
from clvlab.models.transactions import TransactionFit

if TYPE_CHECKING:
    from clvlab.evaluation.comparison import Comparison

LOO = {"laplace", "nuts"}


def criteria(comparison: "Comparison") -> pd.DataFrame:
    """Criteria of each transaction model's fit at the last calibration end.

    Returns
    -------
    DataFrame, indexed by label
        method, parameters (how many), log_likelihood; aic and bic (maximum likelihood; lower is better); elpd and its
        standard error (posterior fits: expected log predictive density by leave-one-out, higher is better) and
        share_above (of customers whose weights are too uneven for it to be trusted). Comparable among models of the
        same purchases.
    """
    rows: dict[str, dict[str, Any]] = {}
    for label, forecast in comparison.forecasts.items():
        fit = forecast.fit
        if not isinstance(fit, TransactionFit):
            continue
        row: dict[str, Any] = {
            "method": fit.method,
            "parameters": len(fit.params),
            "log_likelihood": fit.log_likelihood,
        }
        if fit.method == "ml":
            row |= {"aic": fit.aic, "bic": fit.bic}
        if fit.method in LOO:
            found = checks.loo(fit, comparison.split.calibration)
            row |= {"elpd": found.elpd, "elpd_se": found.std_error, "share_above": found.share_above}
        rows[label] = row
    columns = ["method", "parameters", "log_likelihood", "aic", "bic", "elpd", "elpd_se", "share_above"]
    return pd.DataFrame.from_dict(rows, orient="index").reindex(columns=columns).rename_axis("label")


def likelihood_ratios(comparison: "Comparison") -> pd.DataFrame:
    """Likelihood-ratio tests between those competitors that are nested: small, large, statistic, freedom, p_value."""
    fits = {
        label: forecast.fit
        for label, forecast in comparison.forecasts.items()
        if isinstance(forecast.fit, TransactionFit) and forecast.fit.method == "ml"
    }
    rows = []
    for small, large in permutations(fits, 2):
        try:
            found = checks.likelihood_ratio(fits[small], fits[large])
        except (InputError, FitError):  # not nested
            continue
        rows.append({"small": small, "large": large, **vars(found)})
    return pd.DataFrame(rows)
