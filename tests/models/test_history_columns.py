"""Rows that cannot be histories are refused by name."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import clvlab as clv

GOOD = {"frequency": [2.0, 0.0, 5.0], "recency": [3.0, 0.0, 9.0], "T": [10.0, 10.0, 10.0],
        "monetary_value": [20.0, np.nan, 7.0]}  # fmt: skip
LABELS = ["Ann", "O'Brien", "<b>王芳</b>"]


def histories(**changed: Any) -> pd.DataFrame:
    return pd.DataFrame({**GOOD, **changed}, index=LABELS)


BROKEN = {
    "frequency must not be negative": {"frequency": [2.0, -1.0, 5.0]},
    "recency must not be negative": {"recency": [3.0, -0.5, 9.0]},
    "must not exceed T": {"recency": [3.0, 0.0, 10.5]},
    "recency must be above 0 where frequency is": {"recency": [0.0, 0.0, 9.0]},
    "recency must be 0 where frequency is 0": {"recency": [3.0, 1.0, 9.0]},
    "frequency must be a whole number": {"frequency": [2.0, 0.0, 5.5]},
    "frequency must be a finite number": {"frequency": [np.nan, 0.0, 5.0]},
    "T must be a finite number": {"T": [10.0, np.inf, 10.0]},
    "recency must hold numbers": {"recency": ["3", "never", "9"]},
    "frequency must hold numbers": {"frequency": ["two", "none", "five"]},
    "recency must hold numbers; found str": {"recency": ["3", "0", "9"]},
    "T must hold numbers": {"T": pd.to_datetime(["2020-01-01"] * 3)},
    "T must hold numbers; found timedelta": {"T": pd.to_timedelta([10, 10, 10], unit="D")},
}


@pytest.mark.parametrize(("rule", "changed"), BROKEN.items(), ids=BROKEN)
@pytest.mark.parametrize("use", ["fit", "predict", "score"])
def test_a_broken_rule_is_named(rule: str, changed: dict[str, Any], use: str) -> None:
    known = clv.BGNBD().at(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="week")
    uses = {"fit": clv.BGNBD().fit, "predict": lambda table: known.predict(table, horizon=4), "score": known.score}
    with pytest.raises(clv.InputError, match=rule):
        uses[use](histories(**changed))


def test_the_rows_are_named_too() -> None:
    with pytest.raises(clv.InputError, match=r"2 of 3 rows: \"O'Brien\", '<b>王芳</b>'"):
        clv.BGNBD().fit(histories(frequency=[2.0, -1.0, -5.0]))


def test_many_broken_rows_are_counted_and_a_few_shown() -> None:
    table = pd.DataFrame({"frequency": [-1.0] * 1000, "recency": 0.0, "T": 1.0})
    with pytest.raises(clv.InputError, match="1000 of 1000 rows: 0, 1, 2, 3, 4 and 995 more"):
        clv.BGNBD().fit(table)


@pytest.mark.parametrize("missing", ["frequency", "recency", "T"])
def test_missing_columns_are_named(missing: str) -> None:
    with pytest.raises(clv.InputError, match=f"missing: {missing}"):
        clv.BGNBD().fit(histories().drop(columns=missing))


def test_nobody() -> None:
    with pytest.raises(clv.InputError, match="at least one customer"):
        clv.BGNBD().fit(histories().iloc[:0])


@pytest.mark.parametrize("kind", ["Int64", "Float64", "int64[pyarrow]", "float32"])
def test_any_kind_of_number_will_do(kind: str) -> None:
    table = histories().drop(columns="monetary_value").astype(kind)
    known = clv.BGNBD().at(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="week")
    plain = known.predict(histories(), horizon=4, unit="week")
    pd.testing.assert_frame_equal(known.predict(table, horizon=4, unit="week"), plain)


def test_missing_spend_of_a_repeat_customer_is_named() -> None:
    with pytest.raises(clv.InputError, match=r"monetary_value must be a number where frequency is above 0.*'Ann'"):
        clv.GammaGamma().fit(histories(monetary_value=[np.nan, np.nan, 7.0]))


def test_spend_that_is_not_positive_is_left_out_and_listed() -> None:
    more = pd.concat([histories(), histories(monetary_value=[12.0, np.nan, -3.0]).set_axis(["Bo", "Cy", "Di"])])
    fit = clv.GammaGamma().fit(more)
    assert fit.diagnostics.left_out["models.spend_not_positive"] == ["Di"]
    assert fit.diagnostics.left_out["models.no_repeat_purchase"] == ["O'Brien", "Cy"]
    assert fit.n_customers == 3


def test_nobody_repeats() -> None:
    table = histories(frequency=[0.0] * 3, recency=[0.0] * 3, monetary_value=[np.nan] * 3)
    with pytest.raises(clv.InputError, match="learns from repeat purchases"):
        clv.BGNBD().fit(table)
    with pytest.raises(clv.InputError, match=r"at least two that differ|at least one customer"):
        clv.GammaGamma().fit(table)


@pytest.mark.parametrize("horizon", [-1.0, np.nan, np.inf])
def test_a_horizon_that_is_none(horizon: float) -> None:
    known = clv.BGNBD().at(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="week")
    with pytest.raises(clv.InputError, match="horizon= is a number of 0 or more"):
        known.predict(histories(), horizon=horizon)
