"""Why and when customers leave: cumulative incidence of competing reasons.

One minus Kaplan-Meier of one reason, the others censored, is the share that would leave for it in a world without the
others; it overstates each, and the reasons then add up to more than all. Aalen and Johansen's estimator does not.
"""

import numpy as np
import pandas as pd

from clvlab.churn.checks import check_events, hold
from clvlab.churn.curves import Z, groups_of, risk_table
from clvlab.churn.spell_table import Spells


def cumulative_incidence(spells: Spells, *, by: str | None = None) -> pd.DataFrame:
    """Share of customers who have left for each reason, by tenure (Aalen-Johansen, with left truncation).

    Returns
    -------
    DataFrame
        group, reason, time, at_risk, events (for this reason), incidence, std_error, low and high (90 %, log-log).

    Raises
    ------
    InputError
        Nobody left, or some left without a reason.

    Source: Aalen & Johansen (1978); the variance is Marubini & Valsecchi (1995), eq. 10.12.

    Examples
    --------
    >>> from clvlab.churn.spells import spells
    >>> table = pd.DataFrame({"tenure": [1, 2, 3, 4], "why": ["price", "moved", "price", None]})
    >>> found = cumulative_incidence(spells(table, duration="tenure", reason="why"))
    >>> found.groupby("reason")["incidence"].last().to_dict()
    {'moved': 0.25, 'price': 0.5}
    """
    check_events(spells, "Cumulative incidence")
    table = spells.table
    unknown = table["event"] & table["reason"].eq("")
    hold(table, "every customer who left needs a reason (fill it, say with 'unknown')", unknown)
    groups = groups_of(spells, by)
    parts = []
    for label in sorted(groups.unique()):
        own = table[(groups == label).to_numpy()]
        risk = risk_table(own)
        for reason in sorted(set(table.loc[table["event"], "reason"])):
            parts.append(_incidence(own, risk, reason).assign(group=label, reason=reason))
    found = pd.concat(parts, ignore_index=True)
    return found[["group", "reason", *[name for name in found.columns if name not in ("group", "reason")]]]


def _incidence(table: pd.DataFrame, risk: pd.DataFrame, reason: str) -> pd.DataFrame:
    time, n, d = (risk[name].to_numpy() for name in ("time", "at_risk", "events"))
    mine = (table["event"] & table["reason"].eq(reason)).to_numpy()
    own = np.bincount(np.searchsorted(time, table["duration"].to_numpy()[mine]), minlength=len(time)).astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        before = np.append(1.0, np.cumprod(1.0 - d / n))[:-1]
        found = np.cumsum(before * own / n)
        a = np.where(n > d, d / (n * (n - d)), 0.0)
        b = before * own / n**2
        # Sums over s <= t of (F(t) - F(s))^2 a, S^2 own (n - own) / n^3 and -2 (F(t) - F(s)) b, multiplied out.
        variance = (
            found**2 * np.cumsum(a) - 2 * found * np.cumsum(found * a) + np.cumsum(found**2 * a)
            + np.cumsum(before**2 * own * (n - own) / n**3)
            - 2 * (found * np.cumsum(b) - np.cumsum(found * b))
        )  # fmt: skip
        error = np.sqrt(np.maximum(variance, 0.0))
        spread = Z * error / (found * np.log(found))
        inside = (found > 0) & (found < 1)
        low = np.where(inside, found ** np.exp(-spread), found)
        high = np.where(inside, found ** np.exp(spread), found)
    return pd.DataFrame(
        {"time": time, "at_risk": n, "events": own, "incidence": found, "std_error": error, "low": low, "high": high}
    )
