"""The demo company's files are what its seed makes, to the byte, on any processor, and each is read without a loss."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import clvlab as clv
from clvlab.data.order_book import Orders
from clvlab.data.reading.table import Records

ROOT = Path(__file__).resolve().parents[3]
DEMO = ROOT / "data" / "demo" / "company"


@pytest.fixture(scope="module")
def read() -> clv.Company:
    return clv.read_company(DEMO)


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def test_the_files_are_what_the_seed_makes(tmp_path: Path) -> None:
    clv.simulate.company().write(tmp_path)
    assert bytes_of(tmp_path) == bytes_of(DEMO)


def test_the_command_makes_the_same_bytes(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", "-m", "clvlab.data.simulate", str(tmp_path)]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120).stdout
    assert "15 files" in said
    assert bytes_of(tmp_path) == bytes_of(DEMO)


def plainest() -> dict[str, str]:
    """An environment in which NumPy, OpenBLAS and the C library use the least of what this processor has."""
    source = (
        "import json; from numpy._core._multiarray_umath import __cpu_dispatch__ as d, __cpu_features__ as f;"
        "print(json.dumps([each for each in d if f.get(each)]))"
    )
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True, timeout=60)
    return {
        "NPY_DISABLE_CPU_FEATURES": " ".join(json.loads(done.stdout)),
        "OPENBLAS_CORETYPE": "Prescott",
        "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX,-AVX2,-AVX2_Usable,-FMA,-FMA_Usable,-FMA4,-FMA4_Usable",
    }


@pytest.mark.numerical
def test_the_bytes_do_not_hang_on_the_processor(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "clvlab.data.simulate", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, env={**os.environ, **plainest()}, capture_output=True, check=True, timeout=120)
    assert bytes_of(tmp_path) == bytes_of(DEMO)


def test_the_files_are_small() -> None:
    assert sum(len(each) for each in bytes_of(DEMO).values()) < 5_000_000


def test_every_row_of_every_file_is_used(read: clv.Company) -> None:
    assert not read.not_read
    assert len(list(read)) == 15
    for name in read:
        table = read.read[name]
        assert table.ledger["used"].all(), name
        assert len(table.ledger) == 1, name  # no row repeats another either
        if isinstance(table, Records):
            assert table.emptied.empty, name
            codes = {note.code for note in table.notes}
        else:
            codes = {note.code for note in table.notes} - {"data.no_currency_assumed"}
        assert codes <= {"data.dates_read_as"}, name


def test_columns_in_no_role_are_those_meant_so(read: clv.Company) -> None:
    carried = {
        "customers": ("latin_name", "language"),
        "order_lines": ("cost",),
        "surveys": ("survey_id", "quality", "price", "delivery", "service", "website"),
        "events": ("event_id", "platform"),
        "referrals": ("referral_id",),
        "opportunities": ("last_stage",),
        "subscriptions": ("plan", "discount"),
    }
    for name in read:
        table = read.read[name]
        unknown = table.columns.unknown if isinstance(table, Orders) else table.headings.unknown
        assert unknown == carried.get(name, ("cost",) if name == "orders" else ()), name


def test_the_files_and_the_frames_read_alike(read: clv.Company) -> None:
    made = clv.datasets.company()
    assert made.as_of == read.as_of == pd.Timestamp("2025-12-31")
    assert set(made) == set(read)
    for name in read:
        pd.testing.assert_frame_equal(made.frame(name), read.frame(name))


def test_tables_meet(read: clv.Company) -> None:
    others = {name: read.read[name] for name in read if name not in ("customers", "marketing_cost")}
    found = clv.across(read.read["customers"], others)
    assert not set(found["found"]) - {"known", "no customer", "customer without rows"}
    assert set(found.loc[found["found"] == "no customer", "table"]) == {"leads"}


def test_every_column_is_described() -> None:
    told = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    part = told.split("## The demo company")[1].split("\n## ")[0]
    for file in sorted(DEMO.iterdir()):
        lines = [line for line in part.splitlines() if line.startswith(f"| `{file.stem}` |")]
        described = {word for line in lines for word in line.split("`")[1::2]}
        columns = set(pd.read_csv(file, nrows=0).columns)
        assert columns <= described, (file.stem, columns - described)


def test_the_figures_told_are_the_plan_s() -> None:
    told = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    expected = clv.simulate.company(100).expected
    ratio, months = expected.channels["clv_to_cost"], expected.months
    value = expected.channels.loc["referral", "clv"]
    assert f"a value of {value:.0f} over three years for a cost of 20, {ratio['referral']:.1f} to 1" in told
    others = ", ".join(f"{name} {ratio[name]:.1f}" for name in ("search", "social", "marketplace", "advertising"))
    assert others in told
    usual, down = months.loc["2025-02"], months.loc["2025-03"]
    assert f"the NPS from {usual['nps']:.1f} to {down['nps']:.1f}" in told
    assert f"from {usual['csat']:.0%} to {down['csat']:.0%}".replace("%", " %") in told


def test_lines_add_up_to_orders() -> None:
    tables = clv.simulate.company(2000, seed=5).tables
    orders, lines = tables["orders"].set_index("order_id"), tables["order_lines"]
    for column in ("amount", "cost"):
        summed = lines.groupby("order_id")[column].sum().reindex(orders.index)
        np.testing.assert_allclose(summed, orders[column], atol=1e-6)
    assert (lines["amount"] > 0).all()
    # Goods are weighed to the gram.
    assert (
        (lines["quantity"] * lines["unit_price"] - lines["amount"]).abs() <= lines["unit_price"] / 2000 + 0.005
    ).all()
