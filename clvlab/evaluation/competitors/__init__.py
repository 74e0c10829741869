"""Whatever forecasts customers and can be compared: models, other packages, learners, old formulas, naive guesses."""

from clvlab.evaluation.competitors.base import Competitor, Fitted, Forecast, Past
from clvlab.evaluation.competitors.field import default
from clvlab.evaluation.competitors.machine_learning import GradientBoosting
from clvlab.evaluation.competitors.models import ModelCompetitor
from clvlab.evaluation.competitors.second_implementation import LifetimesBGNBD
from clvlab.evaluation.competitors.segmented import Separate, three_ways
from clvlab.evaluation.competitors.stacking import Stacking
from clvlab.evaluation.competitors.traditional import HistoricValue, RetentionFormula, RFMCells

__all__ = [
    "Competitor",
    "Fitted",
    "Forecast",
    "GradientBoosting",
    "HistoricValue",
    "LifetimesBGNBD",
    "ModelCompetitor",
    "Past",
    "RFMCells",
    "RetentionFormula",
    "Separate",
    "Stacking",
    "default",
    "three_ways",
]
