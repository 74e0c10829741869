"""Models of retention: what they learn from, what they project, and what they refuse."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from clvlab.errors import FitError, InputError
from clvlab.models.contractual import BetaDiscreteWeibull, ShiftedBetaGeometric
from clvlab.models.registry import load_fit

# Fader & Hardie (2007), table 1: High End customers still there, of 1,000, at the end of years 0 to 12.
HIGH_END = np.array([1000, 869, 743, 653, 593, 551, 517, 491, 468, 445, 427, 409, 394])
BOTH = pytest.mark.parametrize("model", [ShiftedBetaGeometric(), BetaDiscreteWeibull()], ids=lambda m: m.name)


def table(there: np.ndarray = HIGH_END[:8]) -> pd.DataFrame:
    """Customers at risk and lost, by period."""
    return pd.DataFrame({"period": np.arange(1, len(there)), "customers": there[:-1], "lost": there[:-1] - there[1:]})


def spells(of: pd.DataFrame) -> pd.DataFrame:
    """The same customers one by one."""
    stayed = int(of["customers"].iloc[-1] - of["lost"].iloc[-1])
    period = [*np.repeat(of["period"], of["lost"]), *[of["period"].iloc[-1]] * stayed]
    return pd.DataFrame({"period": period, "lost": [1] * (len(period) - stayed) + [0] * stayed})


def test_published_projection() -> None:
    fit = ShiftedBetaGeometric().fit(table())
    assert fit.params == pytest.approx({"alpha": 0.668, "beta": 3.806}, abs=5e-4)
    assert fit.log_likelihood == pytest.approx(-1611.16, abs=5e-3)
    assert fit.n_customers == 1000
    projected = fit.predict(range(1, 13))
    assert projected["survival"][12] == pytest.approx(0.378, abs=5e-4)
    assert np.abs(1000 * projected["survival"].to_numpy() - HIGH_END[1:])[7:].max() < 17
    weibull = BetaDiscreteWeibull().fit(table()).predict(range(8, 13))
    assert np.abs(1000 * weibull["survival"].to_numpy() - HIGH_END[8:]).max() < 11
    assert (HIGH_END[8:] / 1000 < weibull["survival_high"]).all()
    assert (HIGH_END[8:] / 1000 > weibull["survival_low"]).all()


@BOTH
def test_a_table_and_its_customers_one_by_one_are_the_same(model: Any) -> None:
    by_table, by_spell = model.fit(table()), model.fit(spells(table()))
    assert by_spell.params == pytest.approx(by_table.params, rel=1e-9)
    assert by_spell.log_likelihood == pytest.approx(by_table.log_likelihood, rel=1e-12)
    assert by_spell.n_customers == by_table.n_customers
    assert by_spell.score(table()) == pytest.approx(by_table.log_likelihood, rel=1e-10)
    shuffled = model.fit(table().sample(frac=1.0, random_state=1))
    assert shuffled.params == pytest.approx(by_table.params, rel=1e-9)


@BOTH
def test_retention_multiplies_to_survival_within_its_interval(model: Any) -> None:
    projected = model.fit(table(), draws=400, seed=1).predict(range(1, 21))
    assert projected["retention"].cumprod().to_numpy() == pytest.approx(projected["survival"].to_numpy(), rel=1e-8)
    for name in ("survival", "retention"):
        assert (projected[f"{name}_low"] < projected[name]).all()
        assert (projected[name] < projected[f"{name}_high"]).all()


@pytest.mark.parametrize(
    ("model", "truth"),
    [
        (ShiftedBetaGeometric(), {"alpha": 0.8, "beta": 2.5}),
        (BetaDiscreteWeibull(), {"alpha": 0.5, "beta": 1.5, "c": 1.5}),
    ],
    ids=lambda v: getattr(v, "name", ""),
)
def test_recovery(model: Any, truth: dict[str, float]) -> None:
    watched = np.random.default_rng(1).integers(1, 25, 40_000)
    drawn = model.at(**truth).simulate_spells(watched, seed=2)
    fit = model.fit(drawn)
    for name, value in truth.items():
        assert abs(np.log(fit.params[name] / value)) < 3.5 * fit.standard_errors[name] / fit.params[name]
    summary = fit.summary()
    assert (summary["std_error"] < 0.2 * summary["estimate"]).all()


def test_a_covariate_on_how_soon_they_leave() -> None:
    """Half pay yearly, and their odds of leaving are a third."""
    watched = np.full(4000, 8)
    monthly = ShiftedBetaGeometric().at(alpha=1.0, beta=4.0).simulate_spells(watched, seed=1).assign(plan="monthly")
    yearly = ShiftedBetaGeometric().at(alpha=1.0, beta=12.0).simulate_spells(watched, seed=2).assign(plan="yearly")
    spells = pd.concat([monthly, monthly.head(10), yearly], ignore_index=True)
    fit = ShiftedBetaGeometric(covariates={"beta": ["plan"]}).fit(spells)
    assert fit.params["beta:plan=yearly"] == pytest.approx(np.log(3.0), abs=3 * fit.standard_errors["beta:plan=yearly"])
    assert fit.standard_errors["beta:plan=yearly"] < 0.1
    stays = {plan: fit.predict([4], of={"plan": plan})["survival"].item() for plan in ("monthly", "yearly")}
    assert stays["monthly"] == pytest.approx(1.0 - monthly["lost"][monthly["period"] <= 4].sum() / 4000, abs=0.03)
    assert stays["yearly"] == pytest.approx(1.0 - yearly["lost"][yearly["period"] <= 4].sum() / 4000, abs=0.03)
    assert fit.predict([4])["survival"].item() == stays["monthly"]  # the more frequent level is the reference
    with pytest.raises(InputError, match="share"):
        fit.simulate_spells([8], seed=1)


def test_customers_who_went_out_of_sight_count_as_long_as_they_were_seen() -> None:
    partly = pd.DataFrame({"period": [1, 2, 3], "customers": [100, 60, 30], "lost": [20, 15, 6]})
    seen = pd.DataFrame(
        {
            "period": [*[1] * 20, *[1] * 20, *[2] * 15, *[2] * 15, *[3] * 6, *[3] * 24],
            "lost": [*[1] * 20, *[0] * 20, *[1] * 15, *[0] * 15, *[1] * 6, *[0] * 24],
        }
    )
    known = ShiftedBetaGeometric().at(alpha=1.0, beta=3.0)
    assert known.score(partly) == pytest.approx(known.score(seen), rel=1e-12)


def test_expected_lifetime() -> None:
    known = ShiftedBetaGeometric().at(alpha=3.80, beta=15.20)
    found = known.expected_lifetime(0.1, renewals=range(5))
    assert found.index.tolist() == [0, 1, 2, 3, 4]
    # Fader & Hardie (2010): discounted expected residual lifetime.
    assert found["expected_lifetime"].to_numpy() == pytest.approx([3.31, 3.45, 3.59, 3.72, 3.84], abs=5.1e-3)
    assert found["expected_lifetime_low"].isna().all()
    assert known.expected_lifetime(0)["expected_lifetime"][0] == pytest.approx(15.2 / 2.8, rel=1e-12)
    fit = BetaDiscreteWeibull().fit(table(), draws=200)
    found = fit.expected_lifetime(0.1, renewals=[0, 5])
    assert (found["expected_lifetime_low"] < found["expected_lifetime"]).all()
    assert (found["expected_lifetime"] < found["expected_lifetime_high"]).all()
    with pytest.raises(FitError, match="infinite"):
        fit.expected_lifetime(0.0)


@BOTH
def test_a_saved_fit_projects_as_before(model: Any, tmp_path: Path) -> None:
    fit = model.fit(table(), draws=100)
    fit.save(tmp_path / "fit.json")
    again = load_fit(tmp_path / "fit.json")
    pd.testing.assert_frame_equal(again.predict(range(1, 9)), fit.predict(range(1, 9)))
    assert again.params == fit.params
    assert again.n_customers == 1000
    assert repr(again) == repr(fit)


def test_the_models_are_told_apart() -> None:
    geometric, weibull = ShiftedBetaGeometric().fit(table()), BetaDiscreteWeibull().fit(table())
    assert weibull.aic < geometric.aic
    assert weibull.bic < geometric.bic


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lost": [131, 900, 90]}, "lost must not exceed customers.*900 in row 1"),
        ({"lost": [131, -3, 90]}, "lost must be a whole number, 0 or more; found -3 in row 1"),
        ({"lost": [131, 1.5, 90]}, "lost must be a whole number"),
        ({"lost": [131, None, 90]}, "lost must be a whole number"),
        ({"lost": ["many", "some", "few"]}, "lost must hold numbers"),
        ({"customers": [1000, 900, 743]}, "customers must not exceed those who stayed.*900 in row 1"),
        ({"period": [1, 2, 4]}, "from 1 on without a gap.*1, 2, 4"),
        ({"period": [0, 1, 2]}, "from 1 on without a gap"),
        ({"period": [1, 1, 2]}, "from 1 on without a gap"),
        ({"lost": [0, 0, 0]}, "none of the 1,000 was lost"),
    ],
)
def test_tables_that_cannot_be_are_refused(change: dict[str, list[Any]], message: str) -> None:
    bad = table(HIGH_END[:4]).assign(**{name: pd.Series(values) for name, values in change.items()})
    with pytest.raises(InputError, match=message):
        ShiftedBetaGeometric().fit(bad)


def test_spells_that_cannot_be_are_refused() -> None:
    with pytest.raises(InputError, match="missing: lost"):
        ShiftedBetaGeometric().fit(pd.DataFrame({"period": [1, 2]}))
    with pytest.raises(InputError, match="lost must be 1"):
        ShiftedBetaGeometric().fit(pd.DataFrame({"period": [1, 2], "lost": [2, 0]}))
    with pytest.raises(InputError, match="period 1 or a later"):
        ShiftedBetaGeometric().fit(pd.DataFrame({"period": [0, 2], "lost": [1, 0]}))
    with pytest.raises(InputError, match="at least one row"):
        ShiftedBetaGeometric().fit(pd.DataFrame({"period": [], "lost": []}))
    with pytest.raises(InputError, match="counted from 1"):
        ShiftedBetaGeometric().at(alpha=1.0, beta=1.0).predict([0, 1])
