"""NBD as published. Tolerance: one unit of the last printed digit."""

from pathlib import Path

import numpy as np
import pytest

import clvlab as clv
from clvlab.formulas import nbd
from clvlab.inference.likelihood import Likelihood
from clvlab.inference.maximum import maximize


def test_grocery(shared_data: Path) -> None:
    # BTYDplus vignette
    orders = clv.read_orders(shared_data / "groceryElog.csv", customer="cust", date="date")
    period = clv.split(orders, calibration_end="2006-12-31", holdout_end="2007-12-30", unit="week")
    x, T = (period.calibration[name].to_numpy(dtype=float) for name in ("frequency", "T"))
    likelihood = Likelihood(nbd, {"x": x, "T": T})
    best = maximize(likelihood.derivatives, likelihood.value, np.log([0.5, 10.0]))
    np.testing.assert_allclose(np.exp(best.at), [0.4203, 5.2451], atol=1e-4, rtol=0)
    assert best.value == pytest.approx(-16376.864, abs=1e-3)
    expected = nbd.expected_purchases(52.0, **nbd.given_alive(x, T, *np.exp(best.at)))
    actual = period.holdout["frequency_holdout"].reindex(period.calibration.index).to_numpy()
    assert expected.sum() == pytest.approx(6355, abs=1)
    assert np.abs(expected - actual).mean() == pytest.approx(2.609, abs=1e-3)
