"""The worth of the best forecast in decisions, one sentence each: whom to contact, and how many."""

import pandas as pd

from clvlab.evaluation.result import Comparison
from clvlab.evaluation.strategies import in_money
from clvlab.notes import Note


def ranking(comparison: Comparison, targeting: pd.DataFrame, share: float) -> Note | None:
    """Whether the customers whom the best forecast puts first bring more than those of the best simple rule.

    Parameters
    ----------
    targeting : DataFrame
        ``decisions.targeting`` at that share.
    share : float
        Of customers contacted.

    Returns
    -------
    Note or None
        Values in shares and percentage points; None where nobody bought or nobody forecast.
    """
    found = _rows(comparison, targeting)
    if found is None:
        return None
    own, rule = found
    told = {
        "best": comparison.verdict.best, "rule": own["rule"], "share": share, "captured": own["captured"],
        "other": rule["captured"], "points": 100.0 * own["difference"], "low": 100.0 * own["difference_low"],
        "high": 100.0 * own["difference_high"],
    }  # fmt: skip
    if not in_money(comparison):
        if own["difference_low"] > 0:
            return Note("evaluation.reaches_more_purchases", **told)
        if own["difference_high"] < 0:
            return Note("evaluation.reaches_fewer_purchases", **told)
        return Note("evaluation.reaches_no_more_purchases", **told)
    if own["difference_low"] > 0:
        return Note("evaluation.reaches_more_value", **told)
    if own["difference_high"] < 0:
        return Note("evaluation.reaches_less_value", **told)
    return Note("evaluation.reaches_no_more_value", **told)


def worth(comparison: Comparison, contacts: pd.DataFrame) -> Note | None:
    """What choosing the best forecast over the best simple rule earns, where each decides how many to contact.

    Parameters
    ----------
    contacts : DataFrame
        ``contacts.contacts``.

    Returns
    -------
    Note or None
        Values in money, or purchases where amounts are unknown; None where nobody bought, or the best forecast has no
        amounts.
    """
    found = _rows(comparison, contacts)
    if found is None:
        return None
    own, rule = found
    told = {
        "best": comparison.verdict.best, "rule": own["rule"], "cost": contacts.attrs["cost"],
        "contacted": own["contacted"], "rule_contacts": rule["contacted"], "profit": own["profit"],
        "rule_profit": rule["profit"], "difference": own["difference"], "low": own["low"], "high": own["high"],
    }  # fmt: skip
    if not in_money(comparison):
        if own["low"] > 0:
            return Note("evaluation.worth_more_purchases", **told)
        if own["high"] < 0:
            return Note("evaluation.worth_fewer_purchases", **told)
        return Note("evaluation.worth_no_more_purchases", **told)
    if own["low"] > 0:
        return Note("evaluation.worth_more", **told)
    if own["high"] < 0:
        return Note("evaluation.worth_less", **told)
    return Note("evaluation.worth_no_more", **told)


def _rows(comparison: Comparison, table: pd.DataFrame) -> tuple[pd.Series, pd.Series] | None:
    """The best forecast's row and the best rule's."""
    best = ("competitor", comparison.verdict.best)
    if best not in table.index or table["difference"].isna().any():
        return None
    own = table.loc[[best]].iloc[0]
    return own, table.loc[[("rule", own["rule"])]].iloc[0]
