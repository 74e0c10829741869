"""Priors say what they mean."""

import numpy as np
import pytest
from scipy import integrate

from clvlab.inference.priors import LogNormal


def test_density_is_one_in_all_and_half_below_the_median() -> None:
    prior = LogNormal(median=10.0, spread=1.5)
    assert integrate.quad(prior.density, 0.0, 10.0, limit=200)[0] == pytest.approx(0.5, abs=1e-6)
    low, high = prior.interval(0.9)
    assert integrate.quad(prior.density, low, high, limit=200)[0] == pytest.approx(0.9, abs=1e-6)


def test_scaling_is_that_of_the_parameter() -> None:
    prior = LogNormal(median=2.0, spread=0.5)
    assert prior.scaled(7.0).interval(0.9) == pytest.approx([7.0 * end for end in prior.interval(0.9)])
    assert prior.scaled(7.0).density(21.0) * 7.0 == pytest.approx(float(prior.density(3.0)))


def test_pymc_has_the_same_density() -> None:
    import pymc as pm

    from clvlab.inference.pymc_model import variable

    prior = LogNormal(median=3.0, spread=0.8)
    with pm.Model():
        theirs = variable("r", prior)
        assert float(np.exp(pm.logp(theirs, 2.2).eval())) == pytest.approx(float(prior.density(2.2)))


@pytest.mark.parametrize(("median", "spread"), [(0.0, 1.0), (-1.0, 1.0), (1.0, 0.0), (np.nan, 1.0), (1.0, np.inf)])
def test_nonsense_is_refused(median: float, spread: float) -> None:
    with pytest.raises(ValueError, match="positive numbers"):
        LogNormal(median=median, spread=spread)


def test_a_prior_reads_as_a_sentence() -> None:
    assert str(LogNormal(median=10.0, spread=1.5)) == "log-normal, median 10, 90 % between 0.848 and 118"
