"""Baskets and rules: by hand, against a second implementation, and where nothing goes together."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import clvlab as clv
from clvlab.customers.baskets.lines import baskets, fewest_of
from clvlab.customers.baskets.pairs import pairs
from clvlab.customers.baskets.rules import discovery_rates, rules
from clvlab.errors import InputError


def told(*each: str, **columns: object) -> pd.DataFrame:
    """Order lines of baskets written as text, a letter a product."""
    orders = [(f"O{place}", product) for place, text in enumerate(each) for product in text]
    return pd.DataFrame(orders, columns=["order_id", "product"]).assign(**columns)


def by_chance(n: int, seed: int, *, products: int = 60, heavy: bool = True) -> pd.DataFrame:
    """Baskets of very different sizes, filled by popularity alone."""
    rng = np.random.default_rng(seed)
    popular = 1.0 / np.arange(2, products + 2)
    size = np.minimum(1 + rng.geometric(0.35, n) * (rng.integers(1, 9, n) if heavy else 1), products - 10)
    keys = np.log(popular) - np.log(rng.exponential(size=(n, products)))  # drawn one after the other, none twice
    order = np.argsort(-keys, axis=1)
    basket = np.repeat(np.arange(n), size)
    place = np.arange(len(basket)) - np.repeat(np.cumsum(size) - size, size)
    product = order[basket, place]
    return pd.DataFrame({"order_id": basket.astype(str), "product": np.char.add("p", product.astype(str))})


def by_hand(lines: pd.DataFrame, fewest: int) -> pd.DataFrame:
    """Support, confidence and lift of pairs, joining lines with themselves."""
    once = lines[["order_id", "product"]].drop_duplicates()
    alone = once["product"].value_counts()
    once = once[once["product"].isin(alone[alone >= fewest].index)]
    both = once.merge(once, on="order_id", suffixes=("", "_other"))
    both = both[both["product"] != both["product_other"]]
    found = both.groupby(["product", "product_other"]).size().rename("together").reset_index()
    n = lines["order_id"].nunique()
    one, other = found["product"].map(alone), found["product_other"].map(alone)
    found["support"] = found["together"] / n
    found["confidence"] = found["together"] / one
    found["lift"] = found["together"] * n / (one * other)
    return found.set_index(["product", "product_other"])


def assert_alike(found: pd.DataFrame, other: pd.DataFrame) -> None:
    own = other.loc[list(zip(found["product"], found["other"], strict=True))]
    for name in ("together", "support", "confidence", "lift"):
        assert np.allclose(found[name].to_numpy(float), own[name].to_numpy(float), rtol=1e-6), name


def test_rules_agree_with_a_join() -> None:
    lines = clv.datasets.company().frame("order_lines")
    found = rules(lines, later=0, false_discoveries=1.0)
    assert found.n == lines["order_id"].nunique()
    assert len(found.table) == found.tested == 24 * 23 // 2
    assert_alike(found.table, by_hand(lines, found.fewest))


def test_rules_agree_with_a_join_of_a_real_shop(shared_data: Path) -> None:
    lines = clv.read_order_lines(shared_data / "online_retail_1.parquet").frame
    lines = lines[(lines["date"] < "2011-02-01") & (lines["quantity"] > 0)]
    found = rules(lines, later=0)
    assert len(found.table) > 500
    assert_alike(found.table, by_hand(lines, found.fewest))


def test_a_table_small_enough_to_read() -> None:
    lines = told("ab", "ab", "ab", "ac", "bc", "c", "aab", quantity=1)
    held = baskets(lines)
    assert held.n == 7
    found = pairs(held.basket, held.product, held.customer, 3)
    assert found.alone.tolist() == [5.0, 5.0, 3.0]
    assert list(zip(found.first, found.second, found.together, strict=True)) == [(0, 1, 4), (0, 2, 1), (1, 2, 1)]
    # Six baskets of two: a and b are beside another product five times, c twice. Only ab, ac, bc: 4, 1, 1.
    assert found.expected == pytest.approx([4.0, 1.0, 1.0], rel=1e-6)


def test_what_is_expected_leaves_places_as_they_are() -> None:
    held = baskets(by_chance(500, 1))
    found = pairs(held.basket, held.product, held.customer, 60)
    size = np.bincount(held.basket)
    beside = np.bincount(held.product, (size - 1)[held.basket], 60)
    total = np.bincount(found.first, found.expected, 60) + np.bincount(found.second, found.expected, 60)
    # Pairs never seen together are not listed: what is listed falls short by what they would be.
    assert (total <= beside * (1 + 1e-6)).all()
    assert total.sum() == pytest.approx(beside.sum(), rel=0.01)


def test_chance_alone_makes_no_rules_whatever_the_sizes() -> None:
    alarms, plain, n, worst = 0, 0, 0, 0.0
    rng = np.random.default_rng(5)
    for seed in range(8):
        lines = by_chance(2_000, seed)
        held = baskets(lines)
        found = pairs(held.basket, held.product, held.customer, 60)
        often = found.expected > 5
        chance = found.expected / found.places
        above = stats.binom.sf(found.together, np.rint(found.places), chance)
        at = stats.binom.pmf(found.together, np.rint(found.places), chance)
        alarms += int((above + rng.random(len(at)) * at < 0.05)[often].sum())
        one, two = found.alone[found.first], found.alone[found.second]
        plain += int((stats.hypergeom.sf(found.together - 1, found.n, one, two) < 0.05)[often].sum())
        n += int(often.sum())
        worst = max(worst, float(len(rules(lines, later=0).table)))
    # Pairs share products: as good as a third of as many trials. Places are taken from one another where baskets are
    # large, so counts vary less than binomial ones and alarms may be fewer: no lower end.
    assert alarms / n <= stats.binom.ppf(0.995, n // 3, 0.05) / (n // 3)
    assert plain / n > 0.5  # a test that knows nothing of sizes calls most pairs significant
    assert worst <= 3


def test_a_customer_who_repeats_a_basket_counts_once() -> None:
    several = told(*["ab"] * 30, *["ac", "bd"] * 10, *["cd"] * 60)
    alone = several.assign(customer=several["order_id"])
    same = alone.assign(customer=alone["customer"].where(~several["order_id"].isin([f"O{i}" for i in range(30)]), "x"))
    tables = [rules(each, fewest=5, later=0, false_discoveries=1.0).table for each in (alone, same)]
    row, again = (each.set_index(["product", "other"]).loc[("a", "b")] for each in tables)
    assert row["together"] == again["together"] == 30
    assert row["p_value"] < 1e-4 < 0.05 < again["p_value"]
    assert again["adjusted_high"] - again["adjusted_low"] > 2 * (row["adjusted_high"] - row["adjusted_low"])
    assert again["adjusted_low"] < row["adjusted_low"]


def test_repeats_agree_with_a_loop_over_customers() -> None:
    lines = by_chance(400, 2, products=20, heavy=False)
    lines["customer"] = "c" + (lines["order_id"].astype(int) % 50).astype(str)
    held = baskets(lines)
    found = pairs(held.basket, held.product, held.customer, 20)
    size = np.bincount(held.basket)
    share = np.bincount(held.customer, size * (size - 1.0))
    share /= share.sum()
    own = np.zeros((len(found.first), 50))
    filled = np.zeros((held.n, 20), dtype=bool)
    filled[held.basket, held.product] = True
    for basket in range(held.n):
        own[:, held.customer[basket]] += filled[basket, found.first] & filled[basket, found.second]
    variance = ((own - found.together[:, None] * share) ** 2).sum(axis=1) / found.together
    assert np.allclose(found.repeats, np.maximum(variance, 1.0), rtol=1e-4)  # counts are kept in single precision


def test_false_discoveries_count_every_pair() -> None:
    rng = np.random.default_rng(1)
    small = np.sort(rng.random(20) / 50)
    expected = stats.false_discovery_control(np.concatenate([small, np.ones(180)]))[:20]
    assert np.allclose(discovery_rates(small, 200), expected)
    assert discovery_rates(np.zeros(0), 10).size == 0


def test_planted_partners_are_found_and_repeat() -> None:
    found = clv.customers.rules(clv.datasets.company().frame("order_lines"))
    partners = {frozenset((f"P{i:02d}", f"P{i + 12:02d}")) for i in range(1, 13)}
    assert {frozenset(pair) for pair in zip(found.table["product"], found.table["other"], strict=True)} == partners
    assert found.table["repeated"].all()
    assert found.later_from == pd.Timestamp("2025-01-01")
    assert found.table["name"].notna().all()


def test_categories_are_told_too() -> None:
    lines = clv.datasets.company().frame("order_lines")
    found = rules(lines, by="category", false_discoveries=1.0, later=0)
    assert set(found.table["product"]) | set(found.table["other"]) == set(lines["category"])


def test_a_rule_that_does_not_repeat_is_marked() -> None:
    early = told(*["ab"] * 30, *["ac", "bd"] * 20, date=pd.Timestamp("2024-01-01"))
    late = told(*["ac", "bd"] * 30, date=pd.Timestamp("2024-12-31"))
    late["order_id"] = "L" + late["order_id"]
    found = rules(pd.concat([early, late]), fewest=5, false_discoveries=1.0)
    row = found.table.set_index(["product", "other"]).loc[("a", "b")]
    assert not row["repeated"]
    assert row["together_later"] == 0
    assert np.isnan(row["p_later"])


def test_every_line_is_used_or_counted() -> None:
    lines = pd.DataFrame({
        "order_id": ["1", "1", None, "2", "2", "3", "4"], "product": ["a", None, "a", "b", "post", "a", "b"],
        "quantity": [1, 1, 1, -1, 1, 2, 1], "date": pd.to_datetime(["2024-01-01"] * 6 + ["2024-03-01"]),
    })  # fmt: skip
    found = baskets(lines, as_of="2024-02-01", leave_out=["post"])
    assert found.unused["rows"].to_dict() == {
        "missing_product": 1, "missing_order": 1, "returned": 1, "left_out": 1, "after_as_of": 1,
    }  # fmt: skip
    assert len(found.product) + found.unused["rows"].sum() == found.rows == len(lines)


def test_without_order_ids_a_day_of_a_customer_is_a_basket() -> None:
    day = pd.to_datetime(["2024-01-01 09:00", "2024-01-01 17:00", "2024-01-02 09:00", "2024-01-01 09:00"])
    lines = pd.DataFrame({"customer": ["x", "x", "x", "y"], "date": day, "product": [*"abab"]})
    found = baskets(lines)
    assert found.n == 3
    assert found.basket.tolist() == [0, 0, 1, 2]


@pytest.mark.parametrize(
    ("lines", "arguments", "message"),
    [
        (told("ab").drop(columns="product"), {}, "no column 'product'"),
        (told("ab").drop(columns="order_id"), {}, "A basket is an order_id"),
        (told("ab"), {"by": "shop"}, "by= is product or category"),
        (told("ab"), {"by": "category"}, "no column 'category'"),
        (told("ab", quantity=-1), {}, "2 returned"),
        (told("ab", date="2024-01-01"), {}, "holds no days"),
        (told("ab"), {"fewest": 0}, "fewest="),
        (told("ab"), {"later": 1.0}, "later="),
        (told("ab"), {"false_discoveries": 0.0}, "false_discoveries="),
    ],
)
def test_bad_arguments_are_named(lines: pd.DataFrame, arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        rules(lines, **arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize("texts", [("a",), ("a", "b"), ("ab",), ("ab",) * 20, ("abc",) * 20])
def test_where_there_is_little_there_are_no_rules(texts: tuple[str, ...]) -> None:
    found = rules(told(*texts), fewest=1)
    assert found.table.empty
    assert found.n == len(texts)


def test_fewest_follows_the_records() -> None:
    assert [fewest_of(n, None) for n in (10, 2_000, 4_000, 10_000, 10**6)] == [5, 10, 20, 50, 50]


def test_a_real_shop_in_time_and_memory(shared_data: Path) -> None:
    """Half a million lines; docs/next_product.md has how long it takes."""
    found = rules(clv.read_order_lines(shared_data / "online_retail_1.parquet").frame)
    assert found.tested > 1_000_000
    assert found.table["repeated"].mean() > 0.2
    assert "REGENCY" in " ".join(found.table["name"].head(2_000))
