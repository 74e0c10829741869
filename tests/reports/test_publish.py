"""What a notebook shows: escaped, accessible, and safe to open in a spreadsheet."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from clvlab import publish
from clvlab.errors import InputError
from clvlab.publish import run

NASTY = ['<script>alert("x")</script>', '=HYPERLINK("http://x")', "-5", "@cmd", "+1", "\tx", "中国 & co", "plain"]


@pytest.fixture
def shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[dict[str, str], dict[str, Any]]]:
    """Outputs in the order shown, as (data, metadata)."""
    outputs: list[tuple[dict[str, str], dict[str, Any]]] = []
    monkeypatch.setenv("CLVLAB_RUN_DIR", str(tmp_path))
    monkeypatch.setattr(run, "_results", {})
    monkeypatch.setattr(
        "IPython.display.display", lambda data, *, raw, metadata: outputs.append((data, metadata)) if raw else None
    )
    return outputs


def nasty_frame() -> pd.DataFrame:
    return pd.DataFrame({"=id": NASTY, "clv": np.linspace(-5, 1500, 8), "n": range(8)})


def test_table_is_escaped_and_has_heads(shown: list[Any]) -> None:
    publish.table(nasty_frame().set_index("=id"), caption="Look <here>", formats={"clv": "money"}, rows=3)
    html = shown[0][0]["text/html"]
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "Look &lt;here&gt;" in html
    assert html.count('<th scope="col"') == 3
    assert html.count('<th scope="row"') == 3
    assert "Showing the first 3 of 8 rows" in html


def test_table_folds_intervals_and_shares_decimals(shown: list[Any]) -> None:
    frame = pd.DataFrame({"m": ["a", "b"], "x": [1652.4, 2.25], "x_low": [1570, np.nan], "x_high": [1737, np.nan]})
    publish.table(frame, caption="c", intervals=["x"])
    html = shown[0][0]["text/html"]
    assert "1,570 to 1,737" in html
    assert ">2</td>" in html
    assert "x_low" not in html
    with pytest.raises(InputError, match="no column 'y'"):
        publish.table(frame, caption="c", formats={"y": "money"})
    with pytest.raises(InputError, match="x_low_high"):
        publish.table(frame, caption="c", intervals=["x_low"])


def test_an_empty_table_says_so(shown: list[Any]) -> None:
    publish.table(nasty_frame().head(0), caption="c")
    assert "There are no rows to show." in shown[0][0]["text/html"]


def test_csv_is_inert_and_parquet_is_raw(shown: list[Any], tmp_path: Path) -> None:
    publish.file(nasty_frame(), "customers")
    content = (tmp_path / "customers.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    read = pd.read_csv(tmp_path / "customers.csv")
    assert list(read.columns) == ["'=id", "clv", "n"]
    assert read["'=id"].tolist() == [NASTY[0], *("'" + text for text in NASTY[1:6]), *NASTY[6:]]
    assert read["clv"].iloc[0] == -5
    assert pd.read_parquet(tmp_path / "customers.parquet")["=id"].tolist() == NASTY
    assert 'href="customers.csv"' in shown[0][0]["text/html"]
    assert json.loads((tmp_path / publish.RESULTS_FILE).read_text())["files"] == ["customers.csv", "customers.parquet"]


@pytest.mark.usefixtures("shown")
def test_files_take_what_frames_hold(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "mixed": [1, "=x", None],
            "kind": pd.Categorical(["-a", "b", "-a"]),
            "when": pd.to_datetime(["2020-01-01"] * 3),
            "flag": [True, False, True],
        },
        index=pd.Index(["=1", "c2", "c3"], name="customer_id"),
    )
    publish.file(frame, "mixed")
    read = pd.read_csv(tmp_path / "mixed.csv")
    assert read["customer_id"].tolist() == ["'=1", "c2", "c3"]
    assert read["kind"].tolist() == ["'-a", "b", "'-a"]
    assert len(pd.read_parquet(tmp_path / "mixed.parquet")) == 3


@pytest.mark.usefixtures("shown")
@pytest.mark.parametrize("name", ["../x", "a/b", "x.csv", "", ".hidden", "index html"])
def test_file_names_stay_in_the_folder(name: str) -> None:
    with pytest.raises(InputError, match="file name"):
        publish.file(nasty_frame(), name)


def test_headline_is_recorded(shown: list[Any], tmp_path: Path) -> None:
    metrics = [
        publish.Metric(label="Value", value=np.float64(48211), low=44105, high=52410, kind="money"),
        {"label": "Odd <b>", "value": float("nan"), "low": float("nan"), "high": 1.0},
    ]
    publish.headline("Worth <b>much</b>.", metrics)
    html = shown[0][0]["text/html"]
    assert "Worth &lt;b&gt;much" in html
    assert "90% interval: 44,105 to 52,410" in html
    assert shown[0][1]["clvlab"]["role"] == "headline"
    kept = json.loads((tmp_path / publish.RESULTS_FILE).read_text())["headline"]
    assert kept["sentences"] == ["Worth <b>much</b>."]
    assert kept["metrics"][0]["value"] == 48211
    assert kept["metrics"][1]["value"] is None


def test_notice_is_escaped(shown: list[Any]) -> None:
    publish.notice("a < b", "warning", top=True)
    assert "a &lt; b" in shown[0][0]["text/html"]
    assert shown[0][1]["clvlab"]["role"] == "notice-top"
    with pytest.raises(InputError):
        publish.notice("x", "loud")  # type: ignore[arg-type]


@pytest.mark.parametrize(("points", "kind"), [(50, "image/svg+xml"), (20_000, "image/png")])
def test_figure_takes_the_smaller_format_with_its_text(shown: list[Any], points: int, kind: str) -> None:
    import matplotlib as mpl

    mpl.use("agg")
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots(figsize=(4, 3))
    ax.scatter(np.arange(points), np.arange(points) ** 0.5)
    publish.figure(fig, alt="A root.", caption="It grows.")
    data, metadata = shown[0]
    assert set(data) == {kind, "text/plain"}
    assert metadata[kind]["alt"] == "A root."
    assert not plt.get_fignums()
    with pytest.raises(InputError, match="alternative text"):
        publish.figure(fig, alt=" ")


def test_in_jupyterlab_files_go_to_a_folder_of_their_own(
    shown: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CLVLAB_RUN_DIR")
    monkeypatch.setattr(run, "_interactive_folder", None)
    monkeypatch.chdir(tmp_path)
    publish.file(nasty_frame(), "customers")
    assert (tmp_path / "reports" / "interactive" / "customers.csv").is_file()
    assert 'href="reports/interactive/customers.csv"' in shown[0][0]["text/html"]
