"""Both views of leaving at earlier ends: nothing later is used, what came is counted, the closer one is named."""

import numpy as np
import pandas as pd
import pytest

from clvlab import churn
from clvlab.churn.believe import believe, clustered_mean
from clvlab.churn.calls import stayed_away
from clvlab.data import datasets
from clvlab.data.orders import read_orders
from clvlab.models import MBGNBD


@pytest.fixture(scope="module")
def tested() -> churn.Backtest:
    return churn.backtest(datasets.cdnow(), seed=1)


def test_of_those_warned_as_many_did_not_return_as_was_stated(tested: churn.Backtest) -> None:
    assert tested.groups["inside"].all()
    last = tested.last
    assert last.loc["warned", "end"] == pd.Timestamp("1998-03-31")
    # Also where nothing was to be learned yet, or little.
    assert tested.groups.loc[tested.groups["group"] == "warned", "ends"].tolist() == [0, 1, 2]


def test_what_came_is_counted_from_the_records(tested: churn.Backtest) -> None:
    orders, row = datasets.cdnow(), tested.last.loc["left"]
    silent = churn.spells_from_orders(orders, as_of=row["end"]).table.groupby(level=0)["event"].last()
    bought = orders.purchases().query("date > @row.end")["customer_id"]  # the records end with the horizon
    on_the_day = orders.purchases().query("date == @row.end")["customer_id"]
    left = silent.index[silent].difference(pd.Index(on_the_day))
    assert row["customers"] == len(left)
    assert row["lost"] == (~left.isin(pd.Index(bought))).sum()
    assert tested.groups.groupby("end")["customers"].sum().eq(2357).all()


def test_nothing_later_is_used() -> None:
    asked = {"unit": "day", "horizon": 91.0, "seed": 1}
    whole = churn.backtest(datasets.cdnow(), **asked)
    rows = datasets.cdnow().purchases("1998-03-31")
    early = churn.backtest(read_orders(rows), as_of="1998-03-31", **asked)
    assert early.groups["end"].nunique() == whole.groups["end"].nunique() - 1
    shared = whole.groups[whole.groups["end"] < "1998-03-31"].reset_index(drop=True)
    pd.testing.assert_frame_equal(early.groups, shared)
    then = whole.last.loc["warned"]
    assert early.levels["warned"].ends == then["ends"]


def test_the_closer_view_is_named(tested: churn.Backtest) -> None:
    found = tested.belief
    assert found is not None
    assert (found.closer, found.ends, found.customers) == ("model", 2, 2357)
    brier = found.scores["brier"]
    assert found.difference == pytest.approx(brier["purchase_model"] - brier["inactivity_rule_with_shares"])
    assert brier["inactivity_rule_with_shares"] < brier["inactivity_rule"]  # shares are the rule at its best
    assert found.scores["log_loss"].isna().tolist() == [True, False, False]


def world(chance: float, n: int = 4000) -> list[pd.DataFrame]:
    """Two ends at which of those who count as left nine in ten are lost, of the others two in ten."""
    rng = np.random.default_rng(3)
    left = rng.random(n) < 0.5
    truth = np.where(left, 0.9, 0.2)
    frames = []
    for _ in range(2):
        lost = rng.random(n) < truth
        frame = pd.DataFrame({"group": np.where(left, "left", "here"), "chance": np.abs(truth - chance), "lost": lost})
        frames.append(frame.set_axis([f"c{i}" for i in range(n)]))
    return frames


@pytest.mark.parametrize(("off", "closer"), [(0.0, "neither"), (0.3, "rule")])
def test_a_model_that_is_off_is_not_believed(off: float, closer: str) -> None:
    found = believe(world(off))
    assert found is not None
    assert found.closer == closer
    assert found.against == "inactivity_rule_with_shares"


def test_one_end_is_judged_by_the_calls_themselves() -> None:
    found = believe(world(0.0)[:1])
    assert found is not None
    assert (found.against, found.closer, found.ends) == ("inactivity_rule", "model", 1)
    assert believe([]) is None


def test_ends_of_one_customer_belong_together() -> None:
    rng = np.random.default_rng(4)
    once = rng.normal(size=200)
    customers = pd.Index([f"c{i}" for i in range(200)])
    mean, error = clustered_mean(once, customers)
    assert error == pytest.approx(once.std(ddof=1) / np.sqrt(200))
    twice = clustered_mean(np.tile(once, 3), customers.append([customers] * 2))
    assert twice == pytest.approx((mean, error))


def test_calls_by_hand() -> None:
    day = pd.to_datetime(["2024-01-01", "2024-02-01", "2024-06-01", "2024-01-10", "2024-01-20", "2024-06-30"])
    rows = pd.DataFrame({"customer": ["Ann", "Ann", "Ann", "Bob", "Bob", "Bob"], "date": day, "amount": 1.0})
    some = datasets.cdnow().purchases().assign(date=lambda of: of["date"] + pd.Timedelta(days=2555))
    rows = pd.concat([rows, some[some["date"] <= "2004-12-31"].rename(columns={"customer_id": "customer"})])
    orders = read_orders(rows)
    found = churn.calls(orders, gap=4.0, as_of="2024-06-30").table["group"]
    assert found["Ann"] != "left"
    assert found["Bob"] != "left"  # after five months away Bob came back on the last day
    assert churn.calls(orders, gap=4.0, as_of="2024-06-29").table.loc["Bob", "group"] == "left"
    away = stayed_away(orders, pd.Index(["Ann", "Bob"]), "2024-06-01", 1.0, "month")
    assert away.to_dict() == {"Ann": True, "Bob": False}  # the day itself is known


def test_records_too_short_for_any_end() -> None:
    orders = datasets.cdnow().until("1997-07-31")
    found = churn.backtest(orders)
    assert found.belief is None
    assert found.groups.empty
    assert found.last.empty
    assert {level.ends for level in found.levels.values()} == {0}
    known = churn.calls(orders)
    fit = MBGNBD().fit(known.histories, method="laplace", seed=0)
    assert churn.backtest(datasets.cdnow(), gap=fit).groups.empty  # it was fitted to what came later
