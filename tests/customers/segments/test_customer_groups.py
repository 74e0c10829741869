"""Every division of a company: by hand, and what a simulated company's plan plants."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.metrics import adjusted_rand_score

import clvlab as clv
from clvlab.customers.facts import Facts, facts
from clvlab.customers.segments import Clusters, behaviour, clusters, group_clusters, groups, profile, tastes
from clvlab.data.company import read_company
from clvlab.data.simulate import Plan
from clvlab.data.simulate import company as simulated
from clvlab.errors import InputError

SEEDS = 100


@pytest.fixture(scope="module")
def small() -> Facts:
    who = ["a", "b", "c", "d"]
    orders = pd.DataFrame({"customer_id": [*who, "a", "b", "e"], "amount": [10.0, 20, 30, 40, 50, 60, 70], "date": [
        "2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04", "2024-03-01", "2024-12-31", "2024-06-01"]})  # fmt: skip
    customers = pd.DataFrame(
        {"客户编号": who, "生日": ["1990-05-01", "1950/1/2", "2001", "soon"], "性别": list("女男男女")}
    )
    lines = pd.DataFrame({"order_id": range(7), "customer_id": list("aaabbcc"), "date": "2024-03-01", "product": "p",
                          "category": ["tea", "tea", "cups", "tea", "cups", "cups", "cups"],
                          "amount": [1.0, 2, 9, 5, 6, 1, 1]})  # fmt: skip
    complaints = pd.DataFrame({"customer_id": list("aaabb"), "opened": "2024-02-01",
                               "topic": ["late", "broken", "late", "price", "billing"]})  # fmt: skip
    contacts = pd.DataFrame({"customer_id": list("acd"), "date": "2024-02-01",
                             "direction": ["inbound", "Inbound", "outbound"]})  # fmt: skip
    tables = {"orders": orders, "customers": customers, "order_lines": lines, "complaints": complaints,
              "contacts": contacts}  # fmt: skip
    return facts(read_company(tables, as_of="2024-12-31"), threshold=90)


def told(found: pd.Series) -> dict[str, object]:
    return {who: None if pd.isna(each) else each for who, each in found.items()}


def test_groups_by_hand(small: Facts) -> None:
    found = groups(small)
    assert told(found["age"]) == {"a": "25_to_34", "b": "65_and_over", "c": "under_25", "d": None, "e": None}
    assert told(found["gender"]) == {"a": "女", "b": "男", "c": "男", "d": "女", "e": None}
    # The cups of a cost most, and are one line; both of b's are.
    assert told(found["favourite"]) == {"a": "tea", "b": None, "c": "cups", "d": None, "e": None}
    # Of b's two topics neither is more frequent: the first by name.
    assert told(found["service"]) == {"a": "late", "b": "billing", "c": "asked_or_commented", "d": "none", "e": "none"}
    assert set(found) == {"age", "gender", "favourite", "service", "rfm", "lifecycle"}
    assert all(each.index.equals(small.ids) for each in found.values())


def test_orders_alone_are_divided_by_rfm_and_lifecycle() -> None:
    days = ["2024-01-01", "2024-03-01", "2024-03-31"]
    found = groups(facts(read_company({"orders": pd.DataFrame({"customer_id": list("aab"), "date": days})})))
    assert set(found) == {"lifecycle"} or set(found) == {"rfm", "lifecycle"}


def test_ages_as_numbers_or_as_groups(small: Facts) -> None:
    orders = small.company.frame("orders")
    cases: list[tuple[list[object], list[str | None]]] = [
        (["34", "35", ""], ["25_to_34", "35_to_44", None]),
        (["18-24", "60+", ""], ["18-24", "60+", None]),
        ([34.0, 200.0, 20.0], ["25_to_34", None, "under_25"]),
    ]
    for given, expected in cases:
        base = clv.read_customers(pd.DataFrame({"customer": list("abc"), "Age": given}))
        found = groups(facts(read_company({"orders": orders, "customers": base}, as_of="2024-12-31"), threshold=90))
        assert list(told(found["age"]).values())[:3] == expected


@pytest.mark.parametrize(("heading", "role"), [
    ("出生日期", "birth"), ("Date of Birth", "birth"), ("birth_year", "birth"), ("年龄", "age"), ("Sex", "gender"),
])  # fmt: skip
def test_headings_of_demography(heading: str, role: str) -> None:
    assert role in clv.read_customers(pd.DataFrame({"customer": ["a"], heading: ["1"]})).frame


def test_birth_dates_of_any_kind_are_read_as_text() -> None:
    days = pd.Series(pd.to_datetime(["1990-05-01", None]))
    frame = clv.read_customers(pd.DataFrame({"customer": ["a", "b"], "birthday": days})).frame
    assert frame["birth"].iloc[0].startswith("1990-05-01")
    # No order of day and month has to be settled.
    assert (
        clv.read_customers(pd.DataFrame({"customer": ["a"], "birthday": ["01/02/1980"]})).frame["birth"].notna().all()
    )


def test_behaviour_by_hand(small: Facts) -> None:
    found = behaviour(small)
    assert found.columns.tolist() == ["purchases_a_year", "spend_a_purchase", "lines_a_purchase", "contacts_a_year"]
    years = 366 / 365.25
    assert found.loc["a"].tolist() == pytest.approx([2 / years, 30.0, 1.5, 1 / years])
    assert found.loc["d", "lines_a_purchase"] == 0.0


def test_profile_by_hand(small: Facts) -> None:
    found = profile(small, pd.Series({"a": "x", "b": "x", "c": "y", "d": "y", "nobody": "y"}))
    assert found.index.tolist() == ["x", "y"]
    assert found["customers"].tolist() == [2, 2]
    assert found["share"].tolist() == pytest.approx([0.4, 0.4])
    assert found.attrs["without"] == 1
    assert found["active_share"].tolist() == [0.5, 0.0]
    # 1 January 2024 lies 365 days before the last: the year begins on the 2nd.
    assert found["spend_per_customer"].tolist() == pytest.approx([(20 + 50 + 60) / 2, 35.0])
    assert found["spend_per_customer_rest"].tolist() == pytest.approx([35.0, 65.0])
    assert (found["spend_per_customer_p_adjusted"] >= found["spend_per_customer_p_value"]).all()
    with pytest.raises(InputError, match="names no customer"):
        profile(small, pd.Series({"nobody": "y"}))
    with pytest.raises(InputError, match="Series"):
        profile(small, ["x"])  # type: ignore[arg-type]


def test_profile_of_one_segment_and_without_amounts() -> None:
    days = ["2024-01-01", "2024-03-01", "2024-03-31"]
    known = facts(read_company({"orders": pd.DataFrame({"customer_id": list("aab"), "date": days})}))
    found = profile(known, pd.Series("all", index=known.ids))
    assert found["spend_per_customer"].isna().all()
    assert found["active_share_p_value"].isna().all()
    assert not found["active_share_news"].any()


@pytest.fixture(scope="module")
def planted() -> tuple[Facts, pd.DataFrame]:
    made = simulated(3000, seed=1)
    return facts(made.company()), made.truth.set_index("customer_id")


def test_favourite_categories_are_found(planted: tuple[Facts, pd.DataFrame]) -> None:
    known, truth = planted
    favourite = truth["favourite"].astype(object)
    found = clusters(tastes(known))
    assert found.k == favourite.nunique() == 6
    own = found.assigned.dropna()
    # Chance lines hide some favourites: the category with most spend itself agrees to about .8.
    assert adjusted_rand_score(favourite[own.index], own.astype(int)) > 0.6
    assert found.marks[found.marks["side"] == "high"].drop_duplicates("cluster")["feature"].nunique() == 6
    # Who buys most of a cluster's category is in it.
    most = own.map(found.centres.idxmax(axis=1))
    assert (most == favourite[own.index]).mean() > 0.8


def test_groups_of_a_whole_company() -> None:
    made = simulated(600, seed=1)
    known, favourite = facts(made.company()), made.truth.set_index("customer_id")["favourite"].astype(object)
    found = groups(known)
    assert set(found) >= {"channel", "region", "kind", "favourite", "rfm", "lifecycle", "service"}
    assert found["lifecycle"].notna().all()
    assert found["rfm"].notna().all()
    own = found["favourite"].dropna()
    assert (own == favourite[own.index]).mean() > 0.7


@pytest.mark.slow
def test_no_clusters_where_nothing_is_planted() -> None:
    alarms = dict.fromkeys(("behaviour", "taste", "attitude"), 0)
    for seed in range(SEEDS):
        for name, each in group_clusters(
            facts(simulated(600, seed=seed, plan=Plan.nothing()).company()), seed=seed
        ).items():
            alarms[name] += isinstance(each, Clusters) and each.k > 1
    assert all(n <= stats.binom.ppf(0.995, SEEDS, 0.05) for n in alarms.values()), alarms


@pytest.mark.slow
def test_segments_that_do_not_differ_are_seldom_news() -> None:
    """Where nothing differs any news is false: at most the rate of false discovery."""
    anything = dict.fromkeys(("channel", "region", "kind"), 0)
    for seed in range(SEEDS):
        known = facts(simulated(1000, seed=seed, plan=Plan.nothing()).company())
        for name in anything:
            found = profile(known, known.segments(name))
            anything[name] += bool(np.asarray(found[["active_share_news", "spend_per_customer_news"]]).any())
    assert all(n <= stats.binom.ppf(0.995, SEEDS, 0.10) for n in anything.values()), anything
