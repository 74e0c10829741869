"""Every figure draws, from ordinary tables and from odd ones, with its axes labelled. Warnings are errors."""

import io
from collections.abc import Iterator
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from clvlab import figures
from clvlab.inference.priors import LogNormal

matplotlib.use("agg")
# where no Chinese font is installed
pytestmark = pytest.mark.filterwarnings("ignore:Glyph .* missing from font:UserWarning")
ODD = ["$x^2$ & $", "<b>王芳</b>", "O'Brien_%s {0}", "a very long name of a model that goes on and on", r"$\frac{$"]


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    plt.close("all")


def drawn(figure: Figure, *, labelled: str = "xy") -> Figure:
    """Render it, and look at its axes."""
    figure.savefig(io.BytesIO(), format="svg")
    axes = figure.axes[0]
    assert len(axes.get_xlabel()) > 2 or "x" not in labelled
    assert len(axes.get_ylabel()) > 2 or "y" not in labelled
    return figure


def tracking(labels: list[str], periods: int = 8, *, bands: bool = True, calibrated: bool = True) -> pd.DataFrame:
    rows = []
    for label in ["actual", *labels]:
        for period in range(1 - periods, periods + 1):
            held = period > 0
            value = np.nan if label != "actual" and not held and not calibrated else 10.0 + period
            banded = bands and held and label != "actual"
            rows.append(
                {
                    "label": label,
                    "period": period,
                    "date": pd.Timestamp("2024-03-01") + pd.Timedelta(weeks=period),
                    "phase": "holdout" if held else "calibration",
                    "expected": value,
                    "low": value - 3 if banded else np.nan,
                    "high": value + 3 if banded else np.nan,
                    "cumulative": 100.0 + 10.0 * period,
                    "cumulative_low": 90.0 + 10 * period if banded else np.nan,
                    "cumulative_high": 110.0 + 10 * period if banded else np.nan,
                }
            )
    return pd.DataFrame(rows)


@pytest.mark.parametrize("cumulative", [False, True])
@pytest.mark.parametrize("labels", [["BG/NBD", "mean"], ODD, ["actual thing"], []])
def test_tracking(labels: list[str], cumulative: bool) -> None:
    figure = drawn(figures.tracking(tracking(labels), labels, cumulative=cumulative), labelled="")
    assert figure.axes[0].get_title(loc="left")


@pytest.mark.parametrize("cumulative", [False, True])
def test_tracking_without_bands_or_calibration_or_time(cumulative: bool) -> None:
    for table in (tracking(["m"], bands=False), tracking(["m"], calibrated=False), tracking(["m"], periods=1)):
        drawn(figures.tracking(table, ["m"], cumulative=cumulative), labelled="")


@pytest.mark.parametrize("labels", [["BG/NBD", "mean"], ODD])
@pytest.mark.parametrize("top", [0, 1, 7])
def test_by_frequency(labels: list[str], top: int) -> None:
    table = pd.DataFrame(
        [
            {"label": label, "frequency": f, "customers": 1000 - f, "actual": 0.3 * f, "expected": 0.25 * f}
            for label in labels
            for f in range(top + 1)
        ]
    )
    drawn(figures.by_frequency(table, labels))


@pytest.mark.parametrize("labels", [["best", "other", "third"], ["best"], ["best", *ODD]])
def test_score_differences(labels: list[str]) -> None:
    n = np.arange(len(labels)) * 0.1
    table = pd.DataFrame({"difference": n, "low": n - 0.05, "high": n + 0.05}, index=labels)
    figure = drawn(figures.score_differences(table, "best", labels[1:2]), labelled="x")
    assert len(figure.axes[0].get_yticklabels()) == len(labels) - 1


@pytest.mark.parametrize("shares", [[0.9, 0.95, np.nan], [0.2], [np.nan], [1.0, 0.0]])
def test_coverage(shares: list[float]) -> None:
    drawn(figures.coverage(pd.DataFrame({"pit_share": shares}, index=ODD[: len(shares)])), labelled="x")


@pytest.mark.parametrize("maxima", [{}, {"r": 0.24}])
def test_prior_and_posterior(maxima: dict[str, float]) -> None:
    rng = np.random.default_rng(1)
    draws = {"r": rng.lognormal(-1.4, 0.05, 300), "alpha": rng.lognormal(1.5, 0.1, 300)}
    priors = {name: LogNormal(median=1.0, spread=1.5) for name in draws}
    figure = drawn(figures.prior_and_posterior(priors, draws, maxima), labelled="")
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["r", "alpha"]


VALUES = {
    "ordinary": np.random.default_rng(2).lognormal(3.0, 1.0, 500),
    "one customer": np.array([12.5]),
    "all alike": np.full(40, 3.0),
    "with zeros": np.array([0.0] * 30 + [5.0, 10.0, 1000.0]),
    "two": np.array([1e-6, 1e9]),
    "nothing at all": np.zeros(5),
}


@pytest.mark.parametrize("values", VALUES.values(), ids=VALUES)
@pytest.mark.parametrize("draw", [figures.concentration, figures.value_distribution])
def test_value_of_the_base(draw: Any, values: np.ndarray) -> None:
    drawn(draw(pd.Series(values)))


@pytest.mark.parametrize("cohorts", [["2024-01"], ["2024-01", "2024-02"], [f"20{y}-01" for y in range(10, 60)], ODD])
@pytest.mark.parametrize("gap", [None, "past_value", "clv_low"])
def test_value_by_cohort(cohorts: list[str], gap: str | None) -> None:
    n = np.arange(1.0, len(cohorts) + 1)
    table = pd.DataFrame({"past_value": 50 * n, "clv": 30 * n, "clv_low": 25 * n, "clv_high": 40 * n}, index=cohorts)
    if gap:
        table[gap] = np.nan
    drawn(figures.value_by_cohort(table))


@pytest.mark.parametrize("n", [1, 3, 40])
@pytest.mark.parametrize("known", [True, False])
def test_top_customers(n: int, known: bool) -> None:
    value = np.linspace(100.0, 1.0, n)
    table = pd.DataFrame(
        {
            "clv": value,
            "clv_low": value * 0.9 if known else np.nan,
            "clv_high": value * 1.1 if known else np.nan,
            "value_low": 0.0,
            "value_high": value * 2,
        },
        index=pd.Index([ODD[i % len(ODD)] if i % 2 else i for i in range(n)], dtype=object),
    )
    figure = drawn(figures.top_customers(table), labelled="x")
    assert len(figure.axes[0].get_yticklabels()) == min(n, 15)


@pytest.mark.parametrize("bands", [["1"], ["1", "2", "3-4"]])
@pytest.mark.parametrize("known", [True, False])
def test_spend_by_frequency(bands: list[str], known: bool) -> None:
    n = np.arange(1.0, len(bands) + 1)
    table = pd.DataFrame(
        {
            "customers": np.arange(10, 10 + len(bands)),
            "mean_spend": 10 * n,
            "low": 9.0 * n if known else np.nan,
            "high": 12.0 * n if known else np.nan,
        },
        index=pd.Index(bands, name="frequency"),
    )
    drawn(figures.spend_by_frequency(table))


def test_a_dollar_in_a_name_is_a_dollar() -> None:
    table = pd.DataFrame({"pit_share": [0.9]}, index=["$x^2$"])
    (label,) = figures.coverage(table).axes[0].get_yticklabels()
    assert label.get_text() == "$x^2$"
    assert not label.get_parse_math()


def test_spend_of_nobody() -> None:
    drawn(figures.spend_by_frequency(pd.DataFrame(columns=["customers", "mean_spend", "low", "high"])))
