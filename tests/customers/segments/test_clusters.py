"""Clusters: planted ones are found, one group is left as one, and what each result says is what it is."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.metrics import adjusted_rand_score

from clvlab.customers.segments import clusters
from clvlab.customers.segments.one_group import _drawn, against_one_group
from clvlab.customers.segments.partition import METHODS, agreement, stability
from clvlab.errors import InputError

SEEDS = 100
NAMES = list("abcde")


def planted(n: int, seed: int = 1, apart: float = 4.0) -> tuple[pd.DataFrame, np.ndarray]:
    """Three groups, of a half, three tenths and a fifth, apart on the first three of five skewed features."""
    rng = np.random.default_rng(seed)
    group = rng.choice(3, n, p=[0.5, 0.3, 0.2])
    centres = apart * np.array([[0, 0, 0, 0, 0], [1, 0, 1, 0, 0], [0, 1, 1, 0, 0]])
    drawn = np.exp(0.5 * (rng.standard_normal((n, 5)) + centres[group]))
    return pd.DataFrame(drawn, columns=NAMES, index=[f"c{i}" for i in range(n)]), group


def one_group(n: int, seed: int, correlation: float = 0.5) -> pd.DataFrame:
    """Skewed, discrete and mostly-zero features that correlate by one normal."""
    rng = np.random.default_rng(seed)
    z = np.sqrt(1 - correlation) * rng.standard_normal((n, 5)) + np.sqrt(correlation) * rng.standard_normal((n, 1))
    return pd.DataFrame({
        "a": np.exp(z[:, 0]), "b": stats.poisson.ppf(stats.norm.cdf(z[:, 1]), 1.5),
        "c": stats.gamma.ppf(stats.norm.cdf(z[:, 2]), 0.5), "d": np.floor(np.exp(z[:, 3])),
        "e": np.where(z[:, 4] < 0.8, 0.0, z[:, 4]),
    })  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
def test_planted_groups_are_found(method: str) -> None:
    table, group = planted(1000)
    found = clusters(table, method=method, most=4)  # type: ignore[arg-type]
    assert found.k == 3
    assert found.p_value == pytest.approx(0.01)
    assert adjusted_rand_score(group, found.assigned.astype(int)) > 0.9
    assert found.choice.index.tolist() == [1, 2, 3, 4]
    assert found.choice.loc[3, "stability"] > 0.8
    assert (found.agreement > 0.9).all()
    assert found.sizes["customers"].is_monotonic_decreasing
    assert found.sizes["customers"].sum() == 1000
    assert found.sizes["share"].sum() == pytest.approx(1.0)
    assert found.notes == ()
    # Centres are medians in the features' units.
    own = table[found.assigned == 2]
    assert found.centres.loc[2].tolist() == pytest.approx(own.median().tolist())
    marks = found.marks.set_index(["cluster", "feature"])["side"].to_dict()
    assert marks == {(1, "c"): "low", (1, "a"): "low", (2, "a"): "high", (2, "c"): "high", (3, "b"): "high",
                     (3, "c"): "high"}  # fmt: skip


def test_one_group_is_left_as_one() -> None:
    found = clusters(one_group(600, 1), most=4)
    assert found.k == 1
    assert found.p_value > 0.05
    assert (found.assigned == 1).all()
    assert found.apart.isna().all(axis=None)
    assert found.marks.empty
    assert found.agreement.isna().all()


def test_how_far_apart_by_hand() -> None:
    """Cluster means of the compared features, their difference over the pooled standard deviation."""
    table, _ = planted(300)
    found = clusters(table, k=2)
    compared = np.arcsinh(table / table.abs().median())
    one, rest = compared[found.assigned == 1], compared[found.assigned == 2]
    pooled = np.sqrt((((one - one.mean()) ** 2).sum() + ((rest - rest.mean()) ** 2).sum()) / 298)
    np.testing.assert_allclose(found.apart.loc[1], (one.mean() - rest.mean()) / pooled, rtol=1e-6)
    np.testing.assert_allclose(found.apart.loc[2], -found.apart.loc[1], rtol=1e-6)
    assert found.choice.empty
    assert np.isnan(found.p_value)


def test_the_null_keeps_margins_and_correlations() -> None:
    points = np.asarray(one_group(500, 2))
    points = (points - points.mean(axis=0)) / points.std(axis=0)
    drawn = _drawn(points, 40, np.random.default_rng(1))
    for table in drawn[:3]:
        np.testing.assert_array_equal(np.sort(table, axis=0), np.sort(points, axis=0))
    mean = np.mean([np.corrcoef(table, rowvar=False) for table in drawn], axis=0)
    # Latent correlations are found on one set of draws, whose own error is up to .06 where a feature has a long tail.
    np.testing.assert_allclose(mean, np.corrcoef(points, rowvar=False), atol=0.08)


def test_correlation_alone_is_no_group_and_two_groups_are() -> None:
    rng = np.random.default_rng(5)
    line = rng.normal(size=(400, 1)) + 0.2 * rng.normal(size=(400, 3))
    assert against_one_group(line, most=4, seed=1)[0] > 0.05
    two = rng.normal(size=(400, 3)) + 4.0 * rng.integers(0, 2, size=(400, 1))
    assert against_one_group(two, most=4, seed=1)[0] == pytest.approx(0.01)


def test_missing_values_are_kept_and_counted() -> None:
    table, _ = planted(300)
    table.iloc[:10, 0] = np.nan
    table.iloc[5:12, 1] = np.inf
    found = clusters(table, k=3)
    assert found.left_out.to_dict() == {"a": 10, "b": 7, "c": 0, "d": 0, "e": 0}
    assert found.assigned.isna().sum() == 12
    assert found.assigned.index.equals(table.index)
    assert found.sizes["customers"].sum() == 288


def test_the_same_seed_gives_the_same_and_units_do_not_matter() -> None:
    table, _ = planted(250)
    one, two = clusters(table, most=3), clusters(table * [1000.0, 0.01, 1.0, 1.0, 7.0], k=3)
    pd.testing.assert_frame_equal(one.choice, clusters(table, most=3).choice)
    assert adjusted_rand_score(one.assigned.astype(int), two.assigned.astype(int)) == pytest.approx(1.0)


def test_what_cannot_be_chosen_is_one_group_with_a_note() -> None:
    table, _ = planted(60)
    few = clusters(table.iloc[:20])
    assert few.k == 1
    assert [note.code for note in few.notes] == ["segments.too_few"]
    flat = clusters(table.assign(c=7.0, d=0.0)[["a", "c", "d"]])
    assert [note.code for note in flat.notes] == ["segments.constant_feature"] * 2 + ["segments.one_feature"]
    assert flat.centres.columns.tolist() == ["a", "c", "d"]
    same = clusters(pd.DataFrame(1.0, index=range(80), columns=["a", "b"]))
    assert (same.k, same.apart.shape) == (1, (1, 0))
    assert clusters(table.iloc[:1]).assigned.tolist() == [1]


@pytest.mark.parametrize("method", METHODS)
def test_values_that_many_share(method: str) -> None:
    rng = np.random.default_rng(1)
    flags = pd.DataFrame(rng.integers(0, 2, size=(200, 3)), columns=["a", "b", "c"])
    found = clusters(flags, method=method, most=8)  # type: ignore[arg-type]
    assert found.k == 1
    assert clusters(flags, k=4, method=method).k <= 4  # type: ignore[arg-type]


@pytest.mark.parametrize(("change", "given", "said"), [
    (lambda t: t.assign(a="x"), {}, "numeric columns of table; found a"), (lambda t: t[[]], {}, "found none"),
    (lambda t: pd.concat([t, t]), {}, "'c0' is there twice"), (lambda t: t.assign(b=np.nan), {}, "No customer has all"),
    (lambda t: t.iloc[:0], {}, "No customer has all"), (lambda t: t, {"method": "tree"}, "kmeans, mixture"),
    (lambda t: t, {"k": 0}, "k= is a whole number"), (lambda t: t, {"most": 1}, "most= is a whole number"),
    (lambda t: t.iloc[:3], {"k": 4}, "3 different customers"), (lambda t: t["a"], {}, "DataFrame"),
])  # fmt: skip
def test_wrong_tables(change: object, given: dict[str, object], said: str) -> None:
    table, _ = planted(30)
    with pytest.raises(InputError, match=said):
        clusters(change(table), **given)  # type: ignore[operator, arg-type]


def test_stability_and_agreement_by_hand() -> None:
    alike = np.array([[0, 0, 1, 1, 2], [2, 2, 0, 0, 1]])
    assert stability(alike) == pytest.approx(1.0)
    own = np.array([0, 0, 0, 1, 1])
    # Group 0 against {0, 1, 2} of three and {0, 1} of two: 1 and 2/3; group 1: 1 and 2/3.
    labels = np.array([[1, 1, 1, 0, 0], [0, 0, 1, 1, 1]])
    np.testing.assert_allclose(agreement(own, labels, 2), [(1 + 2 / 3) / 2, (1 + 2 / 3) / 2])
    assert np.isnan(agreement(np.zeros(3, dtype=int), np.zeros((1, 3), dtype=int), 2)[1])


@pytest.mark.slow
@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.8])
def test_false_alarms_keep_to_their_level(correlation: float) -> None:
    """Both methods rest on one test; it is called less often than its level, as correlations are estimated."""
    alarms = dict.fromkeys(METHODS, 0)
    for seed in range(SEEDS):
        table = one_group(300, seed, correlation)
        first = clusters(table, most=5, seed=seed)
        alarms["kmeans"] += first.k > 1
        if first.p_value <= 0.05:
            alarms["mixture"] += clusters(table, most=5, seed=seed, method="mixture").k > 1
    low, high = stats.binom.interval(0.99, SEEDS, 0.05)
    assert all(low <= n <= high for n in alarms.values()), alarms


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_planted_groups_are_found_every_time(method: str) -> None:
    for seed in range(20):
        table, group = planted(1000, seed)
        found = clusters(table, method=method, seed=seed)  # type: ignore[arg-type]
        assert found.k == 3
        assert adjusted_rand_score(group, found.assigned.astype(int)) > 0.9
