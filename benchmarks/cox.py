"""Cox regression on half a million customers, beside statsmodels on the same.

``python benchmarks/cox.py``; with ``--all-differ`` also where no two tenures are equal: minutes by statsmodels.
"""

import sys
import time

import numpy as np
import pandas as pd
from statsmodels.duration.hazard_regression import PHReg

from clvlab import churn

CUSTOMERS, COVARIATES = 500_000, 8


def main() -> None:
    """Tenure in months (many leave together), and measured to the day."""
    rng = np.random.default_rng(1)
    columns = rng.normal(size=(CUSTOMERS, COVARIATES))
    names = [f"x{i}" for i in range(COVARIATES)]
    tenure = 30.0 * rng.exponential(np.exp(-0.3 * columns[:, 0]))
    kinds = {"months": np.ceil(tenure), "days": np.ceil(tenure * 30.4) / 30.4, "all differ": tenure}
    for kind, counted in list(kinds.items())[: 3 if "--all-differ" in sys.argv else 2]:
        table = pd.DataFrame(columns, columns=names).assign(duration=np.minimum(counted, 36.0), left=counted <= 36.0)
        spells = churn.spells(table, duration="duration", event="left")
        began = time.perf_counter()
        ours = churn.cox(spells)
        seconds = time.perf_counter() - began
        began = time.perf_counter()
        model = PHReg(table["duration"], table[names], status=table["left"].astype(int), ties="efron")
        theirs = model.fit(disp=0)
        peer = time.perf_counter() - began
        apart = float(np.abs(ours.table["coef"].to_numpy() - theirs.params).max())
        print(f"{kind}: clvlab {seconds:.1f} s, statsmodels {peer:.1f} s, ratio {peer / seconds:.1f}; "
              f"coefficients apart by {apart:.1g} at most")  # fmt: skip


if __name__ == "__main__":
    main()
