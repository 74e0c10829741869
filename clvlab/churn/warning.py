"""Early warning: who is about to leave, what they are worth, why, and whom to contact."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from clvlab.churn.calls import GROUPS
from clvlab.churn.cox import CoxFit
from clvlab.churn.spell_table import Spells
from clvlab.data.identifiers import identifiers
from clvlab.errors import InputError
from clvlab.models.survival_fit import SurvivalFit
from clvlab.models.transactions import TransactionFit
from clvlab.shown import Shown

DRIVERS = 2
LEAST_DRIVER = 0.1  # of log hazard: a tenth more or less than the average customer
DRIVER_COLUMNS = ["customer_id", "rank", "covariate", "value", "times"]


@dataclass(frozen=True, eq=False, repr=False)
class Warnings(Shown):
    """Current customers by what their leaving would cost.

    Attributes
    ----------
    table : DataFrame, one row per customer, most value at risk first
        chance (of leaving within the horizon) with low and high (90 %); value (money that hangs on it; NaN where
        unknown), value_at_risk (chance x value); contact (bool: value_at_risk is above the threshold). Of subscriptions
        only current customers, and ``beyond``: length of the last stretch of tenure whose leaving rate is taken to go
        on, where nobody was watched long enough to say (in ``unit``; NaN of the others). Of orders leaving is buying
        nothing within the horizon; silent (time since the last purchase, in ``unit``), usual (mean gap between
        purchases so far; NaN after one purchase), gone (chance of having dropped out for good already); of
        ``warnings_from_orders`` also group ("warned", "here", "left"), in that order.
    drivers : DataFrame, one row per customer and driver, in the order of ``table``
        Of a Cox regression: customer_id, rank (from 1), covariate, value (the customer's) and times, by which it
        multiplies the average customer's hazard; only what raises it by a tenth or more. Empty of other fits.
    threshold : float
        Least value at risk worth a contact: cost / save_rate; NaN without a cost.
    horizon : float
        In ``unit``.
    unit : str
        Of time; empty where neither fit nor histories say.
    groups : DataFrame, indexed by group
        Of ``warnings_from_orders``: customers, expected (to buy nothing within the horizon) with low and high (the 90 %
        prediction interval of how many), value_at_risk. Empty otherwise.
    """

    table: pd.DataFrame
    drivers: pd.DataFrame
    threshold: float
    horizon: float
    unit: str
    groups: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def here(self) -> pd.DataFrame:
        """The rows of current customers: all except those who count as having left by inactivity."""
        return self.table[self.table["group"] != "left"] if "group" in self.table else self.table

    @property
    def unknown(self) -> int:
        """Current customers for whom no chance can be computed."""
        return int(self.here["chance"].isna().sum())

    @property
    def extrapolated(self) -> int:
        """Current customers whose chance assumes that the leaving rate of the last stretch of tenure continues."""
        return int((self.table["beyond"].notna() & self.table["chance"].notna()).sum()) if "beyond" in self.table else 0

    @property
    def expected(self) -> float:
        """How many current customers are expected to leave within the horizon."""
        return float(self.here["chance"].sum())

    @property
    def value_at_risk(self) -> float:
        """Expected loss within the horizon from current customers leaving (money)."""
        return float(self.here["value_at_risk"].sum(min_count=1))


def early_warning(
    fit: CoxFit | SurvivalFit | TransactionFit,
    customers: Spells | pd.DataFrame,
    horizon: float,
    *,
    value: pd.Series | float | None = None,
    cost: float | None = None,
    save_rate: float = 0.1,
) -> Warnings:
    """Each customer's chance of leaving within the horizon.

    Parameters
    ----------
    fit : CoxFit, SurvivalFit, TransactionFit or Pareto/GGG's
        Of subscriptions: a Cox regression, or an AFT model. Of orders leaving is buying nothing within the horizon,
        which records can confirm; that somebody has dropped out for good is never seen, and stands apart, in ``gone``.
    customers : Spells or DataFrame
        Spells (current are those that have not ended), or histories with a transaction model.
    horizon : float
        In the unit of tenure, or of the histories.
    value : Series or number, optional
        What each one brings if they stay, less what they bring if they leave (money), indexed like the customers.
    cost : float, optional
        Of contacting one customer (money).
    save_rate : float
        Share of those about to leave whom a contact keeps. A contact is worth its cost where chance x value x save_rate
        exceeds it.

    Examples
    --------
    >>> from clvlab.models import MBGNBD
    >>> known = MBGNBD().at(r=0.525, alpha=6.183, a=0.891, b=1.614, unit="week")
    >>> ann = pd.DataFrame({"frequency": [2], "recency": [30.43], "T": [38.86]}, index=["Ann"])
    >>> ann.attrs["unit"] = "week"
    >>> early_warning(known, ann, 13.0, value=100.0).table["value_at_risk"].round(1).to_dict()
    {'Ann': 66.6}
    """
    if cost is not None and not (cost > 0 and 0 < save_rate <= 1):
        raise InputError(f"cost must be above 0 and save_rate between 0 and 1; found {cost!r} and {save_rate!r}.")
    if isinstance(fit, TransactionFit):
        if not isinstance(customers, pd.DataFrame):
            raise InputError("A model of purchases needs histories: pass the result of histories().")
        table, drivers = _of_orders(fit, customers, horizon), pd.DataFrame(columns=DRIVER_COLUMNS)
        unit = str(customers.attrs.get("unit") or fit.unit or "")
    else:
        if not isinstance(customers, Spells):
            raise InputError("A regression of tenure needs spells: pass the result of spells().")
        table, drivers = _of_spells(fit, customers, horizon)
        unit = customers.unit
    return ranked(table, drivers, horizon, unit, value=value, cost=cost, save_rate=save_rate)


def ranked(
    table: pd.DataFrame,
    drivers: pd.DataFrame,
    horizon: float,
    unit: str,
    *,
    value: pd.Series | float | None,
    cost: float | None,
    save_rate: float,
) -> Warnings:
    """Warnings from chances: value at risk, whom to contact, most at risk first within each group."""
    worth = pd.Series(np.nan, index=table.index)
    if isinstance(value, pd.Series):
        worth = _aligned(value, table)
    elif value is not None:
        worth = pd.Series(float(value), index=table.index)
    table = table.assign(value=worth, value_at_risk=table["chance"] * worth)
    threshold = float("nan") if cost is None else cost / save_rate
    table["contact"] = table["value_at_risk"] > threshold
    places = pd.Series(0, index=table.index)
    if "group" in table:
        table["contact"] &= table["group"] != "left"  # the save rate is of those who are still here
        places = table["group"].map({group: i for i, group in enumerate(GROUPS)})
    first = ["group"] if "group" in table else []
    first += ["chance", "low", "high", "value", "value_at_risk"]
    table = table[[*first, *(name for name in table if name not in first)]]
    by = table["value_at_risk" if worth.notna().any() else "chance"].fillna(-np.inf)  # what is unknown comes last
    order = np.lexsort((-by.to_numpy(), places.to_numpy()))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    drivers = drivers.iloc[np.argsort(place[drivers["row"]], kind="stable")] if len(drivers) else drivers
    return Warnings(table.iloc[order], drivers[DRIVER_COLUMNS].reset_index(drop=True), threshold, horizon, unit)


def _aligned(value: pd.Series, table: pd.DataFrame) -> pd.Series:
    found = value
    if pd.api.types.is_string_dtype(table.index) and not pd.api.types.is_string_dtype(value.index):
        found = value.set_axis(identifiers(value.index))
    if not found.index.is_unique:
        raise InputError("value= names some customers twice; give each one value.")
    return found.reindex(table.index).astype(float)


def _of_spells(fit: CoxFit | SurvivalFit, spells: Spells, horizon: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    current = current_rows(spells.table)
    if current.empty:
        raise InputError("Nobody is still here: every spell has ended, so there are no customers to warn about.")
    found = fit.conditional(current, horizon)
    found.columns = pd.Index(["chance", "low", "high"])
    if isinstance(fit, CoxFit):
        return found.assign(beyond=fit.beyond(current, horizon)), _drivers(fit.drivers(current), current)
    return found, pd.DataFrame(columns=DRIVER_COLUMNS)


def current_rows(table: pd.DataFrame) -> pd.DataFrame:
    """Current customers, each by the last row: earlier rows of the same customer are the past."""
    late = table["entry"] > 0
    goes_on = pd.MultiIndex.from_arrays([table.index, table["duration"]]).isin(
        pd.MultiIndex.from_arrays([table.index[late], table["entry"][late]])
    )
    return table[~table["event"].to_numpy() & ~goes_on]


def _drivers(parts: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """The covariates that raise each one's hazard most; ``row`` is the customer's place in the table."""
    names, values = parts.columns.to_numpy(), parts.to_numpy()
    order = np.argsort(-values, axis=1)[:, :DRIVERS]
    added = np.take_along_axis(values, order, axis=1)
    row, rank = np.nonzero(added > LEAST_DRIVER)
    which = order[row, rank]
    shown = table[list(names)].astype(object).to_numpy()
    return pd.DataFrame(
        {
            "row": row,
            "customer_id": table.index.to_numpy()[row],
            "rank": rank + 1,
            "covariate": names[which],
            "value": shown[row, which],
            "times": np.exp(added[row, rank]),
        }
    )


def _of_orders(fit: TransactionFit, histories: pd.DataFrame, horizon: float) -> pd.DataFrame:
    found = fit.prob_no_purchase(histories, horizon)
    found.columns = pd.Index(["chance", "low", "high"])
    return found.join(inactivity(fit, histories))


def inactivity(fit: TransactionFit, histories: pd.DataFrame) -> pd.DataFrame:
    """How long each customer has been inactive, the usual gap, and the chance of having left for good."""
    x, recency, age = (histories[name].to_numpy(dtype=float) for name in ("frequency", "recency", "T"))
    return pd.DataFrame(
        {
            "silent": age - recency,
            "usual": np.divide(recency, x, out=np.full(len(x), np.nan), where=x > 0),
            "gone": 1.0 - fit.prob_alive(histories)["prob_alive"].to_numpy(),
        },
        index=histories.index,
    )
