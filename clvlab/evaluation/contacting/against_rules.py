"""Would simple rules have done as well: both lists at earlier ends of the same records, and what they really earned."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.arguments import number
from clvlab.data.order_book import Orders
from clvlab.data.units import Unit, days_in
from clvlab.errors import InputError
from clvlab.evaluation.comparison import compare
from clvlab.evaluation.contacts import by_amounts, by_rules, first_of, paired_interval
from clvlab.evaluation.dates import DateLike
from clvlab.evaluation.decisions import break_even
from clvlab.evaluation.result import Comparison
from clvlab.evaluation.strategies import rules, worth
from clvlab.models import MBGNBD, GammaGamma
from clvlab.models.model import Model
from clvlab.models.transactions import TransactionFit
from clvlab.notes import Note

Float = NDArray[np.float64]

FORECAST = "forecast"


@dataclass(frozen=True, eq=False)
class AgainstRules:
    """What ``against_rules`` returns.

    Attributes
    ----------
    table : DataFrame, index (rule, length)
        Rules: recency, frequency, past_spend (where amounts are known), rfm. Lengths: "learned" (the share that would
        have paid best before), "same" (as many as the forecast's list). Columns: contacted and profit of the rule's
        list; forecast_contacted, forecast_profit; difference (the forecast's profit less the rule's), low, high (90 %,
        customers drawn with all their rows, paired).
    notes : tuple of Note
        Against the rule with the most profit, of each length: "contacting.better" or "contacting.no_better".
    cost, gain : float
    ends : tuple of Timestamp
        Calibration ends.
    comparison : Comparison
        What it was made of.
    """

    table: pd.DataFrame
    notes: tuple[Note, ...]
    cost: float
    gain: float
    ends: tuple[pd.Timestamp, ...]
    comparison: Comparison


def against_rules(
    orders: Orders,
    *,
    cost: float | None = None,
    gain: float = 1.0,
    window: float = 13.0,
    unit: Unit = "week",
    origins: int | Sequence[DateLike] = 1,
    model: Model[TransactionFit] | None = None,
    seed: int = 0,
) -> AgainstRules:
    """Hold the forecast's list against those of simple rules, at earlier ends of the same records.

    Profit is gain x what the contacted brought in the holdout - cost; the forecast contacts where it expects some.
    Nobody was contacted then, so what a contact earns is taken as in proportion to what the customer brought.

    Parameters
    ----------
    orders : Orders
    cost : float, optional
        Of a contact, in money, or in purchases where amounts are unknown; such that contacting everybody would have
        broken even unless given.
    gain : float
        What a contact earns of what a customer brings: lift x margin.
    window : float
        In ``unit``.
    origins : int or sequence of dates
        Calibration ends; 1 is a window before the last order.
    model : Model, optional
        MBG/NBD unless given.
    seed : int

    Raises
    ------
    InputError
        A gain that is not above 0, or records too short for a holdout.
    FitError
        The model cannot be fitted at a calibration end.

    Examples
    --------
    >>> from clvlab.data import datasets
    >>> found = against_rules(datasets.cdnow(), window=26)
    >>> found.table.loc[("past_spend", "same"), ["contacted", "profit", "forecast_profit"]].round().tolist()
    [472.0, 21141.0, 21019.0]
    >>> found.notes[0].code
    'contacting.no_better'
    """
    number(gain, "gain", above=0, example="0.1 x 0.3, a lift of a tenth at a margin of 30 %")
    spend = GammaGamma() if orders.has_amounts else None
    begun = orders.last_date - pd.Timedelta(days=round(window * days_in(unit)))
    comparison = compare(
        {FORECAST: MBGNBD() if model is None else model}, orders, spend=spend, horizon=window,
        origins=[begun] if origins == 1 or not origins else origins,
        unit=unit, seed=seed,
    )  # fmt: skip
    if FORECAST not in comparison.outcomes:
        raise InputError(f"Nothing to hold against rules: {comparison.table['failed'].iloc[0]}")
    brought = worth(comparison)
    each = break_even(float(brought.sum()), len(brought), gain) if cost is None else number(cost, "cost", least=0)
    own = by_amounts(comparison, each, gain)[("competitor", FORECAST)]
    lists = {(rule, "learned"): part for (_, rule), part in by_rules(comparison, orders, each, gain).items()}
    lists |= {(rule, "same"): part for rule, part in _same_length(comparison, own).items()}
    return _judged(comparison, own, lists, gain * brought - each, each, gain)


def _same_length(comparison: Comparison, own: Float) -> dict[str, Float]:
    """As many customers as the forecast contacts at each calibration end."""
    found: dict[str, list[Float]] = {}
    start = 0
    for run in comparison.runs:
        known = run.split.calibration
        listed = float(own[start : start + len(known)].sum())
        start += len(known)
        for rule, score in rules(known).items():
            found.setdefault(rule, []).append(first_of(score, listed / len(known)))
    return {rule: np.concatenate(parts) for rule, parts in found.items()}


def _judged(
    comparison: Comparison, own: Float, lists: dict[tuple[str, str], Float], earned: Float, cost: float, gain: float
) -> AgainstRules:
    apart = np.column_stack([earned * (own - part) for part in lists.values()])
    low, high = paired_interval(comparison, apart)
    table = pd.DataFrame(
        {
            "contacted": [float(part.sum()) for part in lists.values()],
            "profit": [float((earned * part).sum()) for part in lists.values()],
            "forecast_contacted": float(own.sum()),
            "forecast_profit": float((earned * own).sum()),
            "difference": apart.sum(axis=0),
            "low": low,
            "high": high,
        },
        index=pd.MultiIndex.from_tuples(list(lists), names=["rule", "length"]),
    ).sort_index()
    notes = []
    for length in ("learned", "same"):
        part = table.xs(length, level="length")
        best = str(part["profit"].idxmax())
        row = part.loc[best]
        code = "contacting.better" if row["low"] > 0 else "contacting.no_better"
        notes.append(
            Note(code, rule=best, length=length, difference=row["difference"], low=row["low"], high=row["high"])
        )
    ends = tuple(run.split.calibration_end for run in comparison.runs)
    return AgainstRules(table, tuple(notes), cost, gain, ends, comparison)
