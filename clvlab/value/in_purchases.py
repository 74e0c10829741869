"""Where amounts are unknown, every purchase counts as one: value is then a number of purchases."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.models.spend_law import SpendLaw

Float = NDArray[np.float64]
CERTAIN = 1e9  # the shape of a Gamma that hardly varies


class EachPurchase:
    """Replacement for a spend model: every purchase is worth exactly 1."""

    draws = None
    posterior: Mapping[str, Float] = {"each": np.ones(1)}
    point: Mapping[str, Float] = {"each": np.ones(1)}

    def columns(self, histories: pd.DataFrame) -> dict[str, Float]:
        """What the worth of a purchase depends on: nothing."""
        return {"each": np.ones(len(histories))}

    def expected_spend(self, columns: Mapping[str, Float], params: Mapping[str, Float]) -> Float:
        """1 for each draw and customer, shape (draws, customers)."""
        return np.ones((len(params["each"]), len(columns["each"])))

    def law(self, columns: Mapping[str, Float]) -> SpendLaw:
        """1 a purchase."""
        certain = np.full((1, len(columns["each"])), CERTAIN)
        return SpendLaw(np.zeros_like(certain), certain, certain)

    def simulate_spend(
        self, columns: Mapping[str, Float], draw: NDArray[np.int64], customer: NDArray[np.int64], seed: int
    ) -> Float:
        """1 for each purchase, shape (purchases,)."""
        del columns, customer, seed
        return np.ones(len(draw))
