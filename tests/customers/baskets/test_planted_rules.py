"""A hundred simulated companies: what is planted is found, intervals hold the truth, and chance alone finds nothing."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from clvlab.customers.baskets.lines import baskets
from clvlab.customers.baskets.pairs import pairs
from clvlab.customers.baskets.rules import rules
from clvlab.customers.next_product.recommend import next_product
from clvlab.data.simulate import Plan
from clvlab.data.simulate import company as simulated

SEEDS = 100
CUSTOMERS = 1500
NAMES = {"customer_id": "customer", "order_date": "date", "product_id": "product", "unit_price": "price"}
PARTNERS = {frozenset((f"P{i:02d}", f"P{i + 12:02d}")) for i in range(1, 13)}


def lines_of(n: int, seed: int, plan: Plan) -> pd.DataFrame:
    """Order lines of a simulated company, as they are read."""
    table = simulated(n, seed=seed, plan=plan).tables["order_lines"].rename(columns=NAMES)
    return table.assign(date=pd.to_datetime(table["date"]))


def band(nominal: float, n: int) -> tuple[float, float]:
    """Within which a share of n trials falls 99 times in 100."""
    low, high = stats.binom.interval(0.99, n, nominal)
    return low / n, high / n


@pytest.mark.slow
def test_nothing_sells_together_where_nothing_is_planted() -> None:
    count: Counter[str] = Counter()
    rng = np.random.default_rng(1)
    for seed in range(SEEDS):
        held = baskets(lines_of(CUSTOMERS, seed, Plan.nothing()))
        found = pairs(held.basket, held.product, held.customer, len(held.products))
        chance = found.expected / found.places
        above = stats.binom.sf(found.together, np.rint(found.places), chance)
        # Counts are whole: p-values drawn within their step are even, where the test is right.
        p_value = above + rng.random(len(above)) * stats.binom.pmf(found.together, np.rint(found.places), chance)
        count["pairs"] += len(p_value)
        count["below"] += int((p_value < 0.05).sum())
        count["discoveries"] += len(rules(held, later=0).table) > 0
        every = rules(held, false_discoveries=1.0).table
        count["checked"] += len(every)
        count["repeated"] += int(every["repeated"].sum())
        offered = next_product(held)
        better = offered.beats[offered.beats["question"] == "new"]
        count["compared"] += len(better)
        # Every product not bought yet is as likely as any other: no list can be better than another.
        count["held"] += int(((better["low"] <= 0) & (better["high"] >= 0)).sum())
        count["beats"] += int(better["beats"].sum())
    # Pairs of one company share products: as good as a third of as many trials.
    low, high = band(0.05, count["pairs"] // 3)
    assert low <= count["below"] / count["pairs"] <= high, count
    assert count["discoveries"] / SEEDS <= band(0.10, SEEDS)[1], count
    # Whole counts and counts that repeat within customers reject less often: no lower end.
    assert count["repeated"] / count["checked"] <= band(0.05, count["checked"] // 3)[1], count
    low, high = band(0.95, count["compared"])
    assert count["compared"] > SEEDS / 2
    assert low <= count["held"] / count["compared"] <= high, count
    assert count["beats"] / count["compared"] <= band(0.025, count["compared"])[1], count


@pytest.mark.slow
def test_intervals_of_rules_hold_the_truth_and_partners_are_found() -> None:
    truth = rules(lines_of(300_000, 7, Plan()), later=0, false_discoveries=1.0).table
    truth = truth.set_index(["product", "other"])[["lift", "adjusted"]]
    swapped = truth.rename_axis(["other", "product"]).swaplevel()
    truth = pd.concat([truth, swapped.rename_axis(truth.index.names)])
    count: Counter[str] = Counter()
    for seed in range(SEEDS):
        held = baskets(lines_of(CUSTOMERS, seed, Plan()))
        every = rules(held, later=0, false_discoveries=1.0).table
        true = truth.loc[list(zip(every["product"], every["other"], strict=True))]
        count["pairs"] += len(every)
        for name in ("lift", "adjusted"):
            value = true[name].to_numpy()
            count[name] += int(((every[f"{name}_low"] <= value) & (value <= every[f"{name}_high"])).sum())
        found = rules(held).table
        named = [frozenset(pair) for pair in zip(found["product"], found["other"], strict=True)]
        count["partners"] += len(PARTNERS & set(named))
        count["others"] += len(set(named) - PARTNERS)
        count["repeated"] += int(found["repeated"].sum())
        beats = next_product(held).beats
        count["beats"] += int(beats.loc[beats["question"] == "new", "beats"].sum())
    for name in ("lift", "adjusted"):
        low, high = band(0.95, count["pairs"] // 3)
        assert low <= count[name] / count["pairs"] <= high, count
    assert count["partners"] == len(PARTNERS) * SEEDS, count
    assert count["others"] <= 0.01 * count["partners"], count
    assert count["repeated"] >= 0.97 * count["partners"], count
    assert count["beats"] >= 0.9 * SEEDS, count
