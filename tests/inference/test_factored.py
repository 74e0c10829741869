"""Arithmetic on tables of distinct sub-histories is arithmetic on all customers."""

from typing import Any

import numpy as np
import pytest
from scipy import special

from clvlab.inference.factored import Factored, Groups, spread, weighted_sum


def random_columns(seed: int, n: int = 500) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {
        "x": rng.integers(0, 5, n).astype(float),
        "t": rng.integers(1, 8, n) / 2.0,
        "T": rng.integers(8, 12, n) * 1.0,
    }


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_groups_restore_every_customer(seed: int) -> None:
    columns = random_columns(seed)
    groups = Groups(columns)
    for name, values in columns.items():
        np.testing.assert_array_equal(groups.values[name][groups.inverse], values)
    assert groups.counts.sum() == 500
    rows = np.stack(list(columns.values()), axis=1)
    assert len(groups) == len(np.unique(rows, axis=0))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_arithmetic_is_that_of_plain_arrays(seed: int) -> None:
    columns = random_columns(seed)
    groups = Groups(columns)

    def formula(x: Any, t: Any, T: Any) -> Any:
        some = special.gammaln(x + 0.3) - 2.0 * np.log(T) + x * t
        return np.where(x > 0, some / (1.0 + T), -t) + np.maximum(x, 1.0) - (x + t) ** 2

    found = formula(**groups.columns())
    plain = formula(**columns)
    assert isinstance(found, Factored)
    np.testing.assert_allclose(found.spread()[groups.inverse], plain, rtol=1e-14)
    assert weighted_sum(found, groups) == pytest.approx(plain.sum(), rel=1e-12)


def test_terms_stay_on_the_smallest_table_they_need() -> None:
    groups = Groups(random_columns(4))
    x, T = groups.column("x"), groups.column("T")
    assert len(special.gammaln(x + 1.0).values) == 5
    assert len((x + T).values) <= 5 * 4
    assert (x + T).names == frozenset({"x", "T"})


def test_sums_of_numbers_and_of_plain_arrays() -> None:
    groups = Groups({"x": np.array([1.0, 1.0, 2.0])})
    assert weighted_sum(2.5, groups) == 7.5
    assert weighted_sum(np.array([1.0, 10.0]), groups) == 12.0
    np.testing.assert_array_equal(spread(3.0, groups), [3.0, 3.0])


def test_array_on_the_left_meets_factored_on_the_right() -> None:
    x = Groups({"x": np.array([1.0, 3.0, 1.0])}).column("x")
    np.testing.assert_array_equal((1.0 - x).values, [0.0, -2.0])
    np.testing.assert_array_equal((np.float64(6.0) / x).values, [6.0, 2.0])


def test_one_customer_and_all_alike() -> None:
    one = Groups({"x": np.array([2.0]), "T": np.array([5.0])})
    assert len(one) == 1
    alike = Groups({"x": np.full(1000, 2.0), "T": np.full(1000, 5.0)})
    assert alike.counts.tolist() == [1000.0]
    assert weighted_sum(alike.column("x") * alike.column("T"), alike) == 10_000.0


def test_unknown_values_are_a_level_of_their_own() -> None:
    groups = Groups({"x": np.array([0.0, 1.0, 1.0, 0.0]), "m": np.array([np.nan, 5.0, np.nan, np.nan])})
    assert groups.counts.tolist() == [2.0, 1.0, 1.0]
    assert groups.inverse.tolist() == [0, 1, 2, 0]
