"""A competitor is known by its key, whatever text that is; what comes from outside joins by registering."""

from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest
from simulated_orders import PERIOD, simulated

import clvlab as clv
from clvlab import baselines
from clvlab.evaluation import breakdowns, decisions, second_thoughts
from clvlab.evaluation.alike import alike, contrasted
from clvlab.evaluation.competitors import Forecast, Past, forget_competitor, register_competitor, steadily, way_of
from clvlab.evaluation.reached import reached

NASTY = ["actual", "recency", "random", "hindsight", "by recency", "rfm", "forecast", "competitor", "mae", "{best}"]


@pytest.fixture(scope="module")
def orders() -> Any:
    return clv.read_orders(simulated(300, seed=41), attributes=["country"])


def test_no_key_collides_with_anything(orders: Any) -> None:
    plain = [f"mean {i}" for i in range(len(NASTY))]
    one, two = (
        clv.compare(dict.fromkeys(keys, baselines.CustomerMean()) | {"last": baselines.LastPeriod()}, orders, **PERIOD)
        for keys in (NASTY, plain)
    )
    renamed = dict(zip(plain, NASTY, strict=True))
    for frame in ("tracking", "by_frequency", "by_origin"):
        pd.testing.assert_frame_equal(
            getattr(one, frame),
            getattr(two, frame).assign(competitor=lambda table: table["competitor"].replace(renamed)),
        )
    actual = one.tracking[one.tracking["series"] == "actual"]
    assert actual.loc[actual["phase"] == "holdout", "expected"].sum() == one.actual["purchases"]
    assert set(one.tracking.loc[one.tracking["series"] == "forecast", "competitor"]) == {*NASTY, "last"}
    followed = reached(one)
    table = decisions.targeting(followed)
    assert table.index.is_unique
    assert len(table) == len(NASTY) + 1 + 6
    assert table.loc[("competitor", "random"), "captured"] > table.loc[("random", "random"), "captured"]
    curves = decisions.lift_curves(reached(two)).rename(columns=renamed)
    pd.testing.assert_frame_equal(decisions.lift_curves(followed), curves)
    assert set(one.by_segment("country")["competitor"]) == {*NASTY, "last"}
    assert set(breakdowns.by_recency(one)["competitor"]) == {*NASTY, "last"}
    assert set(one.differences.index) == set(one.intervals().index) == {*NASTY, "last"}
    second_thoughts.remarks(one)
    assert {key for group in alike(one).items() for key in (group[0], *group[1])} == {*NASTY, "last"}
    assert contrasted(one)


def test_ways_are_told_from_their_keys() -> None:
    assert [way_of(key) for key in clv.competitors.three_ways(clv.MBGNBD, "country")] == [
        ("MBG/NBD", "together"), ("MBG/NBD", "apart"), ("MBG/NBD", "pooled"),
    ]  # fmt: skip
    assert way_of("MBG/NBD") is way_of(":apart") is way_of("a:b") is None


def test_ids_of_the_default_set_are_no_language() -> None:
    ours = [key for key in clv.competitors.default() if "NBD" not in key]
    assert ours == [
        "stacking", "gradient_boosting", "rfm_cells", "retention_formula", "historic_value",
        "last_period", "customer_mean", "cohort_mean",
    ]  # fmt: skip


class Always:
    """One purchase a customer, written against ``clv.competitors`` alone."""

    def fit(self, past: Past) -> "Always":
        self.index = past.histories.index
        self.orders = past.orders
        return self

    def forecast(self, horizon: float) -> Forecast:
        expected = pd.Series(1.0, index=self.index)
        return Forecast(expected, by_period=steadily(float(expected.sum()), horizon))


@pytest.fixture
def registered() -> Iterator[None]:
    register_competitor("always", lambda _: Always(), naive=True)
    yield
    forget_competitor("always")


@pytest.mark.usefixtures("registered")
def test_a_registered_competitor_joins_the_default_set(orders: Any) -> None:
    field = clv.competitors.default()
    assert list(field)[-1] == "always"
    found = clv.compare({"BG/NBD": clv.BGNBD(), "always": field["always"]}, orders, **PERIOD)
    assert found.table.loc["always", "total"] == found.actual["customers"]
    assert found.verdict.baseline == "always"
    with pytest.raises(clv.InputError, match="no other competitor"):
        register_competitor("always", lambda _: Always())
    with pytest.raises(clv.InputError, match="no other competitor"):
        register_competitor("BG/NBD", lambda _: Always())


def test_what_was_registered_can_be_taken_away() -> None:
    register_competitor("for a while", lambda _: clv.NBD())
    assert clv.competitors.default()["for a while"] == clv.NBD()
    forget_competitor("for a while")
    assert "for a while" not in clv.competitors.default()
