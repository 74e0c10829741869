"""Both ways of predicting who leaves, tested at earlier ends of the same records by one definition.

A customer is lost who buys nothing within the horizon. At each earlier end, a horizon apart, the inactivity rule and
the purchase model say what they would have said then, and the records tell what came.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from clvlab.churn.believe import Belief, believe
from clvlab.churn.calls import GROUPS, calls, stayed_away
from clvlab.churn.level import LevelError, level_error, shift_of
from clvlab.churn.silence import Gap
from clvlab.data.days import DateLike, as_day
from clvlab.data.order_book import Orders
from clvlab.data.units import Unit, days_in
from clvlab.errors import FitError, InputError
from clvlab.inference.proportions import wilson
from clvlab.shown import Shown

MOST_ENDS = 6
LEAST_RECORDS = 2.0  # horizons of records before an end
FEWEST = 30  # customers of a group, to learn the level's error from


@dataclass(frozen=True, eq=False, repr=False)
class Backtest(Shown):
    """Results of both views at earlier ends.

    Attributes
    ----------
    groups : DataFrame, one row per end and group, the earliest first
        end, group ("warned", "here", "left"), customers, lost (how many bought nothing within the horizon), share with
        share_low and share_high (90 %, Wilson); of the model stated (mean chance before any correction), and expected
        with expected_low and expected_high: the share it stated, corrected by its errors at still earlier ends, with
        its 90 % prediction interval; inside (bool: share lies in it); ends (how many earlier ends corrected it).
    levels : mapping of group to LevelError
        What all ends say of the level of chances given now.
    belief : Belief or None
        Which view was closer to what happened; None without an end.
    horizon, unit :
        Of the definition.
    """

    groups: pd.DataFrame
    levels: Mapping[str, LevelError]
    belief: Belief | None
    horizon: float
    unit: str

    @property
    def last(self) -> pd.DataFrame:
        """The latest end, indexed by group; empty where the records are too short for any."""
        if self.groups.empty:
            return self.groups.set_index("group")
        last: pd.DataFrame = self.groups[self.groups["end"] == self.groups["end"].max()]
        return last.set_index("group")


def backtest(
    orders: Orders, *, gap: Gap = "rhythm", unit: Unit = "month", as_of: DateLike | None = None, horizon: float = 3.0,
    seed: int = 0,
) -> Backtest:  # fmt: skip
    """Test both at up to six earlier ends, a horizon apart, each after at least two horizons of records.

    Parameters
    ----------
    gap
        When inactivity counts as leaving, as ``spells_from_orders`` takes it: fixed anew at each end. A fitted model
        would know what came later, so there is nothing to learn from it.
    as_of : date, optional
        End of the records; the last order unless given.
    horizon : float
        In units.

    Examples
    --------
    >>> from clvlab.data import datasets
    >>> found = backtest(datasets.cdnow())
    >>> found.groups["end"].nunique(), found.belief.closer
    (3, 'model')
    """
    until = orders.last_date if as_of is None else as_day(as_of, "as_of")
    seen: list[pd.DataFrame] = []
    for end in _ends(orders, until, horizon * days_in(unit)) if isinstance(gap, int | float | str) else []:
        try:
            said = calls(orders, gap=gap, unit=unit, as_of=end, horizon=horizon, seed=seed).table
        except (InputError, FitError):
            continue  # too little was known by then
        lost = stayed_away(orders, said.index, end, horizon, unit)
        seen.append(said.assign(end=end, lost=lost))
    rows: list[dict[str, object]] = []
    judged: list[pd.DataFrame] = []
    shifts: dict[str, list[float]] = {group: [] for group in GROUPS}
    for at in seen:
        corrected = at["chance"].copy()
        for group in GROUPS:
            own = at[at["group"] == group]
            if own.empty:
                continue
            level = level_error(shifts[group])
            corrected[own.index] = level.shifted(own["chance"])
            rows.append(_row(own, group, level))
            if len(own) >= FEWEST:
                shifts[group].append(shift_of(own["chance"], own["lost"]))
        judged.append(at.assign(chance=corrected))
    return Backtest(
        pd.DataFrame(rows, columns=COLUMNS),
        {group: level_error(each) for group, each in shifts.items()},
        believe(judged),
        horizon,
        unit,
    )


COLUMNS = ["end", "group", "customers", "lost", "share", "share_low", "share_high", "stated", "expected",
           "expected_low", "expected_high", "inside", "ends"]  # fmt: skip


def _row(own: pd.DataFrame, group: str, level: LevelError) -> dict[str, object]:
    n, lost = len(own), int(own["lost"].sum())
    share, low, high = (float(each) for each in wilson(lost, n))
    expected, least, most = level.count(own["chance"])
    return {
        "end": own["end"].iloc[0],
        "group": group,
        "customers": n,
        "lost": lost,
        "share": share,
        "share_low": low,
        "share_high": high,
        "stated": float(own["chance"].mean()),
        "expected": expected / n,
        "expected_low": least / n,
        "expected_high": most / n,
        "inside": least <= lost <= most,
        "ends": level.ends,
    }


def _ends(orders: Orders, until: pd.Timestamp, days: float) -> list[pd.Timestamp]:
    """Earlier ends, the earliest first."""
    earliest = orders.first_date + pd.Timedelta(days=LEAST_RECORDS * days)
    back = [until - pd.Timedelta(days=round(k * days)) for k in range(MOST_ENDS, 0, -1)]
    return [end for end in back if end >= earliest]
