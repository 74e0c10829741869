"""Accelerated failure time models: what they recover, forecast, refuse, and how far their intervals hold."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from members import SURVIVAL
from scipy import optimize, stats

import clvlab as clv

MODELS: dict[str, Any] = {name: type(model) for name, model in SURVIVAL.items()}
EACH = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
TRUTH = {"scale": 14.0, "shape": 1.6}
STRETCH = {"yearly": 0.7, "monthly": 0.0}  # log factor on time
AGE = -0.25


def drawn(model: Any, n: int, seed: int, *, late: bool = False, unit: str | None = None) -> pd.DataFrame:
    """Customers by plan and age, watched for 6 to 40 units; if ``late``, from up to 15 units after their start."""
    rng = np.random.default_rng(seed)
    plan = rng.choice(["monthly", "monthly", "monthly", "yearly"], n)
    age = rng.standard_normal(n)
    until = rng.uniform(6.0, 40.0, n)
    entry = np.minimum(rng.uniform(0.0, 15.0, n), 0.8 * until) * (rng.random(n) < 0.8) if late else np.zeros(n)
    scale = TRUTH["scale"] * np.exp(pd.Series(plan).map(STRETCH).to_numpy() + AGE * age)
    time, event, seen = model.formula.simulate(rng, until, scale, TRUTH["shape"], entry=entry)
    frame = pd.DataFrame({"duration": time, "event": event, "plan": plan, "age": age})
    frame = frame.assign(entry=entry)[seen] if late else frame
    frame.index = pd.Index([f"c{i}" for i in range(len(frame))], name="customer_id")
    frame.attrs = {} if unit is None else {"unit": unit}
    return frame


def with_covariates(model: Any) -> Any:
    return model(covariates={"scale": ["plan", "age"]})


FULL_TRUTH = {**TRUTH, "scale:plan=yearly": STRETCH["yearly"], "scale:age": AGE}


@EACH
@pytest.mark.parametrize("late", [False, True], ids=["from the start", "watched late"])
def test_recovery(model: Any, late: bool) -> None:
    customers = drawn(model, 20_000, seed=1, late=late)
    fit = with_covariates(model).fit(customers, draws=50)
    assert fit.diagnostics.trusted
    assert fit.n_customers == len(customers)
    assert fit.n_events == customers["event"].sum()
    for name, value in FULL_TRUTH.items():
        assert abs(fit.params[name] - value) < 3.5 * fit.standard_errors[name], name
        assert fit.standard_errors[name] < 0.03 * max(1.0, abs(value)), name
    if late:  # Forgetting that who left early was never seen makes everyone look loyal.
        careless = with_covariates(model).fit(customers.drop(columns="entry"), draws=5)
        assert careless.params["scale"] > fit.params["scale"] + 10 * fit.standard_errors["scale"]
        assert careless.log_likelihood != pytest.approx(fit.log_likelihood, rel=1e-3)


def by_scipy(model: Any, frame: pd.DataFrame) -> tuple[np.ndarray, float]:
    """Maximum likelihood by SciPy's densities and minimiser: log scale, log shape, coefficients."""
    time, event, entry = (frame[name].to_numpy(dtype=float) for name in ("duration", "event", "entry"))
    yearly, age = (frame["plan"] == "yearly").to_numpy(dtype=float), frame["age"].to_numpy()

    def law(theta: np.ndarray) -> Any:
        scale, shape = np.exp(theta[0] + theta[2] * yearly + theta[3] * age), np.exp(theta[1])
        return {
            clv.WeibullAFT: lambda: stats.weibull_min(shape, scale=scale),
            clv.LogNormalAFT: lambda: stats.lognorm(1.0 / shape, scale=scale),
            clv.LogLogisticAFT: lambda: stats.fisk(shape, scale=scale),
        }[model]()

    def loss(theta: np.ndarray) -> float:
        of = law(theta)
        return -float(np.where(event > 0, of.logpdf(time), of.logsf(time)).sum() - of.logsf(entry).sum())

    start = np.array([np.log(10.0), 0.0, 0.0, 0.0])
    rough = optimize.minimize(loss, start, method="Nelder-Mead", options={"maxiter": 4000, "maxfev": 4000})
    found = optimize.minimize(
        loss, rough.x, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-11, "maxiter": 4000, "maxfev": 4000}
    )
    return found.x, -float(found.fun)


@EACH
def test_the_same_maximum_as_another_implementation(model: Any) -> None:
    customers = drawn(model, 400, seed=2, late=True)
    fit = with_covariates(model).fit(customers, draws=5)
    theta, log_likelihood = by_scipy(model, customers)
    assert fit.log_likelihood == pytest.approx(log_likelihood, abs=1e-7)
    assert fit.log_likelihood >= log_likelihood - 1e-9
    ours = [np.log(fit.params["scale"]), np.log(fit.params["shape"]), *list(fit.params.values())[2:]]
    np.testing.assert_allclose(ours, theta, atol=1e-6)


def test_standard_errors_are_those_of_statsmodels() -> None:
    """Without censoring the log-normal is a linear regression of log time."""
    import statsmodels.api as sm

    customers = drawn(clv.LogNormalAFT, 300, seed=4)
    time = clv.LogNormalAFT.formula.simulate(
        np.random.default_rng(1), np.full(300, np.inf), np.exp(2.0 + 0.3 * customers["age"]), 1.5
    )[0]
    customers = customers.assign(duration=time, event=1)
    fit = clv.LogNormalAFT(covariates={"scale": ["age"]}).fit(customers)
    line = sm.OLS(np.log(time), sm.add_constant(customers["age"])).fit()
    assert fit.params["scale:age"] == pytest.approx(line.params["age"], abs=1e-9)
    assert np.log(fit.params["scale"]) == pytest.approx(line.params["const"], abs=1e-9)
    assert fit.standard_errors["scale:age"] == pytest.approx(line.bse["age"] * np.sqrt(298 / 300), rel=1e-8)
    assert fit.log_likelihood + np.log(time).sum() == pytest.approx(line.llf, rel=1e-10)


def test_without_covariates_as_many_leave_as_did() -> None:
    """A log-likelihood whose slope in the scale is 0 says so, for the Weibull exactly."""
    customers = drawn(clv.WeibullAFT, 500, seed=5)
    fit = clv.WeibullAFT().fit(customers, draws=5)
    gathered = -np.log(np.diag(fit.predict(customers, customers["duration"])))
    assert gathered.sum() == pytest.approx(customers["event"].sum(), rel=1e-8)


SETS = 60


@EACH
def test_laplace_intervals_hold_the_truth_as_often_as_they_say(model: Any) -> None:
    """Of 60 sets of 120 customers, 90 % intervals of four values and a forecast; 3.5 standard errors allowed."""
    inside: dict[str, int] = dict.fromkeys([*FULL_TRUTH, "survival", "median"], 0)
    who = pd.DataFrame({"plan": ["yearly"], "age": [0.5]})
    scale = TRUTH["scale"] * np.exp(STRETCH["yearly"] + 0.5 * AGE)
    truths = {
        "survival": float(model.formula.survival(12.0, scale, TRUTH["shape"])),
        "median": float(model.formula.quantile(0.5, scale, TRUTH["shape"])),
    }
    asked = with_covariates(model)
    for seed in range(SETS):
        fit = asked.fit(drawn(model, 120, seed=100 + seed, late=True), method="laplace", draws=400, seed=seed)
        assert fit.method == "laplace"
        summary = fit.summary()
        for name, value in FULL_TRUTH.items():
            inside[name] += summary.loc[name, "low"] < value < summary.loc[name, "high"]
        for name, table in (("survival", fit.survival(who, [12.0])), ("median", fit.median(who))):
            low, high = table[f"{name}_low"].item(), table[f"{name}_high"].item()
            inside[name] += low < truths[name] < high
    slack = 3.5 * np.sqrt(0.9 * 0.1 / SETS)
    for name, count in inside.items():
        assert abs(count / SETS - 0.9) < slack, (name, count)
    assert abs(sum(inside.values()) / (SETS * len(inside)) - 0.9) < 0.06


@pytest.fixture(scope="module")
def customers() -> pd.DataFrame:
    return drawn(clv.WeibullAFT, 600, seed=3, late=True, unit="month")


@pytest.fixture(scope="module")
def fits(customers: pd.DataFrame) -> dict[str, Any]:
    return {name: with_covariates(model).fit(customers, draws=200, seed=1) for name, model in MODELS.items()}


@pytest.mark.parametrize("name", MODELS)
def test_forecasts_agree_with_each_other(name: str, fits: dict[str, Any], customers: pd.DataFrame) -> None:
    fit, times = fits[name], [0.0, 3.0, 12.0, 60.0]
    stays = fit.predict(customers, times)
    assert stays.index.equals(customers.index)
    assert stays.columns.tolist() == times
    assert (stays[0.0] == 1.0).all()
    assert (stays.diff(axis=1)[times[1:]] < 0.0).all(axis=None)
    long = fit.survival(customers, times)
    assert long.index.names == ["customer_id", "time"]
    np.testing.assert_array_equal(long["survival"].to_numpy().reshape(stays.shape), stays.to_numpy())
    later = long[long.index.get_level_values("time") > 0]
    assert ((later["survival_low"] < later["survival"]) & (later["survival"] < later["survival_high"])).all()
    for who in customers.index[[0, 77, 599 % len(customers)]]:
        mine = customers.loc[[who]]
        half = fit.median(mine)
        assert fit.predict(mine, half["median"]).to_numpy() == pytest.approx(0.5)
        assert half["median_low"].item() < half["median"].item() < half["median_high"].item()
        duration = mine["duration"].item()
        now, then = fit.predict(mine, [duration, duration + 4.0]).to_numpy()[0]
        leaves = fit.conditional(mine.drop(columns="event"), horizon=4.0)
        assert leaves["prob_churn"].item() == pytest.approx(1.0 - then / now, rel=1e-10)
        assert leaves["prob_churn_low"].item() < leaves["prob_churn"].item() < leaves["prob_churn_high"].item()
    grid = np.linspace(0.0, 24.0, 4001)
    mine = customers.head(3)
    area = np.trapezoid(fit.predict(mine, grid).to_numpy(), grid)
    kept = fit.restricted_mean(mine, 24.0)
    np.testing.assert_allclose(kept["restricted_mean"], area, rtol=1e-5)
    assert (kept["restricted_mean_low"] < kept["restricted_mean_high"]).all()


def test_who_has_left_has_no_chance_to_leave(fits: dict[str, Any], customers: pd.DataFrame) -> None:
    leaves = fits["WeibullAFT"].conditional(customers, horizon=1.0)
    assert leaves.index.equals(customers.index)
    assert (leaves.isna().all(axis=1) == customers["event"]).all()
    assert leaves[~customers["event"]].notna().all(axis=None)


def test_shape_tells_whether_the_risk_rises(customers: pd.DataFrame) -> None:
    new_and_old = pd.DataFrame({"duration": [1.0, 30.0]}, index=["new", "old"])
    for shape, riskier in ((0.5, "new"), (2.0, "old")):
        leaves = clv.WeibullAFT().at(scale=20.0, shape=shape).conditional(new_and_old, horizon=2.0)
        assert leaves["prob_churn"].idxmax() == riskier
        assert leaves["prob_churn_low"].isna().all()
    with pytest.raises(clv.InputError, match="one value for all customers"):
        clv.WeibullAFT(covariates={"scale": ["plan"]}).fit(customers.assign(plan="monthly"))


def test_blocks_of_rows_give_what_all_at_once_does(
    fits: dict[str, Any], customers: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit = fits["LogNormalAFT"]
    at_once = fit.conditional(customers, 3.0), fit.survival(customers, [5.0, 9.0])
    monkeypatch.setattr("clvlab.models.survival_fit.BLOCK", 1000)
    pd.testing.assert_frame_equal(fit.conditional(customers, 3.0), at_once[0])
    pd.testing.assert_frame_equal(fit.survival(customers, [5.0, 9.0]), at_once[1])


@pytest.mark.parametrize("name", MODELS)
def test_a_saved_fit_forecasts_as_before(
    name: str, fits: dict[str, Any], customers: pd.DataFrame, tmp_path: Path
) -> None:
    fit = fits[name]
    fit.save(tmp_path / "fit.json")
    again = clv.load_fit(tmp_path / "fit.json")
    assert type(again) is type(fit)
    assert (again.params, again.unit, again.n_events, again.aic) == (fit.params, "month", fit.n_events, fit.aic)
    pd.testing.assert_frame_equal(again.conditional(customers, 2.0), fit.conditional(customers, 2.0))
    pd.testing.assert_frame_equal(again.summary(), fit.summary())
    assert again.score(customers) == pytest.approx(fit.log_likelihood, rel=1e-12)


@EACH
def test_another_unit_says_the_same(model: Any, fits: dict[str, Any], customers: pd.DataFrame) -> None:
    fit, factor = fits[model.__name__], 365.25 / 12
    in_days = ["duration", "entry"]
    days = customers.assign(**{name: customers[name] * factor for name in in_days})
    days.attrs = {"unit": "day"}
    converted = fit.to_unit("day")
    assert converted.params["scale"] == pytest.approx(fit.params["scale"] * factor)
    assert {k: v for k, v in converted.params.items() if k != "scale"} == pytest.approx(
        {k: v for k, v in fit.params.items() if k != "scale"}
    )
    shift = -customers["event"].sum() * np.log(factor)
    assert converted.log_likelihood == pytest.approx(fit.log_likelihood + shift, rel=1e-12)
    assert converted.score(days) == pytest.approx(converted.log_likelihood, rel=1e-10)
    assert fit.score(days) == pytest.approx(converted.log_likelihood, rel=1e-10)
    again = with_covariates(model).fit(days, draws=5)
    assert again.params == pytest.approx(converted.params, rel=1e-6)
    assert again.log_likelihood == pytest.approx(converted.log_likelihood, abs=1e-6)
    said = fit.conditional(customers, 3.0)
    pd.testing.assert_frame_equal(fit.conditional(days, 3.0 * factor), said, rtol=1e-9)
    np.testing.assert_allclose(fit.median(days), fit.median(customers) * factor, rtol=1e-10)
    by_map = [asked.fit(method="map", draws=5) for asked in (_Asked(model, customers), _Asked(model, days))]
    assert by_map[1].params["scale"] == pytest.approx(by_map[0].params["scale"] * factor, rel=1e-6)


class _Asked:
    def __init__(self, model: Any, frame: pd.DataFrame) -> None:
        self.model, self.frame = with_covariates(model), frame

    def fit(self, **keywords: Any) -> Any:
        return self.model.fit(self.frame, **keywords)


def test_priors_of_the_scale(customers: pd.DataFrame) -> None:
    mean = customers["duration"].mean()
    assert clv.WeibullAFT().priors_for(customers)["scale"].median == pytest.approx(2.0 * mean)
    weeks = clv.WeibullAFT(priors={"scale": clv.LogNormal(median=26.0, spread=0.5)})
    assert weeks.priors_for(customers)["scale"].median == pytest.approx(26.0 * 7.0 * 12 / 365.25)


def test_simulated_spells_are_fitted_back() -> None:
    known = clv.LogLogisticAFT().at(scale=10.0, shape=2.0, unit="week")
    rng = np.random.default_rng(1)
    spells = known.simulate_spells(rng.uniform(10.0, 40.0, 20_000), entry=rng.uniform(0.0, 9.0, 20_000), seed=1)
    assert 10_000 < len(spells) < 20_000
    assert (spells["duration"] > spells["entry"]).all()
    fit = clv.LogLogisticAFT().fit(spells)
    assert fit.unit == "week"
    for name, value in known.params.items():
        assert abs(fit.params[name] - value) < 3.5 * fit.standard_errors[name]
    assert known.score(spells) < fit.log_likelihood
    with pytest.raises(clv.InputError, match="until a later time"):
        known.simulate_spells([5.0], entry=6.0, seed=1)


FOUR = pd.DataFrame(
    {"duration": [3.0, 12.0, 7.5, 20.0], "event": [1, 0, 1, 0], "plan": ["a", "b", "b", "a"]},
    index=["Ann", "Bo", "Cy", "Di"],
)


def test_rows_of_which_nothing_was_seen_are_set_aside() -> None:
    joined_today = pd.DataFrame({"duration": [0.0], "event": [0], "plan": ["a"]}, index=["Eve"])
    fit = clv.WeibullAFT().fit(pd.concat([FOUR, joined_today]))
    plain = clv.WeibullAFT().fit(FOUR)
    assert fit.diagnostics.left_out == {"models.nothing_seen": ["Eve"]}
    assert plain.diagnostics.left_out == {}
    assert (fit.params, fit.n_customers, fit.n_events) == (plain.params, 4, 2)
    assert fit.score(pd.concat([FOUR, joined_today])) == pytest.approx(fit.log_likelihood)
    with pytest.raises(clv.InputError, match="nobody had it"):
        clv.WeibullAFT().fit(joined_today)


def test_events_may_be_true_and_false_and_entry_left_out() -> None:
    plain = clv.WeibullAFT().fit(FOUR)
    assert clv.WeibullAFT().fit(FOUR.assign(event=FOUR["event"] == 1)).params == plain.params
    assert clv.WeibullAFT().fit(FOUR.assign(entry=0)).params == plain.params
    assert clv.WeibullAFT().fit(FOUR.assign(frequency=99)).n_events == 2


@EACH
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"duration": -1.0}, "duration must not be negative; broken by 1 of 4 rows: 'Cy'"),
        ({"duration": np.nan}, "duration must be a finite number; broken by 1 of 4 rows: 'Cy'"),
        ({"duration": np.inf}, "duration must be a finite number"),
        ({"duration": 0.0}, "duration must be above 0; broken by 1 of 4 rows: 'Cy'"),
        ({"event": 2}, "event must be 1 .* or 0 .*broken by 1 of 4 rows: 'Cy'"),
        ({"event": np.nan}, "event must be a finite number; broken by 1 of 4 rows: 'Cy'"),
        ({"entry": 7.5}, "duration must exceed entry .*broken by 1 of 4 rows: 'Cy'"),
        ({"entry": 9.0}, "duration must exceed entry"),
        ({"entry": -1.0}, "entry must not be negative"),
        ({"entry": np.nan}, "entry must be a finite number"),
    ],
)
def test_what_cannot_be_is_refused_by_row(model: Any, change: dict[str, Any], message: str) -> None:
    ((column, value),) = change.items()
    bad = FOUR.assign(entry=0.0).astype({"event": float})
    bad.loc["Cy", column] = value
    for use in (model().fit, model().at(**TRUTH).score):
        with pytest.raises(clv.InputError, match=message):
            use(bad)


def test_frames_that_will_not_do() -> None:
    with pytest.raises(clv.InputError, match=r"missing: event.* It has duration, plan"):
        clv.WeibullAFT().fit(FOUR.drop(columns="event"))
    with pytest.raises(clv.InputError, match=r"nobody had it.*column event"):
        clv.WeibullAFT().fit(FOUR.assign(event=0))
    with pytest.raises(clv.InputError, match="at least one row"):
        clv.WeibullAFT().fit(FOUR.head(0))
    with pytest.raises(clv.InputError, match="event must hold numbers"):
        clv.WeibullAFT().fit(FOUR.assign(event=["yes", "no", "yes", "no"]))
    known = clv.WeibullAFT().at(**TRUTH)
    with pytest.raises(clv.InputError, match=r"Times are finite numbers, 0 or more.*-1\.0"):
        known.predict(FOUR, [-1.0])
    for horizon in (0.0, -1.0, np.nan):
        with pytest.raises(clv.InputError, match="A horizon is a length of time above 0"):
            known.conditional(FOUR, horizon)
    with pytest.raises(clv.InputError, match="missing: duration"):
        known.conditional(FOUR.drop(columns="duration"), 1.0)
    with pytest.raises(clv.InputError, match="at least one row"):
        known.median(FOUR.head(0))


def test_unusual_data_say_so() -> None:
    """All leave at one moment, or but one: shape runs away, or rests on little."""
    together = clv.WeibullAFT().fit(pd.DataFrame({"duration": [5.0] * 6, "event": 1}))
    assert not together.diagnostics.trusted
    assert together.draws is None
    (message,) = together.diagnostics.messages
    assert message.code == "models.edge"
    assert "shape" in message.values["parameters"]
    one = clv.LogNormalAFT().fit(pd.DataFrame({"duration": [5.0, *[6.0] * 50], "event": [1, *[0] * 50]}))
    assert np.isfinite(one.log_likelihood)
    huge = clv.LogLogisticAFT().fit(FOUR.assign(duration=FOUR["duration"] * 1e9), draws=5)
    assert huge.params["scale"] == pytest.approx(1e9 * clv.LogLogisticAFT().fit(FOUR, draws=5).params["scale"])


def test_covariates_that_ask_to_be_scaled(customers: pd.DataFrame) -> None:
    model = clv.WeibullAFT(covariates={"scale": ["age", "plan"]})
    years = customers.assign(age=45.0 + 12.0 * customers["age"])
    raw, scaled = model.fit(years), model.fit(customers)
    assert raw.log_likelihood == pytest.approx(scaled.log_likelihood, abs=1e-8)
    assert raw.params["scale:age"] * 12.0 == pytest.approx(scaled.params["scale:age"], rel=1e-6)
    assert raw.draws is None
    said = raw.diagnostics.messages[-1]
    assert said.code == "models.unscaled_covariates"
    (age,) = said.values["covariates"]
    assert (age.code, age.values["name"]) == ("models.unscaled_covariate", "age")
    assert age.values["mean"] == pytest.approx(years["age"].mean())
    assert scaled.diagnostics.trusted
    assert scaled.diagnostics.notes == ()
    a_switch = customers.assign(age=(customers["age"] > 2.5).astype(int))
    assert model.fit(a_switch, draws=5).diagnostics.notes == ()


@pytest.mark.slow
@pytest.mark.timeout(600)
@EACH
def test_nuts_agrees_with_laplace(model: Any, customers: pd.DataFrame) -> None:
    asked = with_covariates(model)
    by_nuts = asked.fit(customers, method="nuts", draws=500, tune=500, chains=2, cores=1, seed=1)
    by_laplace = asked.fit(customers, method="laplace", draws=2000, seed=1)
    assert by_nuts.diagnostics["r_hat"] < 1.02
    assert by_nuts.diagnostics["divergences"] == 0
    for name in by_nuts.params:
        a, b = by_nuts.draws[name].to_numpy(), by_laplace.draws[name].to_numpy()
        assert a.mean() == pytest.approx(b.mean(), abs=0.2 * b.std())
        assert a.std() == pytest.approx(b.std(), rel=0.15)


def test_segments_are_pooled(tmp_path: Path) -> None:
    scales = {"north": 8.0, "south": 16.0, "west": 12.0}
    sizes = {"north": 400, "south": 400, "west": 15}
    parts = []
    for seed, (where, scale) in enumerate(scales.items()):
        until = np.random.default_rng(seed).uniform(6.0, 40.0, sizes[where])
        parts.append(clv.LogNormalAFT().at(scale=scale, shape=1.5).simulate_spells(until, seed=seed))
    frame = pd.concat([part.assign(region=name) for part, name in zip(parts, scales, strict=True)], ignore_index=True)
    fit = clv.LogNormalAFT(pooled_by="region").fit(frame, seed=1)
    table = fit.by_segment(frame)
    assert table["customers"].to_dict() == sizes
    for where in ("north", "south"):
        assert table.loc[where, "scale"] == pytest.approx(scales[where], rel=0.15)
    assert table.loc["west", "borrowed: time"] > table.loc["north", "borrowed: time"]
    median = fit.median(pd.DataFrame({"region": [*scales, "east"]}, index=[*scales, "east"]))
    assert median.loc["north", "median"] < median.loc["south", "median"]
    width = np.log(median["median_high"] / median["median_low"])
    assert width["east"] > width["west"] > width["north"]
    fit.save(tmp_path / "fit.json")
    again = clv.load_fit(tmp_path / "fit.json").conditional(frame, 2.0)
    pd.testing.assert_frame_equal(again, fit.conditional(frame, 2.0))
