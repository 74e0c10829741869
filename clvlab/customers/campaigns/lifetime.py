"""What a campaign changed in customers' lifetime value: spend in its days, and what a model expects afterwards."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from clvlab.arguments import instance, number, whole
from clvlab.customers.campaigns.estimate import Float, Means, means
from clvlab.customers.campaigns.records import BEFORE, Sent, sent
from clvlab.customers.channels import share_earned
from clvlab.customers.design import design
from clvlab.customers.facts import facts
from clvlab.data.company import Company
from clvlab.data.histories import histories
from clvlab.data.order_book import Orders
from clvlab.errors import InputError
from clvlab.inference.factored import Groups
from clvlab.models.family import MBGNBD
from clvlab.models.outlook import count, thinned
from clvlab.models.spend import GammaGamma, SpendFit
from clvlab.models.transactions import TransactionFit
from clvlab.models.units import needed_unit
from clvlab.notes import Note
from clvlab.shown import Shown
from clvlab.value.discounting import discount_rate_per_unit

DAYS = 30
AHEAD = 52.0  # weeks
RATE = 0.10
DRAWS = 100
LEVEL = 0.95
WINDOW, HABIT = "window", "habit"


@dataclass(frozen=True, eq=False, repr=False)
class CampaignValue(Shown):
    """What each arm of a campaign changed in lifetime value, a contacted customer, under two suppositions.

    Attributes
    ----------
    table : DataFrame, index arm, supposed
        n, control_n; value (difference to the control group, in money), low, high (95 % interval); error, of which
        sampling (of customers and of the assignment) and posterior (of the model's parameters). Supposed is "window",
        that the campaign moved purchases of its days alone: the model's expectation afterwards is then the same in both
        groups, and the difference is that in spend; or "habit", that a purchase within these days tells as much of a
        customer's habit as any other: the model sees it, and expects more of who bought.
    campaign : str
    end : Timestamp
        Last day on which spend is observed; the model's expectation begins thereafter.
    days : int
    horizon, discount_rate, margin : float
        Weeks ahead, rate a year, share of spend that is earned.
    notes : tuple of Note
    """

    table: pd.DataFrame
    campaign: str
    end: pd.Timestamp
    days: int
    horizon: float
    discount_rate: float
    margin: float
    notes: tuple[Note, ...] = ()


def campaign_value(
    company: Company, campaign: str, *, days: int = DAYS, horizon: float = AHEAD, discount_rate: float = RATE,
    margin: float | None = None, control: str | None = None, draws: int = DRAWS, seed: int = 0,
) -> CampaignValue:  # fmt: skip
    """Compare lifetime value between a campaign's arms and its random control group, with the posterior carried.

    A customer's value is what it spent from the campaign's first day until the last of its days, plus what MBG/NBD and
    Gamma-Gamma, fitted to all customers' purchases until then, expect afterwards. The difference of arms is computed
    for every draw of their posterior.

    Parameters
    ----------
    company : Company
        With tables of campaigns and orders with amounts.
    campaign : str
    days : int
        How long a campaign lasts, from each customer's first day on.
    horizon : float
        Weeks ahead of these days.
    discount_rate : float
        A year.
    margin : float, optional
        Share of spend that is earned; of the records until then where they tell it, else 1.
    control : str, optional
        The control group's arm, unless it has a usual name such as control.
    draws : int
        Of the posterior; at least 50.
    seed : int

    Returns
    -------
    CampaignValue

    Raises
    ------
    InputError
        No such campaign with a random control group that was followed long enough, or no amounts.
    FitError
        A model cannot be fitted.

    Notes
    -----
    Error by Rubin (1987): the mean over draws of the sampling variance, plus 1 + 1/draws times the variance of the
    difference over draws. Neither supposition can be tested within the days observed, and a lasting effect on how often
    customers buy can lie beyond both.

    Examples
    --------
    >>> from clvlab.data import datasets
    >>> found = campaign_value(datasets.company(), "double eleven 2025")
    >>> found.table.index.tolist()
    [('coupon', 'window'), ('coupon', 'habit')]
    >>> bool((found.table["low"] > 0).all())
    True
    """
    instance(company, Company, "company", "Read its tables by clv.read_company(folder).")
    number(discount_rate, "discount_rate", above=-1, most=1, example="0.10, which is ten percent a year")
    if not 50 <= whole(draws, "draws") <= 10_000:
        raise InputError(f"draws= is 50 to 10,000; found {draws!r}.")
    known, unknown = sent(company, days=days, control=control)
    for each in known:
        if each.name == campaign:
            return value_of(company, each, horizon, discount_rate, margin, draws, seed)
    for note in unknown:
        if note.values.get("campaign") == campaign:
            raise InputError(f"What the campaign {campaign!r} changed cannot be known: {note.code.rpartition('.')[2]}.")
    raise InputError(f"There is no campaign {campaign!r}; with a random control group there are "
                     f"{', '.join(each.name for each in known) or 'none'}.")  # fmt: skip


def value_of(
    company: Company, each: Sent, horizon: float, discount_rate: float, margin: float | None, draws: int, seed: int
) -> CampaignValue:  # fmt: skip
    """Lifetime value of a campaign that was read already."""
    bought, book = company.frame("orders"), company.read["orders"]
    assert isinstance(book, Orders)
    if not bought["amount"].notna().any():
        raise InputError("Lifetime value in money needs orders with amounts; these have none.")
    last = _last_day(company, each.name) + pd.Timedelta(days=each.days - 1)
    number(margin := _margin(company, last) if margin is None else margin, "margin", above=0, most=1, example="0.4")
    past = histories(book, end=min(last, book.last_date), unit="week")
    frame = each.frame[each.frame["customer"].isin(past.index)].reset_index(drop=True)
    own = past.loc[frame["customer"]]
    own.attrs.update(past.attrs)
    spent = _spent(bought, frame["customer"], each.date, last)
    # Seen only by who bought within the days: without a purchase before, nothing was known of them at the start.
    seen = (frame["days_known"] > 0).to_numpy()
    expected = expected_by_draw(
        MBGNBD().fit(past, method="laplace", seed=seed), GammaGamma().fit(past, method="laplace", seed=seed + 1),
        own[seen], horizon, discount_rate, draws,
    )  # fmt: skip
    frame, spent = frame[seen].reset_index(drop=True), spent[seen]
    left = len(each.frame) - int(seen.sum())
    notes = (Note("campaigns.value.left_out", n=left),) if left else ()
    columns, arms = design(frame, BEFORE).columns, frame["arm"].to_numpy(dtype=object)
    rows = {}
    for arm in sorted({*arms} - {each.control}):
        inside = (arms == arm) | (arms == each.control)
        treated = (arms == arm)[inside]
        if min(int(treated.sum()), int((~treated).sum())) < 2:
            continue
        rows[arm, WINDOW] = _row([means(margin * spent[inside], treated, columns[inside])])
        rows[arm, HABIT] = _row([means(margin * (spent + drawn)[inside], treated, columns[inside])
                                 for drawn in expected])  # fmt: skip
    table = pd.DataFrame.from_dict(rows, orient="index")
    table.index = pd.MultiIndex.from_tuples(rows, names=["arm", "supposed"])
    return CampaignValue(table, each.name, last, each.days, horizon, discount_rate, margin, notes)


def expected_by_draw(
    fit: TransactionFit, spend: SpendFit, past: pd.DataFrame, horizon: float, discount_rate: float, draws: int
) -> Float:  # fmt: skip
    """Expected discounted spend of each customer under each draw of both posteriors.

    Returns
    -------
    array, shape (draws, customers)
    """
    fit = fit.in_unit_of(past)
    delta = discount_rate_per_unit(discount_rate, needed_unit(past, None, "Discounting"))
    often, much = thinned(fit.posterior, draws), thinned(spend.posterior, draws)
    groups = Groups(fit.columns(past))
    found = np.empty((count(often), len(groups)))
    for rows, (drawn,) in fit.given(groups, often):
        found[:, rows] = drawn.discounted(horizon, delta)
    each = spend.expected_spend(spend.columns(past), much)
    size = max(count(often), count(much))  # one draw stands for all where a model has no more
    return np.broadcast_to(found[:, groups.inverse] * each, (size, len(past)))


def _row(over_draws: list[Means]) -> dict[str, float]:
    """A difference with the error of sampling and that of the posterior."""
    value = np.array([each.value for each in over_draws])
    sampling = float(np.mean([each.error**2 for each in over_draws]))
    posterior = (1.0 + 1.0 / len(value)) * float(value.var(ddof=1)) if len(value) > 1 else 0.0
    error = float(np.sqrt(sampling + posterior))
    half = float(stats.t.ppf((1.0 + LEVEL) / 2.0, float(np.mean([each.df for each in over_draws])))) * error
    middle = float(value.mean())
    return {"n": over_draws[0].n, "control_n": over_draws[0].control_n, "value": middle, "low": middle - half,
            "high": middle + half, "error": error, "sampling": float(np.sqrt(sampling)),
            "posterior": float(np.sqrt(posterior))}  # fmt: skip


def _last_day(company: Company, name: str) -> pd.Timestamp:
    every = company.frame("campaigns")
    return pd.Timestamp(every.loc[every["campaign"].astype(str) == name, "date"].max()).normalize()


def _margin(company: Company, until: pd.Timestamp) -> float:
    return share_earned(facts(company), until)


def _spent(bought: pd.DataFrame, customers: pd.Series, first: pd.Timestamp, last: pd.Timestamp) -> Float:
    """What each customer spent from the first day to the last one."""
    within = bought[(bought["date"] >= first.normalize()) & (bought["date"] < last + pd.Timedelta(days=1))]
    sums = within.groupby("customer", observed=True)["amount"].sum()
    return np.asarray(sums.reindex(customers).fillna(0.0).to_numpy(dtype=float))
