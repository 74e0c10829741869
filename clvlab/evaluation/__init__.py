"""Models compared on customers, and on time, that they had not seen."""

from clvlab.evaluation.comparison import Comparison, compare

__all__ = ["Comparison", "compare"]
