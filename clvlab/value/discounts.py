"""Mean discount of purchases, estimated from simulated futures."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.inference.factored import Groups
from clvlab.models.transactions import TransactionFit
from clvlab.value.compound import Discounts

Float = NDArray[np.float64]
Rows = NDArray[np.int64]

DEGREE = 2
PRIOR = 500.0  # so many purchases speak for the line of all customers, before those of a group do
LEAST = 1e-9
CUSTOMERS, FUTURES = 4000, 500  # whose futures are simulated, and how many of each
PURCHASES = 4e6  # of all of them together, however far ahead


class DiscountsSeen:
    """What simulated futures of customers, by group, tell of the mean discount of y purchases.

    Only sums are kept, so that futures can come some at a time.

    Parameters
    ----------
    typical : array, shape (groups,)
        Purchases of who buys at all.
    """

    def __init__(self, typical: Float) -> None:
        groups = len(typical)
        self.typical = np.maximum(typical, 1.0)
        self.weights, self.kept = np.zeros((groups, 2 * DEGREE + 1)), np.zeros((groups, DEGREE + 1))
        self.futures, self.squares, self.each = np.zeros(groups), np.zeros(groups), np.zeros(groups)

    def add(self, group: Rows, purchases: Float, kept: Float, squares: Float) -> None:
        """Futures with purchases: of which group, how many, and the sums of their discounts and of those squared."""

        def summed(values: Float) -> Float:
            return np.bincount(group, weights=values, minlength=len(self.futures))

        place = purchases / (purchases + self.typical[group])
        for power in range(2 * DEGREE + 1):
            self.weights[:, power] += summed(purchases * place**power)
        for power in range(DEGREE + 1):
            self.kept[:, power] += summed(kept * place**power)
        self.futures += np.bincount(group, minlength=len(self.futures))
        self.squares += summed(kept**2 / purchases)
        self.each += summed(squares)

    def discounts(self) -> Discounts:
        """By group: the mean discount as a parabola in y / (y + typical), least squares of single purchases.

        A group's own futures are few, so its line is drawn to that of all together.
        """
        bought = np.maximum(self.weights[:, 0], 1.0)
        level = np.where(self.weights[:, 0] > 0, self.kept[:, 0] / bought, 1.0)
        power = np.add.outer(np.arange(DEGREE + 1), np.arange(DEGREE + 1))
        normal = self.weights[:, power]
        # What is fitted is the departure from the group's own mean.
        right = self.kept - level[:, None] * self.weights[:, : DEGREE + 1]
        share, nothing = PRIOR / max(float(bought.sum()), 1.0), LEAST * np.eye(DEGREE + 1)
        expected, along = share * normal.sum(axis=0), share * right.sum(axis=0)
        line = np.linalg.solve(normal + expected + nothing, (right + along)[..., None])[..., 0]
        left = self.squares - 2 * level * self.kept[:, 0] + level**2 * self.weights[:, 0]
        left += np.einsum("gi,gij,gj->g", line, normal, line) - 2.0 * (line * right).sum(axis=1)
        luck = np.maximum(left, 0.0) / np.maximum(self.futures, 1.0) / level**2
        unevenness = np.maximum(self.each / bought / level**2 - 1.0, 0.0)
        line[:, 0] += level
        return Discounts(line, self.typical, unevenness, luck)


def discounts_of(
    fit: TransactionFit,
    histories: pd.DataFrame,
    groups: Groups,
    typical: Float,
    horizon: float,
    delta: float,
    seed: int,
) -> Discounts:
    """How purchases of each history are discounted, from futures of some customers, evenly taken."""
    seen = DiscountsSeen(typical)
    if delta != 0.0:
        n = len(histories)
        rows = np.linspace(0, n - 1, min(n, CUSTOMERS)).round().astype(int)
        # Who has bought most comes to many purchases where the horizon is long.
        most = PURCHASES / max(float(typical[groups.inverse[rows]].mean()), 1.0)
        rows = rows[:: max(1, int(np.ceil(len(rows) * FUTURES / most)))]
        futures = int(np.clip(most / len(rows), 20, FUTURES))
        part = histories.iloc[rows]
        part.attrs = histories.attrs
        draw, customer, time = fit.simulate_futures(part, horizon, draws=futures, seed=seed)
        discount, cell = np.exp(-delta * time), draw * len(part) + customer
        purchases = np.bincount(cell)
        some = np.flatnonzero(purchases)
        sums = (np.bincount(cell, weights=each)[some] for each in (discount, discount**2))
        seen.add(groups.inverse[rows[some % len(part)]], purchases[some].astype(float), *sums)
    return seen.discounts()
