"""Every figure of the library has a call in clv.plot that draws it from a result object."""

import io
from collections.abc import Callable, Iterator
from functools import cache

import matplotlib
import matplotlib.pyplot as plt
import pandas as pd
import pytest
from matplotlib.figure import Figure

import clvlab as clv
from clvlab import figures, plot
from clvlab.churn import Study
from clvlab.evaluation import Comparison
from clvlab.notes import Note
from clvlab.value import ValueStudy

matplotlib.use("agg")


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    plt.close("all")


@cache
def value() -> ValueStudy:
    return clv.value_study(clv.datasets.cdnow(), method="laplace")


@cache
def comparison() -> Comparison:
    field = {"BG/NBD": clv.BGNBD(), "last_period": clv.baselines.LastPeriod()}
    return clv.compare(
        field, clv.datasets.cdnow(), spend=clv.GammaGamma(), calibration_end="1997-09-30", horizon=39, seed=1
    )


@cache
def churn() -> Study:
    return clv.churn.study(value="monthly_fee")


@cache
def base() -> clv.customers.Board:
    return clv.customers.board(clv.simulate.company(400).company(), measures=["nps", "churn_rate"])


@cache
def audited() -> clv.customers.Audit:
    return clv.customers.audit(clv.simulate.company(400).company())


@cache
def heard() -> pd.DataFrame:
    answers = clv.simulate.company(400).company().frame("surveys")
    return clv.customers.importance_performance(answers, overall="csat", items=["delivery", "price", "service"])


@cache
def campaigns() -> clv.customers.CampaignStudy:
    return clv.customers.campaign_study(clv.simulate.company(1200).company())


CALLS: dict[str, Callable[[], Figure]] = {
    "measures_over_time": lambda: plot.measures_over_time(base(), ["nps", "churn_rate"]),
    "measures_by_segment": lambda: plot.measures_by_segment(base(), "channel", ["nps"]),
    "bridge": lambda: plot.bridge(audited(), 2024, 2025),
    "deciles": lambda: plot.deciles(audited(), 2025),
    "campaign_effects": lambda: plot.campaign_effects(campaigns()),
    "cohort_chart": lambda: plot.cohort_chart(audited()),
    "cohort_lines": lambda: plot.cohort_lines(audited(), 2024, 2025),
    "heatmap": lambda: plot.heatmap(audited(), 2024, 2025),
    "contact_curve": lambda: plot.contact_curve(clv.contact_study(clv.datasets.cdnow(), cost=1.0, lift=0.2).plan),
    "importance_performance": lambda: plot.importance_performance(heard()),
    "tracking": lambda: plot.tracking(comparison(), cumulative=True),
    "by_frequency": lambda: plot.by_frequency(comparison(), competitors=["last_period"]),
    "by_recency": lambda: plot.by_recency(comparison()),
    "score_differences": lambda: plot.score_differences(comparison()),
    "score_intervals": lambda: plot.score_intervals(comparison(), "bias"),
    "coverage": lambda: plot.coverage(comparison()),
    "reliability": lambda: plot.reliability(comparison()),
    "strategies": lambda: plot.strategies(comparison(), share=0.2),
    "lift": lambda: plot.lift(comparison()),
    "profit": lambda: plot.profit(comparison(), cost=2.0, gain=0.3),
    "profit_differences": lambda: plot.profit_differences(comparison(), competitors=["last_period"]),
    "frequency_histogram": lambda: plot.frequency_histogram(value().purchases, value().histories),
    "recency_frequency": lambda: plot.recency_frequency(value().purchases, value().histories, 26),
    "prior_and_posterior": lambda: plot.prior_and_posterior(value().purchases, value().histories),
    "survival": lambda: plot.survival(clv.churn.kaplan_meier(churn().spells, by="plan")),
    "incidence": lambda: plot.incidence(churn().spells),
    "hazard_ratios": lambda: plot.hazard_ratios(churn_fit()),
    "schoenfeld": lambda: plot.schoenfeld(churn_fit()),
    "qini": lambda: plot.qini(next(each for each in campaigns().uplifts.values() if not isinstance(each, Note))),
    "rates": lambda: plot.rates(clv.churn.churn_rates(churn().spells)),
    "projection": lambda: plot.projection(churn()),
    "concentration": lambda: plot.concentration(value().value),
    "value_distribution": lambda: plot.value_distribution(value().value),
    "value_by_cohort": lambda: plot.value_by_cohort(value().value),
    "top_customers": lambda: plot.top_customers(value().value, most=5, locale=clv.words.Locale(currency="GBP")),
    "spend_by_frequency": lambda: plot.spend_by_frequency(value().value),
}


def churn_fit() -> clv.churn.CoxFit:
    fit = churn().fit
    assert fit is not None
    return fit


@pytest.mark.parametrize("name", CALLS)
def test_it_draws(name: str) -> None:
    figure = CALLS[name]()
    figure.savefig(io.BytesIO(), format="svg")
    assert any(axes.has_data() for axes in figure.axes)


def test_every_figure_has_its_call() -> None:
    assert set(plot.__all__) == set(figures.__all__) == set(CALLS)


def test_chances_of_leaving_are_drawn_too() -> None:
    assert plot.reliability(churn()).axes[0].has_data()


def test_what_cannot_be_drawn_says_why() -> None:
    with pytest.raises(clv.InputError, match="nothing of 'BGNBD' to draw; there is of: BG/NBD, last_period"):
        plot.tracking(comparison(), competitors=["BGNBD"])
    known = clv.BGNBD().at(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="week")
    with pytest.raises(clv.InputError, match="no draws"):
        plot.prior_and_posterior(known, value().histories)
