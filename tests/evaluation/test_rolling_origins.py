"""Several calibration ends: the same scores over all of them, and each apart."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from simulated_orders import simulated

import clvlab as clv
from clvlab import baselines
from clvlab.evaluation import breakdowns, second_thoughts
from clvlab.evaluation.competitors import Forecast, Past

FIELD = {"BG/NBD": clv.BGNBD(), "cohort mean": baselines.CohortMean()}
ORIGINS = ["2020-08-31", "2020-10-31", "2020-12-31"]


@pytest.fixture(scope="module")
def orders() -> Any:
    return clv.read_orders(simulated(800, seed=1), attributes=["country"])


@pytest.fixture(scope="module")
def found(orders: Any) -> Any:
    return clv.compare(FIELD, orders, spend=clv.GammaGamma(), origins=ORIGINS, horizon=13)


def test_scores_are_over_all_rows(found: Any, orders: Any) -> None:
    single = [clv.compare(FIELD, orders, spend=clv.GammaGamma(), calibration_end=day, horizon=13.0) for day in ORIGINS]
    assert found.actual["purchases"] == sum(each.actual["purchases"] for each in single)
    sizes = np.array([each.actual["customers"] for each in single])
    for label in FIELD:
        each = np.array([one.table.loc[label, "mae"] for one in single])
        assert found.table.loc[label, "mae"] == pytest.approx(np.average(each, weights=sizes), rel=1e-12)
        assert found.by_origin[found.by_origin["competitor"] == label]["mae"].to_numpy() == pytest.approx(
            each, rel=1e-12
        )
    assert found.split.calibration_end == pd.Timestamp(ORIGINS[-1])
    assert len(found.known) == sizes.sum()


def test_customers_are_drawn_with_all_their_rows(found: Any) -> None:
    """Rows of one customer go together, so intervals are wider than if each row stood for itself."""
    assert found.clusters.max() + 1 == found.known.index.nunique()
    whole = found.differences.loc["cohort mean"]
    loss = found.losses("deviance")
    from clvlab.evaluation.scores import paired_difference

    apart = paired_difference(loss["cohort mean"], loss["BG/NBD"], seed=0)
    assert apart[0] == pytest.approx(whole["difference"])
    assert whole["high"] - whole["low"] > 1.1 * (apart[2] - apart[1])


def test_a_number_of_origins_is_spread_evenly(orders: Any) -> None:
    found = clv.compare({"mean": baselines.CustomerMean()}, orders, origins=3, horizon=8)
    ends = [each.split.calibration_end for each in found.runs]
    assert ends[-1] + pd.Timedelta(weeks=8) <= orders.last_date
    assert (ends[1] - ends[0]).days == pytest.approx((ends[2] - ends[1]).days, abs=1)


def test_each_origin_is_a_criterion(found: Any) -> None:
    others = second_thoughts.other_scores(found)
    ends = others.loc[others["criterion"] == "deviance", "origin"]
    assert ends.tolist() == [pd.Timestamp(day) for day in ORIGINS]
    assert others.loc[others["criterion"] != "deviance", "origin"].isna().all()
    (told,) = [note for note in second_thoughts.remarks(found) if note.code == "evaluation.best_at_origins"]
    firsts = found.by_origin.loc[found.by_origin.groupby("origin")["deviance"].idxmin(), "competitor"]
    assert told.values["times"] == (firsts == found.verdict.best).sum()
    assert told.values["all"] == 3
    assert told.values["last"] == pd.Timestamp(ORIGINS[-1])


class FailsLate:
    """Cannot be fitted to customers of 2020's last quarter."""

    def fit(self, past: Past) -> "FailsLate":
        if past.end > pd.Timestamp("2020-12-01"):
            raise RuntimeError("no luck")
        self.index = past.histories.index
        return self

    def forecast(self, horizon: float) -> Forecast:
        return Forecast(pd.Series(horizon / 50.0, index=self.index))


def test_one_failure_is_dated_and_the_other_ends_are_kept(orders: Any) -> None:
    found = clv.compare({"odd": FailsLate(), **FIELD}, orders, origins=ORIGINS, horizon=13)
    assert found.table.loc["odd", "failed"] == "2020-12-31: RuntimeError: no luck"
    assert np.isnan(found.table.loc["odd", "mae"])
    assert (found.by_origin["competitor"] == "odd").sum() == 2
    assert found.verdict.best in FIELD


def test_segments_are_all_there(orders: Any) -> None:
    found = clv.compare(FIELD, orders, origins=ORIGINS, horizon=13)
    table = found.by_segment("country")
    assert set(table["segment"]) == {"UK", "法国"}
    assert table.groupby("competitor")["customers"].sum().tolist() == [len(found.known)] * 2
    assert table.groupby("competitor")["actual"].sum().tolist() == [found.actual["purchases"]] * 2
    best = table[table["competitor"] == found.verdict.best]
    assert (best[["difference", "low", "high"]] == 0.0).all(axis=None)
    with pytest.raises(clv.InputError, match="no attribute plan"):
        found.by_segment("plan")


def test_by_recency_adds_up(found: Any) -> None:
    for _, table in breakdowns.by_recency(found).groupby("competitor"):
        assert table["customers"].sum() == len(found.known)
        assert (table["customers"] * table["actual"]).sum() == pytest.approx(found.actual["purchases"])


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"origins": 3}, "need horizon="),
        ({"origins": 3, "horizon": 500}, "do not fit between"),
        ({"origins": [], "horizon": 5}, "one at least"),
        ({"origins": ["2020-09-01"] * 2, "horizon": 5}, "different days"),
        ({"origins": 2, "horizon": 5, "calibration_end": "2020-09-01"}, "leave calibration_end= and holdout_end= out"),
        ({"horizon": 5}, "goes with origins="),
        ({"origins": ["2021-06-01"], "horizon": 50}, "must cover the holdout"),
    ],
)
def test_what_cannot_be_is_refused(orders: Any, asked: dict[str, Any], message: str) -> None:
    with pytest.raises(clv.InputError, match=message):
        clv.compare(FIELD, orders, **asked)


def test_a_horizon_of_one_day(orders: Any) -> None:
    found = clv.compare(
        {**FIELD, "gradient boosting": clv.competitors.GradientBoosting()}, orders, unit="day",
        calibration_end="2020-09-30", holdout_end="2020-10-01",
    )  # fmt: skip
    assert found.split.duration == 1.0
    assert (found.table.loc[list(FIELD), "failed"] == "").all()
    assert found.table.loc["gradient boosting", "mae"] > 0 or found.table.loc["gradient boosting", "failed"]
