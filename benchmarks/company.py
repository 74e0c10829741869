"""How long a simulated company of a million customers takes, with every table.

Run it from the project's folder::

    .venv/bin/python benchmarks/company.py
    .venv/bin/python benchmarks/company.py --customers 100000
"""

import argparse
import resource
import time

import clvlab as clv


def main() -> None:
    """Simulate a company, and print seconds, peak memory and rows."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--customers", type=int, default=1_000_000)
    customers = options.parse_args().customers
    began = time.perf_counter()
    made = clv.simulate.company(customers, seed=1)
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
    print(f"{made!r}: {seconds:.1f} s, peak {peak:.2f} GB")
    for name, table in made.tables.items():
        print(f"{name:16} {len(table):>11,}")


if __name__ == "__main__":
    main()
