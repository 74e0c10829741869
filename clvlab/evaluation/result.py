"""The result of ``clv.compare`` and its methods."""

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from clvlab.evaluation import breakdowns
from clvlab.evaluation.compared import Compared


@dataclass(frozen=True, eq=False, repr=False)
class Comparison(Compared):
    """What ``clv.compare`` found. With several calibration ends, scores are over all of them.

    Attributes are those of ``Compared``: ``table``, ``verdict``, ``differences``, ``tracking``, ``outcomes`` and so on.
    """

    @cached_property
    def by_frequency(self) -> pd.DataFrame:
        """Holdout means by calibration frequency: competitor, frequency, customers, actual, expected."""
        return breakdowns.by_frequency(self)

    def by_segment(self, by: str) -> pd.DataFrame:
        """Each competitor's scores among customers of each value of an attribute (see ``breakdowns.by_segment``)."""
        return breakdowns.by_segment(self, by)
