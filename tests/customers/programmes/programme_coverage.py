"""How often intervals of what membership earned hold the truth; prints the table of docs/programmes.md.

Companies are simulated by plan; the truth is that of the joiners compared, given their rates and lifetimes.
"""

import sys

import numpy as np
import pandas as pd

from clvlab.customers.programmes.membership import Membership, membership
from clvlab.data.simulate import Plan
from clvlab.data.simulate import company as simulated
from clvlab.data.simulate.arrivals import passed
from clvlab.data.simulate.assembly import SimulatedCompany
from clvlab.data.simulate.base import season_clock
from clvlab.data.simulate.calendar import DAYS, START

NEEDED = ("orders", "order_lines", "memberships", "rewards")


def truth(made: SimulatedCompany, found: Membership) -> dict[str, float]:
    """What membership added per joiner compared, over the days compared: purchases and profit; and their base."""
    known = made.truth.set_index("customer_id").loc[found.joiners.index]

    def number(days: pd.Series) -> np.ndarray:
        return ((days - pd.Timestamp(START)).dt.total_seconds() / 86_400).to_numpy()

    joined = number(found.joiners["joined"]) + 1.0
    dropped = np.where(known["dropout_date"].isna(), float(DAYS), number(known["dropout_date"]) + 0.5)
    years = passed(season_clock(made.plan), joined, np.minimum(np.minimum(dropped, joined + found.after), DAYS))
    base = known["rate"].to_numpy() * years
    earned = base * known["mean_spend"].to_numpy() * known["margin"].to_numpy()
    lift = made.plan.programme.lift
    return {"purchases": lift * base.mean(), "profit": lift * earned.mean(), "base": base.mean()}


def one(seed: int, plan: Plan | None, customers: int) -> dict[str, float]:
    """Estimates of one simulated company beside its truth."""
    made = simulated(customers, seed=seed, plan=plan)
    tables = {name: made.tables[name] for name in NEEDED if name in made.tables}
    found = membership(SimulatedCompany(tables, made.truth, made.expected, made.plan).company())
    true = truth(made, found)
    told: dict[str, float] = {"base": true["base"], "compared": float(found.compared)}
    for name in ("purchases", "profit"):
        row = found.table.loc[name]
        told[name] = float(row["difference"])
        told[f"{name}_error"] = float(row["error"])
        told[f"{name}_true"] = true[name]
        told[f"{name}_covered"] = float(row["low"] <= true[name] <= row["high"])
        told[f"{name}_trend_p"] = float(row["trend_p"])
        told[f"{name}_additive"] = float(row["additive"])
        told[f"{name}_additive_covered"] = float(row["additive_low"] <= true[name] <= row["additive_high"])
    told["naive"] = float(found.naive.loc["purchases", "difference"]) * found.after / 365.25
    return told


def worlds(seeds: range, plan: Plan | None = None, *, customers: int = 2000) -> pd.DataFrame:
    """Many companies, a row each."""
    return pd.DataFrame([one(seed, plan, customers) for seed in seeds])


def main() -> None:
    """Print the table of docs/programmes.md."""
    # 100, or 100:300, then planted, nothing or both
    seeds = range(*map(int, (sys.argv[1] if len(sys.argv) > 1 else "100").split(":")))
    asked = sys.argv[2:] or ["planted", "nothing"]
    print("| planted | outcome | truth | mean estimate | standard error | coverage | additive | trend alarms |")
    print("|---|---|---|---|---|---|---|---|")
    for name in asked:
        plan = {"planted": None, "nothing": Plan.nothing()}[name]
        found = worlds(seeds, plan)
        for what in ("purchases", "profit"):
            mean = found.mean()
            print(
                f"| {name} | {what} | {mean[f'{what}_true']:.3f} | {mean[what]:.3f} | {mean[f'{what}_error']:.3f} "
                f"(spread {(found[what] - found[f'{what}_true']).std():.3f}) | {mean[f'{what}_covered']:.2f} | "
                f"{mean[f'{what}_additive']:.3f}, {mean[f'{what}_additive_covered']:.2f} | "
                f"{(found[f'{what}_trend_p'] < 0.05).mean():.2f} |"
            )  # fmt: skip
        print(f"naive difference over the same days: {found['naive'].mean():.3f} purchases")


if __name__ == "__main__":
    main()
