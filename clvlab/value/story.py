"""The value of the base in words and tables a reader understands."""

from typing import Any

import numpy as np
import pandas as pd

from clvlab import words
from clvlab.data.histories import histories as histories_of
from clvlab.data.order_book import Orders
from clvlab.data.units import days_in
from clvlab.errors import FitError, InputError
from clvlab.models.fit import Fit
from clvlab.value.customer_value import CustomerValue, customer_value
from clvlab.value.independence import Independence

CUSTOMER_FORMATS = {
    "clv": "money0",
    "value": "money0",
    "prob_alive": "percent0",
    "expected_purchases": "number2",
    "expected_spend": "money2",
}
# What a page has room for; the file has all columns.
SHOWN = ["clv", "clv_low", "clv_high", "value", "value_low", "value_high", "prob_alive", "expected_purchases",
         "expected_spend"]  # fmt: skip


def top_share(value: pd.Series, top: float = 0.1) -> float:
    """Share of all value held by the most valuable ``top`` of customers.

    Examples
    --------
    >>> top_share(pd.Series([91.0, 1, 1, 1, 1, 1, 1, 1, 1, 1]))
    0.91
    """
    ranked = np.sort(value.to_numpy(dtype=float))[::-1]
    held = ranked.sum()
    return float(ranked[: max(1, round(top * len(ranked)))].sum() / held) if held > 0 else float("nan")


def lead(found: CustomerValue) -> list[str]:
    """What the base is worth, how sure that is, and how unevenly it is spread."""
    total = found.total
    said = [
        words.say(
            "sentences.base_is_worth",
            n=len(found.table),
            total=total["clv"],
            horizon=words.say(f"units.{found.unit}", n=found.horizon),
            low=total["value_low"],
            high=total["value_high"],
        )
    ]
    said.append(
        words.say("sentences.top_tenth_holds", share=top_share(found["clv"]), median=float(found["clv"].median()))
    )
    return said


def metrics(found: CustomerValue) -> list[dict[str, object]]:
    """Headline numbers."""
    total = found.total
    rows: list[dict[str, object]] = [
        {
            "label": words.say("tables.value_of_the_base"),
            "value": total["clv"],
            "low": total["value_low"],
            "high": total["value_high"],
            "kind": "money",
        },
        {
            "label": words.say("tables.mean_value_of_a_customer"),
            "value": total["clv"] / len(found.table),
            "low": total["clv_low"] / len(found.table),
            "high": total["clv_high"] / len(found.table),
            "kind": "money",
        },
        {"label": words.say("tables.held_by_the_top_tenth"), "value": top_share(found["clv"]), "kind": "percent"},
        {"label": words.say("tables.past_value"), "value": total["past_value"], "kind": "money"},
    ]
    return rows


def independence_sentence(check: Independence) -> str:
    """What the correlation of spend and frequency means for these values."""
    key = {
        "green": "sentences.spend_is_independent",
        "amber": "sentences.spend_leans_on_frequency",
        "red": "sentences.spend_depends_on_frequency",
    }[check.light]
    if np.isnan(check.excess):
        return words.say("sentences.too_few_to_check_independence")
    return words.say(key, observed=check.correlation, expected=check.expected, low=check.low, high=check.high)


def cohorts(histories: pd.DataFrame) -> pd.Series:
    """The month of each customer's first purchase, as text that sorts."""
    ages = pd.to_timedelta((histories["T"] * days_in(histories.attrs["unit"])).round(), unit="D")
    first = pd.Timestamp(histories.attrs["end"]) - ages
    return first.dt.strftime("%Y-%m").rename("cohort")


def customers(found: CustomerValue, histories: pd.DataFrame) -> pd.DataFrame:
    """Every customer with value, intervals and what they rest on, most valuable first."""
    table = found.table.assign(
        frequency=histories["frequency"],
        time_since_last_purchase=histories["T"] - histories["recency"],
        value=np.nan,
    )
    order = ["clv", "clv_low", "clv_high", "value", "value_low", "value_high", "prob_alive", "expected_purchases",
             "expected_spend", "frequency", "time_since_last_purchase", "past_value"]  # fmt: skip
    return table[order].sort_values("clv", ascending=False, kind="stable").rename_axis("customer_id")


def by_cohort(found: CustomerValue) -> pd.DataFrame:
    """Totals of each cohort."""
    shown = ["customers", "clv", "clv_low", "clv_high", "value", "value_low", "value_high", "past_value"]
    return found.by.assign(value=np.nan)[shown].rename_axis("cohort")


def parameters(*fits: Fit) -> pd.DataFrame:
    """Estimates of several fits, one row a parameter."""
    tables = [fit.summary().set_axis([f"{fit.name}: {name}" for name in fit.params], axis=0) for fit in fits]
    return pd.concat(tables).rename_axis("parameter")


def doubts(*fits: Fit) -> list[str]:
    """What the fits say against themselves."""
    return [
        words.say("sentences.parameters_carry_doubt", model=fit.name, message=message)
        for fit in fits
        for message in fit.diagnostics.messages
    ]


def with_and_without(
    found: CustomerValue,
    purchases: Fit,
    spend: Fit,
    orders: Orders,
    histories: pd.DataFrame,
    assumptions: dict[str, Any],
) -> pd.DataFrame:
    """Total value of all customers, and of those acquired after the first month, the models fitted to them alone."""
    rows = {words.say("tables.everybody"): {"customers": len(histories), **found.total}}
    since = orders.opening.acquired_from
    try:
        later = histories_of(orders, end=histories.attrs["end"], unit=histories.attrs["unit"], acquired_from=since)
        often, much = (fit.model.fit(later, method=fit.method, seed=fit.seed) for fit in (purchases, spend))
        known = customer_value(often, much, later, **assumptions)
        rows[words.say("tables.acquired_from", when=since)] = {"customers": len(later), **known.total}
    except (InputError, FitError) as error:
        rows[words.say("tables.acquired_from_not_possible", when=since, reason=str(error))] = {}
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("who")
    shown = ["customers", "clv", "clv_low", "clv_high", "value", "value_low", "value_high", "mean"]
    return table.assign(mean=table["clv"] / table["customers"], value=np.nan)[shown]
