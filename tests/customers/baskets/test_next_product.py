"""What to offer next: candidates against second implementations, what they may know, and what is recommended."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

import clvlab as clv
from clvlab.customers.baskets.lines import Baskets, baskets
from clvlab.customers.next_product.candidates import MAKERS, linear, similarity
from clvlab.customers.next_product.known import History, bought_in, known
from clvlab.customers.next_product.reasons import kinds, strongest
from clvlab.customers.next_product.recommend import NextProduct, next_product
from clvlab.customers.next_product.scoring import all_met, resampled, top
from clvlab.data.simulate import company as simulated
from clvlab.errors import InputError

NAMES = {"customer_id": "customer", "order_date": "date", "product_id": "product", "unit_price": "price"}


def lines_of(n: int, seed: int) -> pd.DataFrame:
    """Order lines of a simulated company, as they are read."""
    table = simulated(n, seed=seed).tables["order_lines"].rename(columns=NAMES)
    return table.assign(date=pd.to_datetime(table["date"]))


@pytest.fixture(scope="module")
def lines() -> pd.DataFrame:
    return lines_of(1500, 4)


@pytest.fixture(scope="module")
def held(lines: pd.DataFrame) -> Baskets:
    return baskets(lines)


@pytest.fixture(scope="module")
def found(held: Baskets) -> NextProduct:
    return next_product(held)


def on(held: Baskets, day: str, horizon: int = 180) -> History:
    assert held.day is not None
    return known(held, held.day, np.datetime64(day), horizon, None)


def test_what_is_known_counts_as_a_loop_does(held: Baskets, lines: pd.DataFrame) -> None:
    then = on(held, "2025-06-30")
    past = lines[lines["date"] <= "2025-06-30"]
    customer = held.customers[then.customers[7]]
    own = past[past["customer"] == customer]
    row = then.bought[[7]].toarray()[0]
    assert set(held.products[then.catalogue[row > 0]]) == set(own["product"]) & set(held.products[then.catalogue])
    age = (pd.Timestamp("2025-06-30") - own.drop_duplicates("order_id").set_index("order_id")["date"]).dt.days
    weight = 0.5 ** (age / 360)
    product = held.products[then.catalogue[np.flatnonzero(row)[0]]]
    orders = own.loc[own["product"] == product, "order_id"].unique()
    assert then.recent[[7]].toarray()[0][row > 0][0] == pytest.approx(weight[orders].sum() / weight.sum(), rel=1e-5)


def test_the_linear_model_is_a_ridge_regression_of_each_product(held: Baskets) -> None:
    then = on(held, "2025-06-30")
    bought = then.bought.toarray().astype(float)
    found = linear(then).weights
    assert found is not None
    ridge = max(bought.sum() / bought.shape[1], 20.0)
    for product in (0, 5, 23):
        others = np.delete(np.arange(bought.shape[1]), product)
        x = bought[:, others]
        slow = np.linalg.solve(x.T @ x + ridge * np.eye(len(others)), x.T @ bought[:, product])
        assert np.allclose(found[others, product], slow, atol=1e-4)  # single precision
        assert found[product, product] == 0


def test_both_ways_to_the_linear_model_agree() -> None:
    rng = np.random.default_rng(2)
    for customers, products in ((30, 60), (60, 30)):
        bought = (rng.random((customers, products)) < 0.3).astype(np.float32)
        orders = np.argwhere(bought)
        table = pd.DataFrame(
            {
                "order_id": orders[:, 0].astype(str),
                "customer": orders[:, 0].astype(str),
                "product": [f"{p:03d}" for p in orders[:, 1]],
                "date": pd.Timestamp("2024-01-01"),
            }
        )
        made = baskets(table)
        assert made.day is not None
        then = known(made, made.day, np.datetime64("2024-01-01"), 10, 1)
        x = then.bought.toarray().astype(float)
        inverse = np.linalg.inv(x.T @ x + max(x.sum() / x.shape[1], 20.0) * np.eye(x.shape[1]))
        slow = -inverse / np.diag(inverse)[None, :]
        np.fill_diagonal(slow, 0.0)
        assert np.allclose(linear(then).weights, slow, atol=1e-5)


def test_similarity_is_a_shrunken_cosine(held: Baskets) -> None:
    then = on(held, "2025-06-30")
    x = then.bought.toarray().astype(float)
    both = x.T @ x
    own = np.sqrt(np.diag(both))
    slow = both / np.outer(own, own) * both / (both + 20.0)
    np.fill_diagonal(slow, 0.0)
    assert np.allclose(similarity(then).weights, slow, atol=1e-5)


def test_recall_and_rank_agree_with_a_loop(held: Baskets) -> None:
    then = on(held, "2025-06-30")
    assert held.day is not None
    later = bought_in(held, held.day, np.datetime64("2025-06-30"), held.day.max())
    scorers = {name: make(then) for name, make in MAKERS.items()}
    found, counted = all_met(scorers, then, *later, 5, 10**6, 1)
    x = then.bought.toarray() > 0
    target = np.zeros_like(x)
    place = {product: i for i, product in enumerate(then.catalogue)}
    row = {customer: i for i, customer in enumerate(then.customers)}
    for customer, product in zip(*later, strict=True):
        if customer in row and product in place:
            target[row[customer], place[product]] = True
    for question in ("new", "any"):
        wanted = target & ~x if question == "new" else target
        asked = np.flatnonzero(wanted.any(axis=1))
        assert counted[question] == len(asked)
        for name in found[question]:
            lists = top(scorers[name], then, asked, (question,), 5)[question][0]
            recall, reciprocal = [], []
            for each, own in zip(lists, wanted[asked], strict=True):
                hits = [place >= 0 and own[place] for place in each]
                recall.append(sum(hits) / min(5, own.sum()))
                reciprocal.append(1 / (hits.index(True) + 1) if any(hits) else 0.0)
            assert np.allclose(found[question][name].recall, recall)
            assert np.allclose(found[question][name].reciprocal, reciprocal)


def test_nothing_after_the_cut_reaches_it(lines: pd.DataFrame, held: Baskets, found: NextProduct) -> None:
    """Later products are replaced by one product: what is known, learned, chosen and listed stays the same."""
    after = lines["date"] > found.cut
    changed = lines.assign(product=lines["product"].where(~after, "P01"))
    other = baskets(changed)
    assert held.day is not None
    assert other.day is not None
    cut = np.datetime64(found.cut, "D")
    one = known(held, held.day, cut, found.horizon, None)
    two = known(other, other.day, cut, found.horizon, None)
    assert np.array_equal(one.catalogue, two.catalogue)
    rows = np.arange(len(one.customers))
    for make in MAKERS.values():
        lists = [top(make(each), each, rows, ("new", "any"), 5) for each in (one, two)]
        for question in ("new", "any"):
            assert np.array_equal(lists[0][question][0], lists[1][question][0])
    again = next_product(other)
    assert again.best == found.best
    assert not again.scores["recall"].equals(found.scores["recall"])


def test_a_leak_would_show(held: Baskets) -> None:
    """Who knows the later purchases scores far above what is possible without."""
    assert held.day is not None
    cut, last = np.datetime64("2025-06-30"), held.day.max()
    later = bought_in(held, held.day, cut, last)
    then, leaked = (known(held, held.day, day, 180, None) for day in (cut, last))
    honest, _ = all_met({"buy_again": MAKERS["buy_again"](then)}, then, *later, 5, 10**6, 1)
    peeping, _ = all_met({"buy_again": MAKERS["buy_again"](leaked)}, leaked, *later, 5, 10**6, 1)
    assert peeping["any"]["buy_again"].recall.mean() > honest["any"]["buy_again"].recall.mean() + 0.3


def test_recommendations_are_new_to_the_customer(lines: pd.DataFrame, found: NextProduct) -> None:
    table = found.recommendations
    assert not table.merge(lines[["customer", "product"]].drop_duplicates()).shape[0]
    assert table["customer"].nunique() == lines["customer"].nunique()
    assert table.groupby("customer")["rank"].max().le(5).all()
    assert table.groupby("customer")["score"].apply(lambda s: s.is_monotonic_decreasing).all()
    assert found.without == (table.groupby("customer").size() < 5).sum()
    own = lines[["customer", "product"]].drop_duplicates().rename(columns={"product": "reason_product"})
    why = table[table["reason"] == "bought_with"]
    assert len(why.merge(own)) == len(why) > 0  # the reason is among what the customer bought


def test_an_upsell_is_dearer_and_of_a_category_bought(lines: pd.DataFrame, found: NextProduct) -> None:
    price = lines.groupby("product")["price"].median()
    category = lines.drop_duplicates("product").set_index("product")["category"]
    own = lines.assign(own=lines["product"].map(price)).groupby(["customer", "category"])["own"].max()
    table = found.recommendations
    dearest = own.reindex(pd.MultiIndex.from_arrays([table["customer"], table["product"].map(category)]))
    dearer = table["product"].map(price).to_numpy() > dearest.fillna(np.inf).to_numpy()
    assert np.array_equal(table["kind"] == "upsell", dearer)
    assert set(table["kind"]) == {"upsell", "cross_sell"}


def test_without_category_or_price_kinds_are_not_known(lines: pd.DataFrame) -> None:
    found = next_product(lines.drop(columns=["category", "price"]))
    assert set(found.recommendations["kind"]) == {"unknown"}
    assert [note.code for note in found.notes] == ["next_product.no_kinds"]


def test_the_demo_company_is_worth_recommending_to() -> None:
    found = clv.customers.next_product(clv.datasets.company().frame("order_lines"))
    assert found.best["new"] in ("similarity", "linear")
    assert found.beats["beats"].all()
    assert set(zip(found.beats["question"], found.beats["than"], strict=True)) == {
        ("new", "popularity"), ("any", "popularity"), ("any", "buy_again"),
    }  # fmt: skip
    assert (found.beats["low"] <= found.beats["difference"]).all()


def test_an_interval_covers_the_mean() -> None:
    rng = np.random.default_rng(3)
    held_by = sum(
        bool(low[0] <= 0.5 <= high[0]) for low, high in (resampled(rng.random((80, 1)), seed) for seed in range(60))
    )
    assert held_by >= 52


def test_the_strongest_reason_is_of_what_was_bought() -> None:
    weights = np.array([[0.0, 0.2, 0.9], [0.1, 0.0, 0.3], [0.5, 0.4, 0.0]], dtype=np.float32)
    bought = sparse.csr_array(np.array([[1, 1, 0], [0, 0, 0], [0, 1, 0]], dtype=np.float32))
    found = strongest(weights, bought, np.array([[2, -1], [0, 1], [2, 0]]))
    assert found.tolist() == [[0, -1], [-1, -1], [1, 1]]
    assert strongest(None, bought, np.array([[2], [0], [1]])).tolist() == [[-1], [-1], [-1]]


def test_kinds_by_hand() -> None:
    table = pd.DataFrame({
        "order_id": [*"112345"], "customer": [*"xxyyzz"], "product": ["tea", "cup", "fine", "cup", "tea", "salt"],
        "category": ["t", "c", "t", "c", "t", pd.NA], "price": [2.0, 5.0, 9.0, 5.0, 2.0, 1.0],
    })  # fmt: skip
    held = baskets(table)  # cup, fine, salt, tea; x has tea and cup, y fine and cup, z tea and salt
    asked = [("x", "fine"), ("y", "tea"), ("z", "cup"), ("z", "salt"), ("z", "fine")]
    customer = held.customers.get_indexer([who for who, _ in asked])
    product = held.products.get_indexer([what for _, what in asked])
    assert kinds(held, customer, product).tolist() == ["upsell", "cross_sell", "cross_sell", "unknown", "upsell"]


@pytest.mark.parametrize(
    ("change", "arguments", "message"),
    [
        ({"customer": None}, {}, "name no customer"),
        ({"date": pd.NaT}, {}, "needs a date"),
        ({}, {"horizon": 1000}, "at most a third"),
        ({}, {"horizon": -5}, "horizon="),
        ({}, {"n": 0}, "n="),
        ({}, {"n": 2.5}, "n="),
        ({}, {"fewest": 10**6}, "lower fewest="),
    ],
)
def test_bad_arguments_of_next_product_are_named(
    lines: pd.DataFrame, change: dict[str, object], arguments: dict[str, object], message: str
) -> None:
    table = lines.assign(**change)
    table["date"] = pd.to_datetime(table["date"])
    with pytest.raises(InputError, match=message):
        next_product(table, **arguments)  # type: ignore[arg-type]


def test_records_of_one_customer() -> None:
    table = pd.DataFrame({
        "order_id": [str(i) for i in range(20)], "customer": "x", "product": ["a", "b"] * 10,
        "date": pd.date_range("2024-01-01", periods=20, freq="7D"),
    })  # fmt: skip
    found = next_product(table, fewest=1)
    assert found.recommendations.empty
    assert found.without == 1
    assert {note.code for note in found.notes} == {"next_product.not_chosen", "next_product.none_scored"}


def test_a_real_shop(shared_data: Path) -> None:
    found = next_product(clv.read_order_lines(shared_data / "online_retail_1.parquet").frame)
    beats = found.beats.set_index(["question", "than"])
    assert beats.loc[("new", "popularity"), "beats"]
    assert found.best["any"] == "buy_again"  # nothing beats what a shop's customers always buy


@pytest.mark.slow
def test_a_million_lines(shared_data: Path) -> None:
    """docs/next_product.md has how long it takes."""
    table = pd.read_parquet(shared_data / "journey_transactions.parquet")
    names = {"household_id": "customer", "basket_id": "order_id", "product_id": "product",
             "transaction_timestamp": "date", "sales_value": "amount"}  # fmt: skip
    table = table.rename(columns=names).astype(dict.fromkeys(("customer", "order_id", "product"), str))
    held = baskets(table)
    assert clv.customers.rules(held).table["repeated"].mean() > 0.5
    assert next_product(held).beats.set_index(["question", "than"]).loc[("new", "popularity"), "beats"]
