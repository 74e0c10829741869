"""Simulated shops, some of which drift, have seasons or are shaken each quarter: do totals come true?"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from clvlab.value.level import SHIPPED


@pytest.fixture
def totals(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The benchmark, which lies beside the package."""
    monkeypatch.syspath_prepend(str(Path(__file__).resolve().parents[2] / "benchmarks"))
    import totals

    yield totals
    for name in ("totals", "shops"):
        sys.modules.pop(name, None)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_nine_in_ten_totals_of_a_hundred_shops_fall_inside(totals: Any) -> None:
    cases = totals.simulated(100)
    assert len(cases) == 100
    raw, told = (np.array([each.told(prior) for each in cases]) for prior in (None, SHIPPED))
    inside = (told[:, 1] <= 0) & (told[:, 2] >= 0)
    assert 0.84 <= inside.mean() <= 0.96
    scores = [totals.interval_score(each[:, 1], each[:, 2]).mean() for each in (raw, told)]
    assert scores[1] < scores[0]
    assert np.median(np.abs(told[:, 0])) <= np.median(np.abs(raw[:, 0])) + 0.02


def test_a_shop_is_forecast_from_what_was_known(totals: Any) -> None:
    orders, end = totals.world("drifting", 24)
    (case,) = totals.cases("drifting", orders, [end])
    (same,) = totals.cases("drifting", orders.until(orders.last_date), [end])
    assert case == same
    assert 1 <= len(case.errors) <= 4
    assert case.told(None)[0] == case.error
    low, high = case.told(SHIPPED)[1:]
    assert high - low > case.told(None)[2] - case.told(None)[1]


def test_the_interval_score_is_width_and_what_is_missed(totals: Any) -> None:
    found = totals.interval_score(np.array([-1.0, 0.5, -2.0]), np.array([1.0, 1.0, -0.25]))
    np.testing.assert_allclose(found, [2.0, 0.5 + 20 * 0.5, 1.75 + 20 * 0.25])
