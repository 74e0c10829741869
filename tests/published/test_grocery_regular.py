"""BG/CNBD-k and MBG/CNBD-k on BTYDplus' grocery data, as published. One unit of the last printed digit, unless said."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import clvlab as clv
from clvlab.formulas import bg_cnbd_k, bg_nbd, cnbd_k, mbg_cnbd_k, wheat_morrison
from clvlab.inference.likelihood import Likelihood
from clvlab.inference.maximum import Maximum, maximize

HORIZON = 52.0


@pytest.fixture(scope="module")
def grocery(shared_data: Path) -> Any:
    """Histories to 2006-12-31, purchases in the 52 weeks after it, and the raw purchase days."""
    log = pd.read_csv(shared_data / "groceryElog.csv", parse_dates=["date"])
    orders = clv.read_orders(log, customer="cust", date="date")
    histories = clv.histories(orders, end="2006-12-31", unit="week")
    days = log.drop_duplicates().sort_values(["cust", "date"])
    later = days[(days["date"] > "2006-12-31") & (days["date"] <= "2007-12-30")]
    holdout = later.groupby(later["cust"].astype(str)).size().reindex(histories.index.astype(str), fill_value=0)
    columns = {"x": "frequency", "t_x": "recency", "T": "T", "log_gap_sum": "log_gap_sum"}
    columns = {name: histories[column].to_numpy() for name, column in columns.items()}
    return SimpleNamespace(columns=columns, holdout=holdout.to_numpy(), days=days)


def climb(formula: cnbd_k.CNBD, columns: dict[str, np.ndarray]) -> Maximum:
    likelihood = Likelihood(formula, columns)
    return maximize(likelihood.derivatives, likelihood.value, np.log([0.5, 3.0, 0.5, 2.0]))


@pytest.mark.parametrize(
    ("family", "k", "params", "log_likelihood"),
    [
        (bg_cnbd_k, 1, [0.3486, 2.5817, 0.5038, 3.6444], -15836.566),
        (bg_cnbd_k, 2, [0.3591, 1.1294, 0.5228, 2.7855], -15054.173),
        (mbg_cnbd_k, 1, [1.2569, 6.0391, 0.3683, 0.7158], -15781.939),
        (mbg_cnbd_k, 2, [1.3292, 2.8126, 0.4247, 0.7900], -14978.211),
    ],
)
def test_maximum_as_fitted_by_btydplus(grocery: Any, family: Any, k: int, params: Any, log_likelihood: float) -> None:
    found = climb(family.with_k(k), grocery.columns)
    assert found.converged
    np.testing.assert_allclose(np.exp(found.at), params, atol=1e-4)
    assert found.value == pytest.approx(log_likelihood, abs=1e-3)


def test_likelihoods_choose_two_stages(grocery: Any) -> None:
    for family in (bg_cnbd_k, mbg_cnbd_k):
        values = {k: climb(family.with_k(k), grocery.columns).value for k in range(1, 7)}
        assert cnbd_k.choose_k(values) == 2


def test_holdout_of_mbg_cnbd_2(grocery: Any) -> None:
    formula = mbg_cnbd_k.with_k(2)
    r, alpha, a, b = np.exp(climb(formula, grocery.columns).at)
    x, t_x, T = (grocery.columns[name] for name in ("x", "t_x", "T"))
    alive = formula.prob_alive(x, t_x, T, r, alpha, a, b)
    assert grocery.holdout.sum() == 3389

    # BTYDplus: BG/NBD's conditional expectation with k alpha for alpha, scaled so that the total is the difference of
    # the unconditional expectations, which do not look at what customers did.
    scaled = alive * bg_nbd.expected_purchases(HORIZON, r + x, 2 * alpha + T, a, b + x + 1)
    between = formula.expected_purchases(T + HORIZON, r, alpha, a, b) - formula.expected_purchases(T, r, alpha, a, b)
    scaled *= between.sum() / scaled.sum()
    assert scaled.sum() == pytest.approx(3970, abs=1)
    assert np.abs(scaled - grocery.holdout).mean() == pytest.approx(1.431, abs=1e-3)

    # The exact conditional expectation uses what each customer did, and comes closer to the 3389 that followed.
    exact = alive * formula.FORWARD.expected_purchases(HORIZON, **formula.given_alive(x, t_x, T, r, alpha, a, b))
    assert exact.sum() == pytest.approx(3811.5, abs=0.1)
    assert np.abs(exact - grocery.holdout).mean() < 1.431


def test_regularity_of_wheat_and_morrison(grocery: Any) -> None:
    # BTYDplus' vignette, on the whole log: 1.82 to 1.87 by version
    gaps = grocery.days.groupby("cust")["date"].diff().dt.days
    kept = gaps.notna().to_numpy()
    found = wheat_morrison.regularity(gaps[kept].to_numpy(), grocery.days["cust"][kept].to_numpy())
    assert found == pytest.approx(1.87, abs=0.005)
