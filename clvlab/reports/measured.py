"""What gates judge: numbers that exhibits of an executed notebook carry, in tables and in notes."""

from collections.abc import Iterator, Mapping

import pandas as pd

from clvlab.pages.exhibits import Table
from clvlab.pages.exhibits.codec import TAG
from clvlab.reports.record import exhibits
from clvlab.reports.shapes import Notebook

_BASELINES = ("cohort_mean", "last_period")
# what fits say where something is wrong: code of the note, its value, the gate, and whether a higher value is worse
_SAID = {
    "models.chains_disagree": ("r_hat", "r_hat", True),
    "models.few_effective_draws": ("n", "ess", False),
    "models.divergences": ("n", "divergences", True),
    "models.laplace_uneven": ("k_hat", "k_hat", True),
    "models.draws_uneven": ("k_hat", "k_hat", True),
}


def measured(
    notebook: Notebook, headline: Mapping[str, float | None], before: Mapping[str, float | None]
) -> dict[str, float]:
    """Numbers by gate; of several the worst. What no exhibit carries is left out.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        Executed.
    headline, before : mapping of identity to value
        Headline numbers of this run and of the last good one that asked the same question.
    """
    found: dict[str, float] = {}

    def worst(gate: str, value: float, *, higher: bool) -> None:
        if value == value:
            known = found.get(gate, value)
            found[gate] = max(known, value) if higher else min(known, value)

    for exhibit in exhibits(notebook):
        if isinstance(exhibit, Table):
            for gate, value in _of_table(exhibit):
                worst(gate, value, higher=gate != "coverage")
        for code, values in _notes(exhibit.record()):
            if code in _SAID:
                name, gate, higher = _SAID[code]
                said = values.get(name)
                if isinstance(said, dict):  # a number JSON has no word for: not finite
                    found[gate] = float("inf") if higher else 0.0
                elif isinstance(said, int | float):
                    worst(gate, float(said), higher=higher)
    changes = [abs(now - then) / abs(then) for name, now in headline.items()
               if now is not None and (then := before.get(name))]  # fmt: skip
    if changes:
        found["drift"] = max(changes)
    return found


def _of_table(table: Table) -> Iterator[tuple[str, float]]:
    frame = table.frame
    if table.key == "orders.ledger" and {"used", "rows"} <= set(frame.columns) and frame["rows"].sum():
        used = frame["used"].astype(str).str.lower() == "true"
        yield "refused", float(frame.loc[~used, "rows"].sum() / frame["rows"].sum())
    if table.key == "comparison_report.scores" and "deviance" in frame.columns:
        deviance = frame["deviance"].dropna().groupby(level=0).first()
        models = deviance.drop(labels=[each for each in _BASELINES if each in deviance.index])
        baseline = next((each for each in _BASELINES if each in deviance.index), None)
        if baseline is not None and len(models):
            yield "backtest", float(_first(frame, models) / deviance[baseline])
    if table.key == "comparison_report.value" and "value_coverage" in frame.columns:
        known = frame["value_coverage"].dropna()
        if len(known):
            yield "coverage", float(known.iloc[0])


def _first(frame: pd.DataFrame, models: pd.Series) -> float:
    """The score of the model that the page puts first."""
    return float(models[next(name for name in frame.index if name in models.index)])


def _notes(told: object) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Every note in an exhibit as JSON: code and values."""
    if isinstance(told, dict):
        if told.get(TAG) == "note" and isinstance(told.get("values"), dict):
            yield str(told["code"]), told["values"]
        for each in told.values():
            yield from _notes(each)
    elif isinstance(told, list):
        for each in told:
            yield from _notes(each)
