"""A million customers with every table fit into 4 GB; the time is printed."""

import subprocess
import sys

import pytest

CODE = """
import resource, time
import clvlab as clv
began = time.perf_counter()
made = clv.simulate.company(1_000_000, seed=1)
seconds = time.perf_counter() - began
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
print(len(made.tables), len(made.tables["customers"]), f"{seconds:.1f}", f"{peak:.2f}")
"""


@pytest.mark.slow
def test_a_million_customers_with_every_table() -> None:
    pytest.importorskip("resource")
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True, timeout=280)
    tables, customers, seconds, peak = done.stdout.split()
    print(f"a million customers with {tables} tables: {seconds} s, {peak} GB")
    assert (int(tables), int(customers)) == (15, 1_000_000)
    assert float(peak) < 4.0
