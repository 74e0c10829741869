"""A million simulated customers at CDNOW's BG/NBD parameters, in the two cohorts that the benchmarks use."""

import numpy as np
import pandas as pd

from clvlab.formulas import bg_nbd

PARAMS = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}


def histories(cohorts: str, customers: int, seed: int = 1) -> pd.DataFrame:
    """Histories in weeks.

    Parameters
    ----------
    cohorts : {"weekly", "daily"}
        weekly: acquired at the start of one of 52 weeks. daily: on any day of two years. Purchases are dated by day.
    """
    rng = np.random.default_rng(seed)
    if cohorts == "weekly":
        days = 7 * rng.integers(1, 53, customers)
    else:
        days = rng.integers(1, 731, customers)
    age = days / 7.0
    customer, time, _ = bg_nbd.simulate(rng, age, **PARAMS)
    # Purchases of one day count once; a day's purchases are dated by its end, so that they fall after the first.
    day = np.ceil(time * 7.0)
    kept = np.ones(len(day), dtype=bool)
    kept[1:] = (customer[1:] != customer[:-1]) | (day[1:] != day[:-1])
    customer, day = customer[kept], day[kept]
    recency = np.zeros(customers)
    np.maximum.at(recency, customer, day / 7.0)
    frame = pd.DataFrame(
        {
            "frequency": np.bincount(customer, minlength=customers).astype(float),
            "recency": np.minimum(recency, age),
            "T": age,
        }
    )
    frame.attrs = {"unit": "week"}
    return frame
