"""What models learn from: which rows of a frame, and whether they contain enough information."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.formulas.protocols import Formula
from clvlab.models.columns import columns_of
from clvlab.notes import Note

Float = NDArray[np.float64]
LeftOut = dict[str, list[object]]


class Evidence(Protocol):
    """The kind of frame that a model is fitted to."""

    @property
    def timed(self) -> bool:
        """Whether a frame without a unit of time is refused."""
        ...

    def rows(self, frame: pd.DataFrame, attributes: Sequence[str]) -> tuple[pd.DataFrame, Float | None]:
        """What the likelihood reads, and how many customers each row stands for (None: one each)."""
        ...

    def usable(self, frame: pd.DataFrame, formula: Formula) -> tuple[pd.DataFrame, LeftOut]:
        """The customers the likelihood can use, checked, and the others by the code of the reason."""
        ...

    def lacking(self, rows: pd.DataFrame, weights: Float | None) -> str:
        """Why nothing can be learned from these, as the rest of a sentence about the model; empty where it can."""
        ...

    def times_seen(self, rows: pd.DataFrame) -> float:
        """How many moments the likelihood is a density of: that many times it changes with the unit of time."""
        ...

    def typical(self, rows: pd.DataFrame) -> Mapping[str, float]:
        """Parameters whose own prior is a multiple of something these customers show: what it is."""
        ...

    def remarks(self, covariates: Mapping[str, Float]) -> tuple[Note, ...]:
        """On covariates: reasons for doubt where the fit is doubted, else notes."""
        ...


class Purchases:
    """Histories of purchases, one row per customer.

    Parameters
    ----------
    counted : bool
        Whether time is a count of opportunities, as in BG/BB, which has no unit to convert.
    """

    def __init__(self, *, counted: bool = False) -> None:
        self.timed = not counted

    def rows(self, frame: pd.DataFrame, attributes: Sequence[str]) -> tuple[pd.DataFrame, None]:
        """As they are."""
        del attributes
        return frame, None

    def usable(self, frame: pd.DataFrame, formula: Formula) -> tuple[pd.DataFrame, LeftOut]:
        """All of them, checked."""
        columns_of(frame, formula.HISTORY)
        return frame, {}

    def lacking(self, rows: pd.DataFrame, weights: Float | None) -> str:
        """If nobody bought twice, nothing can be learned about how often customers buy."""
        del weights
        if (rows["frequency"] > 0).any():
            return ""
        return (
            f"learns from repeat purchases; none of the {len(rows)} customers bought on a second day by the end of "
            "the calibration period. Choose a later end, or check that the customer column identifies customers "
            "rather than orders."
        )

    def times_seen(self, rows: pd.DataFrame) -> float:
        """Repeat purchases."""
        return float(rows["frequency"].sum())

    def typical(self, rows: pd.DataFrame) -> Mapping[str, float]:
        """None: priors of rates are stated in weeks."""
        del rows
        return {}

    def remarks(self, covariates: Mapping[str, Float]) -> tuple[Note, ...]:
        """None."""
        del covariates
        return ()


PURCHASES = Purchases()
OPPORTUNITIES = Purchases(counted=True)
