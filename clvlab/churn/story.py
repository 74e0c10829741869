"""Churn in words and numbers a reader opens with: how many leave, when, who is at risk, worth how much, why."""

from typing import Any

import numpy as np
import pandas as pd

from clvlab import words
from clvlab.churn.cox import CoxFit
from clvlab.churn.curves import Curves
from clvlab.churn.recent import recent_rates
from clvlab.churn.spells import Spells
from clvlab.churn.warning import Warnings

CERTAIN = 0.05
FEWEST_STRONG = 3


def lead(
    spells: Spells,
    curve: Curves,
    warnings: Warnings | None,
    fit: CoxFit | None,
    incidence: pd.DataFrame | None,
    rates: pd.DataFrame | None,
) -> list[str]:
    """The answer, in sentences; what is not known is left out."""
    said = [_how_many(spells, rates), _when(spells, curve)]
    if warnings is not None:
        said += _who(spells, warnings)
        said += two_views(spells, warnings)
    said += _why(spells, fit, incidence)
    return said


def metrics(
    spells: Spells, curve: Curves, warnings: Warnings | None, rates: pd.DataFrame | None
) -> list[dict[str, Any]]:
    """Headline numbers."""
    found: list[dict[str, Any]] = [
        {"label": words.say("churn.still_here"), "value": float((~spells.table["event"]).sum()), "digits": 0},
    ]
    recent = None if rates is None else recent_rates(rates)
    if recent is not None:
        found.append({"label": words.say("churn.rate_a_month"), "value": recent.churn, "kind": "percent",
                      "low": recent.low, "high": recent.high})  # fmt: skip
    else:
        year = _share_after(curve, spells)
        found.append({"label": words.say("churn.still_here_after", n=words.number(year[0]), unit=_unit(spells)),
                      "value": year[1], "kind": "percent", "low": year[2], "high": year[3]})  # fmt: skip
    if warnings is not None:
        label = words.say("churn.expected_to_leave", n=words.number(warnings.horizon), unit=_unit(spells))
        found.append({"label": label, "value": warnings.expected, "digits": 0})
        if np.isfinite(warnings.value_at_risk):
            found.append({"label": words.say("churn.value_at_risk"), "value": warnings.value_at_risk, "kind": "money",
                          "digits": 0})  # fmt: skip
    return found


def warning_table(warnings: Warnings, most: int = 20) -> pd.DataFrame:
    """The current customers a reader should see first, in the columns of a page."""
    columns = ["chance", "low", "high", "value", "value_at_risk", "drivers", "contact"]
    table = warnings.table[columns].dropna(how="all", axis=1).rename(columns={"value": "worth"})
    table = table.rename_axis("customer_id")
    table = table.assign(contact=[words.say("tables.yes" if each else "tables.no") for each in table["contact"]])
    return (table if np.isfinite(warnings.threshold) else table.drop(columns="contact")).head(most)


def about_contacts(warnings: Warnings) -> list[str]:
    """Whom to contact, and whom nothing can be said of."""
    said = []
    if np.isfinite(warnings.threshold):
        chosen = warnings.table[warnings.table["contact"]]
        said.append(
            words.say(
                "churn.whom_to_contact",
                n=len(chosen),
                threshold=warnings.threshold,
                value=float(chosen["value_at_risk"].sum()),
            )
        )
    if warnings.unknown:
        said.append(words.say("churn.beyond_what_was_watched", n=warnings.unknown))
    return said


def why_rates_differ(rates: pd.DataFrame) -> list[str]:
    """What it means that the ways of counting differ."""
    recent = recent_rates(rates)
    if recent is None:
        return []
    said = []
    if np.isfinite(recent.value_churn):
        key = "value_rate_higher" if recent.value_churn > recent.churn else "value_rate_lower"
        said.append(words.say(f"churn.{key}", value=recent.value_churn, simple=recent.churn))
    if np.isfinite(recent.lifecycle_churn):
        key = "lifecycle_rate_higher" if recent.lifecycle_churn > recent.churn_beside else "lifecycle_rate_lower"
        said.append(words.say(f"churn.{key}", lifecycle=recent.lifecycle_churn, simple=recent.churn_beside))
    return said


def two_views(spells: Spells, warnings: Warnings) -> list[str]:
    """From orders: where the purchase model and the rule of silence do not see the same leaving, and why."""
    if "gone" not in warnings.table:
        return []
    current = int((~spells.table["event"]).sum())
    by_rule = _rate_of_rule(spells, warnings.horizon) * current
    by_model = float(warnings.table.loc[warnings.table["gone"] < 0.5, "chance"].sum())
    if not current or 0.5 < by_model / max(by_rule, 1e-9) < 2.0:
        return []
    won_back = float((spells.table["spell"] > 1).sum() / max(spells.n_events, 1))
    key = "model_sees_less" if by_model < by_rule else "model_sees_more"
    return [words.say(f"churn.{key}", rule=by_rule, model=by_model, won_back=won_back,
                      horizon=words.number(warnings.horizon), unit=_unit(spells))]  # fmt: skip


def _rate_of_rule(spells: Spells, horizon: float) -> float:
    """Share that leaves within the horizon by the rule, at the mean hazard of all spells."""
    return float(-np.expm1(-horizon * spells.n_events / spells.table["duration"].sum()))


def proportional(test: pd.DataFrame) -> list[str]:
    """Which hazard ratios change with tenure."""
    bent = test[(test["p_value"] < CERTAIN) & (test["correlation"].abs() > 0.05)]
    if bent.empty:
        return [words.say("churn.ratios_are_steady")]
    return [words.say("churn.ratios_change", covariates=_listed([str(name) for name in bent.index]))]


def notes(spells: Spells) -> list[str]:
    """The rule, and what was left out."""
    said = [words.say("churn.rule", rule=spells.rule, n=len(spells), events=spells.n_events)]
    said += [words.say("churn.left_out", n=len(rows), reason=reason) for reason, rows in spells.left_out.items()]
    return said


def _how_many(spells: Spells, rates: pd.DataFrame | None) -> str:
    recent = None if rates is None else recent_rates(rates)
    if recent is not None:
        return words.say(
            "churn.how_many_a_month", n=recent.periods,
            rate=recent.churn, low=recent.low, high=recent.high, lost=recent.lost,
            current=int((~spells.table["event"]).sum()),
        )  # fmt: skip
    return words.say("churn.how_many", lost=spells.n_events, n=len(spells), share=spells.n_events / len(spells))


def _when(spells: Spells, curve: Curves) -> str:
    median = float(curve.medians["median"].iloc[0])
    after, share, low, high = _share_after(curve, spells)
    known = {"unit": _unit(spells), "after": words.number(after), "share": share, "low": low, "high": high}
    if np.isfinite(median):
        return words.say("churn.when_half", median=words.number(median, 1), **known)
    return words.say("churn.when_less_than_half", **known)


def _who(spells: Spells, warnings: Warnings) -> list[str]:
    n = int(warnings.table["chance"].notna().sum())
    if not n:
        return []
    known = {"n": n, "expected": warnings.expected, "horizon": words.number(warnings.horizon), "unit": _unit(spells)}
    if "gone" in warnings.table:
        return [words.say("churn.at_risk_by_the_purchase_model", **known)]
    if not np.isfinite(warnings.value_at_risk):
        return [words.say("churn.at_risk", **known)]
    ordered = warnings.table["value_at_risk"].dropna().sort_values(ascending=False)
    tenth = float(ordered.head(max(len(ordered) // 10, 1)).sum() / ordered.sum()) if ordered.sum() > 0 else float("nan")
    return [words.say("churn.at_risk_of_value", value=warnings.value_at_risk, tenth=tenth, **known)]


def _why(spells: Spells, fit: CoxFit | None, incidence: pd.DataFrame | None) -> list[str]:
    said = []
    if incidence is not None:
        ends = incidence.groupby("reason")["incidence"].last().sort_values(ascending=False)
        listed = [f"{reason} {words.percent(float(share))}" for reason, share in ends.items()]
        longest = float(incidence["time"].max())
        said.append(words.say("churn.reasons_take", reasons=_listed(listed), after=words.number(longest, 0),
                              unit=_unit(spells)))  # fmt: skip
    if fit is not None:
        sure = fit.table[(fit.table["low"] > 1) | (fit.table["high"] < 1)]
        faster = sure[sure["hazard_ratio"] > 1].sort_values("hazard_ratio", ascending=False).head(FEWEST_STRONG)
        slower = sure[sure["hazard_ratio"] < 1].sort_values("hazard_ratio").head(FEWEST_STRONG)
        for key, rows in (("leave_sooner", faster), ("leave_later", slower)):
            if len(rows):
                listed = [f"{name} (x{words.number(float(v), 2)})" for name, v in rows["hazard_ratio"].items()]
                said.append(words.say(f"churn.{key}", covariates=_listed(listed)))
    return said


def _share_after(curve: Curves, spells: Spells) -> tuple[float, float, float, float]:
    """Share still here after a year (or the unit's like), or half the longest tenure where that is shorter."""
    wanted = {"day": 365.0, "week": 52.0, "month": 12.0, "year": 1.0}[spells.unit]
    longest = float(curve.table["last"].max())
    after = wanted if wanted <= longest else float(np.floor(longest / 2.0) or longest)
    rows = curve.table[curve.table["time"] <= after]
    if rows.empty:
        return after, 1.0, 1.0, 1.0
    at = rows.iloc[-1]
    return after, float(at["survival"]), float(at["low"]), float(at["high"])


def _unit(spells: Spells) -> str:
    return words.say(f"units_of_time.{spells.unit}")


def _listed(items: list[str]) -> str:
    return words.say("numbers.comma").join(items)
