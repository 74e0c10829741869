"""Criteria of a comparison's fits: what each is computed from, and how each p-value came about."""

from typing import Any

import numpy as np
import pytest
from simulated_orders import PERIOD, simulated

import clvlab as clv
from clvlab.evaluation.criteria import criteria, likelihood_ratios
from clvlab.pages.comparison_tables import CRITERIA, RATIOS, uneven

FIELD = {
    "NBD": clv.NBD(),
    "BG/NBD": clv.BGNBD(),
    "BG/CNBD-k": clv.BGCNBD(),
    "Pareto/NBD": clv.ParetoNBD(),
    "NBD, Laplace": clv.NBD().using("laplace"),
    "BG/NBD, Laplace": clv.BGNBD().using("laplace"),
}


@pytest.fixture(scope="module")
def found() -> Any:
    return clv.compare(FIELD, clv.read_orders(simulated(150, seed=61)), seed=1, **PERIOD)


def test_a_column_of_each_criterion(found: Any) -> None:
    table = criteria(found)
    assert set(CRITERIA) - {"competitor"} <= set(table)
    assert table["parameters"].to_dict() == {
        "NBD": 2, "BG/NBD": 4, "BG/CNBD-k": 5, "Pareto/NBD": 4, "NBD, Laplace": 2, "BG/NBD, Laplace": 4,
    }  # fmt: skip
    maxima = table.loc[["NBD", "BG/NBD", "BG/CNBD-k", "Pareto/NBD"]]
    np.testing.assert_allclose(maxima["aic"], 2.0 * maxima["parameters"] - 2.0 * maxima["log_likelihood"])
    assert maxima["elpd"].isna().all()


def test_differences_to_the_best(found: Any) -> None:
    table = criteria(found).dropna(subset=["elpd"])
    assert table.index.tolist() == ["NBD, Laplace", "BG/NBD, Laplace"]
    assert table["elpd_difference"].max() == 0.0
    assert table["elpd_difference"].min() == pytest.approx(table["elpd"].min() - table["elpd"].max())
    assert 0.0 < table["difference_se"].max() < table["elpd_se"].max()
    assert uneven(table) == []
    (told,) = uneven(table.assign(share_above=[0.0, 0.02]))
    assert told.values == {"competitor": "BG/NBD, Laplace", "share": 0.02}


def test_how_each_p_value_came_about(found: Any) -> None:
    table = likelihood_ratios(found)
    assert set(RATIOS) <= set(table)
    by_pair = table.set_index(["small", "large"])
    assert by_pair["p_value_by"].to_dict() == {("NBD", "BG/NBD"): "simulation", ("NBD", "Pareto/NBD"): "withheld"}
    assert by_pair["p_value"].isna().tolist() == [False, True]
    assert by_pair["p_value"].iloc[0] >= 0.01
