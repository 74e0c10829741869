"""Gamma-Gamma where customers hardly differ: v / q is known well and q hardly, a ridge that Laplace follows."""

import numpy as np
import pandas as pd
import pytest

import clvlab as clv


def alike(customers: int, q: float) -> pd.DataFrame:
    """Customers whose mean spends are 40, varying by 1 / sqrt(q)."""
    rng = np.random.default_rng(2)
    x = 1.0 + rng.poisson(1.5, customers)
    nu = rng.gamma(q, 1.0 / (10.0 * q), customers)
    spend = np.round(rng.gamma(4.0 * x, 1.0 / (nu * x)), 2).clip(0.01)
    return pd.DataFrame({"frequency": x, "monetary_value": spend})


@pytest.mark.parametrize(("customers", "q"), [(2_000, 200.0), (60_000, 5_000.0), (60_000, 5e6)])
def test_laplace_is_kept(customers: int, q: float) -> None:
    """The mean spend is 40; that customers differ by less than a tenth is seen, how much less is not."""
    fit = clv.GammaGamma().fit(alike(customers, q), method="laplace", seed=1)
    assert fit.method == "laplace"
    assert fit.diagnostics["k_hat"] < 0.6
    mean = (fit.draws["p"] * fit.draws["v"] / (fit.draws["q"] - 1.0)).to_numpy()
    assert abs(mean.mean() - 40.0) < 4.0 * mean.std()
    assert float(np.quantile(fit.draws["q"], 0.05)) > 40.0
    assert float(np.log(fit.draws["q"]).std()) > 0.2


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_it_is_what_nuts_finds() -> None:
    histories = alike(2_000, 5_000.0)
    fits = [clv.GammaGamma().fit(histories, method=method, seed=1) for method in ("laplace", "nuts")]
    assert [fit.method for fit in fits] == ["laplace", "nuts"]
    for quantity in ("p", "q", "mean"):
        one, other = (
            np.log(
                fit.draws["p"] * fit.draws["v"] / (fit.draws["q"] - 1.0) if quantity == "mean" else fit.draws[quantity]
            )
            for fit in fits
        )
        assert float(one.mean()) == pytest.approx(float(other.mean()), abs=0.12 * float(other.std())), quantity
        assert float(one.std()) == pytest.approx(float(other.std()), rel=0.12), quantity
