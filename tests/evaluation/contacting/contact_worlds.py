"""Worlds whose contacts' true profit is known: drawn from MBG/NBD and Gamma-Gamma themselves."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

import clvlab as clv
from clvlab.data.simulate import SimulatedCompany

Float = NDArray[np.float64]

R, ALPHA, A, B = 0.8, 8.0, 0.8, 2.4  # weeks
P, Q, V = 6.0, 4.0, 15.0
EVENTS = 250  # purchases looked at; nobody makes as many


def band(nominal: float, n: int) -> tuple[float, float]:
    """Within which a count out of n falls 99 times in 100."""
    low, high = stats.binom.interval(0.99, n, nominal)
    return float(low), float(high)


@dataclass(frozen=True, eq=False)
class World:
    """Histories in weeks, and of each customer: own purchases and value expected in the window, and the time active."""

    histories: pd.DataFrame
    expected: Float
    rate: Float
    active: Float
    mean_spend: Float

    def true_profit(self, listed: NDArray[np.bool_], lift: float, cost: float, margin: float) -> float:
        """Expected profit of a list, given rates, who is active, and mean spend."""
        return float((margin * lift * self.expected * self.mean_spend - cost)[listed].sum())

    def earned(
        self, listed: NDArray[np.bool_], lift: float, cost: float, margin: float, rng: np.random.Generator
    ) -> float:
        """What the list earns: purchases come by chance, and amounts vary."""
        extra = rng.poisson(lift * self.rate[listed] * self.active[listed])
        amounts = rng.gamma(P * np.maximum(extra, 1e-9)) * self.mean_spend[listed] / P
        return float(margin * np.where(extra > 0, amounts, 0.0).sum() - cost * listed.sum())


def world(customers: int, seed: int, *, window: float = 13.0, years: float = 2.0) -> World:
    """Draw customers from the latent story of MBG/NBD: each purchase, the first too, may be the last."""
    rng = np.random.default_rng([seed, 7])
    rate, leaves = rng.gamma(R, 1.0 / ALPHA, customers), rng.beta(A, B, customers)
    spend = P / rng.gamma(Q, 1.0 / V, customers)
    age = rng.uniform(10.0, 52.0 * years, customers)
    last = rng.geometric(leaves) - 1  # the repeat purchase after which they are gone; 0: gone at once
    gaps = rng.exponential(1.0 / rate[:, None], (customers, EVENTS))
    times = np.cumsum(gaps, axis=1)
    before = (times <= age[:, None]).sum(axis=1)
    assert (times[:, -1] > age + window).all()
    bought = np.minimum(before, last)
    row = np.arange(customers)
    recency = np.where(bought > 0, times[row, np.maximum(bought, 1) - 1], 0.0)
    paid = rng.gamma(P * np.maximum(bought, 1)) / P * spend / np.maximum(bought, 1)
    histories = pd.DataFrame(
        {"frequency": bought.astype(float), "recency": recency, "T": age,
         "monetary_value": np.where(bought > 0, paid, np.nan)},
        index=pd.Index(row, name="customer_id"),
    )  # fmt: skip
    histories.attrs["unit"] = "week"
    alive = last > before
    expected = np.where(alive, -np.expm1(-leaves * rate * window) / leaves, 0.0)
    until = np.where(last <= EVENTS, times[row, np.clip(last, 1, EVENTS) - 1], np.inf)
    return World(histories, expected, rate, np.where(alive, np.minimum(until - age, window), 0.0), spend)


def sent(made: SimulatedCompany) -> tuple[pd.DataFrame, clv.Orders]:
    """Campaigns and orders of a simulated company, by the names of their roles."""
    orders = clv.read_orders(made.tables["orders"][["customer_id", "order_date", "amount"]])
    return made.tables["campaigns"].rename(columns={"customer_id": "customer", "campaign_date": "date"}), orders
