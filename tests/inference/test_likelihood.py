"""Grouped likelihoods are sums over customers."""

import numpy as np
import pytest

import clvlab as clv
from clvlab.formulas import bg_nbd
from clvlab.inference.likelihood import Likelihood
from clvlab.models.columns import columns_of

LOGS = np.log([0.243, 4.414, 0.793, 2.426])


@pytest.fixture(scope="module")
def columns() -> dict[str, np.ndarray]:
    return columns_of(clv.histories(clv.datasets.cdnow(), end="1997-09-30"), bg_nbd.HISTORY)


def test_value_is_the_sum_over_customers(columns: dict[str, np.ndarray]) -> None:
    likelihood = Likelihood(bg_nbd, columns)
    plain = bg_nbd.log_likelihood(**columns, **dict(zip(bg_nbd.PARAMETERS, np.exp(LOGS), strict=True)))
    assert likelihood.n_customers == 2357
    assert likelihood.value(LOGS) == pytest.approx(plain.sum(), rel=1e-13)
    assert likelihood.derivatives(LOGS)[0] == pytest.approx(plain.sum(), rel=1e-13)


def test_derivatives_are_those_of_the_value(columns: dict[str, np.ndarray]) -> None:
    likelihood = Likelihood(bg_nbd, columns)
    _, gradient, hessian = likelihood.derivatives(LOGS)
    h = 1e-5
    steps = h * np.eye(4)
    slopes = [(likelihood.value(LOGS + s) - likelihood.value(LOGS - s)) / (2 * h) for s in steps]
    curves = [(likelihood.derivatives(LOGS + s)[1] - likelihood.derivatives(LOGS - s)[1]) / (2 * h) for s in steps]
    np.testing.assert_allclose(gradient, slopes, rtol=1e-6, atol=1e-4)
    np.testing.assert_allclose(hessian, curves, rtol=1e-6, atol=1e-4)
    np.testing.assert_array_equal(hessian, hessian.T)


def test_the_order_of_customers_does_not_matter(columns: dict[str, np.ndarray]) -> None:
    order = np.random.default_rng(1).permutation(2357)
    shuffled = {name: values[order] for name, values in columns.items()}
    assert Likelihood(bg_nbd, shuffled).value(LOGS) == pytest.approx(Likelihood(bg_nbd, columns).value(LOGS), rel=1e-14)


def test_a_base_repeated_is_as_many_times_as_likely(columns: dict[str, np.ndarray]) -> None:
    thrice = {name: np.tile(values, 3) for name, values in columns.items()}
    once = Likelihood(bg_nbd, columns)
    assert len(Likelihood(bg_nbd, thrice).groups) == len(once.groups)
    assert Likelihood(bg_nbd, thrice).value(LOGS) == pytest.approx(3.0 * once.value(LOGS), rel=1e-13)
