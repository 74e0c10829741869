"""Sales opportunities by the stage they have reached."""

import numpy as np
import pandas as pd

from clvlab.customers.facts import Facts
from clvlab.customers.intervals import share
from clvlab.customers.measures.selling import LOST, OPEN, WON, state


def stages(facts: Facts) -> pd.DataFrame:
    """Opportunities by stage, and at which stage lost ones were lost.

    Returns
    -------
    DataFrame, index stage, in order of the chance of winning
        open, amount, expected (amount times chance) of open opportunities; lost_here: lost with this as the last stage
        (where ``last_stage`` is known); reached and passed: opportunities decided that came this far, and the share of
        them, with passed_low and passed_high (95 %), that went on.

    Raises
    ------
    MissingInput
        There are no opportunities, or they have no stage.
    """
    found = facts.events("opportunities", "stage", when="opened")
    how = state(found)
    stage = found.frame["stage"].astype("object").to_numpy()
    chance = found.number("probability") if "probability" in found.frame else np.full(len(stage), np.nan)
    amount = found.number("amount") if "amount" in found.frame else np.full(len(stage), np.nan)
    still = how == OPEN
    open_ = pd.DataFrame({"stage": stage, "amount": amount, "expected": amount * chance / 100.0, "chance": chance})[
        still
    ]
    table = open_.groupby("stage").agg(
        open=("amount", "size"), amount=("amount", "sum"), expected=("expected", "sum"), chance=("chance", "mean")
    )
    table = table.sort_values("chance", kind="stable")
    if "last_stage" in found.frame:
        last = found.frame["last_stage"].astype("object").to_numpy()
        order = list(table.index)
        at = pd.Series(last).map({name: i for i, name in enumerate(order)}).to_numpy(float)
        lost = (how == LOST) & np.isfinite(at)
        won = how == WON
        reached = np.array([won.sum() + (lost & (at >= i)).sum() for i in range(len(order))], dtype=float)
        gone = np.array([(lost & (at == i)).sum() for i in range(len(order))], dtype=float)
        passed, low, high = share(reached - gone, reached)
        table = table.assign(lost_here=gone.astype(int), reached=reached.astype(int), passed=passed, passed_low=low,
                             passed_high=high)  # fmt: skip
    found_stages: pd.DataFrame = table.drop(columns="chance")
    return found_stages
