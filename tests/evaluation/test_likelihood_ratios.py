"""Likelihood ratios of nested models: what matters is found, and p-values hold their level, at boundaries too."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import clvlab as clv
from clvlab.evaluation.checks.bootstrap import bootstrapped

BG = {"r": 0.6, "alpha": 5.0, "a": 0.8, "b": 2.5}
GROUPED = clv.BGNBD(covariates={"alpha": ["group"]})


def customers(known: Any, n: int = 4000, seed: int = 1) -> pd.DataFrame:
    ages = np.round(np.random.default_rng(seed).uniform(30.0, 80.0, n))
    return known.simulate_histories(ages, seed=seed)


@pytest.fixture(scope="module")
def by_bg() -> pd.DataFrame:
    return customers(clv.BGNBD().at(unit="week", **BG))


def test_dropout_is_worth_two_parameters(by_bg: pd.DataFrame) -> None:
    small, large = clv.NBD().fit(by_bg), clv.BGNBD().fit(by_bg)
    found = clv.checks.likelihood_ratio(small, large)
    assert found.statistic == pytest.approx(2 * (large.log_likelihood - small.log_likelihood))
    assert found.degrees_of_freedom == 2
    assert (found.p_value_by, np.isnan(found.p_value)) == ("withheld", True)
    days = clv.checks.likelihood_ratio(small, large.to_unit("day"))
    assert days.statistic == pytest.approx(found.statistic, rel=1e-9)


def test_dropout_is_found_by_simulation(by_bg: pd.DataFrame) -> None:
    few = by_bg.head(500)
    small, large = clv.NBD().fit(few), clv.BGNBD().fit(few)
    found = clv.checks.likelihood_ratio(small, large, histories=few, simulations=19, seed=1)
    assert (found.p_value, found.p_value_by) == (0.05, "simulation")
    days = few.assign(recency=few["recency"] * 7.0, T=few["T"] * 7.0)
    days.attrs = {"unit": "day"}
    again = clv.checks.likelihood_ratio(small, large, histories=days, simulations=19, seed=1)
    assert again.p_value == found.p_value
    with pytest.raises(clv.InputError, match="histories= holds 400 with"):
        clv.checks.likelihood_ratio(small, large, histories=few.head(400))


def test_covariates_are_drawn_with_the_customers_they_are_of() -> None:
    groups = np.where(np.arange(400) % 2, "odd", "even")
    drawn = customers(clv.NBD().at(unit="week", r=0.6, alpha=5.0), n=400).assign(group=groups)
    small = clv.NBD(covariates={"alpha": ["group"]}).fit(drawn)
    found = clv.checks.likelihood_ratio(small, GROUPED.fit(drawn), histories=drawn, simulations=19, seed=1)
    assert (found.degrees_of_freedom, found.p_value_by) == (2, "simulation")
    assert found.p_value > 0.05


def test_a_one_parameter_boundary_is_half_chi_squared() -> None:
    # the mean of normal numbers, which may not be negative: half the samples give a statistic of 0 (Self & Liang 1987)
    def draw(rng: np.random.Generator) -> float:
        return float(rng.standard_normal(50).mean())

    for observed in (0.5, 1.5, 2.7055):
        found = bootstrapped(observed, draw, lambda mean: 50.0 * max(mean, 0.0) ** 2, simulations=4000, seed=3)
        assert found == pytest.approx(0.5 * stats.chi2.sf(observed, 1), abs=0.015)
    assert bootstrapped(0.0, draw, lambda mean: 50.0 * max(mean, 0.0) ** 2, simulations=99, seed=1) == 1.0


def by_simulation(seeds: range, n: int, simulations: int) -> np.ndarray:
    """P-values of dropout where there is none."""
    found = []
    for seed in seeds:
        drawn = customers(clv.NBD().at(unit="week", r=0.6, alpha=5.0), n=n, seed=seed)
        fits = clv.NBD().fit(drawn), clv.BGNBD().fit(drawn)
        ratio = clv.checks.likelihood_ratio(*fits, histories=drawn, simulations=simulations, seed=seed)
        found.append(ratio.p_value)
    return np.array(found)


def test_dropout_that_is_not_there_is_rarely_found() -> None:
    p_values = by_simulation(range(10), 150, 9)
    assert (p_values <= 0.1).sum() <= 4  # more would be a one in two hundred affair
    assert (p_values == 1.0).sum() >= 4  # seven statistics in ten are 0


@pytest.mark.slow
def test_simulated_p_values_are_uniform_where_statistics_are_above_0() -> None:
    p_values = by_simulation(range(200), 300, 39)
    for level in (0.05, 0.1):
        assert (p_values <= level).mean() == pytest.approx(level, abs=2.6 * np.sqrt(level * (1 - level) / 200))
    # About one statistic in six is above 0, here and in the simulations: no level beyond that can be reached.
    assert (p_values <= 0.25).mean() == pytest.approx(0.16, abs=0.07)


def rejected(known: Any, small: Any, large: Any, seeds: range, n: int) -> float:
    """How often a true smaller model is rejected at 5 %."""
    hits = []
    for seed in seeds:
        drawn = customers(known, n=n, seed=seed)
        drawn["group"] = np.where(np.arange(n) % 2, "odd", "even")
        hits.append(clv.checks.likelihood_ratio(small.fit(drawn), large.fit(drawn)).p_value < 0.05)
    return float(np.mean(hits))


def test_a_group_that_makes_no_difference_is_rarely_found() -> None:
    # 40 tests of 5 %: more than 6 would be a one in a hundred affair
    assert rejected(clv.BGNBD().at(unit="week", **BG), clv.BGNBD(), GROUPED, range(40), 400) <= 6 / 40


@pytest.mark.slow
def test_p_values_hold_their_level() -> None:
    assert 0.02 <= rejected(clv.BGNBD().at(unit="week", **BG), clv.BGNBD(), GROUPED, range(300), 1000) <= 0.08


def test_a_group_that_matters_is_found() -> None:
    halves = [customers(clv.BGNBD().at(unit="week", **BG | {"alpha": a}), n=600, seed=2) for a in (5.0, 10.0)]
    drawn = pd.concat([half.assign(group=name) for half, name in zip(halves, "ab", strict=True)], ignore_index=True)
    found = clv.checks.likelihood_ratio(clv.BGNBD().fit(drawn), GROUPED.fit(drawn))
    assert found.degrees_of_freedom == 1
    assert found.p_value < 1e-3
    assert found.p_value_by == "chi_squared"


def test_retention_that_changes_with_time() -> None:
    lost, there = np.array([131, 126, 90, 60, 42, 34, 26]), np.array([1000, 869, 743, 653, 593, 551, 517])
    table = pd.DataFrame({"period": np.arange(1, 8), "customers": there, "lost": lost})
    found = clv.checks.likelihood_ratio(clv.ShiftedBetaGeometric().fit(table), clv.BetaDiscreteWeibull().fit(table))
    assert found.degrees_of_freedom == 1
    assert found.p_value < 0.01
    assert found.p_value_by == "chi_squared"


def test_what_cannot_be_compared_is_refused(by_bg: pd.DataFrame) -> None:
    bg, nbd = clv.BGNBD().fit(by_bg), clv.NBD().fit(by_bg)
    with pytest.raises(clv.InputError, match="not nested"):
        clv.checks.likelihood_ratio(bg, clv.MBGNBD().fit(by_bg))
    with pytest.raises(clv.InputError, match="not nested"):
        clv.checks.likelihood_ratio(bg, nbd)
    with pytest.raises(clv.InputError, match="not nested"):
        clv.checks.likelihood_ratio(bg, bg)
    with pytest.raises(clv.InputError, match="not nested"):
        clv.checks.likelihood_ratio(clv.BGCNBD(k=2).fit(by_bg), clv.BGCNBD(k=3).fit(by_bg))
    with pytest.raises(clv.InputError, match="same customers"):
        clv.checks.likelihood_ratio(nbd, clv.BGNBD().fit(by_bg.head(3000)))
    with pytest.raises(clv.InputError, match="'map'"):
        clv.checks.likelihood_ratio(nbd, clv.BGNBD().fit(by_bg, method="map"))
