"""What drives the overall answer: planted, by hand, by every order of entering, and where items repeat each other."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from clvlab.customers import drivers
from clvlab.customers.voice.drivers import lmg, relative_weights
from clvlab.errors import InputError


def answers(n: int, effects: list[float], *, shared: float = 0.0, seed: int = 1) -> pd.DataFrame:
    """Items with a part in common, and an overall answer they drive."""
    rng = np.random.default_rng(seed)
    items = rng.normal(size=(n, len(effects))) + shared * rng.normal(size=(n, 1))
    overall = items @ np.array(effects) + rng.normal(size=n)
    return pd.DataFrame(items, columns=list("abcdefghijklmnop")[: len(effects)]).assign(overall=overall)


def r_squared(told: pd.DataFrame, items: list[str]) -> float:
    if not items:
        return 0.0
    return float(LinearRegression().fit(told[items], told["overall"]).score(told[items], told["overall"]))


def test_two_items_by_hand() -> None:
    """Correlations .6 and .5 with the overall answer and .5 between them: each part is half of two gains."""
    whole = (0.36 + 0.25 - 2 * 0.6 * 0.5 * 0.5) / (1 - 0.25)
    expected = [(0.36 + whole - 0.25) / 2, (0.25 + whole - 0.36) / 2]
    found = lmg(np.array([[[1.0, 0.5], [0.5, 1.0]]]), np.array([[0.6, 0.5]]))
    np.testing.assert_allclose(found[0], expected, atol=1e-8)
    np.testing.assert_allclose(relative_weights(np.array([[[1.0, 0.5], [0.5, 1.0]]]), np.array([[0.6, 0.5]])), found,
                               atol=1e-8)  # of two items the two are one  # fmt: skip


def test_by_every_order_of_entering() -> None:
    told = answers(80, [1.0, 0.5, 0.0, -0.5], shared=0.7)
    expected = dict.fromkeys("abcd", 0.0)
    for order in permutations("abcd"):
        for place, item in enumerate(order):
            gain = r_squared(told, list(order[: place + 1])) - r_squared(told, list(order[:place]))
            expected[item] += gain / 24
    found = drivers(told, overall="overall", items=list("abcd"), draws=20)
    assert found["importance"].to_dict() == pytest.approx(expected, abs=1e-7)
    assert found["importance"].sum() == pytest.approx(r_squared(told, list("abcd")), abs=1e-7)
    assert found.attrs["r_squared"] == pytest.approx(found["importance"].sum())
    assert found["importance"].is_monotonic_decreasing
    assert found.loc["d", "correlation"] == pytest.approx(told["d"].corr(told["overall"]))


def test_what_was_planted_is_found() -> None:
    """Of uncorrelated items each part is its own variance over all: 4, 1 and 0 of 6."""
    told = answers(3000, [2.0, 1.0, 0.0])
    found = drivers(told, overall="overall", items=list("abc"))
    assert found.index.tolist() == ["a", "b", "c"]
    assert found["importance"].tolist() == pytest.approx([4 / 6, 1 / 6, 0.0], abs=0.03)
    assert found.loc["a", "low"] < 4 / 6 < found.loc["a", "high"]
    assert found.loc["b", "low"] < 1 / 6 < found.loc["b", "high"]
    assert found.loc["c", "high"] < 0.01
    assert found.attrs["n"] == 3000


def test_intervals_hold_what_was_planted() -> None:
    held = []
    for world in range(150):
        found = drivers(answers(200, [1.0, 0.6, 0.3], seed=world), overall="overall", items=list("abc"), draws=200)
        true = (pd.Series({"a": 1.0, "b": 0.36, "c": 0.09}) / 2.45).reindex(found.index)
        held.append(((found["low"] <= true) & (true <= found["high"])).mean())
    assert 0.90 <= np.mean(held) <= 0.98


def test_items_that_repeat_each_other_share_evenly() -> None:
    told = answers(300, [1.0, 0.5]).assign(twin=lambda each: each["a"])
    found = drivers(told, overall="overall", items=["a", "twin", "b"], draws=20)
    assert found.loc["a", "importance"] == pytest.approx(found.loc["twin", "importance"], abs=1e-6)
    assert found["importance"].sum() == pytest.approx(r_squared(told, ["a", "b"]), abs=1e-6)
    assert np.isfinite(found.to_numpy()).all()


def test_more_than_ten_items() -> None:
    effects = [1.0, 0.5, 0.25, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.5]
    told = answers(400, effects, shared=0.5)
    items = list("abcdefghijkl")
    found = drivers(told.assign(m=told["a"]), overall="overall", items=[*items, "m"], draws=50)
    assert found["importance"].sum() == pytest.approx(r_squared(told, items), abs=1e-5)
    of = np.corrcoef(told[[*items[:8], "overall"]].to_numpy(), rowvar=False)[None]
    exact, near = (by(of[:, :-1, :-1], of[:, :-1, -1])[0] for by in (lmg, relative_weights))
    np.testing.assert_allclose(near, exact, atol=0.01)


def test_drivers_at_their_edges() -> None:
    told = answers(60, [1.0, 1.0])
    constant = drivers(told.assign(c=4.0), overall="overall", items=["a", "b", "c"], draws=20)
    assert constant.loc["c"].tolist() == [0.0, 0.0, 0.0, 0.0]
    for few in (told.iloc[:0], told.iloc[:1], told.iloc[:3], told.assign(overall=5)):
        found = drivers(few, overall="overall", items=["a", "b"])
        assert found.isna().all(axis=None)
        assert found.attrs["n"] == len(few)
    gaps = told.assign(a=told["a"].where(told.index > 9))
    assert drivers(gaps, overall="overall", items=["a", "b"], draws=20).attrs["n"] == 50
    with pytest.raises(InputError, match="cannot be among the items"):
        drivers(told, overall="a", items=["a", "b"])
    with pytest.raises(InputError, match="there is no z"):
        drivers(told, overall="z", items=["a", "b"])
