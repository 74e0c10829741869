"""Pooled models by Laplace: the posterior that chains find, and truths held as often as intervals say."""

from typing import Any

import mpmath
import numpy as np
import pandas as pd
import pytest
from scipy import stats

import clvlab as clv
from clvlab.inference import laplace, pooled_draws
from clvlab.inference.pooled import PooledPosterior, pooled_mode, spread_of
from clvlab.inference.posterior import Posterior
from clvlab.inference.target import SEGMENT_SPREAD

PRIORS = {"r": clv.LogNormal(median=0.9, spread=0.3), "alpha": clv.LogNormal(median=6.0, spread=0.3)}
DROPOUT = {"a": clv.LogNormal(median=0.8, spread=0.3), "b": clv.LogNormal(median=2.5, spread=0.3)}
MODEL: Any = clv.NBD(pooled_by="country", priors=PRIORS)
WITH_DROPOUT: Any = clv.BGNBD(pooled_by="country", priors=PRIORS | DROPOUT)


def world(rng: np.random.Generator, sizes: tuple[int, ...], model: Any = MODEL) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Parameters from the prior, segments from the population, customers from the latent story."""
    truth = {name: prior.draw(rng, 1)[0] for name, prior in model.priors.items()}
    link = model.link(*model.likelihood(_some(sizes))[1:])
    spreads = np.abs(rng.normal(0.0, SEGMENT_SPREAD, len(link.differences)))
    moved = spreads[:, None] * rng.normal(size=(len(spreads), len(sizes)))
    own = link.of_segments(truth, dict(zip(link.differences, moved, strict=True)))
    parts = []
    for g, size in enumerate(sizes):
        params = {name: float(np.broadcast_to(own[name], len(sizes))[g]) for name in truth}
        ages = np.round(rng.uniform(20.0, 40.0, size))
        part = type(model)().at(unit="week", **params).simulate_histories(ages, seed=int(rng.integers(2**31)))
        parts.append(part.assign(country=f"c{g}"))
    table = pd.concat(parts, ignore_index=True)
    table.attrs = {"unit": "week"}
    by_name = dict(zip(link.differences, spreads, strict=True))
    return table, {**truth, "own": own, "spreads": by_name}


def _some(sizes: tuple[int, ...]) -> pd.DataFrame:
    frame = pd.DataFrame({"frequency": 1.0, "recency": 5.0, "T": 10.0, "country": [f"c{g}" for g in range(len(sizes))]})
    frame.attrs = {"unit": "week"}
    return frame


def held(simulations: int, sizes: tuple[int, ...], seed: int, model: Any = MODEL) -> pd.DataFrame:
    """Where each truth lies among the draws, as a share of them.

    Fits that say themselves that their weights are too uneven are left out; as that depends on the data alone, the
    others are calibrated all the same.
    """
    rng, rows = np.random.default_rng(seed), []
    for _ in range(simulations):
        table, truth = world(rng, sizes, model)
        try:
            fit = model.fit(table, draws=300, seed=int(rng.integers(2**31)))
        except clv.FitError:
            continue
        draws, row = fit.draws, {}
        for name in model.priors:
            row[name] = (draws[f"{name}:population"] < truth[name]).mean().item()
        for which, spread in truth["spreads"].items():
            row[which] = (draws[f"{which}:spread"] < spread).mean().item()
        rate = (draws["r"] / draws["alpha"]).to_numpy()
        own = np.broadcast_to(truth["own"]["r"] / truth["own"]["alpha"], len(sizes))
        for g in range(len(sizes)):
            row[f"rate of c{g}"] = float((rate[:, g] < own[g]).mean())
        rows.append(row)
    assert len(rows) >= 0.98 * simulations
    return pd.DataFrame(rows)


@pytest.fixture
def no_chains(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse instead of sampling."""

    def sampled(task: Any, doubt: Any) -> None:
        raise clv.FitError(f"{task.sampler} for {doubt.code}")

    monkeypatch.setattr("clvlab.models.estimation._sampled", sampled)


def calibrated(found: pd.DataFrame) -> None:
    for name in found:
        assert stats.kstest(found[name], "uniform").pvalue > 0.001, name
        inside = int(((found[name] > 0.05) & (found[name] < 0.95)).sum())
        assert stats.binomtest(inside, len(found), 0.9).pvalue > 0.001, name


@pytest.mark.usefixtures("no_chains")
def test_truths_lie_anywhere_among_the_draws() -> None:
    calibrated(held(50, (80, 30, 10), seed=3))


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.usefixtures("no_chains")
@pytest.mark.parametrize(("model", "simulations"), [(MODEL, 500), (WITH_DROPOUT, 300)])
def test_truths_lie_anywhere_among_the_draws_of_many(model: Any, simulations: int) -> None:
    calibrated(held(simulations, (150, 60, 30, 20, 10, 5), seed=4, model=model))


def test_a_spread_of_which_nothing_is_known_has_its_prior() -> None:
    score = np.random.default_rng(1).normal(size=20_000)
    assert stats.kstest(spread_of(score), stats.halfnorm(scale=SEGMENT_SPREAD).cdf).pvalue > 0.01


def test_the_integral_over_a_segment_is_exact_where_its_likelihood_is_a_parabola() -> None:
    """Against a grid over z, of one segment and one draw of what all share."""
    table, _ = world(np.random.default_rng(5), (40, 20))
    likelihood, _, _ = MODEL.likelihood(table)
    posterior = PooledPosterior(likelihood, MODEL.priors_for(table, "week", likelihood.link))
    at = np.log([[0.9, 6.0], [0.8, 5.0]])
    posterior.expand(at)
    vector = np.array([[np.log(0.95), np.log(5.5), 0.3, -0.4]])
    spread, (_, _, value) = spread_of(vector[0, 2:]), posterior.conditional(vector)
    z = np.linspace(-6.0, 6.0, 401)
    grid = np.stack([each.ravel() for each in np.meshgrid(z, z)], axis=1)
    away = vector[0, :2] + (grid * spread) @ posterior.moves.T - at[0]
    parabola = away @ posterior.slope[0] - 0.5 * np.einsum("ni,ij,nj->n", away, posterior.curvature[0], away)
    density = np.exp(parabola - 0.5 * (grid**2).sum(axis=1)) / (2.0 * np.pi)
    assert value[0, 0] == pytest.approx(np.log(density.sum() * (z[1] - z[0]) ** 2), abs=1e-6)


def test_weights_find_the_true_posterior_from_a_wrong_approximation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parabolas a fifth too flat give other draws of psi; weighed, they are the same posterior."""
    table, _ = world(np.random.default_rng(6), (120, 60, 40))
    right = MODEL.fit(table, draws=4000, seed=1)
    true = PooledPosterior.expand

    def flat(self: PooledPosterior, at: Any) -> None:
        true(self, at)
        self.curvature, self.across = 0.8 * self.curvature, 0.8 * self.across

    monkeypatch.setattr(PooledPosterior, "expand", flat)
    wrong = MODEL.fit(table, draws=4000, seed=2)
    assert wrong.diagnostics["effective_draws"] < right.diagnostics["effective_draws"]
    for name in ("r:population", "alpha:population", "rate:spread"):
        ours, theirs = np.log(right.draws[name]), np.log(wrong.draws[name])
        assert float(theirs.mean()) == pytest.approx(float(ours.mean()), abs=0.15 * float(ours.std()))


@pytest.mark.usefixtures("no_chains")
def test_uneven_weights_fall_back_on_chains(monkeypatch: pytest.MonkeyPatch) -> None:
    table, _ = world(np.random.default_rng(7), (30, 20))
    likelihood, _, _ = MODEL.likelihood(table)
    priors = MODEL.priors_for(table, "week", likelihood.link)
    posterior = PooledPosterior(likelihood, priors)
    columns = {name: values for name, values in likelihood.groups.values.items() if name != "segment"}
    whole = type(likelihood)(likelihood.formula, columns, posterior.plain, likelihood.groups.counts)
    best = pooled_mode(posterior, Posterior(whole, priors), np.log([0.9, 6.0]))
    assert best is not None
    assert best.peaked
    assert pooled_draws.sample(posterior, best, draws=200, seed=1).k_hat < 0.7
    monkeypatch.setattr(laplace, "TRUSTED", -9.0)
    with pytest.raises(clv.FitError, match=r"nuts for models\.laplace_uneven"):
        MODEL.fit(table, draws=100, seed=1)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_it_agrees_with_nuts() -> None:
    table, _ = world(np.random.default_rng(8), (300, 120, 40, 10))
    ours, chains = MODEL.fit(table, draws=4000, seed=1), MODEL.fit(table, method="nuts", draws=2000, seed=1)
    assert (ours.method, chains.method) == ("laplace", "nuts")
    for name in ("r:population", "alpha:population", "rate:spread", "rate shape:spread"):
        one, other = np.log(ours.draws[name]), np.log(chains.draws[name])
        assert float(one.mean()) == pytest.approx(float(other.mean()), abs=0.15 * float(other.std())), name
        assert float(one.std()) == pytest.approx(float(other.std()), rel=0.15), name
    rate, again = (np.log(fit.draws["r"] / fit.draws["alpha"]).to_numpy() for fit in (ours, chains))
    away = np.abs(rate.mean(axis=0) - again.mean(axis=0))
    assert (away < 0.15 * again.std(axis=0)).all()
    np.testing.assert_allclose(rate.std(axis=0), again.std(axis=0), rtol=0.2)


@pytest.mark.parametrize("score", [-7.0, -3.0, 0.0, 2.0, 9.0, 30.0])
def test_a_spread_at_extreme_scores(score: float) -> None:
    """Against mpmath: P(|N| <= s / 0.5) = Phi(score)."""
    with mpmath.workdps(400):
        upper = mpmath.erfc(mpmath.mpf(score) / mpmath.sqrt(2)) / 2
        spread = mpmath.mpf(float(spread_of(np.array([score]))[0])) / SEGMENT_SPREAD
        found = mpmath.erfc(spread / mpmath.sqrt(2))
        # below, what is left of 1 decides; above, the tail itself
        apart = (found - upper) / (1 - upper if score < 0 else upper)
    assert abs(float(apart)) < 1e-4 if score < -5.0 else abs(float(apart)) < 1e-9
