"""Nodes placed for Gamma variables integrate what is near them."""

import numpy as np
import pytest
from scipy import special, stats

from clvlab.formulas.gamma_nodes import GammaNodes


@pytest.mark.parametrize("shape", [0.03, 0.3, 1.0, 7.0, 400.0, 1e5])
def test_moments_of_a_gamma_variable(shape: float) -> None:
    log_y, log_weight = GammaNodes(step=0.5, reach=6.0).at(np.array([shape]), np.array([3.0]))
    density = np.exp(shape * (log_y + np.log(3.0)) - 3.0 * np.exp(log_y) - special.gammaln(shape) + log_weight)
    assert density.sum() == pytest.approx(1.0, abs=1e-8)
    # where the shape is tiny the mean lies far out to the right, between few nodes
    assert (density * np.exp(log_y)).sum() == pytest.approx(shape / 3.0, rel=1e-6 if shape > 0.1 else 1e-3)
    assert (density * log_y).sum() == pytest.approx(special.psi(shape) - np.log(3.0), rel=1e-6)


@pytest.mark.parametrize("other", [0.7, 1.5, 3.0])
def test_they_serve_a_gamma_variable_of_another_shape_and_place(other: float) -> None:
    log_y, log_weight = GammaNodes(step=0.5, reach=6.0).at(np.array([1.0]), np.array([1.0]))
    y = np.exp(log_y)
    found = (stats.gamma.pdf(y, other, scale=1.3) * y * np.exp(log_weight)).sum()
    assert found == pytest.approx(1.0, abs=1e-4)
