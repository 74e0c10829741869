"""Whether a change is more than noise."""

import numpy as np
import pytest
from interval_coverage import false_alarms
from scipy import stats

from clvlab.customers.intervals import change, difference, false_discovery
from clvlab.errors import InputError
from clvlab.inference.proportions import wilson


def test_newcombes_example() -> None:
    """Newcombe (1998), table II, method 10: 56/70 less 48/80."""
    found = difference(*wilson(56, 70, level=0.95), *wilson(48, 80, level=0.95))
    assert [float(each) for each in found[:3]] == pytest.approx([0.2, 0.0524, 0.3339], abs=5e-5)


def test_the_p_value_agrees_with_the_interval() -> None:
    now, then = np.meshgrid(np.arange(41), np.arange(31))
    found = change(now, 40, then, 30)
    outside = (found.low > 0) | (found.high < 0)
    assert outside.any()
    assert (outside == (found.p_value < 0.05)).all()
    assert (found.low <= found.value).all()
    assert (found.value <= found.high).all()
    other = change(now, 40, then, 30, level=0.8)
    assert (((other.low > 0) | (other.high < 0)) == (other.p_value < 0.2)).all()


def test_changes_at_their_edges() -> None:
    found = change([0, 5, 5, 1], [0, 5, 5, 1], [1, 0, 5, 0], [2, 5, 5, 0])
    assert np.isnan([found.p_value[0], found.p_value[3]]).all()
    assert found.value[1] == 1.0
    assert found.high[1] == 1.0
    assert 0 < found.low[1] < 1
    assert found.p_value[2] == 1.0
    assert found.low[2] < 0 < found.high[2]


@pytest.mark.parametrize(("n", "before"), [(30, 30), (30, 1000), (100, 100), (300, 300), (1000, 1000)])
def test_false_alarms(n: int, before: int) -> None:
    alarms = false_alarms(n, before, np.arange(0.02, 0.985, 0.02))
    assert 0.04 <= alarms.mean() <= 0.051
    assert alarms.max() <= 0.06


def test_false_discovery_by_hand() -> None:
    """Of m = 5 the k-th smallest is held against k/m times the rate: .02, .04, .06, .08, .10."""
    p = [0.50, 0.035, np.nan, 0.055, 0.081, 0.001]
    assert false_discovery(p).tolist() == [False, True, False, True, False, True]
    assert false_discovery(p, rate=0.03).tolist() == [False, False, False, False, False, True]
    assert false_discovery([np.nan]).tolist() == [False]
    assert false_discovery([]).tolist() == []
    with pytest.raises(InputError, match="between 0 and 1"):
        false_discovery([1.2])
    with pytest.raises(InputError, match="rate="):
        false_discovery([0.2], rate=10)


def test_of_segments_reported_few_are_noise() -> None:
    """Of 50 segments 10 changed from 30 to 45 %: the mean share of noise among those reported."""
    rng = np.random.default_rng(5)
    shares = np.where(np.arange(50) < 10, 0.45, 0.30)
    found = change(rng.binomial(200, shares, size=(400, 50)), 200, rng.binomial(200, 0.30, size=(400, 50)), 200)
    reported = np.array([false_discovery(p) for p in found.p_value])
    wrong = reported[:, 10:].sum(axis=1) / np.maximum(reported.sum(axis=1), 1)
    # 0.10 x 40/50 is what the method promises; 99 % of means of 400 such worlds lie below
    assert wrong.mean() <= 0.08 + 2.33 * wrong.std() / 20
    assert reported[:, :10].mean() > 0.5
    alone = found.p_value < 0.05
    assert (alone[:, 10:].sum(axis=1) / np.maximum(alone.sum(axis=1), 1)).mean() > wrong.mean()


def test_of_segments_that_did_not_change_seldom_any_is_reported() -> None:
    rng = np.random.default_rng(6)
    found = change(rng.binomial(300, 0.2, size=(1000, 30)), 300, rng.binomial(300, 0.2, size=(1000, 30)), 300)
    worlds = sum(false_discovery(p).any() for p in found.p_value)
    assert worlds <= stats.binom.ppf(0.99, 1000, 0.10)
