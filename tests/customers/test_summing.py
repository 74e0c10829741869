"""From sums to values with intervals."""

import numpy as np
import pytest

from clvlab.customers.intervals import share
from clvlab.customers.measures import Parts
from clvlab.customers.summing import valued
from clvlab.customers.sums import sums_of


def parts(customer: list[int], num: list[float]) -> Parts:
    return Parts(np.array(customer), np.array(num), np.ones(len(num)))


def test_customers_who_answer_twice_alike_count_once() -> None:
    group = np.zeros(41, dtype=np.int64)
    once = sums_of([parts(list(range(40)), [1.0] * 20 + [0.0] * 20)], group, 1)
    twice = sums_of([parts(list(range(40)) * 2, ([1.0] * 20 + [0.0] * 20) * 2)], group, 1)
    assert valued("share", twice).low[0] == pytest.approx(valued("share", once).low[0])
    assert valued("share", once).low[0] == pytest.approx(float(share(20, 40)[1]))


def test_answers_that_cancel_out_are_worth_more_than_rows() -> None:
    group = np.zeros(21, dtype=np.int64)
    sums = sums_of([parts(list(range(20)) * 2, [1.0] * 20 + [0.0] * 20)], group, 1)
    found = valued("share", sums)
    low, high = (float(each) for each in share(20, 40)[1:])
    assert low < found.low[0] < 0.5 < found.high[0] < high


def test_rounding_makes_no_more_promoters_than_answers() -> None:
    group = np.zeros(12, dtype=np.int64)
    for seed in range(300):
        rng = np.random.default_rng(seed)
        n = int(rng.integers(3, 30))
        side = rng.choice([-1.0, 1.0], n)
        found = valued("net", sums_of([parts(list(rng.integers(0, 11, n)), list(side))], group, 1))
        assert -100.0 <= found.low[0] <= found.value[0] <= found.high[0] <= 100.0


def test_sums_add_up_over_groups() -> None:
    rng = np.random.default_rng(1)
    rows = Parts(rng.integers(-1, 30, 200), rng.normal(size=200), np.ones(200))
    group = np.append(rng.integers(0, 3, 30), 2)
    each, whole = sums_of([rows], group, 3), sums_of([rows], np.zeros(31, dtype=np.int64), 1)
    for name, values in vars(each).items():
        assert np.sum(values) == pytest.approx(float(getattr(whole, name)[0])), name
