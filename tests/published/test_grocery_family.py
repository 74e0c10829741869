"""Transaction models on BTYDplus' grocery data by the public calls: the table of its vignette, one line per model.

One unit of the last printed digit. MBG/CNBD-2's holdout is apart: BTYDplus approximates it, ours is exact.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import clvlab as clv


@pytest.fixture(scope="module")
def period(shared_data: Path) -> Any:
    orders = clv.read_orders(shared_data / "groceryElog.csv", customer="cust", date="date")
    return clv.split(orders, calibration_end="2006-12-31", holdout_end="2007-12-30", unit="week")


TABLE = [
    (clv.NBD(), "0.4203 5.2451", -16376.864, 6355, 2.609),
    (clv.ParetoNBD(), "0.7864 5.679 0.3862 5.7178", -15782.392, 3991, 1.508),
    (clv.BGNBD(), "0.3486 2.5817 0.5038 3.6444", -15836.566, 3996, 1.577),
    (clv.MBGNBD(), "1.2569 6.0391 0.3683 0.7158", -15781.939, 4025, 1.513),
    (clv.BGCNBD(k=2), "0.3591 1.1294 0.5228 2.7855", -15054.173, None, None),
    (clv.MBGCNBD(k=2), "1.3292 2.8126 0.4247 0.7900", -14978.211, None, None),
]


@pytest.mark.parametrize(
    ("model", "params", "log_likelihood", "total", "mae"), TABLE, ids=[model.name for model, *_ in TABLE]
)
def test_as_in_the_vignette(
    model: Any, params: str, log_likelihood: float, total: float | None, mae: float | None, period: Any
) -> None:
    assert len(period.calibration) == 1525
    assert period.holdout["frequency_holdout"].sum() == 3389
    fit = model.fit(period.calibration, draws=10)
    for found, printed in zip(fit.params.values(), params.split(), strict=True):
        assert found == pytest.approx(float(printed), abs=10.0 ** -len(printed.partition(".")[2]))
    assert fit.log_likelihood == pytest.approx(log_likelihood, abs=1e-3)
    if total is not None:
        expected = fit.predict(period.calibration, horizon=52)["expected_purchases"]
        actual = period.holdout["frequency_holdout"].reindex(expected.index)
        assert expected.sum() == pytest.approx(total, abs=1)
        assert np.abs(expected - actual).mean() == pytest.approx(mae, abs=1e-3)


def test_two_stages_are_chosen(period: Any) -> None:
    fit = clv.BGCNBD().fit(period.calibration, draws=10)
    assert fit.model.k == 2
    assert fit.name == "BG/CNBD-2"
    assert fit.log_likelihood == pytest.approx(-15054.173, abs=1e-3)
    (note,) = fit.diagnostics.notes
    assert (note.code, note.values["k"]) == ("models.chosen_k", 2)


def test_the_criteria_rank_models_as_their_likelihoods(period: Any) -> None:
    # all but NBD have four parameters
    aic = pd.Series({model.name: model.fit(period.calibration, draws=10).aic for model, *_ in TABLE})
    ranked = ["MBG/CNBD-2", "BG/CNBD-2", "MBG/NBD", "Pareto/NBD", "BG/NBD", "NBD"]
    assert aic.sort_values().index.tolist() == ranked
    assert aic["MBG/NBD"] == pytest.approx(2 * 4 + 2 * 15781.939, abs=2e-3)
