"""Weights: by hand, against a second implementation, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from pymcdm import weights as theirs
from pymcdm.weights import subjective

import clvlab as clv
from clvlab.customers.grades import AHP, ahp, entropy_weights
from clvlab.customers.grades.weights import weights_of

TABLE = pd.DataFrame({"value": [10.0, 20.0, 70.0], "loyalty": [30.0, 30.0, 40.0], "profit": [5.0, 5.0, 5.0]})


def test_entropy_by_hand() -> None:
    found = entropy_weights(TABLE)
    e_value = -(0.1 * np.log(0.1) + 0.2 * np.log(0.2) + 0.7 * np.log(0.7)) / np.log(3)
    e_loyalty = -(0.6 * np.log(0.3) + 0.4 * np.log(0.4)) / np.log(3)
    apart = np.array([1.0 - e_value, 1.0 - e_loyalty, 0.0])
    np.testing.assert_allclose(found, apart / apart.sum(), rtol=1e-12)
    assert found["profit"] == 0.0


def test_a_share_of_0_counts_as_0() -> None:
    found = entropy_weights(pd.DataFrame({"a": [0.0, 1.0, 1.0], "b": [1.0, 2.0, 3.0]}))
    e_a = np.log(2) / np.log(3)
    e_b = -sum(s * np.log(s) for s in (1 / 6, 2 / 6, 3 / 6)) / np.log(3)
    assert found["a"] == pytest.approx((1 - e_a) / (2 - e_a - e_b))


def test_entropy_agrees_with_another_implementation() -> None:
    table = np.random.default_rng(1).uniform(1.0, 100.0, (50, 8))
    np.testing.assert_allclose(entropy_weights(pd.DataFrame(table)), theirs.entropy_weights(table), rtol=1e-10)


@pytest.mark.parametrize("n", [2, 3, 5, 8])
def test_pairwise_comparison_agrees_with_another_implementation(n: int) -> None:
    rng = np.random.default_rng(n)
    matrix = np.ones((n, n))
    for i, j in zip(*np.triu_indices(n, 1), strict=True):
        matrix[i, j] = rng.choice([1 / 5, 1 / 3, 1.0, 2.0, 3.0, 5.0])
        matrix[j, i] = 1.0 / matrix[i, j]
    names = list("abcdefgh"[:n])
    found, other = ahp(pd.DataFrame(matrix, index=names, columns=names)), subjective.AHP(matrix=matrix)
    np.testing.assert_allclose(found.weights, other(), rtol=1e-10)
    # Random indices differ: Saaty's of two decimals here, simulated ones of four there.
    assert found.consistency_ratio == pytest.approx(other.get_cr(), rel=0.015)


@pytest.mark.parametrize("table", [TABLE[["profit"]], TABLE[["value", "loyalty"]].head(1), TABLE[["profit"]] * 0.0])
def test_nothing_to_tell_apart_gives_the_same_weights(table: pd.DataFrame) -> None:
    np.testing.assert_array_equal(entropy_weights(table), 1.0 / table.shape[1])


def test_rows_with_a_missing_score_do_not_count() -> None:
    more = pd.concat([TABLE, pd.DataFrame({"value": [99.0], "loyalty": [np.nan], "profit": [1.0]})])
    pd.testing.assert_series_equal(entropy_weights(more), entropy_weights(TABLE))


@pytest.mark.parametrize(
    ("table", "message"),
    [(TABLE - 20.0, "value, profit"), (TABLE.head(0), "a row"), (TABLE[[]], "a column")],
)
def test_scores_that_have_no_entropy_are_refused(table: pd.DataFrame, message: str) -> None:
    with pytest.raises(clv.InputError, match=message):
        entropy_weights(table)


def test_consistent_comparisons_give_back_their_weights() -> None:
    true = pd.Series({"value": 0.5, "loyalty": 0.3, "profit": 0.2})
    matrix = pd.DataFrame(np.outer(true, 1.0 / true), index=true.index, columns=true.index)
    found = ahp(matrix)
    np.testing.assert_allclose(found.weights, true, rtol=1e-10)
    assert found.consistency_ratio == pytest.approx(0.0, abs=1e-12)
    assert found.notes == ()


def test_inconsistent_comparisons_name_the_worst() -> None:
    true = {"value": 8.0, "loyalty": 4.0, "profit": 2.0, "lifecycle": 1.0}
    pairs = {(a, b): true[a] / true[b] for a in true for b in true if true[a] > true[b]}
    pairs |= {("value", "profit"): 1 / 7}
    found = ahp(pairs)
    assert found.consistency_ratio > 0.1
    (note,) = found.notes
    assert note.code == "grades.inconsistent"
    assert (note.values["first"], note.values["second"]) == ("value", "profit")
    mended = ahp(pairs | {("value", "profit"): float(str(note.values["agrees"]))})
    assert mended.consistency_ratio < found.consistency_ratio
    assert ahp(pairs | {("value", "profit"): 4.0}).notes == ()


def test_of_three_things_all_comparisons_fit_equally_badly_and_the_first_is_named() -> None:
    (note,) = ahp({("a", "b"): 3.0, ("b", "c"): 3.0, ("a", "c"): 1 / 7}).notes
    assert (note.values["first"], note.values["second"]) == ("a", "b")


def test_saatys_own_example() -> None:
    """Buying a house (Saaty 1990, European J. Operational Research 48): largest eigenvalue 9.669, ratio .169."""
    rows = [[1, 5, 3, 7, 6, 6, 1 / 3, 1 / 4], [1 / 5, 1, 1 / 3, 5, 3, 3, 1 / 5, 1 / 7],
            [1 / 3, 3, 1, 6, 3, 4, 6, 1 / 5], [1 / 7, 1 / 5, 1 / 6, 1, 1 / 3, 1 / 4, 1 / 7, 1 / 8],
            [1 / 6, 1 / 3, 1 / 3, 3, 1, 1 / 2, 1 / 5, 1 / 6], [1 / 6, 1 / 3, 1 / 4, 4, 2, 1, 1 / 5, 1 / 6],
            [3, 5, 1 / 6, 7, 5, 5, 1, 1 / 2], [4, 7, 5, 8, 6, 6, 2, 1]]  # fmt: skip
    names = list("abcdefgh")
    found = ahp(pd.DataFrame(rows, index=names, columns=names))
    np.testing.assert_allclose(found.weights, [0.173, 0.054, 0.188, 0.018, 0.031, 0.036, 0.167, 0.333], atol=0.0006)
    assert found.index * 7 + 8 == pytest.approx(9.669, abs=0.001)
    assert found.consistency_ratio == pytest.approx(0.169, abs=0.001)
    # The neighbourhood 6 times as important as the condition, which the rest has alike.
    assert (found.notes[0].values["first"], found.notes[0].values["second"]) == ("c", "g")


@pytest.mark.parametrize(
    ("pairs", "message"),
    [({("a", "b"): 2.0, ("b", "c"): 2.0}, "lacks a and c"), ({("a", "b"): 2.0, ("b", "a"): 0.5}, "twice"),
     ({("a", "a"): 1.0}, "twice, or with itself"), ({("a", "b"): 12.0}, "1/9 to 9"), ({("a", "b"): 0.0}, "1/9 to 9"),
     ({("a", "b"): -2.0}, "1/9 to 9"), ({}, "found 0")],
)  # fmt: skip
def test_comparisons_that_are_none_are_refused(pairs: dict[tuple[str, str], float], message: str) -> None:
    with pytest.raises(clv.InputError, match=message):
        ahp(pairs)


def test_a_matrix_that_is_not_reciprocal_is_refused() -> None:
    with pytest.raises(clv.InputError, match="reciprocal"):
        ahp(pd.DataFrame([[1.0, 3.0], [3.0, 1.0]], index=["a", "b"], columns=["a", "b"]))


def test_given_weights_share_the_whole() -> None:
    np.testing.assert_allclose(weights_of({"value": 2, "loyalty": 1, "profit": 1}, TABLE), [0.5, 0.25, 0.25])
    np.testing.assert_allclose(weights_of({"value": 2, "loyalty": 2, "satisfaction": 5}, TABLE), [0.5, 0.5, 0.0])
    compared: AHP = ahp({("value", "loyalty"): 3.0})
    np.testing.assert_allclose(weights_of(compared, TABLE), [0.75, 0.25, 0.0])


@pytest.mark.parametrize(
    ("weights", "message"),
    [({"vlaue": 1.0}, "vlaue, which is no dimension; there are value, loyalty, profit"), ("critic", "'entropy'"),
     ({"value": -1.0}, "0 or more"), ({"value": 0.0}, "above 0"), ({"value": np.nan}, "0 or more")],
)  # fmt: skip
def test_weights_that_are_none_are_refused(weights: object, message: str) -> None:
    with pytest.raises(clv.InputError, match=message):
        weights_of(weights, TABLE)  # type: ignore[arg-type]
