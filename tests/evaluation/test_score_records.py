"""Scores are records: each column holds one quantity, or nothing."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from simulated_orders import PERIOD, simulated

import clvlab as clv
from clvlab import baselines
from clvlab.evaluation import Score, forget_score, register_score, score_records, scores, second_thoughts

FIELD = {
    "model": clv.BGNBD(),
    "cells": clv.competitors.RFMCells(),
    "mean": baselines.CustomerMean(),
    "lifetimes": clv.competitors.LifetimesBGNBD(),
}


@pytest.fixture(scope="module")
def orders() -> Any:
    return clv.read_orders(simulated(500, seed=51))


@pytest.fixture(scope="module")
def found(orders: Any) -> Any:
    return clv.compare(FIELD, orders, spend=clv.GammaGamma(), **PERIOD)


def test_the_table_has_a_column_a_score(found: Any) -> None:
    assert found.table.columns.tolist() == [*score_records.columns(), "seconds", "failed"]
    assert len(set(score_records.columns())) == len(score_records.columns())
    assert {score.of for score in score_records.SCORES if score.id.startswith("value_")} == {"value"}


def test_what_does_not_apply_is_empty(found: Any) -> None:
    filled = found.table.notna()
    assert filled["auc"].to_dict() == {"model": True, "cells": True, "mean": False, "lifetimes": False}
    assert filled["calibration_error"].equals(filled["auc"])
    for name in ("crps", "log_score", "pit_share", "coverage", "width", "value_crps", "value_coverage"):
        assert filled.index[filled[name]].tolist() == ["model"], name
    for name in ("mae", "gini", "top_10", "value_mae", "value_top_10"):
        assert filled[name].all(), name


def test_without_a_spend_model_only_own_value_forecasts_are_scored(orders: Any) -> None:
    bare = clv.compare(FIELD, orders, **PERIOD).table
    for name in [name for name in bare if name.startswith("value_") and bare[name].notna().any()]:
        assert set(bare.index[bare[name].notna()]) <= {"cells", "mean"}, name
    assert bare["value_top_10"].notna().sum() == 2
    assert bare["top_10"].notna().all()


def test_tops_are_of_purchases_and_of_value(found: Any) -> None:
    outcome = found.outcomes["model"]
    for prefix in ("", "value_"):
        expected, actual = (outcome[f"{prefix}{name}"].to_numpy() for name in ("expected", "actual"))
        by_hand = scores.ranking_scores(expected, actual)
        for name, value in by_hand.items():
            assert found.table.loc["model", f"{prefix}{name}"] == value, name
    assert found.table.loc["model", "top_10"] != found.table.loc["model", "value_top_10"]


def test_means_are_means_of_rows(found: Any) -> None:
    for score in score_records.SCORES:
        if score.rows is None:
            continue
        losses = found.losses(score.id)
        assert set(losses) == set(found.table.index[found.table[score.id].notna()]), score.id
        for key, loss in losses.items():
            assert loss.mean() == pytest.approx(found.table.loc[key, score.id], rel=1e-12)
        assert found.intervals(score.id).index.tolist() == list(losses)
    with pytest.raises(clv.InputError, match="not a mean"):
        found.intervals("gini")
    with pytest.raises(clv.InputError, match="no score 'mea'"):
        found.intervals("mea")


def test_criteria_are_the_scores_that_judge(found: Any) -> None:
    named = set(second_thoughts.other_scores(found)["criterion"])
    assert named <= {score.id for score in score_records.SCORES if score.criterion}
    assert {"rmse", "gini", "value_deviance", "top_10", "value_top_10"} <= named
    assert all(score.better != "none" for score in score_records.SCORES if score.criterion)
    best = second_thoughts.other_scores(found).set_index("criterion")["best"]
    assert best["gini"] == found.table["gini"].idxmax()
    assert best["rmse"] == found.table["rmse"].idxmin()
    assert best["total_error"] == found.table["total_error"].abs().idxmin()


@pytest.fixture
def worst() -> Iterator[None]:
    register_score(
        Score(
            "worst", "purchases", ("expected",), "lower", "number2", lambda one: float(np.abs(one.error).max()),
            criterion=True,
        )
    )  # fmt: skip
    yield
    forget_score("worst")


@pytest.mark.usefixtures("worst")
def test_a_registered_score_is_a_column_and_a_criterion(orders: Any) -> None:
    found = clv.compare(FIELD, orders, **PERIOD)
    outcome = found.outcomes["mean"]
    assert found.table.loc["mean", "worst"] == (outcome["expected"] - outcome["actual"]).abs().max()
    assert "worst" in found.by_origin
    assert "worst" in set(second_thoughts.other_scores(found)["criterion"])
    for taken in ("worst", "mae", "failed", "not a name"):
        with pytest.raises(clv.InputError, match="no score or other column"):
            register_score(Score(taken, "value", (), "higher", "number2", lambda _: 0.0))


def test_a_score_taken_away_is_no_column(orders: Any) -> None:
    assert "worst" not in clv.compare({"mean": baselines.CustomerMean()}, orders, **PERIOD).table
