"""Whom to contact: the order of customers by each forecast and each simple rule."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.evaluation.result import Comparison

Float = NDArray[np.float64]
Strategy = tuple[str, str]  # kind and id


def worth(comparison: Comparison) -> Float:
    """What each customer brought in the holdout: money, or purchases where amounts are unknown; one per row."""
    held = pd.concat([run.split.holdout for run in comparison.runs])
    column = "value_holdout" if in_money(comparison) else "frequency_holdout"
    return held[column].to_numpy(dtype=float)


def in_money(comparison: Comparison) -> bool:
    """Whether worth is money rather than purchases."""
    return any(run.split.holdout["value_holdout"].notna().any() for run in comparison.runs)


def rules(known: pd.DataFrame) -> dict[str, Float]:
    """Simple rules that need no model, as ranks from 0 to 1, the best customer highest.

    Parameters
    ----------
    known : DataFrame
        Histories at one day: frequency, recency, T, past_value.

    Returns
    -------
    dict
        "recency" (latest purchase first), "frequency", "past_spend" (where amounts are known), and "rfm": the sum of
        the quintiles of these, in which frequency stands for unknown spend; customers of one sum by past spend.

    Examples
    --------
    >>> known = {"frequency": [0.0, 3.0], "recency": [0.0, 8.0], "T": [10.0, 9.0], "past_value": [5.0, 9.0]}
    >>> rules(pd.DataFrame(known))["recency"].tolist()
    [0.5, 1.0]
    """
    spent = bool(known["past_value"].notna().any())
    money = known["past_value"].fillna(0.0) if spent else known["frequency"]
    recent, often, rich = (ranks(each) for each in (known["recency"] - known["T"], known["frequency"], money))
    score = sum(np.ceil(5.0 * each) for each in (recent, often, rich)) + 0.01 * rich
    found = {"recency": recent, "frequency": often, "past_spend": rich, "rfm": ranks(pd.Series(score))}
    return found if spent else {name: each for name, each in found.items() if name != "past_spend"}


def strategies(comparison: Comparison) -> Iterator[tuple[Strategy, Float]]:
    """Kind and id of each strategy, with customers' ranks within their calibration end, so that shares hold at each.

    Kinds and their strategies: "competitor", by its key; "rule", those of ``rules``; "random"; "hindsight".
    """
    origin = comparison.known["origin"].to_numpy()
    for key in comparison.outcomes:
        yield ("competitor", key), _within(origin, amounts(comparison, key))
    by_end = [rules(run.split.calibration) for run in comparison.runs]
    for rule in by_end[0]:
        yield ("rule", rule), np.concatenate([each[rule] for each in by_end])
    yield ("random", "random"), np.zeros(len(origin))
    yield ("hindsight", "hindsight"), _within(origin, worth(comparison))


def amounts(comparison: Comparison, key: str) -> Float:
    """What a competitor expects of each customer: value where it forecasts that, purchases otherwise."""
    outcome = comparison.outcomes[key]
    return outcome["value_expected" if "value_expected" in outcome else "expected"].to_numpy(dtype=float)


def ranks(score: pd.Series) -> Float:
    """From 0 to 1, highest score highest; the same score has the same rank, and none has the lowest."""
    return np.asarray(score.rank(pct=True, na_option="top"), dtype=np.float64)


def _within(origin: NDArray[np.datetime64], score: Float) -> Float:
    return np.asarray(pd.Series(score).groupby(origin).rank(pct=True, na_option="top"), dtype=np.float64)


def named(found: list[Strategy]) -> pd.MultiIndex:
    """The index of a table of strategies."""
    return pd.MultiIndex.from_tuples(found, names=["kind", "strategy"])
