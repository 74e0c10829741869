"""Companies whose customers live the MBG/NBD and Gamma-Gamma stories, with one campaign of known worth."""

from functools import cache

import numpy as np
import pandas as pd

import clvlab as clv
from clvlab.data.company import Company

R, ALPHA, A, B = 0.8, 6.0, 0.6, 2.5  # weeks
P, Q, V = 6.0, 4.0, 15.0
SENT, LENGTH, AHEAD = 60.0, 4.0, 52.0  # weeks: of the campaign's first day, its length, and of value after it
RATE = 0.10
START = pd.Timestamp("2022-01-03")
KINDS = ("window", "revived", "faster")
type Pairs = tuple[np.ndarray, np.ndarray]


def buying(rng: np.random.Generator, start: np.ndarray, end: float, rate: np.ndarray, leaves: np.ndarray,
           here: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """Customers and weeks of purchases after each one's start, of those who are here; and who still is at the end."""
    at, here = start.copy(), here.copy()
    active, who, when = np.zeros(len(start), bool), [], []
    while here.any():
        rows = np.flatnonzero(here)
        at[rows] += rng.exponential(1.0 / rate[rows])
        late = at[rows] >= end
        active[rows[late]], here[rows[late]] = True, False
        rows = rows[~late]
        who.append(rows)
        when.append(at[rows])
        here[rows] = rng.random(len(rows)) >= leaves[rows]
    return np.concatenate([[], *who]).astype(int), np.concatenate([[], *when]), active


def world(rng: np.random.Generator, n: int, kind: str, sent: np.ndarray, end: float) -> tuple[Pairs, Pairs]:
    """Purchases before the campaign and from its first day on: customers and weeks.

    Customers are acquired in the first half year. Of those who are contacted, by kind:

    - window: each buys once more within the campaign's weeks with a chance of .15, and lives on as otherwise;
    - revived: of those who had left, 15 % buy in its first week, and are customers again;
    - faster: who has not left buys 1.3 times as often, for good.
    """
    first, rate, leaves = rng.random(n) * 26.0, rng.gamma(R, 1.0 / ALPHA, n), rng.beta(A, B, n)
    who, week, active = buying(rng, first, SENT, rate, leaves, rng.random(n) >= leaves)
    more = np.zeros(n, bool)
    if kind == "window":
        more = sent & (rng.random(n) < 0.15)
    if kind == "revived":
        more = sent & ~active & (rng.random(n) < 0.15)
    extra = np.flatnonzero(more)
    weeks = SENT + rng.random(len(extra)) * (LENGTH if kind == "window" else 1.0)
    begin = np.full(n, SENT)
    if kind == "revived":
        begin[extra] = weeks
        active[extra] = rng.random(len(extra)) >= leaves[extra]
    later, then, _ = buying(rng, begin, end, np.where(sent & (kind == "faster"), 1.3 * rate, rate), leaves, active)
    return ((np.concatenate([np.arange(n), who]), np.concatenate([first, week])),
            (np.concatenate([extra, later]), np.concatenate([weeks, then])))  # fmt: skip


@cache
def truth(kind: str, n: int = 2_000_000) -> float:
    """What the contact adds to the value of a customer, on average over many."""
    stops = SENT + LENGTH
    delta = np.log1p(RATE) * 7.0 / 365.25
    value = []
    for contacted in (True, False):
        _, (_, week) = world(np.random.default_rng(7), n, kind, np.full(n, contacted), stops + AHEAD)
        value.append(float(np.exp(-delta * np.maximum(week - stops, 0.0)).sum() / n))
    return (value[0] - value[1]) * P * V / (Q - 1.0)


def company(n: int, seed: int, kind: str) -> Company:
    """Records until the last day of the campaign."""
    rng = np.random.default_rng(seed)
    sent = rng.random(n) < 0.5
    parts = world(rng, n, kind, sent, SENT + LENGTH)
    who, week = (np.concatenate(each) for each in zip(*parts, strict=True))
    scale = 1.0 / rng.gamma(Q, 1.0 / V, n)
    orders = pd.DataFrame({"customer_id": who, "order_date": START + pd.to_timedelta(np.floor(7.0 * week), unit="D"),
                           "amount": rng.gamma(P, scale[who]).round(4)})  # fmt: skip
    campaigns = pd.DataFrame({"customer_id": np.arange(n), "campaign": "spring", "arm": np.where(sent, "mail", "none"),
                              "date": START + pd.Timedelta(weeks=int(SENT)), "cost": 0.0})  # fmt: skip
    end = START + pd.Timedelta(days=int(7 * (SENT + LENGTH)) - 1)
    return clv.read_company({"orders": orders, "campaigns": campaigns}, as_of=end)
