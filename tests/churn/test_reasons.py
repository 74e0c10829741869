"""Drivers of each reason: as a Cox regression whose other reasons are censored, and as the truth."""

import numpy as np
import pandas as pd
import pytest
from simulated_spells import watched
from statsmodels.duration.hazard_regression import PHReg

from clvlab.churn import Spells, reasons, spells
from clvlab.errors import InputError


def competing(n: int, seed: int) -> Spells:
    """The fee drives leaving for the price, and keeps from moving; four left for a reason of their own."""
    rng = np.random.default_rng(seed)
    fee, plan = rng.normal(size=n), rng.choice(["basic", "plus"], n, p=[0.6, 0.4])
    price, moved = rng.exponential(12.0 / np.exp(0.8 * fee)), rng.exponential(20.0 / np.exp(-0.4 * fee))
    leaves, ends = np.minimum(price, moved), rng.uniform(5.0, 25.0, n)
    why = np.where(leaves <= ends, np.where(price < moved, "价格 <price>", "moved"), "")
    why[np.flatnonzero(why == "moved")[:4]] = "fraud"
    return watched(leaves, ends, None, why=why, fee=fee, plan=plan)


def test_as_statsmodels_with_the_others_censored() -> None:
    of = competing(500, 1)
    found = reasons(of)
    assert found["reason"].unique().tolist() == of.reasons
    design = np.column_stack([of.table["fee"], of.table["plan"] == "plus"]).astype(float)
    for reason in ("价格 <price>", "moved"):
        own = of.table["reason"] == reason
        theirs = PHReg(of.table["duration"].to_numpy(), design, own.to_numpy().astype(int), ties="efron").fit(tol=1e-12)
        rows = found[found["reason"] == reason]
        assert rows["covariate"].tolist() == ["fee", "plan=plus"]
        assert (rows["left"] == own.sum()).all()
        assert (rows["problem"] == "").all()
        np.testing.assert_allclose(np.log(rows["hazard_ratio"]), theirs.params, atol=1e-6)
        np.testing.assert_allclose(rows["p_value"], theirs.pvalues, atol=1e-6)


def test_finds_the_truth() -> None:
    found = reasons(competing(8000, 2), covariates=["fee"]).set_index("reason")
    assert np.log(found.loc["价格 <price>", "hazard_ratio"]) == pytest.approx(0.8, abs=0.05)
    assert np.log(found.loc["moved", "hazard_ratio"]) == pytest.approx(-0.4, abs=0.07)


def test_rare_reasons_say_why_they_have_no_drivers() -> None:
    row = reasons(competing(500, 3)).set_index("reason").loc["fraud"]
    assert row["problem"] == "only 4 customers left for it; at least 10 are needed"
    assert row[["covariate", "hazard_ratio", "low", "high", "p_value"]].isna().all()
    assert row["left"] == 4


def test_a_reason_that_one_level_never_has_says_so() -> None:
    of = competing(500, 4)
    of.table.loc[(of.table["plan"] == "plus") & (of.table["reason"] == "moved"), ["event", "reason"]] = [False, ""]
    row = reasons(of, covariates=["plan"]).set_index("reason").loc["moved"]
    assert "separates perfectly" in row["problem"]
    assert np.isnan(row["hazard_ratio"])


def test_strata() -> None:
    found = reasons(competing(500, 5), covariates=["fee"], strata=["plan"])
    assert found[found["problem"] == ""]["covariate"].tolist() == ["fee", "fee"]


def test_refused_in_words() -> None:
    nobody = spells(pd.DataFrame({"tenure": [1.0], "why": [None], "x": [1]}), duration="tenure", reason="why")
    with pytest.raises(InputError, match="Reasons learns from customers who left"):
        reasons(nobody)
    unknown = spells(pd.DataFrame({"tenure": [1.0, 2.0], "left": 1, "x": [1, 2]}), duration="tenure", event="left")
    with pytest.raises(InputError, match="No reasons are known: name their column by reason="):
        reasons(unknown)
