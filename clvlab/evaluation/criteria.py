"""How well fits describe the data they were fitted to: AIC, BIC, likelihood ratios, leave-one-out."""

from itertools import permutations

import pandas as pd

from clvlab.errors import FitError, InputError
from clvlab.evaluation.checks.leave_one_out import compare_loo, loo
from clvlab.evaluation.checks.likelihood_ratios import likelihood_ratio
from clvlab.evaluation.result import Comparison
from clvlab.models.transactions import TransactionFit

LOO = {"laplace", "nuts"}
SLOW = {"ParetoNBD"}  # a hundred refits take minutes


def criteria(comparison: Comparison) -> pd.DataFrame:
    """Criteria of each transaction model's fit at the last calibration end.

    Returns
    -------
    DataFrame, indexed by competitor
        method, parameters (how many were estimated or chosen), log_likelihood; aic and bic (maximum likelihood; lower
        is better); of posterior fits elpd (expected log predictive density by leave-one-out, higher is better) with
        elpd_se, elpd_difference (to the best) with difference_se, its standard error paired over customers, and
        share_above (of customers whose weights are too uneven for it to be trusted). Comparable among models of the
        same purchases.
    """
    fits = {key: forecast.fit for key, forecast in comparison.forecasts.items()}
    rows: dict[str, dict[str, object]] = {}
    left_out = {}
    for key, fit in fits.items():
        if not isinstance(fit, TransactionFit):
            continue
        rows[key] = {"method": fit.method, "parameters": fit.n_parameters, "log_likelihood": fit.log_likelihood}
        if fit.method == "ml":
            rows[key] |= {"aic": fit.aic, "bic": fit.bic}
        if fit.method in LOO:
            left_out[key] = loo(fit, comparison.split.calibration)
    columns = ["method", "parameters", "log_likelihood", "aic", "bic", "elpd", "elpd_se", "elpd_difference",
               "difference_se", "share_above"]  # fmt: skip
    table = pd.DataFrame.from_dict(rows, orient="index")
    if left_out:
        names = {"std_error": "elpd_se", "difference": "elpd_difference"}
        table = table.join(compare_loo(left_out).rename(columns=names))
    return table.reindex(columns=columns).rename_axis("competitor")


def likelihood_ratios(comparison: Comparison) -> pd.DataFrame:
    """Likelihood-ratio tests between those competitors that are nested.

    Returns
    -------
    DataFrame, one row per pair
        small, large, statistic, degrees_of_freedom, p_value and p_value_by: chi_squared, simulation (the smaller model
        lies at the boundary of the larger one), or withheld, where simulation would take minutes.
    """
    every = {key: forecast.fit for key, forecast in comparison.forecasts.items()}
    fits = {key: fit for key, fit in every.items() if isinstance(fit, TransactionFit) and fit.method == "ml"}
    rows = []
    for small, large in permutations(fits, 2):
        slow = type(fits[large].model).__name__ in SLOW
        histories = None if slow else comparison.split.calibration
        try:
            found = likelihood_ratio(fits[small], fits[large], histories=histories)
        except (InputError, FitError):  # not nested
            continue
        rows.append({"small": small, "large": large, **vars(found)})
    return pd.DataFrame(rows)
