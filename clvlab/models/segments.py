"""What a pooled fit found of each segment, and how much each borrowed from the others."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.errors import InputError
from clvlab.inference.likelihood import Likelihood
from clvlab.inference.link import Link
from clvlab.models.forecast import PREDICTIVE_DRAWS, interval

Float = NDArray[np.float64]


def by_segment(fit: Any, histories: pd.DataFrame) -> pd.DataFrame:
    """The table of ``Fit.by_segment``."""
    if fit.segments is None:
        raise InputError(f"{fit.name} was not pooled: there are no segments. Fit it with pooled_by=.")
    usable, _ = fit.model.usable(histories)
    codes = fit.segments.codes(usable)
    rows = []
    for code in range(len(fit.segments.labels)):
        of = usable[codes == code]
        likelihood = _likelihood(fit, of) if len(of) else None
        row: dict[str, Any] = {"customers": likelihood.n_customers if likelihood else 0}
        for name in fit.link.parameters:
            draws = fit.posterior[name][:, code]
            row[name] = draws.mean()
            row[f"{name}_low"], row[f"{name}_high"] = interval(draws)
        rows.append(row | _borrowed(fit, likelihood, {name: row[name] for name in fit.link.parameters}))
    return pd.DataFrame(rows, index=pd.Index(fit.segments.labels, name=fit.segments.by))


def _likelihood(fit: Any, of: pd.DataFrame) -> Likelihood:
    rows, weights = fit.model.rows(of)
    return fit.model.likelihood_class(
        fit.model.formula, fit.columns(rows), Link(fit.link.parameters, fit.link.covariates), weights
    )


def _borrowed(fit: Any, likelihood: Likelihood | None, at: dict[str, float]) -> dict[str, float]:
    """Share of the prior in the precision of each difference, averaged over draws of the spreads.

    With I the information of the segment's own data on the differences and S the diagonal matrix of squared spreads,
    the segment's estimate is (I + 1/S)^-1 (I own + 1/S population): the diagonal of (I + 1/S)^-1 1/S.
    """
    differences = fit.link.differences
    information = np.zeros((len(differences), len(differences)))
    if likelihood is not None:
        coefficients = {name: fit.params[name] for name in likelihood.link.names if name not in at}
        _, _, hessian = likelihood.derivatives(likelihood.link.unconstrained(at | coefficients))
        names = fit.link.parameters
        moves = np.array([[power.get(name, 0.0) for power in differences.values()] for name in names])
        values, vectors = np.linalg.eigh(moves.T @ -hessian[: len(names), : len(names)] @ moves)
        information = (vectors * np.maximum(values, 0.0)) @ vectors.T
    spreads = np.stack([fit.draws[f"{name}:spread"].to_numpy() for name in differences], axis=1)
    few = spreads[:: max(1, len(spreads) // PREDICTIVE_DRAWS)]
    shares = []
    for spread in few:
        # With both sides multiplied by the spreads no spread of almost 0 is divided by.
        scaled = spread[:, None] * information * spread
        shares.append(np.diag(np.linalg.inv(scaled + np.eye(len(spread)))))
    return {f"borrowed: {name}": float(share) for name, share in zip(differences, np.mean(shares, axis=0), strict=True)}
