"""A result shows a title, its main table and what speaks against it; whatever it holds, in fewer than 40 lines."""

import dataclasses
import importlib
import pkgutil

import numpy as np
import pandas as pd
import pytest

import clvlab
import clvlab as clv
from clvlab.notes import Note
from clvlab.representations import Showing, showing
from clvlab.shown import Shown


def test_a_long_table_and_many_remarks_are_cut_and_counted() -> None:
    frame = pd.DataFrame(np.arange(2000.0).reshape(100, 20)).add_prefix("c")
    text = Showing("Much", frame, [Note("models.few_effective_draws", n=9)] * 30).text()
    assert len(text.splitlines()) < 40
    assert "the first 12 of 100 rows" in text
    assert "not shown: c8, c9" in text
    assert "Only 9 effective draws" in text
    assert "and 24 more remarks" in text


def test_html_is_escaped() -> None:
    frame = pd.DataFrame({"<b>": ["<script>"]})
    markup = Showing("a < b", frame, ["<i>"]).html()
    assert "<script>" not in markup
    assert "<b>" not in markup
    assert "<i>" not in markup
    assert "a &lt; b" in markup


def test_a_doubtful_fit_says_so() -> None:
    histories = pd.DataFrame(
        {"frequency": [1.0, 2.0, 3.0, 0.0] * 20, "recency": [30.0, 30.0, 30.0, 0.0] * 20, "T": 30.0}
    )
    histories.attrs["unit"] = "week"
    fit = clv.BGNBD().fit(histories, method="ml", unit="week")
    assert fit.diagnostics.messages
    assert "intervals are withheld" in " ".join(str(fit).split())
    assert "intervals are withheld" in fit._repr_html_()
    assert repr(fit).startswith("<BG/NBD by ml, ")


def shown_classes() -> list[type]:
    for each in pkgutil.walk_packages(clvlab.__path__, "clvlab."):
        if not each.name.startswith("clvlab._"):
            importlib.import_module(each.name)
    found, ahead = [], [Shown]
    while ahead:
        below = ahead.pop().__subclasses__()
        found += below
        ahead += below
    return found


def test_none_prints_all_it_holds() -> None:
    classes = shown_classes()
    assert len(classes) >= 25
    for each in classes:
        assert not dataclasses.is_dataclass(each) or "__create_fn__" not in each.__repr__.__qualname__, each


def test_what_has_no_table_of_its_own_says_what_it_holds() -> None:
    @dataclasses.dataclass(repr=False)
    class Held(Shown):
        frame: pd.DataFrame
        many: tuple[int, ...]
        number: float

    text = str(Held(pd.DataFrame({"a": [1, 2]}), tuple(range(9)), 0.25))
    assert "table of 2 rows: a" in text
    assert "9 entries" in text
    assert len(showing(Held(pd.DataFrame(), (), 1.0)).text().splitlines()) < 40


@pytest.mark.parametrize("name", ["read_orders", "split", "customer_value", "compare", "BGNBD", "plot", "customers"])
def test_tab_offers_what_users_use(name: str) -> None:
    assert name in dir(clv)


def test_tab_offers_nothing_else() -> None:
    for module in (clv, clv.churn, clv.customers, clv.plot):
        inside = [name for name in dir(module) if not name.startswith("_")]
        assert set(inside) <= set(getattr(module, "__all__", inside)), sorted(set(inside) - set(module.__all__))


def test_a_value_study_shows_the_total_of_its_page() -> None:
    study = clv.value_study(clv.datasets.cdnow(), horizon=13, method="ml")
    assert study.total["clv"] != study.value.total["clv"]  # moved by what earlier totals missed
    for name in ("clv", "value_low", "value_high"):
        assert f"{study.total[name]:,.0f}" in repr(study)
    assert "earlier dates of these records" in " ".join(str(study).split())


def test_too_few_customers_to_check_spend_are_called_so() -> None:
    histories = clv.histories(clv.datasets.cdnow(), unit="week")
    check = clv.independence(clv.GammaGamma().fit(histories), histories.head(3))
    assert np.isnan(check.excess)
    assert "Repeat customers are too few" in str(check)
    assert "depends" not in str(check)


def test_a_lone_forecast_is_not_called_the_best() -> None:
    found = clv.compare({"mine": clv.baselines.LastPeriod()}, clv.datasets.cdnow(), calibration_end="1997-09-30")
    assert "Only mine gave a forecast" in repr(found)
