"""The audit of the book's own data, against the figures the book prints."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import clvlab as clv
from clvlab.customers.audit import Audit


@pytest.fixture(scope="module")
def madrigal(shared_data: Path) -> Audit:
    frames = {
        name: pd.read_parquet(shared_data / f"madrigal_{short}.parquet")
        for name, short in (("transactions", "trans"), ("spend", "spend"), ("profit", "profit"))
    }
    return clv.customers.audit(**frames, acquired="Cohort")


def test_a_year(madrigal: Audit) -> None:
    year = madrigal.decomposition.loc["2019"]
    assert (year["customers"], year["transactions"]) == (31_855, 60_730)
    assert [round(year[name], 4) for name in ("aof", "aov", "margin")] == [1.9065, 96.1092, 0.4795]


def test_the_top_decile(madrigal: Audit) -> None:
    assert round(madrigal.deciles(2019)["share"].iloc[0], 4) == 0.3972


def test_two_years(madrigal: Audit) -> None:
    found = madrigal.overlap(2018, 2019)["customers"]
    assert found.to_dict() == {"first_only": 16_383, "both": 9_871, "second_only": 21_984}


def test_who_buys_in_the_next_year(madrigal: Audit) -> None:
    assert madrigal.bought_again["share"].round(4).tolist() == [0.3408, 0.3760, 0.3760]


def test_quarters_add_up_to_years(madrigal: Audit, shared_data: Path) -> None:
    frames = {
        name: pd.read_parquet(shared_data / f"madrigal_{short}.parquet")
        for name, short in (("transactions", "trans"), ("spend", "spend"), ("profit", "profit"))
    }
    quarters = clv.customers.audit(**frames, acquired="Cohort", period="quarter").decomposition
    columns = ["transactions", "spend", "profit"]
    added = quarters[columns].groupby(quarters.index.year).sum()
    assert np.allclose(added, madrigal.decomposition[columns], rtol=1e-12)
