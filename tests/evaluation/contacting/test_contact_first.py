"""Contact now, never, or test first: against closed forms and a simulation of the whole decision."""

import numpy as np
import pytest
from scipy import stats

from clvlab.errors import InputError
from clvlab.evaluation.contacting import ValueOfTest, normal_gain, value_of_test

BELIEF: dict[str, float] = {"worth": 10_000.0, "customers": 2000, "cost": 0.5, "lift": 0.09, "lift_sd": 0.08,
                            "purchases_mean": 0.8, "purchases_sd": 1.2}  # fmt: skip


def valued(**changed: object) -> ValueOfTest:
    return value_of_test(**(BELIEF | changed))  # type: ignore[arg-type]


@pytest.mark.parametrize(("mean", "sd"), [(0.0, 1.0), (1.3, 0.7), (-2.0, 3.0)])
def test_the_normal_loss_integral(mean: float, sd: float) -> None:
    expected = stats.norm(mean, sd).expect(lambda x: max(x, 0.0), lb=mean - 12 * sd, ub=mean + 12 * sd, points=[0.0])
    assert normal_gain(mean, sd) == pytest.approx(expected, rel=1e-6)


def test_raiffa_and_schlaifer_at_break_even() -> None:
    """Where the prior breaks even, perfect information is worth K s / sqrt(2 pi)."""
    found = valued(lift=0.1)
    assert found.break_even == pytest.approx(0.1)
    assert found.contact_now == pytest.approx(0.0)
    assert found.perfect_information == pytest.approx(10_000 * 0.08 / np.sqrt(2 * np.pi))


def test_no_test_is_worth_more_than_knowing() -> None:
    for lift in (0.02, 0.09, 0.1, 0.12, 0.3):
        found = valued(lift=lift)
        assert (found.table["value"] - max(found.contact_now, 0.0) <= found.perfect_information + 1e-9).all()
        apart = found.table["information"] - found.table["test_cost"] - found.table["delay_cost"]
        np.testing.assert_allclose(found.table["value"], max(found.contact_now, 0.0) + apart, atol=1e-8)


def test_choices() -> None:
    assert valued().best == "test_first"
    assert valued(lift=0.5).best == "contact_now"
    assert valued(lift=0.0, lift_sd=0.01).best == "do_not_contact"
    assert valued(lift_sd=0.0, lift=0.2).best == "contact_now"
    dear = valued(fixed_cost=1e6)
    assert (dear.best, dear.gain) == ("do_not_contact", 0.0)
    late = valued(kept=0.2)
    assert (late.table["delay_cost"] > 0).all()
    assert late.test_first < valued().test_first


def test_a_larger_test_errs_less_and_a_perfect_one_says_all() -> None:
    found = valued(sizes=[20, 200, 2000])
    assert found.table["error"].is_monotonic_decreasing
    sure = valued(purchases_mean=1e9, purchases_sd=0.0, sizes=[2])
    assert sure.table["information"].iloc[0] == pytest.approx(sure.perfect_information * 1999 / 2000, rel=1e-3)


def test_the_error_is_that_of_a_ratio_of_means() -> None:
    rng = np.random.default_rng(5)
    n, worlds, shape = 400, 4000, 0.8
    rate = rng.gamma(shape, 1.0 / shape, (worlds, 2 * n))
    bought = rng.poisson(np.where(np.arange(2 * n) < n, 1.2, 1.0) * rate)
    ratios = bought[:, :n].mean(axis=1) / bought[:, n:].mean(axis=1)
    told = value_of_test(worth=1.0, customers=2 * n, cost=0.1, lift=0.2, lift_sd=0.1, purchases_mean=1.0,
                         purchases_sd=np.sqrt(1 + 1 / shape), sizes=[2 * n])  # fmt: skip
    # Linearised; the standard deviation of 4,000 ratios is known to 1.1 %.
    assert told.table["error"].iloc[0] == pytest.approx(ratios.std(), rel=0.04)


def test_the_value_is_what_the_whole_decision_earns_on_average() -> None:
    found = valued(sizes=[600], kept=0.9)
    row, rng = found.table.iloc[0], np.random.default_rng(2)
    lift = rng.normal(0.09, 0.08, 400_000)
    estimate = rng.normal(lift, row["error"])
    weight = 0.08**2 / (0.08**2 + row["error"] ** 2)
    after = 0.09 + weight * (estimate - 0.09)
    each = 10_000 / 2000
    go = 0.9 * each * after > 0.5
    earned = 300 * (each * lift - 0.5) + np.where(go, 1700 * (0.9 * each * lift - 0.5), 0.0)
    assert row["value"] == pytest.approx(earned.mean(), abs=4 * earned.std() / np.sqrt(400_000))
    assert row["chance_contact"] == pytest.approx(go.mean(), abs=0.004)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"worth": 0.0}, "worth="),
        ({"customers": 1}, "customers="),
        ({"customers": 10.5}, "whole number"),
        ({"lift_sd": -1.0}, "lift_sd="),
        ({"kept": 0.0}, "kept="),
        ({"control": 1.0}, "control="),
        ({"sizes": [1]}, "sizes="),
        ({"sizes": [3000]}, "sizes="),
        ({"sizes": []}, "sizes="),
    ],
)
def test_wrong_numbers_are_named(changed: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        valued(**changed)
