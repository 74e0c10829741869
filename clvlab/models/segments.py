"""Parameters of each segment in a pooled fit, and how much each borrowed from the others."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from clvlab.errors import InputError
from clvlab.inference.information import eigenvectors
from clvlab.inference.likelihood import Likelihood
from clvlab.inference.link import Link
from clvlab.models.covariates import Segments
from clvlab.models.description import Description
from clvlab.models.forecast import PREDICTIVE_DRAWS
from clvlab.models.outlook import interval

Float = NDArray[np.float64]


class PooledFit(Protocol):
    """What is asked of a fit."""

    @property
    def model(self) -> Description:
        """The model."""
        ...

    @property
    def link(self) -> Link:
        """Its link."""
        ...

    @property
    def segments(self) -> Segments | None:
        """None where it was not pooled."""
        ...

    @property
    def params(self) -> Mapping[str, float]:
        """Point estimates."""
        ...

    @property
    def posterior(self) -> Mapping[str, Float]:
        """Draws of what was estimated."""
        ...

    @property
    def draws(self) -> xr.Dataset | None:
        """All draws, those of spreads included."""
        ...

    def columns(self, histories: pd.DataFrame) -> dict[str, Float]:
        """What the likelihood needs of each customer."""
        ...


def by_segment(fit: PooledFit, histories: pd.DataFrame) -> pd.DataFrame:
    """The table of ``Fit.by_segment``."""
    if fit.segments is None or fit.draws is None:
        raise InputError(f"{fit.model.name} was not pooled: there are no segments. Fit it with pooled_by=.")
    usable, _ = fit.model.usable(histories)
    codes = fit.segments.codes(usable)
    rows = []
    for code in range(len(fit.segments.labels)):
        of = usable[codes == code]
        likelihood = _likelihood(fit, of) if len(of) else None
        row: dict[str, float] = {"customers": likelihood.n_customers if likelihood else 0}
        for name in fit.link.parameters:
            draws = fit.posterior[name][:, code]
            row[name] = draws.mean()
            row[f"{name}_low"], row[f"{name}_high"] = map(float, interval(draws))
        rows.append(row | _borrowed(fit, fit.draws, likelihood, {name: row[name] for name in fit.link.parameters}))
    return pd.DataFrame(rows, index=pd.Index(fit.segments.labels, name=fit.segments.by))


def _likelihood(fit: PooledFit, of: pd.DataFrame) -> Likelihood:
    rows, weights = fit.model.rows(of)
    return fit.model.likelihood_class(
        fit.model.formula, fit.columns(rows), Link(fit.link.parameters, fit.link.covariates), weights
    )


def _borrowed(
    fit: PooledFit, draws: xr.Dataset, likelihood: Likelihood | None, at: dict[str, float]
) -> dict[str, float]:
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
        values, vectors = eigenvectors(moves.T @ -hessian[: len(names), : len(names)] @ moves)
        information = (vectors * np.maximum(values, 0.0)) @ vectors.T
    spreads = np.stack([draws[f"{name}:spread"].to_numpy() for name in differences], axis=1)
    few = spreads[:: max(1, len(spreads) // PREDICTIVE_DRAWS)]
    shares = []
    for spread in few:
        # With both sides multiplied by the spreads no spread of almost 0 is divided by.
        weights, axes = eigenvectors(spread[:, None] * information * spread)
        shares.append((axes**2 / (1.0 + np.maximum(weights, 0.0))).sum(axis=1))
    return {f"borrowed: {name}": float(share) for name, share in zip(differences, np.mean(shares, axis=0), strict=True)}
