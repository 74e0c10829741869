"""Leaving one customer out: as ArviZ does it, as refitting does it, and what differs between models."""

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest

import clvlab as clv

BG = {"r": 0.6, "alpha": 5.0, "a": 0.8, "b": 2.5}


def customers(known: Any, n: int = 4000, seed: int = 1) -> pd.DataFrame:
    ages = np.round(np.random.default_rng(seed).uniform(30.0, 80.0, n))
    return known.simulate_histories(ages, seed=seed)


@pytest.fixture(scope="module")
def by_bg() -> pd.DataFrame:
    return customers(clv.BGNBD().at(unit="week", **BG))


@pytest.fixture(scope="module")
def cdnow() -> pd.DataFrame:
    few = clv.datasets.cdnow_summary().iloc[::10]
    few.attrs["unit"] = "week"
    return few


def test_leaving_one_out_as_arviz_does(cdnow: pd.DataFrame) -> None:
    az = pytest.importorskip("arviz")
    fit = clv.BGNBD().fit(cdnow, method="laplace", draws=1000, seed=1)
    found = clv.checks.loo(fit, cdnow)
    columns = {name: cdnow[label].to_numpy() for name, label in (("x", "frequency"), ("t_x", "recency"), ("T", "T"))}
    draws = {name: fit.draws[name].to_numpy()[:, None] for name in ("r", "alpha", "a", "b")}
    with np.errstate(all="ignore"):
        each = clv.BGNBD.formula.log_likelihood(**columns, **draws)
    idata = az.from_dict(
        {"posterior": {name: values.T for name, values in draws.items()}, "log_likelihood": {"y": each[None]}}
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # arviz asks for a k below .67 of so few draws
        theirs = az.loo(idata, reff=1.0, pointwise=True)
    assert found.n_customers == len(cdnow)
    assert found.elpd == pytest.approx(float(theirs.elpd), abs=0.01)
    assert found.std_error == pytest.approx(float(theirs.se), rel=1e-3)
    assert found.p_loo == pytest.approx(float(theirs.p), abs=0.01)
    assert found.share_above == pytest.approx(float((theirs.pareto_k.to_numpy() > 0.7).mean()), abs=0.01)


def test_leaving_one_out_is_leaving_one_out(cdnow: pd.DataFrame) -> None:
    few = cdnow.iloc[:60]
    fit = clv.NBD().fit(few, method="laplace", draws=2000, seed=1)
    exact = 0.0
    for i in range(0, len(few)):
        others = clv.NBD().fit(few.drop(few.index[i]), method="laplace", draws=500, seed=1)
        one = others.likelihood(few.iloc[[i]])
        each = [one.pointwise({"r": r, "alpha": alpha})[0] for r, alpha in zip(*others.posterior.values(), strict=True)]
        exact += float(np.log(np.mean(np.exp(each))))
    assert clv.checks.loo(fit, few).elpd == pytest.approx(exact, abs=0.15)


def test_the_right_model_is_foretold_better_by_leaving_out(by_bg: pd.DataFrame) -> None:
    few = by_bg.head(1500)
    found = [clv.checks.loo(model.fit(few, method="laplace"), few) for model in (clv.BGNBD(), clv.NBD())]
    assert found[0].elpd > found[1].elpd + 20
    assert found[0].p_loo == pytest.approx(4.0, abs=1.5)
    assert found[0].share_above == 0.0
    fit = clv.GammaGamma().fit(clv.datasets.cdnow_summary(), method="laplace", draws=300)
    assert clv.checks.loo(fit, clv.datasets.cdnow_summary()).n_customers == 946


def test_only_a_posterior_is_left_out_of(by_bg: pd.DataFrame) -> None:
    with pytest.raises(clv.InputError, match="'ml'"):
        clv.checks.loo(clv.BGNBD().fit(by_bg), by_bg)


@pytest.fixture(scope="module")
def three(cdnow: pd.DataFrame) -> dict[str, Any]:
    models = {"NBD": clv.NBD(), "BG/NBD": clv.BGNBD(), "MBG/NBD": clv.MBGNBD()}
    return {name: model.fit(cdnow, method="laplace", draws=600, seed=1) for name, model in models.items()}


def pointwise(fit: Any, cdnow: pd.DataFrame) -> np.ndarray:
    """Log-likelihood of each customer under each draw, (draws, customers)."""
    named = {"x": "frequency", "t_x": "recency", "T": "T"}
    columns = {name: cdnow[named[name]].to_numpy() for name in fit.model.formula.HISTORY}
    with np.errstate(all="ignore"):
        return fit.model.formula.log_likelihood(**columns, **{k: v[:, None] for k, v in fit.posterior.items()})


def test_differences_are_paired_over_customers(cdnow: pd.DataFrame, three: dict[str, Any]) -> None:
    found = {name: clv.checks.loo(fit, cdnow) for name, fit in three.items()}
    table = clv.checks.compare_loo(found)
    assert table["elpd"].is_monotonic_decreasing
    assert table.iloc[0][["difference", "difference_se"]].tolist() == [0.0, 0.0]
    best, n = found[table.index[0]].each, len(cdnow)
    for name, own in found.items():
        apart = (own.each["elpd"] - best["elpd"]).to_numpy()
        assert own.each["elpd"].sum() == pytest.approx(own.elpd)
        assert own.std_error == pytest.approx(np.sqrt(n) * own.each["elpd"].std())
        assert table.loc[name, "difference"] == pytest.approx(apart.sum(), abs=1e-9)
        assert table.loc[name, "difference_se"] == pytest.approx(np.sqrt(n) * apart.std(ddof=1), abs=1e-9)
        assert table.loc[name, "difference_se"] <= 0.6 * own.std_error


def test_differences_as_arviz_compares(cdnow: pd.DataFrame, three: dict[str, Any]) -> None:
    az = pytest.importorskip("arviz")
    table = clv.checks.compare_loo({name: clv.checks.loo(fit, cdnow) for name, fit in three.items()})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = {
            name: az.loo(
                az.from_dict({
                    "posterior": {k: v[None] for k, v in fit.posterior.items()},
                    "log_likelihood": {"y": pointwise(fit, cdnow)[None]},
                }),
                reff=1.0,
                pointwise=True,
            )
            for name, fit in three.items()
        }  # fmt: skip
        compared = az.compare(theirs, round_to="none")
    assert table.index.tolist() == compared.index.tolist()
    np.testing.assert_allclose(table["elpd"], compared["elpd"], atol=0.06)
    np.testing.assert_allclose(table["difference"], compared["elpd_diff"], atol=0.06)
    np.testing.assert_allclose(table["difference_se"], compared["dse"], rtol=0.02, atol=1e-9)


def test_rows_that_stand_for_many_count_as_many() -> None:
    lost, there = np.array([131, 126, 90, 60, 42, 34, 26]), np.array([1000, 869, 743, 653, 593, 551, 517])
    table = pd.DataFrame({"period": np.arange(1, 8), "customers": there, "lost": lost})
    models = {"sBG": clv.ShiftedBetaGeometric(), "BdW": clv.BetaDiscreteWeibull()}
    found = {name: clv.checks.loo(model.fit(table, method="laplace", seed=1), table) for name, model in models.items()}
    differences = clv.checks.compare_loo(found)
    assert found["sBG"].each["customers"].sum() == found["sBG"].n_customers
    each = [own.each["elpd"].repeat(own.each["customers"].astype(int)).to_numpy() for own in found.values()]
    expected = np.sqrt(len(each[0])) * (each[0] - each[1]).std(ddof=1)
    assert differences["difference_se"].iloc[1] == pytest.approx(expected, rel=1e-9)


def test_other_customers_are_not_compared(cdnow: pd.DataFrame, three: dict[str, Any]) -> None:
    found = {"all": clv.checks.loo(three["NBD"], cdnow), "some": clv.checks.loo(three["NBD"], cdnow.iloc[:50])}
    with pytest.raises(clv.InputError, match=r"compared on the same customers; .* 50"):
        clv.checks.compare_loo(found)
