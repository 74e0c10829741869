"""Recency, frequency and monetary value: by hand, against a second implementation, at edges."""

import numpy as np
import pandas as pd
import pytest

import clvlab as clv
from clvlab.customers.segments import RFM, RULES, rfm
from clvlab.errors import InputError


def read(rows: list[tuple[str, str, float]]) -> clv.data.order_book.Orders:
    return clv.read_orders(pd.DataFrame(rows, columns=["customer", "date", "amount"]))


@pytest.fixture(scope="module")
def random() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    who = rng.integers(0, 200, 700)
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, 700), unit="D")
    return pd.DataFrame(
        {"customer": [f"c{i}" for i in who], "date": days, "amount": rng.gamma(2.0, 20.0, 700).round(2)}
    )


FIVE = [("a", "2024-01-01", 10.0), ("b", "2024-01-02", 20.0), ("c", "2024-01-03", 30.0), ("d", "2024-01-04", 40.0),
        ("e", "2024-01-05", 50.0)]  # fmt: skip


def test_five_customers_by_hand() -> None:
    found = rfm(read(FIVE))
    assert found.as_of == pd.Timestamp("2024-01-05")
    assert found.table["recency"].tolist() == [4, 3, 2, 1, 0]
    assert found.table["r"].tolist() == [1, 2, 3, 4, 5]
    assert found.table["f"].tolist() == [1] * 5
    assert found.table["m"].tolist() == [1, 2, 3, 4, 5]
    # The mean of f and m: 1, 1.5, 2, 2.5, 3.
    assert found.table["segment"].tolist() == ["hibernating", "hibernating", "needs_attention", "promising", "loyal"]
    assert found.cuts.loc[("recency", 5)].tolist() == [-np.inf, 0.0, 1.0]
    assert found.cuts.loc[("monetary", 5)].tolist() == [40.0, np.inf, 1.0]
    assert found.cuts.loc["frequency", "customers"].tolist() == [5, 0, 0, 0, 0]


def test_against_a_second_implementation(random: pd.DataFrame) -> None:
    found = rfm(clv.read_orders(random), as_of="2024-12-31")
    days = random.drop_duplicates(["customer", "date"]).groupby("customer")["date"]
    expected = pd.DataFrame({"recency": (pd.Timestamp("2024-12-31") - days.max()).dt.days, "frequency": days.size(),
                             "monetary": random.groupby("customer")["amount"].sum()})  # fmt: skip
    table = found.table.sort_index()
    pd.testing.assert_frame_equal(table[["recency", "frequency", "monetary"]], expected, check_names=False,
                                  check_dtype=False)  # fmt: skip
    for name, short, sign in (("recency", "r", -1), ("frequency", "f", 1), ("monetary", "m", 1)):
        cuts = found.cuts.loc[name]
        for score, own in cuts.iterrows():
            mine = table[(table[name] > own["low"]) & (table[name] <= own["high"])]
            assert (mine[short] == score).all()
            assert len(mine) == own["customers"]
        assert cuts["customers"].sum() == len(table)
        # Equal values have one score, and a better one never a lower.
        by = table.groupby(name)[short]
        assert (by.max() == by.min()).all()
        assert (sign * by.first().diff().dropna().astype(float) >= 0).all()
    assert found.cuts.loc["monetary", "customers"].between(38, 39).all()  # 193 customers


def test_every_combination_of_scores_has_a_segment() -> None:
    names = {rule[0] for rule in RULES}
    for r in np.linspace(1, 5, 17):
        for worth in np.linspace(1, 5, 17):
            assert sum(r0 <= r < r1 and w0 <= worth < w1 for _, r0, r1, w0, w1 in RULES) >= 1
    assert names == {"champions", "loyal", "promising", "new", "needs_attention", "at_risk", "cannot_lose",
                     "hibernating"}  # fmt: skip


def test_segments_sum_to_the_base(random: pd.DataFrame) -> None:
    found = rfm(clv.read_orders(random))
    told = found.segments
    assert told.index.tolist() == [rule[0] for rule in RULES]
    assert told["customers"].sum() == len(found.table) == random["customer"].nunique()
    assert told["share"].sum() == pytest.approx(1.0)
    assert told["spend"].sum() == pytest.approx(random["amount"].sum())
    assert told["share_of_spend"].sum() == pytest.approx(1.0)
    best = found.table[found.table["segment"] == "champions"]
    assert told.loc["champions", "recency"] == best["recency"].median()
    assert told.loc["champions", "frequency"] == best["frequency"].median()


def test_boundaries_of_the_user() -> None:
    found = rfm(read(FIVE), cuts={"recency": [1, 3], "monetary": [20]})
    assert found.table["r"].tolist() == [1, 2, 2, 3, 3]
    assert found.table["m"].tolist() == [1, 1, 2, 2, 2]
    # Three scores of r and two of m on the scale of 1 to 5: r 1, 3, 3, 5, 5; m 1, 1, 5, 5, 5.
    assert found.table["segment"].tolist() == ["hibernating", "needs_attention", "loyal", "loyal", "loyal"]


def test_without_amounts_two_measures_are_left() -> None:
    orders = clv.read_orders(
        pd.DataFrame({"customer": ["a", "a", "b"], "date": ["2024-01-01", "2024-02-01", "2024-01-09"]})
    )
    found = rfm(orders)
    assert found.table["m"].isna().all()
    assert found.table["monetary"].isna().all()
    assert found.table["segment"].notna().all()
    assert found.segments["share_of_spend"].isna().all()
    assert set(found.cuts.index.get_level_values("measure")) == {"recency", "frequency"}


def test_as_of_leaves_later_orders_out_and_counts_to_a_later_day() -> None:
    early = rfm(read(FIVE), as_of="2024-01-03")
    assert early.table.index.tolist() == ["a", "b", "c"]
    late = rfm(read(FIVE), as_of="2024-02-05")
    assert late.table.loc["e", "recency"] == 31


def test_one_customer() -> None:
    found = rfm(read(FIVE[:1]))
    assert isinstance(found, RFM)
    assert found.table[["r", "f", "m"]].iloc[0].tolist() == [5, 1, 1]
    assert found.table["segment"].tolist() == ["new"]


@pytest.mark.parametrize(("given", "said"), [
    ({"cuts": 1}, "cuts="), ({"cuts": 2.5}, "whole number of scores"), ({"cuts": True}, "whole number of scores"),
    ({"cuts": {"age": [1]}}, "found age"), ({"cuts": {"recency": [3, 1]}}, "ascending"),
    ({"cuts": {"recency": []}}, "ascending"), ({"as_of": "2020-01-01"}, "No order is that early"),
])  # fmt: skip
def test_wrong_arguments(given: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        rfm(read(FIVE), **given)  # type: ignore[arg-type]


def test_a_frame_is_no_order_book() -> None:
    with pytest.raises(InputError, match="read_orders"):
        rfm(pd.DataFrame())  # type: ignore[arg-type]
