"""Fits of spend, forecasts and values of a million simulated customers, beside the same by every draw and purchase.

Run it from the project's folder::

    .venv/bin/python benchmarks/value.py
    .venv/bin/python benchmarks/value.py --customers 100000 --cohorts weekly

Wall time, then processor time. What stands beside is done on a part, and its time scaled to the whole.
"""

import argparse
import functools
from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from simulated import histories
from timing import Clock, load, peak

import clvlab as clv
from clvlab.inference.factored import Groups
from clvlab.models import credible
from clvlab.models.spend import SpendFit
from clvlab.value.simulated import simulated_values

HORIZON, YEAR = 39.0, 52.0
SPENDS = {"as CDNOW's": (6.25, 3.74, 15.44), "homogeneous": (4.0, 5000.0, 50_000.0)}
NAMES = ("prob_alive", "prob_purchase", "expected_purchases")
PART = 20_000


def with_spend(frame: pd.DataFrame, params: tuple[float, float, float]) -> pd.DataFrame:
    """Mean spends drawn from Gamma-Gamma."""
    rng, x = np.random.default_rng(2), frame["frequency"].to_numpy()
    p, q, v = params
    nu = rng.gamma(q, 1.0 / v, len(x))
    spend = np.round(rng.gamma(p * np.maximum(x, 1), 1.0 / (nu * np.maximum(x, 1))), 2).clip(0.01)
    found = frame.assign(monetary_value=np.where(x > 0, spend, np.nan))
    found["past_value"] = found["monetary_value"].fillna(0.0) * (x + 1.0)
    found.attrs = frame.attrs
    return found


def by_every_draw(clock: Clock, fit: clv.models.transactions.TransactionFit, frame: pd.DataFrame) -> None:
    """Some histories by every draw: how long all would take, and how far ends are off."""
    groups, rng = Groups(fit.columns(frame)), np.random.default_rng(3)
    draws = fit.engine.draws

    def expected(outlook: clv.models.outlook.Outlook) -> Mapping[str, NDArray[np.float64]]:
        return outlook.expectations(HORIZON)

    found = clock("credible intervals alone", lambda: credible.over_draws(fit, groups, draws, expected, NAMES))
    ours = clock.processor
    rows = np.sort(rng.choice(len(groups), min(len(groups), 4000), replace=False))
    part = Groups({name: values[rows] for name, values in groups.values.items()})
    known, deviation = clock("  of 4,000 histories by every draw",
                             lambda: credible._by_all(fit, part, draws, expected, NAMES))  # fmt: skip
    apart = max(
        float((np.abs(one[rows] - other) / np.where(deviation[name] > 1e-9, deviation[name], np.inf)).max())
        for name in NAMES
        for one, other in zip(found[name], known[name], strict=True)
    )
    ratio = clock.processor * len(groups) / len(rows) / ours
    print(f"    all of them by every draw: {ratio:.0f} times the processor time; ends off by at most {apart:.4f} of a")
    print("    posterior standard deviation")


def measured(clock: Clock, plain: pd.DataFrame) -> None:
    """One cohort's rows."""
    spends: dict[str, tuple[pd.DataFrame, SpendFit]] = {}
    for kind, params in SPENDS.items():
        frame = with_spend(plain, params)
        fit = clock(
            f"Gamma-Gamma, Laplace, spend {kind}",
            functools.partial(clv.GammaGamma().fit, frame, method="laplace"),
            lambda fit: f"{fit.method}, k-hat {fit.diagnostics['k_hat']:.2f}",
        )
        spends[kind] = frame, fit
    frame, spend = spends["as CDNOW's"]
    often = clock("BG/NBD, Laplace", lambda: clv.BGNBD().fit(plain, method="laplace"),
                  lambda fit: f"k-hat {fit.diagnostics['k_hat']:.2f}")  # fmt: skip
    clock("forecast of 39 weeks, both intervals", lambda: often.predict(plain, HORIZON))
    by_every_draw(clock, often, plain)
    value = clock(
        "customer_value, 52 weeks, with totals", lambda: clv.customer_value(often, spend, frame, horizon=YEAR)
    )
    ours = clock.processor
    part = frame.iloc[:: max(1, len(frame) // PART)]
    part.attrs = frame.attrs
    delta = np.log1p(0.1) * 7.0 / 365.25

    def walked() -> NDArray[np.float64]:
        values = simulated_values(often, spend, part, YEAR, delta=delta, seed=1)
        found: NDArray[np.float64] = np.sum([drawn.sum(axis=1) for _, drawn in values], axis=0)
        return found

    futures = clock(f"  futures of {len(part):,}, purchase by purchase", walked)
    ratio = clock.processor * len(frame) / len(part) / ours
    told = clv.customer_value(often, spend, part, horizon=YEAR).total
    print(f"    500 futures of all, purchase by purchase: {ratio:.0f} times the processor time of values with totals")
    print(f"    total of the part, 90 %: {told['value_low']:,.0f} to {told['value_high']:,.0f}; by its futures "
          f"{np.quantile(futures, 0.05):,.0f} to {np.quantile(futures, 0.95):,.0f}")  # fmt: skip
    print(f"    whole base: {value.total['clv']:,.0f}; peak memory so far {peak():.2f} GB")


def main() -> None:
    """Print the table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--customers", type=int, default=1_000_000)
    arguments.add_argument("--cohorts", nargs="*", default=["weekly", "daily"])
    wanted = arguments.parse_args()
    clv.BGNBD().fit(histories("weekly", 2_000))  # imports
    print(f"{wanted.customers:,} customers; {load()}; wall and processor time")
    for cohorts in wanted.cohorts:
        plain = histories(cohorts, wanted.customers)
        print(f"\n{cohorts} cohorts, {len(plain.drop_duplicates()):,} distinct histories")
        measured(Clock(), plain)


if __name__ == "__main__":
    main()
