"""The regularity of two gaps."""

import numpy as np
import pytest

from clvlab.errors import InputError
from clvlab.formulas import wheat_morrison


@pytest.mark.parametrize("k", [0.5, 1.0, 2.0, 4.0])
def test_finds_the_shape_whatever_the_rates(k: float) -> None:
    rng = np.random.default_rng(1)
    n, gaps = 20_000, 3
    drawn = rng.gamma(k, size=(n, gaps)) / rng.gamma(0.7, size=(n, 1))
    assert wheat_morrison.regularity(drawn.ravel(), np.repeat(np.arange(n), gaps)) == pytest.approx(k, rel=0.05)


def test_takes_the_last_two_gaps_of_each_customer_who_has_them() -> None:
    gaps, customer = np.array([9.0, 1.0, 3.0, 5.0, 2.0, 2.0]), np.array([0, 0, 0, 1, 2, 2])
    np.testing.assert_allclose(wheat_morrison.last_shares(gaps, customer), [0.75, 0.5])
    assert wheat_morrison.last_shares(np.empty(0), np.empty(0)).size == 0


def test_few_or_equal_customers() -> None:
    with pytest.raises(InputError, match=r"at least 3 customers with two gaps .* found 2"):
        wheat_morrison.regularity(np.ones(4), np.array([0, 0, 1, 1]))
    assert wheat_morrison.regularity(np.ones(6), np.repeat([0, 1, 2], 2)) == np.inf
    with pytest.raises(InputError, match="must be positive"):
        wheat_morrison.regularity(np.array([1.0, 0.0]), np.array([0, 0]))
    with pytest.raises(InputError, match="one length"):
        wheat_morrison.regularity(np.ones(3), np.array([0, 0]))
