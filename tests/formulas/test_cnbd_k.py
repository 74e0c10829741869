"""BG/CNBD-k and MBG/CNBD-k against many digits, their own story lived through, and the k = 1 they generalise."""

from typing import Any

import mpmath as mp
import numpy as np
import pytest

from clvlab.formulas import bg_cnbd_k, bg_nbd, cnbd_k, mbg_cnbd_k, mbg_nbd, thinned_erlang
from clvlab.inference.likelihood import Likelihood
from clvlab.inference.maximum import maximize

FAMILIES = {"BG": bg_cnbd_k, "MBG": mbg_cnbd_k}
PARAMS = {"r": 1.3, "alpha": 2.8, "a": 0.42, "b": 0.79}
CORNERS = [
    # t, r, alpha, a, b, waited, k
    (52.0, 7.3, 40.0, 0.42, 2.8, 11.0, 2),
    (1e-2, 0.3, 2.0, 1.0, 2.0, 0.0, 3),
    (30.0, 10_001.3, 16_000.0, 0.8, 5002.5, 6000.0, 2),
    (8.0, 4e3, 9.0, 1.0, 1e-3, 0.0, 6),
    (600.0, 1e-3, 30.0, 0.6, 0.4, 30.0, 4),
    (5.0, 30_006.0, 1020.0, 3e3, 9e3, 15.0, 6),
    (40.0, 1500.0, 250.0, 0.01, 1e4, 0.0, 2),
    (25.0, 0.7, 1.5, 2.0, 3.0, 1.4, 12),
]


@pytest.fixture(scope="module", params=sorted(FAMILIES))
def family(request: Any) -> Any:
    return FAMILIES[request.param]


class Literal:
    """The sums (1) to (3) of ``thinned_erlang``, stage by stage in 40 digits."""

    def __init__(self, t: float, r: float, alpha: float, a: float, b: float, waited: float, k: int) -> None:
        with mp.workdps(40):
            t, r, alpha, self.a, self.b, waited = (mp.mpf(v) for v in (t, r, alpha, a, b, waited))
            spread = float(r) + k + 9 * float(r + k) ** 0.5 + 40
            self.most = int(1.3 * spread * float(t / alpha) + 60) // k + 60
            self.exactly = [mp.mpf(0)] * (self.most + 1)
            weights = [mp.rf(r, j) / mp.factorial(j) * (waited / alpha) ** j for j in range(k)]
            for j in range(k):
                held = weights[j] / sum(weights) * (alpha / (alpha + t)) ** (r + j)
                for m in range(k * (self.most + 1) - j):
                    self.exactly[(j + m) // k] += held
                    held *= (r + j + m) / (m + 1) * t / (alpha + t)
            self.survive = [mp.mpf(1)]
            for y in range(self.most):
                self.survive.append(self.survive[-1] * (self.b + y) / (self.a + self.b + y))

    def pmf(self, y: int) -> Any:
        with mp.workdps(40):
            left = (self.survive[y - 1] - self.survive[y]) * sum(self.exactly[y:]) if y else 0
            return self.exactly[y] * self.survive[y] + left

    def expected(self) -> Any:
        with mp.workdps(40):
            total = paid = mp.mpf(0)
            for y in range(self.most):
                total += self.exactly[y] * paid
                paid += self.survive[y]
            return total

    def alive(self) -> Any:
        with mp.workdps(40):
            return sum(p * s for p, s in zip(self.exactly, self.survive, strict=True))


@pytest.mark.parametrize("case", CORNERS)
def test_forward_to_many_digits(case: tuple[float, ...]) -> None:
    state, k = case[:6], int(case[6])
    literal = Literal(*state, k=k)
    assert float(thinned_erlang.expected_purchases(*state, k)) == pytest.approx(float(literal.expected()), rel=1e-9)
    assert float(thinned_erlang.prob_alive(*state, k)) == pytest.approx(float(literal.alive()), rel=1e-9, abs=1e-300)
    summed = thinned_erlang._integrated(*(np.array([float(v)]) for v in state), k)
    assert float(summed[0][0]) == pytest.approx(float(literal.expected()), rel=1e-8)
    assert float(summed[1][0]) == pytest.approx(float(literal.alive()), rel=1e-8, abs=1e-300)
    for y in sorted({0, 1, 2, 5, literal.most // 3}):
        assert float(thinned_erlang.pmf(y, *state, k)) == pytest.approx(float(literal.pmf(y)), rel=1e-8, abs=1e-300)


def test_long_futures_against_the_poisson_buyer() -> None:
    # k = 1 has other closed forms and integrals in thinned_poisson: an independent check where sums are too long.
    rng = np.random.default_rng(4)
    r, alpha, a, b = 10 ** rng.uniform(-3, 4, size=(4, 300))
    t = 10 ** rng.uniform(-2, 4.2, size=300)
    expected, alive = thinned_erlang._moments(t, r, alpha, a, b, 0.0, 1)
    np.testing.assert_allclose(expected, bg_nbd.expected_purchases(t, r, alpha, a, b), rtol=1e-8)
    np.testing.assert_allclose(alive, bg_nbd.prob_alive_later(t, r, alpha, a, b), rtol=1e-8, atol=1e-300)


def test_regular_buyers_everywhere_finite(family: Any) -> None:
    rng = np.random.default_rng(5)
    x = np.where(rng.random(300) < 0.3, 0.0, np.floor(10 ** rng.uniform(0, 3.7, size=300)))
    T = 10 ** rng.uniform(-2, 4.2, size=300)
    t_x = np.where(x > 0, T * np.minimum(1.3 * rng.random(300), 1.0), 0.0)
    params = dict(zip(cnbd_k.CNBD.PARAMETERS, 10 ** rng.uniform(-3, 4, size=(4, 300)), strict=True))
    t = 10 ** rng.uniform(-2, 4.2, size=300)
    for k in (2, 6):
        formula = family.with_k(k)
        assert np.isfinite(formula.log_likelihood(x, t_x, T, 0.0 * x, **params)).all()
        state = formula.given_alive(x, t_x, T, **params)
        alive = formula.prob_alive(x, t_x, T, **params)
        later = formula.FORWARD.prob_alive_later(t, **state)
        none = formula.FORWARD.prob_no_purchase(t, **state)
        for probability in (alive, later, none, formula.FORWARD.pmf(3, t, **state)):
            assert np.isfinite(probability).all()
            assert ((probability >= 0) & (probability <= 1 + 1e-9)).all()
        assert (formula.FORWARD.expected_purchases(t, **state) > 0).all()
        np.testing.assert_allclose(formula.FORWARD.pmf(0, t, **state), none, rtol=1e-12)


@pytest.mark.parametrize("k", [1, 2, 5])
def test_log_likelihood_to_many_digits(family: Any, k: int) -> None:
    rng = np.random.default_rng(k)
    formula = family.with_k(k)
    zero = formula.leaves_first
    for _ in range(40):
        r, alpha, a, b = (float(v) for v in 10 ** rng.uniform(-3, 4, size=4))
        x = float(rng.choice([0.0, 1.0, 7.0, 5000.0]))
        T = float(10 ** rng.uniform(-2, 4.2))
        t_x = T * float(rng.choice([0.3, 1.0])) if x else 0.0
        gaps = float(x * rng.normal())
        with mp.workdps(60):
            R, A, c = mp.mpf(r) + k * x, mp.mpf(alpha), x + zero
            waiting = sum(mp.rf(R, j) / mp.factorial(j) * ((mp.mpf(T) - t_x) / (A + T)) ** j for j in range(k))
            # logs of each factor: mpmath's own exponents are unbounded, so raw powers do not overflow
            alive = mp.beta(a, mp.mpf(b) + c) / mp.beta(a, b) * waiting * (A + T) ** -R
            left = mp.beta(mp.mpf(a) + 1, mp.mpf(b) + c - 1) / mp.beta(a, b) * (A + t_x) ** -R if c else 0
            exact = (
                (k - 1) * mp.mpf(gaps) - x * mp.loggamma(k) + mp.loggamma(R) - mp.loggamma(r)
                + r * mp.log(A) + mp.log(alive + left)
            )  # fmt: skip
            odds = float(alive / (alive + left))
        found = float(formula.log_likelihood(x, t_x, T, gaps, r, alpha, a, b))
        assert abs(found - float(exact)) <= 1e-8 * max(1.0, abs(float(exact)))
        assert float(formula.prob_alive(x, t_x, T, r, alpha, a, b)) == pytest.approx(odds, rel=1e-8, abs=1e-300)


def test_k_of_one_is_the_poisson_buyer() -> None:
    x, t_x, T = np.array([0.0, 2.0, 7.0, 7.0]), np.array([0.0, 30.4, 10.0, 50.0]), np.array([39.0, 38.9, 50.0, 50.0])
    for formula, plain in ((bg_cnbd_k.with_k(1), bg_nbd), (mbg_cnbd_k.with_k(1), mbg_nbd)):
        ours = formula.log_likelihood(x, t_x, T, np.log(T), **PARAMS)
        np.testing.assert_allclose(ours, plain.log_likelihood(x, t_x, T, **PARAMS), rtol=1e-13)
        alive = formula.prob_alive(x, t_x, T, **PARAMS)
        np.testing.assert_allclose(alive, plain.prob_alive(x, t_x, T, **PARAMS), rtol=1e-13)
        for name in ("expected_purchases", "prob_no_purchase", "prob_alive_later"):
            new = getattr(formula, name)(52.0, **PARAMS)
            np.testing.assert_allclose(new, getattr(plain, name)(52.0, **PARAMS), rtol=1e-12)
        y = np.arange(30)
        np.testing.assert_allclose(formula.pmf(y, 52.0, **PARAMS), plain.pmf(y, 52.0, **PARAMS), rtol=1e-10)


@pytest.mark.parametrize("k", [2, 3])
def test_counts_and_expectation_agree_with_the_story(family: Any, k: int) -> None:
    formula, n, t = family.with_k(k), 200_000, 30.0
    customer, time, alive = formula.simulate(np.random.default_rng(k), np.full(n, t), **PARAMS)
    counts = np.bincount(customer, minlength=n)
    assert (time <= t).all()
    expected = float(formula.expected_purchases(t, **PARAMS))
    assert counts.mean() == pytest.approx(expected, abs=4 * counts.std() / np.sqrt(n))
    y = np.arange(400)
    pmf = formula.pmf(y, t, **PARAMS)
    assert pmf.sum() == pytest.approx(1.0, abs=1e-9)
    assert (pmf * y).sum() == pytest.approx(expected, rel=1e-7)
    np.testing.assert_allclose(np.bincount(counts, minlength=8)[:8] / n, pmf[:8], atol=4 * 0.5 / np.sqrt(n))
    assert pmf[0] == pytest.approx(float(formula.prob_no_purchase(t, **PARAMS)), rel=1e-12)
    assert alive.mean() == pytest.approx(float(formula.prob_alive_later(t, **PARAMS)), abs=4 * 0.5 / np.sqrt(n))


@pytest.mark.parametrize("k", [2, 4])
def test_the_state_of_the_living_forecasts_their_future(family: Any, k: int) -> None:
    # Live through T and then t; forecast from the history at T. Right on the whole and for each waiting time.
    formula, n, T, t = family.with_k(k), 60_000, 20.0, 15.0
    customer, time, _ = formula.simulate(np.random.default_rng(7), np.full(n, T + t), **PARAMS)
    seen = time <= T
    x, t_x = np.bincount(customer[seen], minlength=n).astype(float), np.zeros(n)
    np.maximum.at(t_x, customer[seen], time[seen])
    future = np.bincount(customer[~seen], minlength=n)
    state = formula.given_alive(x, t_x, T, **PARAMS)
    alive = formula.prob_alive(x, t_x, T, **PARAMS)
    forecast = {
        "mean": (future, alive * formula.FORWARD.expected_purchases(t, **state)),
        "none": (future == 0, 1 - alive + alive * formula.FORWARD.prob_no_purchase(t, **state)),
        "two": (future == 2, alive * formula.FORWARD.pmf(2, t, **state)),
    }
    waited = np.digitize(T - t_x, [0.3, 1.0, 3.0, 8.0, 19.9])
    for actual, told in forecast.values():
        for group in range(6):
            rows = waited == group
            if rows.sum() > 200:
                error = (actual[rows] - told[rows]).std() / np.sqrt(rows.sum())
                assert abs(actual[rows].mean() - told[rows].mean()) < 4.5 * error
    # Forecasts of everybody add up to what new customers buy between T and T + t.
    between = formula.expected_purchases(T + t, **PARAMS) - formula.expected_purchases(T, **PARAMS)
    assert forecast["mean"][1].mean() == pytest.approx(float(between), abs=4 * forecast["mean"][1].std() / np.sqrt(n))


def test_simulated_futures_of_the_living(family: Any) -> None:
    formula, n, t = family.with_k(3), 100_000, 12.0
    state = formula.given_alive(4.0, 9.0, 13.0, **PARAMS)
    customer, _, alive = formula.FORWARD.simulate(np.random.default_rng(8), np.full(n, t), **state)
    counts = np.bincount(customer, minlength=n)
    expected = float(formula.FORWARD.expected_purchases(t, **state))
    assert counts.mean() == pytest.approx(expected, abs=4 * counts.std() / np.sqrt(n))
    pmf = formula.FORWARD.pmf(np.arange(6), t, **state)
    np.testing.assert_allclose(np.bincount(counts, minlength=6)[:6] / n, pmf, atol=4 * 0.5 / np.sqrt(n))
    later = float(formula.FORWARD.prob_alive_later(t, **state))
    assert alive.mean() == pytest.approx(later, abs=4 * 0.5 / np.sqrt(n))


def test_derivatives_are_those_of_the_value(family: Any) -> None:
    formula = family.with_k(3)
    columns = {
        "x": np.array([0.0, 1.0, 6.0, 5000.0, 3.0]),
        "t_x": np.array([0.0, 2.0, 20.0, 900.0, 20.0]),
        "T": np.array([20.0, 20.0, 20.0, 1000.0, 30.0]),
        "log_gap_sum": np.array([0.0, 0.7, 6.0, -8000.0, 5.0]),
    }
    likelihood = Likelihood(formula, columns)
    at = np.log([1.3, 2.8, 1.0, 0.79])
    _, gradient, hessian = likelihood.derivatives(at)
    assert np.isfinite(gradient).all()
    assert np.isfinite(hessian).all()
    for i, step in enumerate(np.eye(4) * 1e-4):
        up, down = likelihood.derivatives(at + step), likelihood.derivatives(at - step)
        assert gradient[i] == pytest.approx((up[0] - down[0]) / 2e-4, rel=1e-5, abs=1e-4)
        np.testing.assert_allclose(hessian[i], (up[1] - down[1]) / 2e-4, rtol=1e-5, atol=1e-4)


def test_recovers_parameters_and_k(family: Any) -> None:
    n, T = 20_000, np.full(20_000, 40.0)
    truth = family.with_k(2)
    customer, time, _ = truth.simulate(np.random.default_rng(9), T, **PARAMS)
    first = np.append(True, customer[1:] != customer[:-1])
    gaps = np.where(first, time, time - np.append(0.0, time[:-1]))
    columns = {
        "x": np.bincount(customer, minlength=n).astype(float),
        "t_x": np.zeros(n),
        "T": T,
        "log_gap_sum": np.bincount(customer, weights=np.log(gaps), minlength=n),
    }
    np.maximum.at(columns["t_x"], customer, time)
    found = {}
    for k in (1, 2, 3):
        likelihood = Likelihood(family.with_k(k), columns)
        found[k] = maximize(likelihood.derivatives, likelihood.value, np.log([1.0, 2.0, 0.5, 1.0]))
    assert cnbd_k.choose_k({k: best.value for k, best in found.items()}) == 2
    off = (found[2].at - np.log(list(PARAMS.values()))) / np.sqrt(np.diag(found[2].covariance))
    assert np.abs(off).max() < 4


def test_k_must_be_a_number_of_stages(family: Any) -> None:
    for k in (0, 1.5, 31, True):
        with pytest.raises(ValueError, match="whole number from 1 to 30"):
            family.with_k(k)
    with pytest.raises(ValueError, match="finite"):
        cnbd_k.choose_k({2: float("nan")})


def test_parameters_a_draw_against_customers(family: Any) -> None:
    formula = family.with_k(2)
    draws = {name: np.array([[value], [1.1 * value]]) for name, value in PARAMS.items()}
    x, t_x, T = np.array([0.0, 3.0, 5.0]), np.array([0.0, 4.0, 5.0]), np.array([9.0, 9.0, 5.0])
    state = formula.given_alive(x, t_x, T, **draws)
    for values in (
        formula.prob_alive(x, t_x, T, **draws),
        formula.FORWARD.expected_purchases(8.0, **state),
        formula.FORWARD.prob_no_purchase(8.0, **state),
        formula.FORWARD.prob_alive_later(8.0, **state),
        formula.FORWARD.pmf(2, 8.0, **state),
    ):
        assert values.shape == (2, 3)
    assert float(formula.expected_purchases(0.0, **PARAMS)) == 0.0
    assert float(formula.FORWARD.pmf(0, 0.0, **formula.given_alive(3.0, 4.0, 9.0, **PARAMS))) == 1.0
    assert float(formula.FORWARD.pmf(2, 0.0, **formula.given_alive(3.0, 4.0, 9.0, **PARAMS))) == 0.0
