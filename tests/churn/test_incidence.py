"""Cumulative incidence: as statsmodels and scikit-survival compute it, and as the truth is."""

import numpy as np
import pandas as pd
import pytest
from simulated_spells import watched
from sksurv.nonparametric import cumulative_incidence_competing_risks
from statsmodels.duration.survfunc import CumIncidenceRight

from clvlab.churn import Spells, cumulative_incidence, kaplan_meier, spells
from clvlab.errors import InputError

REASONS = ["moved", "price"]


def competing(n: int, seed: int, *, months: bool = False, late: bool = False) -> Spells:
    """Price takes customers at a rate of 0.08, moving at a rate of 0.03."""
    rng = np.random.default_rng(seed)
    price, moved = rng.exponential(1 / 0.08, n), rng.exponential(1 / 0.03, n)
    ends, entry = rng.uniform(10.0, 30.0, n), rng.uniform(0.0, 12.0, n)
    leaves = np.minimum(price, moved)
    if months:
        leaves, ends, entry = np.ceil(leaves), np.ceil(ends), np.floor(entry)
    why = np.where(leaves <= ends, np.where(price < moved, "price", "moved"), "")
    plan = rng.choice(["basic", "plus"], n)
    return watched(leaves, ends, entry if late else None, why=why, plan=plan)


def coded(of: Spells) -> np.ndarray:
    return np.array([0 if not reason else REASONS.index(reason) + 1 for reason in of.table["reason"]])


@pytest.mark.parametrize("months", [False, True])
def test_as_statsmodels(months: bool) -> None:
    of = competing(600, 1, months=months)
    theirs = CumIncidenceRight(of.table["duration"].to_numpy(), coded(of))
    for code, (_, ours) in enumerate(cumulative_incidence(of).groupby("reason")):
        place = np.searchsorted(theirs.times, ours["time"])
        np.testing.assert_allclose(ours["incidence"], theirs.cinc[code][place], atol=1e-10)
        np.testing.assert_allclose(ours["std_error"], theirs.cinc_se[code][place], atol=1e-10)


@pytest.mark.parametrize("months", [False, True])
def test_as_scikit_survival(months: bool) -> None:
    of = competing(600, 2, months=months)
    time, theirs = cumulative_incidence_competing_risks(coded(of), of.table["duration"].to_numpy())
    for code, (_, ours) in enumerate(cumulative_incidence(of).groupby("reason")):
        np.testing.assert_allclose(ours["incidence"], theirs[code + 1][np.searchsorted(time, ours["time"])], atol=1e-10)


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("months", [False, True])
def test_sums_with_survival_to_1(months: bool, late: bool) -> None:
    of = competing(600, 3, months=months, late=late)
    leaving = cumulative_incidence(of).groupby("time")["incidence"].sum()
    np.testing.assert_allclose(leaving.to_numpy() + kaplan_meier(of).table["survival"], 1.0, atol=1e-12)


def test_left_truncation_recovers_the_truth() -> None:
    of = competing(20_000, 4, late=True)
    naive = Spells(of.table.assign(entry=0.0))
    at = {}
    for name, each in (("ours", of), ("naive", naive)):
        table = cumulative_incidence(each)
        at[name] = {why: part[part["time"] <= 9.0]["incidence"].iloc[-1] for why, part in table.groupby("reason")}
    truth = {why: rate / 0.11 * -np.expm1(-0.11 * 9.0) for why, rate in (("moved", 0.03), ("price", 0.08))}
    assert at["ours"] == pytest.approx(truth, abs=0.015)
    assert truth["price"] - at["naive"]["price"] > 0.1


def test_intervals_cover() -> None:
    hits = []
    truth = 0.08 / 0.11 * -np.expm1(-0.11 * 8.0)
    for seed in range(150):
        table = cumulative_incidence(competing(200, seed))
        own = table[(table["reason"] == "price") & (table["time"] <= 8.0)].iloc[-1]
        hits.append(own["low"] <= truth <= own["high"])
    assert np.mean(hits) == pytest.approx(0.9, abs=0.075)


def test_groups() -> None:
    of = competing(400, 5)
    found = cumulative_incidence(of, by="plan")
    own = cumulative_incidence(of.where(of.table["plan"] == "plus"))
    pd.testing.assert_frame_equal(
        found[found["group"] == "plus"].drop(columns="group").reset_index(drop=True), own.drop(columns="group")
    )


def test_a_group_without_a_leaving_is_shown() -> None:
    table = pd.DataFrame({"tenure": [1, 2, 3], "why": ["price", None, None], "plan": ["a", "a", "b"]})
    found = cumulative_incidence(spells(table, duration="tenure", reason="why"), by="plan")
    assert found.groupby("group")["incidence"].last().to_dict() == {"a": 0.5, "b": 0.0}


def test_missing_reasons_are_refused() -> None:
    table = pd.DataFrame({"tenure": [1, 2, 3], "left": [1, 1, 0], "why": ["price", None, None]})
    with pytest.raises(InputError, match=r"Every customer who left needs a reason .*broken by 1"):
        cumulative_incidence(spells(table, duration="tenure", event="left", reason="why"))


def test_nobody_left_is_refused() -> None:
    table = pd.DataFrame({"tenure": [1, 2], "why": [None, None]})
    with pytest.raises(InputError, match="none of these 2 spells ended"):
        cumulative_incidence(spells(table, duration="tenure", reason="why"))
