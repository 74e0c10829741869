"""One competitor's forecasts with what happened, as scores use them."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.evaluation import scores

Float = NDArray[np.float64]
Of = Literal["purchases", "value"]


@dataclass(frozen=True, eq=False)
class Outcome:
    """Forecasts of purchases, or of value, one row per customer and calibration end.

    Attributes
    ----------
    table : DataFrame
        As ``Run.outcomes`` holds it.
    of : {"purchases", "value"}
    seed : int
        Of scores that draw at random.
    """

    table: pd.DataFrame
    of: Of
    seed: int

    def has(self, names: tuple[str, ...]) -> bool:
        """Whether the competitor gave all of these (``expected``, ``low``, ``crps``, ...)."""
        return all(self._column(name) in self.table for name in names)

    def __getitem__(self, name: str) -> Float:
        """A column, such as ``"low"``: of purchases or of value, as ``of`` says."""
        return self.table[self._column(name)].to_numpy(dtype=float)

    @cached_property
    def expected(self) -> Float:
        """The forecast."""
        return self["expected"]

    @cached_property
    def actual(self) -> Float:
        """What happened."""
        return self["actual"]

    @cached_property
    def error(self) -> Float:
        """The forecast less what happened."""
        return self.expected - self.actual

    @cached_property
    def held(self) -> Float | None:
        """Share of what happened that the first 1, 2, ... customers hold, highest forecast first; None of nothing."""
        return scores.lorenz(self.expected, self.actual) if self.actual.sum() > 0 else None

    def _column(self, name: str) -> str:
        return name if self.of == "purchases" else f"value_{name}"
