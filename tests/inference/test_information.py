"""The inverse of an information matrix is judged by a rule of ours, so that every processor says the same."""

import numpy as np
import pytest

from clvlab.errors import FitError
from clvlab.inference.information import inverse

pytestmark = pytest.mark.numerical


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
def test_it_is_the_inverse_whatever_the_scale(scale: float) -> None:
    root = np.random.default_rng(1).normal(size=(5, 5))
    stretch = np.array([scale, 1.0, 1.0, 1.0, 1.0 / scale])
    information = stretch[:, None] * (root @ root.T + 0.1 * np.eye(5)) * stretch
    expected = np.linalg.inv(information / np.outer(stretch, stretch)) / np.outer(stretch, stretch)
    np.testing.assert_allclose(inverse(information), expected, rtol=1e-9)


@pytest.mark.parametrize("noise", [0.0, 1e-17, -1e-17, 1e-16])
def test_columns_that_add_up_have_none(noise: float) -> None:
    kind = np.arange(60) % 3
    columns = np.column_stack([(kind == each) * 1.0 for each in range(3)])
    columns = (columns - columns.mean(axis=0)) / columns.std(axis=0)
    with pytest.raises(FitError, match="singular"):
        inverse(columns.T @ columns + noise * np.eye(3))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -1.0, 0.0])
def test_what_is_no_information_has_none(bad: float) -> None:
    with pytest.raises(FitError, match="singular"):
        inverse(np.diag([1.0, bad]))
