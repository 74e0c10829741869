"""How parameters are estimated: the same likelihood, and what each method adds to it."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import special

import clvlab as clv
from clvlab.inference import laplace
from clvlab.inference.maximum import Maximum
from clvlab.models import estimation
from clvlab.models.estimation import Found

pytestmark = pytest.mark.numerical

TRUTH = {"r": 0.8, "alpha": 6.0, "a": 0.9, "b": 3.0}


@pytest.fixture(scope="module")
def customers() -> pd.DataFrame:
    ages = np.round(np.random.default_rng(1).uniform(20.0, 60.0, 1000))
    return clv.BGNBD().at(unit="week", **TRUTH).simulate_histories(ages, seed=1)


@pytest.fixture(scope="module")
def by_ml(customers: pd.DataFrame) -> Any:
    return clv.BGNBD().fit(customers, seed=1)


def test_the_maximum_is_one(by_ml: Any, customers: pd.DataFrame) -> None:
    for name, value in by_ml.params.items():
        for factor in (0.999, 1.001):
            beside = clv.BGNBD().at(unit="week", **by_ml.params | {name: value * factor})
            assert beside.score(customers) < by_ml.log_likelihood
    assert by_ml.diagnostics["gradient_norm"] < 1e-8
    assert by_ml.diagnostics.trusted


def test_draws_of_a_maximum_are_normal_around_it(by_ml: Any) -> None:
    logs = np.log(np.column_stack([by_ml.draws[name].to_numpy() for name in TRUTH]))
    covariance = by_ml.covariance.to_numpy()
    deviation = np.sqrt(np.diag(covariance))
    assert len(logs) == 1000
    np.testing.assert_allclose(logs.mean(axis=0), np.log(list(by_ml.params.values())), atol=4 * deviation.max() / 31)
    np.testing.assert_allclose(np.cov(logs.T) / np.outer(deviation, deviation),
                               covariance / np.outer(deviation, deviation), atol=0.15)  # fmt: skip
    for name, error in by_ml.standard_errors.items():
        assert error == pytest.approx(by_ml.params[name] * deviation[list(TRUTH).index(name)], rel=1e-12)
    assert by_ml.summary()["std_error"].to_dict() == pytest.approx(by_ml.standard_errors)


@pytest.mark.parametrize("method", ["ml", "map", "laplace"])
def test_seeds_and_numbers_of_draws(method: str, customers: pd.DataFrame) -> None:
    first, again, other = (
        clv.BGNBD().fit(customers, method=method, draws=70, seed=seed).draws["alpha"].to_numpy() for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
    assert len(first) == 70


def test_a_firm_prior_decides_and_a_vague_one_hardly(by_ml: Any, customers: pd.DataFrame) -> None:
    vague = clv.BGNBD().fit(customers, method="map")
    for name, error in by_ml.standard_errors.items():
        assert abs(vague.params[name] - by_ml.params[name]) < 0.5 * error
    assert vague.log_likelihood <= by_ml.log_likelihood
    firm = {"alpha": clv.LogNormal(median=30.0, spread=0.02)}
    for method in ("map", "laplace"):
        fit = clv.BGNBD(priors=firm).fit(customers, method=method)
        assert fit.params["alpha"] == pytest.approx(30.0, rel=0.1)
        assert fit.log_likelihood < by_ml.log_likelihood - 10
    days = customers.assign(recency=customers["recency"] * 7.0, T=customers["T"] * 7.0)
    days.attrs = {"unit": "day"}
    assert clv.BGNBD(priors=firm).fit(days, method="map").params["alpha"] == pytest.approx(210.0, rel=0.1)
    assert clv.BGNBD(priors=firm).fit(customers).params == by_ml.params


def test_no_method_but_the_maximum_gives_information_criteria(customers: pd.DataFrame) -> None:
    for method in ("map", "laplace"):
        fit = clv.BGNBD().fit(customers, method=method, draws=20)
        for criterion in ("aic", "bic"):
            with pytest.raises(clv.FitError, match=method):
                getattr(fit, criterion)


def test_point_forecasts_after_laplace_are_means_over_draws(customers: pd.DataFrame) -> None:
    fit = clv.BGNBD().fit(customers, method="laplace", draws=50, seed=1)
    some = customers.head(20)
    each = [
        clv.BGNBD().at(unit="week", **{name: float(fit.draws[name][d]) for name in TRUTH}).predict(some, 10)
        for d in range(50)
    ]
    mean = sum(table["expected_purchases"] for table in each) / 50
    np.testing.assert_allclose(fit.predict(some, 10)["expected_purchases"], mean, rtol=1e-10)
    assert fit.params["r"] == pytest.approx(float(fit.draws["r"].mean()), rel=1e-12)


def lean_posterior(shape: float) -> tuple[Any, Maximum]:
    """The logarithm u of a Gamma(shape, 1) variable: density exp(shape u - exp(u)), a long tail to the left."""
    posterior = SimpleNamespace(values=lambda thetas: shape * thetas[:, 0] - np.exp(thetas[:, 0]))
    at = np.array([np.log(shape)])
    hessian = np.array([[-shape]])
    return posterior, Maximum(
        at, float(posterior.values(at[None])[0]), np.zeros(1), hessian, np.zeros(1, dtype=bool), 0.0, 1.0, 1
    )  # fmt: skip


@pytest.mark.parametrize("shape", [0.5, 1.0, 5.0])
def test_resampling_corrects_a_posterior_that_leans(shape: float) -> None:
    found = laplace.resample(*lean_posterior(shape), draws=4000, seed=1)
    u = found.draws[:, 0]
    deviation = np.sqrt(special.polygamma(1, shape))
    assert found.trusted
    assert u.mean() == pytest.approx(special.digamma(shape), abs=5 * deviation / np.sqrt(found.effective))
    assert u.std() == pytest.approx(deviation, rel=0.12)
    few = laplace.resample(*lean_posterior(shape), draws=30, seed=1)
    assert few.draws.shape == (30, 1)


def test_ties_do_not_spoil_the_tail() -> None:
    ratios = np.random.default_rng(1).normal(0.0, 0.5, 1000)
    _, smooth = laplace.smoothed(ratios)
    log_weights, tied = laplace.smoothed(np.round(ratios, 1))
    assert tied == pytest.approx(smooth, abs=0.25)
    assert np.exp(log_weights).sum() == pytest.approx(1.0)


def test_nuts_takes_over_where_laplace_fails(customers: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def by_nuts(task: Any) -> Found:
        asked.append(task)
        found = estimation.by_ml(task)
        return Found("nuts", found.params, found.log_likelihood, found.told, found.draws)

    monkeypatch.setitem(estimation.METHODS, "nuts", estimation.Method(by_nuts, mean=True, samples=True))
    monkeypatch.setattr(laplace, "TRUSTED", -9.0)
    fit = clv.BGNBD().fit(customers, method="laplace", draws=50)
    assert len(asked) == 1
    assert fit.method == "nuts"
    (note,) = fit.diagnostics.notes
    assert note.code == "models.laplace_replaced"
    assert note.values["method"] == "nuts"
    assert note.values["reason"].code == "models.laplace_uneven"


def test_pareto_nbd_leans_and_is_proposed_again() -> None:
    # its posterior leans to large s and beta: around the mode alone, k-hat is .7 to .85 on these customers
    few = clv.datasets.cdnow_summary().iloc[::16]
    fit = clv.ParetoNBD().fit(few, method="laplace", unit="week", draws=100, seed=1)
    assert fit.method == "laplace"
    assert fit.diagnostics["k_hat"] < 0.7


def test_a_ridge_is_reported_and_not_refused() -> None:
    # few months: hardly anyone is seen to drop out, so that dropout's two parameters run off together
    months = clv.histories(clv.datasets.cdnow(), end="1997-09-30", unit="month", opportunities=True).iloc[::8]
    fit = clv.BGBB().fit(months)
    assert not fit.diagnostics.trusted
    (message,) = fit.diagnostics.messages
    assert message.code == "models.ridge"
    assert message.values["condition_number"] == fit.diagnostics["condition_number"]
    assert fit.draws is None
    assert fit.summary()[["std_error", "low", "high"]].isna().all(axis=None)
    forecast = fit.predict(months, 6)
    assert forecast["expected_purchases"].notna().all()
    assert forecast["expected_purchases_low"].isna().all()


def test_nobody_drops_out_is_reported() -> None:
    steady = clv.NBD().at(unit="week", r=2.0, alpha=4.0).simulate_histories(np.full(400, 30.0), seed=1)
    fit = clv.BGNBD().fit(steady)
    plain = clv.NBD().fit(steady)
    assert fit.log_likelihood == pytest.approx(plain.log_likelihood, abs=3.0)
    total = [each.predict(steady, 10)["expected_purchases"].sum() for each in (fit, plain)]
    assert total[0] == pytest.approx(total[1], rel=0.05)
    if not fit.diagnostics.trusted:
        assert fit.draws is None


def test_options_belong_to_their_method(customers: pd.DataFrame) -> None:
    model = clv.BGNBD().using("nuts", tune=50, chains=1)
    assert model.fit(customers, method="ml").method == "ml"
    assert clv.BGNBD().using("map", draws=7).fit(customers).draws.sizes["draw"] == 7
    assert clv.BGNBD().using("map", draws=7).fit(customers, draws=9).draws.sizes["draw"] == 9
    for method in ("ml", "map", "laplace"):
        with pytest.raises(clv.InputError, match="takes the options draws; found tune"):
            clv.BGNBD().fit(customers, method=method, tune=50)
