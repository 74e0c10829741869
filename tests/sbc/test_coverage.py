"""Intervals of maximum likelihood hold the truth in 90 % of cases, also of few customers."""

import pytest
from covering import covered

LOW, HIGH = 0.86, 0.94


def test_a_wide_likelihood_gives_intervals_all_the_same() -> None:
    # By the curvature at the maximum alone each customer's interval held the truth in 82 % of worlds.
    found = covered("MBGNBD", worlds=25, customers=800)
    assert found.pop("withheld") == 0.0
    assert min(found.values()) > 0.72


@pytest.mark.slow
@pytest.mark.parametrize("model", ["BGNBD", "MBGNBD", "ParetoNBD"])
def test_intervals_of_800_customers_cover(model: str) -> None:
    found = covered(model, worlds=400, customers=800)
    assert found.pop("withheld") < 0.05 + 0.05 * (model == "ParetoNBD")
    slack = 0.015  # of 400 worlds, a standard error
    # Pareto/NBD's dropout is hardly told from so few customers: its two parameters trade off along a ridge, where
    # intervals are wider than they need be (.96 and .98 seen).
    wide = {"s", "beta"} if model == "ParetoNBD" else set()
    for name, share in found.items():
        assert LOW - slack < share < (0.99 if name in wide else HIGH + 2 * slack), found
