"""Retention of two groups of customers under contract, as reported in Fader & Hardie (2007, 2010, 2018)."""

from types import ModuleType

import numpy as np
import pytest

from clvlab.formulas import beta_discrete_weibull, shifted_beta_geometric
from clvlab.inference.likelihood import Likelihood
from clvlab.inference.maximum import Maximum, maximize

# Fader & Hardie (2007), table 1: customers still there, of 1,000, at the end of years 0 to 12.
STILL_THERE = {
    "High End": [1000, 869, 743, 653, 593, 551, 517, 491, 468, 445, 427, 409, 394],
    "Regular": [1000, 631, 468, 382, 326, 289, 262, 241, 223, 207, 194, 183, 173],
}
FITTED = 7


def fitted(formula: ModuleType, group: str) -> tuple[Maximum, dict[str, float]]:
    """The maximum over the first seven years."""
    there = np.array(STILL_THERE[group])
    lost = there[:FITTED] - there[1 : FITTED + 1]
    period = np.concatenate([np.repeat(np.arange(1, FITTED + 1), lost), np.full(there[FITTED], FITTED)])
    gone = np.arange(len(period)) < lost.sum()
    likelihood = Likelihood(formula, {"period": period, "lost": gone})
    best = maximize(likelihood.derivatives, likelihood.value, np.zeros(len(formula.PARAMETERS)))
    assert best.converged
    return best, dict(zip(formula.PARAMETERS, np.exp(best.at).tolist(), strict=True))


@pytest.mark.parametrize(
    ("group", "alpha", "beta", "log_likelihood", "twelfth", "points"),
    [
        ("High End", 0.668, 3.806, -1611.16, 0.378, 1.7),
        ("Regular", 0.704, 1.182, -1680.27, 0.170, 1.7),
    ],
)
def test_shifted_beta_geometric(
    group: str, alpha: float, beta: float, log_likelihood: float, twelfth: float, points: float
) -> None:
    best, params = fitted(shifted_beta_geometric, group)
    assert params == pytest.approx({"alpha": alpha, "beta": beta}, abs=5e-4)
    assert best.value == pytest.approx(log_likelihood, abs=5e-3)
    projected = shifted_beta_geometric.survival(np.arange(13), **params)
    assert projected[0] == 1.0
    assert projected[12] == pytest.approx(twelfth, abs=5e-4)
    assert np.abs(1000 * projected - STILL_THERE[group])[8:].max() < 10 * points


@pytest.mark.parametrize("group", STILL_THERE)
def test_beta_discrete_weibull_within_1_1_points(group: str) -> None:
    best, params = fitted(beta_discrete_weibull, group)
    assert params["c"] > 1  # customers tire, and differ the more for it
    assert best.value > fitted(shifted_beta_geometric, group)[0].value
    projected = beta_discrete_weibull.survival(np.arange(13), **params)
    assert np.abs(1000 * projected - STILL_THERE[group])[8:].max() < 11


@pytest.mark.parametrize(
    ("alpha", "beta", "printed"),
    [
        (3.80, 15.20, [3.31, 3.45, 3.59, 3.72, 3.84]),
        (1 / 15, 4 / 15, [7.68, 9.46, 9.86, 10.06, 10.19]),
    ],
)
def test_discounted_expected_residual_lifetime(alpha: float, beta: float, printed: list[float]) -> None:
    found = shifted_beta_geometric.discounted_expected_residual_lifetime(0.1, np.arange(5), alpha, beta)
    assert found == pytest.approx(printed, abs=5.1e-3)
    same = beta_discrete_weibull.discounted_expected_residual_lifetime(0.1, np.arange(5), alpha, beta, 1.0)
    assert same == pytest.approx(found, rel=1e-8)
