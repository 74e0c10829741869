"""The level of totals: arithmetic against computations by another way, and coverage where the truth is drawn."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import multivariate_t

from clvlab.errors import InputError
from clvlab.value.level import SHIPPED, LevelPrior, learned, level_of, log_evidence

PRIOR = LevelPrior(repeats=0.08, spread=0.06, freedom=3.5)
ERRORS, OWN = [0.12, -0.03, 0.2], [0.001, 0.004, 0.0005]


def joint(own: list[float], prior: LevelPrior = PRIOR) -> np.ndarray:
    """Shape matrix of errors, next one included, as a multivariate t."""
    return np.diag(prior.spread**2 + np.array(own)) + prior.repeats**2


def test_the_evidence_is_that_of_a_multivariate_t() -> None:
    expected = multivariate_t(shape=joint(OWN), df=PRIOR.freedom).logpdf(ERRORS)
    assert log_evidence(ERRORS, OWN, PRIOR) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_the_prediction_interval_leaves_a_twentieth_on_either_side(count: int) -> None:
    known, own, new = ERRORS[:count], OWN[:count], 0.002
    both = multivariate_t(shape=joint([*own, new]), df=PRIOR.freedom)
    before = multivariate_t(shape=joint(own), df=PRIOR.freedom).logpdf(known) if count else 0.0

    def density(error: float) -> float:
        return float(np.exp(both.logpdf([*known, error]) - before))

    half = 1.6448536269514722 * np.sqrt(new)
    low, high = level_of(known, own, PRIOR).prediction(1000.0, 1000.0 * np.exp(-half), 1000.0 * np.exp(half))
    below = quad(density, -np.inf, np.log(low / 1000.0))[0]
    above = quad(density, np.log(high / 1000.0), np.inf)[0]
    assert below == pytest.approx(0.05, abs=1e-6)
    assert above == pytest.approx(0.05, abs=1e-6)


def test_the_credible_interval_is_narrower_and_closes_on_what_repeats() -> None:
    few, many = (level_of([-0.2] * n, [0.0] * n, PRIOR) for n in (2, 200))
    for level in (few, many):
        assert level.prediction(1.0, 1.0, 1.0)[0] < level.credible(1.0, 1.0, 1.0)[0]
        assert level.prediction(1.0, 1.0, 1.0)[1] > level.credible(1.0, 1.0, 1.0)[1]
    assert -0.2 < few.shift < -0.1
    assert many.shift == pytest.approx(-0.2, abs=0.002)


def test_without_errors_nothing_moves_and_the_prior_widens() -> None:
    level = level_of([], [], SHIPPED)
    low, high = level.prediction(1000.0, 990.0, 1010.0)
    assert level.factor == 1.0
    assert low < 900.0
    assert high > 1100.0


def test_an_end_at_0_stays_there() -> None:
    low, high = level_of(ERRORS, OWN, PRIOR).prediction([3.0, 0.0], [0.0, 0.0], [9.0, 0.0])
    assert low[0] == 0.0
    assert high[0] > 9.0


def test_errors_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(InputError, match="finite and 0 or more"):
        level_of([np.inf], [0.0])
    with pytest.raises(InputError, match="finite and 0 or more"):
        level_of([0.1], [-1.0])


def drawn(rng: np.random.Generator, ends: int, own: float) -> np.ndarray:
    """One more error than there are ends, by the model that the level states."""
    q = PRIOR.freedom / rng.chisquare(PRIOR.freedom)
    repeats = rng.normal(0.0, np.sqrt(q) * PRIOR.repeats)
    return rng.normal(repeats, np.sqrt(q * (PRIOR.spread**2 + own)), ends + 1)


@pytest.mark.parametrize("ends", [0, 1, 4])
def test_nine_in_ten_totals_fall_inside(ends: int) -> None:
    rng, own, inside = np.random.default_rng(ends), 0.002, []
    half = 1.6448536269514722 * np.sqrt(own)
    for _ in range(2000):
        *known, new = drawn(rng, ends, own)
        low, high = level_of(known, [own] * ends, PRIOR).prediction(1.0, np.exp(-half), np.exp(half))
        inside.append(low <= np.exp(new) <= high)
    assert 0.88 < np.mean(inside) < 0.92


def test_the_prior_is_learned_from_many_records() -> None:
    rng = np.random.default_rng(1)
    found = learned([(drawn(rng, 5, 0.001), [0.001] * 6) for _ in range(300)])
    assert found.repeats == pytest.approx(PRIOR.repeats, rel=0.15)
    assert found.spread == pytest.approx(PRIOR.spread, rel=0.15)
    assert found.freedom == pytest.approx(PRIOR.freedom, rel=0.3)
