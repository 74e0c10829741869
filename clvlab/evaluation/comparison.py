"""Competitors side by side: the same past, the same holdout, the same scores; at one calibration end or several."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.arguments import instance
from clvlab.arguments import whole as whole_number
from clvlab.data.histories import Unit
from clvlab.data.order_book import Orders
from clvlab.data.split import Split, split
from clvlab.errors import InputError
from clvlab.evaluation import score_records
from clvlab.evaluation.competitors.base import Competitor
from clvlab.evaluation.dates import DateLike
from clvlab.evaluation.one_origin import Run, run
from clvlab.evaluation.periods import periods
from clvlab.evaluation.result import Comparison
from clvlab.evaluation.tracking import tracking
from clvlab.evaluation.verdict import DECIDES, OF_VALUE, THEN, Verdict, judge
from clvlab.models.model import Model
from clvlab.models.spend import SpendFit
from clvlab.models.transactions import TransactionFit
from clvlab.progress import steps

__all__ = ["Comparison", "compare"]

Float = NDArray[np.float64]


def compare(
    competitors: Mapping[str, Model[TransactionFit] | Competitor],
    orders: Orders,
    *,
    spend: Model[SpendFit] | None = None,
    calibration_end: DateLike | None = None,
    holdout_end: DateLike | None = None,
    origins: int | Sequence[DateLike] | None = None,
    horizon: float | None = None,
    unit: Unit = "week",
    acquired_from: DateLike | None = None,
    acquired_until: DateLike | None = None,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> Comparison:
    """Fit every competitor to the past and score its forecast of what came after.

    Parameters
    ----------
    competitors : mapping of str to Model or competitor
        The keys are yours, and name competitors in every result. A competitor has ``fit(past)``, whose result has
        ``forecast(horizon)`` (see ``clv.competitors``). ``clv.competitors.default()`` is a set to start from.
    orders : Orders
    spend : Model, optional
        Fitted to the same past; turns forecasts of purchases into forecasts of value.
    calibration_end, holdout_end, unit, acquired_from, acquired_until :
        As for ``clv.split``.
    origins : int or sequence of dates, optional
        Instead of ``calibration_end``: several calibration ends, each followed by a holdout of ``horizon``. A number
        takes that many, evenly from half of what can be calibrated on to the last day that leaves a whole horizon.
    horizon : float, optional
        In units; with ``origins``.
    seed : int
    progress : callable, optional
        Called with each key before its competitor is fitted; unset, a terminal or JupyterLab shows how far it is.

    Returns
    -------
    Comparison
        A competitor that fails stands in the table with its reason; the others go on.

    Examples
    --------
    >>> from clvlab.data import datasets
    >>> from clvlab.evaluation.competitors import baselines
    >>> from clvlab.models import BGNBD
    >>> found = compare({"BG/NBD": BGNBD(), "customer mean": baselines.CustomerMean()}, datasets.cdnow(),
    ...                 calibration_end="1997-09-30", holdout_end="1998-06-30")
    >>> found.table.loc["BG/NBD", ["total", "mae"]].round(4).tolist()
    [1653.4087, 0.7855]
    """
    instance(competitors, Mapping, "competitors", "a dict of names and models is taken")
    for key, each in competitors.items():
        if isinstance(each, type):
            raise InputError(
                f"The competitor {key!r} is the class {each.__name__}: add parentheses, {each.__name__}()."
            )
    instance(orders, Orders, "orders", "clv.read_orders(path) makes them")
    seed = whole_number(seed)
    if not competitors:
        raise InputError("Nothing to compare: competitors maps at least one key to a model.")
    wrong = [key for key in competitors if not isinstance(key, str) or not key]
    if wrong:
        raise InputError(f"competitors maps texts to models; found the key {wrong[0]!r}. Give it a name.")
    parts = [
        split(
            orders,
            calibration_end=begin,
            holdout_end=end,
            unit=unit,
            acquired_from=acquired_from,
            acquired_until=acquired_until,
        )
        for begin, end in periods(orders, calibration_end, holdout_end, origins, horizon, unit)
    ]
    with steps(len(parts) * len(competitors), "comparing") as shown:
        tell = shown if progress is None else progress
        runs = tuple(
            run(
                competitors,
                orders,
                each,
                spend=spend,
                acquired_from=acquired_from,
                acquired_until=acquired_until,
                seed=seed,
                progress=tell if len(parts) == 1 else _dated(tell, each),
            )
            for each in parts
        )
    known = pd.concat([each.calibration.assign(origin=each.calibration_end) for each in parts])
    clusters = np.unique(known.index.to_numpy(), return_inverse=True)[1].astype(np.int64)
    whole = [key for key in competitors if all(key in each.outcomes for each in runs)]
    outcomes = {key: pd.concat([each.outcomes[key] for each in runs]) for key in whole}
    table = _table(list(competitors), runs, outcomes, seed)
    outcomes = {key: outcomes[key] for key in table.index if key in outcomes}
    naive = [key for key in outcomes if getattr(competitors[key], "naive", False)]
    verdict = _verdict(outcomes, naive, seed, clusters)
    held = pd.concat([each.holdout for each in parts])
    return Comparison(
        runs,
        table,
        outcomes,
        known,
        clusters,
        {
            "purchases": float(held["frequency_holdout"].sum()),
            "value": float(held["value_holdout"].sum(min_count=1)),
            "customers": float(len(held)),
            "buyers": float((held["frequency_holdout"] > 0).sum()),
        },
        _differences(verdict),
        verdict,
        tracking(runs[-1].forecasts, orders, parts[-1]),
        seed,
    )


def _dated(progress: Callable[[str], None], parts: Split) -> Callable[[str], None]:
    return lambda key: progress(f"{parts.calibration_end:%Y-%m-%d} {key}")


def _table(keys: list[str], runs: Sequence[Run], outcomes: Mapping[str, pd.DataFrame], seed: int) -> pd.DataFrame:
    rows: dict[str, dict[str, object]] = {}
    for key in keys:
        why = {each.split.calibration_end: each.failed[key] for each in runs if key in each.failed}
        dated = [reason if len(runs) == 1 else f"{end:%Y-%m-%d}: {reason}" for end, reason in why.items()]
        found = score_records.scored(outcomes[key], seed) if key in outcomes else {}
        rows[key] = {**found, "seconds": sum(each.seconds[key] for each in runs), "failed": "; ".join(dated)}
    columns = [*score_records.columns(), *score_records.KEPT]
    table = pd.DataFrame.from_dict(rows, orient="index").reindex(columns=columns).rename_axis("competitor")
    return table.sort_values(DECIDES, na_position="last", kind="stable")


def _verdict(
    outcomes: Mapping[str, pd.DataFrame], naive: Sequence[str], seed: int, clusters: NDArray[np.int64]
) -> Verdict:
    """Of purchases, and beside it of value, each by the scores that are consistent for it."""

    def losses(score: str) -> dict[str, Float]:
        found = {key: score_records.rows_of(outcome, score, seed) for key, outcome in outcomes.items()}
        return {key: loss for key, loss in found.items() if loss is not None}

    worth = losses(OF_VALUE)
    value = judge(worth, by=(OF_VALUE, OF_VALUE), naive=naive, seed=seed, clusters=clusters) if worth else None
    unlikely = {key: -loss for key, loss in losses(THEN).items()}
    return judge(losses(DECIDES), then=unlikely, naive=naive, value=value, seed=seed, clusters=clusters)


def _differences(verdict: Verdict) -> pd.DataFrame:
    table = pd.DataFrame.from_dict(dict(verdict.against), orient="index", columns=["difference", "low", "high"])
    of_each = table.index.to_series()
    return table.assign(p_value=of_each.map(verdict.p_values), beaten_by=of_each.map(verdict.beaten)).rename_axis(
        "competitor"
    )
