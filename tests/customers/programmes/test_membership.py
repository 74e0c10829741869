"""What joiners bought beyond the expected: by a second implementation, by hand, and where the truth is planted."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from programme_coverage import one, truth, worlds
from scipy import stats

import clvlab as clv
from clvlab.customers import Membership, membership
from clvlab.customers.programmes.alive import parameters, prob_active
from clvlab.customers.programmes.cell_means import cell_means
from clvlab.customers.programmes.lives import NEVER, Lives, lives
from clvlab.customers.programmes.matching import BAND, Matched, match
from clvlab.customers.programmes.problems import NotCompared
from clvlab.data.company import Company
from clvlab.data.simulate import Plan
from clvlab.data.simulate import company as simulated
from clvlab.data.simulate.assembly import SimulatedCompany

TOUCHES = 1e-8


@pytest.fixture(scope="module")
def made() -> SimulatedCompany:
    return simulated(1200, seed=11)


@pytest.fixture(scope="module")
def company(made: SimulatedCompany) -> Company:
    return made.company()


@pytest.fixture(scope="module")
def known(company: Company) -> Lives:
    return lives(company)


@pytest.fixture(scope="module")
def pairs(known: Lives) -> Matched:
    return match(known, before=60, after=180, period=30)


@pytest.fixture(scope="module")
def found(company: Company) -> Membership:
    return membership(company)


def test_totals_are_those_of_a_loop(known: Lives, company: Company) -> None:
    orders = company.frame("orders")
    rng = np.random.default_rng(1)
    for who in rng.integers(0, known.n, 40):
        own = orders[orders["customer"] == known.ids[who]]
        day = own["date"].to_numpy().astype("datetime64[D]").astype(int)
        since = int(rng.integers(day.min() - 5, known.end))
        until = since + int(rng.integers(-5, 400))
        inside = (day > since) & (day <= until)
        total = known.orders.total("spend", np.array([who]), np.array([since]), np.array([until]))
        assert total[0] == pytest.approx(own["amount"].to_numpy()[inside].sum(), abs=1e-6)
        x, t_x, age = (float(each[0]) for each in known.history(np.array([who]), np.array([max(since, day.min())])))
        upto = day[day <= max(since, day.min())]
        assert (x, t_x, age) == (len(upto) - 1, upto.max() - day.min(), max(since, day.min()) - day.min())


def test_matches_had_not_joined_and_are_of_the_same_age_and_past(known: Lives, pairs: Matched) -> None:
    day, joiner = pairs.day[pairs.of], pairs.joiner[pairs.of]
    assert (known.joined[pairs.control] > day).all()
    assert (np.abs(known.first[pairs.control] - known.first[joiner]) <= BAND).all()
    assert (day - known.first[pairs.control] > 60).all()
    assert (pairs.day + 180 <= known.end).all()
    assert (pairs.joiner[pairs.of] != pairs.control).all()
    classes = [np.digitize(known.orders.total("purchases", who, known.first[who], day - 61), [1, 3, 6])
               for who in (joiner, pairs.control)]  # fmt: skip
    np.testing.assert_array_equal(*classes)
    assert ((pairs.active >= 0) & (pairs.active <= 1)).all()
    assert ((pairs.staying > 0) & (pairs.staying <= 1)).all()
    assert (np.diff(pairs.staying, axis=0) <= 1e-12).all()
    used = sum(pairs.left_out.values()) + len(pairs.joiner)
    assert used == (known.joined < NEVER).sum()


def test_the_probability_to_be_active_is_that_of_the_truth(
    known: Lives, pairs: Matched, made: SimulatedCompany
) -> None:
    dropped = made.truth.set_index("customer_id").loc[known.ids, "dropout_date"]
    last = dropped.fillna(pd.Timestamp("2100-01-01")).to_numpy().astype("datetime64[D]").astype(int)
    active = last[pairs.control] > pairs.day[pairs.of]
    assert pairs.active.mean() == pytest.approx(active.mean(), abs=0.05)
    worst, best = np.quantile(pairs.active, [0.2, 0.8])
    assert active[pairs.active >= best].mean() > active[pairs.active <= worst].mean() + 0.2


def test_without_parameters_everybody_counts_as_active(known: Lives) -> None:
    who = np.arange(5)
    assert prob_active(known, None, who, known.first[who] + 10).tolist() == [1.0] * 5
    params = parameters(known)
    assert params is not None
    assert (prob_active(known, params, who, known.first[who] + 400) < 1.0).any()


def rows_of(known: Lives, pairs: Matched, outcome: str) -> pd.DataFrame:
    """One row per pair or joiner and period, as a regression takes them."""
    rows = known.rows_of(outcome)
    assert rows is not None
    active = np.bincount(pairs.of, weights=pairs.active)
    parts = []
    for period in [*range(-2, 0), *range(6)]:
        for own in (True, False):
            who = pairs.joiner if own else pairs.control
            day = pairs.day if own else pairs.day[pairs.of]
            since = day + 30 * period - (1 if period < 0 else 0)
            until = since + 30
            if not own and period >= 0:
                until = np.minimum(until, known.joined[who] - 1)
            y = rows.total(outcome, who, since, until)
            weight = np.ones(len(who)) if own else pairs.active / active[pairs.of]
            if not own and period >= 0:
                y = y / pairs.staying[period] / pairs.active
            parts.append(pd.DataFrame({"who": who, "own": float(own), "period": period, "y": y, "weight": weight}))
    return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize("outcome", ["purchases", "spend"])
def test_difference_in_differences_is_that_of_weighted_least_squares(
    known: Lives, pairs: Matched, found: Membership, outcome: str
) -> None:
    rows = rows_of(known, pairs, outcome)
    cell = rows["period"].add(2).to_numpy() + 8 * (1 - rows["own"].to_numpy().astype(int))
    dummies = (cell[:, None] == np.arange(16)).astype(float)
    fit = sm.WLS(rows["y"], dummies, weights=rows["weight"]).fit(
        cov_type="cluster", cov_kwds={"groups": rows["who"].to_numpy()}
    )
    contrast = np.concatenate([[-3.0] * 2, [1.0] * 6, [3.0] * 2, [-1.0] * 6])
    asked = fit.t_test(contrast)
    row = found.table.loc[outcome]
    assert row["additive"] == pytest.approx(float(np.squeeze(asked.effect)), rel=TOUCHES)
    # The table holds all outcomes at once, which changes the factor of small samples by a hair.
    means = cell_means(cell.astype(int), (rows["y"] * rows["weight"]).to_numpy(), rows["weight"].to_numpy(),
                       rows["who"].to_numpy(), 16)  # fmt: skip
    assert float(np.sqrt(contrast @ means.covariance @ contrast)) == pytest.approx(
        float(np.squeeze(asked.sd)), rel=TOUCHES
    )
    assert (row["additive_high"] - row["additive_low"]) / 2 / 1.959964 == pytest.approx(
        float(np.squeeze(asked.sd)), rel=1e-3
    )


def test_the_ratio_is_that_of_a_poisson_regression(known: Lives, pairs: Matched, found: Membership) -> None:
    rows = rows_of(known, pairs, "purchases")
    rows["after"] = (rows["period"] >= 0).astype(float)
    columns = np.column_stack([np.ones(len(rows)), rows["own"], rows["after"], rows["own"] * rows["after"]])
    fit = sm.GLM(rows["y"], columns, family=sm.families.Poisson(), var_weights=rows["weight"]).fit(tol=1e-12)
    row = found.table.loc["purchases"]
    assert np.log(row["ratio"]) == pytest.approx(fit.params.iloc[3], rel=TOUCHES)
    mean, weight = fit.fittedvalues.to_numpy(), rows["weight"].to_numpy()
    bread = np.linalg.inv((columns * (weight * mean)[:, None]).T @ columns)
    scores = pd.DataFrame(columns * (weight * (rows["y"].to_numpy() - mean))[:, None]).groupby(rows["who"].to_numpy())
    summed = scores.sum().to_numpy()
    error = float(np.sqrt((bread @ summed.T @ summed @ bread)[3, 3]))
    assert np.log(row["ratio_high"] / row["ratio"]) / 1.959964 == pytest.approx(error, rel=1e-3)
    assert row["joiners"] / row["expected"] == pytest.approx(row["ratio"], rel=TOUCHES)


def test_cell_means_are_clustered_as_statsmodels_does() -> None:
    rng = np.random.default_rng(3)
    n = 400
    cell, cluster = rng.integers(0, 4, n), rng.integers(0, 60, n)
    weight, y = rng.uniform(0.2, 2.0, n), rng.normal(size=n) + rng.normal(size=60)[cluster]
    means = cell_means(cell, weight * y, weight, cluster, 4)
    dummies = (cell[:, None] == np.arange(4)).astype(float)
    fit = sm.WLS(y, dummies, weights=weight).fit(cov_type="cluster", cov_kwds={"groups": cluster})
    np.testing.assert_allclose(means.value, fit.params, rtol=TOUCHES)
    np.testing.assert_allclose(means.covariance, fit.cov_params(), rtol=1e-7, atol=1e-12)
    value, covariance = means.function(lambda m: m[0] * m[1] / m[2])
    slope = np.array([value[0] / m if i < 2 else -value[0] / m if i == 2 else 0.0 for i, m in enumerate(means.value)])
    assert covariance[0, 0] == pytest.approx(slope @ means.covariance @ slope, rel=1e-10)


def test_periods_add_up_and_the_time_before_differs_by_nothing_in_sum(found: Membership) -> None:
    for name in ("purchases", "spend", "profit"):
        own = found.periods[found.periods["outcome"] == name].set_index("period")
        assert own.loc[[-2, -1], "difference"].sum() == pytest.approx(0.0, abs=1e-9)
        assert own.loc[1:, "difference"].sum() == pytest.approx(found.table.loc[name, "difference"], rel=1e-9)
        assert own.loc[1:, "joiners"].sum() == pytest.approx(found.table.loc[name, "joiners"], rel=1e-9)


def test_net_takes_off_rewards_of_joiners_beyond_those_of_others(
    found: Membership, known: Lives, pairs: Matched
) -> None:
    rewards = rows_of(known, pairs, "rewards")
    after = rewards[rewards["period"] >= 0]
    sums = {own: float((rows["y"] * rows["weight"]).sum()) / len(pairs.joiner) for own, rows in after.groupby("own")}
    net = found.table.loc["profit", "difference"] - (sums[1.0] - sums[0.0])
    assert found.table.loc["net", "difference"] == pytest.approx(net, rel=1e-9)


def test_a_spike_before_joining_is_noticed_and_nothing_is_headlined(made: SimulatedCompany) -> None:
    """Joiners who buy just before joining: their past is no measure of what they would have had."""
    joined = made.tables["memberships"].drop_duplicates("member_id")
    rng = np.random.default_rng(5)
    some = joined.sample(frac=0.6, random_state=1)
    day = some["member_since"] - pd.to_timedelta(rng.integers(1, 25, len(some)), unit="D")
    extra = pd.DataFrame({"order_id": [f"X{i}" for i in range(len(some))], "customer_id": some["member_id"].to_numpy(),
                          "order_date": day.to_numpy(), "amount": 50.0, "cost": 25.0})  # fmt: skip
    first = made.tables["orders"].groupby("customer_id")["order_date"].min()
    extra = extra[extra["order_date"] > extra["customer_id"].map(first)]
    tables = {"orders": pd.concat([made.tables["orders"], extra]), "memberships": made.tables["memberships"]}
    spiked = membership(clv.read_company(tables, as_of="2025-12-31"))
    assert not spiked.parallel
    assert spiked.table.loc["purchases", "trend_p"] < 0.01


def small(tables: dict[str, pd.DataFrame]) -> Company:
    return clv.read_company(tables, as_of="2025-12-31")


def test_what_is_missing_is_said(made: SimulatedCompany) -> None:
    orders, members = made.tables["orders"], made.tables["memberships"]
    with pytest.raises(NotCompared, match="needs a table of memberships"):
        membership(small({"orders": orders}))
    with pytest.raises(NotCompared, match="No customer with an order is a member"):
        membership(small({"orders": orders, "memberships": members.assign(member_id="nobody").drop_duplicates()}))
    everybody = pd.DataFrame({"member_id": orders["customer_id"].unique(), "member_since": "2024-06-01"})
    with pytest.raises(NotCompared, match="nobody to compare"):
        membership(small({"orders": orders, "memberships": everybody}))
    with pytest.raises(NotCompared, match="can be compared, 20 are needed"):
        membership(small({"orders": orders, "memberships": members.assign(member_since="2025-12-30")}))
    first = orders.groupby("customer_id")["order_date"].min()
    at_once = members.assign(member_since=members["member_id"].map(first))
    with pytest.raises(NotCompared, match="joined within 60 days"):
        membership(small({"orders": orders, "memberships": at_once}))
    everybody_soon = pd.DataFrame(
        {"member_id": first.index[:1190], "member_since": (first + pd.Timedelta(days=100)).iloc[:1190].to_numpy()}
    )
    with pytest.raises(NotCompared, match="have joined too"):
        membership(small({"orders": orders, "memberships": everybody_soon}))
    with pytest.raises(NotCompared, match="bought nothing"):
        membership(small({"orders": orders.drop_duplicates("customer_id"), "memberships": members}))
    with pytest.raises(NotCompared, match="multiples of period="):
        membership(small({"orders": orders, "memberships": members}), before=30)
    one_month = orders[orders["order_date"] < "2023-02-01"]
    with pytest.raises(NotCompared, match=r"is a member|are needed"):
        membership(clv.read_company({"orders": one_month, "memberships": members}, as_of="2023-01-31"))


def test_without_costs_and_rewards_there_is_no_profit(made: SimulatedCompany) -> None:
    found = membership(small({name: made.tables[name] for name in ("orders", "memberships")}))
    assert found.table.index.tolist() == ["purchases", "spend"]
    assert {note.code.rpartition(".")[2] for note in found.notes} == {"no_profit", "no_rewards"}
    unpriced = made.tables["orders"].drop(columns=["amount", "cost"])
    counted = membership(small({"orders": unpriced, "memberships": made.tables["memberships"]}))
    assert counted.table.index.tolist() == ["purchases"]


def test_of_many_customers_some_are_drawn(company: Company) -> None:
    found = membership(company, most=800, seed=2)
    assert found.sampled
    assert found.customers == 800


def test_a_planted_lift_is_found_and_nothing_where_nothing_is() -> None:
    planted = pd.DataFrame([one(seed, None, 1200) for seed in range(3)])
    error = (planted["purchases"] - planted["purchases_true"]) / planted["purchases_error"]
    assert abs(error.mean()) < 3.0 / np.sqrt(len(error))
    nothing = pd.DataFrame([one(seed, Plan.nothing(), 1200) for seed in range(2)])
    error = nothing["purchases"] / nothing["purchases_error"]
    assert abs(error.mean()) < 3.0 / np.sqrt(len(error))


def test_the_truth_is_that_of_the_plan(made: SimulatedCompany, found: Membership) -> None:
    true = truth(made, found)
    assert true["purchases"] == pytest.approx(0.3 * true["base"])


@pytest.mark.slow
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("planted", [True, False])
def test_intervals_hold_the_truth_as_often_as_they_say(planted: bool) -> None:
    seeds = range(100)
    found = worlds(seeds, None if planted else Plan.nothing())
    low, high = stats.binom.interval(0.99, len(seeds), 0.95)
    _, alarms = stats.binom.interval(0.99, len(seeds), 0.05)
    for name in ("purchases", "profit"):
        assert low <= found[f"{name}_covered"].sum() <= high, name
        assert (found[f"{name}_trend_p"] < 0.05).sum() <= alarms, name
        bias = found[name] - found[f"{name}_true"]
        assert abs(bias.mean()) < 2.6 * bias.std() / np.sqrt(len(seeds)), name
    # What a plain comparison says is not that.
    plain = found["naive"] - found["purchases_true"]
    assert plain.mean() > 5.0 * plain.std() / np.sqrt(len(seeds))
