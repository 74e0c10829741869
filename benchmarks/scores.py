"""The default competitors on public holdouts, as a table of models by scores: ``python benchmarks/scores.py``.

CDNOW comes with the package. The grocery data set (1,525 customers, BTYDplus) is read from a file, where one is named:
``python benchmarks/scores.py groceryElog.csv``.
"""

import argparse
from pathlib import Path
from typing import Any

import clvlab as clv

SHOWN = (
    "total", "total_error", "deviance", "mae", "rmse", "crps", "log_score", "pit_share", "auc", "gini", "top_10",
    "value_deviance", "value_mae", "value_top_10",
)  # fmt: skip
DIGITS = {"total": 0, "total_error": 3, "pit_share": 3, "value_deviance": 2, "value_mae": 2}


def main() -> None:
    """Print each table as Markdown."""
    parser = argparse.ArgumentParser(description="Models by scores on public holdouts.")
    parser.add_argument("grocery", nargs="?", type=Path, help="groceryElog.csv: cust, date")
    asked = parser.parse_args()
    cdnow = {"calibration_end": "1997-09-30", "holdout_end": "1998-06-30"}
    show("CDNOW, 39 weeks", clv.datasets.cdnow(), cdnow)
    if asked.grocery:
        year = {"calibration_end": "2006-12-31", "holdout_end": "2007-12-30"}
        show("Grocery, 52 weeks", clv.read_orders(asked.grocery), year, {"Pareto/GGG": clv.ParetoGGG()})


def show(title: str, orders: clv.Orders, period: dict[str, Any], beside: dict[str, Any] | None = None) -> None:
    """One data set's table, lowest deviance first; ``beside`` the default competitors, any others."""
    spend = clv.GammaGamma() if orders.has_amounts else None
    found = clv.compare(clv.competitors.default(seed=1) | (beside or {}), orders, spend=spend, seed=1, **period)
    columns = [name for name in SHOWN if found.table[name].notna().any()]
    print(f"\n{title}: {found.actual['purchases']:,.0f} purchases of {found.actual['customers']:,.0f} customers\n")
    print("| " + " | ".join(["", *columns]) + " |")
    print("|---|" + "---:|" * len(columns))
    for key, row in found.table.iterrows():
        cells = ["" if row[name] != row[name] else f"{row[name]:.{DIGITS.get(name, 3)}f}" for name in columns]
        print("| " + " | ".join([str(key), *cells]) + " |")
    print(f"\nCannot be told apart from the best: {', '.join(found.verdict.best_set)}.")
    if found.verdict.value is not None:
        print(f"\nOf value: {', '.join(found.verdict.value.best_set)}.")
    for key, reason in found.table.loc[found.table["failed"] != "", "failed"].items():
        print(f"\n{key}: {reason}")


if __name__ == "__main__":
    main()
