"""What goes with the overall answer, comments by topic, and what customers did afterwards."""

from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.miscmodels.ordinal_model import OrderedModel

import clvlab as clv
from clvlab.customers.facts import facts
from clvlab.customers.voice.groups import by_group, distribution
from clvlab.customers.voice.later import Later, by_score, later, needs, score_and_later
from clvlab.customers.voice.text import mentions, read_topics, telling_words, topic_table
from clvlab.data.simulate import Plan
from clvlab.errors import FitError, InputError

ITEMS = ["quality", "price", "delivery", "service", "website"]


def by_brute_force(answers: pd.DataFrame, overall: str, items: list[str]) -> dict[str, float]:
    """Parts of R-squared averaged over all orders, each regression fitted by itself."""
    y = answers[overall].to_numpy(float)
    known: dict[frozenset[str], float] = {}

    def explained(chosen: frozenset[str]) -> float:
        if chosen not in known:
            x = np.column_stack([np.ones(len(y)), *(answers[name] for name in sorted(chosen))])
            left = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
            known[chosen] = 1.0 - left @ left / ((y - y.mean()) @ (y - y.mean()))
        return known[chosen]

    found = dict.fromkeys(items, 0.0)
    orders = 0
    for order in permutations(items):
        orders += 1
        for place, name in enumerate(order):
            found[name] += explained(frozenset(order[: place + 1])) - explained(frozenset(order[:place]))
    return {name: total / orders for name, total in found.items()}


def test_importance_is_the_mean_over_all_orders(shared_data: Path) -> None:
    answers = pd.read_csv(shared_data / "customer_sat.csv")
    items = [f"q{i}" for i in range(2, 10)]  # 40,320 orders
    found = clv.customers.drivers(answers, overall="q1", items=items)["importance"]
    slow = by_brute_force(answers, "q1", items)
    assert found.to_dict() == pytest.approx(slow, abs=1e-7)


def test_satisfaction_with_a_directory(shared_data: Path) -> None:
    answers = pd.read_csv(shared_data / "customer_sat.csv")
    study = clv.customers.voice_study(surveys=shared_data / "customer_sat.csv", overall="q1")
    assert study.items == tuple(f"q{i}" for i in range(2, 11))
    assert study.drivers.attrs["n"] == len(answers) == 1811
    assert list(study.drivers.index[:2]) == ["q4", "q6"]
    assert study.drivers.loc["q4", "importance"] == pytest.approx(study.drivers.attrs["r_squared"] * 0.2252, abs=5e-3)
    fit = OrderedModel(answers["q1"], answers[list(study.items)], distr="logit").fit(method="bfgs", disp=False)
    assert isinstance(study.ordinal, pd.DataFrame)
    assert np.allclose(study.ordinal["coefficient"].reindex(list(study.items)), fit.params[:9], atol=1e-3)


def test_mobile_phone_users(shared_data: Path) -> None:
    items = ["IMAG1", "PERQ1", "PERV1", "CUEX1"]
    study = clv.customers.voice_study(surveys=shared_data / "mobi.csv", overall="CUSA1", items=items)
    assert study.drivers["importance"].sum() == pytest.approx(study.drivers.attrs["r_squared"])
    assert isinstance(study.ordinal, pd.DataFrame)
    assert (study.ordinal["low"] <= study.ordinal["effect"]).all()


def world(n: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    told = pd.DataFrame(rng.integers(1, 11, (n, 3)), columns=["a", "b", "c"])
    latent = 0.5 * told["a"] + 0.25 * told["b"] + rng.logistic(size=n)
    return told.assign(y=np.digitize(latent, [2.0, 3.0, 4.5, 6.0]) + 1)


def test_ordinal_regression_recovers_what_is_true() -> None:
    found = clv.customers.ordinal_drivers(world(20_000, 1), overall="y", items=["a", "b", "c"], satisfied=4)
    assert found["coefficient"].to_dict() == pytest.approx({"a": 0.5, "b": 0.25, "c": 0.0}, abs=0.02)
    # The true change of P(y >= 4) per point: the coefficient times the mean density at the threshold of 4.5.
    told = world(20_000, 2)
    density = stats.logistic.pdf(4.5 - 0.5 * told["a"] - 0.25 * told["b"]).mean()
    assert found["effect"].to_dict() == pytest.approx({"a": 0.5 * density, "b": 0.25 * density, "c": 0.0}, abs=0.004)
    assert found.loc["c", "low"] < 0 < found.loc["c", "high"]


def test_intervals_of_effects_hold_the_truth() -> None:
    told = world(200_000, 3)
    truth = {"a": 0.5, "b": 0.25, "c": 0.0}
    density = stats.logistic.pdf(4.5 - 0.5 * told["a"] - 0.25 * told["b"]).mean()
    held = dict.fromkeys(truth, 0)
    for seed in range(60):
        found = clv.customers.ordinal_drivers(world(300, 100 + seed), overall="y", items=list(truth), satisfied=4)
        for name, slope in truth.items():
            held[name] += found.loc[name, "low"] <= slope * density <= found.loc[name, "high"]
    low, high = stats.binom.interval(0.99, 180, 0.95)
    assert low <= sum(held.values()) <= high


def test_what_cannot_be_fitted_says_why() -> None:
    told = world(100, 1)
    with pytest.raises(InputError, match="the same"):
        clv.customers.ordinal_drivers(told.assign(c=1), overall="y", items=["a", "c"])
    with pytest.raises(InputError, match="among the items"):
        clv.customers.ordinal_drivers(told, overall="y", items=["a", "y"])
    with pytest.raises(InputError, match="satisfied="):
        clv.customers.ordinal_drivers(told, overall="y", items=["a", "b"], satisfied=99)
    with pytest.raises(FitError, match="Leave out items"):
        clv.customers.ordinal_drivers(told.assign(c=told["a"]), overall="y", items=["a", "c"])


def test_topics_are_counted_as_written() -> None:
    comments = pd.Series(["Delivery was late", "快递太慢，价格也贵", "ok", "  ", None, "delivery was late"])
    found = mentions(comments)
    assert found["delivery"].tolist() == [True, True, False, False, False, True]
    assert found["price"].tolist() == [False, True, False, False, False, False]
    assert found["no_topic"].tolist() == [False, False, True, False, False, False]
    told = topic_table(comments, pd.Series([1, 2, 5, 5, 5, 2]))
    assert told.loc["delivery", "share"] == 3 / 4  # of comments written
    assert told.loc["delivery", "score"] == pytest.approx(5 / 3)
    assert told.index[-1] == "no_topic"


def test_topics_of_ones_own(tmp_path: Path) -> None:
    own = tmp_path / "topics.toml"
    own.write_text('[gifts]\nen = ["gift"]\nzh = ["礼物"]\n', encoding="utf-8")
    assert mentions(pd.Series(["a gift", "送礼物"]), read_topics(own))["gifts"].all()
    for text, said in (("gifts = 1", "holds no topics"), ("[gifts]\nen = []", "no words for gifts"), ("[", "holds no")):
        own.write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match=said):
            read_topics(own)
    with pytest.raises(InputError, match="no file of topics"):
        read_topics(tmp_path / "none.toml")


def test_words_that_tell_groups_apart() -> None:
    comments = pd.Series(["slow courier"] * 30 + ["lovely tea"] * 30 + ["tea"] * 5)
    low = pd.Series([True] * 30 + [False] * 35)
    found = telling_words(comments, low, ~low)
    assert set(found.index[found["group"] == "low"]) == {"slow", "courier"}
    assert set(found.index[found["group"] == "high"]) == {"lovely", "tea"}
    assert telling_words(comments, low, low & False).empty


def test_scores_by_group() -> None:
    answers = pd.DataFrame({"nps": [10, 0, None, 9, 9], "csat": [5, 1, None, 4, 5], "invited": True})
    found = by_group(answers, pd.Series(["a", "a", "a", "b", None])).set_index(["measure", "segment"])
    assert found.loc[("nps", "a"), ["value", "n"]].tolist() == [0.0, 2]
    assert found.loc[("nps", "b"), "value"] == 100.0
    assert found.loc[("response_rate", "a"), "value"] == pytest.approx(2 / 3)
    given = distribution(answers, ["nps", "csat"])
    assert given.loc[("nps", 9.0), ["answers", "share"]].tolist() == [2, 0.5]


def small(**tables: pd.DataFrame) -> Later:
    """Ten days apart: customers 0 to 39 buy on the first days, the even ones again after the cut."""
    first = [(f"c{i}", f"2024-01-{1 + i % 28:02d}", 10.0) for i in range(40)]
    again = [(f"c{i}", "2024-09-01", 30.0) for i in range(0, 40, 2)]
    orders = pd.DataFrame([*first, *again], columns=["customer", "date", "amount"])
    company = clv.read_company({"orders": orders, **tables}, as_of="2024-10-01")
    return later(facts(company, threshold=100))


def test_only_what_came_before_counts_as_said_and_only_what_came_after_as_done() -> None:
    surveys = pd.DataFrame({
        "customer": [f"c{i}" for i in range(40)] * 2,
        "date": ["2024-03-01"] * 40 + ["2024-09-15"] * 40,  # the cut is on 4 April
        "csat": [5 if i % 2 == 0 else 2 for i in range(40)] + [1] * 40,
    })  # fmt: skip
    found = small(surveys=surveys)
    assert found.here.sum() == 40
    told = by_score(found, "csat")
    assert told["left"].to_dict() == {2.0: 1.0, 5.0: 0.0}
    row = score_and_later(found, "csat")
    assert row.loc["left", "per_point"] == pytest.approx(-1 / 3)
    assert row.loc["spend", "per_point"] == pytest.approx(10.0)


def test_needs_are_compared_with_other_needs() -> None:
    complaints = pd.DataFrame({
        "customer": [f"c{i}" for i in range(40)], "opened": "2024-03-01",
        "topic": ["late" if i % 2 else "price" for i in range(40)],
    })  # fmt: skip
    found = needs(small(complaints=complaints)).set_index("need")
    assert found.loc["late", ["customers", "others", "left", "left_others", "difference"]].tolist() == [20, 20, 1, 0, 1]
    assert found.loc["late", "news"]
    assert found.loc["late", ["spend", "spend_others"]].tolist() == [0.0, 30.0]


def test_drivers_of_the_demo_company_are_as_planted() -> None:
    answers = clv.datasets.company().frame("surveys")
    plan = Plan()
    effects = clv.customers.ordinal_drivers(answers, overall="csat", items=ITEMS)
    planted = sorted(plan.drivers, key=lambda item: -plan.drivers[item])
    assert list(effects.index) == planted
    found = clv.customers.importance_performance(answers, overall="csat", items=ITEMS)
    assert found.index[0] == planted[0]


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_intervals_hold_what_is_true_over_many_companies() -> None:
    """Truth is what a company of 300,000 customers shows; intervals and alarms are those of 100 companies of 3,000."""
    truth = _found(clv.simulate.company(300_000, seed=1))
    nothing = {"left", "spend"}
    held: dict[str, int] = {}
    trials: dict[str, int] = {}
    alarms = [0, 0]
    ordered = 0
    for seed in range(100):
        rows = _found(clv.simulate.company(3_000, seed=1_000 + seed))
        for name, (low, high, _) in rows.items():
            if name in truth:
                kind = name.split(":")[0]
                trials[kind] = trials.get(kind, 0) + 1
                held[kind] = held.get(kind, 0) + (low <= truth[name][2] <= high)
        values = {name.split(":")[1]: rows[name][2] for name in rows if name.startswith("effect:")}
        ordered += max(values, key=lambda item: values[item]) == "delivery"
        null = _found(clv.simulate.company(3_000, seed=2_000 + seed, plan=Plan.nothing()))
        for name, (low, high, _) in null.items():
            if name.split(":")[0] in nothing or name.startswith("complaint:"):
                alarms[0] += not low <= 0.0 <= high
                alarms[1] += 1
    assert ordered >= 99
    for kind, n in trials.items():
        # Items and topics of one company go together: as good as a third of as many trials.
        low, high = stats.binom.interval(0.99, max(n // 3, 100), 0.95)
        assert low / max(n // 3, 100) <= held[kind] / n <= high / max(n // 3, 100), (kind, held[kind] / n)
    low, high = stats.binom.interval(0.99, alarms[1] // 3, 0.05)
    assert low <= alarms[0] / 3 <= high, alarms


def _found(made: clv.simulate.SimulatedCompany) -> dict[str, tuple[float, float, float]]:
    """Name to low, high and value of effects, importance, differences per point and needs."""
    company = made.company()
    answers = company.frame("surveys")
    rows: dict[str, tuple[float, float, float]] = {}
    for item, row in clv.customers.ordinal_drivers(answers, overall="csat", items=ITEMS).iterrows():
        rows[f"effect:{item}"] = (row["low"], row["high"], row["effect"])
    for item, row in clv.customers.drivers(answers, overall="csat", items=ITEMS).iterrows():
        rows[f"importance:{item}"] = (row["low"], row["high"], row["importance"])
    found = later(facts(company, threshold=150))
    for outcome, row in score_and_later(found, "csat").iterrows():
        rows[f"{outcome}:csat"] = (row["low"], row["high"], row["per_point"])
    for _, row in needs(found).iterrows():
        rows[f"{row['source']}:{row['need']}"] = (row["low"], row["high"], row["difference"])
    return rows
