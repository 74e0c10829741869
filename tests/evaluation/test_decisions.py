"""What acting on forecasts would have earned."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest
from simulated_orders import PERIOD, simulated

import clvlab as clv
from clvlab import baselines
from clvlab.evaluation import decisions, scores, second_thoughts
from clvlab.evaluation.competitors import Forecast, Past
from clvlab.evaluation.leaks import leaks, too_good
from clvlab.evaluation.reached import reached
from clvlab.notes import Note


@dataclass(frozen=True)
class Seer:
    """Looks at orders it must not see: through the data it is given, or around them."""

    orders: Any = None

    def fit(self, past: Past) -> "Seer":
        object.__setattr__(self, "past", past)
        return self

    def forecast(self, horizon: float) -> Forecast:
        del horizon
        from dataclasses import replace

        past = self.past
        source = self.orders or replace(past.orders, _end=10**6)  # what until() hides
        bought = source.purchases()
        held = bought[bought["date"] > past.end].groupby("customer_id").size()
        return Forecast(held.reindex(past.histories.index).fillna(0.0) + 0.01)


@pytest.fixture(scope="module")
def orders() -> Any:
    return clv.read_orders(simulated(600, seed=21), attributes=["country"])


def test_a_planted_leak_is_caught(orders: Any) -> None:
    field = {"honest": clv.BGNBD(), "mean": baselines.CustomerMean(), "seer": Seer()}
    found = leaks(field, orders, **PERIOD)
    assert list(found) == ["seer"]
    told = {"what": "expected_purchases", "end": pd.Timestamp("2020-09-30")}
    assert found["seer"] == Note("evaluation.forecast_changes", **told)


def test_a_leak_around_the_data_is_too_good_to_be_true(orders: Any) -> None:
    field = {"BG/NBD": clv.BGNBD(), "mean": baselines.CustomerMean(), "seer": Seer(orders)}
    found = clv.compare(field, orders, **PERIOD)
    assert too_good(found) == ["seer"]
    assert second_thoughts.remarks(found)[0] == Note("evaluation.too_good_to_be_true", models=["seer"])


def test_nothing_of_the_default_set_leaks() -> None:
    few = clv.read_orders(simulated(150, seed=23), attributes=["country"])
    assert leaks(clv.competitors.default(), few) == {}


def test_targeting_lies_between_chance_and_hindsight(orders: Any) -> None:
    field = {"BG/NBD": clv.BGNBD(), "mean": baselines.CustomerMean()}
    found = clv.compare(field, orders, spend=clv.GammaGamma(), **PERIOD)
    table = decisions.targeting(reached(found), share=0.1)
    assert table.index.names == ["kind", "strategy"]
    assert table.index[0] == ("hindsight", "hindsight")
    assert set(table.loc["rule"].index) == {"recency", "frequency", "past_spend", "rfm"}
    assert set(table.loc["competitor"].index) == set(field)
    chance = table.loc[("random", "random")]
    assert chance["captured"] == pytest.approx(0.1, abs=1e-9)
    rest = table.drop(index=[("random", "random")])
    assert (rest["captured"] > 0.1).all()
    assert (table["low"] <= table["captured"] + 1e-9).all()
    assert (table["captured"] <= table["high"] + 1e-9).all()
    worth = found.split.holdout["value_holdout"]
    top = worth.sort_values(ascending=False).head(round(0.1 * len(worth))).sum()
    assert table["value"].iloc[0] == pytest.approx(top, rel=1e-3)
    assert found.table.loc["BG/NBD", "value_top_10"] == pytest.approx(
        table.loc[("competitor", "BG/NBD"), "captured"], abs=2e-3
    )


def test_profit_of_all_is_nothing_where_contacts_break_even(orders: Any) -> None:
    found = clv.compare({"BG/NBD": clv.BGNBD()}, orders, spend=clv.GammaGamma(), **PERIOD)
    followed = reached(found)
    curves = decisions.profit_curves(followed)
    ends = curves[curves["share"].isin([0.0, 1.0])]
    assert ends["profit"].tolist() == pytest.approx([0.0] * len(ends), abs=1e-6)
    assert (ends[["difference", "low", "high"]] == 0.0).all(axis=None)
    own = curves[curves["strategy"] == "BG/NBD"].set_index("share")
    assert own["profit"].max() > 0
    assert ((own["low"] <= own["difference"]) & (own["difference"] <= own["high"])).all()
    dear = decisions.profit_curves(followed, cost=1e6)
    pd.testing.assert_series_equal(dear["difference"], curves["difference"])  # what a contact costs cancels
    assert dear[dear["strategy"] == "BG/NBD"].set_index("share")["profit"].idxmax() == 0.0
    half = decisions.profit_curves(followed, cost=0.0, gain=0.5)
    assert half[half["share"] == 1.0]["profit"].iloc[0] == pytest.approx(0.5 * found.actual["value"])


def test_without_value_purchases_count() -> None:
    rows = simulated(200, seed=22).drop(columns="amount")
    found = clv.compare({"BG/NBD": clv.BGNBD()}, clv.read_orders(rows), **PERIOD)
    table = decisions.targeting(reached(found))
    assert set(table.loc["rule"].index) == {"recency", "frequency", "rfm"}
    assert table.loc[("competitor", "BG/NBD"), "captured"] > 0.1
    assert found.table.loc["BG/NBD", "top_10"] > 0.1


def test_ranking_scores_against_brute_force() -> None:
    rng = np.random.default_rng(3)
    actual = rng.poisson(1.0, 60).astype(float)
    expected = actual + rng.normal(0.0, 1.0, 60)
    found = scores.ranking_scores(expected, actual, shares=(0.1,))
    order = np.argsort(-expected)
    assert found["top_10"] == pytest.approx(actual[order][:6].sum() / actual.sum())

    def area(by: np.ndarray) -> float:
        return float(np.mean(np.cumsum(actual[np.argsort(-by)]) / actual.sum()))

    chance = (60 + 1) / 120
    assert found["gini"] == pytest.approx((area(expected) - chance) / (area(actual) - chance))
    pairs = [
        (e, f)
        for e, a in zip(expected, actual, strict=True)
        if a
        for f, b in zip(expected, actual, strict=True)
        if not b
    ]
    assert scores.auc(expected, actual > 0) == pytest.approx(np.mean([e > f for e, f in pairs]))
    assert np.isnan(scores.ranking_scores(expected, np.zeros(60))["gini"])
    assert np.isnan(scores.auc(expected, np.ones(60, dtype=bool)))


def test_crps_of_counts_and_of_samples_agree_with_their_definition() -> None:
    from clvlab.models.forecast import crps_of_samples

    known = clv.NBD().at(r=0.7, alpha=5.0, unit="week")
    customers = pd.DataFrame({"frequency": [0.0, 3.0, 12.0], "recency": [0.0, 9.0, 20.0], "T": 20.0})
    customers.attrs["unit"] = "week"
    observed = pd.Series([0.0, 5.0, 2.0])
    found = known.count_scores(customers, 26.0, observed)[2]
    from clvlab.formulas import nbd

    y = np.arange(400.0)
    for i, row in customers.iterrows():
        pmf = nbd.FORWARD.pmf(y, 26.0, **nbd.given_alive(x=row["frequency"], T=row["T"], r=0.7, alpha=5.0))
        exact = ((np.cumsum(pmf) - (y >= observed[i])) ** 2).sum()
        assert found[i] == pytest.approx(exact, rel=1e-3)
    rng = np.random.default_rng(1)
    drawn = rng.gamma(2.0, 1.0, (4000, 1))
    pairs = np.abs(drawn[:2000] - drawn[2000:]).mean()
    assert crps_of_samples(drawn, np.array([1.5]))[0] == pytest.approx(np.abs(drawn - 1.5).mean() - pairs / 2, abs=0.03)


def test_reliability_of_true_chances_is_on_the_line() -> None:
    rng = np.random.default_rng(4)
    chance = rng.beta(0.5, 1.5, 40_000)
    table = scores.reliability(chance, rng.random(40_000) < chance)
    assert table["customers"].sum() == 40_000
    assert (table["predicted"] - table["observed"]).abs().max() < 0.02
    assert ((table["low"] < table["predicted"]) & (table["predicted"] < table["high"])).mean() >= 0.7
    assert scores.calibration_error(chance, rng.random(40_000) < 0.5) > 0.2
