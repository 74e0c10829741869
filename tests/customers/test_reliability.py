"""Cronbach's alpha and McDonald's omega: published examples, second implementations, and edges."""

import numpy as np
import pandas as pd
import pytest
from interval_coverage import LOADINGS, of_alpha
from scipy import optimize
from statsmodels.multivariate.factor import Factor

from clvlab.customers import cronbach_alpha, mcdonald_omega
from clvlab.customers.voice.one_factor import one_factor
from clvlab.customers.voice.reliability import _omega
from clvlab.customers.voice.resampling import resampled_covariances
from clvlab.errors import InputError

# Chatterjee & Price (1977): employees' attitudes in 30 departments, the data set "attitude" of R.
ATTITUDE = """43 51 30 39 61 92 45  63 64 51 54 63 73 47  71 70 68 69 76 86 48  61 63 45 47 54 84 35
81 78 56 66 71 83 47  43 55 49 44 54 49 34  58 67 42 56 66 68 35  71 75 50 55 70 66 41  72 82 72 67 71 83 31
67 61 45 47 62 80 41
64 53 53 58 58 67 34  67 60 47 39 59 74 41  69 62 57 42 55 63 25  68 83 83 45 59 77 35  77 77 54 72 79 77 46
81 90 50 72 60 54 36  74 85 64 69 79 79 63  65 60 65 75 55 80 60  65 70 46 57 75 85 46  50 58 68 54 64 78 52
50 40 33 34 43 64 33  64 61 52 62 66 80 41  53 66 52 50 63 80 37  40 37 42 58 50 57 49  63 54 42 48 66 75 33
66 77 66 63 88 76 72  78 75 58 74 80 78 49  48 57 44 45 51 83 38  85 85 71 71 77 74 55  82 82 39 59 64 78 39"""
QUESTIONS = ["rating", "complaints", "privileges", "learning", "raises", "critical", "advance"]


def attitude() -> pd.DataFrame:
    return pd.DataFrame(np.array(ATTITUDE.split(), dtype=float).reshape(30, 7), columns=QUESTIONS)


def planted(n: int, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    own = rng.normal(size=(n, 5)) * np.sqrt(1 - LOADINGS**2)
    return pd.DataFrame(rng.normal(size=(n, 1)) * LOADINGS + own, columns=list("abcde"))


def test_alpha_by_hand() -> None:
    """Variances 1, 1 and of the sum 3: 2 x (1 - 2/3)."""
    answers = pd.DataFrame({"a": [1, 2, 3, None], "b": [1, 3, 2, 4]})
    found = cronbach_alpha(answers, items=["a", "b"])
    assert (found.id, found.n) == ("cronbach_alpha", 3)
    assert found.value == pytest.approx(2 / 3)


def test_alpha_as_published() -> None:
    """R's package psych reports .84 of these data."""
    answers = attitude()
    assert answers.mean().round(2).tolist() == [64.63, 66.6, 53.13, 56.37, 64.63, 74.77, 42.93]
    found = cronbach_alpha(answers, items=QUESTIONS)
    assert found.value == pytest.approx(0.84, abs=0.005)
    assert found.low < 0.84 < found.high < 1
    assert found.notes == ()


def test_alphas_interval_by_leaving_respondents_out_one_by_one() -> None:
    answers = attitude()

    def log(rest: pd.DataFrame) -> float:
        of = np.cov(rest.to_numpy(), rowvar=False)
        return float(np.log(1 - 7 / 6 * (1 - np.trace(of) / of.sum())))

    without = np.array([log(answers.drop(index=row)) for row in answers.index])
    half = 2.045229642 * np.sqrt(29 / 30 * ((without - without.mean()) ** 2).sum())  # t of 29
    found = cronbach_alpha(answers, items=QUESTIONS)
    assert [found.low, found.high] == pytest.approx([1 - np.exp(log(answers) + half), 1 - np.exp(log(answers) - half)])


@pytest.mark.parametrize("n", [10, 30, 100])
def test_coverage_of_alpha(n: int) -> None:
    assert 0.93 <= of_alpha(n, worlds=1000) <= 0.965
    assert 0.89 <= of_alpha(n, worlds=1000, skewed=True) <= 0.96


def test_alpha_at_its_edges() -> None:
    for answers in ([], [(1, 2)], [(3, 3), (3, 3), (3, 3)], [(1, 2), (2, 1), (3, 0)]):
        found = cronbach_alpha(pd.DataFrame(answers, columns=["a", "b"], dtype=float), items=["a", "b"])
        assert found.n == len(answers)
        assert np.isnan([found.value, found.low, found.high]).all()
    same = cronbach_alpha(pd.DataFrame({"a": [1, 2, 5, 4], "b": [1, 2, 5, 4]}), items=["a", "b"])
    assert same.value == pytest.approx(1.0)
    assert np.isnan(same.low)
    constant = cronbach_alpha(planted(50).assign(f=3.0), items=list("abcdef"))
    assert constant.value == pytest.approx(6 / 5 * 4 / 5 * cronbach_alpha(planted(50), items=list("abcde")).value)
    with pytest.raises(InputError, match="2 or more columns"):
        cronbach_alpha(planted(5), items=["a"])


def test_items_worded_the_other_way_are_named() -> None:
    answers = planted(200).assign(c=lambda told: -told["c"])
    (note,) = cronbach_alpha(answers, items=list("abcde")).notes
    assert (note.code, note.values["items"]) == ("measures.notes.reversed_items", ("c",))
    assert note in mcdonald_omega(answers, items=list("abcde"), draws=20).notes


def test_spearmans_marks() -> None:
    """Mardia, Kent & Bibby (1979), example 9.2.1: classics, French and English, which one factor fits exactly."""
    of = np.array([[1.0, 0.83, 0.78], [0.83, 1.0, 0.67], [0.78, 0.67, 1.0]])
    found = one_factor(of)
    assert found.loadings.tolist() == pytest.approx([0.983, 0.844, 0.794], abs=0.001)
    assert found.own.tolist() == pytest.approx([0.034, 0.287, 0.370], abs=0.001)
    assert found.discrepancy == pytest.approx(0, abs=1e-9)


def test_one_factor_as_others_find_it() -> None:
    """By statsmodels, and by minimising the likelihood's discrepancy directly."""
    of = np.corrcoef(planted(60).to_numpy(), rowvar=False)
    found = one_factor(of)
    theirs = Factor(corr=of, n_factor=1, method="ml").fit().loadings[:, 0]
    np.testing.assert_allclose(found.loadings, np.abs(theirs), atol=2e-4)

    def discrepancy(loadings: np.ndarray) -> float:
        implied = np.outer(loadings, loadings) + np.diag(1 - loadings**2)
        ratio = of @ np.linalg.inv(implied)
        return float(np.trace(ratio) - np.linalg.slogdet(ratio)[1] - 5)

    best = optimize.minimize(discrepancy, np.full(5, 0.6), method="Nelder-Mead",
                             options={"xatol": 1e-7, "fatol": 1e-12, "maxiter": 5000})  # fmt: skip
    np.testing.assert_allclose(found.loadings, best.x, atol=1e-5)
    assert found.discrepancy == pytest.approx(best.fun, abs=1e-9)


def test_omega_of_what_was_planted() -> None:
    true = LOADINGS.sum() ** 2 / (LOADINGS.sum() ** 2 + (1 - LOADINGS**2).sum())
    exact = one_factor(np.outer(LOADINGS, LOADINGS) + np.diag(1 - LOADINGS**2))
    assert _omega(exact) == pytest.approx(true)
    found = mcdonald_omega(planted(4000), items=list("abcde"), draws=200)
    assert (found.id, found.n, found.notes) == ("mcdonald_omega", 4000, ())
    assert found.low < true < found.high
    assert found.high - found.low < 0.03
    assert found == mcdonald_omega(planted(4000), items=list("abcde"), draws=200)  # of its seed


def test_omega_does_not_depend_on_units_where_all_change() -> None:
    answers = planted(100)
    first, tenfold = (mcdonald_omega(each, items=list("abcde"), draws=20) for each in (answers, 10 * answers + 3))
    assert first.value == pytest.approx(tenfold.value, abs=1e-6)


def test_omega_of_two_things_says_so() -> None:
    rng = np.random.default_rng(2)
    one, two = rng.normal(size=(2, 300, 1))
    answers = pd.DataFrame(
        np.hstack([one, one, one, two, two, two]) + 0.7 * rng.normal(size=(300, 6)), columns=list("abcdef")
    )
    found = mcdonald_omega(answers, items=list("abcdef"), draws=20)
    assert [note.code for note in found.notes] == ["measures.notes.one_factor_does_not_fit"]


def test_omega_of_an_item_that_is_the_factor_says_so() -> None:
    rng = np.random.default_rng(3)
    factor = rng.normal(size=200)
    answers = pd.DataFrame({item: factor + rng.normal(size=200) for item in "abc"}).assign(d=factor)
    found = mcdonald_omega(answers, items=list("abcd"), draws=20)
    (note,) = found.notes
    assert (note.code, note.values["items"]) == ("measures.notes.heywood_case", ("d",))


def test_omega_at_its_edges() -> None:
    for answers in (planted(0), planted(1), planted(5), planted(50).assign(a=1.0, b=2.0, c=3.0)):
        found = mcdonald_omega(answers, items=list("abcde"))
        assert found.n == len(answers)
        assert np.isnan([found.value, found.low, found.high]).all()
    constant = mcdonald_omega(planted(80).assign(f=1.0), items=list("abcdef"), draws=20)
    assert constant.value == pytest.approx(mcdonald_omega(planted(80), items=list("abcde"), draws=20).value)
    with pytest.raises(InputError, match="3 or more columns"):
        mcdonald_omega(planted(5), items=["a", "b"])


def test_respondents_are_drawn_with_replacement() -> None:
    given = np.round(2 * planted(400).to_numpy())
    drawn = resampled_covariances(given, draws=2000, seed=4)
    of = np.cov(given, rowvar=False)
    np.testing.assert_allclose(drawn.mean(axis=0), of * 399 / 400, atol=0.04)
    a = given[:, 0] - given[:, 0].mean()
    assert drawn[:, 0, 0].std() == pytest.approx((a**2).std() / 20, rel=0.1)
