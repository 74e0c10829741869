"""Whether customers answer campaigns differently: uplift of each measured arm."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from clvlab.customers.campaigns.arms import holm
from clvlab.customers.campaigns.records import BEFORE, Sent
from clvlab.customers.campaigns.uplift import ALPHA, FEWEST, Uplift, uplift
from clvlab.errors import InputError
from clvlab.notes import Note

type Uplifts = Mapping[tuple[str, str], Uplift | Note]


def uplifts(sent: Sequence[Sent]) -> Uplifts:
    """Uplift of the response to each arm, by what customers bought before; a note where it cannot be judged."""
    found: dict[tuple[str, str], Uplift | Note] = {}
    for each in sent:
        size = each.frame["arm"].value_counts()
        for arm in sorted(set(size.index) - {each.control}):
            if min(size[arm], size[each.control]) < FEWEST:
                found[each.name, arm] = Note("campaigns.uplift.too_few", campaign=each.name, arm=arm, n=int(size[arm]),
                                             control_n=int(size[each.control]), fewest=FEWEST)  # fmt: skip
                continue
            try:
                found[each.name, arm] = uplift(each.frame, treatment="arm", control=each.control, outcome="response",
                                               before=BEFORE, arm=arm)  # fmt: skip
            except InputError:  # nobody bought before, so that nothing tells customers apart
                found[each.name, arm] = Note("campaigns.uplift.alike", campaign=each.name, arm=arm)
    return found


def table_of(found: Uplifts) -> pd.DataFrame:
    """A row per arm whose uplift was judged.

    Returns
    -------
    DataFrame
        campaign, arm, n, control_n; average (effect on all) and qini, each with low and high; p_value, p_adjusted
        (Holm's, over all rows), differs (p_adjusted below .025).
    """
    rows = [
        {"campaign": campaign, "arm": arm, "n": each.n, "control_n": each.control_n, "average": each.average,
         "average_low": each.average_low, "average_high": each.average_high, "qini": each.qini, "qini_low": each.low,
         "qini_high": each.high, "p_value": each.p_value}
        for (campaign, arm), each in found.items() if isinstance(each, Uplift)
    ]  # fmt: skip
    table = pd.DataFrame(rows)
    if rows:
        table["p_adjusted"] = holm(table["p_value"])
        table["differs"] = np.where(table["p_adjusted"] < ALPHA, "true", "false")
    return table
