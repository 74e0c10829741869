"""Where customers stand in their life with the company, by recency and pace."""

import numpy as np
from numpy.typing import NDArray

from clvlab.customers.facts import Facts

Whole = NDArray[np.int64]

# Stage and points, from the best.
LIFECYCLE = {"growing": 100.0, "steady": 80.0, "new": 60.0, "slowing": 40.0, "sleeping": 20.0, "lost": 0.0}
STAGES = tuple(LIFECYCLE)
HALF_YEAR = 182
PACES = 2  # of the customer's own mean gap without a purchase: slowing


def stages(facts: Facts, now: int) -> Whole:
    """Number of each customer's stage in ``STAGES``; -1 of who never bought.

    With t the days since the last purchase and the threshold of ``Facts``: lost beyond twice the threshold; sleeping
    beyond it; new with a single purchase; slowing beyond twice the own mean gap; growing where a customer of a year or
    more bought more often in the last 182 days than in the 182 before; steady else.

    Parameters
    ----------
    facts : Facts
    now : int
        In days since 1970.
    """
    day, whose = facts.orders.day, facts.orders.customer
    last = np.full(facts.n, -1, dtype=np.int64)
    last[whose] = day  # days ascend, so what is written last is the latest
    bought = last >= 0
    silence = np.where(bought, now - last, 0)
    repeats = np.bincount(whose[facts.gap > 0], minlength=facts.n)
    first = np.where(bought, facts.first_day, 0)
    gap = np.where(repeats > 0, (last - first) / np.maximum(repeats, 1), np.inf)
    lately, before = (
        np.bincount(whose[slice(*np.searchsorted(day, ends))], minlength=facts.n)
        for ends in ((now - HALF_YEAR + 1, now + 1), (now - 2 * HALF_YEAR + 1, now - HALF_YEAR + 1))
    )
    rules = [
        ("lost", silence > 2 * facts.threshold),
        ("sleeping", silence > facts.threshold),
        ("new", repeats == 0),
        ("slowing", silence > PACES * gap),
        ("growing", (lately > before) & (now - first >= 2 * HALF_YEAR)),
    ]
    found = np.select(
        [flag for _, flag in rules], [STAGES.index(name) for name, _ in rules], default=STAGES.index("steady")
    )
    return np.where(bought, found, -1).astype(np.int64)
