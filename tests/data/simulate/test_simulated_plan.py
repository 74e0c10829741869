"""Plans: what can be planted, what is refused, and a plan in which nothing is to be found."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import clvlab as clv
from clvlab.data.simulate.parts import CHANNELS, PROMOTIONS
from clvlab.errors import InputError

Plan = clv.simulate.Plan


def test_with_nothing_planted_everything_is_alike() -> None:
    made = clv.simulate.company(3000, seed=1, plan=Plan.nothing())
    for column in ("conversion", "cost", "referrals", "orders", "clv", "clv_to_cost"):
        found = made.expected.channels[column]
        assert (found == found.iloc[0]).all(), column
    assert (made.expected.months.max() - made.expected.months.min()).max() < 1e-9
    assert (made.expected.campaigns[["lift", "effect", "response_effect"]] == 0).all(axis=None)
    member = made.truth["member_from"].notna()
    assert made.truth["rate"][member].mean() == pytest.approx(made.truth["rate"].mean(), rel=0.1)
    assert made.company().frame("orders")["amount"].gt(0).all()


def test_a_seed_makes_one_company_and_another_another() -> None:
    one, again, other = (clv.simulate.company(300, seed=seed) for seed in (1, 1, 2))
    for name, table in one.tables.items():
        pd.testing.assert_frame_equal(table, again.tables[name])
        if name != "marketing_cost":  # which is a budget
            assert not table.equals(other.tables[name]), name
    pd.testing.assert_frame_equal(one.truth, again.truth)


def test_a_change_in_one_part_leaves_the_others() -> None:
    usual = clv.simulate.company(1000, seed=1).tables
    changed = clv.simulate.company(1000, seed=1, plan=Plan(breakdown=None, win=0.9)).tables
    different = {name for name, table in usual.items() if not table.equals(changed[name])}
    assert different == {"surveys", "complaints", "opportunities"}


def test_what_is_left_out_has_no_table() -> None:
    plan = Plan(
        promotions=(), complaints=0.0, contacts=0.0, opportunities=0.0, events=0.0, surveys=0.0, subscribers=0.0
    )
    made = clv.simulate.company(200, seed=1, plan=plan)
    gone = {"campaigns", "complaints", "opportunities", "events", "surveys", "subscriptions"}
    assert not gone & set(made.tables)
    assert made.tables["customers"]["last_followed_up"].isna().all()
    assert set(made.company()) == set(made.tables)


def test_the_smallest_company_is_read_too() -> None:
    made = clv.simulate.company(100, seed=3)
    assert len(made.company().frame("customers")) == 100
    assert repr(made).startswith("<simulated company of 100 customers; ")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"channels": {"mail": replace(CHANNELS["search"], share=0.9)}}, "^Shares of channels add up to 1"),
        ({"channels": {"mail": clv.simulate.Channel(1.0, 0.0, 3.0)}}, "^conversion= of 'mail' is a chance above 0"),
        ({"drivers": {"quality": 100}}, "^drivers= gives quality, price, delivery"),
        ({"season": (1.0,) * 11}, "^season= is 12 numbers above 0"),
        ({"season": (0.0,) * 12}, "^season= is 12 numbers above 0"),
        ({"s": 1.0}, "^s= and q= are above 1"),
        ({"engagement": 1.5}, "^engagement= lies in 0 to 1"),
        ({"response": 1.5}, "^response= is a chance"),
        ({"complaints": -1.0}, "^complaints= is a number from 0"),
        ({"cohort": clv.simulate.Cohort("2026Q1", 2.0)}, "^cohort= is a quarter of 2023 to 2025"),
        ({"cohort": clv.simulate.Cohort("spring", 2.0)}, "^cohort= is a quarter of 2023 to 2025"),
        ({"breakdown": clv.simulate.Breakdown("2026-03")}, "^breakdown= is one of 2023-01 to 2025-12"),
        ({"breakdown": clv.simulate.Breakdown("2025-03", items=("smell",))}, "^Items of a breakdown are among quality"),
        ({"promotions": (replace(PROMOTIONS[0], start="2025-12-20"),)}, "^'spring 2024' is to lie within"),
        ({"promotions": (replace(PROMOTIONS[0], cost={}),)}, "^'spring 2024' needs a lift and a cost"),
        ({"promotions": (PROMOTIONS[0], PROMOTIONS[0])}, "^Names of promotions differ"),
    ],
)
def test_a_plan_that_is_no_story_is_refused(given: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        Plan(**given)  # type: ignore[arg-type]


def test_too_few_customers_and_a_wrong_seed_are_refused() -> None:
    with pytest.raises(InputError, match=r"^A simulated company has 100 customers at least; customers=99"):
        clv.simulate.company(99)
    with pytest.raises(InputError, match=r"^seed= is a whole number from 0; got -1"):
        clv.simulate.company(seed=-1)


@pytest.mark.slow
def test_the_models_find_the_plan_again() -> None:
    made = clv.simulate.company(40_000, seed=2, plan=Plan.nothing())
    histories = clv.histories(clv.read_orders(made.tables["orders"]), end="2025-12-31", unit="year")
    fit = clv.ParetoNBD().fit(histories)
    plan = made.plan
    truth = {"r": plan.r, "alpha": plan.alpha, "s": plan.s, "beta": plan.beta}
    # Orders of one day count once, which takes 1 in 200 of them: hence the room.
    assert {name: float(fit.params[name]) for name in truth} == pytest.approx(truth, rel=0.1)
    spend = clv.GammaGamma().fit(histories)
    assert plan.p * plan.v / (plan.q - 1) == pytest.approx(
        spend.params["p"] * spend.params["v"] / (spend.params["q"] - 1), rel=0.02
    )
    assert np.isfinite(fit.log_likelihood)
