"""Tiers of value and the study as a whole, on one simulated company."""

import numpy as np
import pandas as pd
import pytest

import clvlab as clv
from clvlab.customers.grades import GradeStudy, ValueTiers, fitted, grade_study, tiers_at, value_tiers
from clvlab.models.family import MBGNBD
from clvlab.notes import Note


@pytest.fixture(scope="module")
def made() -> GradeStudy:
    return grade_study(clv.simulate.company(800, seed=3).company())


@pytest.fixture(scope="module")
def tiers(made: GradeStudy) -> ValueTiers:
    assert isinstance(made.value_tiers, ValueTiers)
    return made.value_tiers


def test_tiers_follow_expected_value(tiers: ValueTiers) -> None:
    ends = [-np.inf, *tiers.boundaries[::-1], np.inf]
    by_hand = pd.cut(tiers.table["expected"], ends, right=False, labels=["D", "C", "B", "A"]).astype(str)
    assert (by_hand == tiers.table["tier"].astype(str)).all()
    assert tiers.sizes["customers"].sum() == len(tiers.table)
    np.testing.assert_allclose(tiers.sizes["customers"] / len(tiers.table), [0.1, 0.2, 0.3, 0.4], atol=0.005)


def test_chances_and_numbers_are_whole(tiers: ValueTiers) -> None:
    np.testing.assert_allclose(tiers.chances.sum(axis=1), 1.0)
    np.testing.assert_allclose(tiers.sizes["expected"], tiers.chances.sum())
    assert (tiers.sizes["low"] < tiers.sizes["expected"]).all()
    assert (tiers.sizes["high"] > tiers.sizes["expected"]).all()
    assert (tiers.table["sure"] == tiers.chances.max(axis=1)).all()
    assert (tiers.table["likeliest"].astype(str) == tiers.chances.idxmax(axis=1)).all()
    assert tiers.sizes["uncertain"].sum() == tiers.table["uncertain"].sum() == (tiers.table["sure"] < 0.6).sum()
    assert tiers.sizes["value"].sum() == pytest.approx(tiers.table["expected"].sum())


def test_given_boundaries_and_a_stricter_limit(made: GradeStudy) -> None:
    fit = fitted(made.facts)
    found = value_tiers(fit, tiers=["key", "other"], boundaries=[50.0], least=0.9)
    assert found.boundaries == (50.0,)
    assert (found.table["uncertain"] == (found.table["sure"] < 0.9)).all()
    for wrong, message in (({"boundaries": [0.0]}, "above 0"), ({"boundaries": [9.0, 5.0]}, "1 numbers"),
                           ({"boundaries": [9.0], "least": 0.0}, "least=")):  # fmt: skip
        with pytest.raises(clv.InputError, match=message):
            value_tiers(fit, tiers=["key", "other"], **wrong)  # type: ignore[arg-type]


def test_tiers_now_are_tiers_at_now(made: GradeStudy, tiers: ValueTiers) -> None:
    now = tiers_at(made.facts, made.days[2], tiers.boundaries)
    assert (now == tiers.table["tier"].astype(str)).all()


def test_earlier_tiers_know_nothing_of_later_orders(made: GradeStudy, tiers: ValueTiers) -> None:
    day = made.days[1]
    book = made.company.frame("orders").rename(columns={"customer": "customer_id"})
    lines = made.company.frame("order_lines")
    cut = clv.read_company({"orders": book[book["date"] <= day],
                            "order_lines": lines[lines["date"] <= day]}, as_of=day)  # fmt: skip
    then = grade_study(cut)
    known = tiers_at(made.facts, day, tiers.boundaries)
    fresh = tiers_at(then.facts, day, tiers.boundaries)
    pd.testing.assert_series_equal(known, fresh)
    with pytest.raises(clv.InputError, match="within the records"):
        tiers_at(made.facts, "2031-01-01", tiers.boundaries)


def test_the_study_holds_together(made: GradeStudy, tiers: ValueTiers) -> None:
    n = made.facts.n
    assert made.grades.sizes["customers"].sum() == n
    assert made.grades_and_tiers.to_numpy().sum() == n
    assert len(made.customers) == n
    assert made.customers["rank"].is_monotonic_increasing
    assert made.days[2] - made.days[1] == made.days[1] - made.days[0] == pd.Timedelta(days=364)
    assert not isinstance(made.migration, Note)
    assert made.migration.counts[["A", "B", "C", "D"]].sum().sum() == n
    assert not isinstance(made.backtest, Note)
    assert made.backtest["came"].to_dict() == tiers.sizes["customers"].to_dict()
    assert made.actions["customers"].sum() == n
    assert {note.code for note in made.notes} == {"grades.filled"}


def test_one_fit_serves_all(made: GradeStudy, monkeypatch: pytest.MonkeyPatch) -> None:
    fits: list[int] = []
    original = MBGNBD.fit
    monkeypatch.setattr(MBGNBD, "fit", lambda self, *args, **more: fits.append(1) or original(self, *args, **more))
    again = grade_study(made.facts)
    assert again.customers is not None
    assert len(fits) == 1


def test_orders_without_amounts_are_graded_without_tiers() -> None:
    book = clv.simulate.company(300, seed=2).company().frame("orders")[["customer", "date"]]
    found = grade_study(clv.read_company({"orders": book.rename(columns={"customer": "customer_id"})}))
    assert isinstance(found.value_tiers, Note)
    assert isinstance(found.migration, Note)
    assert isinstance(found.backtest, Note)
    assert found.grades_and_tiers.empty
    assert "tier" not in found.customers
    assert found.grades.sizes["customers"].sum() == 300


def test_arguments_are_checked_at_the_door(made: GradeStudy) -> None:
    for wrong, message in (({"shares": (1.0,)}, "4 numbers"), ({"boundaries": (1.0, 2.0, 3.0)}, "descending"),
                           ({"tiers": ("A", "B"), "shares": (0.5, 0.5)}, "C, D, which is no tier"),
                           ({"horizon": 0.0}, "horizon="), ({"actions": "none.toml"}, "no file")):  # fmt: skip
        with pytest.raises(clv.InputError, match=message):
            grade_study(made.facts, **wrong)  # type: ignore[arg-type]
    with pytest.raises(clv.InputError, match="company="):
        grade_study("folder")  # type: ignore[arg-type]
