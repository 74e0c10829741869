"""A frame of histories that has lost its unit of time is refused where time is read, and never taken to be in weeks."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from members import DISCRETE, TRANSACTIONS, truth

import clvlab as clv
from clvlab.models.transactions import TransactionFit

REMEDY = r"carries none .* unit='week'"
KNOWN = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}


@pytest.fixture(scope="module")
def days() -> pd.DataFrame:
    return clv.histories(clv.datasets.cdnow(), end="1997-09-30", unit="day")


@pytest.fixture(scope="module")
def bare(days: pd.DataFrame) -> pd.DataFrame:
    lost = days.copy()
    lost.attrs = {}
    return lost


@pytest.fixture(scope="module")
def fit() -> TransactionFit:
    return clv.BGNBD().at(unit="week", **KNOWN)


@pytest.fixture(scope="module")
def spend(days: pd.DataFrame) -> Any:
    return clv.GammaGamma().fit(days, draws=50)


def uses(fit: TransactionFit, spend: Any, table: pd.DataFrame, **unit: Any) -> dict[str, Any]:
    y = pd.Series(1.0, index=table.index)
    return {
        "predict": lambda: fit.predict(table, 273, **unit)["expected_purchases"].sum(),
        "score": lambda: fit.score(table, **unit),
        "prob_alive": lambda: fit.prob_alive(table, ahead=9, **unit)["prob_alive"].sum(),
        "prob_dropout": lambda: fit.prob_dropout(table, 9, **unit)["prob_dropout"].sum(),
        "count_probabilities": lambda: fit.count_probabilities(table, 70, y, **unit)[0].sum(),
        "count_scores": lambda: fit.count_scores(table, 70, y, **unit)[2].sum(),
        "expected_totals": lambda: fit.expected_totals(table, np.array([70.0]), **unit)[0],
        "expected_so_far": lambda: fit.expected_so_far(table, np.array([-7.0]), **unit)[0],
        "simulate_futures": lambda: len(fit.simulate_futures(table, 30, draws=3, seed=1, **unit)[0]),
        "residual_transactions": lambda: clv.residual_transactions(fit, table, horizon=70, **unit).sum().iloc[0],
        "customer_value": lambda: clv.customer_value(fit, spend, table.head(50), horizon=70, **unit).total["clv"],
    }


USES = tuple(uses(clv.BGNBD().at(unit="week", **KNOWN), None, pd.DataFrame()))


@pytest.mark.parametrize("use", USES)
def test_every_use_of_a_frame_without_a_unit(
    use: str, fit: TransactionFit, spend: Any, days: pd.DataFrame, bare: pd.DataFrame
) -> None:
    with pytest.raises(clv.InputError, match=REMEDY):
        uses(fit, spend, bare)[use]()
    said = uses(fit, spend, bare, unit="day")[use]()
    assert said == pytest.approx(uses(fit, spend, days)[use](), rel=1e-12)
    assert said == pytest.approx(uses(fit, spend, days, unit="day")[use](), rel=1e-12)
    with pytest.raises(clv.InputError, match="in units of one day, and unit='week' says another"):
        uses(fit, spend, days, unit="week")[use]()
    with pytest.raises(clv.InputError, match="A unit of time is one of"):
        uses(fit, spend, bare, unit="quarter")[use]()


def test_days_are_not_read_as_weeks(days: pd.DataFrame, bare: pd.DataFrame) -> None:
    weeks = clv.histories(clv.datasets.cdnow(), end="1997-09-30", unit="week")
    fit = clv.BGNBD().fit(weeks, draws=5)
    for table, unit in ((days, None), (bare, "day")):
        assert fit.predict(table, 273, unit=unit)["expected_purchases"].sum() == pytest.approx(1653.4, abs=0.05)


@pytest.mark.parametrize("label", TRANSACTIONS)
def test_no_transaction_model_is_fitted_to_a_frame_without_a_unit(label: str) -> None:
    model = TRANSACTIONS[label]
    table = model.at(**truth(label, model)).simulate_histories(np.full(250, 30.0), seed=1)
    assert table.attrs["unit"] is None
    with pytest.raises(clv.InputError, match=f"Fitting {model.name} {'.*'}{REMEDY}"):
        model.fit(table)
    if label != "ParetoGGG":  # whose fit takes half a minute
        assert model.fit(table, unit="month", draws=5).unit == "month"


def test_a_frame_with_a_unit_is_not_fitted_in_another(days: pd.DataFrame) -> None:
    with pytest.raises(clv.InputError, match="in units of one day, and unit='week' says another"):
        clv.BGNBD().fit(days, unit="week")
    assert clv.BGNBD().fit(days, unit="day", draws=5).unit == "day"


def test_a_fit_without_a_unit_takes_histories_as_they_are(days: pd.DataFrame, bare: pd.DataFrame) -> None:
    known = clv.BGNBD().at(**KNOWN)
    said = known.predict(bare.head(20), 4)
    pd.testing.assert_frame_equal(known.predict(days.head(20), 4), said)
    pd.testing.assert_frame_equal(known.predict(bare.head(20), 4, unit="month"), said)
    with pytest.raises(clv.InputError, match=rf"Discounting .*{REMEDY}"):
        clv.residual_transactions(known, bare.head(20))
    assert len(clv.residual_transactions(known, bare.head(20), unit="week")) == 20


@pytest.mark.parametrize("label", DISCRETE)
def test_counted_opportunities_need_no_unit(label: str) -> None:
    months = clv.histories(clv.datasets.cdnow(), end="1997-09-30", unit="month", opportunities=True).iloc[::8]
    lost = months.copy()
    lost.attrs = {}
    for fit in (DISCRETE[label].fit(months), DISCRETE[label].fit(lost)):
        pd.testing.assert_frame_equal(fit.predict(lost, 3), fit.predict(months, 3), check_flags=False)


def test_spend_needs_no_unit(spend: Any, days: pd.DataFrame, bare: pd.DataFrame) -> None:
    assert clv.GammaGamma().fit(bare, draws=5).params == spend.params
    pd.testing.assert_frame_equal(spend.predict(bare), spend.predict(days))
    assert spend.score(bare) == spend.score(days)


def test_durations_keep_their_unit() -> None:
    frame = pd.DataFrame({"duration": [3.0, 12.0, 7.5, 20.0], "event": [1, 0, 1, 0]}, index=["Ann", "Bo", "Cy", "Di"])
    assert clv.WeibullAFT().fit(frame, draws=5).unit is None
    fit = clv.WeibullAFT().fit(frame, unit="month", draws=5)
    with pytest.raises(clv.InputError, match=REMEDY):
        fit.conditional(frame, 3.0)
    monthly = fit.conditional(frame, 3.0, unit="month")
    in_days = frame.assign(duration=frame["duration"] * 365.25 / 12.0)
    pd.testing.assert_frame_equal(fit.conditional(in_days, 3.0 * 365.25 / 12.0, unit="day"), monthly, rtol=1e-9)
    # who is only described has no time to be misread: times are in the fit's unit
    new = pd.DataFrame(index=["Eve"])
    assert fit.median(new)["median"].iloc[0] == pytest.approx(fit.median(new, unit="month")["median"].iloc[0])


def test_a_prior_in_weeks_needs_the_unit() -> None:
    frame = pd.DataFrame({"duration": [3.0, 12.0, 7.5, 20.0], "event": [1, 0, 1, 0]})
    model = clv.WeibullAFT(priors={"scale": clv.LogNormal(median=8.0, spread=1.0)})
    with pytest.raises(clv.InputError, match=rf"prior of scale, stated in weeks, .*{REMEDY}"):
        model.fit(frame, method="map")
    assert model.fit(frame, method="map", unit="month", draws=5).unit == "month"
