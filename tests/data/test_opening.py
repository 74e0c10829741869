"""Whether the records open on customers who were there before."""

import numpy as np
import pandas as pd

from clvlab.data.datasets import cdnow
from clvlab.data.opening import opening_of
from clvlab.data.orders import read_orders


def test_online_retail_opens_on_old_customers(shared_data):
    opening = read_orders(shared_data / "online_retail_1.parquet", refunds="drop", zero_amounts="drop").opening
    assert (opening.customers, opening.total) == (885, 4338)
    assert opening.outsized
    assert f"{opening.until:%Y-%m-%d}" == "2010-12-31"
    assert opening.note.code == "data.opening_outsized"
    assert opening.note.values["acquired_from"] == pd.Timestamp("2011-01-01")


def test_a_cohort_by_design_is_not_taken_for_old_customers(shared_data):
    assert not cdnow().opening.outsized
    assert not read_orders(shared_data / "groceryElog.csv").opening.outsized


def test_one_month_or_a_handful_of_customers_tells_nothing():
    start = pd.Timestamp("2024-01-01")
    assert not opening_of(np.full(500, 19723), start).outsized
    few = opening_of(19723 + np.array([0, 1, 2, 40]), start)
    assert not few.outsized
    assert (few.customers, few.total, few.share) == (3, 4, 0.75)


def test_records_of_many_years():
    start = pd.Timestamp("1950-01-01")
    days = (start - pd.Timestamp(0)).days + np.arange(0, 36500, 10)
    assert not opening_of(days, start).outsized
