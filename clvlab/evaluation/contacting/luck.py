"""How far what customers bring lies from what is expected of them: their own traits, and chance."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from clvlab.models.spend import SpendFit
from clvlab.models.transactions import TransactionFit
from clvlab.value.in_purchases import EachPurchase

Float = NDArray[np.float64]

FUTURES = 200
LARGE = 50.0  # shape of a Gamma distribution
MOST = 20_000  # customers looked at: of more, every k-th in the order of the list stands for its neighbours


@dataclass(frozen=True, eq=False)
class Luck:
    """Sums over the first customers of a list, of value without a contact.

    Attributes
    ----------
    places : array
        Numbers of customers, from 0.
    traits : array
        Variance of what they bring on average, by their own rate, being active and mean spend, given their histories.
    amounts : array
        Expected sum of squared amounts: the variance that chance adds (a Poisson number of purchases).
    purchases, squares : array
        Expected sums of purchases and of their squares.
    """

    places: Float
    traits: Float
    amounts: Float
    purchases: Float
    squares: Float

    def at(self, name: str, number: NDArray[np.int64] | int) -> Float:
        """A sum over the first so many."""
        return np.asarray(np.interp(number, self.places, getattr(self, name)), dtype=float)


def luck(
    fit: TransactionFit | None, spend: SpendFit | EachPurchase, ranked: pd.DataFrame, horizon: float, seed: int
) -> Luck:
    """Simulate customers, highest on the list first, and sum their moments up.

    Of own value W, the sum of amounts A of purchases that come as a Poisson process with the customer's own rate,
    E[W^2] - E[sum of A^2] is the mean square of what such a customer brings on average.

    Parameters
    ----------
    fit : TransactionFit or None
        None: one purchase on average, whoever it is.
    """
    step = max(1, -(-len(ranked) // MOST))
    some = ranked.iloc[step // 2 :: step]
    some.attrs = ranked.attrs
    n, cells = len(some), len(some) * FUTURES
    if fit is not None:
        draw, customer, _ = fit.simulate_futures(some, horizon, draws=FUTURES, seed=seed)
    else:
        number = np.random.default_rng(seed).poisson(1.0, cells)
        draw, customer = np.divmod(np.repeat(np.arange(cells), number), n)
    amount = spend.simulate_spend(spend.columns(some), draw, customer, seed + 1)
    cell = draw * n + customer
    count = np.bincount(cell, minlength=cells).astype(float)
    worth = np.bincount(cell, weights=amount, minlength=cells).reshape(FUTURES, n)
    amounts = np.bincount(customer, weights=amount**2, minlength=n) / FUTURES
    traits = worth.var(axis=0, ddof=1) - amounts
    sums = [traits, amounts, count.reshape(FUTURES, n).mean(axis=0), (count**2).reshape(FUTURES, n).mean(axis=0)]
    places = np.append(0.0, np.minimum(np.arange(1, n + 1) * float(step), len(ranked)))
    if n:
        places[-1] = len(ranked)
    weights = np.diff(places)
    return Luck(places, *(np.append(0.0, np.cumsum(weights * each)) for each in sums))


def gamma_around(mean: Float, variance: Float, chance: Float) -> Float:
    """Quantiles of a Gamma distribution with these moments: never below 0, and skewed where few customers add up."""
    middle, spread, level = np.broadcast_arrays(mean, np.maximum(variance, 0.0), chance)
    with np.errstate(divide="ignore", invalid="ignore"):
        shape = middle**2 / spread
        # Wilson & Hilferty's cube root: at such shapes right to 1e-4 of the mean at 5 and 95 %; and fast.
        found = middle * np.maximum(1.0 - 1.0 / (9.0 * shape) + special.ndtri(level) / (3.0 * np.sqrt(shape)), 0.0) ** 3
        few = shape < LARGE
        found[few] = special.gammaincinv(shape[few], level[few]) * middle[few] / shape[few]
    return np.where(middle > 0, found, 0.0)
