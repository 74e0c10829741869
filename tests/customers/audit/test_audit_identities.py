"""What must add up, on random records: refunds that make profit negative, periods without anybody, one customer."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clvlab as clv
from clvlab.customers.audit import Audit, bridge
from clvlab.customers.audit.table import PeriodTable, unused_rows
from clvlab.errors import InputError


@st.composite
def audits(draw: st.DrawFn) -> Audit:
    n, periods = draw(st.integers(1, 40)), draw(st.integers(2, 5))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    count = rng.poisson(draw(st.sampled_from([0.2, 1.0, 4.0])), (n, periods)).astype(float)
    if draw(st.booleans()):
        count[:, rng.integers(periods)] = 0.0  # nobody
    count[0, -1] = max(count[0, -1], 1.0)
    spend = count * rng.choice([0.0, 5.0, 20.0, 33.3], (n, periods))
    profit = spend * rng.normal(0.3, draw(st.sampled_from([0.0, 0.5])), (n, periods))
    when, who = np.nonzero(count.T > 0)
    first = np.where((count > 0).any(axis=1), (count > 0).argmax(axis=1), periods)
    acquired = np.where(rng.random(n) < 0.2, -1, first)
    index = pd.period_range("2015", periods=periods, freq="Y")
    table = PeriodTable(
        pd.Index([f"c{i}" for i in range(n)]), index, who, when, count[who, when], spend[who, when], profit[who, when],
        acquired, margin_known=True, unused=unused_rows([]),
    )  # fmt: skip
    return Audit(table, None, None)


def near(one: object, other: object, scale: float) -> None:
    np.testing.assert_allclose(np.asarray(one, float), np.asarray(other, float), rtol=0, atol=1e-9 * max(scale, 1.0))


@settings(max_examples=60, deadline=None)
@given(audits())
def test_everything_adds_up(found: Audit) -> None:
    base = found.decomposition
    scale = float(base[["spend", "profit"]].abs().to_numpy().sum())
    known = base.dropna(subset=["aof", "aov", "margin"])
    near(known["customers"] * known["aof"] * known["aov"] * known["margin"], known["profit"], scale)
    totals = ["customers", "transactions", "spend", "profit"]
    by_period = found.cohorts[totals].groupby("period").sum().reindex(base.index, fill_value=0)
    near(by_period, base[totals], scale)
    near(found.c3().fillna(0).sum(axis=1).reindex(base.index, fill_value=0), base["profit"], scale)
    sizes = found.cohorts["size"].groupby("cohort").first().sum()
    assert sizes <= found.table.n

    for first, second in zip(base.index[:-1], base.index[1:], strict=True):
        both = found.overlap(first, second)
        for name in ("transactions", "spend", "profit"):
            near(both[f"{name}_before"].sum(), base.loc[first, name], scale)
            near(both[f"{name}_after"].sum(), base.loc[second, name], scale)
        near(both["customers"][["both", "first_only"]].sum(), base.loc[first, "customers"], 1)
        steps = found.profit_bridge(first, second)["profit"]
        near(steps["before"] + steps.iloc[1:-1].sum(), steps["after"], scale)
        near([steps["before"], steps["after"]], base["profit"][[first, second]], scale)
        near(found.factor_bridge(first, second).sum(), base.loc[second, "profit"] - base.loc[first, "profit"], scale)
        moved = found.moves(first, second)
        near(moved["profit_before"].sum(), base.loc[first, "profit"], scale)
        near(moved["profit_after"].sum(), base.loc[second, "profit"], scale)
        matrix = found.switching(first, second)
        near(matrix.drop("absent").to_numpy().sum(), base.loc[first, "customers"], 1)
        near(matrix.drop(columns="absent").to_numpy().sum(), base.loc[second, "customers"], 1)
        near(matrix.to_numpy().sum(), (found.table.acquired <= found.table.number(second)).sum(), 1)
        diagonal = np.diag(matrix.to_numpy())[:10].sum()
        assert diagonal == moved.loc["same", "customers"]

    for period in base.index:
        own = base.loc[period]
        tenths = found.deciles(period)
        near(tenths[totals].sum(), own[totals], scale)
        assert tenths["customers"].max() - tenths["customers"].min() <= 1
        if own["profit"] > 1e-6:
            near(found.profit_deciles(period)[totals].sum(), own[totals], scale)
        near(found.by_transactions(period)[["customers", "profit"]].sum(), own[["customers", "profit"]], scale)
    for cohort in found.cohorts.index.get_level_values("cohort").unique():
        seen = found.patterns(cohort)
        near(seen["customers"].sum(), found.cohorts.loc[cohort, "size"].iloc[0], 1)
        near(seen["profit"].sum(), found.cohorts.loc[cohort, "profit"].sum(), scale)
        near(found.value_to_date(cohort)["profit"].sum(), found.cohorts.loc[cohort, "profit"].sum(), scale)


def test_factors_are_treated_alike() -> None:
    """A factor's part does not depend on its place, and a factor that alone changes has the whole change."""
    before = pd.Series({"customers": 100.0, "aof": 2.0, "aov": 50.0, "margin": 0.4, "profit": 4000.0})
    after = before.copy()
    after["aov"], after["profit"] = 60.0, 4800.0
    assert bridge(before, after).round(9).to_dict() == {
        "customers": 0.0, "aof": 0.0, "aov": 800.0, "margin": 0.0, "remainder": 0.0,
    }  # fmt: skip


def test_bad_input_is_said() -> None:
    made = pd.DataFrame({"customer": ["a", "b"], "2018": [1, 2], "2019": [0, 4]})
    for wrong, said in (
        ({}, "pass one"),
        ({"transactions": made}, "spend= is missing"),
        ({"transactions": made, "spend": made.drop(columns="2018")}, "other customers or periods"),
        (
            {"transactions": made.rename(columns={"2018": "x", "2019": "y"}), "spend": made},
            "no column that is a period",
        ),
        ({"transactions": made.assign(**{"2018": -1}), "spend": made}, "below 0"),
        ({"transactions": made, "spend": made.assign(**{"2018": ["2", "much"]})}, "'much' in its column '2018'"),
        ({"transactions": made, "spend": made, "period": "month"}, "finer than the columns"),
        ({"transactions": made, "spend": made, "margin": 40.0}, "at most 1"),
        ({"transactions": made, "spend": made, "customer": "client"}, "no column 'client'"),
        ({"transactions": made.assign(c=["soon", "2019"]), "spend": made, "acquired": "c"}, "soon"),
        (
            {"transactions": made.assign(c=["2019", "2019"]), "spend": made, "acquired": "c"},
            "before they were acquired",
        ),
        ({"transactions": pd.concat([made, made]), "spend": made}, "twice"),
    ):
        with pytest.raises(InputError, match=said):
            clv.customers.audit(**wrong)
    found = clv.customers.audit(transactions=made, spend=made)
    with pytest.raises(InputError, match="2017 is no whole period"):
        found.deciles(2017)
    with pytest.raises(InputError, match="comes before"):
        found.overlap(2019, 2018)
    with pytest.raises(InputError, match="needs orders"):
        found.time_to_next()
    with pytest.raises(InputError, match="order lines"):
        _ = found.categories
