"""Spells whose truth is known, for tests of churn."""

from typing import Any

import numpy as np
import pandas as pd

from clvlab.churn import Spells, spells

COEFFICIENTS = np.array([0.7, -0.5])


def watched(leaves: Any, ends: Any, entry: Any = None, **columns: Any) -> Spells:
    """Spells of customers who leave at one time and are watched until another; who left by ``entry`` is unseen."""
    leaves, ends = np.asarray(leaves, dtype=float), np.asarray(ends, dtype=float)
    table = pd.DataFrame({"tenure": np.minimum(leaves, ends), "left": leaves <= ends, **columns})
    if entry is None:
        return spells(table, duration="tenure", event="left", reason="why" if "why" in table else None)
    table["late"] = entry
    seen = table[table["tenure"] > table["late"]]
    return spells(seen, duration="tenure", event="left", entry="late", reason="why" if "why" in table else None)


def two_covariates(
    n: int, seed: int, *, months: bool = False, late: bool = False, effect_fades: bool = False, strata: int = 1
) -> Spells:
    """Customers with hazard exp(0.7 x - 0.5 plus) / 10, of which a part is watched late."""
    rng = np.random.default_rng(seed)
    x, plus, area = rng.normal(size=n), rng.integers(0, 2, n), rng.integers(0, strata, n)
    score = np.column_stack([x, plus]) @ COEFFICIENTS + 0.5 * area
    waiting = rng.exponential(size=n)
    leaves = 10.0 * waiting / np.exp(score)
    if effect_fades:  # within the first 4 units of time x acts, after them it no longer does
        before = 4.0 * np.exp(score) / 10.0
        after = 4.0 + 10.0 * (waiting - before) / np.exp(score - 0.7 * x)
        leaves = np.where(waiting < before, leaves, after)
    ends = rng.uniform(2.0, 30.0, n)
    entry = np.where(rng.random(n) < 0.5, rng.uniform(0.0, 8.0, n), 0.0)
    if months:
        leaves, ends, entry = np.ceil(leaves), np.ceil(ends), np.floor(entry)
    columns = {"x": x, "plus": plus, "area": np.array([f"area {a}" for a in area])}
    return watched(leaves, ends, entry if late else None, **columns)
