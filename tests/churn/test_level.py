"""How far chances of a group are off: shifts that mend them, what is learned from few, and intervals that hold."""

import numpy as np
import pytest
from scipy import special

from clvlab.churn.level import level_error, log_odds, shift_of

CHANCES = np.linspace(0.05, 0.95, 200)


def test_a_shift_mends_the_level() -> None:
    rng = np.random.default_rng(1)
    happened = rng.random(200) < special.expit(log_odds(CHANCES) + 0.8)
    shift = shift_of(CHANCES, happened)
    mended = special.expit(log_odds(CHANCES) + shift)
    assert mended.sum() == pytest.approx(happened.sum(), abs=0.6)  # half a customer on either side
    assert shift == pytest.approx(0.8, abs=0.4)
    assert np.isfinite([shift_of(CHANCES, np.ones(200)), shift_of(CHANCES, np.zeros(200))]).all()
    assert np.isfinite(shift_of([0.0, 1.0], [True, False]))


def test_the_prior_and_what_moves_it() -> None:
    none = level_error([])
    assert (none.ends, none.shift, none.degrees) == (0, 0.0, 3.0)
    assert none.scale == pytest.approx(np.sqrt(2.0) / 3.0)
    steady = level_error([0.4, 0.4, 0.4])
    # by hand: mean 3 * .4 / 4; squares 3 / 9 + 0 + 3 / 4 * .16
    assert steady.shift == pytest.approx(0.3)
    assert steady.scale == pytest.approx(np.sqrt(1.25 * (1.0 / 3.0 + 0.12) / 6.0))
    assert level_error([0.4] * 50).shift == pytest.approx(0.4, abs=0.01)
    assert level_error([0.4] * 50).scale < steady.scale < none.scale
    assert level_error([-1.0, 1.0, 0.9]).scale > steady.scale


def test_counts_and_chances_agree() -> None:
    level = level_error([0.3, 0.1])
    expected, low, high = level.count(CHANCES)
    shifted = level.shifted(CHANCES)
    assert expected == pytest.approx(shifted.sum())
    assert (np.diff(shifted) > 0).all()
    assert 0 < low < expected < high < len(CHANCES)
    assert level.count([]) == (0.0, 0.0, 0.0)
    bottom, top = level.interval(CHANCES - 0.02, CHANCES + 0.02)
    assert (bottom < shifted).all()
    assert (shifted < top).all()


@pytest.mark.parametrize("spread", [0.1, 1.0 / 3.0])
def test_intervals_hold_where_levels_err(spread: float) -> None:
    """Of shops whose level errs with one mean and spread, at least nine in ten see what their interval says."""
    rng = np.random.default_rng(2)
    inside = 0
    for _ in range(300):
        shifts = rng.normal(rng.normal(0.0, spread), spread, 4)
        truth = [special.expit(log_odds(CHANCES) + each) for each in shifts]
        came = [rng.random(200) < each for each in truth]
        learned = level_error([shift_of(CHANCES, each) for each in came[:3]])
        _, low, high = learned.count(CHANCES)
        inside += low <= came[3].sum() <= high
    assert inside / 300 >= 0.87
    if spread > 0.3:  # where the prior is right they are no wider than they say
        assert inside / 300 <= 0.96
