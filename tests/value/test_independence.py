"""The traffic light of spend and frequency."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import clvlab as clv
from clvlab.formulas import gamma_gamma

MUCH = {"p": 6.0, "q": 4.0, "v": 15.0}


def customers(n: int, seed: int, growth: float) -> pd.DataFrame:
    """Mean spend, times frequency to the power of ``growth``."""
    rng = np.random.default_rng(seed)
    x = rng.geometric(0.3, n)
    customer, spend = gamma_gamma.simulate(rng, x, **MUCH)
    means = np.bincount(customer, weights=spend) / x
    return pd.DataFrame({"frequency": x.astype(float), "monetary_value": means * x**growth})


def light(histories: pd.DataFrame) -> Any:
    return clv.independence(clv.GammaGamma().fit(histories), histories, seed=1)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_independent_spend_is_green(seed: int) -> None:
    found = light(customers(3000, seed, growth=0.0))
    assert found.light == "green"
    assert abs(found.excess) < 0.06
    assert found.low < found.expected < found.high


@pytest.mark.parametrize("growth", [0.5, -0.5])
def test_spend_that_follows_frequency_is_red(growth: float) -> None:
    found = light(customers(3000, 4, growth))
    assert found.light == "red"
    assert np.sign(found.excess) == np.sign(growth)


def test_cdnow_leans_a_little() -> None:
    histories = clv.histories(clv.datasets.cdnow(), end="1997-09-30")
    found = light(histories)
    assert found.light in ("green", "amber")
    bands = found.by_frequency
    assert bands["customers"].sum() == 946
    usable = histories[histories["frequency"] > 0]
    assert bands["mean_spend"].iloc[0] == pytest.approx(usable.query("frequency == 1")["monetary_value"].mean())
    assert (bands["low"] < bands["high"]).all()


def test_bands_say_which_frequencies_they_hold() -> None:
    histories = pd.DataFrame({"frequency": [1, 2, 4, 4, 6, 20.0], "monetary_value": [10.0, 12, 9, 14, 11, 13]})
    found = clv.independence(clv.GammaGamma().at(**MUCH), histories)
    assert found.by_frequency["customers"].to_dict() == {"1": 1, "2": 1, "3-4": 2, "5-7": 1, "13-20": 1}
    assert found.by_frequency["mean_spend"].to_dict()["3-4"] == pytest.approx(11.5)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_too_few_to_say(n: int) -> None:
    histories = pd.DataFrame({"frequency": [1.0, 3.0, 0.0], "monetary_value": [10.0, 12.0, np.nan]}).head(n)
    if n == 0:
        histories = pd.DataFrame({"frequency": [0.0], "monetary_value": [np.nan]})
    found = clv.independence(clv.GammaGamma().at(**MUCH), histories)
    assert found.light == "amber"
    assert np.isnan(found.excess)


def test_all_alike_in_frequency() -> None:
    histories = pd.DataFrame({"frequency": [2.0] * 5, "monetary_value": [10.0, 12.0, 9.0, 8.0, 20.0]})
    assert clv.independence(clv.GammaGamma().at(**MUCH), histories).light == "amber"
