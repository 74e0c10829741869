"""Fits."""

from clvlab.models.fit import Fit
from clvlab.representations.showing import Showing, showing


@showing.register
def _(fit: Fit) -> Showing:
    table = fit.summary().dropna(axis="columns", how="all")
    return Showing(repr(fit)[1:-1], table, fit.diagnostics.messages)
