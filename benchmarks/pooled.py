"""BG/NBD pooled across segments, by Laplace and by NUTS.

Three segments of CDNOW, by when customers were acquired, and countries of Online Retail where its file is given::

    .venv/bin/python benchmarks/pooled.py [--retail online_retail.parquet] [--retail-by-nuts]
"""

import argparse
from typing import Any

import numpy as np
import pandas as pd
from timing import Clock, load

import clvlab as clv


def compared(clock: Clock, name: str, histories: pd.DataFrame, by: str, *, chains: bool) -> None:
    """By both, and how far they are apart."""
    print(f"\n{name}: {len(histories):,} customers in {histories[by].nunique()} segments")
    model: Any = clv.BGNBD(pooled_by=by)
    ours = clock("Laplace", lambda: model.fit(histories, seed=1), lambda fit: f"k-hat {fit.diagnostics['k_hat']:.2f}")
    took = clock.wall, clock.processor
    if not chains:
        return
    nuts = clock("NUTS", lambda: model.fit(histories, method="nuts", seed=1),
                 lambda fit: f"R-hat {fit.diagnostics['r_hat']:.3f}")  # fmt: skip
    apart = []
    for draws in ours.draws:
        one, other = (np.log(np.asarray(fit.draws[draws])) for fit in (ours, nuts))
        apart.append(float(np.max(np.abs(one.mean(axis=0) - other.mean(axis=0)) / other.std(axis=0))))
    print(
        f"  NUTS takes {clock.wall / took[0]:.0f} times the time, {clock.processor / took[1]:.0f} times the processor"
    )
    print(f"  time; posterior means are apart by {max(apart):.2f} standard deviations at most")


def main() -> None:
    """Print the table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--retail", help="the file of UCI's Online Retail")
    arguments.add_argument("--retail-by-nuts", action="store_true")
    wanted = arguments.parse_args()
    print(f"{load()}; wall and processor time")
    clock = Clock()
    histories = clv.histories(clv.datasets.cdnow(), end="1997-09-30")
    acquired = np.digitize(histories["T"], [30.6, 34.8])
    segmented = histories.assign(acquired=np.array(["March", "February", "January"])[acquired])
    segmented.attrs = histories.attrs
    compared(clock, "CDNOW", segmented, "acquired", chains=True)
    if wanted.retail:
        lines = pd.read_parquet(wanted.retail)
        lines["amount"] = lines["Quantity"] * lines["UnitPrice"]
        orders = clv.read_orders(
            lines, customer="CustomerID", date="InvoiceDate", amount="amount", attributes=["Country"]
        )
        compared(clock, "Online Retail", clv.histories(orders), "Country", chains=wanted.retail_by_nuts)


if __name__ == "__main__":
    main()
