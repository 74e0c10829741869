"""The list: who is on it, where it stops, and whether its intervals hold what is true."""

import numpy as np
import pandas as pd
import pytest
from contact_worlds import World, band, world
from scipy import stats

from clvlab.errors import InputError
from clvlab.evaluation.contacting import ContactPlan, contact_plan, flat_response, lift_response
from clvlab.evaluation.contacting.luck import gamma_around, luck
from clvlab.models import MBGNBD, GammaGamma
from clvlab.models.spend import SpendFit
from clvlab.models.transactions import TransactionFit
from clvlab.value.customer_value import customer_value
from clvlab.value.level import LevelPrior, level_of

OFTEN = MBGNBD().at(r=0.8, alpha=8.0, a=0.8, b=2.4, unit="week")
MUCH = GammaGamma().at(p=6.0, q=4.0, v=15.0)


@pytest.fixture(scope="module")
def shop() -> World:
    return world(400, 1)


def planned(shop: World, **changed: object) -> ContactPlan:
    told: dict[str, object] = {"response": lift_response(0.3), "cost": 0.5, "window": 13.0, "margin": 0.4}
    return contact_plan(OFTEN, MUCH, shop.histories, **(told | changed))  # type: ignore[arg-type]


def test_expected_profit_is_lift_times_value_less_cost(shop: World) -> None:
    table = planned(shop).table
    worth = customer_value(OFTEN, MUCH, shop.histories, horizon=13.0, discount_rate=0.0, margin=0.4)["clv"]
    np.testing.assert_allclose(table["expected_profit"], 0.3 * worth - 0.5, atol=1e-6)  # purchases are kept in float32
    np.testing.assert_allclose(table["worth"], worth, rtol=1e-6)
    # Nothing is unsure: a contact pays, or it does not.
    assert table["chance_pays"].tolist() == (table["expected_profit"] > 0).astype(float).tolist()


def test_the_list_is_the_highest_profits_until_none_pays(shop: World) -> None:
    plan = planned(shop)
    profit = plan.table["expected_profit"]
    assert plan.contacted == plan.break_even == (profit > 0).sum()
    assert plan.stops_by == "break_even"
    assert plan.profit == pytest.approx(profit[profit > 0].sum())
    assert plan.table.sort_values("rank")["expected_profit"].is_monotonic_decreasing
    assert sorted(plan.table["rank"]) == list(range(1, 401))
    assert plan.curve["profit"].idxmax() == plan.contacted
    assert len(plan.curve) <= 200
    assert plan.curve.loc[400, "profit"] == pytest.approx(profit.sum())


BUDGETS = [(0.0, 0, "budget"), (10.4, 20, "budget"), (1e9, None, "break_even")]


@pytest.mark.parametrize(("budget", "contacted", "stops"), BUDGETS)
def test_a_budget_ends_it_sooner(shop: World, budget: float, contacted: int | None, stops: str) -> None:
    plan = planned(shop, budget=budget)
    assert plan.contacted == (plan.break_even if contacted is None else contacted)
    assert plan.stops_by == stops
    assert plan.table["contacted"].sum() == plan.contacted


def test_everybody_where_a_contact_costs_nothing_and_nobody_where_it_costs_too_much(shop: World) -> None:
    free = planned(shop, cost=0.0, budget=0.0)
    assert (free.contacted, free.stops_by) == (400, "everybody")
    dear = planned(shop, cost=1e6)
    assert (dear.contacted, dear.stops_by, dear.profit, dear.result_low, dear.result_high) == (0, "break_even", 0, 0, 0)
    assert [note.code for note in dear.notes][-1] == "contacting.nobody_pays"
    harm = planned(shop, response=lift_response(-0.1, sd=0.01))
    assert (harm.contacted, harm.profit) == (0, 0.0)


def test_a_flat_response_goes_by_spend_alone(shop: World) -> None:
    plan = planned(shop, response=flat_response(0.2))
    spend = MUCH.predict(shop.histories)["expected_spend"]
    np.testing.assert_allclose(plan.table["expected_profit"], 0.4 * 0.2 * spend - 0.5)
    assert (plan.table["expected_extra"] == 0.2).all()


def test_without_amounts_it_is_in_purchases(shop: World) -> None:
    plan = contact_plan(OFTEN, None, shop.histories, response=lift_response(0.3), cost=0.1, window=13.0)
    expected = OFTEN.predict(shop.histories, 13.0)["expected_purchases"]
    np.testing.assert_allclose(plan.table["expected_profit"], 0.3 * expected - 0.1, rtol=1e-5)


def test_a_response_counts_over_the_days_it_was_measured(shop: World) -> None:
    plan = planned(shop, response=lift_response(0.3), window=4.0)
    short = lift_response(0.3)
    object.__setattr__(short, "days", 28.0)
    longer = planned(shop, response=short, window=13.0)
    pd.testing.assert_frame_equal(longer.table, plan.table)
    assert longer.notes[-1].code == "contacting.response_shorter"


def test_moments_are_those_of_the_amounts_of_a_mixed_poisson() -> None:
    """With one purchase on average, whoever it is, both are known in closed form."""
    histories = pd.DataFrame({"frequency": [20.0] * 3000, "monetary_value": 5.0, "recency": 50.0, "T": 52.0})
    found = luck(None, MUCH, histories, 1.0, seed=3)
    shape, rate = 6.0 * 20 + 4.0, 20 * 5.0 + 15.0  # of nu, given the history
    mean, square = 6.0 * rate / (shape - 1), 36.0 * rate**2 / ((shape - 1) * (shape - 2))
    assert found.at("amounts", 3000) / 3000 == pytest.approx(square * (1 + 1 / 6.0), rel=0.01)
    # 600,000 futures; the variance of a variance of compound counts leaves some thousandths of the squared mean.
    assert found.at("traits", 3000) / 3000 == pytest.approx(square - mean**2, abs=0.01 * mean**2)
    assert found.at("purchases", 1500) == pytest.approx(1500, rel=0.01)


def test_a_gamma_has_the_moments_it_is_given() -> None:
    chances = (np.arange(20_000) + 0.5) / 20_000
    drawn = gamma_around(np.full(20_000, 3.0), np.full(20_000, 2.0), chances)
    assert (drawn.mean(), drawn.var()) == pytest.approx((3.0, 2.0), rel=0.01)
    for shape in (49.0, 51.0):  # either side of the shape from which it is approximated
        quantiles = gamma_around(np.full(5, shape), np.full(5, shape), np.array([0.01, 0.05, 0.5, 0.95, 0.99]))
        exact = stats.gamma.ppf([0.01, 0.05, 0.5, 0.95, 0.99], shape)
        np.testing.assert_allclose(quantiles, exact, atol=2e-4 * shape)
    assert gamma_around(np.array([3.0, 0.0]), np.array([0.0, 1.0]), np.array([0.2, 0.2])).tolist() == [3.0, 0.0]


def test_a_level_moves_and_widens(shop: World) -> None:
    plain = planned(shop, cost=0.0)
    level = level_of([0.2, 0.2, 0.2], [0.0, 0.0, 0.0], LevelPrior(repeats=0.3, spread=0.05, freedom=6.0))
    moved = planned(shop, cost=0.0, level=level)
    assert moved.profit == pytest.approx(plain.profit * level.factor)
    assert moved.profit_high - moved.profit_low > plain.profit_high - plain.profit_low
    flat = planned(shop, response=flat_response(0.2), level=level)
    assert flat.level is None


def test_intervals_hold_each_other_and_do_not_hang_on_the_seed(shop: World) -> None:
    a, b = (planned(shop, response=lift_response(0.3, sd=0.1), seed=seed) for seed in (1, 2))
    for plan in (a, b):
        assert plan.result_low < plan.profit_low < plan.profit < plan.profit_high < plan.result_high
    assert a.profit_low == pytest.approx(b.profit_low, abs=0.05 * (a.profit_high - a.profit_low))
    assert planned(shop, response=lift_response(0.3, sd=0.1), seed=1).result_high == a.result_high


@pytest.mark.parametrize("budget", [5.0, 50.0])
def test_the_prediction_interval_is_that_of_own_purchases_thinned(shop: World, budget: float) -> None:
    """Each of a customer's own purchases brings another one with the chance of the lift: a Poisson number again."""
    plan = planned(shop, budget=budget)
    listed = shop.histories[plan.table["contacted"]]
    listed.attrs = shop.histories.attrs
    draw, customer, _ = OFTEN.simulate_futures(listed, 13.0, draws=4000, seed=11)
    amount = MUCH.simulate_spend(MUCH.columns(listed), draw, customer, 12)
    extra = np.random.default_rng(13).random(len(draw)) < 0.3
    earned = 0.4 * np.bincount(draw, weights=amount * extra, minlength=4000) - 0.5 * len(listed)
    low, high = np.quantile(earned, [0.05, 0.95])
    # Variances are of 200 futures; ten customers are few for a Gamma's shape.
    near = 0.06 * (high - low)
    assert (plan.result_low, plan.result_high) == (pytest.approx(low, abs=near), pytest.approx(high, abs=near))
    assert plan.profit == pytest.approx(earned.mean(), abs=near / 3)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"cost": -1.0}, "cost="),
        ({"budget": -1.0}, "budget="),
        ({"margin": 1.5}, "margin="),
        ({"window": 0.0}, "window="),
        ({"response": 0.1}, "lift_response"),
        ({"seed": -1}, "seed="),
    ],
)
def test_wrong_arguments_are_named(shop: World, changed: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        planned(shop, **changed)


def test_no_customers_are_no_list(shop: World) -> None:
    with pytest.raises(InputError, match="no rows"):
        contact_plan(OFTEN, MUCH, shop.histories.iloc[:0], response=lift_response(0.1), cost=1.0, window=1.0)


def test_one_customer_is_a_list(shop: World) -> None:
    one = shop.histories.iloc[:1]
    one.attrs = shop.histories.attrs
    plan = contact_plan(OFTEN, MUCH, one, response=lift_response(0.3), cost=0.0, window=13.0)
    assert (plan.contacted, plan.stops_by) == (1, "everybody")
    assert plan.result_low == pytest.approx(0.0)  # most likely nothing comes


def held(
    seeds: range,
    sd: float,
    budget: float | None,
    *,
    customers: int = 1000,
    fits: tuple[TransactionFit, SpendFit] | None = None,
) -> tuple[int, int]:
    """In how many worlds each interval of the chosen list holds what is true, and what is earned."""
    of_profit, of_result = 0, 0
    for seed in seeds:
        shop, rng = world(customers, seed), np.random.default_rng([seed, 9])
        often, much = fits or (MBGNBD().fit(shop.histories), GammaGamma().fit(shop.histories))
        plan = contact_plan(
            often, much, shop.histories, response=lift_response(0.3 + sd * rng.standard_normal(), sd=sd), cost=0.5,
            window=13.0, margin=0.4, budget=budget, draws=100, seed=seed,
        )  # fmt: skip
        listed = plan.table["contacted"].to_numpy()
        of_profit += plan.profit_low <= shop.true_profit(listed, 0.3, 0.5, 0.4) <= plan.profit_high
        of_result += plan.result_low <= shop.earned(listed, 0.3, 0.5, 0.4, rng) <= plan.result_high
    return of_profit, of_result


def test_intervals_hold_the_chosen_lists_profit_in_a_few_worlds() -> None:
    for found in held(range(10), 0.05, 10.0, customers=200, fits=(OFTEN, MUCH)):
        assert band(0.9, 10)[0] <= found


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("sd", [0.0, 0.08])
@pytest.mark.parametrize("budget", [None, 20.0])
def test_intervals_hold_the_chosen_lists_profit(sd: float, budget: float | None) -> None:
    low, high = band(0.9, 100)
    for found in held(range(100), sd, budget):
        assert low <= found <= high
