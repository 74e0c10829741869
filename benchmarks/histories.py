"""How long 10 million orders take to become histories, and how that compares with lifetimes.

Run it from the project's folder::

    .venv/bin/python benchmarks/histories.py                # 10 million orders of 1 million customers
    .venv/bin/python benchmarks/histories.py --rows 1000000 --peer-rows 200000

It simulates orders into a temporary Parquet file, reads them and sums them up in a process of its own, and
prints seconds and peak memory; then it gives a smaller file to both clvlab and lifetimes, each starting from
that file in a process of its own, and prints the ratio from that same run. The two summaries are checked to
agree before anything is printed.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def simulate(path: Path, rows: int, customers: int, seed: int = 20240101) -> None:
    """Write orders of two years: customer_id, date, amount."""
    import duckdb

    duckdb.sql(f"""
        COPY (
            SELECT 'C' || lpad((hash(i, {seed}) % {customers})::VARCHAR, 8, '0') AS customer_id,
                TIMESTAMP '2022-01-01' + to_seconds((hash(i, {seed} + 1) % 63072000)::BIGINT) AS date,
                round(5 + (hash(i, {seed} + 2) % 10000) / 100.0, 2)::DOUBLE AS amount
            FROM range({rows}) AS orders(i)
        ) TO '{path}' (FORMAT parquet)
    """)


def ours(path: Path) -> dict[str, float]:
    """Read the file and sum it up with clvlab."""
    from clvlab.data.histories import histories
    from clvlab.data.orders import read_orders

    started = time.perf_counter()
    orders = read_orders(path)
    read = time.perf_counter()
    table = histories(orders, unit="day")
    done = time.perf_counter()
    return {"read": read - started, "sum": done - read, "seconds": done - started, **digest(table)}


def theirs(path: Path) -> dict[str, float]:
    """Read the file with pandas and sum it up with lifetimes."""
    import pandas as pd

    from clvlab.data.lifetimes_bridge import summary

    started = time.perf_counter()
    frame = pd.read_parquet(path)
    table = summary(frame, customer_id_col="customer_id", datetime_col="date", monetary_value_col="amount")
    return {"seconds": time.perf_counter() - started, **digest(table)}


def digest(table) -> dict[str, float]:  # type: ignore[no-untyped-def]
    """Return what two equal summaries have in common."""
    repeat = table[table["frequency"] > 0]
    return {
        "customers": len(table),
        "frequency": float(table["frequency"].sum()),
        "recency": float(table["recency"].sum()),
        "T": float(table["T"].sum()),
        "spend": round(float(repeat["monetary_value"].sum()), 2),
    }


def measured(who: str, path: Path) -> dict[str, float]:
    """Run one of the two in a process of its own, and add its peak memory."""
    answer = subprocess.run(
        [sys.executable, __file__, "--one", who, str(path)], check=True, capture_output=True, text=True
    )
    return json.loads(answer.stdout.splitlines()[-1])


def main() -> None:
    """Measure, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000, help="orders (a tenth as many customers)")
    parser.add_argument("--peer-rows", type=int, default=1_000_000, help="orders given to lifetimes as well")
    parser.add_argument("--one", nargs=2, metavar=("WHO", "FILE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        found = {"ours": ours, "theirs": theirs}[options.one[0]](Path(options.one[1]))
        # Linux counts this in kB.
        found["gigabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(json.dumps(found))
        return
    with tempfile.TemporaryDirectory() as folder:
        whole, part = Path(folder) / "orders.parquet", Path(folder) / "part.parquet"
        simulate(whole, options.rows, max(1, options.rows // 10))
        simulate(part, options.peer_rows, max(1, options.peer_rows // 10))
        all_of_it = measured("ours", whole)
        small, peer = measured("ours", part), measured("theirs", part)
    for key in ("customers", "frequency", "recency", "T"):
        assert small[key] == peer[key], (key, small[key], peer[key])
    assert abs(small["spend"] - peer["spend"]) <= 1e-9 * peer["spend"] + 0.02
    print(f"{'':34}{'orders':>12}{'seconds':>10}{'peak GB':>10}")
    for said, rows, found in (
        ("clvlab, Parquet to histories", options.rows, all_of_it),
        ("clvlab, the part", options.peer_rows, small),
        ("lifetimes, the part", options.peer_rows, peer),
    ):
        print(f"{said:34}{rows:>12,}{found['seconds']:>10.2f}{found['gigabytes']:>10.2f}")
    print(
        f"On the part, lifetimes takes {peer['seconds'] / small['seconds']:.1f} times as long and "
        f"{peer['gigabytes'] / small['gigabytes']:.1f} times the memory; the two summaries agree."
    )


if __name__ == "__main__":
    main()
