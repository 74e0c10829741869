r"""BG/CNBD-k and MBG/CNBD-k: BG/NBD and MBG/NBD with regular, Erlang-k gaps between purchases.

While alive, a customer's gaps are Erlang-k with rate lambda (k = 1 exponential; larger k more regular). After each
repeat purchase (and in MBG also after the first) the customer drops out with probability p. lambda ~ Gamma(r, rate
alpha), p ~ Beta(a, b), independently. k is a constant of the formula, chosen by comparing likelihoods.

Source: Platzer & Reutterer, (M)BG/CNBD-k as in the R package BTYDplus; Batislam, Denizel & Filiztekin (2007) for the
chance to leave at once. ``alpha`` is a rate, in the unit of time; r, a and b have no unit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from clvlab.formulas import mbg_nbd, thinned_erlang
from clvlab.formulas.namespace import NUMPY, Known, Namespace, Number

Float = NDArray[np.float64]
LARGEST_K = 30


@dataclass(frozen=True)
class CNBDForward:
    """What an alive customer does from now on; functions of the state that ``given_alive`` returns.

    State: r, alpha, a, b of lambda and p as updated by stages, time and chances to leave so far; waited, the time since
    the last purchase, in which up to k - 1 stages of the next gap may have passed.
    """

    k: int

    def expected_purchases(
        self, t: ArrayLike, r: ArrayLike, alpha: ArrayLike, a: ArrayLike, b: ArrayLike, waited: ArrayLike
    ) -> Float:
        """Expected purchases in the next t; exact, unlike the approximation of BTYDplus."""
        return thinned_erlang.expected_purchases(t, r, alpha, a, b, waited, self.k)

    def pmf(
        self, y: ArrayLike, t: ArrayLike, r: ArrayLike, alpha: ArrayLike, a: ArrayLike, b: ArrayLike, waited: ArrayLike
    ) -> Float:
        """P(y purchases in the next t)."""
        return thinned_erlang.pmf(y, t, r, alpha, a, b, waited, self.k)

    def prob_no_purchase(
        self, t: ArrayLike, r: ArrayLike, alpha: ArrayLike, *, waited: ArrayLike, **_: ArrayLike
    ) -> Float:
        """P(no purchase in the next t)."""
        return thinned_erlang.prob_no_purchase(t, r, alpha, waited, self.k)

    def prob_alive_later(
        self, t: ArrayLike, r: ArrayLike, alpha: ArrayLike, a: ArrayLike, b: ArrayLike, waited: ArrayLike
    ) -> Float:
        """P(still alive after a further t)."""
        return thinned_erlang.prob_alive(t, r, alpha, a, b, waited, self.k)

    def simulate(
        self, rng: np.random.Generator, duration: Float, r: ArrayLike, alpha: ArrayLike, a: ArrayLike, b: ArrayLike,
        waited: ArrayLike,
    ) -> tuple[NDArray[np.int64], Float, NDArray[np.bool_]]:  # fmt: skip
        """Draw the next ``duration`` of customers alive now: (customer, time from now, alive at the end)."""
        n = len(duration)
        r, alpha, a, b, waited = (np.broadcast_to(np.asarray(v, dtype=float), n) for v in (r, alpha, a, b, waited))
        passed = thinned_erlang.stages_passed(rng, r, alpha, waited, self.k)
        rate, leaves = rng.gamma(r + passed, 1.0 / alpha), rng.beta(a, b)
        return thinned_erlang.walk(rng, duration, rate, leaves, np.ones(n, dtype=bool), passed, self.k)


@dataclass(frozen=True)
class CNBD:
    """The formula for one k; ``bg_cnbd_k.with_k`` and ``mbg_cnbd_k.with_k`` make it.

    Parameters
    ----------
    family : str
        BG/CNBD or MBG/CNBD.
    k : int
        Stages a gap, 1 to 30.
    leaves_first : bool
        Whether a customer may drop out right after the first purchase (MBG).
    """

    family: str
    k: int
    leaves_first: bool

    PARAMETERS: ClassVar[tuple[str, ...]] = ("r", "alpha", "a", "b")
    TIME_POWERS: ClassVar[dict[str, int]] = {"alpha": 1}
    DIFFERENCES: ClassVar[dict[str, dict[str, float]]] = mbg_nbd.DIFFERENCES
    HISTORY: ClassVar[tuple[str, ...]] = ("x", "t_x", "T", "log_gap_sum")
    STATE: ClassVar[tuple[str, ...]] = ("x", "t_x", "T")

    def __post_init__(self) -> None:
        if isinstance(self.k, bool) or int(self.k) != self.k or not 1 <= self.k <= LARGEST_K:
            raise ValueError(f"k must be a whole number from 1 to {LARGEST_K}; found {self.k!r}.")

    @property
    def NAME(self) -> str:
        """Family and k."""
        return f"{self.family}-{self.k}"

    @property
    def FORWARD(self) -> CNBDForward:
        """What an alive customer does from now on."""
        return CNBDForward(self.k)

    def log_likelihood(
        self,
        x: Known,
        t_x: Known,
        T: Known,
        log_gap_sum: Known,
        r: Number,
        alpha: Number,
        a: Number,
        b: Number,
        *,
        xp: Namespace = NUMPY,
    ) -> Number:
        """Log-likelihood of each history, gaps included, so that values compare across k.

        Parameters
        ----------
        x, t_x, T : array
            Repeat purchases (count), age at the last one and age now (units of time).
        log_gap_sum : array
            Sum of the logs of the gaps between purchases (in units of time); 0 where x is 0.
        r, alpha, a, b : array
            Parameters; ``alpha`` in units of time.
        xp : Namespace
            Where to evaluate: NumPy, jets or a recording.
        """
        chances = x + 1.0 if self.leaves_first else x
        stages = r + self.k * x
        gaps = (self.k - 1.0) * log_gap_sum - x * float(special.gammaln(self.k))
        purchases = xp.gammaln(stages) - xp.gammaln(r) + r * xp.log(alpha)
        survivals = xp.gammaln(a + b) - xp.gammaln(b) + xp.gammaln(b + chances) - xp.gammaln(a + b + chances)
        alive = -stages * xp.log(alpha + T)
        if self.k > 1:
            # No further purchase by T: fewer than k stages since t_x, by Horner's rule; all terms positive.
            share = (T - t_x) / (alpha + T)
            waiting: Number = 1.0
            for j in range(self.k - 1, 0, -1):
                waiting = (stages + (j - 1.0)) * (1.0 / j) * share * waiting + 1.0
            alive = alive + xp.log(waiting)
        last = chances - 1.0 if self.leaves_first else xp.maximum(x, 1.0) - 1.0
        dropped = xp.log(a) - xp.log(b + last) - stages * xp.log(alpha + t_x)
        if not self.leaves_first:
            dropped = xp.where(x > 0, dropped, -np.inf)
        return gaps + purchases + survivals + xp.logaddexp(alive, dropped)

    def prob_alive(
        self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike, r: ArrayLike, alpha: ArrayLike, a: ArrayLike, b: ArrayLike,
        **_: ArrayLike,
    ) -> Float:  # fmt: skip
        """P(alive at T | history). In BG/CNBD-k 1 where x is 0: nobody leaves before a repeat purchase."""
        x, t_x, T, r, alpha, a, b = (np.asarray(v, dtype=float) for v in (x, t_x, T, r, alpha, a, b))
        last = x if self.leaves_first else np.maximum(x, 1.0) - 1.0
        stages = r + self.k * x
        waiting = thinned_erlang.weight_sum(stages, (T - t_x) / (alpha + T), self.k)
        log_odds_dropped = np.log(a) - np.log(b + last) + stages * np.log1p((T - t_x) / (alpha + t_x)) - np.log(waiting)
        alive = special.expit(-log_odds_dropped)
        return alive if self.leaves_first else np.where(x > 0, alive, 1.0)

    def given_alive(
        self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike, r: ArrayLike, alpha: ArrayLike, a: ArrayLike, b: ArrayLike
    ) -> dict[str, Float]:
        """State of a customer who is alive at T: the arguments of ``FORWARD``'s functions."""
        x, t_x, T, r, alpha, a, b = (np.asarray(v, dtype=float) for v in (x, t_x, T, r, alpha, a, b))
        return {
            "r": r + self.k * x,
            "alpha": alpha + T,
            "a": a,
            "b": b + x + float(self.leaves_first),
            "waited": T - t_x,
        }

    def expected_purchases(self, t: ArrayLike, r: ArrayLike, alpha: ArrayLike, a: ArrayLike, b: ArrayLike) -> Float:
        """E[X(t)]: expected repeat purchases of a new customer in (0, t]."""
        stays, b = self._after_first(a, b)
        return stays * thinned_erlang.expected_purchases(t, r, alpha, a, b, 0.0, self.k)

    def pmf(self, y: ArrayLike, t: ArrayLike, r: ArrayLike, alpha: ArrayLike, a: ArrayLike, b: ArrayLike) -> Float:
        """P(X(t) = y) for a new customer."""
        stays, b = self._after_first(a, b)
        found = stays * thinned_erlang.pmf(y, t, r, alpha, a, b, 0.0, self.k)
        return found + (1.0 - stays) * (np.asarray(y) == 0) if self.leaves_first else found

    def prob_no_purchase(self, t: ArrayLike, r: ArrayLike, alpha: ArrayLike, a: ArrayLike, b: ArrayLike) -> Float:
        """P(X(t) = 0) for a new customer."""
        stays, _ = self._after_first(a, b)
        return 1.0 - stays + stays * thinned_erlang.prob_no_purchase(t, r, alpha, 0.0, self.k)

    def prob_alive_later(self, t: ArrayLike, r: ArrayLike, alpha: ArrayLike, a: ArrayLike, b: ArrayLike) -> Float:
        """P(a new customer is alive at age t)."""
        stays, b = self._after_first(a, b)
        return stays * thinned_erlang.prob_alive(t, r, alpha, a, b, 0.0, self.k)

    def simulate(
        self, rng: np.random.Generator, duration: Float, r: ArrayLike, alpha: ArrayLike, a: ArrayLike, b: ArrayLike
    ) -> tuple[NDArray[np.int64], Float, NDArray[np.bool_]]:
        """Draw the latent story of new customers over (0, duration].

        Parameters
        ----------
        duration : array, shape (customers,)
            How long each customer is watched, in units of time.

        Returns
        -------
        customer, time : arrays, shape (purchases,)
            Who bought and when (age, in units), in order of each customer's purchases.
        alive : array of bool, shape (customers,)
            Whether the customer is still alive at the end.
        """
        n = len(duration)
        rate = rng.gamma(np.broadcast_to(r, n), 1.0 / np.broadcast_to(alpha, n))
        leaves = rng.beta(np.broadcast_to(a, n), np.broadcast_to(b, n))
        alive = rng.random(n) >= leaves if self.leaves_first else np.ones(n, dtype=bool)
        return thinned_erlang.walk(rng, duration, rate, leaves, alive, np.zeros(n, dtype=np.int64), self.k)

    def _after_first(self, a: ArrayLike, b: ArrayLike) -> tuple[Float, Float]:
        """Chance to stay after the first purchase, and b of those who did."""
        a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
        return (b / (a + b), b + 1.0) if self.leaves_first else (np.ones(()), b)


def choose_k(log_likelihoods: Mapping[int, float]) -> int:
    """The k of the largest maximised log-likelihood; the smallest one where several tie.

    Every k has the same four parameters, so likelihoods compare as they are.

    Examples
    --------
    >>> choose_k({1: -15836.57, 2: -15054.17, 3: -15161.42})
    2
    """
    finite = {int(k): float(value) for k, value in log_likelihoods.items() if np.isfinite(value)}
    if not finite:
        raise ValueError(f"choose_k needs a finite log-likelihood for at least one k; found {dict(log_likelihoods)}.")
    return min(finite, key=lambda k: (-finite[k], k))
