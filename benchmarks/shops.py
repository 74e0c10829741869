"""Simulated shops whose purchases follow a model's story, as it stands or with what no model here knows of."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.data.order_book import Orders
from clvlab.data.orders import read_orders
from clvlab.formulas import bg_nbd, mbg_nbd, pareto_nbd

KINDS = ("as modelled", "drifting", "seasonal", "shocked")
START = pd.Timestamp("2020-01-01")
HORIZON = 13  # weeks


def world(kind: str, seed: int) -> tuple[Orders, pd.Timestamp]:
    """A shop's orders, and the end from which its last 13 weeks are to be forecast.

    Parameters
    ----------
    kind : {"as modelled", "drifting", "seasonal", "shocked"}
        Every customer's rate is multiplied by a curve of the calendar: 1; a trend of 20 % a year (standard deviation);
        a season of 10 to 30 %; or a level drawn anew each quarter, with a standard deviation of 10 %.
    seed : int
        Also of the shop's size (300 to 3,000 customers), age (a year to two and a half) and parameters.
    """
    rng = np.random.default_rng([seed, KINDS.index(kind)])
    days = int(7 * (rng.integers(52, 131) + HORIZON))
    customers = int(np.exp(rng.uniform(np.log(300.0), np.log(3000.0))))
    first = rng.integers(0, int(days * rng.uniform(0.2, 0.8)), customers)
    clock = np.append(0.0, np.cumsum(_curve(kind, days, rng) / 7.0))  # weeks of the story by each day of the calendar
    story = (bg_nbd, mbg_nbd, pareto_nbd)[rng.integers(3)]
    customer, time, _ = story.simulate(rng, clock[-1] - clock[first], **_parameters(story is pareto_nbd, rng))
    day = np.searchsorted(clock, clock[first][customer] + time)
    who = np.concatenate([np.arange(customers), customer])
    when = START + pd.to_timedelta(np.concatenate([first, np.minimum(day, days)]), unit="D")
    orders = read_orders(pd.DataFrame({"customer": who.astype(str), "date": when}))
    return orders, START + pd.Timedelta(days=days - 7 * HORIZON)


def _curve(kind: str, days: int, rng: np.random.Generator) -> NDArray[np.float64]:
    year = np.arange(days) / 365.25
    if kind == "drifting":
        return np.exp(rng.normal(0.0, 0.2) * year)
    if kind == "seasonal":
        return 1.0 + rng.uniform(0.1, 0.3) * np.sin(2.0 * np.pi * (year - rng.uniform()))
    if kind == "shocked":
        quarter = np.arange(days)[::-1] // (7 * HORIZON)
        return np.exp(rng.normal(0.0, 0.1, quarter.max() + 1))[quarter]
    return np.ones(days)


def _parameters(pareto: bool, rng: np.random.Generator) -> Mapping[str, float]:
    r, rate = rng.uniform(0.4, 1.5), np.exp(rng.uniform(np.log(0.04), np.log(0.25)))
    if pareto:
        return {"r": r, "alpha": r / rate, "s": rng.uniform(0.4, 1.2), "beta": rng.uniform(10.0, 40.0)}
    return {"r": r, "alpha": r / rate, "a": rng.uniform(0.4, 1.0), "b": rng.uniform(2.0, 5.0)}
