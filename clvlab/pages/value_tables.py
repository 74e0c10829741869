"""What the page of customers' value shows of each customer, of each earlier forecast and of each model tried."""

import numpy as np
import pandas as pd

from clvlab.value.study import ValueStudy


def customers(study: ValueStudy) -> pd.DataFrame:
    """Every customer with value, intervals and their inputs, most valuable first."""
    histories = study.histories
    table = study.value.table.assign(
        frequency=histories["frequency"],
        time_since_last_purchase=histories["T"] - histories["recency"],
    )
    order = ["clv", "clv_low", "clv_high", "value_low", "value_high", "prob_alive", "expected_purchases",
             "expected_spend", "frequency", "time_since_last_purchase", "past_value"]  # fmt: skip
    known = order if study.spend is not None else [name for name in order if name != "expected_spend"]
    found = table[known].sort_values("clv", ascending=False, kind="stable")
    return found.rename_axis("customer_id")


def earlier(study: ValueStudy) -> pd.DataFrame:
    """Earlier forecasts of the total that count, and by what share of what came each was off."""
    before = "" if study.spend is None else "value_"
    table = study.backtest.table
    kept = table[f"{before}log_error"].astype(float).dropna()
    found = table.loc[kept.index, ["until", "customers"]]
    for name in ("forecast", "actual"):
        found[name] = table.loc[kept.index, f"{before}{name}"].astype(float)
    return found.assign(off=np.exp(-kept) - 1.0).reset_index()


def models_tried(study: ValueStudy) -> pd.DataFrame:
    """Scores of the models tried, best first; empty where none was."""
    scores = study.backtest.choice.scores
    return scores[["deviance", "difference", "std_error"]].astype(float).dropna().sort_values("deviance", kind="stable")
