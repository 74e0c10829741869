"""The simulated subscriptions: what the project ships is what the simulation makes, and its truth can be found."""

from pathlib import Path

import numpy as np
import pandas as pd

import clvlab as clv
from clvlab.data.subscriptions import REASONS, subscriptions

DEMO = Path(__file__).resolve().parents[2] / "data" / "demo" / "subscriptions.csv"


def test_the_file_is_what_the_simulation_makes() -> None:
    shipped = pd.read_csv(DEMO, parse_dates=["start", "end"])
    made = clv.datasets.subscriptions()
    pd.testing.assert_frame_equal(
        shipped.astype({"reason": object, "plan": object}), made.astype({"reason": object, "plan": object}),
        check_dtype=False,
    )  # fmt: skip


def test_cause_specific_hazards_recover_the_truth() -> None:
    table = subscriptions(20_000, seed=3)
    spells = clv.churn.spells(
        table, customer="customer_id", start="start", end="end", reason="reason", as_of="2025-12-31",
        covariates=["plan", "channel", "discount", "tickets"],
    )  # fmt: skip
    found = clv.churn.reasons(spells).set_index(["reason", "covariate"])
    assert (found["problem"] == "").all()
    names = {"discount": "discount=yes"}
    for reason, truth in REASONS.items():
        for name, value in truth.items():
            if name in ("scale", "shape"):
                continue
            row = found.loc[(reason, names.get(name, name))]
            error = np.log(row["high"] / row["low"]) / (2 * 1.645)
            assert abs(np.log(row["hazard_ratio"]) - value) < 3.5 * error
    assert found.loc[("moved away", "tickets"), "low"] < 1 < found.loc[("moved away", "tickets"), "high"]
