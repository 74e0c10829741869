"""Forecasts that can be compared: models, other packages, machine learning, traditional formulas, naive forecasts.

A competitor has ``fit(past)``, which learns from ``past.histories`` and ``past.orders``, and whose result has
``forecast(horizon)``, a ``Forecast``. What its author needs is here.
"""

from clvlab.evaluation.competitors.base import Competitor, Fitted, Past, Waiting
from clvlab.evaluation.competitors.field import default, forget_competitor, naive, register_competitor
from clvlab.evaluation.competitors.forecast import Forecast, ForeignFit, Weights, period_ends, periods, steadily
from clvlab.evaluation.competitors.label_window import LabelWindow, label_window
from clvlab.evaluation.competitors.machine_learning import GradientBoosting
from clvlab.evaluation.competitors.models import ModelCompetitor, forecast_by
from clvlab.evaluation.competitors.second_implementation import LifetimesBGNBD
from clvlab.evaluation.competitors.segmented import Separate, three_ways, way_of
from clvlab.evaluation.competitors.stacking import Stacking
from clvlab.evaluation.competitors.traditional import HistoricValue, RetentionFormula, RFMCells

__all__ = [
    "Competitor",
    "Fitted",
    "Forecast",
    "ForeignFit",
    "GradientBoosting",
    "HistoricValue",
    "LabelWindow",
    "LifetimesBGNBD",
    "ModelCompetitor",
    "Past",
    "RFMCells",
    "RetentionFormula",
    "Separate",
    "Stacking",
    "Waiting",
    "Weights",
    "default",
    "forecast_by",
    "forget_competitor",
    "label_window",
    "naive",
    "period_ends",
    "periods",
    "register_competitor",
    "steadily",
    "three_ways",
    "way_of",
]
