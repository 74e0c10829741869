"""One model for all customers, and for those whose first purchase is certainly in the records."""

from collections.abc import Mapping

import pandas as pd

from clvlab.data.histories import Unit
from clvlab.data.order_book import Orders
from clvlab.errors import InputError
from clvlab.evaluation.comparison import compare
from clvlab.evaluation.dates import DateLike
from clvlab.evaluation.result import Comparison
from clvlab.models.model import Model
from clvlab.models.transactions import TransactionFit

SCORES = ("total", "total_error", "mae", "pit_share")


def with_and_without(
    comparison: Comparison,
    competitors: Mapping[str, Model[TransactionFit]],
    orders: Orders,
    *,
    calibration_end: DateLike,
    holdout_end: DateLike,
    unit: Unit = "week",
) -> pd.DataFrame:
    """One model's scores for all customers, and for those acquired after the first month of the records.

    Parameters
    ----------
    competitors : mapping of str to Model
        The one to repeat; its key is in ``comparison``.
    calibration_end, holdout_end, unit :
        As for ``clv.compare``.

    Returns
    -------
    DataFrame, indexed by who: "everybody", "acquired_later"
        customers, actual (purchases), total, total_error, mae, pit_share. ``attrs["acquired_from"]`` is the day the
        later ones were acquired from. A row is missing where there is nobody, or the model failed.
    """
    if len(competitors) != 1:
        raise InputError(f"competitors= is the one model to repeat; found {len(competitors)}.")
    (key,) = competitors
    since = orders.opening.acquired_from
    found: dict[str, Comparison] = {"everybody": comparison}
    if since <= pd.Timestamp(calibration_end):
        found["acquired_later"] = compare(
            competitors,
            orders,
            acquired_from=since,
            calibration_end=calibration_end,
            holdout_end=holdout_end,
            unit=unit,
        )
    rows = {
        who: {
            "customers": each.actual["customers"],
            "actual": each.actual["purchases"],
            **each.table.loc[key, list(SCORES)],
        }
        for who, each in found.items()
        if key in each.forecasts
    }
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["customers", "actual", *SCORES]).rename_axis("who")
    table.attrs["acquired_from"] = since
    return table
