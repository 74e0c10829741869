"""Dimensions by hand on a company small enough to read, and on a simulated one."""

import numpy as np
import pandas as pd
import pytest
from scipy import special

import clvlab as clv
from clvlab.customers.channels import value_of_customers
from clvlab.customers.facts import Facts, facts
from clvlab.customers.grades import Dimensions, dimensions, fitted
from clvlab.customers.grades.parts import POINTS, Sources, lifecycle, loyalty, potential, profit, satisfaction
from clvlab.customers.grades.satisfaction import shrunk

NOW = pd.Timestamp("2025-12-31")
ALL = ["value", "potential", "loyalty", "interaction", "satisfaction", "lifecycle", "behaviour", "profit"]


def ago(days: int) -> str:
    return f"{NOW - pd.Timedelta(days=days):%Y-%m-%d}"


def small(**more: pd.DataFrame) -> Facts:
    """Ann is steady, bob new, cem slowing, dee sleeping, eve lost, fay growing; gus never bought."""
    bought = {
        "ann": [700, 600, 500, 400, 300, 200, 100, 10], "bob": [20], "cem": [300, 290, 280, 270, 110],
        "dee": [500, 400, 150], "eve": [900, 850], "fay": [800, 300, 100, 60, 5],
    }  # fmt: skip
    rows = [(who, ago(day), 10.0 * len(days)) for who, days in bought.items() for day in days]
    tables: dict[str, object] = {
        "orders": pd.DataFrame(rows, columns=["customer_id", "date", "amount"]),
        "customers": pd.DataFrame({"customer_id": [*bought, "gus"], "channel": ["search"] * 7}),
    }
    return facts(clv.read_company(tables | more, as_of=NOW), threshold=120)


def of(base: Facts) -> Sources:
    return Sources(base, None, base.first_day < np.iinfo(np.int64).max)


def named(base: Facts, values: np.ndarray) -> dict[str, float]:
    return dict(zip(base.ids, values.tolist(), strict=True))


def test_stages_are_those_of_the_lifecycle_in_points() -> None:
    base = small()
    (stage,) = lifecycle(of(base))
    names = stage.column()
    assert isinstance(names, pd.Series)
    told = dict(zip(base.ids, names, strict=True))
    points = named(base, stage.score)
    assert {who: points[who] for who in told if told[who] in POINTS} == {
        who: POINTS[each] for who, each in told.items() if each in POINTS
    }
    assert told["eve"] == "lost"
    assert np.isnan(points["gus"])


def test_profit_is_a_year_of_tenure_of_one_year_at_least() -> None:
    base = small()
    (part,) = profit(of(base))
    raw = named(base, part.raw)
    assert raw["bob"] == 10.0
    assert raw["ann"] == pytest.approx(8 * 80.0 / (700 / 365.25))
    assert np.isnan(raw["gus"])
    # Of six, by rank: cem 250, ann 334, fay 114, eve 16, dee 66, bob 10.
    assert named(base, part.score)["ann"] == pytest.approx(100 * 5.5 / 6)
    assert named(base, part.score)["bob"] == pytest.approx(100 * 0.5 / 6)


def test_loyalty_by_hand() -> None:
    surveys = pd.DataFrame(
        {"customer_id": ["ann", "ann", "bob"], "date": [ago(9), ago(90), ago(1)], "nps": [4, 9, None]}
    )
    members = pd.DataFrame({"customer_id": ["cem"], "joined": [ago(100)]})
    contracts = pd.DataFrame({"customer_id": ["dee", "eve"], "start": [ago(90), ago(90)], "end": [None, ago(50)]})
    referrals = pd.DataFrame({"customer_id": ["fay"], "referred": ["ann"], "date": [ago(30)]})
    base = small(surveys=surveys, memberships=members, subscriptions=contracts, referrals=referrals)
    parts = {part.name: named(base, part.raw) for part in loyalty(of(base))}
    assert list(parts) == ["tenure", "repeat_purchases", "member", "subscriber", "referred_others", "nps"]
    assert parts["repeat_purchases"] == pytest.approx(
        {"ann": 4, "bob": 0, "cem": 4, "dee": 1, "eve": 0, "fay": 4, "gus": np.nan}, nan_ok=True
    )
    assert parts["tenure"]["eve"] == pytest.approx(900 / 365.25)
    assert [who for who, is_one in parts["member"].items() if is_one == 1] == ["cem"]
    assert [who for who, is_one in parts["subscriber"].items() if is_one == 1] == ["dee"]
    assert [who for who, is_one in parts["referred_others"].items() if is_one == 1] == ["fay"]
    assert parts["nps"]["ann"] == 4.0  # the later answer
    assert np.isnan(parts["nps"]["bob"])


def test_satisfaction_is_shrunk_and_open_complaints_are_taken_off() -> None:
    surveys = pd.DataFrame({"customer_id": ["ann", "ann", "bob", "bob"], "date": [ago(9)] * 4, "csat": [5, 4, 2, 1]})
    complaints = pd.DataFrame(
        {"customer_id": ["ann", "cem", "cem"], "opened": [ago(30)] * 3, "resolved": [ago(20), None, ago(3)]}
    )
    base = small(surveys=surveys, complaints=complaints)
    (part,) = satisfaction(of(base))
    raw, score = named(base, part.raw), named(base, part.score)
    # Within .5, between (9 - .5) / 2 = 4.25: two answers weigh 2 / (2 + .5 / 4.25).
    weight = 2 / (2 + 0.5 / 4.25)
    assert raw["ann"] == pytest.approx(3.0 + 1.5 * weight)
    assert score["ann"] == pytest.approx(25 * (2.0 + 1.5 * weight))
    assert np.isnan(raw["cem"])
    assert score["cem"] == pytest.approx(50.0 - 10.0)  # the mean of all, less one complaint
    found = dimensions(base).notes
    (note,) = [each for each in found if each.values.get("dimension") == "satisfaction"]
    assert (note.code, note.values["customers"], note.values["of"]) == ("grades.filled", 4, 6)


def test_shrinkage_against_the_best_that_there_is() -> None:
    """Of a known spread it is the least squares predictor; here within tenths of its error."""
    rng = np.random.default_rng(1)
    n, k = 4000, rng.integers(1, 5, 4000)
    true = 3.5 + 0.6 * rng.standard_normal(n)
    who = np.repeat(np.arange(n), k)
    score = true[who] + 0.9 * rng.standard_normal(len(who))
    found = shrunk(who, score, n + 1)
    best = 3.5 + k / (k + (0.9 / 0.6) ** 2) * (np.bincount(who, weights=score) / k - 3.5)
    assert np.isnan(found[n])
    assert np.abs(found[:n] - best).max() < 0.05
    assert ((found[:n] - true) ** 2).mean() < 1.01 * ((best - true) ** 2).mean()


def test_shrinkage_where_nothing_differs_or_nobody_answered_twice() -> None:
    np.testing.assert_allclose(shrunk(np.array([0, 0, 1, 1]), np.array([5.0, 1.0, 1.0, 5.0]), 2), 3.0)
    np.testing.assert_allclose(shrunk(np.array([0, 1]), np.array([4.0, 2.0]), 2), [3.5, 2.5])
    np.testing.assert_allclose(shrunk(np.array([0]), np.array([4.0]), 2)[:1], 4.0)


def test_regularity_returns_and_breadth_by_hand() -> None:
    lines = pd.DataFrame(
        {"order_id": ["1", "2", "3", "4"], "customer_id": ["ann", "ann", "ann", "bob"], "date": [ago(9)] * 4,
         "product_id": list("pqrp"), "category": ["x", "y", "x", None], "amount": [1.0] * 4}
    )  # fmt: skip
    returns = pd.DataFrame({"customer_id": ["ann", "bob"], "date": [ago(2)] * 2, "amount": [64.0, 40.0]})
    base = small(order_lines=lines, returns=returns)
    parts = dimensions(base).parts
    assert parts["behaviour_categories"].to_dict() == pytest.approx(
        {"ann": 2, "bob": 0, "cem": 0, "dee": 0, "eve": 0, "fay": 0, "gus": np.nan}, nan_ok=True
    )
    assert parts.loc["ann", "behaviour_returned"] == pytest.approx(0.1)
    gaps = np.array([500.0, 200.0, 40.0, 55.0])
    apart = np.log(gaps.mean()) - np.log(gaps).mean()
    chance = special.digamma(4) - np.log(4) - special.digamma(1)
    assert parts.loc["fay", "behaviour_regularity"] == pytest.approx(1 - apart / chance)
    assert parts.loc[["bob", "eve"], "behaviour_regularity"].isna().all()


def test_a_buyer_by_chance_has_regularity_0_however_often_he_bought() -> None:
    rng = np.random.default_rng(3)
    for n in (2, 5, 20):
        gaps = rng.standard_exponential((200_000, n))
        apart = np.log(gaps.mean(axis=1)) - np.log(gaps).mean(axis=1)
        chance = special.digamma(n) - np.log(n) - special.digamma(1.0)
        assert 1.0 - apart.mean() / chance == pytest.approx(0.0, abs=0.01)


@pytest.fixture(scope="module")
def made() -> tuple[Facts, Dimensions]:
    base = facts(clv.simulate.company(800, seed=3).company())
    return base, dimensions(base)


def test_all_eight_dimensions_of_a_whole_company(made: tuple[Facts, Dimensions]) -> None:
    base, found = made
    assert list(found.table) == ALL
    assert found.left_out == ()
    assert len(found.table) == base.n
    assert found.table.notna().all(axis=None)
    assert found.table.min(axis=None) >= 0
    assert found.table.max(axis=None) <= 100
    for name in ALL:
        own = [column for column in found.scored if column.startswith(f"{name}_")]
        np.testing.assert_allclose(found.table[name], found.scored[own].mean(axis=1))
    assert set(found.parts["lifecycle_stage"]) <= set(POINTS)


def test_value_is_that_of_the_page_of_the_base(made: tuple[Facts, Dimensions]) -> None:
    base, found = made
    known = value_of_customers(base)
    np.testing.assert_allclose(found.parts["value_expected_margin"], known["expected"], rtol=1e-10)
    years = np.maximum((of(base).now - base.first_day) / 365.25, 1.0)
    np.testing.assert_allclose(found.parts["profit_margin_a_year"], known["so_far"] / years, rtol=1e-10)


def test_room_to_grow_against_pandas(made: tuple[Facts, Dimensions]) -> None:
    base, _ = made
    fit = fitted(base)
    (part,) = potential(Sources(base, fit, np.ones(base.n, dtype=bool)))
    table = fit.expected.reindex(base.ids)
    reach = table["spend"].groupby(base.segments("kind").to_numpy()).transform(lambda each: each.quantile(0.75))
    expected = fit.margin * table["purchases"] * (reach - table["spend"]).clip(lower=0)
    np.testing.assert_allclose(part.raw, expected, rtol=1e-10)


def test_orders_alone_leave_dimensions_out_and_say_what_they_need() -> None:
    company = clv.simulate.company(500, seed=4).company()
    alone = clv.read_company({"orders": company.read["orders"]}, as_of=company.as_of)
    found = dimensions(facts(alone))
    assert list(found.table) == ["value", "potential", "loyalty", "lifecycle", "behaviour", "profit"]
    assert found.left_out == ("interaction", "satisfaction")
    needs = {note.values["dimension"]: note.values["needs"] for note in found.notes if note.code == "grades.left_out"}
    assert str(needs["satisfaction"]) == "measures.notes.needs_table (table=surveys)"
    assert str(needs["interaction"]) == "measures.notes.needs_table (table=events)"


def test_without_amounts_there_is_no_value() -> None:
    frame = small().company.frame("orders")[["customer", "date"]].rename(columns={"customer": "customer_id"})
    found = dimensions(facts(clv.read_company({"orders": frame}, as_of=NOW), threshold=120))
    assert list(found.table) == ["loyalty", "lifecycle", "behaviour"]
    assert sum(note.code == "grades.left_out" for note in found.notes) == 5


def test_who_never_bought_has_no_scores_and_is_counted() -> None:
    found = dimensions(small())
    assert found.table.loc["gus"].isna().all()
    assert found.table.drop(index="gus").notna().all(axis=None)
    (note,) = [each for each in found.notes if each.code == "grades.without_purchase"]
    assert (note.values["customers"], note.values["of"]) == (1, 7)


def test_models_that_cannot_be_fitted_leave_value_out_with_the_reason() -> None:
    rows = pd.DataFrame({"customer_id": ["a", "b"], "date": [ago(400), ago(40)], "amount": [5.0, 6.0]})
    found = dimensions(facts(clv.read_company({"orders": rows}, as_of=NOW), threshold=60))
    assert "value" not in found.table
    reasons = [note.values["needs"] for note in found.notes if note.values.get("dimension") == "value"]
    assert "grades.no_model" in str(reasons[0])
