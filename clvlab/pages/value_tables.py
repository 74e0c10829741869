"""What the page of customers' value shows of each customer, most valuable first."""

import pandas as pd

from clvlab.value.study import ValueStudy


def customers(study: ValueStudy) -> pd.DataFrame:
    """Every customer with value, intervals and what they rest on, most valuable first."""
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
