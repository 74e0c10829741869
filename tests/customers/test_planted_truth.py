"""What a simulated company's plan plants is found, and where nothing is planted nothing is."""

from collections import Counter

import pandas as pd
import pytest
from scipy import stats

import clvlab as clv
from clvlab.customers import MEASURES, BaseStudy, board, study
from clvlab.data.simulate import Plan
from clvlab.data.simulate import company as simulated

SEEDS = 100
CUSTOMERS = 1500


@pytest.fixture(scope="module")
def demo() -> BaseStudy:
    return study(clv.datasets.company())


def test_the_month_service_broke_down_is_the_only_odd_one(demo: BaseStudy) -> None:
    odd = demo.board.unusual
    assert set(odd["measure"]) == {"nps", "csat", "complaint_rate", "prompt_resolution"}
    # Complaints made in March are due in March and April.
    assert set(odd["period"]) == {pd.Timestamp("2025-03-01"), pd.Timestamp("2025-04-01")}
    assert list(odd.loc[odd["period"] == "2025-04-01", "measure"]) == ["prompt_resolution"]


def test_the_best_channel_is_told_from_the_others(demo: BaseStudy) -> None:
    assert isinstance(demo.channels, pd.DataFrame)
    assert demo.channels.index[0] == "referral"
    assert demo.channels.index[-1] == "advertising"
    assert demo.channels["ratio_low"].iloc[0] > demo.channels["ratio_high"].iloc[1]


def test_the_worse_cohort_is_the_only_one(demo: BaseStudy) -> None:
    cohorts = demo.board.cohorts
    told = cohorts[cohorts["news"]]
    assert list(told["segment"]) == ["2024Q2"]
    assert (told["change"] < 0).all()


def test_regions_do_not_differ(demo: BaseStudy) -> None:
    # Nothing of it is planted; of what is reported one in ten may be noise.
    assert demo.board.by("region")["news"].sum() <= 1


def band(nominal: float, n: int) -> tuple[float, float]:
    """Within which a share of n trials falls 99 times in 100."""
    low, high = stats.binom.interval(0.99, n, nominal)
    return low / n, high / n


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_nothing_is_found_where_nothing_is_planted() -> None:
    alarms: Counter[str] = Counter()
    trials: Counter[str] = Counter()
    anything: Counter[str] = Counter()
    for seed in range(SEEDS):
        found = board(simulated(CUSTOMERS, seed=seed, plan=Plan.nothing()).company())
        for where, table in (("region", found.by("region")), ("cohort", found.cohorts)):
            # One of each measure's segments: the others are compared with it and follow from it.
            for _, own in table.dropna(subset=["p_value"]).groupby("measure"):
                p_value = float(own["p_value"].iloc[seed % len(own)])
                trials[where] += 1
                alarms[where] += p_value < 0.05
            anything[where] += bool(table["news"].any())
        anything["months"] += len(found.unusual) > 0
    for where, n in trials.items():
        # Measures of one company go together: as good as a third of as many trials.
        low, high = band(0.05, n // 3)
        assert low <= alarms[where] / n <= high, (where, alarms[where] / n, low, high)
    # Where nothing is there, a discovery of any is a false one: at most the rate of false discovery, and chance.
    for where, n in anything.items():
        assert n / SEEDS <= band(0.10, SEEDS)[1], (where, n)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_intervals_hold_what_is_true() -> None:
    held: Counter[str] = Counter()
    trials: Counter[str] = Counter()
    winners = 0
    for seed in range(SEEDS):
        made = simulated(CUSTOMERS, seed=seed)
        told = study(made.company())
        history = told.board.history.set_index(["measure", "period"])
        truth = made.expected.months
        for month in ("2024-06", "2025-03", "2025-10"):
            when = pd.Timestamp(month)
            for measure, true in (("nps", truth.loc[month, "nps"]), ("csat", truth.loc[month, "csat"])):
                row = history.loc[(measure, when)]
                trials[measure] += 1
                held[measure] += row["low"] <= true <= row["high"]
        by = told.board.by("channel").set_index(["measure", "segment"])
        for channel, row in made.expected.channels.iterrows():
            own = by.loc[("lead_conversion", channel)]
            trials["lead_conversion"] += 1
            held["lead_conversion"] += own["low"] <= row["conversion"] <= own["high"]
        win = by.loc["win_rate"].iloc[0]
        trials["win_rate"] += 1
        held["win_rate"] += win["low"] <= made.plan.win <= win["high"]
        assert isinstance(told.channels, pd.DataFrame)
        winners += told.channels.index[0] == made.expected.channels["clv_to_cost"].idxmax()
    for measure, n in trials.items():
        low, high = band(0.95, n)
        assert low <= held[measure] / n <= high, (measure, held[measure] / n, low, high)
    assert winners >= 0.95 * SEEDS


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_changes_raise_alarms_as_often_as_they_say_where_nothing_changed() -> None:
    """Measures without a season: of a hundred companies each finds a change at .05 in about five."""
    # What was bought for how much has a season in its lines, but none in its mean.
    compared = [name for name, each in MEASURES.items() if each.steady] + ["margin_per_customer", "average_order_value"]
    alarms: Counter[str] = Counter()
    trials: Counter[str] = Counter()
    for seed in range(SEEDS):
        made = simulated(CUSTOMERS, seed=seed, plan=Plan.nothing()).company()
        for measure, p_value in board(made, measures=compared).table["p_value"].dropna().items():
            trials[str(measure)] += 1
            alarms[str(measure)] += p_value < 0.05
    # Rare events have few values, and p-values of few values reject less often: a test of one measure has no lower end.
    assert all(alarms[measure] / n <= band(0.05, n)[1] for measure, n in trials.items()), (alarms, trials)
    low, high = band(0.05, trials.total() // 3)
    assert low <= alarms.total() / trials.total() <= high
