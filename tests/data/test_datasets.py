"""The data sets that come with the installation, and the second implementation."""

import numpy as np
import pytest

from clvlab.data import datasets, lifetimes_bridge
from clvlab.data.histories import histories
from clvlab.errors import InputError


def test_cdnow():
    orders = datasets.cdnow()
    assert (orders.rows_read, orders.n_customers) == (6919, 2357)
    assert (f"{orders.first_date:%Y-%m-%d}", f"{orders.last_date:%Y-%m-%d}") == ("1997-01-01", "1998-06-30")
    assert orders.source == "CDNOW 1/10 sample"
    assert datasets.cdnow_path().is_file()


def test_the_summary_of_cdnow_is_its_histories_rounded():
    summary = datasets.cdnow_summary()
    ours = histories(datasets.cdnow(), end="1997-09-30")
    np.testing.assert_array_equal(summary["frequency"], ours["frequency"])
    np.testing.assert_allclose(summary[["recency", "T"]], ours[["recency", "T"]], atol=0.00501)
    np.testing.assert_allclose(summary["monetary_value"], ours["monetary_value"].fillna(0), atol=0.00501)


def test_donations():
    table = datasets.donations()
    assert table.columns.tolist() == ["frequency", "recency", "n", "count"]
    assert table["count"].sum() == 11104
    assert (table["n"] == 6).all()


def test_the_other_bg_nbd_gives_its_published_figures():
    ours = histories(datasets.cdnow(), end="1997-09-30")
    fit = lifetimes_bridge.fit_bg_nbd(*(ours[name].to_numpy() for name in ("frequency", "recency", "T")))
    # CLVTools' tests, from dated orders.
    published = {"r": 0.2425945, "alpha": 4.4136019, "a": 0.7929199, "b": 2.4258881}
    assert fit["params"] == pytest.approx(published, rel=1e-4)
    assert fit["log_likelihood"] == pytest.approx(-9582.429, abs=0.001)
    assert fit["predict"](39).sum() == pytest.approx(1653.4, abs=0.1)
    assert fit["prob_alive"].shape == (2357,)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"customer": "Who", "amount": "Paid"}, "customer=, amount="),
        ({"attributes": ["Country"]}, "attributes="),
        ({"refunds": "drop"}, "refunds="),
    ],
)
def test_what_says_how_a_file_is_read_needs_a_file(given, named):
    with pytest.raises(InputError, match=f"^{named} would say how a file of orders is read, and none is named"):
        datasets.orders(**given)
