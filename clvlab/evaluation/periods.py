"""The calibration and holdout periods of a comparison."""

from collections.abc import Sequence

import pandas as pd

from clvlab.data.order_book import Orders
from clvlab.data.units import days_in
from clvlab.errors import InputError
from clvlab.evaluation.dates import DateLike

Period = tuple[DateLike | None, DateLike | None]


def periods(
    orders: Orders,
    calibration_end: DateLike | None,
    holdout_end: DateLike | None,
    origins: int | Sequence[DateLike] | None,
    horizon: float | None,
    unit: str,
) -> list[Period]:
    """Calibration end and holdout end of each split, as ``clv.compare`` takes them.

    Raises
    ------
    InputError
        They contradict each other, or do not fit into the records.
    """
    if origins is None:
        if horizon is not None and calibration_end is not None and holdout_end is None:
            begin = pd.Timestamp(calibration_end)
            return [(begin, begin + pd.Timedelta(days=round(horizon * days_in(unit))))]
        if horizon is not None:
            raise InputError("horizon= goes with origins= or with calibration_end= alone; the two dates say the same.")
        return [(calibration_end, holdout_end)]
    if calibration_end is not None or holdout_end is not None:
        raise InputError("origins= are the calibration ends; leave calibration_end= and holdout_end= out.")
    if horizon is None or not horizon * days_in(unit) >= 1:
        raise InputError(f"origins= need horizon=, how many {unit}s each forecast reaches, a day at least.")
    ahead = pd.Timedelta(days=round(horizon * days_in(unit)))
    if not isinstance(origins, int):
        days = sorted(pd.Timestamp(day) for day in origins)
        if not days or len(set(days)) < len(days):
            raise InputError(f"origins= are different days, one at least; found {[str(day.date()) for day in days]}.")
        return [(day, day + ahead) for day in days]
    last, first = orders.last_date - ahead, orders.first_date
    if origins < 1 or (last - first).days < 2 * origins:
        raise InputError(
            f"{origins} calibration ends, each followed by {horizon:g} {unit}s, do not fit between "
            f"{first:%Y-%m-%d} and {orders.last_date:%Y-%m-%d}. Ask for fewer, or a shorter horizon."
        )
    apart = (last - first) / 2 / max(origins - 1, 1)
    days = [(last - apart * i).normalize() for i in reversed(range(origins))]
    return [(day, day + ahead) for day in days]
