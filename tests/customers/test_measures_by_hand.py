"""Every measure of the board, on tables small enough to read."""

import numpy as np
import pandas as pd
import pytest

import clvlab as clv
from clvlab.customers import MEASURES, Board, board
from clvlab.data.company import Company


def frame(columns: str, *rows: str) -> pd.DataFrame:
    table = pd.DataFrame([[cell.strip() for cell in row.split(",")] for row in rows], columns=columns.split())
    return table.replace("", None)


TABLES = {
    "orders": frame(
        "customer_id date amount",
        "A,2024-01-01,10", "A,2024-01-20,20", "A,2024-03-05,30", "A,2024-04-10,40", "A,2024-09-01,7",
        "B,2024-01-05,100", "B,2024-04-20,50", "C,2024-02-10,60", "D,2024-04-02,10", "D,2024-04-03,10",
        "E,2024-01-02,5",
    ),
    "order_lines": frame(
        "order_id customer_id date product_id amount cost", "1,A,2024-04-10,x,40,30", "2,B,2024-04-20,y,50,20"
    ),
    "customers": frame(
        "customer_id channel owner public_pool last_followed_up",
        "A,search,Ann,,2025-01-20", "B,mail,Bob,公海,2025-01-20", "C,mail,,,", "D,search,Ann,,2024-01-01", "E,mail,,,",
    ),
    "subscriptions": frame(
        "customer_id start_date end_date plan", "A,2024-01-01,2024-04-15,basic", "B,2024-02-01,,basic",
        "C,2024-04-05,,basic",
    ),
    "rewards": frame("customer_id reward_date redeemed", "A,2024-04-01,yes", "B,2024-04-02,no"),
    "marketing_cost": frame("channel month cost", "search,2024-04-01,30", "mail,2024-04-01,10"),
    "leads": frame(
        "lead_id lead_date lead_source converted", "1,2024-04-01,search,yes", "2,2024-04-03,search,no",
        "3,2024-04-04,mail,no", "4,2024-04-30,mail,no",
    ),
    "referrals": frame("referrer_id referral_date converted", "A,2024-04-02,yes", "A,2024-04-20,no"),
    "opportunities": frame(
        "opportunity_id customer_id amount stage status created closing_date probability",
        "1,A,10,closed,won,2024-03-01,2024-04-09,100", "2,B,10,closed,lost,2024-03-01,2024-04-10,0",
        "3,A,100,offer,open,2024-04-01,2025-06-01,50",
    ),
    "contacts": frame("customer_id contact_date contact_type", "A,2024-04-03,call", "A,2024-04-09,mail"),
    "complaints": frame(
        "customer_id opened resolved", "A,2024-04-05,2024-04-10", "B,2024-04-25,2024-05-20"
    ),
    "surveys": frame(
        "customer_id survey_date invited nps csat", "A,2024-04-11,yes,10,5", "B,2024-04-12,yes,3,2",
        "D,2024-04-13,yes,,",
    ),
    "events": frame(
        "customer_id event_time event_type platform", "A,2024-04-02,visit,web", "A,2024-04-03,view,app",
        "D,2024-04-05,share,wechat",
    ),
}  # fmt: skip
# With a threshold of 45 days A, B and D are active when April ends, A alone when it begins, A and C when March begins.
A_MONTH = 30 / (365.25 / 12)
WEB = 100 * 2 / (4 * A_MONTH)
BY_HAND = {
    ("active_customers", "2024-04"): 3,
    ("growth_rate", "2024-04"): 2.0,
    ("new_customers", "2024-04"): 1,
    ("new_customers", "2024-01"): 3,
    ("reactivated_customers", "2024-04"): 1,
    ("won_back_customers", "2024-04"): 1,
    ("lapsing_customers", "2024-04"): 1,
    ("lost_customers", "2024-04"): 1,
    ("revenue", "2024-04"): 110,
    ("purchases", "2024-04"): 4,
    ("average_order_value", "2024-04"): 27.5,
    ("purchase_frequency", "2024-04"): 4 / 3,
    ("revenue_per_customer", "2024-04"): 110 / 3,
    ("margin_per_customer", "2024-04"): 40 / 3,
    ("repeat_rate", "2024-04"): 2 / 3,
    ("retention_rate", "2024-04"): 1.0,
    ("retention_rate", "2024-03"): 0.5,
    ("churn_rate", "2024-03"): 0.5,
    ("value_churn", "2024-03"): 60 / 90,
    ("lifecycle_churn", "2024-03"): 0.5,
    ("bought_again", "2024-06"): 0.5,
    ("bought_later", "2024-12"): 1.0,
    ("bought_later", "2025-01"): 0.0,
    ("loyal_share", "2024-04"): 1 / 3,
    ("tenure", "2024-04"): (120 + 116 + 28) / 3,
    ("subscription_churn", "2024-04"): 0.5,
    ("reward_use", "2024-04"): 0.5,
    ("acquisition_cost", "2024-04"): 40.0,
    ("lead_conversion", "2024-04"): 0.25,
    ("referral_rate", "2024-04"): 2 / 3,
    ("win_rate", "2024-04"): 0.5,
    ("expected_amount", "2025-01"): 50.0,
    ("customers_under_care", "2025-01"): 1,
    ("care_of_active", "2025-01"): np.nan,  # nobody is active any more
    ("contact_rate", "2024-04"): 1 / 3,
    ("complaint_rate", "2024-04"): 2 / 3,
    ("prompt_resolution", "2024-04"): 1.0,
    ("prompt_resolution", "2024-05"): 0.0,
    ("nps", "2024-04"): 0.0,
    ("csat", "2024-04"): 0.5,
    ("response_rate", "2024-04"): 2 / 3,
    ("engagement_score", "2024-04"): ((WEB + 100 + 100) / 4 + 100 / 4 + WEB / 4) / 3,
    ("interaction_rate", "2024-04"): 1.0,
}


@pytest.fixture(scope="module")
def company() -> Company:
    return clv.read_company(TABLES, as_of="2025-01-31")


@pytest.fixture(scope="module")
def found(company: Company) -> Board:
    return board(company, threshold=45)


@pytest.mark.parametrize(("measure", "month"), BY_HAND)
def test_a_measure_is_what_one_counts(found: Board, measure: str, month: str) -> None:
    own = found.history[(found.history["measure"] == measure) & (found.history["period"] == pd.Timestamp(month))]
    assert own["value"].item() == pytest.approx(BY_HAND[measure, month], nan_ok=True)
    if own["low"].notna().item():
        assert own["low"].item() <= own["value"].item() + 1e-12
        assert own["value"].item() <= own["high"].item() + 1e-12


def test_no_measure_is_left_out() -> None:
    assert {measure for measure, _ in BY_HAND} == set(MEASURES)


def test_a_month_without_orders_is_a_month(found: Board) -> None:
    may = found.history[found.history["period"] == "2024-05-01"].set_index("measure")
    assert may.loc["revenue", "value"] == 0
    assert may.loc["purchases", "value"] == 0
    assert np.isnan(may.loc["average_order_value", "value"])
    assert may.loc["repeat_rate", "n"] == 0


def test_segments_are_of_the_last_year(found: Board) -> None:
    by = found.by("channel").set_index(["measure", "segment"])
    # Leads have a channel of their own; the year holds April's four.
    assert by.loc[("lead_conversion", "search"), "value"] == pytest.approx(0.5)
    assert by.loc[("lead_conversion", "mail"), "value"] == 0.0
    assert by.loc[("acquisition_cost", "search"), "n"] == 1
    assert ("revenue", "search") not in by.index or by.loc[("revenue", "search"), "value"] == 0


def test_a_channel_without_cost_has_no_cost_of_acquisition() -> None:
    without = TABLES | {"marketing_cost": TABLES["marketing_cost"].head(1)}
    by = board(clv.read_company(without, as_of="2024-04-30"), threshold=45).by("channel").set_index(
        ["measure", "segment"]
    )  # fmt: skip
    assert by.loc[("acquisition_cost", "search"), "value"] == pytest.approx(30.0)
    assert np.isnan(by["value"].get(("acquisition_cost", "mail"), np.nan))


def test_a_target_of_zero_is_a_target() -> None:
    until = clv.read_company(TABLES, as_of="2024-04-30")
    table = board(until, threshold=45, targets={"churn_rate": 0.0, "complaint_rate": 0.0, "nps": 100}).table
    assert table.loc["churn_rate", "met"] in ("yes", "open")
    assert table.loc["churn_rate", "target"] == 0.0
    assert pd.isna(table.loc["active_customers", "met"])


def test_orders_alone_name_what_the_rest_needs() -> None:
    alone = board(clv.read_company({"orders": TABLES["orders"]}, as_of="2024-04-30"), threshold=45)
    assert alone.table.loc["revenue", "value"] == pytest.approx(110)
    assert {"nps", "acquisition_cost", "win_rate", "complaint_rate"} <= set(alone.missing)
    assert alone.missing["nps"].code == "measures.notes.needs_table"
    assert alone.missing["nps"].values["table"] == "surveys"
    bare = frame("customer_id survey_date csat", "A,2024-04-11,5")
    more = board(clv.read_company({"orders": TABLES["orders"], "surveys": bare}, as_of="2024-04-30"), threshold=45)
    assert more.missing["nps"].values["columns"] == ("nps",)
    assert more.table.loc["csat", "value"] == 1.0


def test_one_customer_is_a_base() -> None:
    one = frame("customer_id date amount", "A,2024-01-01,10", "A,2024-02-10,10", "A,2024-03-20,20")
    table = board(clv.read_company({"orders": one}), threshold=30).table
    assert table.loc["active_customers", "value"] == 1
    assert table.loc["revenue", "value"] == 10  # March is not over


def test_all_promoters() -> None:
    glad = frame("customer_id survey_date nps", *(f"A,2024-04-{day:02d},10" for day in range(1, 9)))
    table = board(
        clv.read_company({"orders": TABLES["orders"], "surveys": glad}, as_of="2024-04-30"), threshold=45
    ).table
    assert table.loc["nps", "value"] == 100
    assert table.loc["nps", "low"] < 100
    assert table.loc["nps", "high"] == 100


def test_orders_without_amounts() -> None:
    bare = board(
        clv.read_company({"orders": TABLES["orders"].drop(columns="amount")}, as_of="2024-04-30"), threshold=45
    )
    assert bare.missing["revenue"].values["columns"] == ("amount",)
    assert bare.table.loc["purchases", "value"] == 4


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"period": "decade"}, "period= is one of month, quarter, year"),
        ({"threshold": 0}, "threshold= is a number of days"),
        ({"measures": ["fun"]}, "measures= names no such measure: fun"),
        ({"targets": {"fun": 1.0}}, "targets= names no such measure: fun"),
        ({"period": "year"}, "hold no whole year"),
    ],
)
def test_what_is_wrong_is_named(wrong: dict, words: str) -> None:
    with pytest.raises(clv.InputError, match=words):
        board(clv.read_company({"orders": TABLES["orders"]}), **wrong)


def test_a_table_without_rows_is_as_if_it_were_not_there() -> None:
    company = clv.read_company({**TABLES, "complaints": TABLES["complaints"].iloc[:0]}, as_of="2025-02-01")
    assert company.empty == ("complaints",)
    assert "complaints" not in company
    assert "complaint_rate" in board(company, threshold=45).missing
    with pytest.raises(clv.InputError, match="no rows"):
        clv.read_company({**TABLES, "orders": TABLES["orders"].iloc[:0]})
