"""Reports that hide who customers are: nothing of a folder's identifiers, names and addresses is in any file."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from report_toys import code, command, write

from clvlab.data.hiding import KEY, Hider

pytestmark = pytest.mark.skipif(os.name == "nt", reason="links of POSIX")

SECRET = "the key of this test 8c1d"
DEMO = Path(__file__).parents[2] / "data" / "demo" / "company"
REPORTS = ("actions", "audit", "churn", "customer_base", "customer_value", "model_comparison", "next_product",
           "segments_and_grades", "voice_of_customer")  # fmt: skip
SHORT = """
import clvlab as clv
from clvlab.notes import Note
from clvlab.pages.exhibits import Answer, File, Section, Table, Title
base = clv.read_company(folder)
bought = base.frame("orders").merge(base.frame("customers"), on="customer")
sums = bought.groupby(["customer", "name"], as_index=False)["amount"].sum().nlargest(20, "amount")
print(sums.iloc[0].tolist(), asked, key)
display(sums)
display(Title(key="customer_value.title"))
display(Answer(sentences=(Note("data.identifiers_that_say_missing", n=1, identifiers=[sums["customer"].iloc[0]]),)))
display(Section(key="orders.data", parts=(
    Table(key="orders.ledger", frame=sums.rename(columns={"customer": "reason", "name": "used"}),
          caption=Note("orders.ledger.caption", n=2), columns={"reason": "text", "used": "text", "amount": "money2"}),
    File(name="customer_value", frame=sums))))
"""


@pytest.fixture
def company(tmp_path: Path) -> Path:
    """Two tables of the demo company, with e-mail addresses and telephone numbers."""
    folder = tmp_path / "company"
    folder.mkdir()
    customers = pd.read_csv(DEMO / "customers.csv", dtype="str")
    customers["email"] = customers["latin_name"].str.replace(" ", ".") + "@example.org"
    customers["phone"] = [f"+86 138 0013 {i:04}" for i in range(len(customers))]
    customers.to_csv(folder / "customers.csv", index=False)
    (folder / "orders.csv").write_bytes((DEMO / "orders.csv").read_bytes())
    return folder


def people(folder: Path) -> dict[str, set[str]]:
    """What says who customers are, by column; names of one letter are part of any text."""
    found: dict[str, set[str]] = {}
    customers = pd.read_csv(folder / "customers.csv", dtype="str")
    for column in ("customer_id", "customer_name", "latin_name", "email", "phone"):
        if column in customers:
            found[column] = set(customers[column].dropna())
    for file in folder.glob("*.csv"):
        for column in ("order_id", "lead_id", "case_id", "opportunity_id", "survey_id"):
            table = pd.read_csv(file, dtype="str", nrows=5000)
            if column in table:
                found[column] = set(table[column].dropna())
    # who works for the company is shown, and some bear a customer's name
    staff = [pd.read_csv(file, dtype="str") for file in DEMO.glob("*.csv")]
    named = {who for table in staff for column in ("owner", "agent", "lead_owner", "deal_owner") if column in table
             for who in table[column].dropna()}  # fmt: skip
    return {column: values - named for column, values in found.items()}


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    for path in folder.rglob("*"):
        if path.is_file():
            yield path.name, path.read_bytes().decode("utf-8", errors="replace")


def leaks(folder: Path, told: dict[str, set[str]]) -> list[tuple[str, str, list[str]]]:
    """File, column and values of it that stand there. A value is found by words: 3 million of them would take hours."""
    found = []
    for name, text in texts(folder):
        # drawings and hashes of files hold digits, not texts
        words = set(re.findall(r"[\w@.+'-]+", text)) | set(re.findall(r"\w+", text))
        pairs = re.findall(r"[^\W\d_]+(?= ([^\W\d_]+))", text)
        both = {f"{a[0]} {a[1]}" for a in re.findall(r"(?=\b([^\W\d_]+) ([^\W\d_]+)\b)", text)} if pairs else set()
        chinese = {run[i : i + k] for run in re.findall(r"[\u4e00-\u9fff]+", text) for k in (2, 3, 4)
                   for i in range(len(run) - k + 1)}  # fmt: skip
        for column, values in told.items():
            hit = values & (words | both | chinese)
            hit |= {each for each in values if column == "phone" and each in text}
            if hit:
                found.append((name, column, sorted(hit)[:5]))
    return found


def reported(folder: Path, *arguments: str, key: str | None = SECRET, seconds: float = 120) -> tuple[int, str]:
    environment = dict(os.environ)
    try:
        os.environ.pop(KEY, None)
        if key is not None:
            os.environ[KEY] = key
        done = command(folder, "report", *arguments, seconds=seconds)
    finally:
        os.environ.clear()
        os.environ.update(environment)
    return done.returncode, done.stdout + done.stderr


def hashes(page: Path) -> list[str]:
    return list(dict.fromkeys(re.findall(r"h[0-9a-f]{20}", page.read_text(encoding="utf-8"))))


def test_no_page_file_log_or_manifest_says_who(tmp_path: Path, company: Path) -> None:
    cells = 'import os\nkey = os.environ.get("CLVLAB_IDENTIFIER_KEY", "none")'
    given = ("from clvlab.parameters import Folder, Identifier\nfolder: Folder | None = None\n"
             "asked: Identifier | None = None")  # fmt: skip
    path = write(tmp_path, "short", code(given, "parameters"), code(cells), code(SHORT))
    told = people(company)
    asked = (str(path), "-p", f"folder={company}", "-p", "asked=C00017", "--out")
    first, log = reported(tmp_path, *asked, "one", "--hide-identifiers")
    assert first == 0, log
    assert "identifiers are hidden by the key" in log
    assert leaks(tmp_path / "one", told) == []
    assert not [name for name, text in [*texts(tmp_path / "one"), ("log", log)] if SECRET in text]
    shown = hashes(tmp_path / "one" / "short.html")
    assert len(shown) >= 40
    assert Hider(SECRET.encode()).hidden("C00017") in shown
    manifest = json.loads((tmp_path / "one" / "manifest.json").read_text(encoding="utf-8"))
    record = manifest["runs"][-1]["notebooks"][0]
    assert record["hidden"]
    assert record["parameters"]["asked"] == Hider(SECRET.encode()).hidden("C00017")


@pytest.mark.slow
def test_hidden_or_not_and_by_which_key_is_a_change(tmp_path: Path, company: Path) -> None:
    given = "from clvlab.parameters import Folder\nfolder: Folder | None = None\nasked = key = None"
    path = write(tmp_path, "short", code(given, "parameters"), code(SHORT))
    asked = (str(path), "-p", f"folder={company}", "--out")
    open_, log = reported(tmp_path, *asked, "open")
    assert open_ == 0, log
    assert {column for _, column, _ in leaks(tmp_path / "open", people(company))} >= {"customer_id", "customer_name"}
    first, _ = reported(tmp_path, *asked, "one", "--hide-identifiers")
    shown = hashes(tmp_path / "one" / "short.html")
    assert first == 0
    assert len(shown) >= 40
    again, log = reported(tmp_path, *asked, "one", "--hide-identifiers")
    assert again == 0
    assert "unchanged" in log
    other, log = reported(tmp_path, *asked, "one", "--hide-identifiers", key="another key, as long as that")
    assert other == 0
    assert "unchanged" not in log
    assert not set(shown) & set(hashes(tmp_path / "one" / "short.html"))
    plain, log = reported(tmp_path, *asked, "one")
    assert plain == 0
    assert "unchanged" not in log
    assert not hashes(tmp_path / "one" / "short.html")
    back, log = reported(tmp_path, *asked, "one", "--hide-identifiers")
    assert back == 0
    assert "show identifiers" in log
    assert hashes(tmp_path / "one" / "short.html") == shown


@pytest.mark.slow
@pytest.mark.usefixtures("company")
def test_a_run_without_a_key_takes_a_random_one(tmp_path: Path) -> None:
    given = "from clvlab.parameters import Folder\nfolder: Folder | None = None\nasked = key = None"
    path = write(tmp_path, "short", code(given, "parameters"), code(SHORT))
    plan = tmp_path / "reports.toml"
    plan.write_text(
        f'hide_identifiers = true\n[[reports]]\nnotebook = "{path}"\nparameters = {{ folder = "company" }}\n'
    )
    done, log = reported(tmp_path, "--plan", str(plan), key=None)
    assert done == 0, log
    assert "random key" in log
    shown = hashes(tmp_path / "reports" / "short.html")
    done, log = reported(tmp_path, "--plan", str(plan), "--force", key=None)
    assert done == 0
    assert shown
    assert not set(shown) & set(hashes(tmp_path / "reports" / "short.html"))


@pytest.mark.slow
def test_a_failing_run_leaves_no_open_page(tmp_path: Path) -> None:
    failing = code("if fail:\n    raise RuntimeError('asked to fail')")
    path = write(tmp_path, "short", code("fail: bool = False", "parameters"), failing)
    assert reported(tmp_path, str(path))[0] == 0
    done, _ = reported(tmp_path, str(path), "-p", "fail=true", "--hide-identifiers")
    assert done == 1
    assert not (tmp_path / "reports" / "short.html").exists()
    assert (tmp_path / "reports" / "short.failed.html").is_file()


def test_a_short_key_is_bad_input(tmp_path: Path) -> None:
    path = write(tmp_path, "short", code("1"))
    done, log = reported(tmp_path, str(path), "--hide-identifiers", key="short")
    assert done == 2
    assert "at least 16 characters" in log
    assert "Traceback" not in log


@pytest.mark.slow
@pytest.mark.parametrize("report", REPORTS)
def test_no_report_says_who(tmp_path: Path, report: str) -> None:
    folder = report not in ("customer_value", "model_comparison", "churn")
    given = f"folder={DEMO}" if folder else f"orders={DEMO / 'orders.csv'}"
    asked = [report, "-p", given, "--language", "en,zh", "--hide-identifiers"]
    if report == "customer_base":
        asked += ["-p", "customer=C00017"]
    done, log = reported(tmp_path, *asked, seconds=590)
    assert done == 0, log
    assert leaks(tmp_path / "reports", people(DEMO)) == []
