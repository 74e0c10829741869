"""Orders of customers who live the BG/NBD story, for tests of comparisons."""

import numpy as np
import pandas as pd

from clvlab.formulas import bg_nbd, gamma_gamma

TRUTH = {"r": 0.8, "alpha": 6.0, "a": 0.6, "b": 2.5}
PERIOD = {"calibration_end": "2020-09-30", "holdout_end": "2021-06-30"}


def simulated(n: int, seed: int) -> pd.DataFrame:
    """Orders of customers acquired in the first quarter of 2020, in weeks of the BG/NBD story."""
    rng = np.random.default_rng(seed)
    first = rng.integers(0, 84, n)
    last = (pd.Timestamp("2021-06-30") - pd.Timestamp("2020-01-01")).days
    customer, time, _ = bg_nbd.simulate(rng, (last - first) / 7.0, **TRUTH)
    day = np.concatenate([first, first[customer] + np.ceil(time * 7.0).astype(int)])
    who = np.concatenate([np.arange(n), customer])
    _, spend = gamma_gamma.simulate(rng, np.bincount(who, minlength=n), 6.0, 4.0, 15.0)
    order = np.argsort(who, kind="stable")
    dates = pd.Timestamp("2020-01-01") + pd.to_timedelta(day[order], unit="D")
    table = pd.DataFrame({"customer": who[order].astype(str), "date": dates, "amount": spend})
    table = table.assign(country=np.where(who[order] % 2, "UK", "法国"))
    return table[table["date"] <= "2021-06-30"].reset_index(drop=True)
