"""The distribution of a customer's value: a sum of as many amounts as there will be purchases, in closed form.

Given y purchases at discounts w_1, ..., w_y and the customer's rate nu, the value is a sum of w_i Gamma(p, nu). Were
all discounts alike it would be Gamma(p y, nu); as they hardly differ it is taken for the Gamma with the same mean and
variance. With nu ~ Gamma(q, v) it is a scaled beta prime, so

    P(value <= u) = P(Y = 0) + sum over y > 0 of P(Y = y) I(y / b, q, u / (u + D_y p v b)),

where I is the regularised incomplete beta function, D_y the mean discount of y purchases and b / y the variance of
their value over its squared mean. Ends of intervals are its quantiles: nothing is simulated.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from clvlab.models.outlook import LEVEL, Counts
from clvlab.models.spend_law import SpendLaw

Float = NDArray[np.float64]
Rows = NDArray[np.int64]

STEPS = 60
CLOSE = 1e-4  # of log value: Newton's next step is its square
SPREAD = 1e-6  # the least relative variance of an amount
LEAST, MOST = 1e-12, 1.0 - 1e-12  # chances whose normal score is finite


@dataclass(frozen=True)
class Discounts:
    """How y purchases of each customer are discounted: arrays of shape (customers,).

    Attributes
    ----------
    line : array, shape (customers, terms)
        Their mean discount by powers of y / (y + typical): who buys little often leaves early.
    typical : array
        A usual number of purchases.
    unevenness : array
        Variance of one purchase's discount over its squared mean.
    luck : array
        y times the variance of their mean discount, over its square.
    """

    line: Float
    typical: Float
    unevenness: Float
    luck: Float

    def of(self, rows: Rows) -> "Discounts":
        """Those of some customers."""
        return Discounts(self.line[rows], self.typical[rows], self.unevenness[rows], self.luck[rows])

    def mean(self, row: Rows, purchases: Float) -> Float:
        """Mean discount of so many purchases of these customers."""
        place = purchases / (purchases + self.typical[row])
        powers = place[:, None] ** np.arange(self.line.shape[1])
        found: Float = np.maximum(np.einsum("ij,ij->i", powers, self.line[row]), LEAST)
        return found

    def meeting(self, counts: Counts, kept: Float) -> "Discounts":
        """The same, brought to the discounted purchases that are expected, which are known exactly."""
        mean = self.mean(counts.row, counts.purchases) * counts.purchases
        total = np.bincount(counts.row, weights=counts.chance * mean, minlength=len(kept))
        factor = np.divide(kept, total, out=np.ones_like(kept), where=total > 0)
        return Discounts(self.line * factor[:, None], self.typical, self.unevenness, self.luck)


def value_interval(counts: Counts, law: SpendLaw, discounts: Discounts) -> tuple[Float, Float]:
    """The 90 % predictive interval of each customer's value.

    Parameters
    ----------
    counts : Counts
        Of these customers.
    law : SpendLaw
        Of these customers.
    """
    some = counts.purchases > 0
    row, y, chance = counts.row[some], counts.purchases[some], counts.chance[some]
    customers = law.shape.shape[1]
    buys = np.bincount(row, weights=chance, minlength=customers)

    def end(level: float) -> Float:
        """0 where even not to buy is likelier than that."""
        found, wanted = np.zeros(customers), np.flatnonzero(buys > 1.0 - level)
        number = np.full(customers, -1)
        number[wanted] = np.arange(wanted.size)
        kept = number[row] >= 0
        whose, among = number[row[kept]], chance[kept] / buys[row[kept]]
        mixture = ValueMixture(whose, y[kept], among, law.of(wanted), discounts.of(wanted))
        found[wanted] = mixture.quantile(1.0 - (1.0 - level) / buys[wanted])
        return found

    return end((1.0 - LEVEL) / 2.0), end((1.0 + LEVEL) / 2.0)


def value_variance(counts: Counts, law: SpendLaw, discounts: Discounts) -> Float:
    """Variance of each customer's value, infinite where a mean spend has none.

    Given y purchases the squared value has the mean (y D_y)^2 (1 + spread / y) E[mu^2], of a mean spend mu that is
    scale / Gamma(shape): variances given the population's parameters, a mean over the points that stand for these.
    """
    customers = law.shape.shape[1]
    kept = discounts.mean(counts.row, counts.purchases) * counts.purchases
    first, squares, each = (
        np.bincount(counts.row, weights=counts.chance * values, minlength=customers)
        for values in (kept, kept**2, np.divide(kept**2, counts.purchases, out=np.zeros_like(kept), where=kept > 0))
    )
    spread = np.maximum((1.0 + discounts.unevenness) * law.irregularity + discounts.luck, SPREAD)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = law.scale / (law.shape - 1.0)
        square = np.where(law.shape > 2.0, mean * law.scale / (law.shape - 2.0), np.inf)
        found = (squares + each * spread) * square - (first * mean) ** 2
    return np.asarray(np.where(first > 0, np.maximum(found, 0.0), 0.0).mean(axis=0))


class ValueMixture:
    """Values of customers who buy: entries (customer, count) with their chances."""

    def __init__(self, row: Rows, y: Float, chance: Float, law: SpendLaw, discounts: Discounts) -> None:
        self.row, self.chance, self.customers = row, chance, law.shape.shape[1]
        mean = discounts.mean(row, y)
        spread = np.maximum((1.0 + discounts.unevenness) * law.irregularity + discounts.luck, SPREAD)
        self.shape, self.other = y / spread[:, row], law.shape[:, row]
        self.scale = mean * (law.scale * spread)[:, row]

    def quantile(self, level: Float) -> Float:
        """Where each customer's distribution reaches ``level``, by Newton steps within a bracket."""
        target = special.ndtri(np.clip(level, LEAST, MOST))
        centre, deviation = self._logs()
        at = centre + target * deviation
        low, high = np.full(self.customers, -np.inf), np.full(self.customers, np.inf)
        open_, entries = np.arange(self.customers), np.arange(len(self.row))
        for _ in range(STEPS):
            score, slope = self._score(at, entries)
            miss = (score - target)[open_]
            here = at[open_]
            low[open_] = np.where(miss < 0, here, low[open_])
            high[open_] = np.where(miss > 0, here, high[open_])
            with np.errstate(all="ignore"):
                step = np.clip(-miss / slope[open_], -3.0, 3.0)
            step = np.where(np.isfinite(step), step, -np.sign(miss) * 3.0)
            beyond = (here + step <= low[open_]) | (here + step >= high[open_])
            with np.errstate(invalid="ignore"):
                step = np.where(beyond, (low[open_] + high[open_]) / 2.0 - here, step)
            at[open_] = here + step
            open_ = open_[np.abs(step) > CLOSE]
            if not open_.size:
                break
            left = np.zeros(self.customers, dtype=bool)
            left[open_] = True
            entries = entries[left[self.row[entries]]]
        found: Float = np.exp(at)
        return found

    def _logs(self) -> tuple[Float, Float]:
        """Mean and standard deviation of log value."""
        a, q = self.shape[0], self.other[0]
        mean = special.digamma(a) - special.digamma(q) + np.log(self.scale[0])
        square = mean**2 + special.polygamma(1, a) + special.polygamma(1, q)
        first, second = (np.bincount(self.row, self.chance * each, self.customers) for each in (mean, square))
        return first, np.sqrt(np.maximum(second - first**2, 1e-12))

    def _score(self, at: Float, entries: Rows) -> tuple[Float, Float]:
        """Normal score of the distribution function at exp(at), and its derivative in ``at``."""
        row, points = self.row[entries], len(self.shape)
        reached, density = np.zeros(self.customers), np.zeros(self.customers)
        for a, q, scale in zip(self.shape[:, entries], self.other[:, entries], self.scale[:, entries], strict=True):
            odds = at[row] - np.log(scale)
            part = special.expit(odds)
            reached += np.bincount(row, self.chance[entries] * special.betainc(a, q, part), self.customers)
            slope = np.exp(a * np.log(part) + q * special.log_expit(-odds) - special.betaln(a, q))
            density += np.bincount(row, self.chance[entries] * slope, self.customers)
        score = special.ndtri(np.clip(reached / points, LEAST, MOST))
        return score, density / points * np.sqrt(2.0 * np.pi) * np.exp(score**2 / 2.0)
