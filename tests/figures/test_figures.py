"""Every figure draws, from ordinary tables and from odd ones, with its axes labelled. Warnings are errors."""

import inspect
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from clvlab import figures
from clvlab.pages.customer_value import histogram, lorenz
from clvlab.words import Locale

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
    for series, label in [("actual", ""), *(("forecast", label) for label in labels)]:
        for period in range(1 - periods, periods + 1):
            held = period > 0
            value = np.nan if series == "forecast" and not held and not calibrated else 10.0 + period
            banded = bands and held and series == "forecast"
            rows.append(
                {
                    "series": series,
                    "competitor": label,
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
@pytest.mark.parametrize("labels", [["BG/NBD", "mean"], ODD, ["actual", "last_period"], []])
def test_tracking(labels: list[str], cumulative: bool) -> None:
    figure = drawn(figures.tracking(tracking(labels), labels, unit="week", cumulative=cumulative), labelled="")
    assert figure.axes[0].get_title(loc="left")


@pytest.mark.parametrize("cumulative", [False, True])
def test_tracking_without_bands_or_calibration_or_time(cumulative: bool) -> None:
    for table in (tracking(["m"], bands=False), tracking(["m"], calibrated=False), tracking(["m"], periods=1)):
        drawn(figures.tracking(table, ["m"], unit="week", cumulative=cumulative), labelled="")


@pytest.mark.parametrize("labels", [["BG/NBD", "mean"], ODD])
@pytest.mark.parametrize("top", [0, 1, 7])
def test_by_frequency(labels: list[str], top: int) -> None:
    table = pd.DataFrame(
        [
            {"competitor": label, "frequency": f, "customers": 1000 - f, "actual": 0.3 * f, "expected": 0.25 * f}
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


@pytest.mark.parametrize("maxima", [None, {}, {"r": 0.24}, {"r": 1e9}])
@pytest.mark.parametrize("names", [["r"], ["r", "alpha"]])
def test_prior_and_posterior(names: list[str], maxima: dict[str, float] | None) -> None:
    x = np.linspace(0.1, 2.0, 50)
    densities = pd.concat(
        pd.DataFrame({"parameter": name, "value": x, "prior": 1 / x, "posterior": np.exp(-x)}) for name in names
    )
    figure = drawn(figures.prior_and_posterior(densities, maxima=maxima), labelled="")
    assert [axes.get_title(loc="left") for axes in figure.axes] == names


VALUES = {
    "ordinary": np.random.default_rng(2).lognormal(3.0, 1.0, 500),
    "one customer": np.array([12.5]),
    "all alike": np.full(40, 3.0),
    "with zeros": np.array([0.0] * 30 + [5.0, 10.0, 1000.0]),
    "two": np.array([1e-6, 1e9]),
    "nothing at all": np.zeros(5),
}


@pytest.mark.parametrize("values", VALUES.values(), ids=VALUES)
@pytest.mark.parametrize("kind", ["money", "number"])
def test_value_of_the_base(kind: Any, values: np.ndarray) -> None:
    drawn(figures.concentration(lorenz(pd.Series(values))))
    drawn(figures.value_distribution(kind=kind, **histogram(pd.Series(values))))


@pytest.mark.parametrize("cohorts", [["2024-01"], ["2024-01", "2024-02"], [f"20{y}-01" for y in range(10, 60)]])
@pytest.mark.parametrize("gap", [None, "past_value", "clv_low"])
@pytest.mark.parametrize("kind", ["money", "number"])
def test_value_by_cohort(cohorts: list[str], gap: str | None, kind: Any) -> None:
    n = np.arange(1.0, len(cohorts) + 1)
    table = pd.DataFrame({"past_value": 50 * n, "clv": 30 * n, "clv_low": 25 * n, "clv_high": 40 * n}, index=cohorts)
    if gap:
        table[gap] = np.nan
    drawn(figures.value_by_cohort(table, kind=kind))


@pytest.mark.parametrize("measures", [["nps"], ["nps", "revenue", "churn_rate", "$x"]])
def test_measures_over_time(measures: list[str]) -> None:
    months = pd.date_range("2024-01-01", periods=5, freq="MS")
    table = pd.DataFrame([
        {"measure": name, "period": month, "value": i, "low": i - 1.0, "high": i + 1.0}
        for name in measures for i, month in enumerate(months)
    ])  # fmt: skip
    table.loc[2, ["value", "low", "high"]] = np.nan
    kinds: Any = dict.fromkeys(measures, "number")
    drawn(figures.measures_over_time(table, kinds, targets={"nps": 0.0}), labelled="")


@pytest.mark.parametrize("segments", [["a"], ODD])
def test_measures_by_segment(segments: list[str]) -> None:
    rows = [{"measure": "nps", "segment": name, "value": 1.0, "low": 0.5, "high": np.nan} for name in segments]
    table = pd.DataFrame([{"measure": "nps", "segment": None, "value": 1.0}, *rows])
    drawn(figures.measures_by_segment(table, {"nps": "number", "csat": "percent"}), labelled="")


@pytest.mark.parametrize("amounts", [[100.0, -30.0, 40.0, 110.0], [-5.0, -5.0, 0.0, -10.0], [0.0, 0.0]])
def test_bridge(amounts: list[float]) -> None:
    steps = ["before", *["lost", "new"][: len(amounts) - 2], "after"]
    table = pd.DataFrame({"profit": amounts}, index=steps)
    figure = drawn(figures.bridge(table, ends=("2023", ODD[0])), labelled="")
    assert {"2023", ODD[0]} <= texts(figure)


@pytest.mark.parametrize("share", [np.linspace(0.4, 0.0, 10), np.full(10, np.nan), np.linspace(1.1, -0.1, 10)])
def test_deciles(share: Any) -> None:
    drawn(figures.deciles(pd.DataFrame({"share": share}, index=range(1, 11))))


@pytest.mark.parametrize("cells", [[[1.0]], [[0.0, np.nan], [5.0, 2.0]], [[np.nan, np.nan]]])
def test_heatmap(cells: list[list[float]]) -> None:
    table = pd.DataFrame(cells, index=[*ODD[: len(cells) - 1], "absent"], columns=[*ODD[: len(cells[0]) - 1], "absent"])
    drawn(figures.heatmap(table, rows="audit.axes.bought", columns="audit.axes.also"))


@pytest.mark.parametrize("items", [["price"], ODD])
def test_importance_performance(items: list[str]) -> None:
    table = pd.DataFrame({"importance": 0.2, "score": 5.0}, index=items)
    for name in ("importance", "score"):
        table[f"{name}_low"], table[f"{name}_high"] = table[name] * 0.9, np.nan
    drawn(figures.importance_performance(table))


@pytest.mark.parametrize("cohorts", [["before"], ["2021", "2022"], [str(year) for year in range(2000, 2020)]])
def test_cohorts(cohorts: list[str]) -> None:
    table = pd.DataFrame(-1.0, index=range(3), columns=cohorts)
    table.iloc[0, 0], table.iloc[1, -1] = 5.0, np.nan
    drawn(figures.cohort_chart(table, axis="audit.axes.profit"), labelled="y")
    drawn(figures.cohort_lines(table, axis="audit.axes.indexed", kind="percent"))


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


# Survival


def curves(groups: list[str], *, events: bool = True) -> pd.DataFrame:
    parts = []
    for group in groups:
        time = np.array([1.0, 2.0, 5.0])
        left = np.array([0.9, 0.7, 0.4]) if events else np.ones(3)
        parts.append(
            pd.DataFrame({"group": group, "time": time, "survival": left, "low": left - 0.1, "high": left,
                          "censored": [0, 3, 1], "at_risk": [50, 30, 10], "last": 6.0})
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize("groups", [["all"], ["no", "yes"], ODD])
@pytest.mark.parametrize("events", [True, False])
@pytest.mark.parametrize("unit", ["day", "year"])
def test_survival(groups: list[str], events: bool, unit: str) -> None:
    figure = drawn(figures.survival(curves(groups, events=events), unit=unit, title=ODD[0]), labelled="y")
    assert figure.axes[1].get_xlabel() == f"Tenure, {unit}s"


@pytest.mark.parametrize("reasons", [["price"], ODD])
def test_incidence(reasons: list[str]) -> None:
    table = pd.DataFrame(
        [{"reason": reason, "time": t, "incidence": 0.05 * t} for reason in reasons for t in (1.0, 2.0)]
    )
    drawn(figures.incidence(table, unit="month"))


@pytest.mark.parametrize("names", [["x"], ODD])
def test_hazard_ratios(names: list[str]) -> None:
    ratio = np.linspace(0.3, 3.0, len(names))
    table = pd.DataFrame({"hazard_ratio": ratio, "low": ratio * 0.8, "high": ratio * 1.3}, index=names)
    figure = drawn(figures.hazard_ratios(table), labelled="x")
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == names


@pytest.mark.parametrize("names", [["x"], ["a", "b"], ODD])
def test_schoenfeld(names: list[str]) -> None:
    table = pd.DataFrame(
        [{"covariate": name, "coefficient": 0.5, "tenure": t, "mean": 0.4, "low": 0.1, "high": 0.7}
         for name in names for t in (1.0, 2.0, 3.0)]
    )  # fmt: skip
    drawn(figures.schoenfeld(table, unit="month"), labelled="")


@pytest.mark.parametrize("ways", [["churn"], ["churn", "value_churn", "lifecycle_churn"]])
@pytest.mark.parametrize("periods", [2, 30])
def test_rates(ways: list[str], periods: int) -> None:
    n = np.linspace(0.01, 0.1, periods)
    table = pd.DataFrame(
        dict.fromkeys(ways, n) | {"churn_low": n / 2, "churn_high": n * 2},
        index=pd.period_range("2024-01", periods=periods, freq="M"),
    )
    table.iloc[-1, 0] = np.nan
    drawn(figures.rates(table, ways=ways), labelled="y")


def test_projection() -> None:
    later = pd.DataFrame({"survival": 0.5, "survival_low": 0.4, "survival_high": 0.6}, index=np.arange(13))
    projected = {"shifted_beta_geometric": later, ODD[0]: later}
    figure = drawn(figures.projection(curves(["all"]), projected, unit="month"))
    assert "Shifted beta-geometric" in texts(figure)


# Scores, chances and decisions


@pytest.mark.parametrize("names", [["last_period"], [*ODD, "actual"]])
def test_score_intervals(names: list[str]) -> None:
    n = np.arange(1.0, len(names) + 1)
    table = pd.DataFrame({"mean": n, "low": n - 0.5, "high": n + 0.5}, index=names)
    figure = drawn(figures.score_intervals(table, "mae", names[0]), labelled="x")
    assert figure.axes[0].get_xlabel() == "Mean absolute error of expected purchases"


@pytest.mark.parametrize("of", ["buying", "leaving"])
@pytest.mark.parametrize("names", [["cox"], ODD])
def test_reliability(of: str, names: list[str]) -> None:
    n = np.array([0.1, 0.5, 0.8])
    table = pd.DataFrame({"predicted": n, "observed": n + 0.05, "low": n - 0.1, "high": n + 0.1})
    drawn(figures.reliability(dict.fromkeys(names, table), of=of))


STRATEGIES = [("competitor", "actual"), ("competitor", "last_period"), ("rule", "recency"), ("random", "random"),
              ("competitor", "random"), ("hindsight", "hindsight")]  # fmt: skip


@pytest.mark.parametrize("shown", [[], ["last_period"], ["actual", "last_period", "random"]])
def test_curves_of_strategies(shown: list[str]) -> None:
    share = np.linspace(0, 1, 11)
    names = pd.MultiIndex.from_tuples(STRATEGIES, names=["kind", "strategy"])
    table = pd.DataFrame({i: share ** (0.2 * i + 0.2) for i in range(len(STRATEGIES))}, index=share)
    table.columns = names
    drawn(figures.lift(table, shown))
    long = pd.concat([
        pd.DataFrame({"kind": kind, "strategy": name, "share": share, "profit": 100 * table[kind, name] - 50})
        for kind, name in table.columns
    ])  # fmt: skip
    figure = drawn(figures.profit(long, shown))
    known = [text.get_text() for text in figure.legends[0].get_texts()]
    assert known[:3] == ["by recency", "at random", "in hindsight"]
    assert known[3:] == [{"last_period": "last period"}.get(each, each) for each in shown]


@pytest.mark.parametrize("shown", [[], ["last_period"], ["actual", "last_period", "random"]])
def test_profit_differences(shown: list[str]) -> None:
    share = np.linspace(0, 1, 11)
    long = pd.concat([
        pd.DataFrame({"kind": "competitor", "strategy": name, "share": share, "difference": 9 * share,
                      "low": -share, "high": 20 * share})
        for name in shown or ["nobody"]
    ])  # fmt: skip
    figure = drawn(figures.profit_differences(long, shown), labelled="")
    assert texts(figure) >= {"Share of customers contacted", "Profit minus that of the best simple rule"}
    assert texts(figure) >= {{"last_period": "last period"}.get(each, each) for each in shown}


@pytest.mark.parametrize("contacted", [0, 5, 10])
def test_contact_curve(contacted: int) -> None:
    number = np.arange(11)
    expected, ends = 9.0 * number - number**2, {"profit_low": -1.0 * number, "profit_high": 20.0 * number}
    curve = pd.DataFrame({"profit": expected, **ends}, index=pd.Index(number, name="contacted"))
    figure = drawn(figures.contact_curve(curve, contacted), labelled="")
    assert texts(figure) >= {"Customers contacted", "Expected profit"}
    ((x, y),) = figure.axes[0].collections[-1].get_offsets()
    assert (x, y) == (contacted, 9.0 * contacted - contacted**2)


@pytest.mark.parametrize("arms", [[("spring", "mail")], [(name, "<b>") for name in ODD]])
def test_campaign_effects(arms: list[tuple[str, str]]) -> None:
    n = np.arange(1.0, len(arms) + 1)
    table = pd.DataFrame({"value": n, "error": 1.0, "pooled": 0.8 * n, "low": 0.8 * n - 1.0, "high": 0.8 * n + 1.0},
                         index=pd.MultiIndex.from_tuples(arms, names=["campaign", "arm"]))  # fmt: skip
    figure = drawn(figures.campaign_effects(table, 0.5), labelled="x")
    measured, again = (dots.get_offsets()[::-1] for dots in figure.axes[0].collections[1::2])
    np.testing.assert_allclose(measured[:, 0], n)
    np.testing.assert_allclose(again[:, 0], 0.8 * n)
    assert len(figure.axes[0].get_yticklabels()) == len(arms)


def test_qini() -> None:
    share = np.linspace(0.0, 1.0, 51)
    beyond = 0.1 * share * (1.0 - share)
    curve = pd.DataFrame({"gain": 0.05 * share + beyond, "random": 0.05 * share, "beyond_low": beyond - 0.01,
                          "beyond_high": beyond + 0.01}, index=share)  # fmt: skip
    figure = drawn(figures.qini(curve))
    random, gain = figure.axes[0].lines[:2]
    np.testing.assert_allclose(gain.get_ydata() - random.get_ydata(), beyond, atol=1e-12)
    band = figure.axes[0].collections[0].get_datalim(figure.axes[0].transData)
    assert (band.y0, band.y1) == pytest.approx((-0.01, float((0.05 * share + beyond + 0.01).max())))


def test_strategies() -> None:
    n = np.arange(1.0, len(STRATEGIES) + 1) / 10
    table = pd.DataFrame({"captured": n, "low": n - 0.1, "high": n + 0.1},
                         index=pd.MultiIndex.from_tuples(STRATEGIES))  # fmt: skip
    figure = drawn(figures.strategies(table), labelled="x")
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()][::-1]
    assert labels == ["actual", "last period", "by recency", "at random", "random", "in hindsight"]


# Histories


@pytest.mark.parametrize("n", [1, 8])
def test_frequency_histogram(n: int) -> None:
    share = np.full(n, 1 / n)
    table = pd.DataFrame({"observed": share, "mean": share, "low": share / 2, "high": share * 1.5},
                         index=[str(i) for i in range(n)])  # fmt: skip
    drawn(figures.frequency_histogram(table))


def test_recency_frequency() -> None:
    grid = np.outer(np.arange(4.0), np.arange(5.0))
    figure = drawn(figures.recency_frequency(np.arange(4.0), np.arange(5.0), grid / 20, grid, unit="week", age=39.0))
    assert figure.axes[0].get_xlabel() == "Age at the last purchase, weeks (age now 39)"


@pytest.mark.parametrize("labels", [[], ["last_period", ODD[1]]])
def test_by_recency(labels: list[str]) -> None:
    table = pd.DataFrame(
        [{"competitor": label, "time_since_last_purchase": t, "actual": 1.0, "expected": 0.9}
         for label in labels for t in (1.0, 8.0)],
        columns=["competitor", "time_since_last_purchase", "actual", "expected"],
    )  # fmt: skip
    drawn(figures.by_recency(table, labels, unit="week"))


# Words


def texts(figure: Figure) -> set[str]:
    from matplotlib.text import Text

    return {text.get_text() for text in figure.findobj(Text)}


def test_figures_speak_the_readers_language(toy: str) -> None:
    reader = Locale(toy, "CNY")
    figure = figures.top_customers(pd.DataFrame({"clv": [250_000.0], "clv_low": 200_000.0, "clv_high": 300_000.0,
                                                 "value_low": 0.0, "value_high": 500_000.0}),
                                   locale=reader)  # fmt: skip
    drawn(figure, labelled="x")
    assert figure.axes[0].get_xlabel() == "VALUE OF A CUSTOMER OVER THE HORIZON"
    assert any("万" in text for text in texts(figure))
    tracked = figures.tracking(tracking(["last_period"]), ["last_period"], unit="week", locale=reader)
    assert {"LAST PERIOD", "ACTUAL", " FORECAST BEGINS"} <= texts(tracked)


def test_a_competitor_called_actual_is_told_from_what_happened() -> None:
    figure = drawn(figures.tracking(tracking(["actual"]), ["actual"], unit="week"), labelled="")
    assert [text.get_text() for text in figure.axes[0].texts].count("actual") == 2


def test_every_figure_takes_a_locale_and_is_tested() -> None:
    tested = Path(__file__).read_text(encoding="utf-8")
    for name in figures.__all__:
        assert "locale" in inspect.signature(getattr(figures, name)).parameters
        assert f"figures.{name}(" in tested
