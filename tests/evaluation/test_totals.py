"""The best forecast's total: at the level of its earlier ones, and of nothing later."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from simulated_orders import simulated

import clvlab as clv
from clvlab.evaluation.competitors import baselines
from clvlab.evaluation.totals import earlier_totals, levelled_total

CALIBRATION, HOLDOUT = "2020-12-30", "2021-03-31"


@pytest.fixture(scope="module")
def orders() -> Any:
    return clv.read_orders(simulated(250, 6))


@pytest.fixture(scope="module")
def parts(orders: Any) -> Any:
    return clv.split(orders, calibration_end=CALIBRATION, holdout_end=HOLDOUT)


def test_earlier_totals_end_before_the_calibration_does(orders: Any, parts: Any) -> None:
    found = earlier_totals(clv.MBGNBD(), orders, parts)
    assert found.index.tolist() == [pd.Timestamp("2020-04-01"), pd.Timestamp("2020-07-01"), pd.Timestamp("2020-09-30")]
    assert (found["until"] <= parts.calibration_end).all()
    same = earlier_totals(clv.MBGNBD(), orders.until(parts.calibration_end), parts)
    pd.testing.assert_frame_equal(found, same)
    last = clv.split(orders, calibration_end="2020-09-30", holdout_end=CALIBRATION)
    expected = clv.MBGNBD().fit(last.calibration).predict(last.calibration, 13.0)["expected_purchases"].sum()
    came = last.holdout["frequency_holdout"].sum()
    assert found["log_error"].iloc[-1] == pytest.approx(np.log(came / expected))


def test_what_gives_no_interval_has_no_level(orders: Any, parts: Any) -> None:
    assert earlier_totals(baselines.LastPeriod(), orders, parts).empty


def test_a_total_moves_with_its_earlier_errors() -> None:
    earlier = pd.DataFrame({"log_error": [0.2, 0.2, 0.2], "own_variance": [0.0, 0.0, 0.0]})
    none = levelled_total(1000.0, (950.0, 1050.0), earlier.head(0))
    three = levelled_total(1000.0, (950.0, 1050.0), earlier)
    assert none.expected == 1000.0 < three.expected < 1000.0 * np.exp(0.2)
    assert none.low < 950.0 < 1050.0 < none.high
    assert three.low / three.expected < 0.95
