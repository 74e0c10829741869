"""Customers measured: how many, how they buy and stay, what they cost, answer and do."""

from clvlab.customers import intervals
from clvlab.customers.measure import Measure
from clvlab.customers.voice import (
    cronbach_alpha,
    csat,
    drivers,
    mcdonald_omega,
    mean_score,
    nps,
    response_rate,
    satisfaction_index,
)

__all__ = [
    "Measure",
    "cronbach_alpha",
    "csat",
    "drivers",
    "intervals",
    "mcdonald_omega",
    "mean_score",
    "nps",
    "response_rate",
    "satisfaction_index",
]
