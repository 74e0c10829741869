"""What alternative texts give of figures, against frames small enough to read."""

import numpy as np
import pandas as pd
import pytest

from clvlab.customers.measures import MEASURES
from clvlab.pages.base_cells import COUNTED, counted
from clvlab.pages.exhibits import Figure, Freshness
from clvlab.pages.exhibits.alternatives import shown_by
from clvlab.words import ENGLISH, Locale


def test_a_bridge_names_both_ends_and_each_step() -> None:
    steps = pd.DataFrame({"profit": [100.0, -30.0, 50.0, 120.0]}, index=["before", "lost", "new", "after"])
    figure = Figure(key="audit.bridge", drawn_by="bridge", of={"steps": steps, "ends": ["2024", "2025"]},
                    values={"before": "2024", "after": "2025"})  # fmt: skip
    said = "From 100 in 2024 to 120 in 2025: did not buy again -30, newly acquired +50."
    assert figure.text(ENGLISH) == said
    assert f'alt="{said}"' in figure.html(ENGLISH)
    assert figure.text(Locale("zh", "CNY")) == "从2024年的¥100到2025年的¥120：未再购买-¥30、新获客户+¥50。"


def test_a_heat_map_names_its_highest_and_lowest_cell_among_those_known() -> None:
    table = pd.DataFrame({"1": [0.5, 0.4], "2": [0.2, np.nan]}, index=["2023", "2024"])
    found = shown_by("heatmap", {"table": table, "rows": "audit.axes.cohort"})
    assert (found["high"], found["high_row"], found["high_column"]) == (0.5, "2023", "1")
    assert (found["low"], found["low_row"], found["low_column"]) == (0.2, "2023", "2")


def test_lists_that_can_be_made_are_apart_from_hindsight() -> None:
    index = pd.MultiIndex.from_tuples(
        [("competitor", "BG/NBD"), ("rule", "recency"), ("random", "random"), ("hindsight", "hindsight")]
    )
    found = shown_by("strategies", {"table": pd.DataFrame({"captured": [0.4, 0.5, 0.1, 0.9]}, index=index)})
    assert ENGLISH.written(found["best"]) == "by recency 50%"
    assert ENGLISH.written(found["worst"]) == "at random 10%"
    assert found["perfect"] == 0.9


def test_a_curve_of_concentration_is_read_between_its_points() -> None:
    curve = pd.DataFrame({"customers": [0.0, 0.2, 1.0], "held": [0.0, 0.6, 1.0]})
    found = shown_by("concentration", {"curve": curve, "kind": "number"})
    assert found == pytest.approx({"tenth": 0.3, "fifth": 0.6, "half": 0.75})


def test_measures_start_and_end_where_they_are_known() -> None:
    table = pd.DataFrame({"measure": ["nps"] * 3 + ["churn_rate"] * 3, "value": [np.nan, 10.0, 12.0, 0.04, 0.05, 0.03]})
    found = shown_by("measures_over_time", {"table": table, "kinds": {"nps": "number", "churn_rate": "percent"}})
    assert ENGLISH.written(found["measures"]) == "Net promoter score from 10 to 12, Churn rate from 4.0% to 3.0%"


def test_what_is_drawn_by_another_package_says_what_it_is_given() -> None:
    assert shown_by("of_another_package", {}) == {}


def test_amounts_without_a_currency_are_in_that_of_the_records() -> None:
    line = "amounts in the currency of the records"
    assert line in Freshness(amounts=True).text(ENGLISH)
    assert line not in Freshness(amounts=True).text(Locale(currency="GBP"))
    assert line not in Freshness().text(ENGLISH)


def test_every_measure_says_what_it_counts() -> None:
    assert {record.rows for record in MEASURES.values()} == set(COUNTED)
    said = {name: ENGLISH.say(counted(name, 95.0)) for name in ("win_rate", "expected_amount", "csat", "response_rate")}
    assert said == {"win_rate": "95 decided opportunities", "expected_amount": "95 customers", "csat": "95 answers",
                    "response_rate": "95 invitations"}  # fmt: skip
    # only shares and net shares count rows; the others count customers
    assert {record.kind for record in MEASURES.values() if record.rows != "customers"} <= {"share", "net"}
