"""The churn page from orders, as notes: current customers, the forecast, and which view was right."""

import numpy as np
import pandas as pd

from clvlab.churn.backtest import Backtest
from clvlab.churn.study import Study
from clvlab.churn.warning import Warnings
from clvlab.notes import Note, Span
from clvlab.pages.exhibits import Metric

GROUPS = {"group": "group", "customers": "number0", "share": "percent", "value_at_risk": "money"}
TESTED = {"end": "date", "group": "group", "customers": "number0", "share": "percent", "stated": "percent",
          "expected": "percent", "inside": "answer"}  # fmt: skip
BELIEVE = {
    "model": "churn_report.answer.believe_model",
    "rule": "churn_report.answer.believe_rule",
    "neither": "churn_report.answer.believe_neither",
}
CAME_OF = {"warned": "churn_report.answer.came_of_the_warned", "left": "churn_report.answer.came_of_the_left"}
VIEWS = {"view": "view", "brier": "number3", "log_loss": "number3"}


def sentences(study: Study, found: Warnings) -> list[Note]:
    """Who is here, how many of them will buy nothing, and whom to believe."""
    horizon, left = _horizon(study), _row(found.groups, "left")
    gone = int(left["customers"])
    said = [Note("churn_report.answer.here_and_left", here=len(found.here), left=gone, n=len(found.table))]
    of, worth = _warned(found)
    if not found.groups.loc["warned", "customers"]:
        code = "churn_report.answer.nobody_warned_of"
    elif np.isfinite(worth["value"]):
        code = "churn_report.answer.warned_of_value"
    else:
        code = "churn_report.answer.warned_of"
    said.append(Note(code, horizon=horizon, n=of, **worth))
    if gone:
        told = {name: left[name] for name in ("expected", "low", "high")}
        said.append(Note("churn_report.answer.left_expected", horizon=horizon, **told))
    tested = study.tested
    return said if tested is None else [*said, *came_true(tested, horizon), which_to_believe(tested)]


def came_true(tested: Backtest, horizon: Span) -> list[Note]:
    """What the customers on the warning list, and those counted as having left, did after the latest end tested."""
    last, said = tested.last, []
    for group, code in CAME_OF.items():
        if group in last.index:
            names = ["share", "share_low", "share_high", "expected", "expected_low", "expected_high"]
            told = _row(last[["customers", *names]], group)
            end, n = last["end"].iloc[0], int(told.pop("customers"))
            said.append(Note(code, end=end, n=n, horizon=horizon, **told))
    return said


def which_to_believe(tested: Backtest) -> Note:
    """The verdict, or why there is none."""
    belief = tested.belief
    if belief is None:
        return Note("churn_report.answer.not_tested", horizon=Span(tested.horizon, tested.unit))
    brier = belief.scores["brier"]
    told = {"n": belief.ends, "model": brier["purchase_model"], "rule": brier[belief.against],
            "certain": brier["inactivity_rule"], "difference": belief.difference, "low": belief.low,
            "high": belief.high}  # fmt: skip
    return Note(BELIEVE[belief.closer], **told)


def metrics(study: Study, found: Warnings) -> list[Metric]:
    """Headline numbers of those on the warning list, or of all here where nobody is."""
    of, told = _warned(found)
    some = bool(found.groups.loc["warned", "customers"])
    code = "churn_report.metrics.warned_lost" if some else "churn_report.metrics.here_lost"
    made = [
        Metric(
            label=Note(code, horizon=_horizon(study)), value=told["expected"],
            low=told["low"], high=told["high"], interval="prediction", digits=0,
            note=Note("churn_report.metrics.of_all", n=of),
        )
    ]  # fmt: skip
    if np.isfinite(told["value"]):
        label = Note("churn_report.metrics.value_at_risk")
        made.append(Metric(label=label, value=told["value"], kind="money", digits=0))
    return made


def groups(found: Warnings) -> pd.DataFrame:
    """One row per group and one for all, with the share expected to buy nothing; empty groups are left out."""
    table = found.groups[found.groups["customers"] > 0]
    for to, name in {"share": "expected", "share_low": "low", "share_high": "high"}.items():
        table = table.assign(**{to: table[name] / table["customers"]})
    return table if table["value_at_risk"].notna().any() else table.drop(columns="value_at_risk")


def tested(of: Backtest) -> pd.DataFrame:
    """Ends, the latest first, with answers as words are looked up by."""
    table = of.groups.assign(inside=of.groups["inside"].astype(str).str.lower())
    return table.sort_values("end", ascending=False, kind="stable").reset_index(drop=True)


def _horizon(study: Study) -> Span:
    return Span(study.options.horizon, study.spells.unit)


def _row(table: pd.DataFrame, group: str) -> dict[str, float]:
    return {str(name): float(table[name].loc[group]) for name in table}


def _warned(found: Warnings) -> tuple[int, dict[str, float]]:
    """Of those on the warning list, or of all here where nobody is: how many, and what is expected of them."""
    row = _row(found.groups, "warned")
    row = row if row["customers"] else _row(found.groups, "here")
    told = {name: row[name] for name in ("expected", "low", "high")}
    return int(row["customers"]), {**told, "value": row["value_at_risk"]}
