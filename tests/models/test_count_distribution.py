"""The distribution of a customer's count, one count standing for several where they are many."""

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
HORIZON = 52.0


@pytest.mark.parametrize("model", KNOWN)
def test_of_few_purchases_and_of_thousands(model: str) -> None:
    fit: Any = getattr(clv, model)().at(unit="week", **KNOWN[model])
    frame = pd.DataFrame({"frequency": [0.0, 2, 30, 300, 1000], "recency": [0.0, 30, 59, 78, 78], "T": 78.0})
    groups = Groups(fit.columns(frame))
    [(_, (outlook,))] = list(fit.given(groups, fit.engine.draws))
    counts = outlook.count_distribution(HORIZON)
    low, high = outlook.count_interval(HORIZON)
    expected = outlook.expectations(HORIZON)["expected_purchases"][0]
    for row in range(len(frame)):
        y, chance = counts.purchases[counts.row == row], counts.chance[counts.row == row]
        assert chance.sum() == pytest.approx(1.0, abs=1e-12)
        assert len(y) < 300
        # The tail beyond the last count is left out: less than 1e-4 of probability.
        assert chance @ y == pytest.approx(expected[row], rel=0.02)
        middles = np.cumsum(chance) - chance / 2.0
        for end, level in ((low[row], 0.05), (high[row], 0.95)):
            if end > 0:
                assert np.interp(level, middles, y) == pytest.approx(end, rel=0.01, abs=1.0)


def test_a_base_of_heavy_buyers_is_valued() -> None:
    fit: Any = clv.BGNBD().at(unit="week", r=1.0, alpha=0.02, a=0.2, b=900.0)
    spend: Any = clv.GammaGamma().at(p=6.0, q=4.0, v=15.0)
    frame = pd.DataFrame({"frequency": [1500.0, 5.0, 0.0], "recency": [60.0, 60.0, 0.0], "T": 60.0})
    frame["monetary_value"] = [20.0, 30.0, np.nan]
    frame["past_value"] = [30_000.0, 180.0, 10.0]
    table = clv.customer_value(fit, spend, frame, horizon=52.0, unit="week").table
    assert (table["value_low"] <= table["value_high"]).all()
    assert np.isfinite(table[["clv", "value_low", "value_high"]].to_numpy()).all()
