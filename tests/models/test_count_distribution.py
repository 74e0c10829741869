"""The distribution of a customer's count, one count standing for several where they are many."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import clvlab as clv
from clvlab.inference.factored import Groups

KNOWN = {
    "BGNBD": {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426},
    "MBGNBD": {"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614},
    "ParetoNBD": {"r": 0.553, "alpha": 10.58, "s": 0.606, "beta": 11.67},
    "NBD": {"r": 0.385, "alpha": 12.07},
}
HORIZON, EXACT = 52.0, 4


def outlook_of(fit: Any, frame: pd.DataFrame, asked: Callable[[Any], Any]) -> Any:
    [(_, (outlook,))] = list(fit.given(Groups(fit.columns(frame)), fit.engine.draws))
    return asked(outlook)


@pytest.mark.parametrize("model", KNOWN)
def test_of_few_purchases_and_of_thousands(model: str) -> None:
    fit: Any = getattr(clv, model)().at(unit="week", **KNOWN[model])
    frame = pd.DataFrame({"frequency": [0.0, 2, 30, 300, 4000], "recency": [0.0, 30, 59, 78, 78], "T": 78.0})
    counts, expected = (
        outlook_of(fit, frame, lambda one: one.count_distribution(HORIZON)),
        outlook_of(fit, frame, lambda one: one.expectations(HORIZON)["expected_purchases"][0]),
    )
    low, high = outlook_of(fit, frame.head(EXACT), lambda one: one.count_interval(HORIZON))
    for row in range(len(frame)):
        y, chance = counts.purchases[counts.row == row], counts.chance[counts.row == row]
        assert chance.sum() == pytest.approx(1.0, abs=1e-12)
        assert len(y) < 300
        # The tail beyond the last count is left out: less than 1e-4 of probability.
        assert chance @ y == pytest.approx(expected[row], rel=0.02)
        if row >= EXACT:  # one by one they take long
            continue
        middles = np.cumsum(chance) - chance / 2.0
        for end, level in ((low[row], 0.05), (high[row], 0.95)):
            if end > 0:
                assert np.interp(level, middles, y) == pytest.approx(end, rel=0.01, abs=1.0)
