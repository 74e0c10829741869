"""Proportional hazards: the score test against derivatives of the likelihood it is the score test of, and its level."""

import time
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from simulated_spells import two_covariates, watched

from clvlab.churn import Spells, cox, kaplan_meier
from clvlab.errors import InputError
from clvlab.pages.churn_tables import changes

pytestmark = pytest.mark.numerical

CHOSEN = ["x", "plus"]


def log_likelihood(theta: Any, of: Spells, g: dict[float, float], strata: tuple[str, ...]) -> Any:
    """Efron's partial likelihood where coefficients are beta + theta g(tenure), customer by customer."""
    table, columns = of.table, of.table[CHOSEN].to_numpy(dtype=float)
    entry, duration, event = (table[name].to_numpy() for name in ("entry", "duration", "event"))
    area = table["area"].to_numpy() if strata else np.zeros(len(table))
    total = 0.0 + 0.0j
    for own in np.unique(area):
        for when in np.unique(duration[event & (area == own)]):
            relative = columns @ (theta[:2] + g[float(when)] * theta[2:])
            at_risk = (area == own) & (duration >= when) & ((entry < when) | (entry == 0))
            leave = (area == own) & event & (duration == when)
            d = int(leave.sum())
            total += relative[leave].sum()
            for k in range(d):
                total -= np.log(np.exp(relative[at_risk]).sum() - k / d * np.exp(relative[leave]).sum())
    return total


def gradient(theta: np.ndarray, *story: Any) -> np.ndarray:
    """By complex steps, exact to rounding."""
    steps = 1e-30j * np.eye(len(theta))
    return np.array([log_likelihood(theta + step, *story).imag / 1e-30 for step in steps])


def by_derivatives(of: Spells, coefficients: np.ndarray, g: dict[float, float], strata: tuple[str, ...]) -> np.ndarray:
    """Score tests of theta of x, of plus, and of both."""
    at, h = np.append(coefficients, [0.0, 0.0]), 1e-4
    score = gradient(at, of, g, strata)
    sides = [[gradient(at + sign * h * e, of, g, strata) for sign in (1, -1)] for e in np.eye(4)]
    information = -np.array([(up - down) / (2 * h) for up, down in sides])
    found = []
    for own in ([2], [3], [2, 3]):
        kept = [0, 1, *own]
        u = np.where(np.isin(np.arange(4), own), score, 0.0)[kept]
        found.append(u @ np.linalg.solve(information[np.ix_(kept, kept)], u))
    return np.array(found)


def tenures(of: Spells, transform: str) -> dict[float, float]:
    """What tenure became, at each tenure at which somebody left, about its mean over leavings."""
    duration, left = of.table["duration"].to_numpy(), of.table["event"].to_numpy()
    match transform:
        case "km":
            curve = kaplan_meier(of).table
            g = [float(1.0 - curve["survival"][curve["time"] < when].min()) for when in duration]
            g = [0.0 if np.isnan(each) else each for each in g]
        case "rank":
            g = [(duration < when).sum() + ((duration == when).sum() + 1) / 2 for when in duration]
        case "identity":
            g = list(duration)
        case _:
            g = list(np.log(duration))
    middle = np.mean(np.array(g)[left])
    return {float(when): float(each - middle) for when, each in zip(duration, g, strict=True)}


@pytest.mark.parametrize("transform", ["km", "rank", "identity", "log"])
@pytest.mark.parametrize(("how", "strata"), [
    pytest.param({}, (), id="plain"),
    pytest.param({"months": True}, (), id="ties"),
    pytest.param({"months": True, "strata": 2}, ("area",), id="strata and ties"),
    pytest.param({"months": True, "late": True}, (), id="left truncation and ties"),
])  # fmt: skip
def test_as_derivatives_of_the_likelihood(how: dict[str, Any], strata: tuple[str, ...], transform: Any) -> None:
    of = two_covariates(80, 3, **how)
    fit = cox(of, covariates=CHOSEN, strata=strata)
    found = fit.proportional_hazards(transform=transform)
    expected = by_derivatives(of, fit.coefficients, tenures(of, transform), strata)
    assert found.index.tolist() == ["x", "plus", "GLOBAL"]
    np.testing.assert_allclose(found["statistic"], expected, rtol=1e-5)
    assert found["df"].tolist() == [1, 1, 2]
    np.testing.assert_allclose(found["p_value"], stats.chi2.sf(expected, [1, 1, 2]), rtol=1e-4)


def test_terms_are_levels_together() -> None:
    of = two_covariates(400, 4, strata=3)
    fit = cox(of)
    each, terms = fit.proportional_hazards(), fit.proportional_hazards(terms=True)
    assert terms.index.tolist() == ["x", "plus", "area", "GLOBAL"]
    assert terms["df"].tolist() == [1, 1, 2, 4]
    pd.testing.assert_frame_equal(terms.loc[["x", "plus", "GLOBAL"]], each.loc[["x", "plus", "GLOBAL"]])


def test_neither_scale_nor_place_matters() -> None:
    of = two_covariates(300, 5)
    moved = Spells(of.table.assign(x=1000.0 + of.table["x"] * 50.0))
    for transform in ("km", "identity"):
        tables = (cox(each, covariates=CHOSEN).proportional_hazards(transform=transform) for each in (of, moved))
        pd.testing.assert_frame_equal(*tables, rtol=1e-5)


def test_a_fading_effect_is_found() -> None:
    found = cox(two_covariates(2000, 9, effect_fades=True), covariates=CHOSEN).proportional_hazards()
    assert found.loc["x", "p_value"] < 1e-4
    assert found.loc["GLOBAL", "p_value"] < 1e-4
    assert found.loc["plus", "p_value"] > 0.01
    said = changes(found)
    assert (said.code, said.values) == ("churn_report.proportional.change", {"covariates": ("x",)})


def test_steady_effects_are_left_in_peace() -> None:
    steady = [two_covariates(300, seed, months=bool(seed % 2), strata=1 + seed % 3) for seed in range(100)]
    fits = [cox(of, covariates=CHOSEN, strata=["area"]) for of in steady]
    p_values = np.array([fit.proportional_hazards()["p_value"] for fit in fits])
    np.testing.assert_allclose((p_values < 0.05).mean(axis=0), 0.05, atol=0.06)
    np.testing.assert_allclose(p_values.mean(axis=0), 0.5, atol=0.1)


def test_one_of_many_found_by_chance_is_not_told() -> None:
    test = pd.DataFrame({"p_value": [0.03, 0.6, 0.2]}, index=["x", "plus", "GLOBAL"])
    assert changes(test).code == "churn_report.proportional.steady"


def test_where_nothing_can_change_nothing_is_said() -> None:
    rng = np.random.default_rng(6)
    of = watched(np.where(rng.random(100) < 0.5, 3.0, 9.0), np.full(100, 5.0), x=rng.normal(size=100))
    found = cox(of).proportional_hazards()
    assert found["statistic"].isna().all()
    assert changes(found).code == "churn_report.proportional.steady"


def test_unknown_transforms_are_refused() -> None:
    fit = cox(two_covariates(200, 7), covariates=CHOSEN)
    with pytest.raises(InputError, match="one of km, rank, identity, log; found 'sqrt'"):
        fit.proportional_hazards(transform="sqrt")  # type: ignore[arg-type]
    first = fit.spells.table.assign(duration=np.where(fit.spells.table["event"], 0.0, 5.0))
    with pytest.raises(InputError, match="needs tenures above 0; found"):
        cox(Spells(first), covariates=CHOSEN).proportional_hazards(transform="log")


def test_many_distinct_tenures_take_seconds() -> None:
    of = two_covariates(200_000, 8)
    fit = cox(of, covariates=CHOSEN)
    began = time.process_time()
    fit.proportional_hazards()
    assert time.process_time() - began < 10.0
