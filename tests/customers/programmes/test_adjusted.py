"""Comparisons that were not randomised: by the definition, by second implementations, and where the truth is known."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import special, stats

import clvlab as clv
from clvlab.customers import Adjusted, adjusted_comparison, e_value, robustness_value, unrandomised
from clvlab.customers.design import design
from clvlab.customers.programmes.adjusted import crossed, doubly_robust, weights
from clvlab.customers.programmes.logistic import logistic
from clvlab.customers.programmes.problems import NotCompared
from clvlab.data.company import Company
from clvlab.errors import InputError


def world(n: int, seed: int, added: float = 1.0, *, binary: bool = False) -> pd.DataFrame:
    """Customers whose past says both who was chosen and what came after."""
    rng = np.random.default_rng(seed)
    past, kind = rng.normal(size=n), rng.choice(["a", "b", "c"], n)
    lean = 0.8 * past + 0.5 * (kind == "b")
    chosen = rng.random(n) < special.expit(lean - 0.3)
    level = 1.5 * past + 1.0 * (kind == "b")
    after = (
        rng.random(n) < special.expit(level + added * chosen) if binary else level + added * chosen + rng.normal(size=n)
    )
    return pd.DataFrame({"past": past, "kind": kind, "chosen": chosen, "after": np.asarray(after, dtype=float)})


def compared(frame: pd.DataFrame, **given: object) -> Adjusted:
    return adjusted_comparison(frame, treated="chosen", outcome="after", before=["past", "kind"], **given)  # type: ignore[arg-type]


@pytest.mark.parametrize("target", ["overlap", "all", "treated"])
def test_what_is_there_is_found_and_the_plain_difference_is_not_it(target: str) -> None:
    found = compared(world(3000, 1), target=target)
    assert found.low < 1.0 < found.high
    assert found.plain_low > 1.5
    assert found.difference == pytest.approx(found.mean - found.mean_others)


def test_the_difference_follows_its_definition() -> None:
    frame = world(400, 2)
    t, y = frame["chosen"].to_numpy(), frame["after"].to_numpy()
    e, own, others = crossed(design(frame, ["past", "kind"]), t, y, folds=4, seed=3)
    values, influence = doubly_robust(t, y, e, own, others, "all")
    one = [own[i] + (y[i] - own[i]) / e[i] if t[i] else own[i] for i in range(400)]
    none = [others[i] + (y[i] - others[i]) / (1 - e[i]) if not t[i] else others[i] for i in range(400)]
    assert values == pytest.approx([np.mean(one), np.mean(none)], abs=1e-12)
    difference = np.array(one) - np.array(none)
    error = np.sqrt(((difference - difference.mean()) ** 2).sum()) / 400
    assert np.sqrt(((influence[:, 0] - influence[:, 1]) ** 2).sum()) / 400 == pytest.approx(error, rel=1e-12)
    found = compared(frame, target="all", folds=4, seed=3)
    assert (found.difference, found.error) == pytest.approx((difference.mean(), error), rel=1e-12)
    values, _ = doubly_robust(t, y, e, own, others, "treated")
    assert values[0] == pytest.approx(y[t].mean(), abs=1e-12)


def test_the_rate_of_change_of_overlap_is_in_its_influence() -> None:
    """The influence has mean 0, and moves the estimate as a customer who counts twice does."""
    frame = world(300, 4)
    t, y = frame["chosen"].to_numpy(), frame["after"].to_numpy()
    e, own, others = crossed(design(frame, ["past", "kind"]), t, y, folds=5, seed=0)
    values, influence = doubly_robust(t, y, e, own, others, "overlap")
    np.testing.assert_allclose(influence.mean(axis=0), 0.0, atol=1e-12)
    twice = np.append(np.arange(300), 7)
    moved, _ = doubly_robust(t[twice], y[twice], e[twice], own[twice], others[twice], "overlap")
    np.testing.assert_allclose(moved - values, influence[7] / 301, rtol=0.05, atol=1e-4)


def test_weights_balance_the_past() -> None:
    frame = world(2000, 5)
    found = compared(frame)
    assert found.balance["difference_before"].abs().max() > 0.5
    assert found.balance["difference_after"].abs().max() < 0.05
    t = frame["chosen"].to_numpy()
    e = np.full(2000, 0.25)
    assert np.unique(weights(t, e, "all")).tolist() == pytest.approx([1 / 0.75, 4.0])
    assert np.unique(weights(t, e, "overlap")).tolist() == pytest.approx([0.25, 0.75])
    plain = frame.groupby("chosen")["past"].agg(["mean", "var"])
    by_hand = (plain.loc[True, "mean"] - plain.loc[False, "mean"]) / np.sqrt(plain["var"].mean())
    assert found.balance.loc["past", "difference_before"] == pytest.approx(by_hand, rel=1e-9)


def test_logistic_regression_is_that_of_statsmodels() -> None:
    frame = world(500, 6)
    columns = design(frame, ["past", "kind"]).with_ones
    fit = sm.Logit(frame["chosen"].astype(float), columns).fit(disp=0, tol=1e-14, method="newton")
    found = logistic(columns, frame["chosen"].to_numpy(float))
    np.testing.assert_allclose(found.coefficients, fit.params, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(found.covariance, fit.cov_params(), rtol=1e-7, atol=1e-12)
    assert found.converged


def test_logistic_regression_of_what_is_told_apart_exactly_says_so() -> None:
    columns = np.column_stack([np.ones(40), np.repeat([-1.0, 1.0], 20)])
    assert not logistic(columns, np.repeat([0.0, 1.0], 20)).converged
    held = logistic(columns, np.repeat([0.0, 1.0], 20), ridge=1.0)
    assert held.converged
    assert np.abs(held.coefficients).max() < 5.0


def test_robustness_is_as_published() -> None:
    """Cinelli & Hazlett (2020), table 1: the survey in Darfur."""
    found = robustness_value(0.09731582, 0.02325654, 783)
    assert round(found.value, 3) == 0.139
    assert round(found.significance, 3) == 0.076
    f = 0.09731582 / 0.02325654 / np.sqrt(783)
    r = found.value
    assert r**2 / (1 - r) == pytest.approx(f**2)  # an unmeasured reason of that strength takes all of it
    assert robustness_value(0.01, 0.02, 100).significance == 0.0


def test_the_robustness_value_is_the_strength_that_takes_the_difference_away() -> None:
    """An unmeasured column of exactly that strength, made by hand, brings the coefficient to 0."""
    rng = np.random.default_rng(8)
    n = 500
    t = rng.normal(size=n)
    t -= t.mean()
    y = 0.4 * t + rng.normal(size=n)
    fit = sm.OLS(y, sm.add_constant(t)).fit()
    rv = robustness_value(fit.params[1], fit.bse[1], fit.df_resid).value
    left = fit.resid / np.sqrt((fit.resid**2).sum())
    unit = t / np.sqrt((t**2).sum())
    noise = rng.normal(size=n)
    noise -= (
        np.column_stack([np.ones(n), t, left])
        @ np.linalg.lstsq(np.column_stack([np.ones(n), t, left]), noise, rcond=None)[0]
    )
    noise /= np.sqrt((noise**2).sum())
    # of t it is to explain rv; of what t leaves of y, rv
    z = np.sqrt(rv) * unit + np.sqrt(1 - rv) * (np.sqrt(rv) * left + np.sqrt(1 - rv) * noise)
    both = sm.OLS(y, np.column_stack([np.ones(n), t, z])).fit()
    assert both.params[1] == pytest.approx(0.0, abs=1e-10)


def test_the_e_value_is_as_published() -> None:
    """VanderWeele & Ding (2017): smoking and breastfeeding examples."""
    assert e_value(3.9, 1.8, 8.7) == pytest.approx((7.26, 3.0), abs=0.005)
    assert e_value(1 / 3.9, 1 / 8.7, 1 / 1.8) == pytest.approx((7.26, 3.0), abs=0.005)
    assert e_value(1.2, 0.9, 1.6)[1] == 1.0


def test_ratios_of_shares_have_an_e_value() -> None:
    found = compared(world(3000, 9, 0.8, binary=True))
    assert 1.0 < found.ratio_low < found.ratio < found.ratio_high
    assert found.e_value > found.e_value_low > 1.0
    assert np.isnan(compared(world(300, 9).assign(after=lambda f: f["after"] - 100.0)).ratio)


def test_the_strongest_reason_is_the_one_that_matters() -> None:
    strongest = compared(world(2000, 10)).strongest
    assert strongest is not None
    assert strongest.column == "past"
    frame = world(2000, 10)
    dummies = pd.get_dummies(frame["kind"], dtype=float)[["b", "c"]]
    whole = sm.OLS(
        frame["after"], sm.add_constant(pd.concat([dummies, frame[["past"]], frame["chosen"].astype(float)], axis=1))
    ).fit()
    t = whole.tvalues["past"]
    assert strongest.of_outcome == pytest.approx(t**2 / (t**2 + whole.df_resid), rel=1e-8)


def test_wrong_input_is_refused() -> None:
    frame = world(200, 1)
    with pytest.raises(InputError, match="no column 'else'"):
        adjusted_comparison(frame, treated="else", outcome="after", before=[])
    with pytest.raises(InputError, match="True and False"):
        adjusted_comparison(frame.assign(chosen=frame["kind"]), treated="chosen", outcome="after", before=["past"])
    with pytest.raises(InputError, match="30 customers on either side"):
        compared(frame.assign(chosen=[True] * 10 + [False] * 190))
    with pytest.raises(InputError, match="no column 'gone'"):
        adjusted_comparison(frame, treated="chosen", outcome="after", before=["gone"])
    with pytest.raises(InputError, match="target= is one of"):
        compared(frame, target="some")


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("target", ["overlap", "all", "treated"])
@pytest.mark.parametrize("added", [0.0, 1.0])
def test_intervals_of_differences_hold_the_truth(target: str, added: float) -> None:
    held = [
        (each.low <= added <= each.high)
        for each in (compared(world(600, seed, added), target=target) for seed in range(400))
    ]
    low, high = stats.binom.interval(0.99, 400, 0.95)
    assert low <= sum(held) <= high


def journey(folder: Path) -> Company:
    columns = ["household_id", "basket_id", "sales_value", "transaction_timestamp"]
    lines = pd.read_parquet(folder / "journey_transactions.parquet", columns=columns)
    baskets = lines.groupby("basket_id").agg(
        customer_id=("household_id", "first"),
        order_date=("transaction_timestamp", "first"),
        amount=("sales_value", "sum"),
    )
    members = pd.read_parquet(folder / "journey_campaigns.parquet")
    about = pd.read_parquet(folder / "journey_campaign_descriptions.parquet")
    named = {"household_id": "customer_id", "campaign_id": "campaign", "start_date": "campaign_date"}
    campaigns = members.merge(about).rename(columns=named)[list(named.values())]
    return clv.read_company({"orders": baskets.reset_index(names="order_id"), "campaigns": campaigns})


def test_real_campaigns_without_control_are_compared(shared_data: Path) -> None:
    found = unrandomised(journey(shared_data))
    # Those contacted spent far more anyway; at equal past little of that is left.
    assert found.table["plain"].round().agg(["min", "max"]).tolist() == [54.0, 286.0]
    assert not found.table["significant"].any()
    assert len(found.table) == 18
    assert found.table["difference"].abs().median() < 0.2 * found.table["plain"].median()
    for each in found.comparisons.values():
        assert each.balance["difference_after"].abs().max() < 0.35
        assert each.balance["difference_before"].abs().max() > 0.35


def test_campaigns_with_a_control_group_are_left_to_it() -> None:
    with pytest.raises(NotCompared, match="4 have a control group"):
        unrandomised(clv.datasets.company())


def test_a_company_without_campaigns_is_told() -> None:
    orders = pd.DataFrame({"customer_id": ["a", "b"], "date": ["2024-01-05", "2024-02-01"], "amount": [10.0, 20.0]})
    with pytest.raises(NotCompared, match="needs a table of campaigns"):
        unrandomised(clv.read_company({"orders": orders}))
