"""Posteriors hold the truth as often as they say; posteriors made wrong on purpose are found out."""

import numpy as np
import pytest
from ranks import LOG_LIKELIHOOD, RANKED, Ranks, coverage, p_chi_square, p_ecdf, sampler, simulate
from studies import SPREAD, STUDIES

PROPOSALS = 400
SUSPECT = 0.001  # the least p-value of the five or six quantities of a model, most of them dependent
WIDE = 1.0


def ranked(model: str, method: str, *, simulations: int = 40, customers: int = 100, spread: float = SPREAD) -> Ranks:
    study = STUDIES[model].spread(spread)
    return simulate(study, sampler(method, PROPOSALS), simulations=simulations, customers=customers, seed=20)


def least_p(found: Ranks) -> float:
    return min(p_ecdf(ranks) for ranks in found.ranks.values())


@pytest.mark.parametrize("model", ["BGNBD", "GammaGamma"])
def test_truth_ranks_anywhere_among_laplace_draws(model: str) -> None:
    found = ranked(model, "laplace")
    assert found.used >= 38
    for quantity, ranks in found.ranks.items():
        assert p_ecdf(ranks) > SUSPECT, quantity
        assert p_chi_square(ranks) > SUSPECT, quantity


def test_half_the_covariance_is_found_out() -> None:
    found = ranked("BGNBD", "laplace-covariance-halved", simulations=80)
    assert p_ecdf(found.ranks[LOG_LIKELIHOOD]) < SUSPECT
    assert coverage(found.ranks[LOG_LIKELIHOOD], 0.9)[0] < 0.8


def test_priors_without_their_jacobian_are_found_out_where_priors_matter() -> None:
    few = {"customers": 40, "spread": WIDE}
    assert least_p(ranked("BGNBD", "laplace-jacobian-dropped", **few)) < SUSPECT
    assert least_p(ranked("BGNBD", "laplace", **few)) > SUSPECT


def test_p_values_are_uniform_where_ranks_are() -> None:
    rng = np.random.default_rng(1)
    sets = [rng.integers(0, RANKED + 1, 60).tolist() for _ in range(120)]
    assert np.mean([p_ecdf(ranks) < 0.1 for ranks in sets]) == pytest.approx(0.1, abs=0.08)
    assert np.mean([p_chi_square(ranks) < 0.1 for ranks in sets]) == pytest.approx(0.1, abs=0.08)


def test_intervals_hold_what_they_say_of_every_rank_once() -> None:
    every = list(range(RANKED + 1))
    assert coverage(every, 0.5)[0] == 0.5
    assert coverage(every, 0.9)[0] == 0.9
    assert p_ecdf(every) > 0.99
    assert p_ecdf([50] * 40) < SUSPECT
