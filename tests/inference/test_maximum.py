"""The climb: from anywhere, in any scale, and honest where there is no peak."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest
from numpy.typing import ArrayLike

import clvlab as clv
from clvlab.formulas import bg_nbd
from clvlab.inference.likelihood import Likelihood
from clvlab.inference.maximum import maximize
from clvlab.models.columns import columns_of

pytestmark = pytest.mark.numerical

CDNOW = np.array([0.2425945, 4.4136019, 0.7929199, 2.4258881])


@pytest.fixture(scope="module")
def cdnow() -> pd.DataFrame:
    return clv.histories(clv.datasets.cdnow(), end="1997-09-30")


@pytest.fixture(scope="module")
def likelihood(cdnow: pd.DataFrame) -> Likelihood:
    return Likelihood(bg_nbd, columns_of(cdnow, bg_nbd.HISTORY))


@pytest.mark.parametrize("factor", [[1, 1, 1, 1], [100, 1e3, 1, 1], [1e-2, 1, 100, 1e-2], [10, 1e-3, 1e-2, 100]])
def test_the_maximum_is_found_from_far_away(likelihood: Likelihood, factor: list[float]) -> None:
    best = maximize(likelihood.derivatives, likelihood.value, np.log(CDNOW * factor))
    assert best.converged
    assert best.identified
    np.testing.assert_allclose(np.exp(best.at), CDNOW, rtol=2e-5)
    assert np.abs(best.gradient).max() < 1e-6
    assert (np.linalg.eigvalsh(best.hessian) < 0).all()


@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_a_million_fold_scale_of_time_changes_only_alpha(cdnow: pd.DataFrame, scale: float) -> None:
    scaled = cdnow.assign(recency=cdnow["recency"] * scale, T=cdnow["T"] * scale)
    fit, plain = clv.BGNBD().fit(scaled), clv.BGNBD().fit(cdnow)
    assert fit.params["alpha"] == pytest.approx(plain.params["alpha"] * scale, rel=1e-6)
    assert fit.params["r"] == pytest.approx(plain.params["r"], rel=1e-6)
    assert fit.diagnostics.trusted


@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_a_million_fold_scale_of_money_changes_only_v(cdnow: pd.DataFrame, scale: float) -> None:
    fit = clv.GammaGamma().fit(cdnow.assign(monetary_value=cdnow["monetary_value"] * scale))
    plain = clv.GammaGamma().fit(cdnow)
    assert fit.params["v"] == pytest.approx(plain.params["v"] * scale, rel=1e-5)
    assert fit.params["p"] == pytest.approx(plain.params["p"], rel=1e-5)


def in_weeks(columns: Mapping[str, ArrayLike]) -> pd.DataFrame:
    table = pd.DataFrame(columns)
    table.attrs["unit"] = "week"
    return table


def no_dropout() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    T = np.full(500, 50.0)
    x = rng.poisson(rng.gamma(1.0, 1.0 / 10.0, 500) * T)
    recency = np.where(x > 0, T * rng.random(500) ** (1.0 / np.maximum(x, 1)), 0.0)
    return in_weeks({"frequency": x.astype(float), "recency": recency, "T": T})


def identical() -> pd.DataFrame:
    return in_weeks({"frequency": [3.0] * 40, "recency": [20.0] * 40, "T": [30.0] * 40})


@pytest.mark.parametrize("histories", [no_dropout(), identical()], ids=["nobody drops out", "all alike"])
def test_a_ridge_is_reported(histories: pd.DataFrame) -> None:
    fit = clv.BGNBD().fit(histories)
    assert not fit.diagnostics.trusted
    assert fit.draws is None
    assert fit.summary()[["std_error", "low", "high"]].isna().all(axis=None)
    forecast = fit.predict(histories, 10.0)
    assert forecast[["prob_alive", "expected_purchases", "purchases_low", "purchases_high"]].notna().all(axis=None)
    assert forecast[["expected_purchases_low", "expected_purchases_high"]].isna().all(axis=None)


def test_a_forecast_on_a_ridge_still_counts_purchases() -> None:
    histories = no_dropout()
    fit = clv.BGNBD().fit(histories)
    rate = histories["frequency"].sum() / histories["T"].sum()
    total = fit.predict(histories, 10.0)["expected_purchases"].sum()
    assert total == pytest.approx(rate * 10.0 * len(histories), rel=0.05)
