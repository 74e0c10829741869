"""On simulated companies, whose lift, rates, dropout and spend are known, intervals of the list hold the truth."""

import numpy as np
import pytest
from contact_worlds import band, sent

import clvlab as clv
from clvlab.data.simulate import Plan
from clvlab.evaluation.contacting import contact_plan, response_of
from clvlab.models import MBGNBD, GammaGamma

DAYS = 30
LIFT = 0.8  # planted, of the rate without membership
COST = 1.0
MONTHS = np.array([31, 28.25, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("plan", [Plan(), Plan(season=(1.0,) * 12)], ids=["season", "no season"])
def test_intervals_hold_on_simulated_companies(plan: Plan) -> None:
    """The response is measured on the company's own campaign; the list would be contacted on the day after."""
    season = np.array(plan.season)
    pace = season[0] / (season * MONTHS).sum() * MONTHS.sum()  # January's
    of_profit, of_result = 0, 0
    for seed in range(100):
        made = clv.simulate.company(1500, seed=seed, plan=plan)
        rows, orders = sent(made)
        response = response_of(rows, orders, campaign="double eleven 2025", days=DAYS)
        known = clv.histories(orders, end="2025-12-31", unit="week")
        told = made.truth.set_index("customer_id").reindex(known.index)
        rate, dropout, active = (told[name].to_numpy() for name in ("rate", "dropout", "active"))
        worth, years = (told["mean_spend"] * told["margin"]).to_numpy(), DAYS / 365.25
        listed = contact_plan(
            MBGNBD().fit(known), GammaGamma().fit(known), known, response=response, cost=COST, window=DAYS / 7.0,
            margin=float(told["margin"].mean()), draws=100, seed=seed,
        )  # fmt: skip
        on = listed.table["contacted"].to_numpy()
        extra = np.where(active, LIFT * pace * rate * -np.expm1(-dropout * years) / dropout, 0.0)
        of_profit += listed.profit_low <= (worth * extra - COST)[on].sum() <= listed.profit_high
        rng = np.random.default_rng([seed, 5])
        lives = np.minimum(rng.exponential(1.0 / dropout), years)
        came = rng.poisson(np.where(active, LIFT * pace * rate * lives, 0.0))
        spent = np.where(came > 0, rng.gamma(plan.p * np.maximum(came, 1)) / plan.p, 0.0) * worth
        of_result += listed.result_low <= (spent - COST)[on].sum() <= listed.result_high
    low, high = band(0.9, 100)
    assert low <= of_profit <= high
    assert low <= of_result <= high
