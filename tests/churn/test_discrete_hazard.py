"""Hazard by period: as a regression on one row for each customer and period, and spells for contractual models."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from simulated_spells import two_covariates

from clvlab.churn import Spells, contract_table, discrete_hazard, spells
from clvlab.errors import FitError, InputError
from clvlab.formulas import shifted_beta_geometric
from clvlab.models import ShiftedBetaGeometric


def monthly(n: int, seed: int, *, late: bool = False) -> Spells:
    """Months of spells, the covariate rounded so that some customers are alike."""
    of = two_covariates(n, seed, months=True, late=late)
    table = of.table.assign(x=of.table["x"].round())
    over = table["duration"] > 12.0
    return Spells(table.assign(duration=table["duration"].clip(upper=12.0), event=table["event"] & ~over).query(
        "entry < duration"))  # fmt: skip


def expanded(of: Spells, covariates: list[str]) -> tuple[pd.DataFrame, np.ndarray]:
    """One row per customer and period."""
    rows, lost = [], []
    for row in of.table.itertuples():
        for period in range(int(row.entry) + 1, int(row.duration) + 1):
            rows.append([period, *(getattr(row, name) for name in covariates)])
            lost.append(float(row.event and period == row.duration))
    return pd.DataFrame(rows, columns=["period", *covariates]), np.array(lost)


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("covariates", [[], ["x", "plus"]])
def test_as_a_regression_on_expanded_rows(late: bool, covariates: list[str]) -> None:
    of = monthly(400, 1, late=late)
    rows, lost = expanded(of, covariates)
    design = pd.concat([pd.get_dummies(rows["period"], dtype=float), rows[covariates].astype(float)], axis=1)
    family = sm.families.Binomial(link=sm.families.links.CLogLog())
    theirs = sm.GLM(lost, design.to_numpy(), family=family).fit(tol=1e-12)
    ours = discrete_hazard(of, covariates=covariates)
    assert ours.index.tolist() == [*(f"period {t}" for t in range(1, 13)), *covariates]
    np.testing.assert_allclose(ours["estimate"], theirs.params, atol=1e-6)
    covariate = (ours["kind"] == "covariate").to_numpy()
    np.testing.assert_allclose(ours["p_value"][covariate], theirs.pvalues[covariate], atol=1e-6)
    low, high = theirs.conf_int(0.1).T
    for name, value in (("low", low), ("high", high), ("value", theirs.params)):
        expected = np.where(covariate, np.exp(value), -np.expm1(-np.exp(value)))
        np.testing.assert_allclose(ours[name], expected, rtol=1e-5)


def test_without_covariates_it_is_the_share_who_leave() -> None:
    of = monthly(500, 2)
    found = discrete_hazard(of)
    rows, lost = expanded(of, [])
    share = pd.Series(lost).groupby(rows["period"]).mean()
    np.testing.assert_allclose(found["value"], share, atol=1e-8)


def test_hazard_ratios_are_those_of_tenure_uncounted() -> None:
    found = discrete_hazard(monthly(6000, 3), covariates=["plus"])
    assert np.log(found.loc["plus", "value"]) == pytest.approx(-0.5, abs=0.15)


def test_a_period_in_which_nobody_left_is_left_out() -> None:
    table = pd.DataFrame({"tenure": [1, 1, 3, 3, 3, 4, 4], "left": [1, 0, 1, 1, 0, 0, 0]})
    found = discrete_hazard(spells(table, duration="tenure", event="left"))
    assert found.index.tolist() == ["period 1", "period 3"]
    assert found["value"].tolist() == pytest.approx([1 / 7, 2 / 5])


def of_tenures(tenure: list[float], left: list[int], **columns: list[float]) -> Spells:
    table = pd.DataFrame({"tenure": tenure, "left": left, **columns})
    return spells(table, duration="tenure", event="left", entry="late" if columns else None)


@pytest.mark.parametrize("function", [discrete_hazard, contract_table])
def test_refused_in_words(function: object) -> None:
    with pytest.raises(InputError, match=r"Tenure must be counted in whole periods; broken by 1\.5 in row 0"):
        function(of_tenures([1.5, 2.0], [1, 0]))
    with pytest.raises(InputError, match="end of the first period or later; broken by 0"):
        function(of_tenures([0.0, 2.0], [1, 0]))


def test_more_is_refused_in_words() -> None:
    with pytest.raises(InputError, match="no late entry; broken by 1"):
        contract_table(of_tenures([1, 3], [1, 0], late=[0, 1]))
    with pytest.raises(InputError, match="entry must be counted in whole periods"):
        discrete_hazard(of_tenures([1, 3], [1, 0], late=[0, 0.5]))
    with pytest.raises(InputError, match="Tenure reaches 401 periods; 400 at most"):
        discrete_hazard(of_tenures([1, 401], [1, 0]))
    with pytest.raises(InputError, match="none of these 2 spells ended"):
        discrete_hazard(of_tenures([1, 2], [0, 0]))


def test_contract_table_into_a_contractual_model() -> None:
    truth = {"alpha": 0.8, "beta": 3.0}
    rng = np.random.default_rng(4)
    period, lost = shifted_beta_geometric.simulate(rng, rng.integers(4, 13, 5000), **truth)
    table = pd.DataFrame({"tenure": period, "left": lost, "plan": np.where(np.arange(5000) % 2, "a", "b")})
    made = contract_table(spells(table, duration="tenure", event="left"))
    assert list(made) == ["period", "lost", "plan"]
    pd.testing.assert_frame_equal(
        made[["period", "lost"]], pd.DataFrame({"period": period, "lost": lost}).astype(float)
    )
    fit = ShiftedBetaGeometric(method="map").fit(made)
    direct = ShiftedBetaGeometric(method="map").fit(pd.DataFrame({"period": period, "lost": lost.astype(int)}))
    assert fit.params == pytest.approx(direct.params)
    survival = fit.predict([12])["survival"].item()
    assert survival == pytest.approx(shifted_beta_geometric.survival(12, **truth), abs=0.03)


def test_separation_and_twins_are_refused() -> None:
    table = pd.DataFrame({"tenure": [1, 2, 3, 3, 4, 2], "left": [1, 1, 1, 0, 0, 0], "x": [0, 0, 0, 0, 1, 1]})
    with pytest.raises(InputError, match="None of the 2 customers with x left"):
        discrete_hazard(spells(table, duration="tenure", event="left"), covariates=["x"])
    of = monthly(200, 5)
    twins = Spells(of.table.assign(twin=2.0 * of.table["x"]))
    with pytest.raises(FitError, match="repeat others exactly"):
        discrete_hazard(twins, covariates=["x", "twin"])


def test_a_period_in_which_everybody_left_is_left_out() -> None:
    rng = np.random.default_rng(6)
    table = pd.DataFrame({"tenure": rng.integers(1, 6, 300), "left": 1, "x": rng.normal(size=300)})
    found = discrete_hazard(spells(table, duration="tenure", event="left"), covariates=["x"])
    assert found.index.tolist() == ["period 1", "period 2", "period 3", "period 4", "x"]
    at_once = pd.DataFrame({"tenure": [1, 1], "left": 1})
    with pytest.raises(InputError, match="nobody left, or everybody did"):
        discrete_hazard(spells(at_once, duration="tenure", event="left"))
