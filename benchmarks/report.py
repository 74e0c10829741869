"""The report of customer value on a million simulated orders, from CSV to page: ``python benchmarks/report.py``."""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from simulated import PARAMS
from timing import load

from clvlab.formulas import bg_nbd


def orders(customers: int) -> pd.DataFrame:
    """Two years of orders, dated by day."""
    rng = np.random.default_rng(5)
    age = rng.integers(1, 731, customers) / 7.0
    customer, time_of, _ = bg_nbd.simulate(rng, age, **PARAMS)
    acquired = pd.Timestamp("2026-01-01") - pd.to_timedelta((age * 7.0).round(), unit="D")
    who = np.concatenate([np.arange(customers), customer])
    day = np.concatenate([np.zeros(customers), np.ceil(time_of * 7.0)])
    amount = np.round(rng.gamma(6.25, 1.0 / rng.gamma(3.74, 1.0 / 15.44, customers)[who]), 2).clip(0.01)
    found = pd.DataFrame({"customer_id": who, "date": acquired[who] + pd.to_timedelta(day, unit="D"), "amount": amount})
    return found.sort_values("date", kind="stable")


def main() -> None:
    """Make orders, and time ``clvlab report``."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--customers", type=int, default=450_000)
    wanted = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        made = orders(wanted.customers)
        made.to_csv(f"{folder}/orders.csv", index=False)
        command = [sys.executable, "-m", "clvlab.cli", "report", "customer_value", "--orders", f"{folder}/orders.csv",
                   "--out", f"{folder}/out"]  # fmt: skip
        print(f"{len(made):,} orders of {wanted.customers:,} customers; {load()}")
        began = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        page = Path(folder, "out", "customer_value.html").stat().st_size
        print(f"clvlab report customer_value: {time.perf_counter() - began:.0f} s, page {page / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
