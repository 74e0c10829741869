"""Forecast's lists of contacts against simple rules': ``python benchmarks/contacts.py cdnow=FILE grocery=FILE ...``."""

import argparse
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from totals import READ

import clvlab as clv
from clvlab.evaluation.contacting import against_rules

# Calibration ends and weeks ahead, as in the comparison of models.
ENDS = {
    "cdnow": (["1997-09-30"], 39),
    "retail": (["2011-06-09", "2011-09-09"], 13),
    "journey": (["2017-06-30", "2017-09-30"], 13),
    "grocery": (["2006-12-31"], 52),
    "sample": (["1997-09-30"], 39),
}


def main() -> None:
    """Print the table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", metavar="NAME=FILE", help=f"real orders: {', '.join(READ)}")
    files = dict(each.split("=", 1) for each in parser.parse_args().files)
    read: dict[str, Callable[[], clv.Orders]] = {
        name: lambda name=name, path=path: READ[name](Path(path)) for name, path in files.items()
    }
    read["sample"] = clv.datasets.cdnow
    print("| data | list | contacts | profit | forecast's contacts | profit | difference (90 %) |")
    print("|---|---|---:|---:|---:|---:|---:|")
    for name, orders in read.items():
        ends, weeks = ENDS[name]
        found = against_rules(orders(), window=weeks, origins=ends, seed=1)
        for length in ("learned", "same"):
            part: pd.DataFrame = found.table.xs(length, level="length")
            for rule, row in part.sort_values("profit", ascending=False).head(2).iterrows():
                print(
                    f"| {name} | {rule}, {length} | {row['contacted']:,.0f} | {row['profit']:,.0f} "
                    f"| {row['forecast_contacted']:,.0f} | {row['forecast_profit']:,.0f} "
                    f"| {row['difference']:+,.0f} ({row['low']:+,.0f}, {row['high']:+,.0f}) |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
