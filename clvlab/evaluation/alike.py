"""Which competitors differ: a page lists and draws these, and names near-copies with them."""

from collections.abc import Iterable, Sequence

from clvlab.evaluation.competitors.segmented import way_of
from clvlab.evaluation.result import Comparison
from clvlab.evaluation.totals import total_interval

ALIKE = 0.01  # of the mean forecast: the same forecast, made twice
ON_EACH_OTHER = 0.05  # of the mean forecast: lines that would lie on each other


def alike(comparison: Comparison, keys: Iterable[str] | None = None) -> dict[str, tuple[str, ...]]:
    """Competitors that differ, each with those whose forecasts are nearly identical.

    Parameters
    ----------
    keys : iterable of str, optional
        These alone; unset, every competitor that did not fail.

    Returns
    -------
    dict
        In the table's order, lowest deviance first: key to the keys of the others whose expected purchases differ from
        its by less than 1 % of its mean forecast, in mean absolute difference a customer. Those of one group are all in
        the best set, or all beaten. Every competitor asked for is a key or in one key's group.
    """
    found: dict[str, list[str]] = {}
    best, asked = comparison.verdict.best_set, set(comparison.outcomes if keys is None else keys)
    for key in comparison.outcomes:
        if key not in asked:
            continue
        stand_so = [one for one in found if (one in best) == (key in best)]
        first = next((one for one in stand_so if _differ_by(comparison, one, key) < ALIKE), None)
        if first is None:
            found[key] = []
        else:
            found[first].append(key)
    return {key: tuple(others) for key, others in found.items()}


def contrasted(comparison: Comparison, most: int = 4) -> list[str]:
    """Keys worth drawing: the best, then those whose forecasts differ from all drawn before."""
    drawn: list[str] = []
    best = comparison.verdict.best_set
    keys = sorted(comparison.outcomes, key=lambda each: each not in best)
    # The best of those with intervals is drawn even where it says much the same.
    banded = next((key for key in keys if total_interval(comparison, key) is not None), "")
    for key in sorted(keys, key=lambda each: (each != comparison.verdict.best, each != banded)):
        if key == banded or not any(_differ_by(comparison, key, other) < ON_EACH_OTHER for other in drawn):
            drawn.append(key)
    return drawn[:most]


def shown_by_segment(comparison: Comparison, shown: Sequence[str]) -> list[str]:
    """Keys worth a row in each segment: those drawn, the best naive forecast, and segment by segment fits."""
    naive = [comparison.verdict.baseline] if comparison.verdict.baseline else []
    ways = [key for key in comparison.outcomes if way_of(key) is not None]
    return list(dict.fromkeys([*shown, *naive, *ways]))


def _differ_by(comparison: Comparison, key: str, other: str) -> float:
    """Mean absolute difference of expected purchases, as a share of the mean forecast of ``key``."""
    one, two = (comparison.outcomes[each]["expected"].to_numpy(dtype=float) for each in (key, other))
    apart, mean = float(abs(one - two).mean()), float(abs(one).mean())
    return apart / mean if mean > 0 else (0.0 if apart == 0 else float("inf"))
