"""Who answers more than others: Qini curves by hand and twice computed, rules on planted uplift."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.ensemble import RandomForestRegressor

import clvlab as clv
from clvlab.customers.campaigns.columns import KnownColumns
from clvlab.customers.campaigns.qini import gains, qini
from clvlab.customers.campaigns.rules import doubly_robust_scores
from clvlab.customers.campaigns.uplift import Judged, Z, folds_of, judge
from clvlab.errors import InputError

BEFORE = ["past", "segment", "age"]


def world(n: int, seed: int, *, differs: float, amounts: bool = False) -> tuple[pd.DataFrame, np.ndarray]:
    """A campaign, and everybody's own expected uplift."""
    rng = np.random.default_rng(seed)
    past, segment, age = rng.gamma(1.0, 30.0, n), rng.choice(list("abc"), n), rng.normal(size=n)
    sent = rng.random(n) < 0.5
    uplift = 0.05 + differs * (0.08 * (past > 25.0) - 0.04 * (segment == "a"))
    buys = rng.random(n) < 0.1 + 0.1 * (past > 30.0) + uplift * sent
    frame = pd.DataFrame({"past": past, "segment": segment, "age": age, "arm": np.where(sent, "mail", "none")})
    frame["outcome"] = buys * rng.gamma(1.0, 40.0, n) if amounts else buys.astype(float)
    return frame, uplift * (40.0 if amounts else 1.0)


def uplift(frame: pd.DataFrame, **more: object) -> clv.customers.Uplift:
    return clv.customers.uplift(frame, **{"treatment": "arm", "control": "none", "outcome": "outcome",
                                          "before": BEFORE, **more})  # type: ignore[arg-type]  # fmt: skip


def test_a_qini_curve_by_hand() -> None:
    """Six customers; two of them, with the same score, enter together."""
    outcome = np.array([1, 1, 0, 0, 1, 0])
    treated = np.array([True, False, True, False, True, False])
    score = np.array([0.9, 0.8, 0.5, 0.5, 0.1, 0.0])
    curve = clv.customers.qini_curve(outcome, treated, score)
    # 1 treated answer; 1 - 1 x 1/1; 1 - 1 x 2/2; 2 - 1 x 3/2; 2 - 1 x 3/3
    assert curve["incremental"].tolist() == [0.0, 1.0, 0.0, 0.0, 0.5, 1.0]
    assert curve.index.tolist() == [0, 1, 2, 4, 5, 6]
    assert curve["treated"].tolist() == [0, 1, 1, 2, 3, 3]
    with pytest.raises(InputError, match="same customers"):
        clv.customers.qini_curve(outcome, treated, score[:2])


def plain_curve(outcome: np.ndarray, treated: np.ndarray, score: np.ndarray) -> list[float]:
    """Radcliffe's definition, threshold by threshold."""
    found = [0.0]
    for threshold in sorted(set(score), reverse=True):
        inside = score >= threshold
        n, m = (inside & treated).sum(), (inside & ~treated).sum()
        lost = outcome[inside & ~treated].sum() * n / m if m else 0.0
        found.append(outcome[inside & treated].sum() - lost)
    return found


@pytest.mark.parametrize("digits", [1, 6])
def test_curves_agree_with_a_plain_second_implementation(digits: int) -> None:
    rng = np.random.default_rng(3)
    outcome, treated, score = rng.gamma(1.0, size=80), rng.random(80) < 0.4, rng.random(80).round(digits)
    curve = clv.customers.qini_curve(outcome, treated, score)
    np.testing.assert_allclose(curve["incremental"], plain_curve(outcome, treated, score))


@pytest.mark.parametrize("digits", [1, 6])
def test_the_coefficient_is_the_area_and_its_error_that_of_a_bootstrap(digits: int) -> None:
    rng = np.random.default_rng(4)
    score = rng.random(400).round(digits)
    effect = score + rng.gamma(1.0, 3.0, 400)
    value, error = qini(effect, score)
    fine = np.linspace(0.0, 1.0, 40_001)
    assert value == pytest.approx(np.trapezoid(gains(effect, score, fine) - fine * effect.mean(), fine), rel=1e-4)
    drawn = [qini(effect[rows], score[rows])[0] for rows in rng.integers(0, 400, (800, 400))]
    assert error == pytest.approx(np.std(drawn), rel=0.08)
    assert qini(effect, np.ones(400)) == (pytest.approx(0.0), 0.0)


def test_scores_are_unbiased_whatever_the_means() -> None:
    frame, own = world(200_000, 1, differs=1.0)
    treated, y = (frame["arm"] == "mail").to_numpy(), frame["outcome"].to_numpy()
    wrong = np.sin(frame["age"].to_numpy())
    scores = doubly_robust_scores(treated, y, wrong, -wrong, 0.5)
    many = own > 0.1
    assert scores[many].mean() == pytest.approx(own[many].mean(), abs=4 * scores[many].std() / np.sqrt(many.sum()))


def test_planted_uplift_is_found_and_ordered() -> None:
    frame, own = world(6000, 2, differs=2.5)
    found = uplift(frame)
    assert found.differs
    assert found.low > 0
    assert found.average_low < own.mean() < found.average_high
    assert np.corrcoef(found.customers["uplift"], own)[0, 1] > 0.5
    fresh, theirs = world(2000, 3, differs=2.5)
    assert np.corrcoef(found.predict(fresh), theirs)[0, 1] > 0.5
    curve = found.curve
    assert curve["beyond"].iloc[[0, -1]].tolist() == pytest.approx([0.0, 0.0])
    assert (curve["beyond_low"] <= curve["beyond"]).all()
    assert curve["gain"].iloc[-1] == pytest.approx(found.average, abs=0.02)
    assert np.trapezoid(curve["beyond"], curve.index) == pytest.approx(found.qini, rel=0.02)
    # Radcliffe's curve of the same order tells the same gain
    plain = clv.customers.qini_curve(frame["outcome"], frame["arm"] == "mail", found.customers["uplift"])
    third = np.interp(0.3, plain.index / 6000, plain["incremental"] / found.n)
    assert third == pytest.approx(curve.loc[0.3, "gain"], abs=0.02)


def test_equal_uplift_is_not_said_to_differ() -> None:
    found = uplift(world(3000, 5, differs=0.0)[0])
    assert not found.differs
    assert found.low < 0 < found.high
    assert "cannot be shown" in repr(found)


def test_another_learner_categories_and_missing_numbers_are_taken() -> None:
    frame, _ = world(1200, 6, differs=1.0, amounts=True)
    frame.loc[::7, "past"] = np.nan
    frame["member"] = np.arange(1200) % 3 == 0
    forest = RandomForestRegressor(n_estimators=20, min_samples_leaf=50, random_state=0)
    found = uplift(frame, before=[*BEFORE, "member"], learner=forest, folds=3)
    assert np.isfinite(found.predict(frame.tail(5))).all()
    with pytest.raises(InputError, match="no column 'segment'"):
        found.predict(frame.drop(columns="segment"))


def test_a_customer_alone_is_predicted_as_among_many() -> None:
    frame, _ = world(1000, 7, differs=1.0)
    found = uplift(frame)
    assert found.predict(frame.iloc[[3]]).iloc[0] == pytest.approx(found.predict(frame).iloc[3])


@pytest.mark.parametrize(
    ("change", "more", "said"),
    [
        (lambda f: f.head(250), {}, "150 customers an arm"),
        (lambda f: f.assign(past=1.0), {"before": ["past"]}, "by which customers differ"),
        (lambda f: f, {"before": []}, "by which customers differ"),
        (lambda f: f, {"before": ["spent"]}, "no column 'spent'"),
        (lambda f: f, {"folds": 2}, "folds= is 3 to 20"),
        (lambda f: f, {"arm": "coupon"}, "arm= is one of mail"),
        (lambda f: f.assign(arm=np.resize(["mail", "coupon", "none"], len(f))), {}, "several arms: coupon, mail"),
        (lambda f: f.assign(segment=np.arange(len(f)).astype(str)), {}, "Group them"),
    ],
)
def test_what_cannot_be_judged_is_refused(change: object, more: dict[str, object], said: str) -> None:
    frame, _ = world(800, 8, differs=0.0)
    with pytest.raises(InputError, match=said):
        uplift(change(frame), **more)  # type: ignore[operator]


def test_an_outcome_of_nobody_shows_nothing() -> None:
    found = uplift(world(800, 9, differs=0.0)[0].assign(outcome=0.0))
    assert not found.differs
    assert found.qini == pytest.approx(0.0)


def truth_of(judged: Judged, known: KnownColumns, fresh: pd.DataFrame, own: np.ndarray) -> float:
    """Mean Qini coefficient of the rules, of many other customers whose uplift is known."""
    columns = known.matrix(fresh)
    return float(np.mean([qini(own, rule.uplift(columns))[0] for rule in judged.rules]))


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("amounts", [False, True])
@pytest.mark.parametrize("differs", [0.0, 1.0])
def test_intervals_hold_the_rules_own_qini_and_false_alarms_are_as_many_as_said(amounts: bool, differs: float) -> None:
    """300 campaigns of 1,200 customers: coverage of 95 % intervals, and alarms at 2.5 % where uplift is the same."""
    held, alarms, runs = 0, 0, 300
    fresh, own = world(20_000, 99, differs=differs, amounts=amounts)
    for seed in range(runs):
        frame, _ = world(1200, 1000 + seed, differs=differs, amounts=amounts)
        known = KnownColumns.of(frame, BEFORE)
        treated = (frame["arm"] == "mail").to_numpy()
        judged = judge(known.matrix(frame), treated, frame["outcome"].to_numpy(), folds_of(treated, 5, seed),
                       float(treated.mean()))  # fmt: skip
        value, error = judged.qini()
        held += abs(value - truth_of(judged, known, fresh, own)) <= Z * error
        alarms += value > Z * error
    print(amounts, differs, held, alarms)
    low, high = stats.binom.interval(0.99, runs, 0.95)
    assert low <= held <= high
    if not differs:
        assert alarms <= stats.binom.ppf(0.995, runs, 0.025)
