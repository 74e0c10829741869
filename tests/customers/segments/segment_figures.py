"""Figures of docs/segments.md: ``python tests/customers/segments/segment_figures.py``."""

import time

import numpy as np
import pandas as pd
from scipy import special, stats
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from test_clusters import one_group, planted

from clvlab.customers.facts import facts
from clvlab.customers.segments import clusters, group_clusters, lifecycle, rfm
from clvlab.customers.segments.clusters import _compared
from clvlab.data.company import read_company
from clvlab.data.simulate import Plan, company

SEEDS = 20


def normal_scores(given: np.ndarray) -> np.ndarray:
    ranks = stats.rankdata(given, axis=0)
    return np.asarray(special.ndtri((ranks - 0.375) / (len(given) + 0.25)))


def which_scale() -> None:
    print("| apart by | normal scores | standardised logs |\n|---|---|---|")
    for apart in (2.0, 3.0, 4.0):
        found = []
        for scale in (normal_scores, _compared):
            each = []
            for seed in range(SEEDS):
                table, group = planted(1000, seed, apart)
                label = KMeans(3, n_init=5, random_state=seed).fit_predict(scale(table.to_numpy()))
                each.append(adjusted_rand_score(group, label))
            found.append(np.mean(each))
        print(f"| {apart:g} sd | {found[0]:.2f} | {found[1]:.2f} |", flush=True)


def sizes_of_gaps() -> None:
    print("| table | p | largest gap | silhouette there | clusters |\n|---|---|---|---|---|")
    tables = {f"planted, {apart:g} sd": planted(1000, 1, apart)[0] for apart in (2.0, 3.0, 4.0)}
    tables["one group"] = one_group(1000, 1)
    told = {name: clusters(table) for name, table in tables.items()}
    for name, plan in (("nothing planted", Plan.nothing()), ("demo plan", Plan())):
        own = group_clusters(facts(company(3000, seed=3, plan=plan).company()))
        told |= {f"{name}, {which}": each for which, each in own.items()}
    for name, found in told.items():
        best = found.choice["gap"].idxmax()
        row = found.choice.loc[best]
        print(f"| {name} | {found.p_value:.2f} | {row['gap']:.3f} | {row['silhouette']:.2f} | {found.k} |", flush=True)


def speed() -> None:
    """Seconds of one processor."""
    rng = np.random.default_rng(1)
    n = 1_000_000
    for size in (3000, n):
        table, _ = planted(size)
        for method in ("kmeans", "mixture"):
            begun = time.process_time()
            clusters(table, method=method)
            print(
                f"clusters, {method}, {size:,} customers x 5: {time.process_time() - begun:.1f} s",
                flush=True,
            )
    who = np.repeat(np.arange(n), rng.poisson(4, n) + 1)
    date = pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 1096, len(who)), unit="D")
    read = read_company({"orders": pd.DataFrame({"customer_id": who, "date": date, "amount": 1.0})})
    known = facts(read)
    known.gap, known.first_day  # noqa: B018
    begun = time.process_time()
    found = lifecycle(known)
    _ = found.counts, found.moves, found.by_chance
    print(
        f"lifecycle, {n:,} customers, {len(known.windows)} months: {time.process_time() - begun:.1f} s",
        flush=True,
    )
    begun = time.process_time()
    _ = rfm(read.read["orders"]).segments
    print(f"rfm, {n:,} customers: {time.process_time() - begun:.1f} s", flush=True)


if __name__ == "__main__":
    which_scale()
    sizes_of_gaps()
    speed()
