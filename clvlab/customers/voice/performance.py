"""Importance against performance: which items matter for the overall answer and how well they do."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from clvlab.customers.intervals import mean
from clvlab.customers.voice.answers import answers_of
from clvlab.customers.voice.drivers import drivers

QUADRANTS = ("improve", "keep", "watch", "enough")


def importance_performance(answers: pd.DataFrame, *, overall: str, items: Sequence[str], seed: int = 1) -> pd.DataFrame:
    """Each item's part of the overall answer, and its mean score.

    Parameters
    ----------
    answers, overall, items, seed
        As ``drivers`` takes them.

    Returns
    -------
    DataFrame, index item, the most important first
        importance, importance_low, importance_high (part of R-squared, 95 %); score, score_low, score_high (mean
        answer, 95 %); n; quadrant: "improve" (more important than the mean item, and below the mean score of items),
        "keep" (important, above), "watch" (less important, below), "enough" (less important, above). An interval that
        reaches over a limit leaves the quadrant open, and ``sure`` says whether neither does.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> answers = pd.DataFrame(rng.integers(1, 11, (300, 2)), columns=["price", "service"])
    >>> answers["overall"] = 2 * answers["service"] + answers["price"]
    >>> importance_performance(answers, overall="overall", items=["price", "service"])["importance"].round(2).to_dict()
    {'service': 0.79, 'price': 0.21}
    """
    parts = drivers(answers, overall=overall, items=items, seed=seed)
    rows = {}
    for item in items:
        given = answers_of(answers[item], item)
        known = given[~np.isnan(given)]
        value, low, high = (float(each) for each in mean(len(known), known.sum(), (known**2).sum(), (known**3).sum()))
        rows[item] = {"score": value, "score_low": low, "score_high": high, "n": len(known)}
    scores = pd.DataFrame.from_dict(rows, orient="index").reindex(parts.index)
    found = (
        parts[["importance", "low", "high"]]
        .rename(columns={"low": "importance_low", "high": "importance_high"})
        .join(scores)
    )
    typical, middle = found["importance"].mean(), found["score"].mean()
    important, well = found["importance"] >= typical, found["score"] >= middle
    found["quadrant"] = np.select([important & ~well, important, ~well], QUADRANTS[:3], QUADRANTS[3])
    outside = (found["importance_low"] > typical) | (found["importance_high"] < typical)
    found["sure"] = outside & ((found["score_low"] > middle) | (found["score_high"] < middle))
    found.attrs = {**parts.attrs, "typical": float(typical), "middle": float(middle)}
    return found
