"""Whether totals come true: ``python benchmarks/totals.py cdnow=FILE grocery=FILE retail=FILE journey=FILE``.

A case is one data set and end, 13 weeks before the next one; the model is chosen, and the level learned, from what was
known then. Constants of the level are learned from other data sets than the case's own (CDNOW and its 1/10 sample
count as one); what is printed first are those from all, which the package ships. ``--worlds 100`` adds simulated shops,
judged by the shipped constants. CDNOW's sample comes with the package; any other file may be left out.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import binomtest
from shops import HORIZON, KINDS, world

import clvlab as clv
from clvlab.value.backtest import backtest, measured
from clvlab.value.choice import tried
from clvlab.value.earlier_ends import earlier_ends
from clvlab.value.level import SHIPPED, LevelPrior, Z, learned, level_of

ALPHA = 0.1


@dataclass(frozen=True, kw_only=True)
class Case:
    """A forecast, what came, and what was known of the errors of earlier ones. Logs of totals throughout."""

    data: str
    of: str
    end: str
    model: str
    error: float
    own: float
    errors: tuple[float, ...]
    owns: tuple[float, ...]

    @property
    def family(self) -> str:
        """Data sets that share customers."""
        return self.data.split(" ")[0]

    def told(self, prior: LevelPrior | None) -> tuple[float, float, float]:
        """Remaining error, and the ends of the 90 % prediction interval less what came; None: the model's own."""
        if prior is None:
            half = Z * np.sqrt(self.own)
            return self.error, -half - self.error, half - self.error
        level = level_of(self.errors, self.owns, prior)
        half = Z * np.sqrt(self.own)
        low, high = level.prediction(1.0, np.exp(-half), np.exp(half))
        return self.error - level.shift, float(np.log(low)) - self.error, float(np.log(high)) - self.error


def cases(name: str, orders: clv.Orders, ends: Sequence[pd.Timestamp], horizon: int = HORIZON) -> list[Case]:
    """Forecasts from each of these ends, of purchases and, where known, of value."""
    found = []
    for end in ends:
        until = end + pd.Timedelta(weeks=horizon)
        past = backtest(orders, end=end, horizon=horizon, seed=1)
        trial = tried(past.choice.model, clv.split(orders, calibration_end=end, holdout_end=until), seed=1)
        row = None if trial is None else measured(trial, seed=1, money=orders.has_amounts)
        for of, before in (("purchases", ""), ("value", "value_")):
            if row is None or f"{before}log_error" not in row:
                continue
            known = past.table[[f"{before}log_error", f"{before}own_variance"]].astype(float).dropna()
            found.append(
                Case(data=name, of=of, end=f"{end:%Y-%m-%d}", model=past.choice.model,
                     error=float(row[f"{before}log_error"]), own=float(row[f"{before}own_variance"]),
                     errors=tuple(known.iloc[:, 0]), owns=tuple(known.iloc[:, 1]))
            )  # fmt: skip
    return found


def real(files: dict[str, Path], horizon: int) -> list[Case]:
    """All ends a horizon apart that leave a horizon of records before them."""
    shops = {"cdnow 1/10": clv.datasets.cdnow()} | {name: READ[name](path) for name, path in files.items()}
    found = []
    for name, orders in shops.items():
        ends = earlier_ends(orders, end=orders.last_date, horizon=horizon, most=100)
        found += cases(name, orders, [each.calibration_end for each in ends.splits], horizon)
    return found


def simulated(count: int) -> list[Case]:
    """One case a shop, of every kind in turn."""
    found = []
    for seed in range(count):
        kind = KINDS[seed % len(KINDS)]
        orders, end = world(kind, seed)
        found += cases(kind, orders, [end])
    return found


def series(found: Sequence[Case], *, without: str = "") -> list[tuple[list[float], list[float]]]:
    """The errors of each data set and kind of total; CDNOW's sample, whose customers CDNOW has, only where alone."""
    kept = [each for each in found if each.family != without]
    if any(each.data == "cdnow" for each in kept):
        kept = [each for each in kept if each.data != "cdnow 1/10"]
    groups: dict[tuple[str, str], list[Case]] = {}
    for each in kept:
        groups.setdefault((each.data, each.of), []).append(each)
    return [([each.error for each in group], [each.own for each in group]) for group in groups.values()]


def summary(found: Sequence[Case], priors: dict[str, LevelPrior]) -> dict[str, str]:
    """One row of the table: raw and with the level, judged on the log scale."""
    raw = np.array([each.told(None) for each in found])
    told = np.array([each.told(priors[each.family]) for each in found])
    row = {"cases": str(len(found))}
    for name, values in (("as it is", raw), ("with its level", told)):
        inside = int(((values[:, 1] <= 0) & (values[:, 2] >= 0)).sum())
        ends = binomtest(inside, len(found)).proportion_ci(0.9)
        row[f"median abs. error, {name}"] = f"{np.median(np.abs(values[:, 0])):.3f}"
        row[f"coverage, {name}"] = f"{inside / len(found):.2f} ({ends.low:.2f}, {ends.high:.2f})"
        row[f"interval score, {name}"] = f"{interval_score(values[:, 1], values[:, 2]).mean():.3f}"
    return row


def interval_score(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Width, and 20 times what is missed by, of intervals less what came. Source: Gneiting & Raftery (2007), eq. 43."""
    return high - low + 2.0 / ALPHA * (np.maximum(low, 0.0) + np.maximum(-high, 0.0))


def show(rows: dict[str, dict[str, str]]) -> None:
    """Print as Markdown."""
    heads = list(next(iter(rows.values())))
    print("\n|  | " + " | ".join(heads) + " |\n|---|" + "---:|" * len(heads))
    for name, row in rows.items():
        print(f"| {name} | " + " | ".join(row.values()) + " |")


def report(found: Sequence[Case], priors: dict[str, LevelPrior], horizon: int = HORIZON) -> None:
    """A table a kind of total: each data set, and all."""
    for of in ("purchases", "value"):
        some = [each for each in found if each.of == of]
        if some:
            names = dict.fromkeys(each.data for each in some)
            print(f"\nTotals of {of}, {horizon} weeks ahead; errors are of logs")
            show({name: summary([each for each in some if each.data == name], priors) for name in names}
                 | {"all": summary(some, priors)})  # fmt: skip


def cdnow(path: Path) -> clv.Orders:
    """All customers: customer_id, date (yyyymmdd), amount."""
    frame = pd.read_parquet(path)
    frame["date"] = pd.to_datetime(frame["date"].astype(str), format="%Y%m%d")
    return clv.read_orders(frame, customer="customer_id", date="date", amount="amount")


def retail(path: Path) -> clv.Orders:
    """Invoice lines."""
    frame = pd.read_parquet(path)
    frame["amount"] = frame["Quantity"] * frame["UnitPrice"]
    return clv.read_orders(frame, customer="CustomerID", date="InvoiceDate", amount="amount")


def journey(path: Path) -> clv.Orders:
    """Lines of baskets."""
    baskets = pd.read_parquet(path).groupby(["household_id", "basket_id"], as_index=False)
    frame = baskets.agg(date=("transaction_timestamp", "min"), amount=("sales_value", "sum"))
    return clv.read_orders(frame, customer="household_id", date="date", amount="amount")


READ = {"cdnow": cdnow, "grocery": clv.read_orders, "retail": retail, "journey": journey}


def main() -> None:
    """Print constants and tables."""
    parser = argparse.ArgumentParser(description="Whether totals come true.")
    parser.add_argument("files", nargs="*", metavar="NAME=FILE", help=f"real orders: {', '.join(READ)}")
    parser.add_argument("--worlds", type=int, default=0, help="simulated shops")
    parser.add_argument(
        "--horizon", type=int, default=HORIZON, help="weeks ahead, of the real ones; not 13: by SHIPPED"
    )
    asked = parser.parse_args()
    files = {name: Path(path) for name, _, path in (each.partition("=") for each in asked.files)}
    found = real(files, asked.horizon)
    families = dict.fromkeys(each.family for each in found)
    if asked.horizon != HORIZON:
        report(found, dict.fromkeys(families, SHIPPED), asked.horizon)
        return
    priors = {name: learned(series(found, without=name)) for name in families}
    for name, prior in {"shipped": SHIPPED, "from all": learned(series(found))}.items():
        print(f"{name}: {prior}")
    for name, prior in priors.items():
        print(f"without {name}: {prior}")
    report(found, priors)
    if asked.worlds:
        shops = simulated(asked.worlds)
        report(shops, {each.family: SHIPPED for each in shops})


if __name__ == "__main__":
    main()
