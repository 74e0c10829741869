"""Plans: what they mean, and what mistakes in them are told."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from report_toys import code, write

from clvlab.errors import InputError
from clvlab.notes import Note
from clvlab.pages.exhibits import Notice, Table
from clvlab.reports.comparing import against_last_year, compare, find_run
from clvlab.reports.gates import GATES, Gate, gate, judged
from clvlab.reports.history import a_year_before
from clvlab.reports.manifest import KEPT_RUNS, headline, with_run
from clvlab.reports.measured import measured
from clvlab.reports.plan import ReportPlan, read_plan
from clvlab.reports.shapes import Manifest, NotebookRecord, RunRecord

PARAMETERS = """
from clvlab.parameters import File, Positive
orders: File | None = None
horizon: Positive | None = None
covariates: list[str] | None = None
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write(tmp_path, "value", code(PARAMETERS, "parameters"))
    write(tmp_path, "churn", code("x: int = 1", "parameters"))
    (tmp_path / "uk.csv").write_text("a\n")
    monkeypatch.chdir(tmp_path.parent)
    return tmp_path


def plan(folder: Path, text: str) -> ReportPlan:
    path = folder / "reports.toml"
    path.write_text(text.replace("NB", "notebooks"), encoding="utf-8")
    return read_plan(path)


def test_a_plan_is_a_job_a_report_and_segment(folder: Path) -> None:
    found = plan(
        folder,
        """
        languages = ["en", "zh"]
        keep = 3
        [parameters]
        horizon = 26
        [gates]
        freshness = { amber = 2 }
        k_hat = true
        [[reports]]
        notebook = "NB/value.ipynb"
        gates = { k_hat = false }
        [reports.segments.uk]
        orders = "uk.csv"
        [reports.segments."all of it"]
        covariates = ["plan", "tickets"]
        [[reports]]
        notebook = "NB/churn.ipynb"
        languages = ["zh"]
        name = "leaving"
        """,
    )
    assert [(job.name, job.segment, job.report, job.languages) for job in found.jobs] == [
        ("value-uk", "uk", "value", ("en", "zh")),
        ("value-all-of-it", "all of it", "value", ("en", "zh")),
        ("leaving", None, "leaving", ("zh",)),
    ]
    assert found.jobs[0].given == {"horizon": 26, "orders": str(folder / "uk.csv")}
    assert found.jobs[1].given == {"horizon": 26, "covariates": ["plan", "tickets"]}
    assert found.jobs[0].gates == [Gate("freshness", 2, None)]
    assert found.jobs[2].gates == [Gate("freshness", 2, None), Gate("k_hat", *GATES["k_hat"][1:])]
    assert (found.out, found.keep) == (folder / "reports", 3)


REPORT = '[[reports]]\nnotebook = "NB/value.ipynb"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x =", "is not valid TOML"),
        ("", "reports: name at least one report"),
        ("langauges = 3\n" + REPORT, "the plan, langauges: there is no such key. Did you mean languages?"),
        ('languages = ["tlh"]\n' + REPORT, "the plan, languages: "),
        ("cores = 0\n" + REPORT, "cores: takes a whole number from 1; got 0"),
        ("timeout = true\n" + REPORT, "timeout: takes seconds, such as 3600; got True"),
        ('alert = "shout"\n' + REPORT, "alert: takes one of never, failure, always; got 'shout'"),
        ("[gates]\nfreshnes = true\n" + REPORT, "there is no gate 'freshnes'"),
        ("[gates]\ness = { amber = 100, red = 400 }\n" + REPORT, "amber must be at least red"),
        ("[parameters]\nhorizn = 3\n" + REPORT, "horizn: no report takes it. Did you mean horizon?"),
        (REPORT + "parameters = { horizon = -1 }", "[[reports]] number 1, horizon: The parameter horizon takes"),
        (REPORT + "parameters = { horizn = 1 }", "number 1, horizn: the notebook has no such parameter. Did you mean"),
        (REPORT + '[reports.segments.de]\norders = "de.csv"', "number 1, segments.de, orders: The parameter orders"),
        (REPORT + 'name = "a b"', "number 1, name: takes letters"),
        (REPORT + REPORT, "two reports would make the same page, value.html"),
        ("[[reports]]\nnotebook = 'valu'", "number 1, notebook: There is no notebook 'valu'"),
    ],
)
def test_a_mistake_is_told_with_file_table_key_and_remedy(folder: Path, text: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        plan(folder, text)
    assert str(folder / "reports.toml") in str(error.value)
    assert message in str(error.value)


def test_a_gate_is_amber_and_red_from_its_thresholds_on() -> None:
    drift = gate("drift", {"amber": 0.1, "red": 0.2}, "gates")
    assert drift is not None
    states = [drift.judge(value)["state"] for value in (None, 0.05, 0.1, 0.2, float("nan"))]
    assert states == ["unknown", "green", "amber", "red", "red"]
    assert gate("drift", False, "gates") is None
    fresh = judged([Gate("freshness", 3, 10)], {}, {"last": "2026-01-31"}, date(2026, 2, 5))
    assert [(each["value"], each["state"]) for each in fresh] == [(5.0, "amber")]


class Cell:
    """A cell whose only output shows an exhibit."""

    def __init__(self, shown: Notice | Table) -> None:
        self.outputs = [{"data": shown._repr_mimebundle_()}]

    def get(self, _key: str, _default: object) -> object:
        return self.outputs


class Shown:
    """A notebook of exhibits."""

    def __init__(self, *shown: Notice | Table) -> None:
        self.cells = [Cell(each) for each in shown]


def test_what_gates_judge_is_read_from_tables_and_notes() -> None:
    ledger = pd.DataFrame({"reason": ["purchase", "bad date"], "used": ["true", "false"], "rows": [9, 1]})
    scores = pd.DataFrame({"deviance": [1.5, 3.0, 2.0]}, index=pd.Index(["a", "cohort_mean", "b"], name="competitor"))
    shown = Shown(
        Notice(said=Note("models.chains_disagree", r_hat=1.02)),
        Notice(said=Note("models.laplace_replaced", reason=Note("models.laplace_uneven", k_hat=0.9), method="nuts")),
        Notice(said=Note("models.few_effective_draws", n=120.0)),
        Notice(said=Note("models.divergences", n=3)),
        Table(
            key="orders.ledger", frame=ledger, caption=Note("orders.ledger.caption", n=10), columns={"rows": "number0"}
        ),
        Table(key="comparison_report.scores", frame=scores, columns={}),
    )
    found = measured(shown, {"x": 110.0, "y": 5.0}, {"x": 100.0, "y": 0.0})  # type: ignore[arg-type]
    assert found == pytest.approx(
        {"r_hat": 1.02, "k_hat": 0.9, "ess": 120, "divergences": 3, "refused": 0.1, "backtest": 0.5, "drift": 0.1}
    )


def record(day: str, value: float, **parameters: object) -> NotebookRecord:
    metric = {
        "$": "record",
        "kind": "Metric",
        "fields": {"label": {"$": "note", "code": "a.b", "values": {}}, "value": value},
    }
    answer = {"$": "record", "kind": "Answer", "fields": {"metrics": [metric]}}
    return {
        "notebook": "value", "title": "value", "started": f"{day}T02:30:00+00:00", "seconds": 1.0, "exit_code": 0,
        "message": "", "failure": None, "language": "en", "parameters": {**parameters}, "seeds": {}, "inputs": [],
        "results": {"answer": answer, "freshness": {"as_of": day}},
        "previous": {}, "page": "value.html", "files": [],
    }  # type: ignore[dict-item, list-item]  # fmt: skip


def run(number: int, *records: NotebookRecord) -> RunRecord:
    return {"id": f"run{number}", "started": f"2026-01-01T00:00:{number % 60:02d}", "seconds": 1.0, "exit_code": 0,
            "versions": {"pandas": str(number)}, "commit": None, "not_run": [], "notebooks": [*records]}  # fmt: skip


def test_runs_are_compared_with_each_other_and_with_last_year() -> None:
    told: Manifest = {"format": 2, "names": [], "past": [], "runs": [
        run(1, record("2025-03-02", 100.0, horizon=26)), run(2, record("2026-02-20", 300.0, horizon=52)),
        run(3, record("2026-03-01", 120.0, horizon=26))]}  # fmt: skip
    found = {c["what"]: (c["before"], c["after"]) for c in compare(told, find_run(told, "-2"), find_run(told, "run3"))}
    assert found["a.b"] == (300.0, 120.0)
    assert found["parameter horizon"] == (52, 26)
    assert found["version of pandas"] == ("2", "3")
    assert found["data: as_of"] == ("2026-02-20", "2026-03-01")
    (year,) = against_last_year(told, find_run(told, "-1"))
    assert (year["before"], year["after"]) == (100.0, 120.0)
    assert a_year_before([], date(2026, 3, 1)) is None
    with pytest.raises(InputError, match="There is no run 'run9'"):
        find_run(told, "run9")
    with pytest.raises(InputError, match="3 runs begin with 'run'"):
        find_run(told, "run")


def test_headline_numbers_outlive_the_records_of_runs() -> None:
    told: Manifest = {"format": 2, "names": [], "runs": [], "past": []}
    for number in range(KEPT_RUNS + 5):
        told = with_run(told, run(number, record("2026-01-01", float(number))))
    told = with_run(told, {**run(KEPT_RUNS + 4, record("2026-01-01", -1.0))})  # told again: in its own place
    assert len(told["runs"]) == KEPT_RUNS
    assert [each["values"]["a.b"] for each in told["past"]] == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert headline(told["runs"][-1]["notebooks"][0]) == {"a.b": -1.0}
