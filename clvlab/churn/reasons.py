"""Which covariates go with which reason: a Cox regression for each cause, with the others censored."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from clvlab.churn.checks import check_events
from clvlab.churn.cox import cox
from clvlab.churn.spell_table import Spells
from clvlab.errors import FitError, InputError

FEWEST = 10


def reasons(spells: Spells, *, covariates: Sequence[str] | None = None, strata: Sequence[str] = ()) -> pd.DataFrame:
    """Cause-specific hazard ratios.

    A ratio above 1 means that such customers leave for this reason at a higher rate while they are here. What share
    finally leaves for it also depends on the other reasons: see ``cumulative_incidence``.

    Returns
    -------
    DataFrame
        reason, left (how many for it), covariate, hazard_ratio, low, high, p_value, and problem: why a reason could not
        be fitted, else empty.

    Raises
    ------
    InputError
        Nobody left, or no reasons are known.
    """
    check_events(spells, "Reasons")
    if not spells.reasons:
        raise InputError("No reasons are known: name their column by reason= in spells().")
    parts = []
    for reason in spells.reasons:
        own = spells.table["event"] & spells.table["reason"].eq(reason)
        left = int(own.sum())
        try:
            if left < FEWEST:
                raise FitError(f"only {left} customers left for it; at least {FEWEST} are needed")
            fit = cox(replace(spells, table=spells.table.assign(event=own)), covariates=covariates, strata=strata)
            found = fit.table[["hazard_ratio", "low", "high", "p_value"]].reset_index().assign(problem="")
        except (InputError, FitError) as error:
            found = pd.DataFrame({"problem": [str(error)]})
        parts.append(found.assign(reason=reason, left=left))
    columns = ["reason", "left", "covariate", "hazard_ratio", "low", "high", "p_value", "problem"]
    return pd.concat(parts, ignore_index=True).reindex(columns=columns)
