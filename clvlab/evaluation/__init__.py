"""Models compared on customers, and on time, that they had not seen."""

from clvlab.evaluation.comparison import compare
from clvlab.evaluation.result import Comparison
from clvlab.evaluation.score_records import Score, forget_score, register_score
from clvlab.evaluation.study import ComparisonStudy, comparison_study

__all__ = ["Comparison", "ComparisonStudy", "Score", "compare", "comparison_study", "forget_score", "register_score"]
