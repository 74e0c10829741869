"""Prior and posterior densities of a fit's parameters."""

import numpy as np
import pandas as pd
from scipy import stats

from clvlab.models.transactions import TransactionFit

POINTS = 300


def densities(fit: TransactionFit, histories: pd.DataFrame) -> pd.DataFrame:
    """Prior and posterior density of each parameter over where the posterior lies.

    Returns
    -------
    DataFrame
        parameter, value, prior, posterior: ``POINTS`` rows a parameter.
    """
    priors = fit.model.priors_for(histories)
    parts = []
    for name, drawn in fit.posterior.items():
        values = np.asarray(drawn)
        # A long right tail would leave nothing of the rest to be seen.
        low, high = np.quantile(values, [0.001, 0.98])
        margin = 0.6 * (high - low)
        x = np.linspace(max(low - margin, 1e-9), high + margin, POINTS)
        posterior = stats.gaussian_kde(values)(x)
        parts.append(
            pd.DataFrame({"parameter": name, "value": x, "prior": priors[name].density(x), "posterior": posterior})
        )
    return pd.concat(parts, ignore_index=True)
