"""How long estimation and forecasting take on a million customers, beside lifetimes.

Run it from the project's folder::

    .venv/bin/python benchmarks/fitting.py                     # both cohorts, a million customers
    .venv/bin/python benchmarks/fitting.py --customers 100000 --peer-customers 10000

Each time is from the histories frame to the fitted result. Ratios come from this one run. The fits of clvlab and
lifetimes are checked to agree before a ratio is printed. Pareto/NBD, on the weekly cohorts alone, takes lifetimes
minutes a million customers, so both fit the first --peer-customers of them as well, and the ratio is of that part.
"""

import argparse
import resource
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from simulated import histories

import clvlab as clv
from clvlab.data import lifetimes_bridge


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds, and what the work gave."""
    began = time.perf_counter()
    found = work()
    return time.perf_counter() - began, found


def check_agreement(ours: dict[str, float], theirs: dict[str, float], within: float) -> None:
    """Stop where an estimate differs by more than this share."""
    if not max(abs(theirs[name] / value - 1) for name, value in ours.items()) < within:
        raise SystemExit(f"The two fits disagree: {ours} and {theirs}.")


def pareto_nbd(frame: pd.DataFrame, peer_customers: int) -> None:
    """Pareto/NBD: everybody by clvlab, a part by both."""
    part = frame.head(peer_customers)
    part.attrs = frame.attrs
    ours, fit = timed(lambda: clv.ParetoNBD().fit(frame))
    print(f"  clvlab, Pareto/NBD              {ours:8.2f} s   gradient {fit.diagnostics['gradient_norm']:.1e}")
    ours, fit = timed(lambda: clv.ParetoNBD().fit(part))
    columns = [part[name].to_numpy() for name in ("frequency", "recency", "T")]
    theirs, peer = timed(lambda: lifetimes_bridge.fit_pareto_nbd(*columns))
    check_agreement(fit.params, peer["params"], 2e-2)
    print(f"    {len(part):,} of them: clvlab     {ours:8.2f} s")
    print(f"    {len(part):,} of them: lifetimes  {theirs:8.2f} s   ratio {theirs / ours:.0f}")


def main() -> None:
    """Print the table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--customers", type=int, default=1_000_000)
    arguments.add_argument("--peer-customers", type=int, default=100_000, help="of Pareto/NBD given to lifetimes")
    arguments.add_argument("--cohorts", nargs="*", default=["weekly", "daily"])
    wanted = arguments.parse_args()
    small = histories("weekly", 2_000)
    clv.BGNBD().fit(small)  # imports, once, for both
    clv.ParetoNBD().fit(small)
    lifetimes_bridge.fit_bg_nbd(*(small[name].to_numpy() for name in ("frequency", "recency", "T")))
    print(f"{wanted.customers:,} customers")
    for cohorts in wanted.cohorts:
        frame = histories(cohorts, wanted.customers)
        distinct = len(frame.drop_duplicates())
        print(f"\n{cohorts} cohorts, {distinct:,} distinct histories")
        ours, fit = timed(lambda frame=frame: clv.BGNBD().fit(frame))
        print(f"  clvlab, maximum likelihood      {ours:8.2f} s   gradient {fit.diagnostics['gradient_norm']:.1e}")
        columns = [frame[name].to_numpy() for name in ("frequency", "recency", "T")]
        theirs, peer = timed(lambda columns=columns: lifetimes_bridge.fit_bg_nbd(*columns))
        check_agreement(fit.params, peer["params"], 1e-2)
        print(f"  lifetimes, maximum likelihood   {theirs:8.2f} s   ratio {theirs / ours:.1f}")
        print(f"    log-likelihood: clvlab {fit.log_likelihood:.4f}, lifetimes {peer['log_likelihood']:.4f}")
        seconds, posterior = timed(lambda frame=frame: clv.BGNBD().fit(frame, method="laplace"))
        print(f"  clvlab, Laplace, 1,000 draws    {seconds:8.2f} s   k-hat {posterior.diagnostics['k_hat']:.2f}")
        seconds, table = timed(lambda frame=frame, posterior=posterior: posterior.predict(frame, 39.0))
        print(f"  clvlab, forecast with intervals {seconds:8.2f} s   {np.isfinite(table).all().all()}")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        if cohorts == "weekly":
            pareto_nbd(frame, wanted.peer_customers)
        print(f"  peak memory so far              {peak:8.2f} GB (lifetimes included)")


if __name__ == "__main__":
    main()
