"""What customers answer: satisfaction and recommendation, an index of items, drivers of the overall answer."""

from clvlab.customers.voice.drivers import drivers
from clvlab.customers.voice.index import satisfaction_index
from clvlab.customers.voice.reliability import cronbach_alpha, mcdonald_omega
from clvlab.customers.voice.scores import csat, mean_score, nps, response_rate

__all__ = [
    "cronbach_alpha",
    "csat",
    "drivers",
    "mcdonald_omega",
    "mean_score",
    "nps",
    "response_rate",
    "satisfaction_index",
]
