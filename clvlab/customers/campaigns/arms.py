"""What a campaign changed, against the group that was held out at random: any table with an arm and an outcome."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.multitest import multipletests

from clvlab.arguments import number
from clvlab.customers.campaigns.balance import NOT_RANDOM, p_alike
from clvlab.customers.campaigns.estimate import Float, Means, means
from clvlab.customers.design import design
from clvlab.errors import InputError
from clvlab.notes import Note
from clvlab.shown import Shown

LEVEL = 0.95
FEWEST = 2  # customers an arm, for a spread
FEW = 20  # customers an arm and segment below which no difference is told


@dataclass(frozen=True, eq=False, repr=False)
class CampaignEffects(Shown):
    """What each arm of a campaign changed.

    Attributes
    ----------
    table : DataFrame, index arm
        n, control_n (customers); mean, control_mean (of the outcome); value (their difference), low, high (95 %
        confidence interval), error; lift, lift_low, lift_high (the difference as a share of the control's mean);
        p_value, p_adjusted (Holm's, over arms), significant (p_adjusted below .05); removed (share of the variance that
        ``before`` took away). With a cost also cost (a customer), earned, earned_low, earned_high (margin times value
        less cost, a customer), total, total_low, total_high (all of the arm).
    by_segment : DataFrame or None
        One row per arm and segment: arm, segment, n, control_n, mean, control_mean, value, low, high, p_value,
        p_adjusted (Holm's, over all rows), significant, share (of customers).
    differs : DataFrame or None, index arm
        statistic, df, p_value: whether the difference is the same in all segments (Cochran's Q).
    outcome, control : str
    before : tuple of str
    balance : float or None
        p value of ``before`` being alike in all arms, of ranks; None without ``before``.
    notes : tuple of Note
    """

    table: pd.DataFrame
    by_segment: pd.DataFrame | None
    differs: pd.DataFrame | None
    outcome: str
    control: str
    before: tuple[str, ...]
    balance: float | None
    notes: tuple[Note, ...] = ()


def campaign(
    frame: pd.DataFrame, *, treatment: str, control: str, outcome: str, before: Sequence[str] = (),
    by: str | None = None, cost: float | str | None = None, margin: float = 1.0,
) -> CampaignEffects:  # fmt: skip
    """Compare each arm of a campaign with its random control group.

    Parameters
    ----------
    frame : DataFrame
        One row per customer.
    treatment : str
        Column of arms; who was given which was drawn by chance.
    control : str
        The arm that was left alone.
    outcome : str
        Column of numbers, or of yes and no: what came after.
    before : sequence of str
        Columns known before anybody was assigned (numbers or categories), such as past spend: they take away variance
        that has nothing to do with the campaign (CUPED).
    by : str, optional
        Column of segments, known before too.
    cost : float or str, optional
        Of a contact, or a column of it (0 in the control group).
    margin : float
        What a unit of the outcome earns.

    Returns
    -------
    CampaignEffects

    Raises
    ------
    InputError
        A column that is not there, a control group that no row has, an outcome that is no number, or an arm of fewer
        than two customers.

    Notes
    -----
    Source: Welch (1947); Lin (2013); Deng et al. (2013); Fieller (1954); Holm (1979); Cochran (1954).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> arm = rng.choice(["mail", "none"], 4000)
    >>> spent = rng.gamma(2.0, 20.0, 4000)
    >>> frame = pd.DataFrame({"arm": arm, "spent": spent, "visit": rng.random(4000) < 0.1 + 0.05 * (arm == "mail")})
    >>> found = campaign(frame, treatment="arm", control="none", outcome="visit", before=["spent"])
    >>> found.table[["value", "low", "high"]].round(3).to_dict("records")
    [{'value': 0.038, 'low': 0.017, 'high': 0.059}]
    """
    arm, y, kept, notes = given(frame, treatment, control, outcome)
    number(margin, "margin", above=0, example="0.4")
    paid = _costs(kept, cost)
    known = design(kept, before).columns
    held = arm == control
    arms = sorted(set(arm[~held]))
    rows, found = [], {}
    for each in arms:
        inside = held | (arm == each)
        found[each] = means(y[inside], (arm == each)[inside], known[inside] if known.shape[1] else None)
        rows.append({"arm": each, **_row(found[each]), **_earned(found[each], arm == each, paid, margin)})
    table = pd.DataFrame(rows).set_index("arm")
    table["p_adjusted"] = holm(table["p_value"])
    table["significant"] = table["p_adjusted"] < 1.0 - LEVEL
    alike = p_alike(known, arm) if known.shape[1] else None
    if alike is not None and alike < NOT_RANDOM:
        notes.append(Note("campaigns.not_random", p=alike, columns=list(before)))
    segments, differs = (None, None) if by is None else _segments(kept, by, arm, control, y, known, notes)
    return CampaignEffects(table, segments, differs, outcome, control, tuple(before), alike, tuple(notes))


def given(
    frame: pd.DataFrame, treatment: str, control: str, outcome: str
) -> tuple[np.ndarray, Float, pd.DataFrame, list[Note]]:  # fmt: skip
    """Arms, outcomes, the rows that have both, and a note where some have not."""
    for name in (treatment, outcome):
        if name not in frame:
            raise InputError(f"The frame has no column {name!r}; it has {', '.join(map(str, frame.columns))}.")
    if not (pd.api.types.is_numeric_dtype(frame[outcome].dtype) or pd.api.types.is_bool_dtype(frame[outcome].dtype)):
        raise InputError(f"outcome= is a column of numbers, or of True and False; {outcome!r} holds "
                         f"{frame[outcome].dtype}. Turn it into 0 and 1 first.")  # fmt: skip
    known = frame[treatment].notna() & frame[outcome].notna()
    kept = frame[known]
    notes = [] if known.all() else [Note("campaigns.rows_without", n=int((~known).sum()))]
    arm = kept[treatment].astype(str).to_numpy(dtype=object)
    seen = sorted(set(arm))
    if control not in seen:
        raise InputError(f"control= is an arm of {treatment!r}: {', '.join(seen)}. Found {control!r}.")
    if len(seen) < 2:
        raise InputError(f"Everybody is in the control group {control!r}: there is nothing to compare it with.")
    for each in seen:
        if int((arm == each).sum()) < FEWEST:
            raise InputError(f"The arm {each!r} has {int((arm == each).sum())} customer; a spread needs {FEWEST}. "
                             "Leave it out, or put arms together.")  # fmt: skip
    y = kept[outcome].to_numpy(dtype=float)
    if not np.isfinite(y).all():
        raise InputError(f"The outcome {outcome!r} holds infinite values: leave their rows out or mend them.")
    return arm, y, kept, notes


def _costs(kept: pd.DataFrame, cost: float | str | None) -> Float | None:
    if cost is None:
        return None
    if isinstance(cost, str):
        if cost not in kept:
            raise InputError(f"cost= is a number, or a column of the frame; there is no column {cost!r}.")
        return np.asarray(kept[cost].fillna(0.0).to_numpy(dtype=float))
    return np.full(len(kept), number(cost, "cost", least=0, example="0.4"))


def _row(found: Means) -> dict[str, float]:
    low, high = found.interval(LEVEL)
    lift, lift_low, lift_high = found.lift(LEVEL)
    return {
        "n": found.n, "control_n": found.control_n, "mean": found.arm, "control_mean": found.control,
        "value": found.value, "low": low, "high": high, "error": found.error, "lift": lift, "lift_low": lift_low,
        "lift_high": lift_high, "p_value": found.p_value(), "removed": found.removed,
    }  # fmt: skip


def _earned(found: Means, treated: np.ndarray, paid: Float | None, margin: float) -> dict[str, float]:
    """What the arm earned per customer, and in all: its customers are known, what they would have done is not."""
    if paid is None:
        return {}
    cost = float(paid[treated].mean())
    ends = {"": found.value, **dict(zip(("_low", "_high"), found.interval(LEVEL), strict=True))}
    each = {f"earned{end}": margin * value - cost for end, value in ends.items()}
    return {"cost": cost, **each, **{name.replace("earned", "total"): found.n * value for name, value in each.items()}}


def holm(p_values: pd.Series) -> Float:
    """Holm's p values, of several seen at once; NaN where there is none."""
    known = p_values.notna().to_numpy()
    found = np.full(len(p_values), np.nan)
    if known.any():
        found[known] = multipletests(p_values[known], method="holm")[1]
    return found


def _segments(
    kept: pd.DataFrame, by: str, arm: np.ndarray, control: str, y: Float, known: Float, notes: list[Note]
) -> tuple[pd.DataFrame, pd.DataFrame]:  # fmt: skip
    if by not in kept:
        raise InputError(f"by= is a column of the frame; there is no column {by!r}.")
    segment = kept[by].astype(str).where(kept[by].notna(), "unknown").to_numpy(dtype=object)
    rows: list[dict[str, float | str]] = []
    passed = 0
    for each in sorted(set(arm) - {control}):
        for name in sorted(set(segment)):
            inside = (segment == name) & ((arm == each) | (arm == control))
            treated = (arm == each)[inside]
            if min(int(treated.sum()), int((~treated).sum())) < FEW:
                passed += 1
                continue
            found = means(y[inside], treated, known[inside] if known.shape[1] else None)
            share = float((segment == name).mean())
            rows.append({"arm": each, "segment": name, "share": share, **_row(found)})
    if passed:
        notes.append(Note("campaigns.segments_too_small", n=passed, fewest=FEW))
    if not rows:
        raise InputError(f"No segment of {by!r} has {FEW} customers in an arm and in the control group: give fewer, "
                         "larger segments.")  # fmt: skip
    table = pd.DataFrame(rows)
    table["p_adjusted"] = holm(table["p_value"])
    table["significant"] = table["p_adjusted"] < 1.0 - LEVEL
    differs = pd.DataFrame([{"arm": name, **_same(part)} for name, part in table.groupby("arm", sort=False)])
    return table, differs.set_index("arm")


def _same(part: pd.DataFrame) -> dict[str, float]:
    """Cochran's Q of the differences being one."""
    part = part[part["error"] > 0]
    weight = 1.0 / part["error"] ** 2
    statistic = float((weight * (part["value"] - np.average(part["value"], weights=weight)) ** 2).sum())
    df = len(part) - 1
    return {"statistic": statistic, "df": df, "p_value": float(stats.chi2.sf(statistic, df)) if df > 0 else np.nan}
