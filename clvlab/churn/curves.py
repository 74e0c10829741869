"""Survival curves: how many customers are still here after each tenure, with uncertainty, by group."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from clvlab.churn.checks import hold
from clvlab.churn.spell_table import Spells
from clvlab.errors import InputError
from clvlab.shown import Shown

Float = NDArray[np.float64]
Z = float(stats.norm.ppf(0.95))
EVERYBODY = ""


@dataclass(frozen=True, eq=False, repr=False)
class Curves(Shown):
    """Survival curves.

    Attributes
    ----------
    table : DataFrame
        group (empty where all are one), time (tenure, in the spells' unit), at_risk, events, censored (between this
        time and the next), survival, std_error, low and high (90 % pointwise, log-log), band_low and band_high (90 %
        simultaneous, Hall-Wellner), cumulative_hazard (Nelson-Aalen) with hazard_low, hazard_high.
    by : str
        What groups are by.
    test : dict
        Log-rank test between groups: statistic, freedom, p_value; empty where there is one group.
    unit : str
    """

    table: pd.DataFrame
    by: str
    test: dict[str, float]
    unit: str

    @property
    def groups(self) -> list[str]:
        """In the order of the table."""
        return [str(group) for group in self.table["group"].unique()]

    def at(self, times: object) -> pd.DataFrame:
        """Survival at some tenures: index time, one column per group; NaN beyond the last spell watched."""
        wanted = np.atleast_1d(np.asarray(times, dtype=float))
        found = {}
        for group, rows in self.table.groupby("group", sort=False):
            place = np.searchsorted(rows["time"].to_numpy(), wanted, side="right") - 1
            values = np.where(place >= 0, rows["survival"].to_numpy()[np.maximum(place, 0)], 1.0)
            # A tenure beyond the longest watched is unknown, unless nobody is left.
            beyond = (wanted > rows["last"].iloc[0]) & (values > 0)
            found[group] = np.where(beyond, np.nan, values)
        return pd.DataFrame(found, index=pd.Index(wanted, name="time"))

    @property
    def medians(self) -> pd.DataFrame:
        """Tenure by which half have left, with a 90 % interval (NaN where fewer have): median, low, high."""
        rows = {}
        for group, part in self.table.groupby("group", sort=False):
            rows[group] = {name: _reached(part, column) for name, column in
                           (("median", "survival"), ("low", "low"), ("high", "high"))}  # fmt: skip
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis(self.by or "group")


def kaplan_meier(spells: Spells, *, by: str | None = None) -> Curves:
    """Kaplan-Meier and Nelson-Aalen curves, with left truncation, and a log-rank test between groups.

    With late entries few may be watched at short tenures. Where all of those leave together the curve falls to 0 and
    stays there, whatever is seen later: look at ``at_risk``.

    Parameters
    ----------
    by : str, optional
        A covariate; one curve for each of its values.

    Raises
    ------
    InputError
        No such covariate, or it is missing for some.

    Examples
    --------
    >>> from clvlab.churn.spells import spells
    >>> table = pd.DataFrame({"tenure": [1, 2, 2, 3], "left": [1, 1, 0, 0]})
    >>> kaplan_meier(spells(table, duration="tenure", event="left")).at([1, 2])[""].round(3).tolist()
    [0.75, 0.5]
    """
    groups = groups_of(spells, by)
    labels = sorted(groups.unique())
    tables = [_curve(spells.table[(groups == label).to_numpy()]).assign(group=label) for label in labels]
    table = pd.concat(tables, ignore_index=True)
    table = table[["group", *[name for name in table.columns if name != "group"]]]
    return Curves(table, by or "", _logrank(spells.table, groups) if len(labels) > 1 else {}, spells.unit)


def restricted_mean(spells: Spells, until: float, *, by: str | None = None) -> pd.DataFrame:
    """Mean tenure within the first ``until`` units (the area under the curve), and differences between groups.

    Returns
    -------
    DataFrame, one row per group
        mean, std_error, low, high (90 %); and, from the first group, difference with difference_low and _high, and its
        p_value.

    Raises
    ------
    InputError
        ``until`` lies beyond the longest spell of a group, where the curve is unknown.
    """
    groups = groups_of(spells, by)
    rows = {}
    for label in sorted(groups.unique()):
        part = spells.table[(groups == label).to_numpy()]
        longest = float(part["duration"].max())
        if not 0 < until <= longest:
            raise InputError(
                f"The restricted mean ends within what was watched: until={until:g}, and the longest spell"
                f"{f' of {label}' if label else ''} is {longest:g} {spells.unit}s."
            )
        curve = _curve(part)
        time, survival = curve["time"].to_numpy(), curve["survival"].to_numpy()
        inside = time < until
        time, survival = time[inside], survival[inside]
        edges = np.concatenate([[0.0], time, [until]])
        pieces = np.diff(edges) * np.concatenate([[1.0], survival])
        after = pieces[::-1].cumsum()[::-1][1:]  # area to the right of each time
        d, n = curve["events"].to_numpy()[inside], curve["at_risk"].to_numpy()[inside]
        with np.errstate(divide="ignore", invalid="ignore"):
            variance = float(np.sum(np.where(n > d, after**2 * d / (n * (n - d)), 0.0)))
        rows[label] = {"mean": float(pieces.sum()), "std_error": np.sqrt(variance)}
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis(by or "group")
    table["low"], table["high"] = table["mean"] - Z * table["std_error"], table["mean"] + Z * table["std_error"]
    if len(table) > 1:
        difference = table["mean"] - table["mean"].iloc[0]
        error = np.sqrt(table["std_error"] ** 2 + table["std_error"].iloc[0] ** 2)
        error.iloc[0] = np.nan
        table["difference"] = difference
        table["difference_low"], table["difference_high"] = difference - Z * error, difference + Z * error
        table["p_value"] = 2.0 * stats.norm.sf((difference / error).abs())
    return table


def groups_of(spells: Spells, by: str | None) -> "pd.Series[str]":
    """Each spell's group, as text; one group without a name unless ``by`` names a covariate."""
    if by is None:
        return pd.Series(EVERYBODY, index=spells.table.index)
    if by not in spells.covariates:
        raise InputError(f"There is no covariate {by}; there are {', '.join(spells.covariates) or 'none'}.")
    hold(spells.table, f"{by} must be known to group by it", spells.table[by].isna())
    return spells.table[by].astype(str)


def risk_table(table: pd.DataFrame) -> pd.DataFrame:
    """At each time at which someone left: time, at_risk, events, and censored from then until the next such time."""
    exit_, event = table["duration"].to_numpy(), table["event"].to_numpy()
    # Where nobody left, the longest tenure, at which all are still here.
    time = np.unique(exit_[event]) if event.any() else exit_.max(keepdims=True, initial=0.0)
    at_risk, events = _at_risk(table, time), _events_at(table, time)
    place = np.searchsorted(time, exit_[~event], side="right") - 1
    censored = np.bincount(place[place >= 0], minlength=len(time))
    return pd.DataFrame(
        {"time": time, "at_risk": at_risk.astype(float), "events": events.astype(float), "censored": censored}
    )


def _at_risk(table: pd.DataFrame, time: Float) -> Float:
    """How many entered before each time, and had not gone; who is not truncated was there from the beginning."""
    entry, exits = table["entry"].to_numpy(), np.sort(table["duration"].to_numpy())
    entries = np.sort(np.where(entry > 0, entry, -np.inf))
    return np.asarray(np.searchsorted(entries, time, side="left") - np.searchsorted(exits, time, side="left"))


def _events_at(table: pd.DataFrame, time: Float) -> Float:
    left = table["duration"].to_numpy()[table["event"].to_numpy()]
    return np.asarray(np.bincount(np.searchsorted(time, left), minlength=len(time)))


def _curve(table: pd.DataFrame) -> pd.DataFrame:
    found = risk_table(table)
    n, d = found["at_risk"].to_numpy(), found["events"].to_numpy()
    survival, greenwood = product_limit(n, d)
    found["survival"] = survival
    found["low"], found["high"] = log_log(survival, greenwood, Z)
    with np.errstate(divide="ignore", invalid="ignore"):
        found["std_error"] = np.where(np.isfinite(greenwood), survival * np.sqrt(greenwood), 0.0)
        found["band_low"], found["band_high"] = _hall_wellner(survival, greenwood, len(table))
        hazard, variance = np.cumsum(d / n), np.cumsum(d / n**2)
        found["cumulative_hazard"] = hazard
        spread = np.where(hazard > 0, Z * np.sqrt(variance) / hazard, 0.0)
        found["hazard_low"], found["hazard_high"] = hazard * np.exp(-spread), hazard * np.exp(spread)
    found["last"] = float(table["duration"].max())
    return found


def product_limit(at_risk: Float, events: Float) -> tuple[Float, Float]:
    """Kaplan and Meier's survival after each time, and Greenwood's sum: the relative variance of it."""
    with np.errstate(divide="ignore", invalid="ignore"):
        survival = np.cumprod(1.0 - events / at_risk)
        return survival, np.cumsum(np.where(at_risk > events, events / (at_risk * (at_risk - events)), np.inf))


def log_log(survival: Float, greenwood: Float, z: float) -> tuple[Float, Float]:
    """Pointwise interval on the scale of log(-log survival), which keeps within 0 and 1; none at 0 and 1."""
    inside = (survival > 0) & (survival < 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = z * np.sqrt(greenwood) / np.log(survival)
        low, high = survival ** np.exp(-spread), survival ** np.exp(spread)
    return np.where(inside, low, survival), np.where(inside, high, survival)


def _hall_wellner(survival: Float, greenwood: Float, n: int) -> tuple[Float, Float]:
    """90 % simultaneous bands; the constant is that of the whole line (statsmodels gives the same)."""
    constant = 1.2238  # of a Brownian bridge's largest excursion, 90 %
    with np.errstate(invalid="ignore"):
        half = constant * (1.0 + n * greenwood) * survival / np.sqrt(n)
    half = np.where(np.isfinite(half), half, 0.0)
    return np.clip(survival - half, 0.0, 1.0), np.clip(survival + half, 0.0, 1.0)


def _logrank(table: pd.DataFrame, groups: "pd.Series[str]") -> dict[str, float]:
    """Empty where nothing can be compared: nobody left, or only where those at risk were all of one group."""
    labels = sorted(groups.unique())
    event = table["event"].to_numpy()
    time = np.unique(table["duration"].to_numpy()[event])
    own = [table[(groups == label).to_numpy()] for label in labels]
    at_risk = np.array([_at_risk(part, time) for part in own], dtype=float)
    lost = np.array([_events_at(part, time) for part in own], dtype=float)
    n, d = at_risk.sum(axis=0), lost.sum(axis=0)
    share = at_risk / n
    spread = d * (n - d) / np.maximum(n - 1.0, 1.0)
    difference = (lost - d * share).sum(axis=1)
    variance = np.diag(share @ spread) - (share * spread) @ share.T
    # One row and column repeats the others; so does that of a group that was never compared.
    freedom = int(np.linalg.matrix_rank(variance, tol=1e-9 * max(float(d.sum()), 1.0), hermitian=True))
    if not freedom:
        return {}
    statistic = float(difference @ np.linalg.pinv(variance, rtol=1e-9, hermitian=True) @ difference)
    return {"statistic": statistic, "freedom": float(freedom), "p_value": float(stats.chi2.sf(statistic, freedom))}


def _reached(part: pd.DataFrame, column: str) -> float:
    below = np.flatnonzero(part[column].to_numpy() <= 0.5)
    return float(part["time"].iloc[below[0]]) if len(below) else float("nan")
