"""The likelihood on nodes: its derivatives, and nodes placed anew where parameters go far."""

from typing import Any

import numpy as np
import pytest

import clvlab as clv
from clvlab.formulas import pareto_ggg
from clvlab.inference import mixed
from clvlab.inference.link import Link
from clvlab.inference.mixed import MixedLikelihood

TRUTH = {"t": 3.0, "gamma": 1.5, "r": 0.8, "alpha": 6.0, "s": 0.7, "beta": 12.0}


def histories(n: int) -> dict[str, Any]:
    known = clv.ParetoGGG().at(unit="week", **TRUTH)
    table = known.simulate_histories(np.repeat([15.0, 40.0], n // 2), seed=1)
    names = dict(zip(pareto_ggg.HISTORY, ("frequency", "recency", "T", "log_gap_sum"), strict=True))
    web = np.random.default_rng(2).normal(size=len(table))
    return {name: table[column].to_numpy() for name, column in names.items()} | {"web": web}


@pytest.mark.parametrize("covariates", [{}, {"alpha": ("web",), "t": ("web",)}])
def test_derivatives_are_those_of_the_value(covariates: dict[str, tuple[str, ...]]) -> None:
    link = Link(pareto_ggg.PARAMETERS, covariates)
    likelihood = MixedLikelihood(pareto_ggg, histories(60), link)
    values = TRUTH | {name: 0.2 for name in link.names if ":" in name}
    theta = link.unconstrained(values)
    value, gradient, hessian = likelihood.derivatives(theta)
    step = 1e-4
    aside = [step * unit for unit in np.eye(len(theta))]
    slopes = [(likelihood.value(theta + d) - likelihood.value(theta - d)) / (2 * step) for d in aside]
    np.testing.assert_allclose(gradient, slopes, rtol=1e-5, atol=1e-5)
    bends = [(likelihood.derivatives(theta + d)[1] - likelihood.derivatives(theta - d)[1]) / (2 * step) for d in aside]
    np.testing.assert_allclose(hessian, bends, rtol=1e-5, atol=1e-5)
    assert value == pytest.approx(likelihood.total(values), rel=1e-10)
    assert likelihood.value(theta) == pytest.approx(value, rel=1e-12)


def test_values_far_apart_are_each_computed_near_their_nodes() -> None:
    likelihood = MixedLikelihood(pareto_ggg, histories(60))
    theta = likelihood.link.unconstrained(TRUTH)
    thetas = theta + np.random.default_rng(3).normal(scale=1.0, size=(12, 6))
    together = likelihood.values(thetas)
    alone = [likelihood.total(likelihood.link.named(each)) for each in thetas]
    np.testing.assert_allclose(together, alone, atol=0.1)
    likelihood.derivatives(theta)
    stale = likelihood._values(thetas)
    assert np.abs(stale - alone).max() > 10.0  # what nodes left where they were would say


def test_too_many_histories_are_refused_with_a_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mixed, "MOST", 100_000)
    likelihood = MixedLikelihood(pareto_ggg, histories(60))
    with pytest.raises(clv.InputError, match=r"100,000 at most.*histories\.sample\(frac=0.*method='gibbs'"):
        likelihood.derivatives(likelihood.link.unconstrained(TRUTH))


def test_a_climb_ends_where_nodes_placed_there_see_no_slope() -> None:
    # Nodes a little off, and off for every customer alike, would move the maximum by more the more customers there are.
    truth = {"t": 4.0, "gamma": 1.5, "r": 1.0, "alpha": 4.0, "s": 0.7, "beta": 12.0}
    customers = clv.ParetoGGG().at(unit="week", **truth).simulate_histories(np.repeat([20.0, 45.0], 100), seed=2)
    fit = clv.ParetoGGG().fit(customers, draws=10)
    likelihood = fit.likelihood(customers)
    _, gradient, hessian = likelihood.derivatives(likelihood.link.unconstrained(fit.params))
    left = np.linalg.solve(-hessian, gradient)
    assert np.abs(left / np.sqrt(np.diag(np.linalg.inv(-hessian)))).max() < 0.01
