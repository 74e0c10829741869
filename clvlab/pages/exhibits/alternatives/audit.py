"""What figures of the audit show."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from clvlab.notes import Note
from clvlab.pages.exhibits.alternatives.items import Extremes, ends, extremes


def bridge(*, steps: pd.DataFrame, **_: object) -> Mapping[str, object]:
    """Both ends, and each step between them."""
    amounts = steps["profit"]
    between = amounts.iloc[1:-1]
    parts = [_step(step, amount) for step, amount in between.items()]
    return {"start": float(amounts.iloc[0]), "end": float(amounts.iloc[-1]), "steps": parts}


def _step(step: object, amount: float) -> Note:
    if amount < 0:
        return Note("figures.told.less", step=step, x=float(amount))
    return Note("figures.told.more", step=step, x=float(amount))


def deciles(*, table: pd.DataFrame, **_: object) -> Mapping[str, object]:
    """Shares of the first tenth, the lower half and the last tenth."""
    share = table["share"]
    return {"first": float(share.iloc[0]), "half": float(share.iloc[5:].sum()), "last": float(share.iloc[-1])}


def heatmap(*, table: pd.DataFrame, **_: object) -> Mapping[str, object]:
    """The highest and the lowest cell and where they are, and how many rows there are."""
    inner = table.drop(index="absent", columns="absent", errors="ignore")
    by_cell = {(row, column): inner.loc[row, column] for row in inner.index for column in inner.columns}
    cells = pd.Series(by_cell, dtype=float).dropna()
    found = extremes(cells) if len(cells) else Extremes(np.nan, None, np.nan, None)
    (high_row, high_column), (low_row, low_column) = (
        each if isinstance(each, tuple) else (None, None) for each in (found.highest, found.lowest)
    )
    return {
        "high": found.high, "high_row": high_row, "high_column": high_column,
        "low": found.low, "low_row": low_row, "low_column": low_column, "rows": len(inner),
    }  # fmt: skip


def cohort_chart(*, table: pd.DataFrame, **_: object) -> Mapping[str, object]:
    """Totals of the first, the last and the best period, and what the newest cohort brings of the last."""
    total = table.sum(axis=1)
    start, end = ends(total)
    best = extremes(total)
    return {
        "start": start, "end": end, "first": total.index[0], "last": total.index[-1],
        "high": best.high, "highest": best.highest, "newest": float(np.nan_to_num(table.to_numpy(dtype=float)[-1, -1])),
    }  # fmt: skip


def cohort_lines(*, table: pd.DataFrame, **_: object) -> Mapping[str, object]:
    """The highest and the lowest cohort one period after the first, and the oldest one's last value."""
    second, oldest = extremes(table.iloc[1]), table.iloc[:, 0].dropna()
    return {
        "high": second.high, "highest": second.highest, "low": second.low, "lowest": second.lowest,
        "oldest": table.columns[0], "last": float(oldest.iloc[-1]) if len(oldest) else np.nan,
        "age": int(oldest.index[-1]) if len(oldest) else 0,
    }  # fmt: skip
