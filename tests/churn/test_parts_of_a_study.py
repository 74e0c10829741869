"""What pages show beside the estimates: shares after a year, groups, two views of leaving, projections."""

import numpy as np
import pandas as pd
import pytest
from simulated_spells import two_covariates

from clvlab import churn
from clvlab.data import datasets
from clvlab.data.histories import histories
from clvlab.data.orders import read_orders
from clvlab.errors import InputError
from clvlab.models import BetaDiscreteWeibull, GammaGamma, ParetoGGG, ShiftedBetaGeometric

GGG = {"r": 0.8, "alpha": 10.0, "s": 0.9, "beta": 25.0, "t": 3.0, "gamma": 2.0}


@pytest.fixture(scope="module")
def cdnow_spells() -> churn.Spells:
    return churn.spells_from_orders(datasets.cdnow(), gap=6.0)


@pytest.fixture(scope="module")
def tested() -> churn.Backtest:
    return churn.backtest(datasets.cdnow(), seed=3)


@pytest.fixture(scope="module")
def warned(tested: churn.Backtest) -> churn.Warnings:
    return churn.warnings_from_orders(datasets.cdnow(), contact_cost=1.0, tested=tested, seed=3)


def test_share_after_a_year() -> None:
    of = churn.spells(pd.DataFrame({"tenure": [6, 12, 18, 30], "left": [1, 1, 0, 0]}), duration="tenure", event="left")
    curve = churn.kaplan_meier(of)
    found = churn.share_after(curve, of)
    assert (found.after, found.survival) == (12.0, 0.5)
    row = curve.table[curve.table["time"] == 12.0].iloc[0]
    assert (found.low, found.high) == (row["low"], row["high"])


def test_share_after_half_of_records_shorter_than_a_year() -> None:
    of = churn.spells(pd.DataFrame({"tenure": [1, 3, 9, 9], "left": [1, 1, 0, 0]}), duration="tenure", event="left")
    found = churn.share_after(churn.kaplan_meier(of), of)
    assert (found.after, found.survival) == (4.0, 0.5)
    early = churn.spells(pd.DataFrame({"tenure": [8, 9], "left": [1, 0]}), duration="tenure", event="left")
    found = churn.share_after(churn.kaplan_meier(early), early)
    assert (found.after, found.survival, found.low, found.high) == (4.0, 1.0, 1.0, 1.0)


def test_a_table_of_rates_by_tenure_says_how_wide_its_bands_are() -> None:
    of = churn.spells(pd.DataFrame({"tenure": [72, 5], "left": [0, 1]}), duration="tenure", event="left")
    assert churn.tenure_width(of) == 6.0
    found = churn.rates_by_tenure(of, width=6.0)
    assert found.attrs == {"width": 6.0, "unit": "month"}
    assert np.diff(found.index).tolist() == [6.0] * 11
    short = churn.spells(pd.DataFrame({"tenure": [3, 1], "left": [0, 1]}), duration="tenure", event="left")
    assert churn.tenure_width(short) == 1.0


def test_groups() -> None:
    of = two_covariates(300, 1)
    found = churn.groups(of, "plus")
    until = float(of.table.groupby("plus")["duration"].max().min())
    assert found.columns.tolist() == ["median", "restricted", "low", "high"]
    assert found.attrs == {"until": until, "unit": "month"}
    means = churn.restricted_mean(of, until, by="plus")
    np.testing.assert_array_equal(found[["restricted", "low", "high"]], means[["mean", "low", "high"]])
    np.testing.assert_array_equal(found["median"], churn.kaplan_meier(of, by="plus").medians["median"])


def test_projections() -> None:
    table = pd.DataFrame({"tenure": [1, 2, 3, 4, 4, 4] * 20, "left": [1, 1, 1, 0, 0, 0] * 20})
    of = churn.spells(table, duration="tenure", event="left")
    found = churn.projections(of, seed=2)
    assert found is not None
    assert list(found) == ["shifted_beta_geometric", "beta_discrete_weibull"]
    counted = churn.contract_table(churn.in_whole_periods(of))[["period", "lost"]]
    for model, frame in zip((ShiftedBetaGeometric(), BetaDiscreteWeibull()), found.values(), strict=True):
        assert len(frame) == int(counted["period"].max() * 1.5)
        pd.testing.assert_frame_equal(frame, model.fit(counted, seed=2).predict(range(1, len(frame) + 1)))


def test_no_projections_where_the_models_do_not_apply(cdnow_spells: churn.Spells) -> None:
    nobody = pd.DataFrame({"tenure": [1.0, 2.0], "left": 0, "from": 0.0})
    assert churn.projections(churn.spells(nobody, duration="tenure", event="left")) is None
    late = pd.DataFrame({"tenure": [3.0, 4.0], "left": 1, "from": [0.0, 1.0]})
    assert churn.projections(churn.spells(late, duration="tenure", event="left", entry="from")) is None
    assert churn.projections(cdnow_spells) is None


def test_warnings_from_orders(tested: churn.Backtest, warned: churn.Warnings) -> None:
    found, table = warned, warned.table
    said = churn.calls(datasets.cdnow(), seed=3).table.loc[table.index]
    assert (table["group"] == said["group"]).all()
    for group, level in tested.levels.items():
        own = said["group"] == group
        np.testing.assert_allclose(table.loc[own, "chance"], level.shifted(said.loc[own, "chance"]))
        assert found.groups.loc[group, "expected"] == pytest.approx(table.loc[own, "chance"].sum())
        assert found.groups.loc[group, "value_at_risk"] == pytest.approx(table.loc[own, "value_at_risk"].sum())
    assert table["low"].le(table["chance"]).all()
    assert table["chance"].le(table["high"]).all()
    assert table["group"].drop_duplicates().tolist() == ["warned", "here", "left"]
    assert table["contact"].tolist() == ((table["value_at_risk"] > 10.0) & (table["group"] != "left")).tolist()
    assert (found.threshold, found.unit) == (10.0, "month")


def test_value_is_what_hangs_on_coming_back(warned: churn.Warnings) -> None:
    """Simulated futures, counted in discounted purchases: those with a purchase within the horizon, less the others."""
    said = churn.calls(datasets.cdnow(), seed=3)
    spend = GammaGamma().fit(said.histories, seed=3).predict(said.histories)["expected_spend"]
    often = said.histories.nlargest(80, "frequency")
    often.attrs = said.histories.attrs
    draw, row, time = said.fit.simulate_futures(often, 12.0, draws=2000, seed=4)
    worth_now = np.exp(-np.log(1.10) * time / 12.0)
    back = np.zeros((2000, len(often)), dtype=bool)
    back[draw[time <= 3.0], row[time <= 3.0]] = True
    brought = np.bincount(draw * len(often) + row, weights=worth_now, minlength=back.size).reshape(back.shape)
    some = np.minimum(back.sum(axis=0), (~back).sum(axis=0)) >= 100
    brought, back = brought[:, some], back[:, some]
    apart = (brought * back).sum(axis=0) / back.sum(axis=0) - (brought * ~back).sum(axis=0) / (~back).sum(axis=0)
    told = (warned.table["value"] / spend)[often.index[some]].to_numpy()
    assert some.sum() >= 20
    assert np.mean(told / apart) == pytest.approx(1.0, abs=0.05)


def test_warnings_from_orders_without_amounts(tested: churn.Backtest) -> None:
    rows = datasets.cdnow().purchases()[["customer_id", "date"]]
    found = churn.warnings_from_orders(read_orders(rows), tested=tested, seed=1)
    assert found.table["value_at_risk"].isna().all()
    assert found.expected > 0


def test_warnings_from_spells_name_a_column_that_is_not_there() -> None:
    of = two_covariates(100, 4)
    with pytest.raises(InputError, match="There is no column fee for value=; there are x, plus, area"):
        churn.warnings_from_spells(of, churn.cox(of, covariates=["x"]), value="fee")


def test_pareto_ggg_warns_and_sets_limits_of_silence() -> None:
    orders = datasets.cdnow()
    fit = ParetoGGG().at(**GGG, unit="month")
    known = histories(orders, unit="month").iloc[:40]
    found = churn.early_warning(fit, known, 3.0)
    assert found.table["chance"].between(0, 1).all()
    np.testing.assert_allclose(found.table["gone"], 1.0 - fit.prob_alive(known)["prob_alive"].loc[found.table.index])
    few = read_orders(orders.purchases().iloc[:60])
    assert len(churn.spells_from_orders(few, gap=fit)) >= few.n_customers - 1


def test_validation_is_by_identifier() -> None:
    scores, calibration = churn.validate(two_covariates(400, 5), covariates=["x", "plus"], seed=1)
    ids = {"kaplan_meier", "cox", "weibull_aft", "log_normal_aft", "log_logistic_aft"}
    assert set(scores.index) == set(calibration) == ids
    assert scores.loc["kaplan_meier", "skill"] == 0.0
    assert (scores["skill"].drop("kaplan_meier") > 0).all()
    assert (scores["failed"] == "").all()
