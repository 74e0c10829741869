"""Scores of survival forecasts: as scikit-survival computes them, as the truth should score, and refusals in words."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from sksurv import metrics
from sksurv.nonparametric import CensoringDistributionEstimator, kaplan_meier_estimator
from sksurv.util import Surv

from clvlab.churn import censoring, scores
from clvlab.errors import InputError


@dataclass(frozen=True)
class Sample:
    """Customers leave at rate exp(risk) / 10; ``kind`` says how they are observed."""

    kind: str
    seed: int
    n: int = 600

    def draw(self) -> dict[str, np.ndarray]:
        rng = np.random.default_rng(self.seed)
        risk = rng.normal(0.0, 0.8, self.n)
        leaves = rng.exponential(10.0 / np.exp(risk))
        ends = rng.exponential({"heavy": 2.0}.get(self.kind, 15.0), self.n)
        duration, event = np.minimum(leaves, ends), leaves <= ends
        if self.kind == "months":
            leaves, ends = np.ceil(leaves), np.minimum(np.ceil(ends), 24.0)
            duration, event, risk = np.minimum(leaves, ends), leaves <= ends, np.round(risk, 1)
        return {"risk": risk, "duration": duration, "event": event}


KINDS = ["continuous", "months", "heavy"]
SEEDS = [1, 2, 3]


@pytest.fixture(params=[(kind, seed) for kind in KINDS for seed in SEEDS], ids=lambda of: f"{of[0]}-{of[1]}")
def case(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Held-out customers, training customers, times to score at and survival at them."""
    kind, seed = request.param
    held, train = Sample(kind, seed).draw(), Sample(kind, seed + 100, 900).draw()
    last = min(held["duration"].max(), train["duration"][~train["event"]].max())
    times = np.arange(2.0, 22.0, 4.0) if kind == "months" else np.quantile(held["duration"], [0.1, 0.3, 0.5, 0.8, 0.95])
    return {
        **held,
        "times": times,
        "survival": np.exp(-np.exp(held["risk"])[:, None] * times / 10.0),
        "until": float(np.quantile(held["duration"], 0.9)),
        "last": last,
        "train": {"train_duration": train["duration"], "train_event": train["event"]},
        "y": Surv.from_arrays(held["event"], held["duration"]),
        "y_train": Surv.from_arrays(train["event"], train["duration"]),
    }


def customers(case: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    return case["duration"], case["event"]


def test_censoring_survival_as_scikit_survival(case: dict[str, Any]) -> None:
    theirs = CensoringDistributionEstimator().fit(case["y_train"])
    ours = censoring.censoring_survival(case["train"]["train_duration"], case["train"]["train_event"])
    at = np.concatenate([[0.0], np.sort(case["duration"][case["duration"] <= case["last"]])])
    np.testing.assert_allclose(ours.at(at), theirs.predict_proba(at), rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(ours.before(at), ours.at(np.nextafter(at, -1.0)), rtol=1e-12)


def test_concordance_as_scikit_survival(case: dict[str, Any]) -> None:
    theirs = metrics.concordance_index_censored(case["event"], case["duration"], case["risk"])[0]
    assert scores.concordance(case["risk"], *customers(case)) == pytest.approx(theirs, abs=1e-8)


def test_concordance_ipcw_as_scikit_survival(case: dict[str, Any]) -> None:
    theirs = metrics.concordance_index_ipcw(case["y_train"], case["y"], case["risk"], tau=case["until"])[0]
    ours = scores.concordance_ipcw(case["risk"], *customers(case), **case["train"], until=case["until"])
    assert ours == pytest.approx(theirs, abs=1e-8)


def test_concordance_ipcw_to_the_end_as_scikit_survival(case: dict[str, Any]) -> None:
    kept = case["duration"] < case["last"]
    risk, duration, event = case["risk"][kept], case["duration"][kept], case["event"][kept]
    theirs = metrics.concordance_index_ipcw(case["y_train"], case["y"][kept], risk)[0]
    assert scores.concordance_ipcw(risk, duration, event, **case["train"]) == pytest.approx(theirs, abs=1e-8)


def scored_as_theirs(case: dict[str, Any]) -> dict[str, Any]:
    """Customers past the training follow-up left out: scikit-survival asks for their weights though none counts."""
    kept = (case["duration"] < case["last"]) | ~case["event"]
    return {**case, **{name: case[name][kept] for name in ("risk", "duration", "event", "survival", "y")}}


def test_auc_as_scikit_survival(case: dict[str, Any]) -> None:
    case = scored_as_theirs(case)
    theirs, their_mean = metrics.cumulative_dynamic_auc(case["y_train"], case["y"], case["risk"], case["times"])
    ours, mean = scores.auc_at(case["risk"], *customers(case), case["times"], **case["train"])
    np.testing.assert_allclose(ours, theirs, atol=1e-8)
    assert mean == pytest.approx(their_mean, abs=1e-8)


def test_brier_as_scikit_survival(case: dict[str, Any]) -> None:
    kept = case["duration"] <= case["last"]
    case = {**case, **{name: case[name][kept] for name in ("duration", "event", "survival", "y")}}
    _, theirs = metrics.brier_score(case["y_train"], case["y"], case["survival"], case["times"])
    ours = scores.brier_at(case["survival"], *customers(case), case["times"], **case["train"])
    np.testing.assert_allclose(ours, theirs, atol=1e-8)
    integrated = metrics.integrated_brier_score(case["y_train"], case["y"], case["survival"], case["times"])
    ours_integrated = scores.integrated_brier(case["survival"], *customers(case), case["times"], **case["train"])
    assert ours_integrated == pytest.approx(integrated, abs=1e-8)


def test_concordance_of_every_small_sample_by_counting_pairs() -> None:
    rng = np.random.default_rng(4)
    for _ in range(300):
        n = int(rng.integers(2, 9))
        risk, duration, event = rng.integers(0, 4, n), rng.integers(0, 4, n), rng.random(n) < 0.7
        won = pairs = 0.0
        for i in np.flatnonzero(event):
            for j in range(n):
                if duration[j] > duration[i] or (duration[j] == duration[i] and not event[j]):
                    pairs += 1
                    won += float(risk[j] < risk[i]) + 0.5 * float(risk[j] == risk[i])
        if pairs:
            assert scores.concordance(risk, duration, event) == pytest.approx(won / pairs, abs=1e-12)


@pytest.fixture(scope="module")
def large() -> dict[str, np.ndarray]:
    return Sample("continuous", 7, 20_000).draw()


@pytest.fixture(scope="module")
def train() -> dict[str, np.ndarray]:
    drawn = Sample("continuous", 8, 20_000).draw()
    return {"train_duration": drawn["duration"], "train_event": drawn["event"]}


@pytest.mark.parametrize(("model", "expected", "within"), [("same", 0.5, 1e-12), ("random", 0.5, 0.02)])
def test_a_null_model_scores_one_half(
    large: dict[str, np.ndarray], train: dict[str, np.ndarray], model: str, expected: float, within: float
) -> None:
    n = len(large["duration"])
    risk = np.ones(n) if model == "same" else np.random.default_rng(9).random(n)
    held = risk, large["duration"], large["event"]
    assert scores.concordance(*held) == pytest.approx(expected, abs=within)
    assert scores.concordance_ipcw(*held, **train, until=20.0) == pytest.approx(expected, abs=within)
    auc, mean = scores.auc_at(*held, [2.0, 5.0, 10.0], **train)
    assert [*auc, mean] == pytest.approx([expected] * 4, abs=within)


def test_a_perfect_ordering_scores_one(large: dict[str, np.ndarray], train: dict[str, np.ndarray]) -> None:
    held = -large["duration"], large["duration"], large["event"]
    assert scores.concordance(*held) == 1.0
    assert scores.concordance_ipcw(*held, **train, until=20.0) == pytest.approx(1.0, abs=1e-12)
    auc, mean = scores.auc_at(*held, [2.0, 5.0, 10.0], **train)
    assert [*auc, mean] == pytest.approx([1.0] * 4, abs=1e-12)


def test_unos_c_does_not_move_with_censoring() -> None:
    found = []
    for kind in ("continuous", "heavy"):
        held, other = Sample(kind, 10, 40_000).draw(), Sample(kind, 11, 40_000).draw()
        train = {"train_duration": other["duration"], "train_event": other["event"]}
        found.append(scores.concordance_ipcw(held["risk"], held["duration"], held["event"], **train, until=6.0))
    assert found[0] == pytest.approx(found[1], abs=0.01)


def test_brier_of_the_truth_is_below_kaplan_meiers(large: dict[str, np.ndarray], train: dict[str, np.ndarray]) -> None:
    times = np.array([2.0, 5.0, 10.0, 20.0])
    held = large["duration"], large["event"]
    truth = np.exp(-np.exp(large["risk"])[:, None] * times / 10.0)
    distinct, survival = kaplan_meier_estimator(large["event"], large["duration"])
    null = np.tile(survival[np.searchsorted(distinct, times, side="right") - 1], (len(truth), 1))
    ours, theirs = (scores.brier_at(chances, *held, times, **train) for chances in (truth, null))
    assert (ours < theirs).all()
    np.testing.assert_allclose(ours, (truth * (1.0 - truth)).mean(axis=0), atol=0.01)
    assert scores.integrated_brier(truth, *held, times, **train) < scores.integrated_brier(null, *held, times, **train)


def test_the_true_model_is_calibrated(large: dict[str, np.ndarray]) -> None:
    table = scores.calibration_at(np.exp(-np.exp(large["risk"]) * 0.5), large["duration"], large["event"], 5.0)
    assert table["customers"].tolist() == [2000] * 10
    assert table["predicted"].is_monotonic_increasing
    np.testing.assert_allclose(table["observed"], table["predicted"], atol=0.05)
    assert ((table["low"] < table["observed"]) & (table["observed"] < table["high"])).all()


def test_calibration_intervals_hold_nine_in_ten() -> None:
    inside = []
    for seed in range(60):
        held = Sample("continuous", 200 + seed, 1500).draw()
        table = scores.calibration_at(np.exp(-np.exp(held["risk"]) * 0.5), held["duration"], held["event"], 5.0)
        inside.append(table["predicted"].between(table["low"], table["high"]))
    assert np.mean(inside) == pytest.approx(0.9, abs=0.04)


def test_calibration_interval_as_scikit_survival(large: dict[str, np.ndarray]) -> None:
    held = large["duration"], large["event"]
    row = scores.calibration_at(np.full(20_000, 0.5), *held, 5.0).loc[0]
    times, survival, between = kaplan_meier_estimator(held[1], held[0], conf_level=0.9, conf_type="log-log")
    at = np.searchsorted(times, 5.0, side="right") - 1
    expected = [1 - survival[at], 1 - between[1, at], 1 - between[0, at]]
    assert [row["observed"], row["low"], row["high"]] == pytest.approx(expected, abs=1e-8)
    assert row["customers"] == 20_000


def test_calibration_where_nobody_all_or_unknown_left() -> None:
    duration = np.array([9.0] * 10 + [1.0, 2.0, 3.0, 4.0] + [2.0] * 6)
    event = np.array([False] * 10 + [True] * 4 + [False] * 6)
    survival = np.repeat([0.9, 0.1, 0.5], [10, 4, 6])
    none, unknown, everybody = scores.calibration_at(survival, duration, event, 5.0, bins=20).itertuples()
    assert (none.observed, none.low, none.high) == pytest.approx((0.0, 0.0, 1 - 0.05**0.1))
    assert (everybody.observed, everybody.low, everybody.high) == pytest.approx((1.0, 0.05**0.25, 1.0))
    assert np.isnan([unknown.observed, unknown.low, unknown.high]).all()
    assert unknown.customers == 6


TIME, LEFT = [1.0, 2.0, 3.0, 4.0], [True, True, False, False]
TRAIN = {"train_duration": TIME, "train_event": LEFT}
RISK = [4.0, 3.0, 2.0, 1.0]
CHANCES = [[0.9], [0.5], [0.5], [0.5]]
REFUSED: list[tuple[Callable[..., object], tuple[Any, ...], dict[str, Any], str]] = [
    (scores.concordance, (RISK[:3], TIME, LEFT), {}, r"shape \(4,\); found shape \(3,\)"),
    (scores.concordance, (RISK, TIME[:3], LEFT), {}, r"found shapes \(3,\) and \(4,\)"),
    (scores.concordance, ([], [], []), {}, "one value per customer"),
    (scores.concordance, ([1.0, np.nan, 2.0, 3.0], TIME, LEFT), {}, r"found 1 missing or infinite \(rows such as 1\)"),
    (scores.concordance, (RISK, [1.0, 2.0, np.inf, 3.0], LEFT), {}, "durations of customers must be finite"),
    (scores.concordance, (RISK, [1.0, 2.0, -3.0, 4.0], LEFT), {}, "found 1, the lowest -3 in row 2"),
    (scores.concordance, (RISK, ["a", "b", "c", "d"], LEFT), {}, "array of numbers; found list"),
    (scores.concordance, (RISK, TIME, [0, 1, 2, 0]), {}, "true or false; found 2"),
    (scores.concordance, (RISK, TIME, [False] * 4), {}, "None of the 4 customers left"),
    (scores.concordance, (RISK, TIME, [False, False, False, True]), {}, "no such pair"),
    (scores.concordance_ipcw, (RISK, TIME, LEFT), {**TRAIN, "until": 1.0}, "until=1; the first left at 1"),
    (scores.concordance_ipcw, (RISK, [1, 2, 3, 9], [1, 1, 1, 1]), {**TRAIN, "train_event": [1] * 4}, "0 to 4; found 9"),
    (scores.concordance_ipcw, (RISK, [1, 2, 4, 9], [1, 1, 1, 0]), TRAIN, "none was beyond 4, found 4"),
    (censoring.censoring_survival, (TIME, [False] * 4), {}, "None of the 4 training customers left"),
    (scores.auc_at, (RISK, TIME, LEFT, [0.5, 2.0]), TRAIN, "from 1 to before .* 4; found 0.5 to 2"),
    (scores.auc_at, (RISK, TIME, LEFT, [2.0, 4.0]), TRAIN, "from 1 to before .* 4; found 2 to 4"),
    (scores.auc_at, (RISK, TIME, LEFT, [2.0, 2.0]), TRAIN, "rises"),
    (scores.brier_at, (CHANCES, TIME, LEFT, [-1.0]), TRAIN, "from 0 to before"),
    (scores.brier_at, (CHANCES, TIME, LEFT, [1.0, 2.0]), TRAIN, r"shape \(4, 2\); found shape \(4, 1\)"),
    (scores.brier_at, ([[1.5]] * 4, TIME, LEFT, [1.0]), TRAIN, "between 0 and 1; found values from 1.5"),
    (scores.brier_at, (CHANCES, [1, 2, 3, 9], LEFT, [5.0]), {**TRAIN, "train_event": [1] * 4}, "0 to 4; found 5"),
    (scores.integrated_brier, (CHANCES, TIME, LEFT, [2.0]), TRAIN, "at least two times"),
    (scores.calibration_at, ([0.5] * 4, TIME, LEFT, 5.0), {}, "the last follow-up, 4; found 5"),
    (scores.calibration_at, ([0.5] * 4, TIME, LEFT, 2.0), {"bins": 0}, "bins=0"),
    (scores.calibration_at, (CHANCES, TIME, LEFT, 2.0), {}, r"found shape \(4, 1\)"),
]


@pytest.mark.parametrize(("score", "given", "options", "says"), REFUSED)
def test_refused_in_words(
    score: Callable[..., object], given: tuple[Any, ...], options: dict[str, Any], says: str
) -> None:
    with pytest.raises(InputError, match=says):
        score(*given, **options)
