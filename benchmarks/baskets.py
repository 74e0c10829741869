"""Pairs and recommendations of the shops in ../shared/data: time, memory and scores, as docs/next_product.md has them.

python benchmarks/baskets.py retail    541,909 lines
python benchmarks/baskets.py journey   1,469,307 lines
python benchmarks/baskets.py demo
"""

import resource
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

import clvlab as clv
from clvlab.customers.baskets.pairs import pairs

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
JOURNEY = {"household_id": "customer", "basket_id": "order_id", "product_id": "product",
           "transaction_timestamp": "date", "sales_value": "amount"}  # fmt: skip


def lines_of(name: str) -> pd.DataFrame:
    """Order lines of a shop."""
    if name == "demo":
        return clv.datasets.company().frame("order_lines")
    if name == "retail":
        return clv.read_order_lines(DATA / "online_retail_1.parquet").frame
    table = pd.read_parquet(DATA / "journey_transactions.parquet").rename(columns=JOURNEY)
    kinds = pd.read_parquet(DATA / "journey_products.parquet").set_index("product_id")
    table["category"] = table["product"].map(kinds["product_category"])
    return table.astype(dict.fromkeys(("customer", "order_id", "product"), str))


def main(name: str) -> None:
    """Print times in seconds, peak memory in GB, pairs and scores."""
    lines = lines_of(name)
    start = time.perf_counter()
    held = clv.customers.baskets(lines)
    read = time.perf_counter()
    rules = clv.customers.rules(held)
    ruled = time.perf_counter()
    found = clv.customers.next_product(held)
    offered = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"baskets {read - start:.1f}, rules {ruled - read:.1f}, next product {offered - ruled:.1f} s, {peak:.2f} GB")
    print(f"{len(rules.table):,} of {rules.tested:,} pairs of {rules.products:,} products")
    print(
        f"{rules.table['repeated'].mean():.0%} repeated; {found.outside:.0%} of later purchases outside the catalogue"
    )
    counted = pairs(held.basket, held.product, held.customer, len(held.products))
    often = np.random.default_rng(1).permutation(np.flatnonzero(counted.expected > 5))[:5_000]
    one, two = counted.alone[counted.first[often]], counted.alone[counted.second[often]]
    fisher = stats.hypergeom.sf(counted.together[often] - 1, counted.n, one, two)
    print(f"Fisher's test calls {(fisher < 0.05).mean():.0%} of {len(often):,} pairs significant at .05")
    print(found.best)
    print(found.scores.round(3).to_string(index=False))
    print(found.beats.round(3).to_string(index=False))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "demo")
