"""Intervals by hand, at their edges, and how often they hold the truth."""

import numpy as np
import pytest
from interval_coverage import SHARES, SPEND, mixes, of_means, of_net_shares, of_rates, of_ratios, of_shares
from scipy import optimize, stats

from clvlab.customers.intervals import mean, net_share, rate, ratio, share
from clvlab.customers.intervals.means import _untransformed
from clvlab.errors import InputError

CUSTOMERS = (10, 30, 100, 1000)
USUAL = (SHARES >= 0.02) & (SHARES <= 0.98)


def floats(found: tuple[np.ndarray, ...]) -> list[float]:
    return [float(each) for each in found]


def test_a_share_of_none_or_all_by_hand() -> None:
    """Of 0 in n the upper end p has (1 - p)**n / 2 = .025."""
    assert floats(share(0, 10)) == pytest.approx([0.0, 0.0, 1 - 0.05**0.1])
    assert floats(share(10, 10)) == pytest.approx([1.0, 0.05**0.1, 1.0])
    assert floats(share(1, 1)) == pytest.approx([1.0, 0.05, 1.0])
    assert np.isnan(share(0, 0)).all()


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.999])
def test_at_the_ends_of_a_share_its_tails_are_what_they_are_to_be(level: float) -> None:
    hits, of = np.array([1, 3, 7, 40, 999, 2]), np.array([10, 10, 10, 100, 1000, 2_000_000])
    _, low, high = share(hits, of, level=level)
    above = stats.binom.sf(hits, of, low) + stats.binom.pmf(hits, of, low) / 2
    below = stats.binom.cdf(hits, of, high) - stats.binom.pmf(hits, of, high) / 2
    np.testing.assert_allclose([above, below], (1 - level) / 2, rtol=1e-6)


@pytest.mark.parametrize("n", CUSTOMERS)
def test_coverage_of_shares(n: int) -> None:
    covered = of_shares(n).to_numpy()
    assert 0.93 <= covered[USUAL].mean() <= 0.97
    assert covered.min() >= 0.90  # of all shares from .001 to .999


@pytest.mark.parametrize("n", CUSTOMERS)
def test_coverage_above_the_level_is_that_of_discrete_counts(n: int) -> None:
    """Half the chance of the outermost outcomes that hold the share is all there is above 95 %."""
    hits = np.arange(n + 1)
    _, low, high = share(hits, n)
    for p, covered in of_shares(n).items():
        holds = np.flatnonzero((low <= p + 1e-9) & (p - 1e-9 <= high))
        outermost = stats.binom.pmf([holds[0], holds[-1]], n, p)
        assert covered <= 0.95 + outermost.sum() / 2 + 1e-9


def test_shares_of_a_thousand_groups_at_once_are_those_of_each() -> None:
    rng = np.random.default_rng(1)
    of = rng.integers(0, 500, size=1000)
    hits = rng.binomial(of, 0.3)
    together = np.array(share(hits, of))
    apart = np.array([floats(share(x, n)) for x, n in zip(hits[:50], of[:50], strict=True)]).T
    np.testing.assert_allclose(together[:, :50], apart)
    some = of > 0
    assert (together[1, some] <= together[0, some]).all()
    assert (together[0, some] <= together[2, some]).all()


def test_a_share_of_more_than_all_is_refused() -> None:
    with pytest.raises(InputError, match="between 0 and all; found hits 11, of 10"):
        share([1, 11], [10, 10])
    with pytest.raises(InputError, match="level="):
        share(1, 2, level=95)


def test_a_net_share_where_everybody_says_the_same() -> None:
    value, low, high = (np.asarray(each) for each in net_share([10, 0, 0, 1, 0], [0, 10, 0, 0, 0], [10, 10, 10, 1, 0]))
    np.testing.assert_array_equal(value, [1, -1, 0, 1, np.nan])
    assert high[0] == 1.0
    assert 0.4 < low[0] < 0.6
    assert low[1] == -1.0
    assert high[1] == pytest.approx(-low[0])
    assert low[2] == pytest.approx(-high[2])
    assert -1 < low[2] < 0
    assert -1 < low[3] < 0
    assert np.isnan([low[4], high[4]]).all()


@pytest.mark.parametrize(("plus", "minus", "of"), [(45, 25, 100), (8, 1, 10), (3, 17, 25), (30, 0, 40)])
def test_a_net_share_by_a_search_for_the_likeliest_shares(plus: int, minus: int, of: int) -> None:
    """At its end the observed difference is a quantile of its law, at the likeliest shares with that difference."""
    _, low, _ = floats(net_share(plus, minus, of))
    counts = np.array([plus, minus, of - plus - minus])

    def unlikely(against: float) -> float:
        chances = np.array([against + low, against, 1 - 2 * against - low])
        return -float(counts @ np.log(np.maximum(chances, 1e-300)))

    least, most = max(0.0, -low), (1 - low) / 2
    against = optimize.minimize_scalar(unlikely, (least, most), bounds=(least, most), method="bounded",
                                       options={"xatol": 1e-12}).x  # fmt: skip
    law = stats.rv_discrete(values=([1, -1, 0], [against + low, against, 1 - 2 * against - low]))
    moments = law.stats(moments="mvs")
    z = stats.norm.ppf(0.975)
    quantile = z + float(moments[2]) / np.sqrt(of) * (z**2 - 1) / 6
    assert (plus - minus) / of == pytest.approx(low + quantile * float(np.sqrt(moments[1] / of)), abs=1e-5)


@pytest.mark.parametrize("n", [10, 30, 100])
def test_coverage_of_net_shares(n: int) -> None:
    at = mixes()
    usual = (at.max(axis=1) <= 0.98) & (at.min(axis=1) >= 0.02)
    covered = of_net_shares(n, at)
    assert 0.93 <= covered[usual].mean() <= 0.97
    assert covered.min() >= 0.90  # all but everybody a promoter included


def test_coverage_of_net_shares_of_a_thousand() -> None:
    covered = of_net_shares(1000, mixes()[::12])
    assert 0.93 <= covered.mean() <= 0.97
    assert covered.min() >= 0.90


def test_net_shares_have_one_end_on_either_side() -> None:
    """Every outcome of 30 answers, at several levels: ends are found, ordered, and further out at a higher level."""
    plus, minus = (each.ravel() for each in np.meshgrid(np.arange(31), np.arange(31)))
    possible = plus + minus <= 30
    ends = [net_share(plus[possible], minus[possible], 30, level=level)[1:] for level in (0.5, 0.8, 0.95, 0.99, 0.999)]
    lows, highs = np.array([low for low, _ in ends]), np.array([high for _, high in ends])
    assert np.isfinite([lows, highs]).all()
    assert (np.diff(lows, axis=0) <= 1e-9).all()
    assert (np.diff(highs, axis=0) >= -1e-9).all()
    assert lows.min() >= -1
    assert highs.max() <= 1


def test_counts_that_are_missing_have_no_interval() -> None:
    missing = np.array([np.nan, 1.0])
    for found in (share(missing, 2), share(1, missing + 1), net_share(missing, 0, 3), net_share(0, missing, 3),
                  net_share(0, 0, missing), rate(missing, 1), rate(1, missing)):  # fmt: skip
        assert np.isnan([each[0] for each in found]).all()
        assert np.isfinite([each[1] for each in found]).all()


def test_a_net_share_of_more_than_all_is_refused() -> None:
    with pytest.raises(InputError, match="together at most all; found plus 6, minus 5, of 10"):
        net_share(6, 5, 10)


def test_rates_by_hand() -> None:
    assert floats(rate(0, 2)) == pytest.approx([0.0, 0.0, -np.log(0.05) / 2])
    _, low, high = floats(rate(7, 1))
    assert stats.poisson.sf(7, low) + stats.poisson.pmf(7, low) / 2 == pytest.approx(0.025)
    assert stats.poisson.cdf(7, high) - stats.poisson.pmf(7, high) / 2 == pytest.approx(0.025)
    assert np.isnan(rate(0, 0)).all()
    with pytest.raises(InputError, match="0 or more; found events -1"):
        rate(-1, 1)


def test_coverage_of_rates() -> None:
    assert of_rates(np.linspace(0.01, 1, 100)).min() >= 0.90
    for low, high in ((1.0, 20.0), (20.0, 200.0)):
        covered = of_rates(np.linspace(low, high, 200))
        assert 0.93 <= covered.mean() <= 0.97
        assert covered.min() >= 0.90


def test_means_by_hand() -> None:
    values = np.array([2.0, 4.0, 9.0])
    expected = stats.t.interval(0.95, 2, loc=5.0, scale=stats.sem(values))
    assert floats(mean(3, 15.0, 101.0)) == pytest.approx([5.0, *expected])
    value, low, high = floats(mean(3, 15.0, 101.0, 801.0))
    assert value == 5.0
    assert high - value > value - low  # a long tail above


def test_halls_transformation_is_undone() -> None:
    n, t = np.array([5.0, 30.0, 1000.0]), np.array([2.5, 2.0, 1.96])
    for skewness in (-2.0, -1e-12, 0.0, 0.3, 2.0):
        root = skewness / np.sqrt(n)
        found = _untransformed(t, np.full(3, skewness), n)
        np.testing.assert_allclose(found + root * found**2 / 3 + root**2 * found**3 / 27 + root / 6, t, rtol=1e-7)


def test_values_all_alike_say_nothing_of_others() -> None:
    value, low, high = mean([4, 1, 0], [40.4, 7.0, 0.0], [4 * 10.1**2, 49.0, 0.0], [4 * 10.1**3, 343.0, 0.0])
    np.testing.assert_allclose(value, [10.1, 7.0, np.nan])
    assert np.isnan(low).all()
    assert np.isnan(high).all()


@pytest.mark.parametrize("spend", SPEND)
@pytest.mark.parametrize("n", [30, 100, 1000])
def test_coverage_of_means(spend: str, n: int) -> None:
    covered = of_means(spend, n, worlds=4000)
    assert covered >= (0.915 if spend == "lognormal, sigma 1" else 0.93 if n > 30 else 0.925)
    assert covered <= 0.965
    assert covered >= of_means(spend, n, worlds=4000, skewness=False) - 0.003  # Student's


def test_at_the_ends_of_a_ratio_a_t_test_is_at_its_level() -> None:
    spent = np.array([30.0, 50.0, 55.0, 80.0, 12.0])
    orders = np.array([2.0, 2.0, 3.0, 4.0, 1.0])
    sums = (float(each.sum()) for each in (spent, orders, spent**2, orders**2, spent * orders))
    value, low, high = floats(ratio(5, *sums))
    assert value == pytest.approx(227 / 12)
    for end in (low, high):
        assert stats.ttest_1samp(spent - end * orders, 0.0).pvalue == pytest.approx(0.05)


def test_ratios_at_their_edges() -> None:
    #                       none, one, no orders, all alike, orders that cannot be told from none
    n, num, den = [0, 1, 2, 2, 2], [0, 20, 5, 30, 10], [0, 2, 0, 3, 1]
    num2, den2, cross = [0, 400, 13, 500, 100], [0, 4, 0, 5, 1], [0, 40, 0, 50, 10]
    value, low, high = ratio(n, num, den, num2, den2, cross)
    np.testing.assert_array_equal(value, [np.nan, 10, np.nan, 10, 10])
    assert np.isnan(low).all()
    assert np.isnan(high).all()


@pytest.mark.parametrize(("n", "least"), [(30, 0.92), (100, 0.93), (1000, 0.935)])
def test_coverage_of_ratios(n: int, least: float) -> None:
    covered, without = of_ratios(n, worlds=2000)
    assert least <= covered <= 0.97
    assert without == 0
